"""What came of an experiment: what can be said, the figure, each arm's marks, what it rests on."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core import experiment_text
from core.experiment import Experiment
from core.experiment_kinds import KINDS
from core.experiment_marks import Marks
from core.messages import fill
from gui import text, theme
from gui.experiment_reading import Opened
from gui.experiment_text import WORDS, heading, sentence
from gui.widgets.experiment_canvas import ExperimentCanvas

_FIGURE_HEIGHT = 350


class ExperimentResult(QWidget):
    """The card of one experiment, finished or not."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = QLabel(wordWrap=True)
        self.heading.setFont(theme.font(bold=True))
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.verdicts = QLabel(wordWrap=True)
        self.verdicts.setTextFormat(Qt.TextFormat.PlainText)
        self.verdicts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.canvas = ExperimentCanvas()
        self.canvas.setFixedHeight(_FIGURE_HEIGHT)
        self.times = ExperimentCanvas()
        self.times.setFixedHeight(_FIGURE_HEIGHT)
        self.table = QTableWidget(0, 7)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setWordWrap(True)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.setAccessibleName(self.tr("Each arm's figures"))
        self.notes = QLabel(wordWrap=True)
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self.notes.setFont(theme.small_font())
        self.notes.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.addWidget(self.heading, 1)
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

    def show_experiment(self, opened: Opened) -> None:
        """Show what came of it until now."""
        experiment, marks = opened.listed.experiment, opened.marks
        named = experiment_text.titles(experiment, WORDS)
        self.heading.setText(heading(opened.listed))
        told = list(experiment_text.verdicts(marks, named, WORDS))
        self.verdicts.setText("\n".join(sentence(one) for one in dict.fromkeys(told)))
        self.verdicts.setVisible(bool(told))
        self.canvas.show_marks(marks, named, times=False)
        times = experiment.kind in KINDS and KINDS[experiment.kind].times
        self.times.setVisible(times)
        if times:
            self.times.show_marks(marks, named, times=True)
        self._fill(experiment, marks, named)
        notes = experiment_text.notes(experiment, marks, named, WORDS)
        self.notes.setText(" ".join(sentence(one) for one in notes))

    def _fill(self, experiment: Experiment, marks: Marks, named: dict[str, str]) -> None:
        target = self.tr("Epochs")
        if marks.target is not None:
            share = text.percent(marks.target, digits=0)
            target = fill(self.tr("Epochs\nto {share}"), {"share": share})
        heads = (
            "",
            self.tr("Rates"),
            self.tr("Start"),
            target,
            self.tr("Area"),
            self.tr("End"),
            self.tr("Minutes"),
        )
        self.table.setHorizontalHeaderLabels(heads)
        self.table.setRowCount(len(experiment.arms))
        for row, arm in enumerate(experiment.arms):
            rates = experiment_text.rates_of(experiment, arm.name, named, WORDS)
            figures = experiment_text.row(marks, arm.name, WORDS)
            cells = (named[arm.name], rates or self.tr("the recipe's"), *figures)
            for place, words in enumerate(cells):
                item = QTableWidgetItem(words.replace(" (", "\n("))
                item.setToolTip(text.plain_tip(words))
                self.table.setItem(row, place, item)
        self._fit()

    def _fit(self) -> None:
        """As high as all rows are: the page scrolls, not the table."""
        self.table.resizeRowsToContents()
        height = self.table.horizontalHeader().sizeHint().height() + 2 * self.table.frameWidth()
        height += sum(self.table.rowHeight(row) for row in range(self.table.rowCount()))
        self.table.setFixedHeight(height)
