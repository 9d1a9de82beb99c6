"""The learning rate of a stage, as it is planned, drawn over its epochs."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.common.messages import fill
from core.recipe.config import RunConfig
from core.training import rates
from gui.base import theme
from gui.controls.number_fields import rounded

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
