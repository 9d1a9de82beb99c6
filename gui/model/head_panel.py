"""The settings of the new head: its kind, what that means, its fields, common hidden layers."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from core.common.messages import fill
from core.recipe import network
from core.recipe.config import HeadConfig, RunConfig
from core.recipe.heads import HEADS
from gui.base import theme
from gui.base import words as base_words
from gui.controls.setting_fields import (
    COLUMN_GAP,
    GROUP_GAP,
    LINE_GAP,
    FieldGrid,
    LineChoice,
    SettingsPanel,
)
from gui.recipe import fields
from gui.recipe import heads as recipe_heads
from gui.recipe.heads import kinds


class HeadKinds(LineChoice):
    """Each kind with a few words; its tool tip says it all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        lines = [(kind, text.name, text.short, text.all) for kind, text in kinds().items()]
        super().__init__(lines, parent=parent)


class HiddenPresets(QToolButton):
    """A button with a menu. Signal: ``chosen`` with fields of a head and their values, by name."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(self.tr("Presets"))
        self.setFont(theme.small_font())
        self.setToolTip(self.tr("Hidden layers that are often used"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setAutoRaise(True)
        menu = QMenu(self)
        classic = {
            "hidden": [4096, 4096],
            "activation": "relu",
            "dropout": 0.5,
            "layer_norm": False,
        }
        for name, values in (
            (self.tr("None: the last layer alone"), {"hidden": []}),
            (self.tr("256: small and quick"), {"hidden": [256]}),
            (self.tr("4096, 4096, dropout 0.5: the classic VGG"), classic),
        ):
            action = menu.addAction(name)
            action.triggered.connect(lambda _on=False, values=values: self.chosen.emit(values))
        self.setMenu(menu)
        hint = super().sizeHint()  # the style's own draws its arrow over the text's end
        metrics = self.fontMetrics()
        self.setFixedSize(hint.width() + 2 * metrics.averageCharWidth(), metrics.height() + 2)


HEAD = "model.head"
_KINDS_WIDTH = 232  # pixels
_COLUMNS = 3
translate = QCoreApplication.translate


class HeadPanel(SettingsPanel):
    """The kinds; about the chosen one; the fields that it has.

    Another kind is one change, of ``model.head`` as a whole: it has that kind's defaults, and
    the pooling, which every kind has, stays.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(f"{HEAD}.", parent)
        self._head = HeadConfig()
        self._unused: dict[str, str] = {}
        self.kinds = HeadKinds()
        for name in HeadConfig.model_fields:
            setting = fields.setting(HeadConfig, name, f"{HEAD}.")
            if name == "kind":
                self.kind = self.add_control(name, setting, self.kinds)
            else:
                more = {"may_be_none": False} if name == "channels" else {}
                self.add_field(HeadConfig, name, setting, **more)
        self.kind.changed.connect(self._choose)
        self.presets = HiddenPresets(self)
        self.presets.chosen.connect(self._set)
        self.fields["hidden"].title.addWidget(self.presets)
        self.about = QLabel(self)
        self.about.setTextFormat(Qt.TextFormat.RichText)
        self.about.setWordWrap(True)
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.grid = FieldGrid(_COLUMNS, self)
        self._lay_out()

    def show_recipe(self, recipe: RunConfig, classes: int | None) -> None:
        """Show the head of ``recipe``; ``classes`` is None while no dataset is open."""
        self._head = head = recipe.model.head
        self.use_all()
        for name, field in self.fields.items():
            field.set_value(getattr(head, name))
        self.clear_errors()
        self._show_defaults(recipe)
        unused = recipe.unused(head)
        self._unused = {name: base_words.translate(unused[name].code, {}) for name in unused}
        self._show_fields()
        self.about.setText(self._about(recipe, classes))

    def show_marks(self, marks: Mapping[str, Any]) -> None:
        super().show_marks(marks)
        self._show_fields()

    def _show_fields(self) -> None:
        """Those that the head has, and those without effect that differ from the card."""
        self.show_unused(self._unused)
        used = [name for name in self.fields if name != "kind" and name not in self._unused]
        marked = [name for name in self._unused if self.fields[name].is_marked]
        self.grid.show_fields([self.fields[name] for name in (*used, *marked)])

    def _choose(self, kind: str) -> None:
        self.kinds.set_value(self._head.kind)  # whoever shows the recipe shows the kind
        if kind != self._head.kind:
            values = HeadConfig.model_validate({"kind": kind, "pooling": self._head.pooling})
            self.changed.emit(HEAD, values.model_dump(mode="json"))

    def _set(self, values: Mapping[str, Any]) -> None:
        """Change several fields at once."""
        self.changed.emit(HEAD, {**self._head.model_dump(mode="json"), **values})

    def _show_defaults(self, recipe: RunConfig) -> None:
        """What an empty field stands for."""
        head = recipe.model.head
        own = head.model_copy(update={"hidden": None, "channels": None})
        inputs = network.of_recipe(recipe, classes=2).last.inputs  # whatever the classes are
        self.fields["hidden"].set_default(own.hidden_widths)
        self.fields["channels"].set_default(own.new_channels)
        self.fields["l2"].set_default(HEADS[head.kind].default_l2(inputs))

    def _about(self, recipe: RunConfig, classes: int | None) -> str:
        """What the chosen kind is, as HTML."""
        kind = recipe_heads.kinds()[recipe.model.head.kind]
        lines = [
            escape(kind.what),
            f"<b>{escape(self.tr('Loss:'))}</b> {escape(kind.loss)}",
            f"<b>{escape(self.tr('Probabilities:'))}</b> {escape(kind.probabilities)}",
            f"<b>{escape(self.tr('Size:'))}</b> {escape(_size(recipe, classes))}",
        ]
        return "".join(f"<p style='margin:0 0 5px 0'>{line}</p>" for line in lines)

    def _lay_out(self) -> None:
        self.grid.set_spacing(COLUMN_GAP, LINE_GAP)
        self.grid.adopt(field for name, field in self.fields.items() if name != "kind")
        self.kind.setFixedWidth(_KINDS_WIDTH)
        row = QHBoxLayout()
        row.setSpacing(GROUP_GAP)
        row.addWidget(self.kind, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.about, 4)
        row.addWidget(self.grid, 7)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row, 1)
        layout.addWidget(self.problem)


def _size(recipe: RunConfig, classes: int | None) -> str:
    """The numbers that go from layer to layer, and all that the head learns."""
    plan = network.of_recipe(recipe, classes or 2)
    widths = [plan.connected[0].inputs, *(layer.outputs for layer in plan.hidden)]
    values = {"inputs": base_words.count(plan.inputs)}
    if plan.convolutions:
        channels = [plan.convolutions[0].in_channels]
        channels += [layer.out_channels for layer in plan.convolutions]
        values["channels"] = _steps(channels)
    if classes is None:
        template = translate("head", "{inputs} inputs; the rest follows from the classes.")
        return fill(template, values)
    values |= {"steps": _steps([*widths, classes]), "count": base_words.count(plan.parameters)}
    template = translate("head", "{steps}: {count} parameters.")
    if plan.convolutions:
        template = translate("head", "{channels} channels, then {steps}: {count} parameters.")
    return fill(template, values)


def _steps(counts: Iterable[int]) -> str:
    return " → ".join(map(base_words.count, counts))
