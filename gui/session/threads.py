"""The threads that run a training or an experiment, while the machine is kept awake."""

import contextlib
import copy
import logging
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal

from core.common import lazy
from core.common.messages import ThawError
from core.compute.estimate import Speed
from core.dataset.summary import DatasetSummary
from core.experiments import run as experiment_run
from core.experiments.run import ExperimentFinished
from core.model.weights import download as weight_download
from core.recipe.config import RunConfig
from core.runs import run as runs
from core.runs.events import Event, RunFinished
from core.runs.history import History
from core.runs.run import Run
from core.training.control import Control

_log = logging.getLogger(__name__)


@contextlib.contextmanager
def kept_awake() -> Iterator[None]:
    """Ask the system not to sleep until the end of the block; the screen may go dark.

    Where the system cannot be asked, or refuses, nothing else changes: it is only logged.
    """
    request = contextlib.ExitStack()
    _begin(request)
    try:
        yield
    finally:
        _end(request)


def _begin(request: contextlib.ExitStack) -> None:
    try:
        from wakepy import keep  # here, so that the window need not wait for it

        mode = request.enter_context(keep.running(on_fail="pass"))
        if not mode.active:
            _log.info("the machine may fall asleep: no way to keep it awake works here")
    except Exception as error:  # whatever a desktop's services answer, training matters more
        _log.info("the machine may fall asleep: %r", error)


def _end(request: contextlib.ExitStack) -> None:
    try:
        request.close()
    except Exception as error:
        _log.info("the machine may stay awake: %r", error)


# A run that nobody else trains meanwhile.
OpenRun = Callable[[threading.Event], contextlib.AbstractContextManager[Run]]


class TrainingThread(QThread):
    """Makes or opens a run, then pulls the training and emits each event.

    Signals: ``run_opened`` with the ``Run`` and the ``History`` it has until now;
    ``event_received`` with each event, the last a ``RunFinished``; ``failed`` with a
    ``ThawError`` where there is no run to train; and QThread's ``finished``. Ends by itself or
    by ``stop()``, never by ``terminate()``.
    """

    run_opened = Signal(object, object)
    event_received = Signal(object)
    failed = Signal(object)

    def __init__(self, open_run: OpenRun, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open_run = open_run
        self.control = Control()
        self._may_continue = threading.Event()
        self._may_continue.set()

    def run(self) -> None:
        try:
            self._train()
        except ThawError as error:
            self.failed.emit(error)
        except Exception as error:  # whatever it is, the window must learn that it ended
            _log.exception("the training thread failed")
            self.failed.emit(ThawError("unexpected", reason=repr(error)))

    def _train(self) -> None:
        with contextlib.ExitStack() as until_trained:
            try:
                run = until_trained.enter_context(self._open_run(self.control.stop))
            except ThawError as error:
                if error.code != "stopped":
                    raise
                self.event_received.emit(RunFinished("stopped"))
                return
            self.run_opened.emit(run, _copy(run.history))
            train = _loaded(run)
            with contextlib.closing(train(run.config, run, control=self.control)) as events:
                while self._pull(events):
                    self._may_continue.wait()

    def _pull(self, events: Generator[Event, None, None]) -> bool:
        """Emit events until a pause, or the end; whether there may be more."""
        with kept_awake():
            for event in events:
                self.event_received.emit(event)
                if not self._may_continue.is_set():
                    return not isinstance(event, RunFinished)
        return False

    @property
    def is_stopping(self) -> bool:
        """Whether the end was asked for."""
        return self.control.stop.is_set()

    @property
    def is_paused(self) -> bool:
        """Whether no further event is pulled."""
        return not self._may_continue.is_set()

    def pause(self) -> None:
        """Pull no further event until ``resume``."""
        if not self.is_stopping:
            self._may_continue.clear()

    def resume(self) -> None:
        self._may_continue.set()

    def stop(self) -> None:
        """Ask for the end; it comes within a second. Ends a pause too."""
        self.control.stop.set()
        self._may_continue.set()


def new_run(config: RunConfig, summary: DatasetSummary, directory: Path) -> OpenRun:
    """Make a run's directory, once it is known that its weights can be used."""

    @contextlib.contextmanager
    def make_run(stop: threading.Event) -> Iterator[Run]:
        weight_download.check(config.model)
        run = Run.create(directory, config, summary, stop)
        with runs.held(run):
            yield run

    return make_run


def existing_run(directory: Path, more_epochs: int = 0) -> OpenRun:
    """Open the run in ``directory``, its last stage extended by ``more_epochs``."""

    @contextlib.contextmanager
    def open_run(_stop: threading.Event) -> Iterator[Run]:
        with runs.opened(directory) as run:
            if more_epochs:
                runs.extend(run, more_epochs)
            yield run

    return open_run


def _copy(history: History) -> History:
    """One that the training does not add to."""
    copied = copy.copy(history)
    for name, value in vars(history).items():
        if isinstance(value, list | dict):
            setattr(copied, name, value.copy())
    return copied


def _loaded(run: Run) -> Callable[..., Generator[Event, None, None]]:
    """``core.training.train``, which brings torch, perhaps still loading."""
    try:
        train: Callable[..., Generator[Event, None, None]] = lazy.load("training.train").train
    except ThawError as error:
        run.append(RunFinished("failed", code=error.code, values=dict(error.values)))
        raise
    return train


Prepare = Callable[[threading.Event], None]


class ExperimentThread(QThread):
    """Does what ``prepare`` does (write a new experiment), then runs the one in ``directory``.

    Signals: ``opened`` once the experiment lies there, ``event_received`` with each event, the
    last an ``ExperimentFinished``; ``failed`` with a ``ThawError`` where there is none to run.
    Ends by itself or by ``stop()``, never by ``terminate()``.
    """

    opened = Signal()
    event_received = Signal(object)
    failed = Signal(object)

    def __init__(
        self, directory: Path, prepare: Prepare, speed: Speed | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._directory, self._prepare, self._speed = directory, prepare, speed
        self.control = Control()

    def run(self) -> None:
        try:
            self._run()
        except ThawError as error:
            if error.code == "stopped":
                self.event_received.emit(ExperimentFinished("stopped"))
            else:
                self.failed.emit(error)
        except Exception as error:  # whatever it is, the window must learn that it ended
            _log.exception("the experiment's thread failed")
            self.failed.emit(ThawError("unexpected", reason=repr(error)))

    def _run(self) -> None:
        with kept_awake():
            self._prepare(self.control.stop)
            self.opened.emit()
            run = experiment_run.run(self._directory, self.control, self._speed)
            with contextlib.closing(run) as events:
                for event in events:
                    self.event_received.emit(event)

    @property
    def is_stopping(self) -> bool:
        """Whether the end was asked for."""
        return self.control.stop.is_set()

    def stop(self) -> None:
        """Ask for the end; it comes within a second."""
        self.control.stop.set()
