"""The run that trains or has trained: started, paused, stopped, resumed, extended.

Earlier runs, and those that were cut off, are read off the window's thread.
"""

import logging
import os
import threading
from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.common.messages import InputError, ThawError
from core.model.weights import download as weight_download
from core.recipe.config import RunConfig
from core.runs import evaluation, places
from core.runs import history as runs_history
from core.runs import list as run_list
from core.runs.evaluation import Result
from core.runs.events import Event, Preparing, RunFinished
from core.runs.history import History
from core.runs.run import Run
from gui.base.background import Latest
from gui.session import engine
from gui.session.dataset import DatasetSession
from gui.session.settings import Settings
from gui.session.threads import OpenRun, TrainingThread, existing_run, new_run


@dataclass(frozen=True)
class OpenedRun:
    """A run, and its result where it has one."""

    run: Run
    result: Result | None


@dataclass(frozen=True)
class UnfinishedRun:
    """A run that was cut off, or ``left`` when the window was closed: where it lies, and what it
    has said."""

    directory: Path
    history: History
    left: bool = False


def unfinished(
    folder: Path, passed_over: Collection[Path], left: Collection[Path]
) -> list[UnfinishedRun]:
    """The runs that were ``left`` and can still go on, and those in ``folder`` that were cut off,
    leaving out some; each kind the newest first."""
    return [*_left(left), *_cut_off(folder, passed_over)]


def _opened(directory: Path) -> OpenedRun:
    run = Run.open(directory)
    try:
        return OpenedRun(run, evaluation.of_run(run))
    except InputError:  # no epoch has ended
        return OpenedRun(run, None)


def _left(directories: Collection[Path]) -> list[UnfinishedRun]:
    found = []
    for directory in directories:
        said = _said(directory)
        is_stopped = said is not None and said.finished and said.finished.outcome == "stopped"
        if said is not None and is_stopped and not places.is_held(directory):
            found.append(UnfinishedRun(directory, said, left=True))
    return found


def _cut_off(folder: Path, passed_over: Collection[Path]) -> list[UnfinishedRun]:
    known = {os.path.abspath(one) for one in passed_over}
    wanted = [one for one in run_list.interrupted(folder) if os.path.abspath(one) not in known]
    return [UnfinishedRun(one, said) for one in wanted if (said := _said(one)) is not None]


def _said(directory: Path) -> History | None:
    """What the run there has said; a damaged one is found when it is opened."""
    try:
        return runs_history.read(directory / places.HISTORY)
    except (OSError, ValueError):
        return None


_log = logging.getLogger(__name__)


class TrainingSession(DatasetSession):
    """PyTorch, and one run at a time.

    Signals, beside those of choices and dataset:
        engine_changed: torch, the speed measurement or what else times rest on (see ``engine``),
            or whether an experiment keeps it busy (see ``machine``).
        training_started: a run's thread runs; see ``history``, ``running_recipe``.
        training_stopping: the run was asked to end.
        training_steered: it was paused or goes on, or something was asked for the epoch's end.
        run_created(Run), event_received(Event): while it trains.
        run_shown(Run): an earlier run is there to be looked at, or to go on with.
        weights_missing(str): the weights of that name must be downloaded before a run can begin.
        training_failed(ThawError): no run could be made or opened.
        training_finished: the thread has ended; see ``result``.
    """

    engine_changed = Signal()
    training_started = Signal()
    training_stopping = Signal()
    training_steered = Signal()
    run_created = Signal(object)
    event_received = Signal(object)
    run_shown = Signal(object)
    weights_missing = Signal(str)
    training_failed = Signal(object)
    training_finished = Signal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(settings, parent)
        self.run: Run | None = None
        self.running_recipe: RunConfig | None = None
        self.history = History()
        self.result: evaluation.Result | None = None
        self._thread: TrainingThread | None = None
        self._heard = False
        self._opening = Latest(self)
        self._opening.done.connect(self._show_run)
        self._opening.failed.connect(self.training_failed)
        self.machine = engine.Machine()
        self.engine = engine.Engine(
            self,
            lambda: self.machine.is_busy or self.is_scanning or self.looks.is_busy,
        )
        self.engine.changed.connect(self.engine_changed)
        self.scan_started.connect(self.engine.hold)
        self.looks.changed.connect(self._looks_changed)
        for ended in (self.dataset_changed, self.scan_failed, self.training_finished):
            ended.connect(self.engine.measure_when_free)

    def _looks_changed(self) -> None:
        if self.looks.is_busy:
            self.engine.hold()
        else:
            self.engine.measure_when_free()

    # -- what can be done -------------------------------------------------------------------

    @property
    def is_training(self) -> bool:
        return self._thread is not None

    @property
    def is_busy_training(self) -> bool:
        """Whether a run trains, alone or as part of an experiment."""
        return bool(self.machine.holder)

    @property
    def is_stopping(self) -> bool:
        return self._thread is not None and self._thread.is_stopping

    @property
    def is_paused(self) -> bool:
        return self._thread is not None and self._thread.is_paused

    @property
    def is_preparing(self) -> bool:
        """Whether a run was started that is not set up yet."""
        return self._thread is not None and not self._heard

    @property
    def finishes_epoch(self) -> bool:
        """Whether the run stops after the present epoch."""
        return self._thread is not None and self._thread.control.finishes_epoch

    @property
    def ends_stage(self) -> bool:
        """Whether the present stage ends with the present epoch."""
        return self._thread is not None and self._thread.control.ends_stage

    @property
    def has_later_stage(self) -> bool:
        """Whether another stage follows the one that trains."""
        if self.running_recipe is None or not self.history.stages:
            return False
        return self.history.stages[-1].stage < len(self.running_recipe.stages)

    @property
    def can_resume(self) -> bool:
        """Whether the run has not trained all that its recipe plans, and can go on."""
        if self.is_busy_training or self.run is None:
            return False
        finished = self.history.finished
        return finished is None or (finished.outcome != "finished" and not self.history.is_hopeless)

    @property
    def can_extend(self) -> bool:
        """Whether the run may be given more epochs."""
        finished = self.history.finished
        has_ended = finished is not None and finished.outcome == "finished"
        return not self.is_busy_training and self.run is not None and (has_ended or self.can_resume)

    def why_not_trainable(self) -> ThawError | None:
        """What keeps Train from working now, or None."""
        if self.machine.holder == "experiment":
            return ThawError("experiment_runs")
        return self.engine.error or self.dataset_error()

    def dataset_error(self) -> ThawError | None:
        """What keeps the open pictures from being trained on, or None."""
        made = self._dataset.made
        return ThawError("no_dataset") if made is None else made.error

    # -- beginning --------------------------------------------------------------------------

    def start_training(self, directory: Path | None = None) -> None:
        """Train the chosen recipe on the open folder. Does nothing while a run trains, and says
        ``weights_missing`` where the recipe's weights are still to be downloaded."""
        self.finish_remaking()
        if self.is_training or self.summary is None or self.why_not_trainable() is not None:
            return
        if weight_download.is_missing(self.recipe.model):
            self.weights_missing.emit(self.recipe.model.weights)
            return
        self.save_choices()
        place = directory or places.new_directory(self.summary.name, self.settings.runs_folder)
        self.history, self.result, self.run = History(), None, None
        self.running_recipe = self.recipe
        self._begin(new_run(self.recipe, self.summary, place))

    def resume_run(self, directory: Path | None = None) -> None:
        """Go on with the run in ``directory``, by default the one that is shown. Does nothing
        while a run trains."""
        self._go_on(directory)

    def extend_run(self, epochs: int) -> None:
        """Train the run that is shown for so many more epochs of its last stage."""
        self._go_on(None, epochs)

    def _go_on(self, directory: Path | None, more_epochs: int = 0) -> None:
        if directory is None and self.run is not None:
            directory = self.run.directory
        if self.is_busy_training or directory is None or self.engine.error is not None:
            return
        self._begin(existing_run(directory, more_epochs))

    def _begin(self, open_run: OpenRun) -> None:
        self.looks.cancel()
        self._opening.cancel()
        self.machine.claim("training")
        self._heard = False
        self._thread = TrainingThread(self._alone(open_run), self)
        self._thread.run_opened.connect(self._run_opened)
        self._thread.event_received.connect(self._event)
        self._thread.failed.connect(self.training_failed)
        self._thread.finished.connect(self._thread_ended)
        self.training_started.emit()
        self._thread.start()

    def _alone(self, open_run: OpenRun) -> OpenRun:
        """``open_run``, once the work that gave way has really ended."""

        def waiting(stop: threading.Event) -> AbstractContextManager[Run]:
            self.machine.wait()
            return open_run(stop)

        return waiting

    def show_run(self, directory: Path) -> None:
        """Open the run in ``directory`` to look at it; ``run_shown`` or ``training_failed``
        follows. Does nothing while a run trains."""
        if not self.is_training:
            self._opening.call(_opened, directory)

    def _show_run(self, opened: OpenedRun) -> None:
        self.run, self.result = opened.run, opened.result
        self.history = opened.run.history
        self.run_shown.emit(opened.run)

    # -- steering ---------------------------------------------------------------------------

    def pause_training(self) -> None:
        """Hold the run after the present batch, until ``go_on_training`` or a stop."""
        if self._thread is not None and not self.is_stopping:
            self._thread.pause()
            self.training_steered.emit()

    def go_on_training(self) -> None:
        """End a pause."""
        if self._thread is not None:
            self._thread.resume()
            self.training_steered.emit()

    def finish_epoch(self, wanted: bool = True) -> None:
        """Stop once the present epoch is done; takes that, or the next stage, back."""
        self._ask(wanted, stage=False)

    def next_stage(self, wanted: bool = True) -> None:
        """Go on with the next stage after the present epoch; or take that back."""
        self._ask(wanted, stage=True)

    def _ask(self, wanted: bool, stage: bool) -> None:
        if self._thread is None or self.is_stopping:
            return
        control = self._thread.control
        control.finishes_epoch, control.ends_stage = wanted and not stage, wanted and stage
        if wanted:
            self._thread.resume()
        self.training_steered.emit()

    def stop_training(self) -> None:
        """Ask the run to end; ``training_finished`` follows within a second."""
        if self._thread is not None and not self._thread.is_stopping:
            self._thread.stop()
            self.training_stopping.emit()

    # -- what the thread says ---------------------------------------------------------------

    def _run_opened(self, run: Run, history: History) -> None:
        history.finished = None  # what trains has not ended
        self.run, self.history, self.result = run, history, None
        self.running_recipe = run.config
        self.run_created.emit(run)

    def _event(self, event: Event) -> None:
        self._heard = not isinstance(event, Preparing)
        self.history.add(event)
        if isinstance(event, RunFinished) and self.history.best is not None and self.run:
            try:
                self.result = evaluation.of_run(self.run)
            except InputError as error:
                _log.warning("the run's result could not be read: %s", error)
        self.event_received.emit(event)

    def _thread_ended(self) -> None:
        if self._thread is not None:
            self._thread.deleteLater()
            self._thread = None
        self.machine.release()
        self.running_recipe = None
        self.training_finished.emit()

    def close(self) -> None:
        """Keep what is chosen and end the background jobs; not while a run trains."""
        super().close()
        self._opening.close()
        self.engine.close()
