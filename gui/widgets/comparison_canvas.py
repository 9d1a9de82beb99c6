"""The curves of several runs on an embedded matplotlib canvas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from core.plots.comparison_figure import ComparisonFigure, Curve, Shown
from gui import comparison_text
from gui.widgets.plot_canvas import PlotCanvas

if TYPE_CHECKING:
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg


class ComparisonCanvas(PlotCanvas):
    """Each run's curve in its colour, over epochs, time or pictures."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._curves: Sequence[Curve] = ()
        self._shown = Shown()
        super().__init__(
            lambda figure: ComparisonFigure(figure, comparison_text.figure_words()),
            "",
            parent,
        )
        self.setAccessibleName(self.tr("Curves of the runs that are compared"))

    @property
    def figure(self) -> ComparisonFigure | None:
        """The artists; None until matplotlib is there."""
        return self._plot if isinstance(self._plot, ComparisonFigure) else None

    def show_curves(self, curves: Sequence[Curve], shown: Shown) -> None:
        """Show these, looked at in that way."""
        self._curves, self._shown = curves, shown
        nothing = self.tr("None of these runs has finished an epoch yet")
        self.set_placeholder(self.tr("Drawing the curves…") if self.has_data() else nothing)
        self.draw_soon()

    def has_data(self) -> bool:
        return any(one.points.x for one in self._curves)

    def draw(self, canvas: FigureCanvasQTAgg) -> None:
        if self.figure is None:
            return
        self.legend.setText(comparison_text.legend(self._curves, self._shown))
        self.figure.show(self._curves, self._shown)
        canvas.draw_idle()
        self.setAccessibleDescription(comparison_text.spoken(self._curves, self._shown))
