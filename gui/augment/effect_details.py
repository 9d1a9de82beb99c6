"""What an effect's row unfolds to: the ends of its range, and how often it is done."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from core.recipe.config import AugmentationConfig, Effect
from gui.augment import effects
from gui.augment.effect_scales import PAIRS, PROBABILITY, RANGES, RangeScale
from gui.base import theme
from gui.controls.sliders import LabelledRange, LabelledSlider

UNIT_WIDTH = 18
_Show = Callable[[AugmentationConfig], None]


class EffectDetails(QWidget):
    """Every field of one effect that its one slider leaves out.

    Signal: ``value_changed`` (field, value), only when a person changed it.
    """

    value_changed = Signal(str, object)

    def __init__(self, effect: Effect, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = effects.name(effect.name)
        self._shows: list[_Show] = []
        self._controls: list[LabelledRange | LabelledSlider] = []
        self.ranges: dict[str, LabelledRange] = {}
        self.pairs: tuple[LabelledSlider, ...] = ()
        self.probability: LabelledSlider | None = None
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setVerticalSpacing(2)
        self._layout.setColumnStretch(1, 1)
        for field in (effect.name, *effect.more):
            if field in RANGES:
                self._add_range(field, RANGES[field])
            elif field in PAIRS:
                self._add_pair(field, PAIRS[field])
        if effect.has_range:
            self._add_probability(effect.probability)

    @staticmethod
    def has_any(effect: Effect) -> bool:
        """Whether there is anything to unfold."""
        return effect.has_range or bool(effect.more)

    @property
    def tab_order(self) -> list[QWidget]:
        """All that takes the focus, from the first line to the last."""
        order: list[QWidget] = []
        for control in self._controls:
            if isinstance(control, LabelledRange):
                order += [control.low_field, control.slider, control.high_field]
            else:
                order += [control.slider, control.field]
        return order

    def show_config(self, config: AugmentationConfig) -> None:
        """Show ``config``, without a signal."""
        for show in self._shows:
            show(config)

    def _add_range(self, field: str, scale: RangeScale) -> None:
        label = self._labels().get(field, self.tr("Range"))
        control = self.ranges[field] = LabelledRange(
            scale.minimum,
            scale.maximum,
            scale.step,
            name=f"{self._title}, {label}",
            unit=scale.unit,
            typed=scale.typed,
            whole=scale.whole,
            unit_width=UNIT_WIDTH,
        )
        control.setToolTip(effects.plus(field))
        self._add(label, control)

        def show(config: AugmentationConfig) -> None:
            low, high = getattr(config, field)
            control.set_range(scale.shown(low), scale.shown(high))

        self._shows.append(show)
        control.range_changed.connect(
            lambda low, high: self.value_changed.emit(field, (scale.value(low), scale.value(high)))
        )

    def _add_pair(self, field: str, scale: RangeScale) -> None:
        across, down = self._axes()[field]
        sliders = self.pairs = tuple(
            self._slider(scale, f"{self._title}, {label}") for label in (across, down)
        )
        for label, slider in zip((across, down), sliders, strict=True):
            self._add(label, slider)
            slider.value_changed.connect(
                lambda _value: self.value_changed.emit(
                    field, tuple(scale.value(one.value) for one in sliders)
                )
            )

        def show(config: AugmentationConfig) -> None:
            for slider, value in zip(sliders, getattr(config, field), strict=True):
                slider.set_value(scale.shown(value))

        self._shows.append(show)

    def _add_probability(self, field: str) -> None:
        label = self.tr("How often")
        slider = self.probability = self._slider(PROBABILITY, f"{self._title}, {label}")
        slider.setToolTip(self.tr("The share of the pictures that this is done to"))
        self._add(label, slider)
        slider.value_changed.connect(
            lambda shown: self.value_changed.emit(field, PROBABILITY.value(shown))
        )
        self._shows.append(
            lambda config: slider.set_value(PROBABILITY.shown(getattr(config, field)))
        )

    def _slider(self, scale: RangeScale, name: str) -> LabelledSlider:
        return LabelledSlider(
            scale.minimum,
            scale.maximum,
            scale.step,
            name=name,
            unit=scale.unit,
            unit_width=UNIT_WIDTH,
        )

    def _add(self, words: str, control: LabelledRange | LabelledSlider) -> None:
        self._controls.append(control)
        label = QLabel(words, self)
        label.setFont(theme.small_font())
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        row = self._layout.rowCount()
        self._layout.addWidget(label, row, 0)
        self._layout.addWidget(control, row, 1)

    def _labels(self) -> dict[str, str]:
        return {
            "scale": self.tr("Out, in"),
            "blur": self.tr("Deviation"),
            "noise": self.tr("Deviation"),
            "jpeg": self.tr("Quality"),
            "gamma": self.tr("Exponent"),
            "crop_aspect": self.tr("Width : height"),
            "erasing_area": self.tr("Area"),
        }

    def _axes(self) -> dict[str, tuple[str, str]]:
        return {
            "translation": (self.tr("Across (x)"), self.tr("Down (y)")),
            "shear": (self.tr("Across (x)"), self.tr("Down (y)")),
        }
