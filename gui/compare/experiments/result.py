"""What came of an experiment: what can be said, the figure, each arm's marks, what it rests on."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.experiments import text as experiment_text
from core.experiments.experiment import Experiment, shows_times
from core.experiments.marks import Marks
from gui.base import theme, words
from gui.compare.experiments.experiment_canvas import ExperimentCanvas
from gui.compare.experiments.experiment_table import ExperimentTable
from gui.runs.experiments import WORDS, Opened, heading, sentence

_FIGURE_SHARE = 0.48  # a figure's height of its width
_LOWEST, _HIGHEST = 280, 520


class ExperimentResult(QWidget):
    """The card of one experiment, finished or not. ``go_on_asked``: what it still lacks is to be
    run."""

    go_on_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = QLabel(wordWrap=True)
        self.heading.setFont(theme.font(bold=True))
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.verdicts = QLabel(wordWrap=True)
        self.verdicts.setTextFormat(Qt.TextFormat.PlainText)
        self.verdicts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.canvas = ExperimentCanvas()
        self.times = ExperimentCanvas()
        self.table = ExperimentTable(7)
        self.notes = QLabel(wordWrap=True)
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self.notes.setFont(theme.small_font())
        self.notes.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.addWidget(self.heading, 1)
        self.go_on = QPushButton(theme.icon("redo"), self.tr("&Go on"))
        self.go_on.setToolTip(self.tr("Runs what this experiment still lacks"))
        self.go_on.clicked.connect(self.go_on_asked)
        self.go_on.hide()
        head.addWidget(self.go_on, 0, Qt.AlignmentFlag.AlignTop)
        self.export = QToolButton()
        self.export.setText(self.tr("Export"))
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.export.hide()
        head.addWidget(self.export, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        column.addWidget(self.verdicts)
        column.addWidget(self.canvas)
        column.addWidget(self.times)
        column.addWidget(self.table)
        column.addWidget(self.notes)
        column.addStretch()

    def set_menu(self, menu: QMenu) -> None:
        """Offer ``menu`` beside the heading: what the card may be written as."""
        self.export.setMenu(menu)
        self.export.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        height = min(max(round(self.width() * _FIGURE_SHARE), _LOWEST), _HIGHEST)
        for canvas in (self.canvas, self.times):
            canvas.setFixedHeight(height)

    def show_experiment(self, opened: Opened) -> None:
        """Show what came of it until now."""
        experiment, marks = opened.listed.experiment, opened.marks
        named = experiment_text.titles(experiment, WORDS)
        self.heading.setText(heading(opened.listed))
        told = experiment_text.told(experiment, marks, named, WORDS)
        self.verdicts.setText("\n".join(sentence(one) for one in told))
        self.verdicts.setVisible(bool(told))
        self.canvas.show_marks(marks, named, times=False)
        times = shows_times(experiment)
        self.times.setVisible(times)
        if times:
            self.times.show_marks(marks, named, times=True)
        self._fill(experiment, marks, named)
        notes = experiment_text.notes(experiment, marks, named, WORDS)
        self.notes.setText("\n".join(sentence(one) for one in notes))

    def _fill(self, experiment: Experiment, marks: Marks, named: dict[str, str]) -> None:
        target = self.tr("Epochs")
        if marks.target is not None:
            share = words.percent(marks.target, digits=0)
            target = fill(self.tr("Epochs\nto {share}"), {"share": share})
        heads = (
            "",
            self.tr("Rates"),
            self.tr("Start"),
            target,
            self.tr("Area"),
            self.tr("End"),
            self.tr("Time"),
        )
        rows = []
        for arm in experiment.arms:
            rates = experiment_text.rates_of(experiment, arm.name, named, WORDS)
            figures = experiment_text.row(marks, arm.name, WORDS)
            rows.append((named[arm.name], rates or self.tr("the recipe's"), *figures))
        self.table.show_rows(heads, rows)
