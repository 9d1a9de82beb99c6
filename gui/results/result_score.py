"""A run's validation accuracy with all that it rests on."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from core.common.messages import fill
from core.common.statistics import wilson
from core.runs.history import History
from gui.base import theme, words
from gui.results import score as results_score
from gui.results.accuracy_scale import AccuracyScale

_BOTTOM = Qt.AlignmentFlag.AlignBottom


class ResultScore(QFrame):
    """One big percentage; beside it on how many pictures and the interval; below what guessing
    would give, and how the epoch was chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.title = QLabel()
        self.share = QLabel()
        self.share.setFont(theme.figure_font())
        self.count = QLabel()
        self.interval = QLabel()
        self.majority = QLabel(wordWrap=True)
        self.origin = QLabel(wordWrap=True)
        self.untouched = QLabel(wordWrap=True)
        self.scale = AccuracyScale()
        for label in (self.majority, self.origin, self.untouched):
            label.setFont(theme.small_font())
        for label in self._labels():
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lay_out()

    def _labels(self) -> tuple[QLabel, ...]:
        figures = self.title, self.share, self.count, self.interval
        return (*figures, self.majority, self.origin, self.untouched)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 8, 12, 8)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.title, 0, 0, 1, 2)
        grid.addWidget(self.share, 1, 0, 2, 1)
        grid.addWidget(self.count, 1, 1, _BOTTOM)
        grid.addWidget(self.interval, 2, 1)
        below = (self.scale, self.majority, self.origin, self.untouched)
        for row, widget in enumerate(below, start=3):
            grid.addWidget(widget, row, 0, 1, 2)

    def show_history(self, history: History) -> None:
        """Show the best epoch of ``history``, which must have one."""
        best = history.best
        if best is None:
            raise ValueError("no epoch has ended")
        score = best.validation
        low, high = wilson(score.correct, score.images)
        majority = history.started.majority if history.started is not None else 0.0
        title = self.tr("Validation accuracy")
        if history.finished is None:
            title = self.tr("Validation accuracy so far")
        counts = {"right": words.count(score.correct), "total": words.count(score.images)}
        self.title.setText(title)
        self.share.setText(words.percent(score.accuracy))
        self.count.setText(fill(self.tr("{right} of {total} pictures"), counts))
        interval = {"interval": words.interval(low, high)}
        self.interval.setText(fill(self.tr("95 % interval: {interval}"), interval))
        guess = {"share": words.percent(majority)}
        self.majority.setText(fill(self.tr("Always guessing the largest class: {share}"), guess))
        self.origin.setText(results_score.origin(history))
        self.untouched.setText(results_score.untouched(history))
        self.untouched.setVisible(bool(self.untouched.text()))
        self.scale.show_values(score.accuracy, low, high, majority)
        self.setAccessibleName(title)
        parts = (label.text() for label in self._labels()[1:])
        self.setAccessibleDescription(", ".join(part for part in parts if part))
