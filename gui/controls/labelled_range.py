"""A slider with two handles, with its two numbers beside it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from gui.controls.number_fields import NumberField
from gui.controls.sliders import RangeSlider


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
