"""A small histogram, drawn in the text's font."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.base import theme

_COLOR = "frozen"  # none of the splits' colours
_BARS, _GAP = 46, 3  # pixels: the highest bar, and between bar and label


@dataclass(frozen=True)
class Bar:
    """One bar: how high, and what it counts."""

    count: int
    tooltip: str


@dataclass(frozen=True)
class Tick:
    """A label below the bars; ``place`` is counted in bars from the left end."""

    place: float
    label: str


class BarChart(QWidget):
    """Bars side by side with labels below; each tells its number when it is pointed at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: Sequence[Bar] = ()
        self._ticks: Sequence[Tick] = ()
        self.setFont(theme.small_font())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def counts(self) -> list[int]:
        """What the bars stand for, from left to right."""
        return [bar.count for bar in self._bars]

    def show_bars(self, bars: Sequence[Bar], ticks: Sequence[Tick]) -> None:
        """Draw these."""
        self._bars, self._ticks = bars, ticks
        self.setAccessibleDescription("; ".join(bar.tooltip for bar in bars if bar.count))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(180, _BARS + _GAP + self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = int(event.pos().x() / max(self._bar_width(), 1)) if self._bars else -1
            if 0 <= place < len(self._bars):
                QToolTip.showText(event.globalPos(), self._bars[place].tooltip, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.data_color(_COLOR, palette))
        for number in range(len(self._bars)):
            painter.drawRect(self.bar_rect(number))
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        painter.drawLine(QPointF(0, _BARS + 0.5), QPointF(self.width(), _BARS + 0.5))
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        for tick in self._ticks:
            self._paint_label(painter, tick)

    def bar_rect(self, number: int) -> QRectF:
        """Where a bar stands: a pixel high at least, where it counts anything."""
        bar, width = self._bars[number], self._bar_width()
        highest = max(one.count for one in self._bars)
        height = max(1.0, _BARS * bar.count / highest) if bar.count else 0.0
        return QRectF(number * width + 1, _BARS - height, width - 2, height)

    def _bar_width(self) -> float:
        return self.width() / max(len(self._bars), 1)

    def _paint_label(self, painter: QPainter, tick: Tick) -> None:
        room = QRectF(0, _BARS + _GAP, self.fontMetrics().horizontalAdvance(tick.label) + 2, 0)
        room.setHeight(self.fontMetrics().height())
        center = tick.place * self._bar_width()
        room.moveLeft(min(max(0.0, center - room.width() / 2), self.width() - room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, tick.label)
