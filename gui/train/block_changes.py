"""How far each block's weights have moved since the stage began, in words and as bars."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from core.runs.history import History
from gui.base import theme
from gui.base import words as base_words
from gui.base.words import say

_COARSE = 0.1  # a change from which on one decimal is enough
translate = QCoreApplication.translate


@dataclass(frozen=True)
class BlockChange:
    """Of block ``number`` (from 1), how long the change of its weights is, as a share of their
    length when the stage began; and whether it is frozen."""

    number: int
    change: float
    frozen: bool

    @property
    def is_wrong(self) -> bool:
        """Whether weights moved that must not."""
        return self.frozen and self.change != 0


def weight_changes(history: History) -> tuple[int, list[BlockChange]]:
    """The number of the stage of the last epoch that tells them, and each kept block's; (0, [])
    where none does."""
    last = history.epochs[-1] if history.epochs else None
    if last is None or not last.block_changes:
        return 0, []
    thawed = next((one.thawed for one in history.stages if one.stage == last.stage), ())
    return last.stage, [
        BlockChange(number, change, number not in thawed)
        for number, change in enumerate(last.block_changes, start=1)
    ]


def changes_heading(stage: int) -> str:
    """ "Change since stage 2 began"."""
    return say("changes", "Change since stage {stage} began", stage=stage)


def block_name(one: BlockChange) -> str:
    """ "block 5"."""
    return say("changes", "block {number}", number=one.number)


def change_value(one: BlockChange) -> str:
    """ "2.14 %", or "0, frozen": only weights that did not move at all are 0."""
    if one.change == 0:
        return translate("changes", "0, frozen") if one.frozen else "0"
    share = base_words.percent(one.change, digits=1 if one.change >= _COARSE else 2)
    if one.is_wrong:
        return say("changes", "{share}, though frozen", share=share)
    return share


def change_tip() -> str:
    """What is measured."""
    return translate(
        "changes",
        "After each epoch: the length (L2 norm) of what has been added to the block’s weights "
        "since the stage began, as a share of their own length then. A frozen block’s weights "
        "don’t change by a single bit.",
    )


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
        self.setToolTip(change_tip())
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
        stage, changes = weight_changes(history)
        self.setVisible(bool(changes))
        if not changes:
            return
        self.heading.setText(changes_heading(stage))
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
        return [f"{block_name(one)}: {change_value(one)}" for one in self._changes]

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
        names = [block_name(one) for one in self._changes]
        values = [change_value(one) for one in self._changes]
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
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, block_name(one))
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
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, change_value(one))

    def _color(self, one: BlockChange) -> QColor:
        name = "wrong" if one.is_wrong else "frozen" if one.frozen else "thawed"
        return theme.data_color(name, self.palette())
