"""The first rows of a table, and which of its columns are used for what."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from gui.base import theme
from gui.data.labels import words

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
        return words.one_line(self._names[column])

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._names)

    def data(self, index: _Index, role: int = int(_Roles.DisplayRole)) -> object:
        if not index.isValid():
            return None
        if role in (_Roles.DisplayRole, _Roles.ToolTipRole):
            return words.one_line(self._rows[index.row()][index.column()])
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
