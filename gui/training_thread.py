"""The thread that pulls ``core.training.train``."""

import contextlib
import logging
import threading
from collections.abc import Callable, Generator
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal

from core import heavy
from core.config import RunConfig
from core.dataset import DatasetSummary
from core.events import Event, RunFinished
from core.messages import ThawError
from core.runs import Run

_log = logging.getLogger(__name__)


class TrainingThread(QThread):
    """Makes a run's directory, then pulls the training and emits each event.

    Signals: ``run_created`` with the ``Run``; ``event_received`` with each event, the last a
    ``RunFinished``; ``failed`` with a ``ThawError`` where no run could be made; and QThread's
    ``finished``. Ends by itself or by ``stop()``, never by ``terminate()``.
    """

    run_created = Signal(object)
    event_received = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        config: RunConfig,
        summary: DatasetSummary,
        directory: Path,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._config, self._summary, self._directory = config, summary, directory
        self._stop = threading.Event()
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
        try:
            run = Run.create(self._directory, self._config, self._summary, self._stop)
        except ThawError as error:
            if error.code != "stopped":
                raise
            self.event_received.emit(RunFinished("stopped"))
            return
        self.run_created.emit(run)
        train = _loaded(run)
        with contextlib.closing(train(self._config, run, self._stop)) as events:
            for event in events:
                self.event_received.emit(event)
                self._may_continue.wait()

    @property
    def is_stopping(self) -> bool:
        """Whether the end was asked for."""
        return self._stop.is_set()

    def pause(self) -> None:
        """Pull no further event until ``resume``."""
        self._may_continue.clear()

    def resume(self) -> None:
        self._may_continue.set()

    def stop(self) -> None:
        """Ask for the end; it comes within a second. Ends a pause too."""
        self._stop.set()
        self._may_continue.set()


def _loaded(run: Run) -> Callable[..., Generator[Event, None, None]]:
    """``core.training.train``, which brings torch, perhaps still loading."""
    try:
        train: Callable[..., Generator[Event, None, None]] = heavy.load("training").train
    except ThawError as error:
        run.append(RunFinished("failed", code=error.code, values=dict(error.values)))
        raise
    return train
