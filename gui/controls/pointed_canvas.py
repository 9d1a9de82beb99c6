"""The hand on the curves: where it points, and how it asks for another part of them."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

_NOTCH = 120  # of a wheel, in Qt's eighths of a degree
_ZOOM = 0.8  # of what is shown, a notch
_LEAST_FRAME = 6  # pixels: less is a hand that trembled
_DOT = 4

Dot = tuple[float, float, QColor]  # x, y, colour


class CurvePointer(QWidget):
    """Lies over a canvas and fills it. It paints a line where the read-out stands, so that
    matplotlib draws nothing when the pointer moves.

    Dragging moves what is shown; where all of it ``is_whole``, there is nothing to move, and
    dragging frames a part, as it always does with Shift or the right button.

    Signals, in pixels: ``pointed`` (x, y) and ``left``; ``zoomed`` (x, y, factor); ``framed``
    (x, y, x, y), a rectangle; ``panned`` (x, y, right, down); ``whole``: all again; ``stepped``
    (-1 or 1): an epoch back or on, by key.
    """

    pointed = Signal(float, float)
    left = Signal()
    zoomed = Signal(float, float, float)
    framed = Signal(float, float, float, float)
    panned = Signal(float, float, float, float)
    whole = Signal()
    stepped = Signal(int)

    def __init__(self, canvas: QWidget, is_whole: Callable[[], bool]) -> None:
        super().__init__(canvas)
        self._is_whole = is_whole
        self._line: tuple[float, float, float] | None = None
        self._dots: Sequence[Dot] = ()
        self._from: QPoint | None = None
        self._frame: QRect | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setGeometry(canvas.rect())
        canvas.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def show_mark(self, x: float, top: float, bottom: float, dots: Sequence[Dot]) -> None:
        """Paint an upright line, and dots on the curves that it crosses."""
        self._update_mark()
        self._line, self._dots = (x, top, bottom), dots
        self._update_mark()

    def hide_mark(self) -> None:
        """Paint nothing."""
        self._update_mark()
        self._line, self._dots = None, ()

    def _update_mark(self) -> None:
        if self._line is not None:
            self.update(QRect(round(self._line[0]) - 8, 0, 17, self.height()))

    # -- the mouse --------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / _NOTCH
        if notches:
            place = event.position()
            self.zoomed.emit(place.x(), place.y(), _ZOOM**notches)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._from = event.position().toPoint()
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        framing = shift or event.button() == Qt.MouseButton.RightButton or self._is_whole()
        self._frame = QRect(self._from, self._from) if framing else None
        if framing:
            self.left.emit()  # no card over what is framed
        else:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position()
        if self._from is None:
            self.pointed.emit(place.x(), place.y())
        elif self._frame is not None:
            self._frame = QRect(self._from, place.toPoint()).normalized()
            self.update()
        else:
            moved = place.toPoint() - self._from
            start, self._from = self._from, place.toPoint()
            self.panned.emit(start.x(), start.y(), moved.x(), moved.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        frame, start, self._frame, self._from = self._frame, self._from, None, None
        self.unsetCursor()
        self.update()
        if frame is None or start is None:
            return
        if min(frame.width(), frame.height()) >= _LEAST_FRAME:
            end = event.position()
            self.framed.emit(start.x(), start.y(), end.x(), end.y())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.whole.emit()

    def leaveEvent(self, event: QEvent) -> None:
        self.left.emit()

    # -- the keys ---------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        middle = QPointF(self.rect().center())
        match event.key():
            case Qt.Key.Key_Left:
                self.stepped.emit(-1)
            case Qt.Key.Key_Right:
                self.stepped.emit(1)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoomed.emit(middle.x(), middle.y(), _ZOOM)
            case Qt.Key.Key_Minus:
                self.zoomed.emit(middle.x(), middle.y(), 1 / _ZOOM)
            case Qt.Key.Key_Home:
                self.whole.emit()
            case Qt.Key.Key_Escape if self._line is not None:
                self.left.emit()
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    # -- what is painted --------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette = self.palette()
        if self._line is not None:
            x, top, bottom = self._line
            painter.setPen(QPen(palette.color(QPalette.ColorRole.PlaceholderText), 1))
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Base), 1.5))
            for across, down, color in self._dots:
                painter.setBrush(color)
                painter.drawEllipse(QPointF(across, down), _DOT, _DOT)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # or edges lie elsewhere
        if self._frame is not None:
            accent = palette.color(QPalette.ColorRole.Highlight)
            painter.setPen(QPen(accent, 1))
            accent.setAlphaF(0.15)
            painter.setBrush(accent)
            painter.drawRect(self._frame)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 1))
            painter.drawRect(self.rect().adjusted(1, 1, -2, -2))
        painter.end()
