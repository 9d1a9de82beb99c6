"""Sliders for floats: a slider with its number, and one with two handles for a range.

``FloatScale`` turns a float range into the whole ticks that Qt's sliders need.
"""

from decimal import Decimal

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
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)

from gui.controls.inputs import QuietSlider
from gui.controls.number_fields import NumberField, shown_number


class FloatScale:
    """Ticks 0 to ``ticks`` from ``minimum`` to ``maximum``, exact in decimals: the third tick
    of 0.1 is 0.3, not 0.30000000000000004."""

    def __init__(self, minimum: float, maximum: float, step: float) -> None:
        self._minimum, self._step = Decimal(repr(minimum)), Decimal(repr(step))
        self.ticks = round((Decimal(repr(maximum)) - self._minimum) / self._step)

    def value(self, tick: int) -> float:
        """The number at a tick."""
        return float(self._minimum + tick * self._step)

    def tick(self, value: float) -> int:
        """The nearest tick, within the scale."""
        nearest = round((Decimal(repr(value)) - self._minimum) / self._step)
        return min(max(nearest, 0), self.ticks)


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


class LabelledRange(QWidget):
    """Two floats, low and high, from ``minimum`` to ``maximum``: drag them or type them.

    A low end typed above the high one is marked, and the other way round.
    Signal: ``range_changed`` (low, high), only when a person changed it.
    """

    range_changed = Signal(float, float)

    def __init__(
        self,
        minimum: float,
        maximum: float,
        step: float = 0.01,
        *,
        name: str = "",
        unit: str = "",
        typed: tuple[float, float] | None = None,
        whole: bool = False,
        unit_width: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        """``name`` is the accessible name; ``unit`` stands behind the numbers. Between the ends
        of ``typed`` may be typed, where the slider spans less; with ``whole`` whole numbers.
        At least ``unit_width`` pixels are left for the unit."""
        super().__init__(parent)
        self._limits = typed or (minimum, maximum)
        self.slider = RangeSlider(minimum, maximum, step, self)
        self.low_field, self.high_field = (
            NumberField(end, integer=whole, step=int(step) if whole else step, parent=self)
            for end in (minimum, maximum)
        )
        self.slider.setAccessibleName(name)
        self.low_field.setAccessibleName(self.tr("%1, lowest").replace("%1", name))
        self.high_field.setAccessibleName(self.tr("%1, highest").replace("%1", name))
        for field in (self.low_field, self.high_field):
            field.setFixedWidth(field.minimumSizeHint().width())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.low_field)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.high_field)
        if unit or unit_width:
            label = QLabel(unit, self)
            label.setMinimumWidth(unit_width)
            layout.addWidget(label)
        self.slider.range_changed.connect(self._dragged)
        self.low_field.value_changed.connect(self._typed)
        self.high_field.value_changed.connect(self._typed)
        self._bound()

    @property
    def low(self) -> float:
        """The lower end."""
        return self.slider.low

    @property
    def high(self) -> float:
        """The upper end."""
        return self.slider.high

    def set_range(self, low: float, high: float) -> None:
        """Show a range without a signal. Raises ``ValueError`` if ``low`` is above ``high``."""
        self.slider.set_range(low, high)
        if (low, high) != (self.low_field.value, self.high_field.value):
            self.low_field.set_value(low, keep_text=False)
            self.high_field.set_value(high, keep_text=False)
            self._bound()

    def _bound(self) -> None:
        minimum, maximum = self._limits
        self.low_field.set_limits(minimum, self.high)
        self.high_field.set_limits(self.low, maximum)

    def _dragged(self, low: float, high: float) -> None:
        self.set_range(low, high)
        self.range_changed.emit(low, high)

    def _typed(self) -> None:
        self.slider.set_range(float(self.low_field.value or 0), float(self.high_field.value or 0))
        self._bound()  # may take the other field's marked text, now that it is allowed
        self.range_changed.emit(self.low, self.high)


class LabelledSlider(QWidget):
    """A float from ``minimum`` to ``maximum``: drag it in steps, or type it exactly.

    Signal: ``value_changed`` with the new value, only when a person changed it.
    """

    value_changed = Signal(float)

    def __init__(
        self,
        minimum: float,
        maximum: float,
        step: float = 0.01,
        *,
        name: str = "",
        unit: str = "",
        typed: float | None = None,
        whole: bool = False,
        unit_width: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        """``name`` is the accessible name; ``unit`` stands behind the number. Up to ``typed``
        may be typed, where the slider ends earlier; with ``whole`` only whole numbers. At least
        ``unit_width`` pixels are left for the unit, so that sliders below each other align."""
        super().__init__(parent)
        self._scale = FloatScale(minimum, maximum, step)
        self.slider = QuietSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, self._scale.ticks)
        self.slider.setPageStep(max(1, self._scale.ticks // 10))
        self.field = NumberField(
            minimum,
            integer=whole,
            minimum=minimum,
            maximum=maximum if typed is None else typed,
            step=int(step) if whole else step,
            parent=self,
        )
        for control in (self.slider, self.field):
            control.setAccessibleName(f"{name} ({unit})" if name and unit else name)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.field)
        self.field.setFixedWidth(self.field.minimumSizeHint().width())
        if unit or unit_width:
            label = QLabel(unit, self)
            label.setMinimumWidth(unit_width)
            layout.addWidget(label)
        self.slider.valueChanged.connect(self._dragged)
        self.field.value_changed.connect(self._typed)

    @property
    def value(self) -> float:
        """The number shown."""
        return float(self.field.value or 0)

    def set_value(self, value: float) -> None:
        """Show ``value``, whether on a step or not, without a signal."""
        self.field.set_value(value)
        self._place(value)

    def _dragged(self, tick: int) -> None:
        value = self._scale.value(tick)
        self.field.set_value(value)
        self.value_changed.emit(value)

    def _typed(self, value: float) -> None:
        self._place(value)
        self.value_changed.emit(value)

    def _place(self, value: float) -> None:
        blocked = self.slider.blockSignals(True)
        self.slider.setValue(self._scale.tick(value))
        self.slider.blockSignals(blocked)
