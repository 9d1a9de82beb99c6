"""A slider with two handles, for the range that something is drawn from."""

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QSlider, QStyle, QStyleOptionSlider, QWidget

from gui.controls.float_scale import FloatScale
from gui.controls.number_fields import shown_number

_PAGE = 10  # steps
_STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_PageDown: -_PAGE,
    Qt.Key.Key_PageUp: _PAGE,
}
_Control = QStyle.ComplexControl.CC_Slider
_Groove = QStyle.SubControl.SC_SliderGroove
_Handle = QStyle.SubControl.SC_SliderHandle


class RangeSlider(QWidget):
    """A groove with a low and a high handle. Tab goes from one handle to the other, the arrow
    keys move the one with the focus; handles land on multiples of ``step``.

    Signal: ``range_changed`` (low, high), only when a person moved a handle, while it moves.
    """

    range_changed = Signal(float, float)

    def __init__(
        self,
        minimum: float,
        maximum: float,
        step: float = 0.01,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._scale = FloatScale(minimum, maximum, step)
        self._ends = [minimum, maximum]
        self._active = 0
        self._grip: QPoint | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._describe()

    @property
    def low(self) -> float:
        """The lower end."""
        return self._ends[0]

    @property
    def high(self) -> float:
        """The upper end."""
        return self._ends[1]

    def set_range(self, low: float, high: float) -> None:
        """Show a range, whether on a step or not, without a signal. Raises ``ValueError``
        if ``low`` is above ``high``."""
        if low > high:
            raise ValueError(f"low must not be above high, got {low} and {high}")
        self._ends = [low, high]
        self._describe()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, self.minimumSizeHint().height())

    def minimumSizeHint(self) -> QSize:
        option = self._option(0)
        length = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, option, self)
        thickness = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderThickness, option, self)
        return QSize(4 * length, thickness)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        groove = self._option(0)
        groove.subControls = _Groove
        groove.sliderPosition = groove.minimum
        plain = QPalette(self.palette())  # Fusion fills a pixel from the end, even so
        for role in (QPalette.ColorRole.Highlight, QPalette.ColorRole.Accent):
            plain.setColor(role, plain.color(QPalette.ColorRole.Button))
        groove.palette = plain
        self.style().drawComplexControl(_Control, groove, painter, self)
        low, high = (self._handle(index).center().x() for index in (0, 1))
        band = self._part(groove, _Groove)
        band = QRect(min(low, high), band.center().y() - 1, abs(high - low) + 1, 4)
        group = QPalette.ColorGroup.Normal if self.isEnabled() else QPalette.ColorGroup.Disabled
        painter.fillRect(band, self.palette().color(group, QPalette.ColorRole.Highlight))
        for index in (1 - self._active, self._active):
            handle = self._option(index)
            handle.subControls = _Handle
            self.style().drawComplexControl(_Control, handle, painter, self)
        if self.hasFocus():
            self._paint_focus(painter)

    def _paint_focus(self, painter: QPainter) -> None:
        """Fusion's own sign of focus is for a whole slider, not for one of two handles."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 2))
        ring = QRectF(self._handle(self._active)).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(ring, 3, 3)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        x = event.position().toPoint().x()
        centers = [self._handle(index).center().x() for index in (0, 1)]
        distances = [abs(x - center) for center in centers]
        if distances[0] == distances[1]:  # on top of each other: take the one that can go there
            self._active = int(self._tick_at(x) >= self._scale.tick(self.low))
            if self._scale.tick(self.high) == self._scale.ticks and self.low == self.high:
                self._active = 0
        else:
            self._active = distances.index(min(distances))
        handle = self._handle(self._active)
        self._grip = event.position().toPoint() - handle.center()
        if not handle.contains(event.position().toPoint()):
            self._grip = QPoint(0, 0)
            self._move_to(self._tick_at(x))
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            self._move_to(self._tick_at((event.position().toPoint() - self._grip).x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus() or not event.angleDelta().y():
            event.ignore()
            return
        self._step(1 if event.angleDelta().y() > 0 else -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _STEPS:
            mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
            sideways = key in (Qt.Key.Key_Left, Qt.Key.Key_Right)
            self._step(-_STEPS[key] if mirrored and sideways else _STEPS[key])
        elif key == Qt.Key.Key_Home:
            self._move_to(0)
        elif key == Qt.Key.Key_End:
            self._move_to(self._scale.ticks)
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        if self.hasFocus() and self._active == (0 if forward else 1):
            self._active = 1 - self._active
            self.update()
            return True
        return super().focusNextPrevChild(forward)

    def focusInEvent(self, event: QFocusEvent) -> None:
        if event.reason() == Qt.FocusReason.TabFocusReason:
            self._active = 0
        elif event.reason() == Qt.FocusReason.BacktabFocusReason:
            self._active = 1
        super().focusInEvent(event)

    def _step(self, ticks: int) -> None:
        self._move_to(self._scale.tick(self._ends[self._active]) + ticks)

    def _move_to(self, tick: int) -> None:
        value = self._scale.value(min(max(tick, 0), self._scale.ticks))
        ends = list(self._ends)
        ends[self._active] = min(value, self.high) if self._active == 0 else max(value, self.low)
        if ends != self._ends:
            self._ends = ends
            self._describe()
            self.update()
            self.range_changed.emit(*ends)

    def _describe(self) -> None:
        text = self.tr("from %1 to %2").replace("%1", shown_number(self.low))
        self.setAccessibleDescription(text.replace("%2", shown_number(self.high)))

    def _option(self, index: int) -> QStyleOptionSlider:
        option = QStyleOptionSlider()
        option.initFrom(self)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        option.state |= QStyle.StateFlag.State_Horizontal
        option.orientation = Qt.Orientation.Horizontal
        option.tickPosition = QSlider.TickPosition.NoTicks
        option.minimum, option.maximum = 0, self._scale.ticks
        option.sliderPosition = option.sliderValue = self._scale.tick(self._ends[index])
        option.upsideDown = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        return option

    def _part(self, option: QStyleOptionSlider, part: QStyle.SubControl) -> QRect:
        return self.style().subControlRect(_Control, option, part, self)

    def _handle(self, index: int) -> QRect:
        return self._part(self._option(index), _Handle)

    def _tick_at(self, x: int) -> int:
        option = self._option(0)
        length = self._part(option, _Handle).width()
        return QStyle.sliderValueFromPosition(
            0, self._scale.ticks, x - length // 2, self.width() - length, option.upsideDown
        )
