"""A bar for each block: how far its weights have come since the stage began."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from core.runs.history import History
from gui.base import theme
from gui.train import block_change_text
from gui.train.block_change_text import BlockChange

_GAP, _BAR, _LEAST = 8, 8, 2  # pixels; what moved at all has a bar that is seen
_ICON = 12


class BlockChanges(QFrame):
    """Makes freezing visible: a frozen block stands at exactly 0. Hidden where a history does
    not tell it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.setToolTip(block_change_text.tip())
        self.heading = QLabel()
        self.bars = _Bars()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 8)
        column.setSpacing(4)
        column.addWidget(self.heading)
        column.addWidget(self.bars)
        self.hide()

    def show_history(self, history: History) -> None:
        """Show what the last epoch of ``history`` tells."""
        stage, changes = block_change_text.changes(history)
        self.setVisible(bool(changes))
        if not changes:
            return
        self.heading.setText(block_change_text.heading(stage))
        self.bars.show_changes(changes)
        self.setAccessibleName(self.heading.text())
        self.setAccessibleDescription("; ".join(self.bars.words))


class _Bars(QWidget):
    """Name, bar and number of each block below each other."""

    def __init__(self) -> None:
        super().__init__()
        self._changes: Sequence[BlockChange] = ()
        self.setFont(theme.small_font())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def words(self) -> list[str]:
        """What stands in the rows."""
        return [
            f"{block_change_text.name(one)}: {block_change_text.value(one)}"
            for one in self._changes
        ]

    def show_changes(self, changes: Sequence[BlockChange]) -> None:
        if changes != self._changes:
            self._changes = changes
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(180, len(self._changes) * self._row())

    def _row(self) -> int:
        return QFontMetrics(self.font()).lineSpacing() + 3

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._changes:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        names = [block_change_text.name(one) for one in self._changes]
        values = [block_change_text.value(one) for one in self._changes]
        left = max(map(metrics.horizontalAdvance, names)) + _GAP
        right = max(map(metrics.horizontalAdvance, values)) + _GAP + _ICON + 4
        track = QRectF(left, 0, max(self.width() - left - right, 20), _BAR)
        longest = max(one.change for one in self._changes) or 1.0
        for row, one in enumerate(self._changes):
            line = QRectF(0, row * self._row(), self.width(), self._row())
            track.moveTop(line.center().y() - _BAR / 2)
            self._paint_row(painter, line, track, one, one.change / longest)
        painter.end()

    def _paint_row(
        self, painter: QPainter, line: QRectF, track: QRectF, one: BlockChange, share: float
    ) -> None:
        palette = self.palette()
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, block_change_text.name(one))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(QPalette.ColorRole.Midlight))
        painter.drawRect(QRectF(track.left(), track.center().y() - 1, track.width(), 2))
        color = self._color(one)
        if one.change:
            bar = QRectF(track)
            bar.setWidth(max(share * track.width(), _LEAST))
            painter.setBrush(color)
            painter.drawRoundedRect(bar, 2, 2)
        painter.setPen(color)
        place = line.adjusted(track.right() + _GAP, 0, 0, 0)
        if one.frozen:
            icon = theme.icon("snowflake", color)
            at = place.toRect()
            icon.paint(painter, at.left(), at.center().y() - _ICON // 2, _ICON, _ICON)
        place.adjust(_ICON + 4, 0, 0, 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, block_change_text.value(one))

    def _color(self, one: BlockChange) -> QColor:
        name = "wrong" if one.is_wrong else "frozen" if one.frozen else "thawed"
        return theme.data_color(name, self.palette())
