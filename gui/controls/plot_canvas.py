"""A matplotlib figure in a widget, drawn again only once its size has rested.

While there is nothing to see, a sentence stands in the figure's place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFontInfo,
    QHideEvent,
    QImage,
    QPainter,
    QPalette,
    QPixmap,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from core.reports.plots.style import DATA_COLORS, PlotLook
from gui.base import theme
from gui.base import words as base_words
from gui.base.background import Latest, Progress, Work

if TYPE_CHECKING:
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
    from matplotlib.figure import Figure

_REST_MILLISECONDS = 60


class SteadyResize(QObject):
    """While a window's edge is dragged, the last picture of ``canvas`` is stretched, which takes
    a millisecond; matplotlib draws ten times as long.

    Signal: ``settled`` once the canvas has its new size.
    """

    settled = Signal()

    def __init__(self, canvas: FigureCanvasQTAgg) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._still: QPixmap | None = None
        self._has_drawn = False
        self._rest = QTimer(self, singleShot=True, interval=_REST_MILLISECONDS)
        self._rest.timeout.connect(self.finish)
        canvas.mpl_connect("draw_event", self._drawn)
        canvas.installEventFilter(self)

    @property
    def is_pending(self) -> bool:
        """Whether the canvas still has its earlier size."""
        return self._still is not None

    def finish(self) -> None:
        """Give the canvas its new size now."""
        if self._still is None:
            return
        self._rest.stop()
        self._still = None
        size = self._canvas.size()
        self._canvas.resizeEvent(QResizeEvent(size, size))
        self.settled.emit()

    def _drawn(self, _event: object) -> None:
        self._has_drawn = True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self._has_drawn:
            if self._still is None:
                self._still = self._picture()
            self._rest.start()
            return True
        if event.type() == QEvent.Type.Paint and self._still is not None:
            painter = QPainter(self._canvas)
            painter.drawPixmap(self._canvas.rect(), self._still)
            painter.end()
            return True
        return False

    def _picture(self) -> QPixmap:
        pixels = self._canvas.buffer_rgba()
        height, width = pixels.shape[:2]
        image = QImage(pixels, width, height, QImage.Format.Format_RGBX8888)
        return QPixmap.fromImage(image.copy())


_REDRAW_MILLISECONDS = 180
_LONGEST_MILLISECONDS = 1000
_SOON_MILLISECONDS = 15  # what a hand does is seen at once
_REST = 50  # times as long as a drawing took: on a slow machine it takes no more than 2 %
_DPI = 96.0
_LOOKS = (QEvent.Type.PaletteChange, QEvent.Type.FontChange, QEvent.Type.ApplicationPaletteChange)


class Plot(Protocol):
    """The artists of a figure, made once and then only given data."""

    figure: Figure

    def set_look(self, look: PlotLook) -> None:
        """Take other colours or another size of text."""
        ...

    def set_size(self, width: float, height: float) -> None:
        """Lay the axes out in ``width`` x ``height`` logical pixels."""
        ...


class PlotCanvas(QWidget):
    """What plots share. It draws at most once in 180 ms, rarer where that takes long, nothing
    while hidden, and anew only once its size has rested.

    Matplotlib is imported, and ``make`` called, on another thread once the widget is first
    shown. A plot says in ``has_data`` whether there is anything, and draws it in ``draw``.
    ``legend`` stands above the figure.
    """

    def __init__(
        self, make: Callable[[Figure], Plot], placeholder: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._make = make
        self._dirty = False
        self._plot: Plot | None = None
        self._canvas: FigureCanvasQTAgg | None = None
        self._resize: SteadyResize | None = None
        self._loader = Latest(self)
        self._loader.done.connect(self._take)
        self._loader.failed.connect(lambda error: self._empty.setText(base_words.error_text(error)))
        self._asked = False
        self._timer = QTimer(self, singleShot=True, interval=_REDRAW_MILLISECONDS)
        self._timer.timeout.connect(self._draw_if_dirty)
        self._lay_out(placeholder)

    def has_data(self) -> bool:
        """Whether there is anything to draw."""
        raise NotImplementedError

    def draw(self, canvas: FigureCanvasQTAgg) -> None:
        """Give the plot its data, and let ``canvas`` draw it."""
        raise NotImplementedError

    def drawn(self) -> None:
        """The whole figure was drawn."""

    def taken(self, canvas: FigureCanvasQTAgg) -> None:
        """``canvas`` stands in the widget now; nothing is drawn yet."""

    @property
    def is_settled(self) -> bool:
        """Whether all that there is to see is on screen."""
        resizing = self._resize is not None and self._resize.is_pending
        return self._plot is not None and not self._dirty and not resizing

    def set_placeholder(self, sentence: str) -> None:
        """What stands here while there is nothing to draw."""
        self._empty.setText(sentence)

    def mark_dirty(self) -> None:
        """There is more to see: draw it within the next 180 ms."""
        self._dirty = True
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def draw_soon(self) -> None:
        """A person looks at it in another way: draw that as soon as the event loop comes to it."""
        self._dirty = True
        waiting = self._timer.isActive() and self._timer.remainingTime() <= _SOON_MILLISECONDS
        if self.isVisible() and not waiting:
            self._timer.start(_SOON_MILLISECONDS)

    def draw_now(self) -> None:
        """Draw what is not yet drawn without waiting for the timer, nor for a size to rest."""
        self._timer.stop()
        if self._resize is not None:
            self._resize.finish()
        self._draw_if_dirty()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._asked:
            self._asked = True
            self._loader.submit(_made(self._make, self._look()))
        if self._dirty:
            self._timer.start(0)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in _LOOKS and self._plot is not None:
            self._plot.set_look(self._look())
            self.draw_soon()

    def _lay_out(self, placeholder: str) -> None:
        self.setMinimumSize(300, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._empty = QLabel(placeholder)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setFont(theme.heading_font())
        self._page = QWidget()
        self._page.setBackgroundRole(QPalette.ColorRole.Base)
        self._page.setAutoFillBackground(True)
        self.legend = QLabel(textFormat=Qt.TextFormat.RichText, wordWrap=True)
        self.legend.setContentsMargins(12, 4, 12, 0)
        self.legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._column = QVBoxLayout(self._page)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.legend)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._page)

    def _take(self, plot: Plot) -> None:
        from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg

        canvas = FigureCanvasQTAgg(plot.figure)
        canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        canvas.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        canvas.setPalette(QPalette())  # matplotlib's own is white, all that lies over it had that
        canvas.setMinimumSize(1, 1)
        self._canvas, self._plot = canvas, plot
        plot.set_look(self._look())
        canvas.mpl_connect("resize_event", self._resized)
        canvas.mpl_connect("draw_event", lambda _event: self.drawn())
        self._column.addWidget(canvas, 1)
        canvas.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._resize = SteadyResize(canvas)
        self._resize.settled.connect(self.draw_soon)
        self.taken(canvas)
        self.mark_dirty()

    def _draw_if_dirty(self) -> None:
        if not self._dirty or self._canvas is None or not self.isVisible():
            return
        self._dirty = False
        self._timer.setInterval(_REDRAW_MILLISECONDS)
        if not self.has_data():
            self._stack.setCurrentWidget(self._empty)
            return
        self._stack.setCurrentWidget(self._page)
        started = perf_counter()
        self.draw(self._canvas)
        rest = round(1000 * _REST * (perf_counter() - started))
        self._timer.setInterval(min(max(_REDRAW_MILLISECONDS, rest), _LONGEST_MILLISECONDS))

    def _resized(self, _event: Any) -> None:
        if self._plot is not None and self._canvas is not None:
            self._plot.set_size(max(self._canvas.width(), 1), max(self._canvas.height(), 1))

    def _look(self) -> PlotLook:
        palette = self.palette()
        colors = {name: theme.data_color(name, palette).name() for name in DATA_COLORS}
        colors["base"] = palette.color(QPalette.ColorRole.Base).name()
        colors["text"] = palette.color(QPalette.ColorRole.Text).name()
        colors["grid"] = palette.color(QPalette.ColorRole.Midlight).name()
        pixels = QFontInfo(theme.small_font()).pixelSize()
        return PlotLook(colors, max(pixels, 10) * 72 / _DPI)


def _made(make: Callable[[Figure], Plot], look: PlotLook) -> Work:
    """Import matplotlib, make the figure and draw it once, which reads the list of fonts and
    makes ticks and labels: half a second that the window's thread need not wait."""

    def work(_stop: threading.Event, _progress: Progress) -> Plot:
        import matplotlib.backends.backend_qtagg  # so that it is there when it is needed
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        matplotlib.rcdefaults()  # a person's matplotlibrc is for their own figures
        plot = make(Figure(dpi=_DPI))
        plot.set_look(look)
        FigureCanvasAgg(plot.figure).draw()
        return plot

    return work
