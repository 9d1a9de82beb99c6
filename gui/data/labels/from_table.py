"""Classes from a table: a file, its columns, and how its rows match the images.

A person chooses which columns name the image, its class and its split; a preview marks them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractTableModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFontMetrics, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import ThawError
from core.dataset.edits import Reason
from core.dataset.folder import printable
from gui.base import theme
from gui.base import words as base_words
from gui.base.background import Latest
from gui.controls.drop_area import DropArea
from gui.controls.inputs import ChoiceButton, QuietComboBox
from gui.controls.labels import ElidedLabel
from gui.controls.notices import MessageBar
from gui.controls.thumbnails import Load, load_thumbnail
from gui.data.labels import words
from gui.data.labels.from_names import LabelCounts, LabelNotes
from gui.session import labelling
from gui.session.labelling import ClassRow, Given, OpenTable, Pictures

if TYPE_CHECKING:
    from core.dataset.labels.matching import Columns


class ColumnChoice(QWidget):
    """Three lists of columns. Signal: ``chosen`` with the ``Columns`` that a person wants."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns: Columns | None = None
        self.path, self.label, self.split = (QuietComboBox(self) for _ in range(3))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for name, box in (
            (self.tr("Picture"), self.path),
            (self.tr("Class"), self.label),
            (self.tr("Split"), self.split),
        ):
            row.addLayout(_titled(name, box), 1)
            box.currentIndexChanged.connect(lambda: self._choose())

    @property
    def uses(self) -> Mapping[int, str]:
        """What columns, by number, are used for, in words."""
        if self._columns is None:
            return {}
        uses = {self._columns.path: self.tr("picture"), self._columns.label: self.tr("class")}
        if self._columns.split is not None:
            uses[self._columns.split] = self.tr("split")
        return uses

    def show_columns(self, names: Sequence[str], columns: "Columns") -> None:
        """Offer the columns called ``names``, with ``columns`` chosen."""
        self._columns = columns
        for box, number in (
            (self.path, columns.path),
            (self.label, columns.label),
            (self.split, columns.split),
        ):
            box.blockSignals(True)
            box.clear()
            if box is self.split:
                box.addItem(self.tr("(none)"), None)
            for other, name in enumerate(names):
                box.addItem(base_words.one_line(name), other)
            box.setCurrentIndex(0 if number is None else box.findData(number))
            box.blockSignals(False)

    def _choose(self) -> None:
        if self._columns is None:
            return
        self._columns = replace(
            self._columns,
            path=self.path.currentData(),
            label=self.label.currentData(),
            split=self.split.currentData(),
        )
        self.chosen.emit(self._columns)


def _titled(name: str, box: QuietComboBox) -> QVBoxLayout:
    box.setAccessibleName(name)
    box.setMinimumContentsLength(6)
    box.setSizeAdjustPolicy(box.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    title = QLabel(name, box.parentWidget())
    title.setFont(theme.font(bold=True))
    title.setBuddy(box)
    pair = QVBoxLayout()
    pair.setSpacing(2)
    pair.addWidget(title)
    pair.addWidget(box)
    return pair


ROWS = 50
_MOST_COLUMNS = 60
_WIDEST, _NARROWEST = 220, 60
_NOWHERE = QModelIndex()
_Roles = Qt.ItemDataRole
_Index = QModelIndex | QPersistentModelIndex


class TablePreview(QTableView):
    """Rows as they are in the file; the columns that are used are bold and say what for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self.setModel(self._model)
        self.setAccessibleName(self.tr("The first rows of the table"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 5)
        rows.hide()
        self.horizontalHeader().setHighlightSections(False)

    def show_table(self, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Show the first of ``rows``, whose columns have ``names``."""
        self._model.show(names, rows)
        metrics = QFontMetrics(theme.font(bold=True))
        for column in range(self._model.columnCount()):
            texts = [self._model.title(column), *(row[column] for row in rows[:ROWS])]
            width = max(metrics.horizontalAdvance(one[:60]) for one in texts) + 16
            self.setColumnWidth(column, min(max(width, _NARROWEST), _WIDEST))

    def mark(self, uses: Mapping[int, str]) -> None:
        """Say of columns, by number, what they are used for; bring the first into sight."""
        self._model.mark(uses)
        if uses:
            self.scrollTo(self._model.index(0, min(uses)))


class _Model(QAbstractTableModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._names: Sequence[str] = ()
        self._rows: Sequence[Sequence[str]] = ()
        self._uses: Mapping[int, str] = {}

    def show(self, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.beginResetModel()
        self._names, self._rows, self._uses = names[:_MOST_COLUMNS], rows[:ROWS], {}
        self.endResetModel()

    def mark(self, uses: Mapping[int, str]) -> None:
        self._uses = uses
        if self._names:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self._names) - 1)
            if self._rows:
                last = self.index(len(self._rows) - 1, len(self._names) - 1)
                self.dataChanged.emit(self.index(0, 0), last)

    def title(self, column: int) -> str:
        return base_words.one_line(self._names[column])

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._names)

    def data(self, index: _Index, role: int = int(_Roles.DisplayRole)) -> object:
        if not index.isValid():
            return None
        if role in (_Roles.DisplayRole, _Roles.ToolTipRole):
            return base_words.one_line(self._rows[index.row()][index.column()])
        if role == _Roles.FontRole and index.column() in self._uses:
            return theme.font(bold=True)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(_Roles.DisplayRole)
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == _Roles.DisplayRole:
            return self.title(section)
        if role in (_Roles.ToolTipRole, _Roles.AccessibleTextRole):
            return words.joined((self.title(section), self._uses.get(section, "")))
        if role == _Roles.FontRole:
            return theme.font(bold=section in self._uses)
        if role == _Roles.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None


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
        self._job = Latest(self)
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
        self._job.close()
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
            name = base_words.one_line(path.name)
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
        self.sum.set_text(words.summed_up(opened.labelled, total, len(opened.rows)))
        self.counts.show_rows(self._pictures.folder, opened.rows)
        notes = words.notes_of_table(opened)
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
        self.message.show_error(base_words.error_text(error))
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
