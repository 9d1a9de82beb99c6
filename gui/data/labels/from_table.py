"""Classes from a table: a file, its columns, and how its rows and the pictures match."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPalette
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import ThawError
from core.dataset.edits import Reason
from core.dataset.folder import printable
from gui.base import theme, words
from gui.base.background import Latest, worker_pool
from gui.controls.drop_area import DropArea
from gui.controls.inputs import ChoiceButton
from gui.controls.labels import ElidedLabel
from gui.controls.notices import MessageBar
from gui.controls.thumbnails import Load, load_thumbnail
from gui.data.labels import label_notes
from gui.data.labels import words as labels_words
from gui.data.labels.column_choice import ColumnChoice
from gui.data.labels.from_names import LabelCounts
from gui.data.labels.label_notes_ import LabelNotes
from gui.data.labels.table_preview import TablePreview
from gui.session import labelling
from gui.session.labelling import ClassRow, Given, OpenTable, Pictures

if TYPE_CHECKING:
    from core.dataset.labels.tables import Columns

_MOST_BUTTONS, _LONGEST_NAME = 3, 22
_LEFT, _RIGHT = 560, 440


class LabelFromTable(QWidget):
    """A table is picked, dropped or found in the folder; reading it takes another thread.

    Signal: ``changed`` when a table was read, its columns chosen anew, or it can't be read.
    """

    changed = Signal()

    def __init__(self, load: Load = load_thumbnail, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures = Pictures(Path(), "", (), (), {})
        self._opened: OpenTable | None = None
        self._pool = worker_pool(self)
        self._job = Latest(self._pool, self)
        self._job.done.connect(self._show)
        self._job.failed.connect(self._fail)
        self.choose = QPushButton(theme.icon("open"), self.tr("&Choose a table…"), self)
        self.found: list[ChoiceButton] = []
        self._group = QButtonGroup(self)
        self.message = MessageBar(self)
        self.drop = DropArea(
            self.tr("Drop a table here"),
            self.tr(
                "CSV or Excel (XLSX): a row for each picture, with its file name and its class"
            ),
            icon="table",
            mode="files",
        )
        self.preview = TablePreview(self)
        self.columns = ColumnChoice(self)
        self.sum = ElidedLabel(parent=self)
        self.sum.setFont(theme.font(bold=True))
        self.counts = LabelCounts(load, self)
        self.notes = LabelNotes(self)
        self.setAcceptDrops(True)
        self._lay_out()
        self._connect()

    @property
    def given(self) -> Given:
        """What the table says."""
        if self._opened is None:
            return Given(only_listed=True)
        matched = self._opened.matched
        excluded = {path: reason or Reason.BY_HAND for path, reason in matched.excluded.items()}
        return Given(matched.labels, matched.splits, excluded, only_listed=True)

    @property
    def opened(self) -> OpenTable | None:
        """The table that is shown."""
        return self._opened

    @property
    def rows(self) -> Sequence[ClassRow]:
        """The classes that the table gives."""
        return self._opened.rows if self._opened is not None else ()

    @property
    def is_busy(self) -> bool:
        """Whether a table is being read or matched."""
        return self._job.is_busy

    def show_pictures(
        self, pictures: Pictures, found: Sequence[Path] = (), best: OpenTable | None = None
    ) -> None:
        """Offer the tables ``found`` for ``pictures``; ``best`` is one of them, read already."""
        self._job.cancel()
        self._pictures = pictures
        self._offer(found)
        self._opened = None
        self.message.hide()
        self._body.setCurrentWidget(self.drop)
        if best is not None:
            self._show(best)

    def open_file(self, path: Path) -> None:
        """Read the table at ``path``."""
        self.message.hide()
        self._job.submit(labelling.open_table(path, self._pictures))
        self.changed.emit()

    def close_jobs(self) -> None:
        """End the background work; also done when the view is destroyed."""
        self._job.cancel()
        self._pool.waitForDone()
        self.counts.close_thumbnails()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _file(event.mimeData()) is not None:
            event.acceptProposedAction()
        else:
            event.ignore()  # a folder is the page's

    def dropEvent(self, event: QDropEvent) -> None:
        path = _file(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.open_file(path)

    # -- showing ----------------------------------------------------------------------------

    def _offer(self, found: Sequence[Path]) -> None:
        for button in self.found:
            self._group.removeButton(button)
            button.deleteLater()
        self.found = []
        for path in found[:_MOST_BUTTONS]:
            name = labels_words.one_line(path.name)
            shown = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
            button = ChoiceButton(shown.replace("&", "&&"), self)
            button.setToolTip(printable(str(path)))
            button.setAccessibleName(name)
            button.setProperty("path", str(path))
            button.clicked.connect(lambda _=False, path=path: self.open_file(path))
            self._group.addButton(button)
            self._files.insertWidget(len(self.found), button)
            self.found.append(button)

    def _show(self, opened: OpenTable) -> None:
        other = self._opened is None or self._opened.table is not opened.table
        self._opened = opened
        if other:
            self.preview.show_table(opened.table.columns, opened.table.rows)
            self.columns.show_columns(opened.table.columns, opened.columns)
            self._mark_found(opened.path)
            self.file.set_text(printable(str(opened.path)))
        self.preview.mark(self.columns.uses)
        total = len(self._pictures.usable)
        self.sum.set_text(labels_words.summed_up(opened.labelled, total, len(opened.rows)))
        self.counts.show_rows(self._pictures.folder, opened.rows)
        notes = label_notes.of_table(opened)
        self.notes.show_notes(notes)
        self.notes.setVisible(bool(notes))
        self._body.setCurrentWidget(self._matched)
        self.changed.emit()

    def _mark_found(self, path: Path) -> None:
        self._group.setExclusive(False)
        for button in self.found:
            button.setChecked(button.property("path") == str(path))
        self._group.setExclusive(True)

    def _fail(self, error: ThawError) -> None:
        """What was shown stays, with why the other table can't be."""
        self._mark_found(self._opened.path if self._opened is not None else Path())
        self.message.show_error(words.error_text(error))
        self.changed.emit()

    # -- what a person does -----------------------------------------------------------------

    def _ask_file(self) -> None:
        kinds = self.tr("Tables (*.csv *.tsv *.txt *.xlsx);;All files (*)")
        start = str(self._pictures.folder)
        name, _ = QFileDialog.getOpenFileName(self, self.tr("Choose a table"), start, kinds)
        if name:
            self.open_file(Path(name))

    def _columns_chosen(self, columns: "Columns") -> None:
        if self._opened is not None:
            self._job.submit(labelling.match_again(self._opened, columns, self._pictures))
            self.changed.emit()

    # -- making it --------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.file = ElidedLabel(parent=self, mode=Qt.TextElideMode.ElideMiddle)
        self.file.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._files = QHBoxLayout()
        self._files.setSpacing(6)
        self._files.addWidget(self.choose)
        self._files.addWidget(self.file, 1)
        self._matched = self._two_sides()
        self._body = QStackedWidget(self)
        self._body.addWidget(self.drop)
        self._body.addWidget(self._matched)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self._files)
        column.addWidget(self.message)
        column.addWidget(self._body, 1)

    def _two_sides(self) -> QSplitter:
        left = _column(self, self.columns, self.preview, self.notes)
        right = _column(self, self.sum, self.counts)
        body = QSplitter(Qt.Orientation.Horizontal, self)
        body.addWidget(left)
        body.addWidget(right)
        body.setChildrenCollapsible(False)
        body.setHandleWidth(14)
        body.setSizes([_LEFT, _RIGHT])
        return body

    def _connect(self) -> None:
        self.choose.clicked.connect(self._ask_file)
        self.drop.activated.connect(self._ask_file)
        self.drop.dropped.connect(lambda paths: self.open_file(paths[0]))
        self.columns.chosen.connect(self._columns_chosen)


def _column(parent: QWidget, top: QWidget, *below: QWidget) -> QWidget:
    side = QWidget(parent)
    column = QVBoxLayout(side)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(6)
    column.addWidget(top)
    for part in below:
        column.addWidget(part, 1)
    return side


def _file(mime: QMimeData) -> Path | None:
    """The one file that is dragged."""
    urls = mime.urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    return path if path.is_file() else None
