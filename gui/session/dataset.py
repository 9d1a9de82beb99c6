"""Which pictures: a folder opened, and the dataset that the choices make of it."""

import contextlib
import logging
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.common import files
from core.common.messages import InputError, ThawError
from core.dataset import edits as dataset_edits
from core.dataset.edits import Edits
from core.dataset.folder import Scanned
from core.dataset.health import Health
from core.dataset.split import Split
from core.dataset.summary import DatasetSummary
from core.recipe.config import DatasetConfig
from gui.base.background import Latest
from gui.session.choices import Choices, ChoicesSession, UndoHistory
from gui.session.closer_looks import CloserLooks
from gui.session.open_dataset import DatasetJobs, Made, OpenDataset, Opened
from gui.session.settings import Settings

_log = logging.getLogger(__name__)
# What keeps pictures from being a dataset until somebody gives them classes.
_NEED_LABELS = ("no_classes", "no_classes_flat", "one_class")


class DatasetSession(ChoicesSession):
    """What the choices make of a folder.

    Signals, beside that of the choices:
        dataset_changed: another folder, or none; see ``summary`` and ``split``.
        pictures_edited: labels, splits or exclusions; also a part of ``choices_changed``.
        scan_started(Path), scan_outlined(Outline), scan_progressed(done, total).
        scan_failed(ThawError): ``unlabelled`` tells whether labels would help.
        edit_refused(ThawError): what was decided leaves no dataset, and was taken back.
        save_failed(ThawError): what was decided about the pictures could not be kept.
    """

    dataset_changed = Signal()
    pictures_edited = Signal()
    scan_started = Signal(object)
    scan_outlined = Signal(object)
    scan_progressed = Signal(int, int)
    scan_failed = Signal(object)
    edit_refused = Signal(object)
    save_failed = Signal(object)

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(settings, parent)
        self.unlabelled: Opened | None = None
        self.set_aside: InputError | None = None
        self._dataset = OpenDataset()
        self._saved_edits = Edits()
        self._keep_again = False
        self._remake = Latest(self)
        self._remake.done.connect(self._remade)
        self._remake.failed.connect(self._not_remade)
        self.looks = CloserLooks(self)
        self.looks.verified_files.connect(self._look_again)
        self._jobs = DatasetJobs(self)
        self._jobs.scan.done.connect(self._opened)
        self._jobs.scan.failed.connect(self._scan_failed)
        self._jobs.scan.progressed.connect(self.scan_progressed)
        self._jobs.scan.told.connect(self.scan_outlined)
        self._jobs.refresh.done.connect(self._look_again)
        self._jobs.save.failed.connect(self._not_saved)

    def edit(self, edits: Edits) -> None:
        """Decide something about the open pictures: one step of the undo history.

        Raises ``InputError`` where that leaves no dataset, and then nothing has changed. Where
        there are very many pictures, ``edit_refused`` tells it a little later instead.
        """
        choices = self.choices.with_edits(edits)
        made = None
        if not self._dataset.is_large:
            remake = self._dataset.remaking(edits, self.recipe.dataset)
            made = remake() if remake is not None else None
        self._push(choices, made=made)

    def _choices_moved(self, before: Choices, made: Made | None = None) -> None:
        edits, config = self.choices.edits, self.recipe.dataset
        remake = self._dataset.remaking(edits, config) if made is None else None
        self._remake.cancel()
        if remake is not None and self._dataset.is_large:
            self._submit(remake)
        elif remake is not None:
            with contextlib.suppress(InputError):  # what was once a dataset, until files went
                made = remake()
        is_edited = made is not None and self._take(made)
        more = config.max_megapixels != before.recipe.dataset.max_megapixels
        if more or (edits != before.edits and self._dataset.unseen(edits)):
            self._jobs.look_again(self.scanned, edits, config.max_megapixels)
        self._save.start()
        if is_edited:
            self.pictures_edited.emit()
        self.choices_changed.emit()

    # -- what the choices make of the folder ------------------------------------------------

    def finish_remaking(self) -> None:
        """Let the dataset be as the choices say, now."""
        while self._remake.is_busy:  # a refusal may leave another step to be made
            self._remake.cancel()
            remake = self._dataset.remaking(self.choices.edits, self.recipe.dataset)
            try:
                self._remade(remake() if remake is not None else None)
            except InputError as error:
                self._not_remade(error)

    def _submit(self, remake: Callable[[], Made]) -> None:
        self._remake.call(remake)

    def _remade(self, made: Made | None) -> None:
        if made is None:
            return
        if self._take(made):
            self.pictures_edited.emit()
        self.choices_changed.emit()

    def _not_remade(self, error: ThawError) -> None:
        looked = self._dataset.drop_look()
        if looked is not None:
            self._drop_limit(looked)
            self._remake_again()
            self.scan_failed.emit(error)
            return
        if self._undo.take_back():
            self._save.start()
            self._remake_again()  # steps were perhaps made on top of the one that is refused
        self.edit_refused.emit(error)
        self.choices_changed.emit()

    def _remake_again(self) -> None:
        remake = self._dataset.remaking(self.choices.edits, self.recipe.dataset)
        if remake is not None:
            self._submit(remake)

    def _take(self, made: Made) -> bool:
        is_edited = self._dataset.take(made)
        self._rescope()
        return is_edited

    def _rescope(self) -> None:
        if self.summary is not None and self.split is not None:
            self.looks.rescope(self.summary, self.split)

    def save_choices(self) -> None:
        """Keep what is chosen for this folder, so that the next start finds it."""
        self._save.stop()
        if self.summary is None or self.scanned is None:
            return
        edits = self.choices.edits
        if edits != self._saved_edits or self._keep_again:
            self._saved_edits, self._keep_again = edits, False
            self._jobs.keep(self.scanned, edits)
        try:
            self.settings.save_choices(self.summary.folder, self.choices.to_data())
        except OSError as error:
            _log.warning("the choices could not be kept: %s", error)

    def write_choices(self) -> None:
        """Keep what is chosen, on the disk when this returns: another process is to read it."""
        self.finish_remaking()
        self.save_choices()
        self._jobs.finish_saving()

    def _not_saved(self, error: ThawError) -> None:
        folder = self.scanned.folder if self.scanned is not None else None
        if folder is not None and error.values.get("path") == str(dataset_edits.kept_file(folder)):
            self._keep_again = True  # at the next change, or when the window closes
        self.save_failed.emit(error)

    def _history_for(self, folder: Path, edits: Edits) -> UndoHistory:
        """What was kept for ``folder``; what was set before any was open comes on top."""
        history = UndoHistory(self._restored(folder).with_edits(edits))
        before = self.choices.with_edits(edits)
        if self.summary is None and self.can_undo and before != history.present:
            history.push(before, "recipe")
            self._save.start()
        return history

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

    @property
    def health(self) -> Health | None:
        """What there is to say about them; None where their colours are known better now."""
        return None if self.looks.gray else self._dataset.health

    def open_folder(self, folder: Path) -> None:
        """Scan ``folder`` in the background; the latest asked for wins."""
        self._begin_scan()
        self._jobs.open_folder(folder, self._restored(folder).recipe.dataset)
        self.scan_started.emit(folder)

    def open_sample(self) -> None:
        """Draw the sample dataset where it isn't yet, and open it."""
        self._begin_scan()
        self._jobs.open_sample()
        self.scan_started.emit(None)

    def label_again(self) -> None:
        """Let the classes of the open folder be given anew, beginning with those it has."""
        if self.scanned is not None:
            self.unlabelled = Opened(self.scanned, self.choices.edits, self._saved_edits)

    def keep_labels(self) -> None:
        """The classes of the open folder stay after all."""
        self.unlabelled = None

    def use_labels(self, edits: Edits) -> None:
        """Open the folder of ``unlabelled`` again, its classes as ``edits`` say."""
        if self.unlabelled is None:
            return
        folder = self.unlabelled.scanned.folder
        self._begin_scan()
        self._jobs.open_folder(folder, self._restored(folder).recipe.dataset, edits)
        self.scan_started.emit(folder)

    def _begin_scan(self) -> None:
        if self._save.isActive():
            self.save_choices()  # the same folder may be opened again
        self.looks.cancel()

    def cancel_scan(self) -> None:
        self._jobs.scan.cancel()
        self._resume_refresh()
        self.dataset_changed.emit()

    def _resume_refresh(self) -> None:
        """The open folder stays, so what kept it from being looked at again is over."""
        if self._jobs.refresh_cut:
            limit = self.recipe.dataset.max_megapixels
            self._jobs.look_again(self.scanned, self.choices.edits, limit)

    @property
    def is_sample(self) -> bool:
        """Whether the built-in sample is open."""
        return self.summary is not None and files.cache_folder() in self.summary.folder.parents

    @property
    def is_scanning(self) -> bool:
        return self._jobs.scan.is_busy

    def _opened(self, opened: Opened) -> None:
        if opened.made is None:
            self._not_opened(opened)
            return
        if self._save.isActive():
            self.save_choices()
        self._remake.cancel()
        self.unlabelled = None
        self.set_aside = opened.set_aside
        folder = opened.scanned.folder
        self.settings.add_recent(folder)
        self._undo = self._history_for(folder, opened.made.edits)
        self._saved_edits, self._keep_again = opened.saved, False
        self._jobs.begin_with(opened)
        self._dataset.take(opened.made)
        self.looks.forget()
        remake = self._dataset.remaking(opened.made.edits, self.recipe.dataset)
        if remake is not None:  # what was set before any folder was open
            self._dataset.take(remake())
        if opened.made.edits != opened.saved:
            self._save.start()
        self.dataset_changed.emit()
        self.choices_changed.emit()

    def _not_opened(self, opened: Opened) -> None:
        error = opened.error or InputError("no_classes", path=str(opened.scanned.folder))
        helps = error.code in _NEED_LABELS and len(opened.scanned.files) > 1
        self.unlabelled = opened if helps else None
        self._resume_refresh()
        self.scan_failed.emit(error)

    def _scan_failed(self, error: ThawError) -> None:
        self.unlabelled = None
        self._resume_refresh()
        self.scan_failed.emit(error)

    def _look_again(self, scanned: Scanned) -> None:
        """The same folder, looked at anew."""
        self._dataset.look_again(scanned)
        remake = self._dataset.remaking(self.choices.edits, self.recipe.dataset)
        if remake is not None and self._dataset.is_large:
            self._submit(remake)
        elif remake is not None:
            try:
                self._remade(remake())
            except InputError as error:
                self._dataset.drop_look()
                self._drop_limit(scanned)
                self.scan_failed.emit(error)

    def _drop_limit(self, scanned: Scanned) -> None:
        """A limit of megapixels that leaves no dataset must not be there at the next start."""
        codes = {file.error.code for file in scanned.files if file.error is not None}
        limit, default = self.recipe.dataset.max_megapixels, DatasetConfig().max_megapixels
        before = self.choices
        if "image_too_large" in codes and limit < default and self._undo.take_back():
            self._choices_moved(before)

    @property
    def has_leaks(self) -> bool:
        """Whether pictures are known that both train and validate or test, and that nobody
        decided to keep."""
        accepted = self.choices.edits.accepted
        return any(
            group.scope == "across-splits" and not accepted.issuperset(group.paths)
            for group in self.looks.groups or ()
        )

    def find_duplicates(self) -> None:
        """Look for duplicates among the open pictures, in the background."""
        if self.summary is not None and self.split is not None:
            limit = self.recipe.dataset.max_megapixels
            self.looks.find_duplicates(self.summary, self.split, limit)

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
        self.finish_remaking()  # what leaves no dataset is not kept
        self.save_choices()
        self._remake.close()
        self.looks.close()
        self._jobs.close()
