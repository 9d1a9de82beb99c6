"""Tiles to point at, to go through with the keyboard, and to open."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QToolTip, QWidget

_OPEN = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class PointedTiles(QWidget):
    """A subclass says how many tiles there are and where, and paints them.

    Signals: ``opened`` with a tile's index, by a click or Enter; ``stepped`` (-1 or 1) when a
    person asks for another picture; ``current_moved`` with the place of the tile that the
    keyboard went to.
    """

    opened = Signal(int)
    stepped = Signal(int)
    current_moved = Signal(QRect)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._current = 0
        self._hovered = self._pressed = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    # -- for subclasses ---------------------------------------------------------------------

    def count(self) -> int:
        """How many tiles there are."""
        raise NotImplementedError

    def places(self) -> Sequence[QRect]:
        """Where each tile's picture is, in pixels of the widget."""
        raise NotImplementedError

    def tip(self, index: int) -> str:
        """What is said of a tile that is pointed at."""
        raise NotImplementedError

    # -- which tile -------------------------------------------------------------------------

    @property
    def current(self) -> int:
        """The index of the tile that Enter opens."""
        return self._current

    @current.setter
    def current(self, index: int) -> None:
        if index != self._current and 0 <= index < self.count():
            self._current = index
            self.update()

    @property
    def hovered(self) -> int:
        """The index of the tile under the mouse; -1 for none."""
        return self._hovered

    def looked_at(self) -> int:
        """The index of the tile that is pointed at, or that has the focus; -1 for none."""
        if self._hovered >= 0:
            return self._hovered
        return self._current if self.hasFocus() and self.count() else -1

    def beside(self, key: Qt.Key) -> int | None:
        """The index of the tile that an arrow key leads to from the current one, if any."""
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            return self._current + (1 if key == Qt.Key.Key_Right else -1)
        if key not in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            return None
        places = self.places()
        here, ahead = places[self._current].center(), 1 if key == Qt.Key.Key_Down else -1
        others = [
            (abs(place.center().y() - here.y()), abs(place.center().x() - here.x()), index)
            for index, place in enumerate(places)
            if ahead * (place.center().y() - here.y()) > 0
        ]
        return min(others)[2] if others else self._current

    def forget_pointed(self) -> None:
        """Other tiles are in other places."""
        self._hovered = self._pressed = -1
        self._current = max(0, min(self._current, self.count() - 1))

    # -- events -----------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        to = self.beside(key) if self.count() else None
        if key in _OPEN and self.count():
            self.opened.emit(self._current)
        elif to is not None:
            self._go(to)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self._at(event.position().toPoint())
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index, self._pressed = self._pressed, -1
        if index >= 0 and index == self._at(event.position().toPoint()):
            self.current = index
            self.opened.emit(index)
        super().mouseReleaseEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self._at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            index = self._at(event.pos())
            QToolTip.showText(event.globalPos(), self.tip(index) if index >= 0 else "", self)
            return True
        return super().event(event)

    # -- inside -----------------------------------------------------------------------------

    def _at(self, point: QPoint) -> int:
        hits = (index for index, place in enumerate(self.places()) if place.contains(point))
        index = next(hits, -1)
        return index if index < self.count() else -1

    def _hover(self, index: int) -> None:
        if index != self._hovered:
            self._hovered = index
            shape = Qt.CursorShape.PointingHandCursor if index >= 0 else Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
            self.update()

    def _go(self, to: int) -> None:
        if 0 <= to < self.count():
            self.current = to
            self.current_moved.emit(self.places()[to])


def square(left: int, top: int, side: int) -> QRect:
    """A square of that side."""
    return QRect(QPoint(left, top), QSize(side, side))
