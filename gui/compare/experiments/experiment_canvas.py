"""An experiment's result on an embedded matplotlib canvas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from core.experiments import figure as experiment_figure
from core.experiments.marks import Marks
from core.reports.plots.style import PlotLook
from gui.controls.plot_canvas import PlotCanvas
from gui.runs.experiments import WORDS

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
            experiment_figure.draw_times(*given)
        else:
            experiment_figure.draw(*given, live=self._live)
        canvas.draw_idle()
