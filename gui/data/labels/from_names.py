"""Classes with their counts and a few pictures of each."""

import operator
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from gui.base import theme, words
from gui.controls.thumbnails import Load, Thumbnails, load_thumbnail
from gui.data.labels import words as labels_words
from gui.session.labelling import ClassRow

NAME, COUNT, PICTURES = 0, 1, 2
_EDGE, _GAP = 44, 4
_ROW_ROLE = int(Qt.ItemDataRole.UserRole)
_NOWHERE = QModelIndex()
_Roles = Qt.ItemDataRole
_Index = QModelIndex | QPersistentModelIndex


class LabelCounts(QTableView):
    """Sortable by name and by count; a class of one picture is marked."""

    def __init__(self, load: Load = load_thumbnail, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = Thumbnails(self._is_row_visible, load, self)
        self._model = _Model(self)
        self._folder = Path()
        self.setModel(self._model)
        self.setItemDelegateForColumn(PICTURES, _Strip(self, self._picture))
        self.setAccessibleName(self.tr("Classes"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._set_up_headers()
        self._thumbnails.changed.connect(self._redraw)

    @property
    def rows(self) -> Sequence[ClassRow]:
        """The classes, in the order in which they are shown."""
        return self._model.rows

    def show_rows(self, folder: Path, rows: Sequence[ClassRow]) -> None:
        """Show these classes, in natural order, of pictures in ``folder``."""
        self._folder = folder
        self._thumbnails.reset(round(_EDGE * self.devicePixelRatioF()))
        self._model.show(rows)

    def close_thumbnails(self) -> None:
        """End the background work; also done when the table is destroyed."""
        self._thumbnails.close()

    def _set_up_headers(self) -> None:
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(_EDGE + 2 * _GAP)
        rows.hide()
        columns = self.horizontalHeader()
        columns.setHighlightSections(False)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns.setSectionResizeMode(PICTURES, QHeaderView.ResizeMode.Stretch)
        advance = self.fontMetrics().horizontalAdvance
        self.setColumnWidth(NAME, advance("m" * 14))
        self.setColumnWidth(COUNT, advance(self.tr("Pictures")) + 30)
        self.setSortingEnabled(True)
        self.sortByColumn(COUNT, Qt.SortOrder.DescendingOrder)

    def _picture(self, path: str, row: int) -> QPixmap | None:
        return self._thumbnails.get(self._folder / path, row)

    def _is_row_visible(self, row: int) -> bool:
        rect = self.visualRect(self._model.index(row, PICTURES))
        return self.isVisible() and rect.intersects(self.viewport().rect())

    def _redraw(self, row: int) -> None:
        self.viewport().update(self.visualRect(self._model.index(row, PICTURES)))


class _Model(QAbstractTableModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: Sequence[ClassRow] = ()
        self._by_name: Sequence[ClassRow] = ()
        self._order = (COUNT, Qt.SortOrder.DescendingOrder)

    def show(self, rows: Sequence[ClassRow]) -> None:
        self._by_name = rows
        self._sort_rows()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._order = (column, order)
        self._sort_rows()

    def _sort_rows(self) -> None:
        column, order = self._order
        down = order == Qt.SortOrder.DescendingOrder
        self.beginResetModel()
        if column == COUNT:
            key = operator.attrgetter("count")
            self.rows = sorted(self._by_name, key=key, reverse=down)
        else:
            self.rows = self._by_name[::-1] if down else self._by_name
        self.endResetModel()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else PICTURES + 1

    def data(self, index: _Index, role: int = int(_Roles.DisplayRole)) -> object:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        if role == _ROW_ROLE:
            return row
        if role == _Roles.DisplayRole:
            return (labels_words.one_line(row.name), words.count(row.count), "")[column]
        if role in (_Roles.ToolTipRole, _Roles.AccessibleTextRole):
            return labels_words.class_row(row.name, row.count)
        if role == _Roles.DecorationRole and column == COUNT and row.count == 1:
            return theme.icon("warning", "warning")
        if role == _Roles.TextAlignmentRole and column == COUNT:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(_Roles.DisplayRole)
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == _Roles.DisplayRole:
            return (self.tr("Class"), self.tr("Pictures"), self.tr("For example"))[section]
        if role == _Roles.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None


class _Strip(QStyledItemDelegate):
    """As many of a class's pictures as there is room for."""

    def __init__(self, view: QWidget, picture: Callable[[str, int], QPixmap | None]) -> None:
        super().__init__(view)
        self._picture = picture

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(4 * (_EDGE + _GAP), _EDGE + 2 * _GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        super().paint(painter, option, index)
        row: ClassRow = index.data(_ROW_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        room = option.rect.adjusted(_GAP, 0, 0, 0)
        square = QRect(0, 0, _EDGE, _EDGE)
        square.moveCenter(room.center())
        square.moveLeft(room.left())
        for path in row.paths:
            if square.right() > room.right():
                break
            self._paint_one(painter, option, square, self._picture(path, index.row()))
            square.translate(_EDGE + _GAP, 0)
        painter.restore()

    def _paint_one(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        square: QRect,
        picture: QPixmap | None,
    ) -> None:
        if picture is None:
            shade = QColor(option.palette.color(QPalette.ColorRole.Mid))
            shade.setAlphaF(0.25)
            painter.fillRect(square, shade)
            return
        size = picture.size().scaled(square.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(0, 0, size.width(), size.height())
        target.moveCenter(square.center())
        painter.drawPixmap(target, picture)
