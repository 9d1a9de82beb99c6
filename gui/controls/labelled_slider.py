"""A slider with its number beside it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from gui.controls.float_scale import FloatScale
from gui.controls.number_fields import NumberField
from gui.controls.quiet_inputs import QuietSlider


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
