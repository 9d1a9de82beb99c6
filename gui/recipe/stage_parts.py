"""The end of a stage's row: what trains, for how long, how fast."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from core.common.messages import fill
from core.recipe import network
from core.recipe.config import RunConfig, StageConfig
from core.training import rates
from gui.base import theme
from gui.base import words as base_words
from gui.controls import setting_fields
from gui.controls.number_fields import NumberField, shortest
from gui.controls.setting_fields import ChangeMark, limited_field

SPACE = 4
NUMBERS = ("epochs", "learning_rate", "backbone_factor")


class StageFields(QWidget):
    """Trainable parameters, epochs, the head's learning rate, and the ConvNet's as a factor of
    it with what comes out. A field that differs from the card's has a mark behind it.

    Signals: ``changed`` with a field of the stage ("epochs") and its new value; ``put_back``
    with a field that is to be as the card has it.
    """

    changed = Signal(str, object)
    put_back = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_locked = self._is_thawed = False
        self.trains = QLabel(self)
        self.epochs = limited_field(StageConfig, "epochs", parent=self)
        self.learning_rate = limited_field(StageConfig, "learning_rate", parent=self)
        self.backbone_factor = limited_field(StageConfig, "backbone_factor", parent=self)
        self.result = QLabel(self)
        self.marks = {name: ChangeMark(self) for name in NUMBERS}
        for name in NUMBERS:
            self.field(name).value_changed.connect(
                lambda value, name=name: self.changed.emit(name, value)
            )
            self.marks[name].clicked.connect(lambda _checked, name=name: self.put_back.emit(name))
        self._lay_out()

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        parts = (self.trains, *(self.field(name) for name in NUMBERS), self.result)
        for number, (widget, width) in enumerate(zip(parts, field_widths(), strict=True)):
            widget.setFixedWidth(width)
            layout.addWidget(widget)
            if 0 < number <= len(NUMBERS):
                layout.addWidget(self.marks[NUMBERS[number - 1]])
            layout.addSpacing(SPACE)
        layout.addStretch()

    def field(self, name: str) -> NumberField:
        """The field for one of ``NUMBERS``."""
        fields = {
            "epochs": self.epochs,
            "learning_rate": self.learning_rate,
            "backbone_factor": self.backbone_factor,
        }
        return fields[name]

    def show_stage(self, recipe: RunConfig, index: int, classes: int | None) -> None:
        """Show ``recipe.stages[index]``; ``classes`` is None if not known."""
        stage = recipe.stages[index]
        self._is_thawed = bool(stage.thawed)
        self.epochs.set_value(stage.epochs)
        self.learning_rate.set_value(stage.learning_rate)
        own = recipe.model_copy(update={"stages": (_without_rate(stage),)})
        default, _ = rates.learning_rates(own, 0)
        self.learning_rate.setPlaceholderText(shortest(default))
        self.backbone_factor.set_value(stage.backbone_factor)
        self._enable()
        _, backbone = rates.learning_rates(recipe, index)
        self.result.setText(f"= {rate(backbone)}" if stage.thawed else self.tr("all frozen"))
        self._name_fields(index + 1)
        self._explain(recipe, index, default)
        self._count(recipe, index, classes)

    def show_marks(self, marks: Mapping[str, Any]) -> None:
        """Mark the fields in ``marks``, which has the card's values."""
        for name, mark in self.marks.items():
            value = None
            if name in marks:
                known = marks[name]
                value = self.tr("nothing") if known is None else shortest(known)
            mark.show_value(value, self.field(name).accessibleName())

    def set_locked(self, locked: bool) -> None:
        """Let nothing be changed, while a run trains."""
        self._is_locked = locked
        self._enable()

    def _enable(self) -> None:
        for field in (self.epochs, self.learning_rate):
            field.setEnabled(not self._is_locked)
        self.backbone_factor.setEnabled(not self._is_locked and self._is_thawed)

    def _name_fields(self, number: int) -> None:
        names = {
            "epochs": self.tr("Stage %1, epochs"),
            "learning_rate": self.tr("Stage %1, learning rate of the head"),
            "backbone_factor": self.tr("Stage %1, ConvNet's learning rate as a factor"),
        }
        for name, words in names.items():
            self.field(name).setAccessibleName(words.replace("%1", str(number)))

    def _explain(self, recipe: RunConfig, index: int, default: float) -> None:
        self.epochs.set_hint(self.tr("How often every training picture is seen in this stage."))
        own = self.tr("How far one step moves the head. Empty: its own default, %1.")
        self.learning_rate.set_hint(own.replace("%1", shortest(default)))
        if recipe.stages[index].thawed:
            hint = self.tr(
                "The thawed blocks' learning rate, as a factor of the head's: small, because "
                "their weights are already good."
            )
        else:
            hint = self.tr("No block is thawed in this stage, so nothing of the ConvNet trains.")
        self.backbone_factor.set_hint(hint)

    def _count(self, recipe: RunConfig, index: int, classes: int | None) -> None:
        blocks, kept = network.thawed_parameters(recipe, index), network.backbone_parameters(recipe)
        head = 0 if classes is None else network.head_parameters(recipe, classes)
        if classes is None:
            short = self.tr("over {count}") if blocks else self.tr("the head")
            long = self.tr("Of the ConvNet, {blocks} of {kept} parameters train, and the head.")
        else:
            short = self.tr("{count} train")
            long = self.tr(
                "{trained} of {all} parameters train: {head} of the head, {blocks} of the ConvNet."
            )
        values = {
            "count": base_words.parameters(blocks + head),
            "trained": base_words.count(blocks + head),
            "all": base_words.count(kept + head),
            "head": base_words.count(head),
            "blocks": base_words.count(blocks),
            "kept": base_words.count(kept),
        }
        self.trains.setText(fill(short, values))
        self.trains.setToolTip(fill(long, values))


def fields_width() -> int:
    """The width that ``StageFields`` needs."""
    return (
        sum(field_widths()) + len(NUMBERS) * setting_fields.MARK_SIDE + SPACE * len(field_widths())
    )


def rate(value: float) -> str:
    """A learning rate as people write it: "1e-5", "0.001"."""
    return shortest(float(f"{value:.3g}"))


def field_widths() -> tuple[int, ...]:
    """The widths of the parts of ``StageFields``, from left to right, the marks left out."""
    metrics = QFontMetrics(theme.font())
    advance = metrics.horizontalAdvance
    field = metrics.height()
    return (
        advance("200.7\N{NO-BREAK SPACE}k train"),
        advance("1000") + field - 2,
        advance("1.25e-5") + field,
        advance("0.05") + field - 2,
        advance("= 1.25e-5"),
    )


def _without_rate(stage: StageConfig) -> StageConfig:
    return stage.model_copy(update={"learning_rate": None})
