"""A network's likeliest classes as bars with percentages."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.dataset.folder import printable
from gui.base import theme, words

if TYPE_CHECKING:
    from core.training.network_file import Answer

_BAR = 8
_GAP = 6
_NAME_SHARE = 0.42  # of the width, at most


class ProbabilityBars(QWidget):
    """One line for each class, the likeliest first."""

    def __init__(self, answers: "Sequence[Answer]", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = [
            (printable(one.name), one.probability, words.percent(one.probability))
            for one in answers
        ]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(", ".join(self.lines))
        self.setToolTip("\n".join(self.lines))

    @property
    def lines(self) -> list[str]:
        """What is shown, in words."""
        return [f"{name} {percent}" for name, _share, percent in self._lines]

    def sizeHint(self) -> QSize:
        return QSize(180, len(self._lines) * self._line_height())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        percents = max(metrics.horizontalAdvance(line[2]) for line in self._lines)
        bold = QFontMetrics(theme.font(bold=True))  # the first name's
        longest = max(bold.horizontalAdvance(line[0]) + 1 for line in self._lines)
        names = min(longest, round(self.width() * _NAME_SHARE))
        left, right = names + _GAP, self.width() - percents - _GAP
        center = Qt.AlignmentFlag.AlignVCenter
        for number, (name, share, percent) in enumerate(self._lines):
            line = QRect(0, number * self._line_height(), self.width(), self._line_height())
            painter.setFont(theme.font(bold=number == 0))
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, names)
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | center, shown)
            painter.setFont(theme.font())
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | center, percent)
            self._paint_bar(painter, QRectF(left, line.center().y() - 3, right - left, _BAR), share)
        painter.end()

    def _paint_bar(self, painter: QPainter, bar: QRectF, share: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(QPalette.ColorRole.Midlight))
        painter.drawRoundedRect(bar, 2, 2)
        painter.setBrush(theme.data_color("validation", self.palette()))
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), bar.width() * share, _BAR), 2, 2)

    def _line_height(self) -> int:
        return self.fontMetrics().height() + 3
