"""A canvas whose curves are read, zoomed and moved by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor

from core.reports.plots.view import Scaled, ViewedFigure
from gui.controls.curve_readout import CurveReadout
from gui.controls.plot_canvas import PlotCanvas
from gui.controls.pointed_canvas import CurvePointer, Dot

if TYPE_CHECKING:
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg


@dataclass(frozen=True)
class Mark:
    """What the curves say at ``x``: for the card (HTML), for a screen reader, and as dots on the
    curves: in which pair of axes, how high, in which colour."""

    x: float
    words: str
    spoken: str
    dots: Sequence[tuple[Scaled, float, QColor]] = ()


class PointedCanvas(PlotCanvas):
    """The wheel zooms, dragging frames a part, and then moves it, and a double click shows all
    again. A card says what stands where the pointer is; arrow keys move it from one to the next.

    Signal: ``view_changed`` when another part is in view; see ``is_whole``.
    """

    view_changed = Signal()

    # Set here and not in __init__: Qt may ask before that has come so far.
    pointer: CurvePointer | None = None
    readout: CurveReadout | None = None
    _pointed: float | None = None
    _mark: Mark | None = None

    @property
    def viewed(self) -> ViewedFigure | None:
        """The plot; None until matplotlib is there."""
        raise NotImplementedError

    def mark_at(self, x: float) -> Mark | None:
        """What stands nearest to ``x``, or None."""
        raise NotImplementedError

    def step_from(self, x: float | None, by: int) -> float | None:
        """The next place after ``x`` that can be read, or (``by`` -1) the one before; without
        ``x`` the last one; None without any."""
        raise NotImplementedError

    @property
    def is_whole(self) -> bool:
        """Whether all that there is is in view."""
        return self.viewed is None or self.viewed.axes.is_whole

    def look_at_all(self) -> None:
        """Show all of it again."""
        if self.viewed is not None and not self.is_whole:
            self.viewed.look_at_all()
            self._moved()

    def point_away(self) -> None:
        """Read nothing any more."""
        self._pointed = self._mark = None
        if self.pointer is not None and self.readout is not None:
            self.pointer.hide_mark()
            self.readout.hide()

    def show_mark(self) -> None:
        """Read what is pointed at, as it is drawn now."""
        plot, pointer, card = self.viewed, self.pointer, self.readout
        if plot is None or pointer is None or card is None or self._pointed is None:
            return
        mark = self.mark_at(self._pointed)
        if mark is None or not plot.axes.is_in_view(mark.x):
            self.point_away()
            return
        self._mark = mark
        x = plot.axes.pixel_of(mark.x)
        heights = ((plot.axes.height_of(panel, value), tint) for panel, value, tint in mark.dots)
        dots: list[Dot] = [(x, height, tint) for height, tint in heights if height is not None]
        pointer.show_mark(x, *plot.axes.extent, dots)
        card.show_words(mark.words, x)

    # -- the hand ---------------------------------------------------------------------------

    def taken(self, canvas: FigureCanvasQTAgg) -> None:
        pointer = self.pointer = CurvePointer(canvas, lambda: self.is_whole)
        words = self.tr("Curves: arrow keys read one epoch after the other")
        pointer.setAccessibleName(words)
        canvas.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, False)
        self.readout = CurveReadout(pointer)
        pointer.pointed.connect(self._point)
        pointer.left.connect(self.point_away)
        pointer.stepped.connect(self._step)
        pointer.zoomed.connect(lambda *where: self._change_view("zoom", *where))
        pointer.framed.connect(lambda *where: self._change_view("zoom_into", *where))
        pointer.panned.connect(lambda *where: self._change_view("pan", *where))
        pointer.whole.connect(self.look_at_all)

    def _change_view(self, how: str, *where: float) -> None:
        if self.viewed is not None and self.has_data():
            getattr(self.viewed, how)(*where)
            self._moved()

    def _moved(self) -> None:
        self.draw_soon()
        self.view_changed.emit()

    def _point(self, x: float, y: float) -> None:
        plot = self.viewed
        if plot is None or not plot.axes.covers(x, y):
            self.point_away()
            return
        self._pointed = plot.axes.x_at(x)
        self.show_mark()

    def _step(self, by: int) -> None:
        self._pointed = self.step_from(self._mark.x if self._mark is not None else None, by)
        self.show_mark()
        if self._mark is not None and self.pointer is not None:
            self.pointer.setAccessibleDescription(self._mark.spoken)
