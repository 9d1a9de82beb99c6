"""The row of one augmentation effect: a switch, a strength slider, and details that unfold."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStyle,
    QStyleOptionToolButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.recipe.config import AugmentationConfig, Effect
from gui.augment import effects
from gui.base import theme
from gui.controls.inputs import Switch
from gui.controls.labels import ElidedLabel
from gui.controls.sliders import LabelledRange, LabelledSlider

if TYPE_CHECKING:
    from core.augmentation.effects.record import Range

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
        for field, scale in effects.record(effect.name).ranges.items():
            (self._add_pair if scale.by_axis else self._add_range)(field, scale)
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

    def _add_range(self, field: str, scale: "Range") -> None:
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

    def _add_pair(self, field: str, scale: "Range") -> None:
        across, down = self.tr("Across (x)"), self.tr("Down (y)")
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
        from core.augmentation.effects.record import HOW_OFTEN as SHARE

        label = self.tr("How often")
        slider = self.probability = self._slider(SHARE, f"{self._title}, {label}")
        slider.setToolTip(self.tr("The share of the pictures that this is done to"))
        self._add(label, slider)
        slider.value_changed.connect(
            lambda shown: self.value_changed.emit(field, SHARE.value(shown))
        )
        self._shows.append(lambda config: slider.set_value(SHARE.shown(getattr(config, field))))

    def _slider(self, scale: "Range", name: str) -> LabelledSlider:
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


GUTTER = 20  # where the triangle stands; names, sliders and details begin behind it
_NOTHING = AugmentationConfig()


class EffectRow(QWidget):
    """Two lines that never change their height, whatever is said in them, and the details.

    Signals: ``value_changed`` (field, value) for one field; ``config_chosen`` with a whole
    ``AugmentationConfig`` where several change at once; ``remove_asked``; ``classes_asked`` with
    the classes that the advice names, to be seen.
    """

    value_changed = Signal(str, object)
    config_chosen = Signal(object)
    remove_asked = Signal()
    classes_asked = Signal(object)

    def __init__(self, effect: Effect, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.effect = effect
        self.details: EffectDetails | None = None
        self._config = _NOTHING
        self._shown: object = None  # None: the controls may show something else by now
        self._before: dict[str, Any] = {}  # what the switch took away
        self._shape: Any = None  # the range that the slider stretches, so that 0 keeps it too
        self._stretched: Any = None
        self._advice, self._brief = "", ""
        self._names: tuple[str, ...] = ()
        self._scale = effects.record(effect.name).slider
        self._make_widgets()
        self._lay_out()
        for touched in (self.switch.clicked, self.strength.value_changed):
            touched.connect(self._forget_shown)
        self.switch.clicked.connect(self._turn)
        self.strength.value_changed.connect(self._set_strength)
        self.reset.clicked.connect(self._reset)
        self.remove.clicked.connect(self.remove_asked)
        self.unfold.toggled.connect(self._unfold)
        self.warning.clicked.connect(lambda: self.classes_asked.emit(self._names))
        self.show_config(_NOTHING)

    @property
    def advice(self) -> str:
        """The advice shown, "" for none."""
        return self._advice if self.effect.is_on(self._config) else ""

    @property
    def summary(self) -> str:
        """The words beside the name."""
        return self._summary.text

    @property
    def tab_order(self) -> list[QWidget]:
        """All that takes the focus, in the order in which Tab should go through it."""
        details = self.details.tab_order if self.details is not None else []
        first = [self.unfold, self.switch, self.warning, self.reset, self.remove]
        return [*first, self.strength.slider, self.strength.field, *details]

    def show_config(self, config: AugmentationConfig) -> None:
        """Show ``config``, without a signal."""
        self._config = config
        fields = tuple(getattr(config, field) for field in self.effect.fields)
        if fields == self._shown:
            return
        self._shown = fields
        is_on = self.effect.is_on(config)
        if is_on:
            self._before = {}
        self.switch.setChecked(is_on)
        value = getattr(config, self.effect.name)
        if value != self._stretched:
            self._shape = self._stretched = value
        self.strength.set_value(self._scale.strength(value))
        self.strength.setToolTip(self._meaning(value))
        self.reset.setEnabled(
            any(getattr(_NOTHING, f) != v for f, v in zip(self.effect.fields, fields, strict=True))
        )
        if self.details is not None:
            self.details.show_config(config)
        self._show_words()

    def set_advice(self, sentence: str, brief: str = "", names: Sequence[str] = ()) -> None:
        """A word of advice while the effect is on, or "" for none: ``brief`` in the place of
        what is set, the whole ``sentence`` behind it and behind a sign. ``names`` in ``brief``
        are shortened where there is no room."""
        if (sentence, brief) != (self._advice, self._brief):
            self._advice, self._brief, self._names = sentence, brief, tuple(names)
            self._show_words()

    def forget_shape(self) -> None:
        """The slider stretches what is shown, and no longer what it was before it stood at 0."""
        self._shape = self._stretched = getattr(self._config, self.effect.name)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._color()

    # -- what a person does -----------------------------------------------------------------

    def _forget_shown(self) -> None:
        self._shown = None

    def _turn(self, on: bool) -> None:
        name, probability = self.effect.name, self.effect.probability
        if not on:
            self._before = {field: getattr(self._config, field) for field in self.effect.fields}
            self.config_chosen.emit(self.effect.without(self._config))
            return
        update = dict(self._before)
        if not update and getattr(self._config, name) == getattr(_NOTHING, name):
            update[name] = self._scale.value(self._scale.usual)
        if self.effect.has_range and not update.get(
            probability, getattr(self._config, probability)
        ):
            update[probability] = 1.0
        self.config_chosen.emit(self._config.model_copy(update=update))

    def _reset(self) -> None:
        self.forget_shape()
        self.config_chosen.emit(self.effect.without(self._config))

    def _set_strength(self, strength: float) -> None:
        name, probability = self.effect.name, self.effect.probability
        value = self._stretched = self._scale.stretched(self._shape, strength)
        if self.effect.has_range and strength and not getattr(self._config, probability):
            update = {name: value, probability: 1.0}  # or the slider would do nothing
            self.config_chosen.emit(self._config.model_copy(update=update))
        else:
            self.value_changed.emit(name, value)

    def _unfold(self, on: bool) -> None:
        self.unfold.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        if on and self.details is None:
            self.details = EffectDetails(self.effect, self)
            self.details.value_changed.connect(self._forget_shown)
            self.details.value_changed.connect(self.value_changed)
            self.details.show_config(self._config)
            self._body.addWidget(self.details)
        if self.details is not None:
            self.details.setVisible(on)

    # -- showing ----------------------------------------------------------------------------

    def _meaning(self, value: Any) -> str:
        words = effects.strength(self.effect.name)
        if self._scale.is_even(value):
            return words
        uneven = self.tr("The range is uneven. This slider stretches it and keeps its proportions.")
        return f"{words}. {uneven}"

    def _show_words(self) -> None:
        self.warning.setVisible(bool(self.advice))
        self.warning.setToolTip("\n".join([self._advice, self.tr("A click shows these classes.")]))
        self.warning.setAccessibleName(self.tr("Show these classes"))
        self.warning.setAccessibleDescription(self._advice)
        words = effects.summary(self.effect.name, self._config)
        if self.advice:
            self._summary.set_text(self._brief or self._advice, self._names, self._advice)
        else:
            self._summary.set_text(words)
        self.switch.setAccessibleDescription(f"{words}. {self.advice}" if self.advice else words)
        self._color()

    def _color(self) -> None:
        roles = QPalette.ColorRole
        palette = QPalette()
        color = theme.data_color("warning")
        if self.advice:
            palette.setColor(roles.WindowText, color)
        self._summary.setPalette(palette)
        self._summary.setForegroundRole(roles.WindowText if self.advice else roles.PlaceholderText)
        self.warning.setIcon(theme.icon("warning", color))

    # -- making it --------------------------------------------------------------------------

    def _make_widgets(self) -> None:
        effect, scale = self.effect, self._scale
        title = effects.name(effect.name)
        named = {"effect": title}
        self.unfold = self._button("", fill(self.tr("More of: {effect}"), named), _Triangle)
        self.unfold.setCheckable(True)
        self.unfold.setArrowType(Qt.ArrowType.RightArrow)
        self.unfold.setVisible(EffectDetails.has_any(effect))
        self.switch = Switch(title, self)
        self.switch.setFont(theme.font(bold=True))
        self.switch.setToolTip(effects.explanation(effect.name))
        self.warning = self._button("warning", "")
        self._summary = ElidedLabel("", self)
        self._summary.setFont(theme.small_font())
        self.reset = self._button("reset", fill(self.tr("Reset: {effect}"), named))
        self.remove = self._button("close", fill(self.tr("Remove: {effect}"), named))
        self.remove.setVisible(not effect.is_basic)
        self.strength = LabelledSlider(
            0,
            scale.most,
            scale.step,
            name=title,
            unit=scale.unit,
            typed=scale.typed,
            whole=scale.whole,
            unit_width=UNIT_WIDTH,
            parent=self,
        )

    def _button(self, icon: str, name: str, kind: type[QToolButton] = QToolButton) -> QToolButton:
        button = kind(self)
        button.setAutoRaise(True)
        if icon:
            button.setIcon(theme.icon(icon))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setToolTip(name)
        button.setAccessibleName(name)
        return button

    def _lay_out(self) -> None:
        self.unfold.setFixedWidth(GUTTER - 2)
        head = QHBoxLayout()
        head.setSpacing(2)
        keeps_place = QSizePolicy(self.unfold.sizePolicy())
        keeps_place.setRetainSizeWhenHidden(True)
        self.unfold.setSizePolicy(keeps_place)
        head.addWidget(self.unfold)
        head.addWidget(self.switch)
        head.addSpacing(4)
        head.addWidget(self.warning)
        head.addWidget(self._summary, 1)
        head.addWidget(self.reset)
        head.addWidget(self.remove)
        self._body = QVBoxLayout()
        self._body.setContentsMargins(GUTTER + 3, 0, 0, 0)
        self._body.setSpacing(2)
        self._body.addWidget(self.strength)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addLayout(self._body)


class _Triangle(QToolButton):
    """It turns down where something is unfolded, which says enough: no frame beside it."""

    def initStyleOption(self, option: QStyleOptionToolButton) -> None:
        super().initStyleOption(option)
        option.state &= ~QStyle.StateFlag.State_On
