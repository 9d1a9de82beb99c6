"""The window's only mutable state: what is chosen, which pictures, what a run has said."""

import logging
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QObject, Signal

from core import estimate, evaluation, runs
from core.config import RunConfig
from core.events import Event, RunFinished
from core.history import History
from core.messages import InputError, ThawError
from gui import engine
from gui.choices import LIGHT
from gui.dataset_session import DatasetSession
from gui.settings import Settings
from gui.training_thread import TrainingThread

_log = logging.getLogger(__name__)
_STILL_TRUE = 1.0  # seconds: the memory that is free hardly changes while a slider moves


class Session(DatasetSession):
    """State and the signals that tell of its changes; views render from it.

    Signals, beside those of choices and dataset:
        engine_changed: torch or the speed measurement; see ``engine``.
        training_started: a run's thread runs; see ``history``, ``running_recipe``.
        training_stopping: the run was asked to end.
        run_created(Run), event_received(Event): while it trains.
        training_failed(ThawError): no run could be made.
        training_finished: the thread has ended; see ``result``.
    """

    engine_changed = Signal()
    training_started = Signal()
    training_stopping = Signal()
    run_created = Signal(object)
    event_received = Signal(object)
    training_failed = Signal(object)
    training_finished = Signal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(settings, parent)
        self.run: runs.Run | None = None
        self.running_recipe: RunConfig | None = None
        self.history = History()
        self.result: evaluation.Result | None = None
        self._estimates: dict[object, tuple[float, estimate.Estimate]] = {}
        self._thread: TrainingThread | None = None
        self.engine = engine.Engine(
            self, lambda: self.is_scanning or self.is_training or self.looks.is_busy
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

    # -- time -------------------------------------------------------------------------------

    def estimate(self, recipe: RunConfig | None = None) -> estimate.Estimate | None:
        """The seconds that ``recipe`` (the chosen one) will take; None until measured."""
        speed = self.engine.speed
        if speed is None or self.split is None:
            return None
        chosen = recipe or self.recipe
        if not chosen.augmentation.is_identity:  # how strong it is makes no difference
            chosen = chosen.model_copy(update={"augmentation": LIGHT})
        counts = len(self.split.train), len(self.split.validation)
        now, key = monotonic(), (chosen, speed, counts)
        self._estimates = {k: v for k, v in self._estimates.items() if now - v[0] < _STILL_TRUE}
        if key not in self._estimates:
            self._estimates[key] = now, estimate.estimate(chosen, speed, *counts)
        return self._estimates[key][1]

    def with_augmentation(self, on: bool) -> RunConfig:
        """The recipe as it would be with the tried augmentation on or off."""
        return self.choices.with_augmentation(on).recipe

    # -- training ---------------------------------------------------------------------------

    @property
    def is_training(self) -> bool:
        return self._thread is not None

    @property
    def is_stopping(self) -> bool:
        return self._thread is not None and self._thread.is_stopping

    def why_not_trainable(self) -> ThawError | None:
        """What keeps Train from working now, or None."""
        return self.engine.error or self.dataset_error()

    def dataset_error(self) -> ThawError | None:
        """What keeps the open pictures from being trained on, or None."""
        made = self._dataset.made
        return ThawError("no_dataset") if made is None else made.error

    def start_training(self, directory: Path | None = None) -> None:
        """Train the chosen recipe on the open folder. Does nothing while a run trains."""
        self.finish_remaking()
        if self.is_training or self.summary is None or self.why_not_trainable() is not None:
            return
        self.save_choices()
        self.looks.cancel()
        place = directory or runs.new_directory(self.summary.name, self.settings.runs_folder)
        self.history, self.result, self.run = History(), None, None
        self.running_recipe = self.recipe
        self._thread = TrainingThread(self.recipe, self.summary, place, self)
        self._thread.run_created.connect(self._run_created)
        self._thread.event_received.connect(self._event)
        self._thread.failed.connect(self.training_failed)
        self._thread.finished.connect(self._thread_ended)
        self.training_started.emit()
        self._thread.start()

    def stop_training(self) -> None:
        """Ask the run to end; ``training_finished`` follows within a second."""
        if self._thread is not None and not self._thread.is_stopping:
            self._thread.stop()
            self.training_stopping.emit()

    def check_run(self) -> None:
        """See, in the background, whether the run's pictures still are what it used."""
        if self.run is not None and not self.is_training:
            self.looks.check_run(self.run)

    def _run_created(self, run: runs.Run) -> None:
        self.run = run
        self.run_created.emit(run)

    def _event(self, event: Event) -> None:
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
        self.running_recipe = None
        self.training_finished.emit()

    def close(self) -> None:
        """Keep what is chosen and end the background jobs; not while a run trains."""
        super().close()
        self.engine.close()
