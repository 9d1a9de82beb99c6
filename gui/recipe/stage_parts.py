"""The parts of a stage's row: its name, its fields and their header, its note and its tools.

The note says what the stage means for time: where features can be kept, and what an epoch costs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QKeySequence, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QStyle,
    QStyleOptionFocusRect,
    QToolButton,
    QWidget,
)

from core.common.messages import fill
from core.recipe import network
from core.recipe.config import RANDOM, RunConfig, StageConfig, boundary
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
        self._has_steps = True
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
        self._is_thawed, self._has_steps = bool(stage.thawed), recipe.model.head.has_gradient
        self.epochs.set_value(stage.epochs)
        self.learning_rate.set_value(stage.learning_rate)
        own = recipe.model_copy(update={"stages": (_without_rate(stage),)})
        default, _ = rates.learning_rates(own, 0)
        self.learning_rate.setPlaceholderText(shortest(default) if self._has_steps else "")
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
            field.setEnabled(not self._is_locked and self._has_steps)
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
        if not self._has_steps:
            once = self.tr("This head learns in one pass over the images, without a learning rate.")
            for field in (self.epochs, self.learning_rate):
                field.set_hint(once)
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


class StageHeader(QWidget):
    """The words above the columns of ``StageFields``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        trains, epochs, learning_rate, factor, result = field_widths()
        mark = setting_fields.MARK_SIDE
        words = (
            (self.tr("parameters"), trains),
            (self.tr("epochs"), epochs + mark),
            (self.tr("head rate"), learning_rate + mark),
            (self.tr("× for the ConvNet"), factor + mark + SPACE + result),
        )
        for word, width in words:
            label = QLabel(word, self)
            label.setFont(theme.small_font())
            label.setFixedWidth(width)
            layout.addWidget(label)
        layout.addStretch()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            for label in self.findChildren(QLabel):
                label.setFont(theme.small_font())


_BAR, _PAD, _POINT = 3, 8, 2


class StageName(QAbstractButton):
    """Has a bar at its left while its stage is the one of which more is told elsewhere, and a
    point behind it while it is marked."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(words)
        self._is_marked = False
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def nextCheckState(self) -> None:
        """Whoever holds the stages says which one is chosen."""

    @property
    def is_marked(self) -> bool:
        """Whether there is a point behind the name."""
        return self._is_marked

    def set_marked(self, is_marked: bool) -> None:
        """Put a point behind the name, or none."""
        self._is_marked = is_marked
        self.setAccessibleDescription(self.toolTip() if is_marked else "")
        self.update()

    def _paint_point(self, painter: QPainter, after: int) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(painter.pen().color())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(QPointF(_PAD + after + _POINT + 3, self.height() / 2), _POINT, _POINT)
        painter.restore()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(theme.font(bold=True))
        return QSize(metrics.horizontalAdvance(self.text()) + _PAD, metrics.height() + 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette = self.palette()
        if self.isChecked():
            bar = QRectF(0, 3, _BAR, self.height() - 6)
            painter.fillRect(bar, palette.color(QPalette.ColorRole.Accent))
        painter.setFont(theme.font(bold=True))
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        place = self.rect().adjusted(_PAD, 0, 0, 0)
        painter.drawText(
            place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text()
        )
        if self._is_marked:
            self._paint_point(painter, painter.fontMetrics().horizontalAdvance(self.text()))
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            self.style().drawPrimitive(
                QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self
            )
        painter.end()


translate = QCoreApplication.translate


def stage_note(recipe: RunConfig, index: int, seconds: float | None) -> str:
    """One or two sentences on ``recipe.stages[index]``; ``seconds`` an epoch, None unknown."""
    note = _features(recipe, index)
    if untrained := _untrained(recipe, index):
        template = translate("stages", "Block {blocks} is still random: it never learned. {note}")
        if len(untrained) > 1:
            template = translate(
                "stages", "Blocks {blocks} are still random: they never learned. {note}"
            )
        note = fill(template, {"blocks": listed(untrained), "note": note})
    if seconds is None:
        return note
    template = translate("stages", "{note} An epoch: {time}.")
    return fill(template, {"note": note, "time": base_words.duration(seconds)})


def frozen_above(thawed: Sequence[int], depth: int) -> list[int]:
    """The frozen blocks that come after a thawed one."""
    first = boundary(thawed, depth) + 1
    return [number for number in range(first, depth + 1) if number not in thawed]


def listed(numbers: Sequence[int]) -> str:
    """Block numbers, neighbours as a range: "2–5", "2, 4–5"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _untrained(recipe: RunConfig, index: int) -> list[int]:
    """The blocks that nobody has trained when this stage ends."""
    if recipe.model.weights != RANDOM:
        return []
    trained = {block for stage in recipe.stages[: index + 1] for block in stage.thawed}
    return [block for block in range(1, recipe.model.depth + 1) if block not in trained]


def _features(recipe: RunConfig, index: int) -> str:
    stage, depth = recipe.stages[index], recipe.model.depth
    start, idle = boundary(stage.thawed, depth), frozen_above(stage.thawed, depth)
    augmented, views = recipe.augments(stage), recipe.augmentation.cached_views
    values = {"block": start, "first": start + 1, "frozen": listed(idle), "views": views}
    if augmented and not views:
        template = translate(
            "stages",
            "Augmentation shows new pictures in every epoch, so no features can be kept: all "
            "blocks are computed each time.",
        )
    elif idle:
        template = f"{_passed(len(idle) == 1)} {_kept(start)}"
    elif start == 0:
        template = translate(
            "stages",
            "Every block changes, so no features can be kept: all are computed each epoch.",
        )
    elif augmented:
        template = translate(
            "stages",
            "Features of {views} augmented views are kept after block {block}: what is below is "
            "computed only once for each.",
        )
    elif stage.augment or recipe.augmentation.is_identity:
        template = translate(
            "stages", "Features are kept after block {block}: what is below is computed only once."
        )
    else:
        template = translate(
            "stages",
            "Not augmented: features are kept after block {block}, and what is below is computed "
            "only once.",
        )
    return fill(template, values)


def _passed(is_one: bool) -> str:
    """What frozen blocks cost behind a thawed one."""
    if is_one:
        return translate(
            "stages",
            "Block {frozen} is frozen but must be computed in each epoch: block {first} below it "
            "changes, and its gradient comes through it.",
        )
    return translate(
        "stages",
        "Blocks {frozen} are frozen but must be computed in each epoch: block {first} below them "
        "changes, and its gradient comes through them.",
    )


def _kept(start: int) -> str:
    if start:
        return translate("stages", "Features are kept after block {block}.")
    return translate("stages", "No features can be kept.")


SIDE = 18
_COUNT = 4
_KEYS = {"add": "Ins", "remove": "Del", "up": "Ctrl+Up", "down": "Ctrl+Down"}
_ICONS = {"add": "plus", "remove": "minus", "up": "up", "down": "down"}
MOST_STAGES = next(
    one.max_length
    for one in RunConfig.model_fields["stages"].metadata
    if hasattr(one, "max_length")
)


class StageTools(QWidget):
    """Four small buttons. Their actions are also those of the row that they are given to: a
    context menu, and keys while anything in that row has the focus.

    Signal: ``asked`` with ``add``, ``remove``, ``up`` or ``down``.
    """

    asked = Signal(str)

    def __init__(self, row: QWidget) -> None:
        super().__init__(row)
        self.actions_by_name = {name: self._action(name) for name in _KEYS}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for action in self.actions_by_name.values():
            button = QToolButton(self)
            button.setDefaultAction(action)
            button.setAutoRaise(True)
            button.setIconSize(QSize(SIDE - 4, SIDE - 4))
            button.setFixedSize(SIDE, SIDE)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys do the same
            layout.addWidget(button)
        row.addActions(list(self.actions_by_name.values()))
        row.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def _action(self, name: str) -> QAction:
        action = QAction(theme.icon(_ICONS[name], QPalette.ColorRole.WindowText), "", self)
        action.setShortcut(QKeySequence(_KEYS[name]))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda: self.asked.emit(name))
        return action

    def show_place(self, index: int, count: int) -> None:
        """Be the tools of the stage ``index``, from 0, of ``count``."""
        can = {
            "add": count < MOST_STAGES,
            "remove": count > 1,
            "up": index > 0,
            "down": index < count - 1,
        }
        words = {
            "add": self.tr("Add a stage like this one after it"),
            "remove": self.tr("Remove stage %1"),
            "up": self.tr("Move stage %1 up"),
            "down": self.tr("Move stage %1 down"),
        }
        for name, action in self.actions_by_name.items():
            action.setEnabled(can[name])
            action.setText(words[name].replace("%1", str(index + 1)))
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{action.text()} ({keys})")


def tools_width() -> int:
    """The width of the buttons."""
    return _COUNT * SIDE
