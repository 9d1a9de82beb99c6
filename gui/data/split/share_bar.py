"""How a whole is parted among training, validation and test."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.dataset.folder import SplitName
from core.dataset.split import Split
from gui.base import theme
from gui.base import words as base_words
from gui.data import data_text

_BAR, _GAP, _SWATCH = 14, 5, 9


class ShareBar(QWidget):
    """One bar in three colours, and below it each part's pictures and share in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sizes: dict[SplitName, int] = dict.fromkeys(data_text.SPLITS, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def words(self) -> list[str]:
        """What is said below the bar."""
        total = sum(self._sizes.values())
        return [
            f"{data_text.split_title(name)} {base_words.count(size)} "
            f"({base_words.percent(size / max(total, 1), digits=0)})"
            for name, size in self._sizes.items()
        ]

    def show_split(self, split: Split) -> None:
        """Show how many pictures each part of ``split`` has."""
        self._sizes = {name: len(getattr(split, name)) for name in data_text.SPLITS}
        self.setAccessibleName(", ".join(self.words))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, _BAR + _GAP + self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_shares(painter, QRectF(0, 0, self.width(), _BAR), self._sizes, self.palette())
        left = 0
        for name, words in zip(self._sizes, self.words, strict=True):
            height = self.fontMetrics().height()
            line = QRect(left, _BAR + _GAP, self.width() - left, height)
            swatch = QRect(left, line.center().y() - _SWATCH // 2 + 1, _SWATCH, _SWATCH)
            color = theme.data_color(data_text.SPLIT_COLORS[name], self.palette())
            painter.fillRect(swatch, color)
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            line.setLeft(left + _SWATCH + _GAP)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, words)
            left = line.left() + self.fontMetrics().horizontalAdvance(words) + 3 * _GAP
        painter.end()


def paint_shares(
    painter: QPainter, bar: QRectF, sizes: dict[SplitName, int], palette: QPalette
) -> None:
    """Fill ``bar`` with each part's colour, as wide as its share of the sum."""
    total = sum(sizes.values())
    painter.fillRect(bar, palette.color(QPalette.ColorRole.Midlight))
    part = QRectF(bar)
    for name, size in sizes.items():
        part.setWidth(bar.width() * size / max(total, 1))
        painter.fillRect(part, theme.data_color(data_text.SPLIT_COLORS[name], palette))
        part.moveLeft(part.right())
