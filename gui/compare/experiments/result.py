"""The result of an experiment: its sentences, its figure, and a table of each arm's marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.experiments import export as experiment_export
from core.experiments import text as experiment_text
from core.experiments.experiment import Experiment
from core.experiments.kinds import shows_times
from core.experiments.marks import Marks
from core.reports.plots.style import PlotLook
from gui.base import theme
from gui.base import words as base_words
from gui.controls.plot_canvas import PlotCanvas
from gui.runs.experiments import WORDS, Opened, heading

if TYPE_CHECKING:
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
    from matplotlib.figure import Figure

translate = QCoreApplication.translate


class _Drawing:
    """A figure that is drawn anew each time."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.look: PlotLook | None = None
        figure.set_layout_engine("constrained")

    def set_look(self, look: PlotLook) -> None:
        self.look = look
        self.figure.set_facecolor(look.colors["base"])

    def set_size(self, width: float, height: float) -> None:
        """Nothing: the layout follows the figure."""


class ExperimentCanvas(PlotCanvas):
    """Curves with bands and the three arrows, or accuracy against minutes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._marks: Marks | None = None
        self._named: Mapping[str, str] = {}
        self._times = False
        self._live: tuple[str, Sequence[float]] | None = None
        self._note = translate("experiments", "The curves grow here, run by run")
        super().__init__(_Drawing, self._note, parent)
        self.legend.hide()
        self.setAccessibleName(translate("experiments", "The experiment's curves"))

    def show_marks(self, marks: Marks, named: Mapping[str, str], *, times: bool) -> None:
        """Show what came of an experiment, whose arms are ``named``."""
        self._marks, self._named, self._times = marks, named, times
        self._say_what_comes()
        self.mark_dirty()

    def show_live(self, arm: str, accuracies: Sequence[float]) -> None:
        """Show the run that trains too; no arm: none does."""
        self._live = (arm, tuple(accuracies)) if arm in self._named else None
        self._say_what_comes()
        self.mark_dirty()

    def _say_what_comes(self) -> None:
        drawing = translate("experiments", "Drawing the curves…")
        self.set_placeholder(drawing if self.has_data() else self._note)

    def has_data(self) -> bool:
        has_live = self._live is not None and bool(self._live[1])
        return self._marks is not None and (has_live or bool(self._marks.arms))

    def draw(self, canvas: FigureCanvasQTAgg) -> None:
        plot, marks = self._plot, self._marks
        if not isinstance(plot, _Drawing) or plot.look is None or marks is None:
            return
        given = plot.figure, marks, self._named, WORDS, plot.look
        if self._times:
            experiment_export.draw_times(*given)
        else:
            experiment_export.draw(*given, live=self._live)
        canvas.draw_idle()


_WIDEST_NAMES = 0.28  # of the table's width; longer names wrap
_PAD = 16  # pixels beside a name


class ExperimentTable(QTableWidget):
    """The first column is as wide as the arms' names need, as far as there is room."""

    def __init__(self, columns: int, parent: QWidget | None = None) -> None:
        super().__init__(0, columns, parent)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWordWrap(True)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Each arm's figures"))

    def show_rows(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Show these rows; what stands in brackets has a line of its own."""
        self.setHorizontalHeaderLabels(list(heads))
        self.setRowCount(len(rows))
        for row, cells in enumerate(rows):
            for place, words in enumerate(cells):
                item = QTableWidgetItem(words.replace(" (", "\n("))
                item.setToolTip(base_words.plain_tip(words))
                self.setItem(row, place, item)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _fit(self) -> None:
        metrics = self.fontMetrics()
        items = (self.item(row, 0) for row in range(self.rowCount()))
        lines = [line for item in items if item is not None for line in item.text().split("\n")]
        needed = max(map(metrics.horizontalAdvance, lines), default=0) + _PAD
        most = round(_WIDEST_NAMES * self.viewport().width())
        self.setColumnWidth(0, min(needed, most))
        self.resizeRowsToContents()
        height = self.horizontalHeader().sizeHint().height() + 2 * self.frameWidth()
        height += sum(self.rowHeight(row) for row in range(self.rowCount()))
        self.setFixedHeight(height)


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
        self.verdicts.setText("\n".join(experiment_text.as_sentence(one) for one in told))
        self.verdicts.setVisible(bool(told))
        self.canvas.show_marks(marks, named, times=False)
        times = shows_times(experiment)
        self.times.setVisible(times)
        if times:
            self.times.show_marks(marks, named, times=True)
        self._fill(experiment, marks, named)
        notes = experiment_text.notes(experiment, marks, named, WORDS)
        self.notes.setText("\n".join(experiment_text.as_sentence(one) for one in notes))

    def _fill(self, experiment: Experiment, marks: Marks, named: dict[str, str]) -> None:
        target = self.tr("Epochs")
        if marks.target is not None:
            share = base_words.percent(marks.target, digits=0)
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
        rows = experiment_text.rows(experiment, marks, named, WORDS)
        self.table.show_rows(heads, rows)
