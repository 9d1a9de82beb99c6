"""A view of equal tiles in columns, whose geometry is plain arithmetic.

``QListView`` lays every item out anew when one of them changes: with a hundred thousand tiles
each thumbnail that arrived cost 0.4 s. Here nothing depends on how many there are.
"""

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import (
    QHoverEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyleOptionRubberBand,
    QStyleOptionViewItem,
    QWidget,
)

Index = QModelIndex | QPersistentModelIndex
_State = QStyle.StateFlag
_STEPS_PER_ROW = 3  # a notch of the wheel turns three of them


class TileView(QAbstractItemView):
    """Shows the rows of a model's first column from left to right, then downwards."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._least = self._cell = QSize(1, 1)
        self._columns = 1
        self._placeholder = ""
        self._hovered = -1
        self._pressed = QPoint()  # both in the content's coordinates, for the rubber band
        self._dragged: QPoint | None = None
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)

    @property
    def cell_size(self) -> QSize:
        """What one tile takes of the view."""
        return self._cell

    @property
    def columns(self) -> int:
        """How many tiles stand side by side."""
        return self._columns

    def set_least_cell(self, least: QSize) -> None:
        """Give tiles at least so much room; the columns share what is left of the width."""
        self._least = least
        self._fit_columns()

    @property
    def placeholder(self) -> str:
        """What is said where there are no tiles."""
        return self._placeholder

    @placeholder.setter
    def placeholder(self, words: str) -> None:
        self._placeholder = words
        self.viewport().update()

    def rows_between(self, top: int, bottom: int) -> range:
        """The rows of the model that lie within this band of the viewport."""
        first = max(0, (top + self.verticalOffset()) // self._cell.height())
        last = (bottom + self.verticalOffset()) // self._cell.height()
        return range(first * self._columns, min(self._count(), (last + 1) * self._columns))

    # -- geometry ---------------------------------------------------------------------------

    def visualRect(self, index: Index) -> QRect:
        return self._rect(index.row()) if index.isValid() else QRect()

    def indexAt(self, point: QPoint) -> QModelIndex:
        line = (point.y() + self.verticalOffset()) // self._cell.height()
        column = point.x() // self._cell.width()
        row = line * self._columns + column
        if 0 <= column < self._columns and 0 <= row < self._count():
            return self.model().index(row, 0)
        return QModelIndex()

    def scrollTo(
        self,
        index: Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        if not index.isValid():
            return
        self.updateGeometries()
        rect, hints = self.visualRect(index), QAbstractItemView.ScrollHint
        bar, room = self.verticalScrollBar(), self.viewport().height() - rect.height()
        if hint == hints.PositionAtCenter:
            bar.setValue(bar.value() + rect.top() - room // 2)
        elif hint == hints.PositionAtTop or (hint == hints.EnsureVisible and rect.top() < 0):
            bar.setValue(bar.value() + rect.top())
        elif hint == hints.PositionAtBottom or rect.top() > room:
            bar.setValue(bar.value() + rect.top() - room)

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: Index) -> bool:
        return False

    def updateGeometries(self) -> None:
        super().updateGeometries()
        bar, height = self.verticalScrollBar(), self._cell.height()
        bar.setSingleStep(max(1, height // _STEPS_PER_ROW))
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(0, self._lines() * height - self.viewport().height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_columns()
        super().resizeEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.scrollDirtyRegion(dx, dy)
        self.viewport().scroll(dx, dy)
        if self._dragged is not None:
            self.viewport().update()

    # -- keyboard and selection -------------------------------------------------------------

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        count, row, move = self._count(), self.currentIndex().row(), QAbstractItemView.CursorAction
        if row < 0 or not count:
            return self.model().index(0, 0)
        page = max(1, self.viewport().height() // self._cell.height())
        beside = {move.MoveLeft: -1, move.MovePrevious: -1, move.MoveRight: 1, move.MoveNext: 1}
        ends = {move.MoveHome: 0, move.MoveEnd: count - 1}
        lines = {move.MoveUp: -1, move.MoveDown: 1, move.MovePageUp: -page, move.MovePageDown: page}
        if action in lines:
            line, column = divmod(row, self._columns)
            line = min(max(line + lines[action], 0), self._lines() - 1)
            wanted = line * self._columns + column
        else:
            wanted = ends.get(action, row + beside.get(action, 0))
        return self.model().index(min(max(wanted, 0), count - 1), 0)

    def keyboardSearch(self, search: str) -> None:
        """Nothing: looking through every caption would hold a long list up."""

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        chosen = QItemSelection()
        if self.state() == QAbstractItemView.State.DragSelectingState:
            chosen = self._within(rect.normalized())
        else:  # from one tile to another, as they follow each other
            ends = [self.indexAt(rect.topLeft()), self.indexAt(rect.bottomRight())]
            ends = sorted((end for end in ends if end.isValid()), key=QModelIndex.row)
            if ends:
                chosen.select(ends[0], ends[-1])
        self.selectionModel().select(chosen, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        region = QRegion()
        for row in self._visible_rows():
            if selection.contains(self.model().index(row, 0)):
                region += self._rect(row)
        return region

    # -- painting ---------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        plain = option.state & ~(_State.State_HasFocus | _State.State_MouseOver)
        selection, current = self.selectionModel(), self.currentIndex().row()
        area = event.rect()
        for row in self.rows_between(area.top(), area.bottom()):
            rect = self._rect(row)
            if not rect.intersects(area):
                continue
            index = self.model().index(row, 0)
            state = plain
            if selection.isSelected(index):
                state |= _State.State_Selected
            if row == self._hovered:
                state |= _State.State_MouseOver
            if row == current and self.hasFocus():
                state |= _State.State_HasFocus
            option.rect, option.state = rect, state
            self.itemDelegate().paint(painter, option, index)
        if not self._count() and self._placeholder:
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect(), flags, self._placeholder)
        if self._dragged is not None:
            self._paint_rubber_band(painter, self._dragged)
        painter.end()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHoverEvent):
            inside = event.type() != QEvent.Type.HoverLeave
            self._hover(self.indexAt(event.position().toPoint()).row() if inside else -1)
        return super().viewportEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint() + QPoint(0, self.verticalOffset())
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        several = self.selectionMode() == QAbstractItemView.SelectionMode.ExtendedSelection
        if several and self.state() == QAbstractItemView.State.DragSelectingState:
            self._dragged = event.position().toPoint() + QPoint(0, self.verticalOffset())
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self._dragged is not None:
            self._dragged = None
            self.viewport().update()

    def _paint_rubber_band(self, painter: QPainter, dragged: QPoint) -> None:
        offset = QPoint(0, self.verticalOffset())
        option = QStyleOptionRubberBand()
        option.initFrom(self)
        option.shape = option.shape.Rectangle
        option.opaque = False
        option.rect = QRect(self._pressed - offset, dragged - offset).normalized()
        self.style().drawControl(QStyle.ControlElement.CE_RubberBand, option, painter, self)

    def _hover(self, row: int) -> None:
        if row != self._hovered:
            for one in (row, self._hovered):
                self.viewport().update(self._rect(one) if one >= 0 else QRect())
            self._hovered = row

    # -- arithmetic -------------------------------------------------------------------------

    def _count(self) -> int:
        return self.model().rowCount() if self.model() is not None else 0

    def _lines(self) -> int:
        return -(-self._count() // self._columns)

    def _rect(self, row: int) -> QRect:
        line, column = divmod(row, self._columns)
        width, height = self._cell.toTuple()
        return QRect(column * width, line * height - self.verticalOffset(), width, height)

    def _visible_rows(self) -> range:
        return self.rows_between(0, self.viewport().height() - 1)

    def _within(self, rect: QRect) -> QItemSelection:
        """The tiles that ``rect`` touches: a run of them in each line."""
        chosen, width, model = QItemSelection(), self._cell.width(), self.model()
        first, last = max(0, rect.left() // width), min(rect.right() // width, self._columns - 1)
        if last < first:
            return chosen
        rows = self.rows_between(rect.top(), rect.bottom())
        if first == 0 and last == self._columns - 1 and rows:
            chosen.select(model.index(rows[0], 0), model.index(rows[-1], 0))
            return chosen
        for line in range(rows.start, rows.stop, self._columns):
            if line + first < rows.stop:
                end = min(line + last, rows.stop - 1)
                chosen.select(model.index(line + first, 0), model.index(end, 0))
        return chosen

    def _fit_columns(self) -> None:
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        room = self.contentsRect().width() - bar  # kept free, bar or no bar
        columns = max(1, room // self._least.width())
        cell = QSize(max(self._least.width(), room // columns), self._least.height())
        if (columns, cell) != (self._columns, self._cell):
            self._columns, self._cell = columns, cell
            self.updateGeometries()
            self.viewport().update()
