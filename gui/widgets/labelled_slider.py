"""A slider with its number beside it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from gui.widgets.float_scale import FloatScale
from gui.widgets.number_field import NumberField
from gui.widgets.quiet_inputs import QuietSlider


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
        parent: QWidget | None = None,
    ) -> None:
        """``name`` is the accessible name; ``unit`` stands behind the number."""
        super().__init__(parent)
        self._scale = FloatScale(minimum, maximum, step)
        self.slider = QuietSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, self._scale.ticks)
        self.slider.setPageStep(max(1, self._scale.ticks // 10))
        self.field = NumberField(minimum, minimum=minimum, maximum=maximum, step=step, parent=self)
        for control in (self.slider, self.field):
            control.setAccessibleName(f"{name} ({unit})" if name and unit else name)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.field)
        if unit:
            layout.addWidget(QLabel(unit, self))
        self.setFocusProxy(self.slider)
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
