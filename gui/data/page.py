"""The Data page: open a folder of pictures, and see what is in it."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QScrollArea, QStackedLayout, QWidget

from core.common.messages import ThawError, fill
from core.dataset.folder import printable
from core.dataset.summary import DatasetSummary
from core.recipe.files import RecipeError
from gui.base import words as base_words
from gui.data.actions import DatasetActions
from gui.data.dataset_view import DatasetView
from gui.data.labels.view import LabelView
from gui.data.scan_progress import ScanProgress
from gui.data.start import StartArea
from gui.recipe import fields
from gui.session.session import Session

VIEWS = ("start", "scan", "dataset", "label")
_SOON = 200  # milliseconds: a scan over by then isn't worth hiding the open pictures for


class DataPage(QWidget):
    """Renders the session's dataset; without one, or where one can't be used, the ways to it.

    Signal: ``navigate`` with a step's name when a person wants to go there.
    """

    navigate = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._failure: ThawError | None = None
        self._labels_again = False
        self._is_stale = False
        self._scanned: Path | None = None
        self._reads = session.is_scanning
        self._sample_size: int | None = None
        self._before: DatasetSummary | None = None
        self._cover = QTimer(self, singleShot=True, interval=_SOON)
        self.start = StartArea()
        self.scan = ScanProgress()
        self.dataset = DatasetView()
        self.label = LabelView()
        self.does = DatasetActions(session, self.dataset)
        self._stack = QStackedLayout(self)
        for view in (self.start, self.scan, self.dataset, self.label):
            self._stack.addWidget(_scrolling(view))
        self.setAcceptDrops(True)
        self._connect()
        self.scan.start(self.tr("Reading the pictures…"))
        self.start.show_recent(session.settings.recent_folders)
        self.refresh()

    def _connect(self) -> None:
        session = self._session
        self._cover.timeout.connect(self._show_view)
        self.start.open_asked.connect(self._ask_folder)
        self.start.folder_chosen.connect(session.open_folder)
        self.start.recent_removed.connect(self._remove_recent)
        self.start.sample_asked.connect(self._open_sample)
        self.start.back_asked.connect(self._go_back)
        self.scan.cancelled.connect(self._cancel)
        self.dataset.open_asked.connect(self._ask_folder)
        self.dataset.reload_asked.connect(self._reload)
        self.dataset.label_asked.connect(self._label_again)
        self.dataset.changed.connect(self._change)
        self.dataset.size_asked.connect(lambda: self.navigate.emit("model"))
        self.label.labels_chosen.connect(session.use_labels)
        self.label.open_asked.connect(self._ask_folder)
        self.label.back_asked.connect(self._go_back)
        session.scan_started.connect(self._scan_started)
        session.scan_outlined.connect(self.scan.show_outline)
        session.scan_progressed.connect(self.scan.show_progress)
        session.scan_failed.connect(self._scan_failed)
        session.dataset_changed.connect(self._dataset_changed)
        session.choices_changed.connect(self._refresh_when_seen)
        for signal in (
            session.engine_changed,
            session.training_started,
            session.training_finished,
        ):
            signal.connect(self.refresh)

    @property
    def view(self) -> str:
        """What is shown, of ``VIEWS``."""
        return VIEWS[self._stack.currentIndex()]

    # -- showing ----------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what the session holds now."""
        session = self._session
        self.start.show_speed(session.engine.speed)
        self.dataset.locked.setVisible(session.is_training)
        if session.scanned and session.summary and session.split:
            self.dataset.show_dataset(
                session.scanned, session.summary, session.split, session.recipe, session.health
            )
            is_given = session.scanned.layout == "flat" or session.choices.edits.only_listed
            self.dataset.label.setVisible(is_given)
            # our own drawings only: for a person's pictures a smaller size costs accuracy
            speed = session.engine.speed if session.is_sample else None
            self.dataset.quicker.show_speed(speed, session.recipe.dataset.image_size)
        if not self._cover.isActive():
            self._show_view()

    def _refresh_when_seen(self) -> None:
        """A slider moved on another page must not wait for this one."""
        self._is_stale = not self.isVisible()
        if not self._is_stale:
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self._refresh_when_seen()

    def _show_view(self) -> None:
        wanted = self._wanted_view()
        if wanted == "start" and self.view != "start":
            self.start.show_recent(self._session.settings.recent_folders)
        self._stack.setCurrentIndex(VIEWS.index(wanted))

    def _wanted_view(self) -> str:
        if self._session.is_scanning:
            return "scan"
        if self._session.unlabelled is not None and (self._failure or self._labels_again):
            return "label"
        if self._failure is not None or self._session.summary is None:
            return "start"
        return "dataset"

    def _reading(self, folder: Path | None) -> str:
        if folder is None:
            return self.tr("Getting the sample ready…")
        return fill(self.tr("Reading {name}…"), {"name": printable(folder.name or str(folder))})

    # -- what the session tells -------------------------------------------------------------

    def _scan_started(self, folder: Path | None) -> None:
        self._failure, self._scanned, self._sample_size = None, folder, None
        self._reads, self._labels_again = True, False
        self.scan.start(self._reading(folder))
        if self.view == "dataset":
            self._cover.start()
        else:
            self._show_view()

    def _scan_failed(self, error: ThawError) -> None:
        if not self._reads:  # the open folder, looked at anew: what is open stays
            self.does.say_as_before(error)
            return
        self._reads = False
        self._cover.stop()
        self._failure = None if error.code == "stopped" else error
        summary = self._session.summary
        still_open = summary.name if summary is not None else ""
        self._show_unlabelled(error, still_open)
        self.start.show_failure(self._failure, self._scanned, still_open)
        self._show_view()

    def _show_unlabelled(self, error: ThawError, still_open: str) -> None:
        unlabelled = self._session.unlabelled
        if unlabelled is not None:
            self.label.show_back(still_open)
            failure = base_words.error_text(error)
            self.label.show_folder(unlabelled.scanned, failure, unlabelled.edits)

    def _dataset_changed(self) -> None:
        self._cover.stop()
        self._failure, self._reads = None, False
        self.start.show_failure(None, None)
        size, self._sample_size = self._sample_size, None
        if size is not None and self._session.summary is not self._before:
            self._change("dataset.image_size", size)
        self.refresh()

    # -- what a person does -----------------------------------------------------------------

    def _ask_folder(self) -> None:
        start = str(self._session.settings.browse_folder)
        title = self.tr("Open a folder with one subfolder per class")
        name = QFileDialog.getExistingDirectory(self, title, start)
        if name:
            self._session.open_folder(Path(name))

    def _open_sample(self, size: int | None) -> None:
        """Open the sample, its pictures to be made ``size`` pixels large, None for as it is."""
        self._session.open_sample()
        self._before, self._sample_size = self._session.summary, size

    def _reload(self) -> None:
        if self._session.summary is not None:
            self._session.open_folder(self._session.summary.folder)

    def _cancel(self) -> None:
        self._sample_size = None
        self._session.cancel_scan()

    def _label_again(self) -> None:
        self._session.label_again()
        unlabelled, summary = self._session.unlabelled, self._session.summary
        if unlabelled is not None and summary is not None:
            self._labels_again = True
            self.label.show_back(summary.name)
            words = self.tr("Other classes take the place of those given before.")
            self.label.show_folder(unlabelled.scanned, words, unlabelled.edits)
            self._show_view()

    def _go_back(self) -> None:
        self._failure, self._labels_again = None, False
        self._session.keep_labels()
        self.start.show_failure(None, None)
        self._show_view()

    def _remove_recent(self, folder: Path) -> None:
        self._session.settings.remove_recent(folder)
        self.start.show_recent(self._session.settings.recent_folders)

    def _change(self, key: str, value: Any) -> None:
        try:
            self._session.change(key, value)
        except RecipeError as error:
            sentences = []
            for code, values in error.problems:
                name = fields.capitalised(fields.field_name(str(values.get("field", ""))))
                sentences.append(base_words.translate(code, {**values, "field": name}))
            self.dataset.show_error(key, " ".join(sentences))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _folder(event.mimeData()) is not None:
            event.acceptProposedAction()
        else:
            event.ignore()  # a recipe file is the window's

    def dropEvent(self, event: QDropEvent) -> None:
        folder = _folder(event.mimeData())
        if folder is not None:
            event.acceptProposedAction()
            self._session.open_folder(folder)


def _folder(mime: QMimeData) -> Path | None:
    """The one folder that is dragged."""
    urls = mime.urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    return path if path.is_dir() else None


def _scrolling(view: QWidget) -> QScrollArea:
    area = QScrollArea(widgetResizable=True)  # for windows smaller than the view can be
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(view)
    return area
