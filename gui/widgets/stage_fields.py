"""The end of a stage's row: what trains, for how long, how fast."""

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from core import learning_rates, parameters
from core.config import RunConfig, StageConfig, boundary
from core.messages import fill
from gui import text, theme
from gui.widgets.limited_field import limited_field
from gui.widgets.number_field import NumberField, shortest
from gui.widgets.switch import Switch

SPACE = 4


class StageFields(QWidget):
    """Trainable parameters, whether pictures are augmented, epochs, the head's learning rate,
    and the ConvNet's as a factor of it with what comes out.

    Signal: ``changed`` with a field of the stage ("epochs") and its new value.
    """

    changed = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_locked = self._is_augmented = self._is_thawed = False
        self.trains = QLabel(self)
        self.augment = Switch("", self)
        self.epochs = limited_field(StageConfig, "epochs", integer=True, parent=self)
        self.learning_rate = limited_field(StageConfig, "learning_rate", optional=True, parent=self)
        self.backbone_factor = limited_field(StageConfig, "backbone_factor", parent=self)
        self.result = QLabel(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        widgets = (
            self.trains, self.augment, self.epochs, self.learning_rate, self.backbone_factor,
            self.result,
        )  # fmt: skip
        for widget, width in zip(widgets, field_widths(), strict=True):
            widget.setFixedWidth(width)
            layout.addWidget(widget)
        layout.addStretch()
        self.augment.clicked.connect(lambda on: self.changed.emit("augment", on))
        for name in ("epochs", "learning_rate", "backbone_factor"):
            self.field(name).value_changed.connect(
                lambda value, name=name: self.changed.emit(name, value)
            )

    def field(self, name: str) -> NumberField:
        """The field for ``epochs``, ``learning_rate`` or ``backbone_factor``."""
        fields = {
            "epochs": self.epochs,
            "learning_rate": self.learning_rate,
            "backbone_factor": self.backbone_factor,
        }
        return fields[name]

    def show_stage(self, recipe: RunConfig, index: int, classes: int | None) -> None:
        """Show ``recipe.stages[index]``; ``classes`` is None if not known."""
        stage = recipe.stages[index]
        self._is_augmented = not recipe.augmentation.is_identity
        self._is_thawed = bool(stage.thawed)
        self.augment.setChecked(stage.augment)
        self.epochs.set_value(stage.epochs)
        self.learning_rate.set_value(stage.learning_rate)
        own = recipe.model_copy(update={"stages": (_without_rate(stage),)})
        default, _ = learning_rates.rates(own, 0)
        self.learning_rate.setPlaceholderText(shortest(default))
        self.backbone_factor.set_value(stage.backbone_factor)
        self._enable()
        _, backbone = learning_rates.rates(recipe, index)
        self.result.setText(f"= {rate(backbone)}" if stage.thawed else self.tr("all frozen"))
        self._name_fields(index + 1)
        self._explain(recipe, index, default)
        self._count(recipe, index, classes)

    def set_locked(self, locked: bool) -> None:
        """Let nothing be changed, while a run trains."""
        self._is_locked = locked
        self._enable()

    def _enable(self) -> None:
        for field in (self.epochs, self.learning_rate):
            field.setEnabled(not self._is_locked)
        self.augment.setEnabled(not self._is_locked and self._is_augmented)
        self.backbone_factor.setEnabled(not self._is_locked and self._is_thawed)

    def _name_fields(self, number: int) -> None:
        names = {
            "epochs": self.tr("Stage %1, epochs"),
            "learning_rate": self.tr("Stage %1, learning rate of the head"),
            "backbone_factor": self.tr("Stage %1, ConvNet's learning rate as a factor"),
        }
        for name, words in names.items():
            self.field(name).setAccessibleName(words.replace("%1", str(number)))
        augment = self.tr("Stage %1, augment").replace("%1", str(number))
        self.augment.setAccessibleName(augment)

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
        self._explain_augment(boundary(recipe.stages[index].thawed, recipe.model.depth))

    def _explain_augment(self, frozen: int) -> None:
        """Say what the switch does in a stage whose first ``frozen`` blocks don't change."""
        if not self._is_augmented:
            hint = self.tr(
                "No augmentation is in use: every stage trains on the untouched pictures. "
                "The Augment page turns it on."
            )
        elif frozen:
            hint = self.tr(
                "Off: this stage trains on the untouched pictures, so its features are computed "
                "once."
            )
        else:
            hint = self.tr("Off: this stage trains on the untouched pictures.")
        self.augment.setToolTip(hint)
        self.augment.setAccessibleDescription(hint)

    def _count(self, recipe: RunConfig, index: int, classes: int | None) -> None:
        blocks, kept = parameters.thawed(recipe, index), parameters.backbone(recipe)
        head = 0 if classes is None else parameters.head(recipe, classes)
        if classes is None:
            short = self.tr("{count} + head") if blocks else self.tr("the head")
            long = self.tr("Of the ConvNet, {blocks} of {kept} parameters train, and the head.")
        else:
            short = self.tr("{count} train")
            long = self.tr(
                "{trained} of {all} parameters train: {head} of the head, {blocks} of the ConvNet."
            )
        values = {
            "count": text.parameters(blocks + head),
            "trained": text.count(blocks + head),
            "all": text.count(kept + head),
            "head": text.count(head),
            "blocks": text.count(blocks),
            "kept": text.count(kept),
        }
        self.trains.setText(fill(short, values))
        self.trains.setToolTip(fill(long, values))


def fields_width() -> int:
    """The width that ``StageFields`` needs."""
    return sum(field_widths()) + SPACE * (len(field_widths()) - 1)


def rate(value: float) -> str:
    """A learning rate as people write it: "1e-5", "0.001"."""
    return shortest(float(f"{value:.3g}"))


def augment_word() -> str:
    """What stands above the switches; it is wider than they are."""
    return QCoreApplication.translate("StageFields", "augment")


def field_widths() -> tuple[int, ...]:
    """The widths of the parts of ``StageFields``, from left to right."""
    metrics = QFontMetrics(theme.font())
    advance = metrics.horizontalAdvance
    field = metrics.height()
    return (
        advance("200.7\N{NO-BREAK SPACE}k train"),
        QFontMetrics(theme.small_font()).horizontalAdvance(augment_word()) + 2,
        advance("1000") + field - 2,
        advance("1.25e-5") + field,
        advance("0.05") + field - 2,
        advance("= 1.25e-5"),
    )


def _without_rate(stage: StageConfig) -> StageConfig:
    return stage.model_copy(update={"learning_rate": None})
