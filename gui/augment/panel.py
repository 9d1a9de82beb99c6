"""The controls of the augmentation: presets, a row for each effect, a menu of others, the fill.

While TrivialAugment is chosen, a note with the way back stands in the place of the effects' rows.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, get_args

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QColorDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.augmentation import presets as augmentation_presets
from core.common.messages import fill
from core.recipe.config import BY_NAME, EFFECTS, AugmentationConfig, Effect, FillMode
from gui.augment import effects as augment_effects
from gui.augment.effect_row import EffectRow
from gui.augment.presets import PresetCard, PresetStrip
from gui.base import theme
from gui.controls.inputs import ChoiceButton
from gui.controls.number_fields import NumberField

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class EffectMenu(QMenu):
    """Geometric effects, then photometric ones, each with what it does.

    Signal: ``chosen`` with an effect's name.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.actions_by_effect: dict[str, QAction] = {}
        self._sections: dict[str, QAction] = {}
        titles = {"geometric": self.tr("Geometric"), "photometric": self.tr("Photometric")}
        for effect in EFFECTS:
            if effect.is_basic:
                continue
            if effect.kind not in self._sections:
                self._sections[effect.kind] = self.addSection(titles[effect.kind])
            words = {
                "effect": augment_effects.name(effect.name),
                "meaning": augment_effects.explanation(effect.name),
            }
            action = self.addAction(fill(self.tr("{effect}: {meaning}"), words))
            action.triggered.connect(
                lambda _checked=False, name=effect.name: self.chosen.emit(name)
            )
            self.actions_by_effect[effect.name] = action

    def leave_out(self, shown: Collection[str]) -> None:
        """Offer all but the effects that are ``shown`` already."""
        for name, action in self.actions_by_effect.items():
            action.setVisible(name not in shown)
        for kind, section in self._sections.items():
            section.setVisible(any(one.kind == kind and self.offers(one.name) for one in EFFECTS))

    def offers(self, name: str) -> bool:
        """Whether an effect can be chosen."""
        action = self.actions_by_effect.get(name)
        return action is not None and action.isVisible()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing left to add."""
        return not any(action.isVisible() for action in self.actions_by_effect.values())


Color = tuple[int, int, int]
_SWATCH = 16
_NOTHING = AugmentationConfig()


class FillField(QWidget):
    """Four buttons, of which one is down, and the colour of the constant mode.

    Signals: ``mode_chosen`` (str) and ``color_chosen`` (a tuple of three 0 to 255, of the
    constant mode whichever was set), only when a person changed it; ``reset_asked``.
    """

    mode_chosen = Signal(str)
    color_chosen = Signal(object)
    reset_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._color: Color = (0, 0, 0)
        self.buttons = {mode: self._button(mode) for mode in get_args(FillMode)}
        self._group = QButtonGroup(self)
        self.color_button = QPushButton(self)
        self.color_button.setToolTip(self.tr("Fill with one colour, and choose which…"))
        self.color_button.clicked.connect(self._ask_color)
        self.reset = QToolButton(self, autoRaise=True)
        self.reset.setIcon(theme.icon("reset"))
        self.reset.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name = fill(self.tr("Reset: {effect}"), {"effect": augment_effects.name("fill_mode")})
        self.reset.setToolTip(name)
        self.reset.setAccessibleName(name)
        self.reset.clicked.connect(self.reset_asked)
        self._lay_out()
        self.show_fill("reflect", self._color)

    def _lay_out(self) -> None:
        title = QLabel(augment_effects.name("fill_mode"), self)
        title.setFont(theme.font(bold=True))
        meaning = QLabel(augment_effects.explanation("fill_mode"), self)
        meaning.setFont(theme.small_font())
        meaning.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(title)
        head.addWidget(meaning, 1)
        head.addWidget(self.reset)
        line = QHBoxLayout()
        line.setSpacing(4)
        for mode, button in self.buttons.items():
            self._group.addButton(button)
            line.addWidget(button, 1)
            if mode == "constant":
                line.addWidget(self.color_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addLayout(line)

    @property
    def mode(self) -> str:
        """The mode whose button is down."""
        return next(mode for mode, button in self.buttons.items() if button.isChecked())

    @property
    def tab_order(self) -> list[QWidget]:
        """All that takes the focus, in the order in which Tab should go through it."""
        constant, *others = self.buttons.values()
        return [self.reset, constant, self.color_button, *others]

    def show_fill(self, mode: FillMode, color: Color) -> None:
        """Show what is set, without a signal."""
        self._color = color
        self.reset.setEnabled((mode, color) != (_NOTHING.fill_mode, _NOTHING.fill_color))
        self.buttons[mode].setChecked(True)
        self.color_button.setIcon(QIcon(self._swatch()))
        name = self.tr("Constant colour: %1").replace("%1", QColor(*color).name())
        self.color_button.setAccessibleName(name)

    def _button(self, mode: FillMode) -> ChoiceButton:
        words = {
            "constant": (self.tr("Constant"), self.tr("one colour")),
            "edge": (self.tr("Edge"), self.tr("the pixels at the edge, drawn out")),
            "reflect": (self.tr("Reflect"), self.tr("the picture mirrored at its edge")),
            "wrap": (self.tr("Wrap"), self.tr("the picture again from its other side")),
        }
        name, meaning = words[mode]
        button = ChoiceButton(name, self)
        button.setToolTip(meaning)
        button.setAccessibleDescription(meaning)
        button.clicked.connect(lambda: self.mode_chosen.emit(mode))
        button.setMinimumWidth(button.fontMetrics().horizontalAdvance(name) + 12)
        return button

    def _swatch(self) -> QPixmap:
        """With an edge, so that black is seen in a dark window and white in a light one."""
        swatch = QPixmap(_SWATCH, _SWATCH)
        swatch.fill(QColor(*self._color))
        painter = QPainter(swatch)
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        painter.drawRect(0, 0, _SWATCH - 1, _SWATCH - 1)
        painter.end()
        return swatch

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.color_button.setIcon(QIcon(self._swatch()))

    def _ask_color(self) -> None:
        title = self.tr("The constant colour")
        chosen = QColorDialog.getColor(QColor(*self._color), self, title)
        if chosen.isValid():
            self.color_chosen.emit((chosen.red(), chosen.green(), chosen.blue()))


class PolicyNote(QFrame):
    """Signal: ``ranges_asked`` when a person wants the ranges instead."""

    ranges_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        words = QLabel(
            self.tr(
                "TrivialAugment makes one random change of random strength to each picture. "
                "No ranges are used; the fill mode is."
            ),
            self,
            wordWrap=True,
        )
        self.button = QPushButton(self.tr("Use ranges instead"), self)
        self.button.clicked.connect(self.ranges_asked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.addWidget(words)
        layout.addWidget(self.button)


_SPACING = 6


class AugmentationPanel(QWidget):
    """Shows an ``AugmentationConfig`` and tells what a person wants changed.

    The course's effects always have a row; another one has one while it is on, or after it was
    added or touched. Signals: ``value_changed`` (field, value) for one field; ``config_chosen``
    with a whole ``AugmentationConfig`` where several fields change at once; ``save_asked`` and
    ``load_asked`` for a preset as a file; ``code_asked`` with "torchvision" or
    "albumentations".
    """

    value_changed = Signal(str, object)
    config_chosen = Signal(object)
    save_asked = Signal()
    load_asked = Signal()
    code_asked = Signal(str)
    classes_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._config = _NOTHING
        self._ranges: AugmentationConfig | None = None  # before TrivialAugment was chosen
        self._touched: set[str] = set()
        self._acting: set[str] = set()  # effects whose row has just told of a change
        self._just_added = ""
        self.rows: dict[str, EffectRow] = {}
        self._make_widgets()
        self._lay_out()
        for effect in EFFECTS:
            if effect.is_basic:
                self._row(effect.name)
        self.show_config(_NOTHING)

    @property
    def presets(self) -> dict[str, PresetCard]:
        """The presets' cards."""
        return self.strip.cards

    # -- showing ----------------------------------------------------------------------------

    def show_config(self, config: AugmentationConfig) -> None:
        """Show ``config``, without a signal."""
        self._forget_undone(config)
        self._config = config
        by_ranges = config.policy == "ranges"
        if by_ranges and not config.is_identity:
            self._ranges = config
        self._show_rows()
        for row in self.rows.values():
            row.show_config(config)
            row.setEnabled(by_ranges)
        self.policy_note.setVisible(not by_ranges)
        self._basic.setVisible(by_ranges)
        self._extra.setVisible(by_ranges)
        self.fill_field.show_fill(config.fill_mode, config.fill_color)
        self.strip.show_config(config)
        self.reset_all.setEnabled(config != _NOTHING)

    def set_picture(self, image: "NDArray[np.uint8] | None", key: str) -> None:
        """The picture on the presets' cards, uint8 [H, W, 3], of the sample ``key``; or None."""
        self.strip.set_picture(image, key)

    def set_advice(
        self, effect: str, sentence: str, brief: str = "", names: Sequence[str] = ()
    ) -> None:
        """A word of advice for an effect while it is on, or "" for none; ``brief`` is what has
        room beside the effect's name, and of the ``names`` in it something is always seen.
        Raises ``KeyError`` for an unknown effect."""
        self._row(effect).set_advice(sentence, brief, names)

    def set_risks(self, sentences: Mapping[str, str]) -> None:
        """Mark the presets that may turn one class into another, by name; "" for none."""
        for name, sentence in sentences.items():
            self.strip.set_risk(name, sentence)

    def forget_typed(self) -> None:
        """What was half typed goes."""
        for field in self.findChildren(NumberField):
            field.set_value(field.value, keep_text=False)

    def _forget_undone(self, config: AugmentationConfig) -> None:
        """An effect that was added goes with its undoing; one that a person turns off stays."""
        gone = {name for name in self._touched if _goes(BY_NAME[name], self._config, config)}
        self._touched -= gone - self._acting
        self._acting.clear()

    def _show_rows(self) -> None:
        shown = []
        for effect in EFFECTS:
            is_shown = effect.is_basic or effect.name in self._touched or effect.is_on(self._config)
            if is_shown:
                shown.append(effect.name)
                self._row(effect.name).setVisible(True)
            elif effect.name in self.rows:
                self.rows[effect.name].setVisible(False)
        self.effect_menu.leave_out(shown)
        self.add_effect.setEnabled(
            self._config.policy == "ranges" and not self.effect_menu.is_empty
        )
        if self._just_added in shown:
            row, self._just_added = self.rows[self._just_added], ""
            row.show_config(self._config)
            row.strength.slider.setFocus()
            QTimer.singleShot(0, row, lambda: _scroll_to(row))

    # -- what a person does -----------------------------------------------------------------

    def _touch(self, name: str) -> None:
        self._touched.add(name)
        self._acting.add(name)

    def _choose_preset(self, name: str) -> None:
        self._choose(augmentation_presets.applied(name, self._config))

    def _reset_all(self) -> None:
        self._choose(_NOTHING)

    def _choose(self, config: AugmentationConfig) -> None:
        """All that is set, in the place of what a person did effect by effect."""
        self._touched.clear()
        for row in self.rows.values():
            row.forget_shape()
        self.config_chosen.emit(config)

    def _use_ranges(self) -> None:
        ranges = self._config.model_copy(update={"policy": "ranges"})
        if ranges.is_identity:
            ranges = self._ranges or augmentation_presets.applied("light", self._config)
            fill = {field: getattr(self._config, field) for field in ("fill_mode", "fill_color")}
            ranges = ranges.model_copy(update=fill)
        self.config_chosen.emit(ranges)

    def _fill_with(self, color: tuple[int, int, int]) -> None:
        fill = {"fill_mode": "constant", "fill_color": color}
        self.config_chosen.emit(self._config.model_copy(update=fill))

    def _reset_fill(self) -> None:
        fill = {field: getattr(_NOTHING, field) for field in ("fill_mode", "fill_color")}
        self.config_chosen.emit(self._config.model_copy(update=fill))

    def _add_effect(self, name: str) -> None:
        self._just_added = name
        self._row(name).switch.click()

    def _remove_effect(self, name: str) -> None:
        self._touched.discard(name)
        if BY_NAME[name].is_on(self._config):
            self.config_chosen.emit(BY_NAME[name].without(self._config))
        else:
            self._show_rows()
        self.add_effect.setFocus()

    # -- making it --------------------------------------------------------------------------

    def _make_widgets(self) -> None:
        self.strip = PresetStrip(self)
        self.strip.chosen.connect(self._choose_preset)
        self.files = QPushButton(self.tr("Preset"), self)
        self.files.setToolTip(self.tr("Save these settings, load others, or copy them as code"))
        self.files.setMenu(self._files_menu())
        self.effect_menu = EffectMenu(self)
        self.effect_menu.chosen.connect(self._add_effect)
        self.add_effect = QPushButton(theme.icon("plus"), self.tr("&Add effect"), self)
        self.add_effect.setMenu(self.effect_menu)
        self.reset_all = QPushButton(self.tr("Reset all"), self)
        self.reset_all.setToolTip(self.tr("No effect, and the usual fill mode"))
        self.reset_all.clicked.connect(self._reset_all)
        self.policy_note = PolicyNote(self)
        self.policy_note.ranges_asked.connect(self._use_ranges)
        self.fill_field = FillField(self)
        fill = self.fill_field
        fill.mode_chosen.connect(lambda mode: self.value_changed.emit("fill_mode", mode))
        fill.color_chosen.connect(self._fill_with)
        fill.reset_asked.connect(self._reset_fill)

    def _files_menu(self) -> QMenu:
        menu = QMenu(self)
        self.file_actions: dict[str, QAction] = {}
        codes = {"torchvision": "torchvision", "albumentations": "Albumentations"}
        for key, words, signal in (
            ("save", self.tr("&Save as…"), self.save_asked),
            ("load", self.tr("&Load…"), self.load_asked),
        ):
            self.file_actions[key] = menu.addAction(words)
            self.file_actions[key].triggered.connect(lambda _=False, one=signal: one.emit())
        menu.addSeparator()
        for key, name in codes.items():
            words = self.tr("Copy as %1 code").replace("%1", name)
            self.file_actions[key] = menu.addAction(words)
            self.file_actions[key].triggered.connect(
                lambda _=False, kind=key: self.code_asked.emit(kind)
            )
        return menu

    def _lay_out(self) -> None:
        self._basic, self._extra = _Column(), _Column()
        keeps_place = self._basic.sizePolicy()
        keeps_place.setRetainSizeWhenHidden(True)
        self._basic.setSizePolicy(keeps_place)
        effects = QGridLayout()  # of one place: the note comes where the rows are, and none moves
        effects.addWidget(self._basic, 0, 0)
        effects.addWidget(self.policy_note, 0, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_SPACING)
        layout.addLayout(_heading(self.tr("Presets"), self.files))
        layout.addWidget(self.strip)
        layout.addSpacing(2)
        layout.addLayout(_heading(self.tr("Effects"), self.add_effect, self.reset_all))
        layout.addLayout(effects)
        layout.addWidget(self.fill_field)
        layout.addWidget(self._extra)
        layout.addStretch(1)

    def _row(self, name: str) -> EffectRow:
        """The effect's row, made when it is first needed."""
        if name in self.rows:
            return self.rows[name]
        effect = BY_NAME[name]
        column = self._basic if effect.is_basic else self._extra
        row = EffectRow(effect, column)
        row.setVisible(effect.is_basic)
        before = [one for one in self.rows.values() if one.effect.is_basic == effect.is_basic]
        column.rows.insertWidget(sum(_place(one) < _place(row) for one in before), row)
        self.rows[name] = row
        row.show_config(self._config)
        for changed in (row.value_changed, row.config_chosen):
            changed.connect(lambda *_: self._touch(name))
        row.value_changed.connect(self.value_changed)
        row.config_chosen.connect(self.config_chosen)
        row.remove_asked.connect(lambda: self._remove_effect(name))
        row.classes_asked.connect(self.classes_asked)
        row.unfold.toggled.connect(self._order_tabs)
        self._order_tabs()
        return row

    def _order_tabs(self) -> None:
        """Let Tab go from top to bottom, whenever what was made."""
        rows = sorted(self.rows.values(), key=lambda row: (not row.effect.is_basic, _place(row)))
        order: list[QWidget] = [self.files, *self.presets.values(), self.add_effect]
        order += [self.reset_all, self.policy_note.button]
        for row in rows:
            if row.effect.is_basic:
                order += row.tab_order
        order += self.fill_field.tab_order
        for row in rows:
            if not row.effect.is_basic:
                order += row.tab_order
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)


class _Column(QWidget):
    """Rows below each other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.setSpacing(_SPACING)


def _goes(effect: Effect, before: AugmentationConfig, after: AugmentationConfig) -> bool:
    return effect.is_on(before) and not effect.is_on(after)


def _place(row: EffectRow) -> int:
    return EFFECTS.index(row.effect)


def _heading(title: str, *buttons: QPushButton) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setSpacing(4)
    label = QLabel(title)
    label.setFont(theme.heading_font())
    line.addWidget(label, 1)
    for button in buttons:
        line.addWidget(button)
    return line


def _scroll_to(row: EffectRow) -> None:
    parent = row.parentWidget()
    while parent is not None and not isinstance(parent, QScrollArea):
        parent = parent.parentWidget()
    if parent is not None:
        parent.ensureWidgetVisible(row)
