"""The controls of the augmentation: presets, and a row for each effect."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from core.config import AugmentationConfig
from core.messages import fill
from gui.widgets.choice_button import ChoiceButton
from gui.widgets.effect_row import EffectRow
from gui.widgets.fill_field import FillField
from gui.widgets.labelled_range import LabelledRange
from gui.widgets.labelled_slider import LabelledSlider
from gui.widgets.number_field import NumberField, shortest

_NOTHING = AugmentationConfig()
_FILL = ("fill_mode", "fill_color")
_PRESETS = ("none", "light", "standard")
_DEGREES = (-180.0, 180.0)
_FACTORS = (0.1, 10.0)
_USUAL_FACTORS = (0.5, 2.0)  # what the slider spans; 1 lies a third of the way
_LEAST_CROP = 0.05


class AugmentationPanel(QWidget):
    """Shows an ``AugmentationConfig`` and tells what a person wants changed; keeps nothing.

    Signals: ``value_changed`` (field, value) for one field; ``config_chosen`` with a whole
    ``AugmentationConfig`` for a preset or a reset.
    """

    value_changed = Signal(str, object)
    config_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._config = _NOTHING
        self._mirrored: tuple[str, str] | None = None
        self.presets: dict[str, ChoiceButton] = {}
        self.rows: dict[str, EffectRow] = {}
        self.reset_all = QPushButton(self.tr("Reset all"), self)
        self.reset_all.setToolTip(self.tr("No effect, and the usual fill mode"))
        self.reset_all.clicked.connect(lambda: self.config_chosen.emit(_NOTHING))
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(7)
        self._add_presets()
        self._add_flips()
        self._add_ranges()
        self._add_crop()
        self._add_translation()
        self._add_fill()
        self._layout.addStretch(1)
        for field in self.findChildren(NumberField):
            field.setFixedWidth(field.minimumSizeHint().width())

    def show_config(self, config: AugmentationConfig) -> None:
        """Show ``config``, without a signal."""
        self._config = config
        self.horizontal_flip.set_value(config.horizontal_flip)
        self.vertical_flip.set_value(config.vertical_flip)
        self.rotation.set_range(*config.rotation)
        self.scale.set_range(*config.scale)
        self.crop.set_value(config.crop)
        self.translation_x.set_value(config.translation[0])
        self.translation_y.set_value(config.translation[1])
        self.fill_field.show_fill(config.fill_mode, config.fill_color)
        for name, row in self.rows.items():
            row.set_changed(self._without(name) != config)
        for name, button in self.presets.items():
            button.setChecked(self._with_preset(name) == config)
        self.reset_all.setEnabled(config != _NOTHING)
        self._advise()

    def forget_typed(self) -> None:
        """What was half typed goes."""
        for field in self.findChildren(NumberField):
            field.set_value(field.value, keep_text=False)

    def set_mirrored_classes(self, pair: tuple[str, str] | None) -> None:
        """The two classes that a horizontal flip may turn into each other."""
        self._mirrored = pair
        self._advise()

    def _advise(self) -> None:
        text = ""
        if self._mirrored is not None and self._config.horizontal_flip > 0:
            template = self.tr("A flip can turn one class into another ({first} / {second})")
            text = fill(template, {"first": self._mirrored[0], "second": self._mirrored[1]})
        self.rows["horizontal_flip"].set_advice(text)

    def _without(self, effect: str) -> AugmentationConfig:
        """What is shown, with one effect doing nothing."""
        names = _FILL if effect == "fill_mode" else (effect,)
        return self._config.model_copy(update={name: getattr(_NOTHING, name) for name in names})

    def _with_preset(self, name: str) -> AugmentationConfig:
        """A preset's effects with the fill that is shown: how strong, not what fills."""
        from core.augmentation import PRESETS  # brings numpy, which start-up can do without

        kept = {name: getattr(self._config, name) for name in (*_FILL, "cached_views", "seed")}
        return PRESETS.get(name, _NOTHING).model_copy(update=kept)

    # -- making the rows --------------------------------------------------------------------

    def _add_presets(self) -> None:
        names = {
            "none": self.tr("None"),
            "light": self.tr("Light"),
            "standard": self.tr("Standard"),
        }
        line = QHBoxLayout()
        line.setSpacing(4)
        for preset in _PRESETS:
            button = ChoiceButton(names[preset], self)
            button.setAccessibleDescription(self.tr("Preset"))
            button.clicked.connect(lambda _on=False, name=preset: self._choose_preset(name))
            self.presets[preset] = button
            line.addWidget(button)
        line.addStretch(1)
        line.addWidget(self.reset_all)
        self._layout.addLayout(line)

    def _choose_preset(self, name: str) -> None:
        self.presets[name].setChecked(True)  # a click on the one that is down changes nothing
        self.config_chosen.emit(self._with_preset(name))

    def _add_flips(self) -> None:
        meaning = self.tr("probability, 0 to 1")
        self.horizontal_flip = self._slider(
            "horizontal_flip", self.tr("Horizontal flip"), meaning, 0.0
        )
        self.vertical_flip = self._slider("vertical_flip", self.tr("Vertical flip"), meaning, 0.0)

    def _add_ranges(self) -> None:
        limits = _limits(*_DEGREES)
        row = self._row(
            "rotation", self.tr("Rotation"), fill(self.tr("degrees, {low} to {high}"), limits)
        )
        self.rotation = LabelledRange(*_DEGREES, 1.0, name=self.tr("Rotation in degrees"))
        limits = _limits(*_FACTORS)
        row.add(self.rotation)
        row = self._row("scale", self.tr("Scale"), fill(self.tr("factor, {low} to {high}"), limits))
        self.scale = _ScaleRange(*_USUAL_FACTORS, 0.01, name=self.tr("Scale factor"))
        row.add(self.scale)
        for name, control in (("rotation", self.rotation), ("scale", self.scale)):
            control.range_changed.connect(
                lambda low, high, name=name: self.value_changed.emit(name, (low, high))
            )

    def _add_crop(self) -> None:
        limits = _limits(_LEAST_CROP, 1.0)
        meaning = fill(self.tr("least share of the area kept, {low} to {high}"), limits)
        self.crop = self._slider("crop", self.tr("Crop"), meaning, _LEAST_CROP)

    def _add_translation(self) -> None:
        meaning = self.tr("largest shift, share of the side, 0 to 1")
        row = self._row("translation", self.tr("Translation"), meaning)
        self.translation_x = LabelledSlider(0.0, 1.0, name=self.tr("Translation x"))
        self.translation_y = LabelledSlider(0.0, 1.0, name=self.tr("Translation y"))
        for control, label in (
            (self.translation_x, self.tr("x")),
            (self.translation_y, self.tr("y")),
        ):
            row.add(control, label)
            control.value_changed.connect(self._shifted)

    def _add_fill(self) -> None:
        row = self._row("fill_mode", self.tr("Fill mode"), self.tr("for pixels that are uncovered"))
        self.fill_field = FillField()
        row.add(self.fill_field)
        self.fill_field.mode_chosen.connect(lambda mode: self.value_changed.emit("fill_mode", mode))
        self.fill_field.color_chosen.connect(
            lambda color: self.value_changed.emit("fill_color", color)
        )

    def _slider(self, field: str, title: str, meaning: str, minimum: float) -> LabelledSlider:
        control = LabelledSlider(minimum, 1.0, name=title)
        control.value_changed.connect(lambda value: self.value_changed.emit(field, value))
        self._row(field, title, meaning).add(control)
        return control

    def _row(self, effect: str, title: str, meaning: str) -> EffectRow:
        row = self.rows[effect] = EffectRow(title, meaning, self)
        row.reset_asked.connect(lambda: self.config_chosen.emit(self._without(effect)))
        self._layout.addWidget(row)
        return row

    def _shifted(self) -> None:
        self.value_changed.emit("translation", (self.translation_x.value, self.translation_y.value))


class _ScaleRange(LabelledRange):
    """Its slider spans the usual factors, its fields take all."""

    def __init__(self, *values: Any, **names: Any) -> None:
        super().__init__(*values, **names)
        self._limits = _FACTORS
        self._bound()


def _limits(low: float, high: float) -> dict[str, str]:
    return {"low": shortest(low).replace("-", "\N{MINUS SIGN}"), "high": shortest(high)}
