"""The curves of a run on an embedded matplotlib canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from core.history import History
from core.plots.run_figure import CurveFigure
from gui.widgets import curve_text
from gui.widgets.plot_canvas import PlotCanvas

if TYPE_CHECKING:
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg


class CurveCanvas(PlotCanvas):
    """Accuracy and loss of a ``History`` over its epochs, and every batch faintly behind."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._history = History()
        super().__init__(
            lambda figure: CurveFigure(figure, curve_text.words()),
            QCoreApplication.translate("curves", "Press Train (F5): the curves grow here"),
            parent,
        )
        self.setAccessibleName(self.tr("Curves of accuracy and loss"))

    @property
    def figure(self) -> CurveFigure | None:
        """The artists; None until matplotlib is there."""
        return self._plot if isinstance(self._plot, CurveFigure) else None

    def set_history(self, history: History) -> None:
        """Show this history from now on; it may grow, see ``mark_dirty``."""
        self._history = history
        self.mark_dirty()

    def has_data(self) -> bool:
        return self._history.started is not None

    def draw(self, canvas: FigureCanvasQTAgg) -> None:
        figure = self.figure
        if figure is None:
            return
        self._refresh_legend()
        figure.show(self._history)
        if figure.needs_all:
            canvas.draw_idle()
        else:
            figure.draw_lines()
            canvas.update()
        self.setAccessibleDescription(curve_text.spoken(self._history))

    def drawn(self) -> None:
        if self.figure is not None:
            self.figure.keep_background()
            self.figure.draw_lines()

    def _refresh_legend(self) -> None:
        legend = curve_text.legend(self._history, self.palette())
        if self.legend.text() != legend:
            self.legend.setText(legend)
