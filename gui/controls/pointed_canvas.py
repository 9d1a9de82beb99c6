"""A canvas whose curves are read, zoomed and moved by mouse and keys.

With it come the layer that takes mouse and keys, and the card that says what the curves are at
one place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from core.reports.plots.view import Viewport
from gui.base import theme
from gui.controls.plot_canvas import PlotCanvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg

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


_GAP, _TOP = 12, 26


class CurveReadout(QFrame):
    """Lies over the curves, on whichever side of the place has room; takes no mouse."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.ToolTipBase)
        self.setAutoFillBackground(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.label = QLabel(textFormat=Qt.TextFormat.RichText)
        self.label.setFont(theme.small_font())
        self.label.setForegroundRole(QPalette.ColorRole.ToolTipText)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 5, 8, 5)
        column.addWidget(self.label)
        self.hide()

    def show_words(self, words: str, x: float) -> None:
        """Show ``words``, as HTML, beside the pixel ``x``."""
        if self.label.text() != words:
            self.label.setText(words)
        self.adjustSize()
        room = self._over.width()
        right = x + _GAP
        place = right if right + self.width() <= room else x - _GAP - self.width()
        self.move(round(max(place, 0)), _TOP)
        self.show()
        self.raise_()


@dataclass(frozen=True)
class Mark:
    """What the curves say at ``x``: for the card (HTML), for a screen reader, and as dots on the
    curves: in which pair of axes, how high, in which colour."""

    x: float
    words: str
    spoken: str
    dots: Sequence[tuple[Axes, float, QColor]] = ()


class PointedCanvas(PlotCanvas):
    """The wheel zooms, dragging frames a part, and then moves it, and a double click shows all
    again. A card says what stands where the pointer is; arrow keys move it from one to the next.

    Signal: ``view_changed`` when another part is in view; see ``is_whole``.
    """

    view_changed = Signal()

    # Set here and not in __init__: Qt may ask before that has come so far.
    pointer: CurvePointer | None = None
    readout: CurveReadout | None = None
    _pointed: float | None = None
    _mark: Mark | None = None

    @property
    def viewport(self) -> Viewport | None:
        """Which part of the plot is looked at; None until matplotlib is there."""
        raise NotImplementedError

    def mark_at(self, x: float) -> Mark | None:
        """What stands nearest to ``x``, or None."""
        raise NotImplementedError

    def step_from(self, x: float | None, by: int) -> float | None:
        """The next place after ``x`` that can be read, or (``by`` -1) the one before; without
        ``x`` the last one; None without any."""
        raise NotImplementedError

    @property
    def is_whole(self) -> bool:
        """Whether all that there is is in view."""
        return self.viewport is None or self.viewport.is_whole

    def look_at_all(self) -> None:
        """Show all of it again."""
        if self.viewport is not None and not self.is_whole:
            self.viewport.look_at_all()
            self._moved()

    def point_away(self) -> None:
        """Read nothing any more."""
        self._pointed = self._mark = None
        if self.pointer is not None and self.readout is not None:
            self.pointer.hide_mark()
            self.readout.hide()

    def show_mark(self) -> None:
        """Read what is pointed at, as it is drawn now."""
        viewport, pointer, card = self.viewport, self.pointer, self.readout
        if viewport is None or pointer is None or card is None or self._pointed is None:
            return
        mark = self.mark_at(self._pointed)
        if mark is None or not viewport.is_in_view(mark.x):
            self.point_away()
            return
        self._mark = mark
        x = viewport.pixel_of(mark.x)
        heights = ((viewport.height_of(axes, value), tint) for axes, value, tint in mark.dots)
        dots: list[Dot] = [(x, height, tint) for height, tint in heights if height is not None]
        pointer.show_mark(x, *viewport.extent, dots)
        card.show_words(mark.words, x)

    # -- the hand ---------------------------------------------------------------------------

    def taken(self, canvas: FigureCanvasQTAgg) -> None:
        pointer = self.pointer = CurvePointer(canvas, lambda: self.is_whole)
        words = self.tr("Curves: arrow keys read one epoch after the other")
        pointer.setAccessibleName(words)
        canvas.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, False)
        self.readout = CurveReadout(pointer)
        pointer.pointed.connect(self._point)
        pointer.left.connect(self.point_away)
        pointer.stepped.connect(self._step)
        pointer.zoomed.connect(lambda *where: self._change_view("zoom", *where))
        pointer.framed.connect(lambda *where: self._change_view("zoom_into", *where))
        pointer.panned.connect(lambda *where: self._change_view("pan", *where))
        pointer.whole.connect(self.look_at_all)

    def _change_view(self, how: str, *where: float) -> None:
        if self.viewport is not None and self.has_data():
            getattr(self.viewport, how)(*where)
            self._moved()

    def _moved(self) -> None:
        self.draw_soon()
        self.view_changed.emit()

    def _point(self, x: float, y: float) -> None:
        viewport = self.viewport
        if viewport is None or not viewport.covers(x, y):
            self.point_away()
            return
        self._pointed = viewport.x_at(x)
        self.show_mark()

    def _step(self, by: int) -> None:
        self._pointed = self.step_from(self._mark.x if self._mark is not None else None, by)
        self.show_mark()
        if self._mark is not None and self.pointer is not None:
            self.pointer.setAccessibleDescription(self._mark.spoken)
