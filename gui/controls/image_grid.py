"""A grid of images with captions: its items, its model, and how a tile is painted.

It stays quick with a hundred thousand images: only a tile that is painted has its thumbnail made.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from core.common.messages import ThawError
from gui.base import theme
from gui.base import words as base_words
from gui.controls.thumbnails import Load, Thumbnails, load_thumbnail
from gui.controls.tile_view import TileView

TILE_ROLE = int(Qt.ItemDataRole.UserRole)
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


@dataclass(frozen=True, slots=True)
class GridItem:
    """One picture: ``image`` itself, or the file at ``path`` of which a thumbnail is made;
    ``version`` tells a replaced file from the one before it, such as its size and time.

    ``badge`` is the name of a data colour for a dot in the corner, ``excluded`` pales the
    picture and strikes it through; both repeat what the caption says. A ``problem`` is why the
    file gives no picture, where that is known before.
    """

    path: Path | None = None
    caption: str = ""
    tooltip: str = ""
    image: QImage | None = None
    badge: str | None = None
    version: Hashable = None
    excluded: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """What to paint: ``picture`` is None while it is being made and where it is ``broken``."""

    item: GridItem
    picture: QPixmap | QImage | None
    broken: bool


class GridModel(QAbstractListModel):
    """A list of grid items. Only a tile that is painted asks for its thumbnail."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.items: Sequence[GridItem] = ()
        self._thumbnails = thumbnails
        thumbnails.changed.connect(self._changed)

    def set_items(self, items: Sequence[GridItem]) -> None:
        """Show other items; as many as before without files only change in place."""
        in_place = len(items) == len(self.items) and all(item.image for item in items)
        if in_place:
            self.items = items
            self.dataChanged.emit(self.index(0), self.index(len(items) - 1))
            return
        self.beginResetModel()
        self.items = items
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if not index.isValid():
            return None
        item = self.items[index.row()]
        if role == TILE_ROLE:
            return self._tile(item, index.row())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return item.caption
        if role == Qt.ItemDataRole.ToolTipRole:
            problem = self._problem(item)
            return "\n".join(part for part in (item.tooltip or item.caption, problem) if part)
        return None

    def _tile(self, item: GridItem, row: int) -> Tile:
        if item.image is not None:
            return Tile(item, item.image, broken=False)
        if item.path is None or item.problem:
            return Tile(item, None, broken=True)
        picture = self._thumbnails.get(item.path, row, item.version)
        broken = self._thumbnails.problem(item.path, item.version) is not None
        return Tile(item, picture, broken)

    def _problem(self, item: GridItem) -> str:
        if item.problem or item.path is None:
            return item.problem
        problem = self._thumbnails.problem(item.path, item.version)
        if isinstance(problem, ThawError):
            return base_words.error_text(problem)
        return str(problem) if problem else ""

    def _changed(self, row: int) -> None:
        index = self.index(row)
        self.dataChanged.emit(index, index, [TILE_ROLE, Qt.ItemDataRole.ToolTipRole])


PAD = 5
_BADGE = 12
_RADIUS = 4.0
_PALE, _STRIKE = 0.3, 2.5
_Flag = QStyle.StateFlag


class TileDelegate(QStyledItemDelegate):
    """Draws tiles ``edge`` pixels wide with ``lines`` lines of caption, in the middle of
    cells of ``cell`` pixels."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self.edge = 112
        self.lines = 1
        self.cell = QSize()

    def least_cell(self) -> QSize:
        """The room that a tile needs."""
        caption = self.lines * self._view.fontMetrics().lineSpacing()
        gaps = 3 if self.lines else 2
        return QSize(self.edge + 4 * PAD, self.edge + caption + (gaps + 1) * PAD)

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return self.cell

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        tile: Tile = index.data(TILE_ROLE)
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        cell = option.rect.adjusted(PAD // 2, PAD // 2, -PAD // 2, -PAD // 2)
        selected = bool(option.state & _Flag.State_Selected)
        self._paint_back(painter, option, cell, selected)
        square = QRect(0, cell.top() + PAD, self.edge, self.edge)
        square.moveLeft(cell.center().x() - self.edge // 2)
        painter.setOpacity(_PALE if tile.item.excluded else 1.0)
        shown = self._paint_picture(painter, option.palette, square, tile)
        painter.setOpacity(1.0)
        if tile.item.excluded:
            self._paint_strike(painter, option.palette, shown, selected)
        elif tile.item.badge:
            self._paint_badge(painter, shown, theme.data_color(tile.item.badge, option.palette))
        if self.lines:
            self._paint_caption(painter, option, cell, square.bottom() + PAD, tile, selected)
        painter.restore()

    def _paint_back(
        self, painter: QPainter, option: QStyleOptionViewItem, cell: QRect, selected: bool
    ) -> None:
        highlight = option.palette.color(QPalette.ColorRole.Highlight)
        painter.setPen(Qt.PenStyle.NoPen)
        if selected:
            painter.setBrush(highlight)
            painter.drawRoundedRect(cell, _RADIUS, _RADIUS)
        elif option.state & _Flag.State_MouseOver:
            highlight.setAlphaF(0.15)
            painter.setBrush(highlight)
            painter.drawRoundedRect(cell, _RADIUS, _RADIUS)
        if option.state & _Flag.State_HasFocus:
            role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Highlight
            inset = 2 if selected else 0
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(option.palette.color(role), 1.5))
            painter.drawRoundedRect(cell.adjusted(inset, inset, -inset, -inset), _RADIUS, _RADIUS)

    def _paint_strike(
        self, painter: QPainter, palette: QPalette, shown: QRect, selected: bool
    ) -> None:
        roles = QPalette.ColorRole
        color = palette.color(roles.HighlightedText if selected else roles.Text)
        painter.setPen(QPen(color, _STRIKE))
        painter.drawLine(shown.bottomLeft(), shown.topRight())

    def _paint_picture(
        self, painter: QPainter, palette: QPalette, square: QRect, tile: Tile
    ) -> QRect:
        picture = tile.picture
        if picture is None:
            shade = QColor(palette.color(QPalette.ColorRole.Mid))
            shade.setAlphaF(0.25)
            painter.fillRect(square, shade)  # round corners take twice as long
            if tile.broken:
                sign = QRect(0, 0, self.edge // 3, self.edge // 3)
                sign.moveCenter(square.center())
                theme.icon("warning", "warning").paint(painter, sign)
            return square
        size = picture.size().scaled(square.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(0, 0, size.width(), size.height())
        target.moveCenter(square.center())
        if isinstance(picture, QImage):
            painter.drawImage(target, picture)
        elif isinstance(picture, QPixmap):
            painter.drawPixmap(target, picture)
        return target

    def _paint_badge(self, painter: QPainter, shown: QRect, color: QColor) -> None:
        dot = QRectF(shown.right() - _BADGE - 2, shown.top() + 4, _BADGE, _BADGE)
        painter.setPen(QPen(QColor("white"), 2))
        painter.setBrush(color)
        painter.drawEllipse(dot)

    def _paint_caption(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        cell: QRect,
        top: int,
        tile: Tile,
        selected: bool,
    ) -> None:
        roles = QPalette.ColorRole
        painter.setPen(option.palette.color(roles.HighlightedText if selected else roles.Text))
        line = QRect(cell.left() + PAD, top, cell.width() - 2 * PAD, option.fontMetrics.height())
        for words in tile.item.caption.split("\n")[: self.lines]:
            shown = option.fontMetrics.elidedText(words, Qt.TextElideMode.ElideMiddle, line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignHCenter, shown)
            line.translate(0, option.fontMetrics.lineSpacing())


_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class ImageGrid(TileView):
    """Shows items as tiles in columns that fill the width; thumbnails come as they are made.

    One tile can be selected, or several after ``setSelectionMode``. Signals: ``activated_item``
    with the row that was clicked, or where Enter or Space was pressed; ``opened_item`` with the
    row that was double-clicked, or where Enter or Space was pressed; ``selection_changed``
    where a person or ``select_rows`` selects other rows.
    """

    activated_item = Signal(int)
    opened_item = Signal(int)
    selection_changed = Signal()

    def __init__(
        self,
        thumbnail_size: int = 112,
        *,
        caption_lines: int = 1,
        load: Load = load_thumbnail,
        parent: QWidget | None = None,
    ) -> None:
        """``thumbnail_size`` is a tile's longest side in pixels; ``load(path, edge)`` makes a
        thumbnail on another thread, as ``core.images.load.thumbnail`` does."""
        super().__init__(parent)
        self._thumbnails = Thumbnails(self._is_row_visible, load, self)
        self._model = GridModel(self._thumbnails, self)
        self._delegate = TileDelegate(self)
        self._delegate.edge, self._delegate.lines = thumbnail_size, caption_lines
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setItemDelegate(self._delegate)
        self.setModel(self._model)
        self.clicked.connect(self._clicked)
        self.doubleClicked.connect(self._double_clicked)
        self._reset_thumbnails()
        self.set_least_cell(self._delegate.least_cell())

    @property
    def items(self) -> Sequence[GridItem]:
        """What is shown."""
        return self._model.items

    def set_items(self, items: Sequence[GridItem]) -> None:
        """Show other items, of which none is selected. As many as before, all with their own
        image, change in place, so that selection and scroll position stay."""
        self._reset_thumbnails()
        self._model.set_items(items)
        self.updateGeometries()

    @property
    def thumbnail_size(self) -> int:
        """A tile's longest side, in pixels."""
        return self._delegate.edge

    @thumbnail_size.setter
    def thumbnail_size(self, edge: int) -> None:
        self._delegate.edge = edge
        self._reset_thumbnails()
        self.set_least_cell(self._delegate.least_cell())
        self.viewport().update()

    @property
    def current_row(self) -> int:
        """The row with the focus, the selected one where there can be one only; -1 for none."""
        return self.currentIndex().row()

    @property
    def selected_rows(self) -> list[int]:
        """The selected rows, ascending."""
        ranges = self.selectionModel().selection().toList()
        return sorted(row for one in ranges for row in range(one.top(), one.bottom() + 1))

    @property
    def selected_count(self) -> int:
        """How many rows are selected."""
        return sum(one.height() for one in self.selectionModel().selection().toList())

    def select(self, row: int) -> None:
        """Mark a row and scroll to it, without a signal of activation."""
        self.setCurrentIndex(self._model.index(row))

    def select_rows(self, rows: Iterable[int], current: int = -1) -> None:
        """Select exactly ``rows``, ascending, and give ``current`` the focus; the view stays."""
        flags, selection = QItemSelectionModel.SelectionFlag, QItemSelection()
        for first, last in _runs(rows):
            selection.select(self._model.index(first), self._model.index(last))
        scrolls = self.hasAutoScroll()
        self.setAutoScroll(False)
        self.selectionModel().setCurrentIndex(self._model.index(current), flags.NoUpdate)
        self.selectionModel().select(selection, flags.ClearAndSelect)
        self.setAutoScroll(scrolls)

    def close_thumbnails(self) -> None:
        """End the background work; also done when the grid is destroyed."""
        self._thumbnails.close()

    def sizeHint(self) -> QSize:
        cell = self._delegate.least_cell()
        return QSize(4 * cell.width(), 2 * cell.height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.set_least_cell(self._delegate.least_cell())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.current_row
        if event.key() in _KEYS and event.modifiers() in _PLAIN and row >= 0:
            self.activated_item.emit(row)
            self.opened_item.emit(row)
        else:
            super().keyPressEvent(event)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.selection_changed.emit()

    def _clicked(self, index: QModelIndex) -> None:
        self.activated_item.emit(index.row())

    def _double_clicked(self, index: QModelIndex) -> None:
        self.opened_item.emit(index.row())

    def _is_row_visible(self, row: int) -> bool:
        rect = self.visualRect(self._model.index(row))
        return self.isVisible() and rect.intersects(self.viewport().rect())

    def _reset_thumbnails(self) -> None:
        self._thumbnails.reset(round(self.thumbnail_size * self.devicePixelRatioF()))


def _runs(rows: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Ascending numbers as (first, last) of each run without a gap."""
    first = last = None
    for row in rows:
        if last is not None and row == last + 1:
            last = row
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = row
    if first is not None and last is not None:
        yield first, last
