"""The curves of a run on an embedded matplotlib canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from core.reports.plots.points import CurveOptions, Reading, reading
from core.reports.plots.run_figure import CurveFigure, Panel
from core.runs.history import History
from gui.base import theme
from gui.controls.pointed_canvas import Mark, PointedCanvas
from gui.train import curve_reading, curve_text

if TYPE_CHECKING:
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg


class CurveCanvas(PointedCanvas):
    """Accuracy, loss and rates of a ``History`` over its epochs, and every batch faintly behind.
    The run may grow meanwhile.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        self._history = History()
        self._options = CurveOptions()
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

    @property
    def history(self) -> History:
        """What is shown."""
        return self._history

    @property
    def options(self) -> CurveOptions:
        """How it is looked at."""
        return self._options

    def set_history(self, history: History) -> None:
        """Show this history from now on; it may grow, see ``mark_dirty``."""
        if history is not self._history:
            self._history = history
            self.point_away()
            self.look_at_all()
        self.mark_dirty()

    def set_options(self, options: CurveOptions) -> None:
        """Look at the curves in this way."""
        if options != self._options:
            self._options = options
            self.draw_soon()

    # -- drawing ----------------------------------------------------------------------------

    def has_data(self) -> bool:
        return self._history.started is not None

    def draw(self, canvas: FigureCanvasQTAgg) -> None:
        figure = self.figure
        if figure is None:
            return
        self._refresh_legend()
        figure.set_options(self._options)
        figure.show(self._history)
        if figure.needs_all:
            canvas.draw()
        else:
            figure.draw_lines()
            canvas.update()
        self.show_mark()
        self.setAccessibleDescription(curve_text.spoken(self._history))

    def drawn(self) -> None:
        if self.figure is not None:
            self.figure.keep_background()
            self.figure.draw_lines()

    def _refresh_legend(self) -> None:
        legend = curve_text.legend(self._history, self.palette())
        if self.legend.text() != legend:
            self.legend.setText(legend)

    # -- the hand ---------------------------------------------------------------------------

    @property
    def viewed(self) -> CurveFigure | None:
        return self.figure

    def mark_at(self, x: float) -> Mark | None:
        found = reading(self._history, x)
        if found is None or self.figure is None:
            return None
        words, said = curve_reading.rows(found, self.palette()), curve_reading.spoken(found)
        return Mark(found.position, words, said, self._dots(self.figure, found))

    def step_from(self, x: float | None, by: int) -> float | None:
        if x is not None:
            return x + by
        if not self._history.epochs:
            return None
        last = self._history.epochs[-1]
        return float(self._history.position(last.stage, last.epoch))

    def _dots(self, figure: CurveFigure, found: Reading) -> list[tuple[Panel, float, QColor]]:
        dots = []
        for name in ("train", "validation"):
            score = getattr(found.epoch, name)
            color = theme.data_color(name, self.palette())
            dots.append((figure.accuracy_lines, 100 * score.accuracy, color))
            dots.append((figure.loss_lines, score.loss, color))
        return dots
