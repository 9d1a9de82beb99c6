"""What a person does on the Data page, as edits of the session, and what closer looks find."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox

from core.common.messages import InputError, ThawError, fill
from core.dataset.edits import Edits, Reason
from core.dataset.folder import Scanned, ScannedFile, SplitName
from core.dataset.scan import Changes
from gui.base import words as base_words
from gui.base.ask import drop_icons
from gui.data import words as data_words
from gui.data.dataset_view import DatasetView
from gui.runs import words as run_words
from gui.session.dataset import DatasetSession
from gui.session.session import Session


class PictureEdits(QObject):
    """Each call is one step of the undo history.

    Signal: ``refused`` with a sentence where a step would leave no dataset to train on; nothing
    has changed then.
    """

    refused = Signal(str)

    def __init__(self, session: DatasetSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        session.edit_refused.connect(lambda error: self.refused.emit(base_words.error_text(error)))

    @property
    def _edits(self) -> Edits:
        return self._session.choices.edits

    def exclude(self, paths: Iterable[str], reason: str = Reason.BY_HAND) -> None:
        """Leave pictures out of training, validation and test."""
        self._edit(self._edits.excluding(paths, reason))

    def include(self, paths: Iterable[str]) -> None:
        """Use pictures again that were left out."""
        self._edit(self._edits.including(paths))

    def assign(self, paths: Iterable[str], split: SplitName | None) -> None:
        """Put pictures into a split; None leaves them to the folder, or to the draw."""
        self._edit(self._edits.assigning(paths, split))

    def unpin(self) -> None:
        """Leave every picture to the folder, or to the draw."""
        self._edit(self._edits.assigning(self._edits.splits, None))

    def accept(self, paths: Iterable[str]) -> None:
        """Keep duplicates: they are no finding any more."""
        self._edit(self._edits.accepting(paths))

    def label(self, paths: Iterable[str], name: str) -> None:
        """Put pictures into a class; the folder's own class is no decision."""
        chosen = set(paths)
        own = {file.path for file in self._files if file.class_name == name}
        edits = self._edits.labelling(chosen - own, name)
        if self._edits.only_listed:  # without a label these have no class
            self._edit(edits.labelling(chosen & own, name))
        else:
            self._edit(edits.labelling(chosen & own, ""))

    def rename(self, old: str, new: str) -> None:
        """Give all pictures of the class ``old``, used or not, the class ``new``."""
        self.label(self.of_class(old), new)

    def of_class(self, name: str) -> Sequence[str]:
        """The files that have the class ``name`` now, used or not."""
        return [file.path for file in self._files if self._class_of(file) == name]

    @property
    def _files(self) -> Sequence[ScannedFile]:
        scanned = self._session.scanned
        return scanned.files if scanned is not None else ()

    def _class_of(self, file: ScannedFile) -> str | None:
        own = None if self._edits.only_listed else file.class_name
        return self._edits.labels.get(file.path, own)

    def _edit(self, edits: Edits) -> None:
        try:
            self._session.edit(edits)
        except InputError as error:
            self.refused.emit(base_words.error_text(error))


# Few enough to look for duplicates among them unasked: a few seconds.
UNASKED = 2000
_LONGEST_NAME = 40


class DatasetActions(QObject):
    """Connects a ``DatasetView`` with the session: edits, duplicates, decoding, a changed folder.

    The folder is looked at again whenever the window becomes the active one.
    """

    def __init__(self, session: Session, view: DatasetView) -> None:
        super().__init__(view)
        self._session, self._view = session, view
        self._scanned: Scanned | None = None
        self.edits = PictureEdits(session, self)
        self.edits.refused.connect(self._refuse)
        self._connect_pictures()
        self._connect_looks()

    def say(self, error: ThawError) -> None:
        """Say above the pictures what went wrong, until they change."""
        self._view.notice.say(base_words.error_text(error))

    def say_as_before(self, error: ThawError) -> None:
        """Say why the open folder, looked at anew, is no dataset any more, and that what is
        shown is the one before."""
        words = self.tr("Looked at anew: {reason}. What is shown here is as it was before.")
        self._view.notice.say(fill(words, {"reason": base_words.error_text(error)}))

    def _refuse(self, reason: str) -> None:
        words = self.tr("Not done, because then: {reason}.")
        self._view.notice.say(fill(words, {"reason": reason}))

    def _connect_pictures(self) -> None:
        view, edits = self._view, self.edits
        for source in (view.browser, view.findings):
            source.exclude_asked.connect(edits.exclude)
            source.include_asked.connect(edits.include)
            source.label_asked.connect(edits.label)
            source.split_asked.connect(edits.assign)
        view.findings.accept_asked.connect(edits.accept)
        view.split.unpin_asked.connect(edits.unpin)
        view.table.rename_asked.connect(self._rename)

    def _connect_looks(self) -> None:
        session, findings = self._session, self._view.findings
        findings.duplicates_asked.connect(session.find_duplicates)
        findings.verify_asked.connect(session.verify_files)
        findings.cancel_asked.connect(lambda _kind: session.looks.cancel())
        session.looks.changed.connect(self._show_looks)
        session.looks.progressed.connect(findings.show_progress)
        session.looks.failed.connect(self.say)
        session.looks.folder_changed.connect(self._show_changes)
        session.save_failed.connect(self.say)
        session.dataset_changed.connect(self._opened)
        session.pictures_edited.connect(self._edited)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.applicationStateChanged.connect(self._activated)

    # -- closer looks -----------------------------------------------------------------------

    def _opened(self) -> None:
        session, view = self._session, self._view
        if session.scanned is not self._scanned:  # else another folder was not waited for
            self._scanned = session.scanned
            view.outdated.say("")
            view.notice.say(data_words.set_aside(session.set_aside))
        self._show_looks()
        summary, is_known = session.summary, session.looks.groups is not None
        if summary is None or is_known or session.is_busy_training:
            return
        if len(summary.samples) <= UNASKED:
            session.find_duplicates()

    def _edited(self) -> None:
        self._scanned = self._session.scanned
        self._view.notice.say("")
        self._show_looks()

    def _show_looks(self) -> None:
        looks, findings = self._session.looks, self._view.findings
        accepted = self._session.choices.edits.accepted
        findings.show_duplicates(looks.groups, accepted, looks.gray)
        findings.show_verified(looks.verified)
        findings.show_running(looks.running)

    def _activated(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self._session.check_folder()

    def _show_changes(self, changes: Changes) -> None:
        self._view.outdated.say(run_words.changed_since_scan(changes))

    # -- classes ----------------------------------------------------------------------------

    def _rename(self, label: int, new: str) -> None:
        summary = self._session.summary
        if summary is None or not new or new == summary.classes[label]:
            return
        old = summary.classes[label]
        if new in summary.classes:
            self._ask_to_merge(old, new)
        else:
            self._do_rename(old, new)

    def _do_rename(self, old: str, new: str) -> None:
        self.edits.rename(old, new)
        summary = self._session.summary
        if summary is not None and old not in summary.classes:  # else it was refused
            self._view.table.choose(summary.classes.index(new))

    def _ask_to_merge(self, old: str, new: str) -> None:
        count = len(self.edits.of_class(old))
        box = QMessageBox(self._view)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Thaw"))
        values = {"old": _short(old), "new": _short(new)}
        box.setText(fill(self.tr("Merge {old} into {new}?"), values))
        words = self.tr("{pictures} of {old} then belong to {new}. Your folder stays as it is.")
        box.setInformativeText(fill(words, {**values, "pictures": base_words.pictures(count)}))
        merge = box.addButton(self.tr("Merge"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(merge)
        drop_icons(box)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.finished.connect(
            lambda: self._do_rename(old, new) if box.clickedButton() is merge else None
        )
        box.open()


def _short(name: str) -> str:
    line = base_words.one_line(name)
    return line if len(line) <= _LONGEST_NAME else f"{line[: _LONGEST_NAME - 1]}…"
