"""The validation accuracy of the epoch that is kept, with what it rests on."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from core.common.statistics import wilson
from core.runs.history import History
from gui.base import theme, words


class ScoreCard(QFrame):
    """One big percentage, on how many pictures, its 95 % interval, and how it was chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.setAccessibleName(self.tr("Validation accuracy"))
        title = QLabel(self.tr("Validation accuracy"))
        self.share = QLabel()
        self.share.setFont(theme.figure_font())
        self.count = QLabel()
        self.interval = QLabel()
        self.origin = QLabel()
        self.origin.setFont(theme.small_font())
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(2)
        for label in (title, self.share, self.count, self.interval, self.origin):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)
        self.show_history(History())

    def show_history(self, history: History) -> None:
        """Show the epoch of ``history`` that is kept."""
        best = history.best
        if best is None:
            self._say("\N{EN DASH}", "", "", self.tr("no epoch has ended yet"))
            return
        score = best.validation
        count = self.tr("%1 of %2 pictures").replace("%1", words.count(score.correct))
        interval = self.tr("95 % interval: {interval}")
        low, high = wilson(score.correct, score.images)
        self._say(
            words.percent(score.accuracy),
            count.replace("%2", words.count(score.images)),
            interval.replace("{interval}", words.interval(low, high)),
            self._origin(history).replace(
                "%1", words.count(history.position(best.stage, best.epoch))
            ),
        )

    def _origin(self, history: History) -> str:
        """Which epoch it is, %1, and how it was chosen."""
        is_over = history.finished is not None
        match history.chosen_by:
            case "last" if is_over:
                return self.tr("last epoch: %1,\nkept whatever its score")
            case "last":
                return self.tr("last epoch so far: %1,\nkept whatever its score")
            case "loss" if is_over:
                return self.tr("epoch of lowest loss: %1,\nchosen on these pictures")
            case "loss":
                return self.tr("lowest loss so far: epoch %1,\nchosen on these pictures")
            case "accuracy" if is_over:
                return self.tr("best epoch: %1,\nchosen on these pictures")
            case "accuracy":
                return self.tr("best epoch so far: %1,\nchosen on these pictures")
            case _:
                return self.tr("the only epoch") if is_over else self.tr("the only epoch so far")

    def _say(self, share: str, count: str, interval: str, origin: str) -> None:
        self.share.setText(share)
        self.count.setText(count)
        self.interval.setText(interval)
        self.origin.setText(origin)
        self.count.setVisible(bool(count))
        self.interval.setVisible(bool(interval))
        parts = (share, count, interval, origin)
        self.setAccessibleDescription(", ".join(part for part in parts if part))
