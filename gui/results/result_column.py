"""The left column of the Results page: the score, class by class, and any picture."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.runs.evaluation import Result
from gui.base import theme
from gui.results import classes
from gui.results.classes import ClassResults
from gui.results.prediction import PredictionPanel
from gui.results.result_score import ResultScore
from gui.results.skipped_pictures import SkippedPictures

_WIDTH = 348


class ResultColumn(QScrollArea):
    """As wide as its parts need; it scrolls where they are higher than the page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.score = ResultScore()
        self.skipped = SkippedPictures()
        self.worst_first = QCheckBox(self.tr("&Worst first"))
        self.classes = ClassResults()
        self.panel = PredictionPanel()
        self._lay_out()
        self.worst_first.toggled.connect(self._sort)
        self.classes.horizontalHeader().sortIndicatorChanged.connect(self._sorted)

    def _lay_out(self) -> None:
        heading = QLabel(self.tr("Class by class"))
        heading.setFont(theme.heading_font())
        self._head = QWidget()
        row = QHBoxLayout(self._head)
        row.setContentsMargins(0, 4, 0, 0)
        row.addWidget(heading, 1)
        row.addWidget(self.worst_first)
        inside = _Column()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 2, 0)
        column.setSpacing(6)
        column.addWidget(self.score)
        column.addWidget(self.skipped)
        column.addWidget(self._head)
        column.addWidget(self.classes, 1)
        column.addSpacing(6)
        column.addWidget(self.panel)
        column.addStretch()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(_WIDTH)
        self.setWidget(inside)
        for part in (self, inside):
            part.setBackgroundRole(QPalette.ColorRole.Window)

    def show_classes(self, shown: bool) -> None:
        """Show the table class by class, or hide it."""
        self._head.setVisible(shown)
        self.classes.setVisible(shown)

    def show_result(self, result: Result) -> None:
        """Fill that table."""
        self.classes.show_results(result.per_class)

    def reveal_answers(self, most: int) -> None:
        """Scroll to the answers, at ``most`` that far."""
        self.verticalScrollBar().setValue(min(self.panel.y(), most))

    def _sort(self, worst_first: bool) -> None:
        if worst_first != self.classes.is_worst_first:
            self.classes.sort_by(classes.RIGHT if worst_first else classes.NAME)

    def _sorted(self) -> None:
        self.worst_first.setChecked(self.classes.is_worst_first)


class _Column(QWidget):
    """As low as its parts can get before it scrolls; Qt would take the height they wish."""

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return layout.totalMinimumHeightForWidth(width) if layout is not None else -1
