"""What is chosen and which pictures: the half of the session that needs no network."""

import logging
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from core import files
from core.config import AugmentationConfig, RunConfig
from core.dataset import DatasetSummary, Split
from core.edits import Edits
from core.messages import InputError, ThawError
from core.scanning import Scanned
from gui.choices import Choices, UndoHistory
from gui.closer_looks import CloserLooks
from gui.dataset_jobs import DatasetJobs, Opened
from gui.open_dataset import OpenDataset
from gui.settings import Settings

_log = logging.getLogger(__name__)
_SAVE_MILLISECONDS = 400
# What keeps pictures from being a dataset until somebody gives them classes.
_NEED_LABELS = ("no_classes", "no_classes_flat", "one_class")


class DatasetSession(QObject):
    """Choices and dataset, with the signals that tell of their changes.

    Signals:
        choices_changed: recipe, tried augmentation, edits or undo state; see ``choices``.
        dataset_changed: another folder, or none; see ``summary`` and ``split``.
        pictures_edited: labels, splits or exclusions; also a part of ``choices_changed``.
        scan_started(Path), scan_outlined(Outline), scan_progressed(done, total).
        scan_failed(ThawError): ``unlabelled`` tells whether labels would help.
        save_failed(ThawError): what was decided about the pictures could not be kept.
    """

    choices_changed = Signal()
    dataset_changed = Signal()
    pictures_edited = Signal()
    scan_started = Signal(object)
    scan_outlined = Signal(object)
    scan_progressed = Signal(int, int)
    scan_failed = Signal(object)
    save_failed = Signal(object)

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self.unlabelled: Opened | None = None
        self.set_aside: InputError | None = None
        self._dataset = OpenDataset()
        self._saved_edits = Edits()
        self._undo = UndoHistory(Choices())
        self.looks = CloserLooks(self)
        self.looks.verified_files.connect(self._look_again)
        self._jobs = DatasetJobs(self)
        self._jobs.scan.done.connect(self._opened)
        self._jobs.scan.failed.connect(self._scan_failed)
        self._jobs.scan.progressed.connect(self.scan_progressed)
        self._jobs.scan.told.connect(self.scan_outlined)
        self._jobs.refresh.done.connect(self._look_again)
        self._jobs.save.failed.connect(self.save_failed)
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

    def edit(self, edits: Edits) -> None:
        """Decide something about the open pictures: one step of the undo history.

        Raises ``InputError`` where that leaves no dataset, and then nothing has changed.
        """
        self._dataset.follow(edits, self.recipe.dataset)  # before it is pushed: it may refuse
        self._push(self.choices.with_edits(edits), is_followed=True)

    def undo(self) -> None:
        before = self.choices
        if self._undo.undo():
            self._choices_moved(before)

    def redo(self) -> None:
        before = self.choices
        if self._undo.redo():
            self._choices_moved(before)

    def _push(self, choices: Choices, key: str = "", *, is_followed: bool = False) -> None:
        before = self.choices
        if choices == before:
            return
        self._undo.push(choices, key)
        self._choices_moved(before, is_followed=is_followed)

    def _choices_moved(self, before: Choices, *, is_followed: bool = False) -> None:
        parts = self.split
        config, edits = self.recipe.dataset, self.choices.edits
        is_edited = self._dataset.follow(edits, config) or is_followed
        if config.max_megapixels != before.recipe.dataset.max_megapixels or (
            is_edited and self._dataset.unseen(edits)
        ):
            self._jobs.look_again(self._dataset.scanned, edits, config.max_megapixels)
        if is_edited or self.split is not parts:
            self._rescope()
        self._save.start()
        if is_edited:
            self.pictures_edited.emit()
        self.choices_changed.emit()

    def _rescope(self) -> None:
        if self.summary is not None and self.split is not None:
            self.looks.rescope(self.summary, self.split)

    def save_choices(self) -> None:
        """Keep what is chosen for this folder, so that the next start finds it."""
        self._save.stop()
        if self.summary is None or self.scanned is None:
            return
        edits = self.choices.edits
        if edits != self._saved_edits:
            self._saved_edits = edits
            self._jobs.keep(self.scanned, edits)
        try:
            self.settings.save_choices(self.summary.folder, self.choices.to_data())
        except OSError as error:
            _log.warning("the choices could not be kept: %s", error)

    def _history_for(self, folder: Path, edits: Edits) -> UndoHistory:
        """What was kept for ``folder``; what was set before any was open comes on top."""
        history = UndoHistory(self._restored(folder).with_edits(edits))
        before = self.choices.with_edits(edits)
        if self.summary is None and self.can_undo and before != history.present:
            history.push(before, "recipe")
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

    @property
    def scanned(self) -> Scanned | None:
        """The open folder as it is, without what was decided about it."""
        return self._dataset.scanned

    @property
    def summary(self) -> DatasetSummary | None:
        """The open dataset."""
        return self._dataset.summary

    @property
    def split(self) -> Split | None:
        """Who of it trains, validates and tests."""
        return self._dataset.split

    def open_folder(self, folder: Path) -> None:
        """Scan ``folder`` in the background; the latest asked for wins."""
        self._begin_scan()
        self._jobs.open_folder(folder, self._restored(folder).recipe.dataset.max_megapixels)
        self.scan_started.emit(folder)

    def open_sample(self) -> None:
        """Draw the sample dataset where it isn't yet, and open it."""
        self._begin_scan()
        self._jobs.open_sample()
        self.scan_started.emit(None)

    def use_labels(self, edits: Edits) -> None:
        """Open the folder of ``unlabelled`` again, its classes as ``edits`` say."""
        if self.unlabelled is None:
            return
        folder = self.unlabelled.scanned.folder
        self._begin_scan()
        limit = self._restored(folder).recipe.dataset.max_megapixels
        self._jobs.open_folder(folder, limit, edits)
        self.scan_started.emit(folder)

    def _begin_scan(self) -> None:
        if self._save.isActive():
            self.save_choices()  # the same folder may be opened again
        self.looks.cancel()

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

    def _opened(self, opened: Opened) -> None:
        if opened.summary is None:
            self._not_opened(opened)
            return
        if self._save.isActive():
            self.save_choices()
        self.unlabelled = None
        folder = opened.scanned.folder
        self.settings.add_recent(folder)
        self._undo = self._history_for(folder, opened.edits)
        self._saved_edits = opened.saved
        self.set_aside = opened.set_aside
        self._dataset.open(opened.scanned, opened.edits, opened.summary, self.recipe.dataset)
        if opened.edits != opened.saved:
            self._save.start()
        self.looks.forget()
        self.dataset_changed.emit()
        self.choices_changed.emit()

    def _not_opened(self, opened: Opened) -> None:
        error = opened.error or InputError("no_classes", path=str(opened.scanned.folder))
        helps = error.code in _NEED_LABELS and len(opened.scanned.files) > 1
        self.unlabelled = opened if helps else None
        self.scan_failed.emit(error)

    def _scan_failed(self, error: ThawError) -> None:
        self.unlabelled = None
        self.scan_failed.emit(error)

    def _look_again(self, scanned: Scanned) -> None:
        """The same folder, looked at anew."""
        try:
            self._dataset.replace_scanned(scanned)
        except InputError as error:
            self.scan_failed.emit(error)
            return
        self._rescope()
        self.pictures_edited.emit()
        self.choices_changed.emit()

    def find_duplicates(self) -> None:
        """Look for duplicates among the open pictures, in the background."""
        if self.summary is not None and self.split is not None:
            self.looks.find_duplicates(self.summary, self.split)

    def verify_files(self) -> None:
        """Decode every open picture fully, in the background."""
        if self.scanned is not None:
            self.looks.verify(self.scanned, self.recipe.dataset.max_megapixels)

    def check_folder(self) -> None:
        """See, in the background, whether the folder still is as it was scanned."""
        if self.scanned is not None and not self.is_scanning:
            self.looks.check_folder(self.scanned)

    def close(self) -> None:
        """Keep what is chosen and end the background jobs."""
        self.save_choices()
        self.looks.close()
        self._jobs.close()
