"""The window's only mutable state: what is chosen, which pictures, what a run has said."""

import logging
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from core import estimate, evaluation, files, runs
from core.config import AugmentationConfig, RunConfig
from core.dataset import DatasetSummary, Split, check_trainable, split
from core.events import Event, RunFinished
from core.history import History
from core.messages import InputError, ThawError
from gui import engine
from gui.choices import Choices, UndoHistory
from gui.dataset_jobs import DatasetJobs
from gui.settings import Settings
from gui.training_thread import TrainingThread

_log = logging.getLogger(__name__)
_SAVE_MILLISECONDS = 400


class Session(QObject):
    """State and the signals that tell of its changes; views render from it.

    Signals:
        choices_changed: recipe, tried augmentation or undo state; see ``choices``.
        dataset_changed: another folder, or none; see ``summary`` and ``split``.
        scan_started(Path), scan_progressed(done, total), scan_failed(ThawError).
        engine_changed: torch or the speed measurement; see ``engine``.
        training_started: a run's thread runs; see ``history``, ``running_recipe``.
        training_stopping: the run was asked to end.
        run_created(Run), event_received(Event): while it trains.
        training_failed(ThawError): no run could be made.
        training_finished: the thread has ended; see ``result``.
    """

    choices_changed = Signal()
    dataset_changed = Signal()
    scan_started = Signal(object)
    scan_progressed = Signal(int, int)
    scan_failed = Signal(object)
    engine_changed = Signal()
    training_started = Signal()
    training_stopping = Signal()
    run_created = Signal(object)
    event_received = Signal(object)
    training_failed = Signal(object)
    training_finished = Signal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self.summary: DatasetSummary | None = None
        self.split: Split | None = None
        self.run: runs.Run | None = None
        self.running_recipe: RunConfig | None = None
        self.history = History()
        self.result: evaluation.Result | None = None
        self._undo = UndoHistory(Choices())
        self._thread: TrainingThread | None = None
        self.engine = engine.Engine(self, lambda: self.is_scanning or self.is_training)
        self.engine.changed.connect(self.engine_changed)
        self.scan_started.connect(self.engine.hold)
        for ended in (self.dataset_changed, self.scan_failed, self.training_finished):
            ended.connect(self.engine.measure_when_free)
        self._jobs = DatasetJobs(self)
        self._jobs.scan.done.connect(self._scanned)
        self._jobs.scan.failed.connect(self.scan_failed)
        self._jobs.scan.progressed.connect(self.scan_progressed)
        self._save = QTimer(self, singleShot=True, interval=_SAVE_MILLISECONDS)
        self._save.timeout.connect(self.save_choices)

    # -- what is chosen ---------------------------------------------------------------------

    @property
    def choices(self) -> Choices:
        return self._undo.present

    @property
    def recipe(self) -> RunConfig:
        """What Train would train now."""
        return self._undo.present.recipe

    @property
    def tried_augmentation(self) -> AugmentationConfig:
        """What the augmentation sliders show, used in training or not."""
        return self._undo.present.tried

    @property
    def can_undo(self) -> bool:
        return self._undo.can_undo

    @property
    def can_redo(self) -> bool:
        return self._undo.can_redo

    def change(self, key: str, value: Any) -> None:
        """Set one field of the recipe by its dotted key, for example ``stages.1.thawed``.

        Raises ``RecipeError``, and then nothing has changed.
        """
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        flows = is_number or key.startswith("augmentation.")  # digits typed, a slider moved
        self._push(self.choices.with_value(key, value), key if flows else "")

    def set_augmenting(self, on: bool) -> None:
        """Use the tried augmentation in training, or don't."""
        self._push(self.choices.with_augmentation(on))

    def set_augmentation(self, augmentation: AugmentationConfig) -> None:
        """Try a whole augmentation, for example a preset: one step of the undo history."""
        self._push(self.choices.with_tried(augmentation))

    def set_recipe(self, recipe: RunConfig) -> None:
        """Take a whole recipe, for example from a file."""
        self._push(self.choices.with_recipe(recipe))

    def undo(self) -> None:
        before = self.choices
        if self._undo.undo():
            self._choices_moved(before)

    def redo(self) -> None:
        before = self.choices
        if self._undo.redo():
            self._choices_moved(before)

    def _push(self, choices: Choices, key: str = "") -> None:
        before = self.choices
        if choices == before:
            return
        self._undo.push(choices, key)
        self._choices_moved(before)

    def _choices_moved(self, before: Choices) -> None:
        # a split of many pictures takes longer than a slider's move may
        if self.summary is not None and self.recipe.dataset != before.recipe.dataset:
            self.split = split(self.summary, self.recipe.dataset)
        self._save.start()
        self.choices_changed.emit()

    def save_choices(self) -> None:
        """Keep what is chosen for this folder, so that the next start finds it."""
        self._save.stop()
        if self.summary is None:
            return
        try:
            self.settings.save_choices(self.summary.folder, self.choices.to_data())
        except OSError as error:
            _log.warning("the choices could not be kept: %s", error)

    def _history_for(self, folder: Path) -> UndoHistory:
        """What was kept for ``folder``; what was set before any was open comes on top."""
        history = UndoHistory(self._restored(folder))
        if self.summary is None and self.can_undo and self.choices != history.present:
            history.push(self.choices, "recipe")
            self._save.start()
        return history

    def _restored(self, folder: Path) -> Choices:
        data = self.settings.load_choices(folder)
        if data is None:
            return Choices()
        try:
            return Choices.from_data(data)
        except (InputError, KeyError, TypeError) as error:
            _log.warning("kept choices could not be read: %s", error)
            return Choices()

    # -- the dataset ------------------------------------------------------------------------

    def open_folder(self, folder: Path) -> None:
        """Scan ``folder`` in the background; the latest asked for wins."""
        self._jobs.open_folder(folder)
        self.scan_started.emit(folder)

    def open_sample(self) -> None:
        """Draw the sample dataset where it isn't yet, and open it."""
        self._jobs.open_sample()
        self.scan_started.emit(None)

    def cancel_scan(self) -> None:
        self._jobs.scan.cancel()
        self.dataset_changed.emit()

    @property
    def is_sample(self) -> bool:
        """Whether the built-in sample is open."""
        return self.summary is not None and files.cache_folder() in self.summary.folder.parents

    @property
    def is_scanning(self) -> bool:
        return self._jobs.scan.is_busy

    def _scanned(self, summary: DatasetSummary) -> None:
        if self._save.isActive():
            self.save_choices()
        self.settings.add_recent(summary.folder)
        self._undo = self._history_for(summary.folder)
        self.summary = summary
        self.split = split(summary, self.recipe.dataset)
        self.dataset_changed.emit()
        self.choices_changed.emit()

    # -- time -------------------------------------------------------------------------------

    def estimate(self, recipe: RunConfig | None = None) -> estimate.Estimate | None:
        """The seconds that ``recipe`` (the chosen one) will take; None until measured."""
        speed = self.engine.speed
        if speed is None or self.split is None:
            return None
        counts = len(self.split.train), len(self.split.validation)
        return estimate.estimate(recipe or self.recipe, speed, *counts)

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
        if self.summary is None or self.split is None:
            return ThawError("no_dataset")
        try:
            check_trainable(self.split, self.summary.classes)
        except InputError as error:
            return error
        return None

    def start_training(self, directory: Path | None = None) -> None:
        """Train the chosen recipe on the open folder. Does nothing while a run trains."""
        if self.is_training or self.summary is None or self.why_not_trainable() is not None:
            return
        self.save_choices()
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
        self.save_choices()
        self._jobs.close()
        self.engine.close()
