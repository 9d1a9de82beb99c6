"""The curves of a run on an embedded matplotlib canvas."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt, QThreadPool, QTimer
from PySide6.QtGui import QFontInfo, QHideEvent, QPalette, QShowEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from core.history import History
from gui import text, theme
from gui.background import Latest, Progress, Work
from gui.widgets import curve_text
from gui.widgets.curve_figure import CurveFigure, CurveLook

if TYPE_CHECKING:
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg

_REDRAW_MILLISECONDS = 180
_DPI = 96.0
_LOOKS = (QEvent.Type.PaletteChange, QEvent.Type.FontChange, QEvent.Type.ApplicationPaletteChange)


class CurveCanvas(QWidget):
    """Accuracy and loss of a ``History`` over its epochs, and every batch faintly behind.

    Draws at most once in 180 ms, and nothing while hidden. Matplotlib is imported on another
    thread once the widget is first shown; until then, and without a history, a sentence
    stands in its place.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history = History()
        self._dirty = False
        self._figure: CurveFigure | None = None
        self._canvas: FigureCanvasQTAgg | None = None
        self._pool = QThreadPool()  # without a parent: it must end before it is deleted
        self._pool.setMaxThreadCount(1)
        self._finalizer = weakref.finalize(self, self._pool.waitForDone)
        self.destroyed.connect(self._finalizer)
        self._loader = Latest(self._pool, self)
        self._loader.done.connect(self._take)
        self._loader.failed.connect(lambda error: self._empty.setText(text.error_text(error)))
        self._asked = False
        self._timer = QTimer(self, singleShot=True, interval=_REDRAW_MILLISECONDS)
        self._timer.timeout.connect(self._draw_if_dirty)
        self._lay_out()

    def _lay_out(self) -> None:
        self.setAccessibleName(self.tr("Curves of accuracy and loss"))
        self.setMinimumSize(300, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._empty = QLabel(self.tr("Press Train (F5): the curves grow here"))
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setFont(theme.heading_font())
        self._plot = QWidget()
        self._plot.setBackgroundRole(QPalette.ColorRole.Base)
        self._plot.setAutoFillBackground(True)
        self._legend = QLabel(textFormat=Qt.TextFormat.RichText, wordWrap=True)
        self._legend.setContentsMargins(12, 4, 12, 0)
        self._legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._column = QVBoxLayout(self._plot)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._legend)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._plot)

    @property
    def figure(self) -> CurveFigure | None:
        """The artists; None until matplotlib is there."""
        return self._figure

    @property
    def is_settled(self) -> bool:
        """Whether all that the history holds is on screen."""
        return self._figure is not None and not self._dirty

    def set_history(self, history: History) -> None:
        """Show this history from now on; it may grow, see ``mark_dirty``."""
        self._history = history
        self.mark_dirty()

    def set_placeholder(self, sentence: str) -> None:
        """What stands here while there is nothing to draw."""
        self._empty.setText(sentence)

    def mark_dirty(self) -> None:
        """The history has grown: draw it within the next 180 ms."""
        self._dirty = True
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def draw_now(self) -> None:
        """Draw what is not yet drawn without waiting for the timer."""
        self._timer.stop()
        self._draw_if_dirty()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._asked:
            self._asked = True
            self._loader.submit(_made(self._look()))
        if self._dirty:
            self._timer.start(0)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in _LOOKS and self._figure is not None:
            self._figure.set_look(self._look())
            self.mark_dirty()

    def _take(self, figure: CurveFigure) -> None:
        from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg

        canvas = FigureCanvasQTAgg(figure.figure)
        canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        canvas.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        canvas.setMinimumSize(1, 1)
        self._canvas, self._figure = canvas, figure
        figure.set_look(self._look())
        canvas.mpl_connect("resize_event", self._resized)
        canvas.mpl_connect("draw_event", self._drawn)
        self._column.addWidget(canvas)
        canvas.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.mark_dirty()

    def _draw_if_dirty(self) -> None:
        if not self._dirty or self._figure is None or self._canvas is None:
            return
        if not self.isVisible():
            return
        self._dirty = False
        if self._history.started is None:
            self._stack.setCurrentWidget(self._empty)
            return
        self._refresh_legend()
        self._stack.setCurrentWidget(self._plot)
        self._figure.show(self._history)
        if self._figure.needs_all:
            self._canvas.draw_idle()
        else:
            self._figure.draw_lines()
            self._canvas.update()
        self.setAccessibleDescription(curve_text.spoken(self._history))

    def _resized(self, _event: Any) -> None:
        if self._figure is not None and self._canvas is not None:
            self._figure.set_size(max(self._canvas.width(), 1), max(self._canvas.height(), 1))

    def _drawn(self, _event: Any) -> None:
        if self._figure is not None:
            self._figure.keep_background()
            self._figure.draw_lines()

    def _look(self) -> CurveLook:
        palette = self.palette()
        colors = {name: theme.data_color(name, palette).name() for name in theme.DATA_COLORS}
        colors["base"] = palette.color(QPalette.ColorRole.Base).name()
        colors["text"] = palette.color(QPalette.ColorRole.Text).name()
        colors["grid"] = palette.color(QPalette.ColorRole.Midlight).name()
        pixels = QFontInfo(theme.small_font()).pixelSize()
        return CurveLook(colors, max(pixels, 10) * 72 / _DPI)

    def _refresh_legend(self) -> None:
        legend = curve_text.legend(self._history, self.palette())
        if self._legend.text() != legend:
            self._legend.setText(legend)


def _made(look: CurveLook) -> Work:
    """Import matplotlib, make the figure and draw it once, which reads the list of fonts and
    makes ticks and labels: half a second that the window's thread need not wait."""

    def work(_stop: threading.Event, _progress: Progress) -> CurveFigure:
        import matplotlib.backends.backend_qtagg  # so that it is there when it is needed
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        matplotlib.rcdefaults()  # a person's matplotlibrc is for their own figures
        figure = CurveFigure(Figure(dpi=_DPI), curve_text.words())
        figure.set_look(look)
        FigureCanvasAgg(figure.figure).draw()
        return figure

    return work
