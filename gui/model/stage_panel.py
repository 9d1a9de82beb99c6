"""The settings of one stage, with a plot of its planned learning rate over the epochs."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from core.common.messages import fill
from core.recipe.config import STEPS, RunConfig, StageConfig, about, boundary
from core.training import rates
from gui.base import theme
from gui.base import words as base_words
from gui.controls.number_fields import rounded
from gui.controls.setting_fields import GROUP_GAP, LINE_GAP, SettingsPanel, field_group
from gui.recipe import fields

_COLOR = "train"
_POINTS = 240  # of the line: as many as there are pixels, more or less
_PAD = 3
_DIGITS = 3  # of a rate


class ScheduleCurve(QWidget):
    """The rate of the head over a stage; those of thawed blocks go along with it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._factors: list[float] = []
        self._caption = ""
        self._end = ""
        self.setFont(theme.small_font())
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        policy.setVerticalStretch(100)  # before the empty room below it
        self.setSizePolicy(policy)

    @property
    def factors(self) -> list[float]:
        """What is drawn: the height of the line at each point, 1 for the whole rate."""
        return self._factors

    @property
    def caption(self) -> str:
        """What stands above the line."""
        return self._caption

    def show_stage(self, recipe: RunConfig, index: int) -> None:
        """Draw ``recipe.stages[index]``."""
        stage = recipe.stages[index]
        self._factors = rates.planned(stage, max(1, _POINTS // stage.epochs))
        head, _ = rates.learning_rates(recipe, index)
        template = self.tr("up to {rate}")
        if stage.schedule == "plateau":
            template = self.tr("{rate} until loss stays")
        self._caption = fill(template, {"rate": rounded(head * max(self._factors), _DIGITS)})
        self._end = fill(self.tr("{epochs} epochs"), {"epochs": stage.epochs})
        if stage.epochs == 1:
            self._end = self.tr("1 epoch")
        self._describe(head)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(130, 100)

    def minimumSizeHint(self) -> QSize:
        return QSize(90, 70)

    def plot_rect(self) -> QRectF:
        """Where the line is: from no rate at the bottom to the whole one at the top."""
        line = self.fontMetrics().height()
        room = QRectF(self.rect()).adjusted(_PAD, line + _PAD + 2, -_PAD, -line - _PAD)
        return room if room.height() > 0 else QRectF()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette, roles = self.palette(), QPalette.ColorRole
        plot = self.plot_rect()
        painter.fillRect(plot.adjusted(-_PAD, -_PAD, _PAD, _PAD), palette.color(roles.Base))
        painter.setPen(palette.color(roles.Mid))
        painter.drawRect(plot.adjusted(-_PAD, -_PAD, _PAD, _PAD))
        painter.setPen(palette.color(roles.PlaceholderText))
        align = Qt.AlignmentFlag
        painter.drawText(self.rect(), align.AlignLeft | align.AlignTop, self._caption)
        painter.drawText(self.rect(), align.AlignRight | align.AlignBottom, self._end)
        if self._factors:
            self._paint_line(painter, plot)

    def _paint_line(self, painter: QPainter, plot: QRectF) -> None:
        color = theme.data_color(_COLOR, self.palette())
        count = len(self._factors)
        points = [
            QPointF(plot.left() + plot.width() * place / count, plot.bottom() - plot.height() * one)
            for number, one in enumerate(self._factors)
            for place in (number, number + 1)  # a step has one rate
        ]
        area = QPainterPath()
        area.addPolygon(QPolygonF([plot.bottomLeft(), *points, plot.bottomRight()]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        faint = theme.data_color(_COLOR, self.palette())
        faint.setAlphaF(0.15)
        painter.fillPath(area, faint)
        painter.setPen(QPen(color, 1.6))
        painter.drawPolyline(QPolygonF(points))

    def _describe(self, head: float) -> None:
        values = {
            "first": rounded(head * self._factors[0], _DIGITS),
            "most": rounded(head * max(self._factors), _DIGITS),
            "last": rounded(head * self._factors[-1], _DIGITS),
            "epochs": self._end,
        }
        words = fill(
            self.tr(
                "The head’s learning rate over {epochs}: {first} in the first step, {most} at "
                "most, {last} at the end. Thawed blocks’ rates rise and fall with it."
            ),
            values,
        )
        self.setToolTip(words)
        self.setAccessibleName(words)


_GROUPS = ("learning", "schedule", "regularising", "stage")
_ROWS = 3  # of a group's columns
_WAITING = ("backbone_factor", "block_decay", "augment")  # seen even while they don't count


class StagePanel(SettingsPanel):
    """The fields of one stage in groups. Those that its optimizer, its schedule or its head
    don't have are there only where they differ from the card; what has no effect as things stand
    says why."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("stages.0.", parent)
        self._index = 0
        self._unused: dict[str, str] = {}
        self._has_gradient = True
        self._boxes: dict[str, QWidget] = {}
        for name, field in StageConfig.model_fields.items():
            if about(field).group:
                self.add_field(StageConfig, name, fields.setting(StageConfig, name, "stages."))
        self.curve = ScheduleCurve(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._row = self._groups()
        layout.addLayout(self._row, 1)
        layout.addWidget(self.problem)

    def show_recipe(self, recipe: RunConfig, classes: int | None, stage: int) -> None:
        """Show ``recipe.stages[stage]``: from 0, as in the recipe's keys."""
        afresh, self._index = stage != self._index, stage
        self.prefix = f"stages.{stage}."
        shown = recipe.stages[stage]
        self.use_all()
        for name, field in self.fields.items():
            field.set_value(getattr(shown, name), afresh=afresh)
        self.clear_errors()
        self._show_used(recipe, shown)
        self._show_rates(recipe, shown)
        waits = shown.schedule == "plateau"
        self.fields["decay_every"].show_words(self.tr("without a lower loss") if waits else "")
        if not recipe.augmentation.is_identity:
            self.fields["augment"].show_words(self._augments_words(recipe, shown))
        self.curve.show_stage(recipe, stage)

    def show_marks(self, marks: Mapping[str, Any]) -> None:
        super().show_marks(marks)
        self._show_unused()

    def _show_used(self, recipe: RunConfig, stage: StageConfig) -> None:
        """Leave out the fields that don't count, or say of them why."""
        self._unused, self._has_gradient = {}, recipe.model.head.has_gradient
        for name, when in recipe.unused(stage, self._index).items():
            why = base_words.translate(when.code, {})
            if name in _WAITING:
                self.fields[name].set_used(False, why)
            else:
                self._unused[name] = why
        for name, field in self.fields.items():
            field.setVisible(name not in self._unused)
        self._show_unused()

    def _show_unused(self) -> None:
        self.show_unused(self._unused)
        for group in STEPS:
            self._boxes[group].setVisible(self._has_gradient)
        self._row.setStretch(len(_GROUPS), 0 if self._has_gradient else len(_GROUPS))
        # The field below the curve stands beside the one it belongs to.
        rows = 3 if self.fields["decay_factor"].isHidden() else 2
        row = self.fields["schedule"].sizeHint().height() + LINE_GAP
        self.curve.setMaximumHeight(rows * row - LINE_GAP)

    def _show_rates(self, recipe: RunConfig, stage: StageConfig) -> None:
        """What comes of the factors, and the head's own rate where none is named."""
        unnamed = recipe.model_copy(
            update={"stages": (stage.model_copy(update={"learning_rate": None}),)}
        )
        head_rate, _ = rates.learning_rates(unnamed, 0)
        self.fields["learning_rate"].set_default(head_rate)
        own = stage.model_copy(update={"feature_dropout": None, "warmup_epochs": None})
        self.fields["feature_dropout"].set_default(own.dropped_features)
        self.fields["warmup_epochs"].set_default(own.warmup())
        blocks = rates.block_rates(recipe, self._index)
        if blocks:
            for name, which in (("backbone_factor", max), ("block_decay", min)):
                values = {"block": which(blocks), "rate": rounded(blocks[which(blocks)], 3)}
                self.fields[name].show_words(fill(self.tr("block {block}: {rate}"), values))

    def _augments_words(self, recipe: RunConfig, stage: StageConfig) -> str:
        """What the switch for augmentation does as it stands."""
        if stage.augment:
            return self.tr("as on the Augment page")
        if boundary(stage.thawed, recipe.model.depth):
            return self.tr("features once")
        return self.tr("untouched pictures")

    def _groups(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GROUP_GAP)
        for group in _GROUPS:
            members: list[QWidget] = [
                field
                for name, field in self.fields.items()
                if about(StageConfig.model_fields[name]).group == group
            ]
            if group == "schedule":
                members.insert(_ROWS, self.curve)
            columns = [members[at : at + _ROWS] for at in range(0, len(members), _ROWS)]
            title = base_words.translate(f"group_{group}", {})
            box = self._boxes[group] = QWidget(self)
            fields_layout = field_group(title, columns)
            fields_layout.setContentsMargins(0, 0, 0, 0)
            box.setLayout(fields_layout)
            row.addWidget(box, len(columns))
        row.addStretch()
        return row
