"""The curves of a run on an embedded matplotlib canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QWidget

from core.history import History
from core.plots.run_figure import CurveFigure
from core.plots.run_options import CurveOptions
from core.plots.run_panel import Panel
from core.plots.run_reading import Reading, reading
from gui import theme
from gui.widgets import curve_reading, curve_text
from gui.widgets.curve_pointer import CurvePointer, Dot
from gui.widgets.curve_readout import CurveReadout
from gui.widgets.plot_canvas import PlotCanvas

if TYPE_CHECKING:
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg


class CurveCanvas(PlotCanvas):
    """Accuracy, loss and rates of a ``History`` over its epochs, and every batch faintly behind.

    The wheel zooms, dragging frames a part, and then moves it, and a double click shows all
    again; the run may grow meanwhile. A card says what stands at the epoch under the pointer.

    Signal: ``view_changed`` when another part of the run is in view; see ``is_whole``.
    """

    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        self._history = History()
        self._options = CurveOptions()
        self._pointed: float | None = None
        self._reading: Reading | None = None
        self.pointer: CurvePointer | None = None
        self.readout: CurveReadout | None = None
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

    @property
    def is_whole(self) -> bool:
        """Whether all of the run is in view."""
        return self.figure is None or self.figure.axes.is_whole

    @property
    def reading(self) -> Reading | None:
        """What the card says, if it is there."""
        return self._reading

    def set_history(self, history: History) -> None:
        """Show this history from now on; it may grow, see ``mark_dirty``."""
        if history is not self._history:
            self._history = history
            self._point_away()
            self.look_at_all()
        self.mark_dirty()

    def set_options(self, options: CurveOptions) -> None:
        """Look at the curves in this way."""
        if options != self._options:
            self._options = options
            self.draw_soon()

    def look_at_all(self) -> None:
        """Show the whole run again."""
        if self.figure is not None and not self.is_whole:
            self.figure.look_at_all()
            self._moved()

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
        self._show_reading()
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

    def taken(self, canvas: FigureCanvasQTAgg) -> None:
        pointer = self.pointer = CurvePointer(canvas, lambda: self.is_whole)
        canvas.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, False)
        pointer.setAccessibleName(self.tr("Curves: arrow keys read one epoch after the other"))
        self.readout = CurveReadout(pointer)
        pointer.pointed.connect(self._point)
        pointer.left.connect(self._point_away)
        pointer.stepped.connect(self._step)
        pointer.zoomed.connect(lambda *where: self._change_view("zoom", *where))
        pointer.framed.connect(lambda *where: self._change_view("zoom_into", *where))
        pointer.panned.connect(lambda *where: self._change_view("pan", *where))
        pointer.whole.connect(self.look_at_all)

    def _change_view(self, how: str, *where: float) -> None:
        if self.figure is not None and self.has_data():
            getattr(self.figure, how)(*where)
            self._moved()

    def _moved(self) -> None:
        self.draw_soon()
        self.view_changed.emit()

    def _point(self, x: float, y: float) -> None:
        figure = self.figure
        if figure is None or not figure.axes.covers(x, y):
            self._point_away()
            return
        self._pointed = figure.axes.epoch_at(x)
        self._show_reading()

    def _step(self, epochs: int) -> None:
        """Read the next epoch, or the one before; the last one first."""
        if self._reading is not None:
            self._pointed = float(self._reading.position + epochs)
        elif self._history.epochs:
            last = self._history.epochs[-1]
            self._pointed = float(self._history.position(last.stage, last.epoch))
        self._show_reading()
        if self._reading is not None and self.pointer is not None:
            self.pointer.setAccessibleDescription(curve_reading.spoken(self._reading))

    def _point_away(self) -> None:
        self._pointed = self._reading = None
        if self.pointer is not None and self.readout is not None:
            self.pointer.hide_mark()
            self.readout.hide()

    def _show_reading(self) -> None:
        figure, pointer, card = self.figure, self.pointer, self.readout
        if figure is None or pointer is None or card is None or self._pointed is None:
            return
        found = reading(self._history, self._pointed)
        view = figure.axes.view
        if found is None or not view.left <= found.position <= view.right:
            self._point_away()
            return
        self._reading = found
        x = figure.axes.pixel_of(found.position)
        pointer.show_mark(x, *figure.axes.extent, self._dots(figure, found, x))
        card.show_reading(found, x)

    def _dots(self, figure: CurveFigure, found: Reading, x: float) -> list[Dot]:
        dots: list[Dot] = []
        for name in ("train", "validation"):
            score = getattr(found.epoch, name)
            color = theme.data_color(name, self.palette())
            pairs: tuple[tuple[Panel, float], ...] = (
                (figure.accuracy_lines, 100 * score.accuracy),
                (figure.loss_lines, score.loss),
            )
            for panel, value in pairs:
                height = figure.axes.height_of(panel, value)
                if height is not None:
                    dots.append((x, height, color))
        return dots
