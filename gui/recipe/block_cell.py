"""One block in one stage: frozen or thawed, at a click."""

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QInputEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from gui.base import theme

HEIGHT = 32
_ICON, _SPACE = 16, 5
_ICONS = {"frozen": "snowflake", "thawed": "flame", "new": "flame"}
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class BlockCell(QAbstractButton):
    """A cell of the stages' table. Its state is ``frozen``, ``thawed``, ``left out`` or, for
    the head, ``new``; shape, colour, icon and text all say which. It never changes by itself.

    Signals: ``chosen`` by a click or the space bar, True where Shift was held as it was pressed
    or as it was let go ("from here on"): fingers leave both keys in either order;
    ``arrow_pressed`` with the columns and rows to go; ``focused`` when it gets the focus.
    """

    chosen = Signal(bool)
    arrow_pressed = Signal(int, int)
    focused = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = "frozen"
        self._with_shift = False
        self._icons = {name: theme.icon(file, _color(name)) for name, file in _ICONS.items()}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clicked.connect(self._choose)

    @property
    def state(self) -> str:
        return self._state

    def set_state(self, state: str, text: str) -> None:
        """Show ``state``, ``text`` being its name for a person."""
        self._state = state
        self.setText(text)
        self.setEnabled(state in ("frozen", "thawed"))
        can_click = Qt.CursorShape.PointingHandCursor if self.isEnabled() else None
        self.unsetCursor() if can_click is None else self.setCursor(can_click)
        self.update()

    def sizeHint(self) -> QSize:
        text = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(_ICON + _SPACE + text + 12, HEIGHT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._with_shift = _has_shift(event)
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._with_shift |= _has_shift(event)
        super().mouseReleaseEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self._with_shift |= _has_shift(event)
        super().keyReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        direction = _ARROWS.get(Qt.Key(event.key()))
        if direction is not None:
            self.arrow_pressed.emit(*direction)
            return
        if not event.isAutoRepeat():
            self._with_shift = _has_shift(event)
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        if self._state == "left out":
            self._paint_left_out(painter, frame)
        else:
            self._paint_state(painter, frame)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 3))
            painter.drawRoundedRect(frame, self._radius(), self._radius())
        painter.end()

    def _paint_left_out(self, painter: QPainter, frame: QRectF) -> None:
        color = self.palette().color(QPalette.ColorRole.PlaceholderText)
        painter.setPen(QPen(color, 1, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(frame, 3, 3)
        painter.setFont(theme.small_font())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())

    def _paint_state(self, painter: QPainter, frame: QRectF) -> None:
        name = _color(self._state)
        color, filling = theme.data_color(name), theme.fill_color(name)
        if self.isDown():
            filling = filling.darker(112)
        painter.setBrush(filling)
        painter.setPen(QPen(color, 2 if self.underMouse() and self.isEnabled() else 1))
        painter.drawRoundedRect(frame, self._radius(), self._radius())
        if self.sizeHint().width() > self.width():
            painter.setFont(theme.small_font())
        width = painter.fontMetrics().horizontalAdvance(self.text())
        left = (self.width() - _ICON - _SPACE - width) // 2
        if left < 5:  # shape, colour and words are enough where there is no room for more
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
            return
        square = QRect(left, (self.height() - _ICON) // 2, _ICON, _ICON)
        self._icons[self._state].paint(painter, square)
        place = QRect(left + _ICON + _SPACE, 0, self.width(), self.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, self.text())

    def _radius(self) -> float:
        return 3.0 if self._state == "frozen" else HEIGHT / 2 - 2

    def _choose(self) -> None:
        with_shift, self._with_shift = self._with_shift, False
        self.chosen.emit(with_shift)


def _has_shift(event: QInputEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)


def _color(state: str) -> str:
    return "frozen" if state == "frozen" else "thawed"
