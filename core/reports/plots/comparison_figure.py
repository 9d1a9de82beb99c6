"""One figure with the curves of several runs, each in its own colour, and their values at a place.

Importing this module does not import matplotlib. Pixels are logical ones.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from core.reports.plots.points import finite, nice_ceiling
from core.reports.plots.style import PlotLook, add_legend, color, is_dark, mark, style
from core.reports.plots.view import Viewport
from core.reports.words import CurveWords
from core.runs.history import Axis, Quantity, Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 18, 12, 42  # pixels around the axes
_BEYOND = 1.02  # times the last point: its mark must not be cut
_APART = 12.0  # pixels along a curve from one mark to the next
_MARK, _BEST = 5.0, 12.0  # points
_PALE = 0.13  # of a band's colour
_UNITS = ((2 * 3600, 3600, "hours"), (120, 60, "minutes"), (0, 1, "seconds"))


@dataclass(frozen=True)
class Shown:
    """What of each run is drawn. ``band`` is the validation accuracy's 95 % interval; ``legend``
    puts names into the figure itself."""

    axis: Axis = "epochs"
    quantity: Quantity = "accuracy"
    validation: bool = True
    train: bool = False
    band: bool = False
    legend: bool = False


@dataclass(frozen=True)
class Curve:
    """One run: its name, its number (from 0), which gives its colour, and its points."""

    name: str
    number: int
    points: Series = field(default_factory=Series)


def best_code(curves: Sequence[Curve]) -> str:
    """Which of ``words.TEMPLATES`` names the kept epoch: whether it was chosen, in every run."""
    chosen = all(one.points.chosen_by in ("accuracy", "loss") for one in curves)
    return "kept_chosen" if chosen else "kept"


class ComparisonFigure:
    """One plot of accuracy or loss; validation solid, training thin and dashed. ``viewport`` is
    which part is looked at."""

    def __init__(self, figure: Figure, words: CurveWords) -> None:
        self.figure = figure
        self._words = words
        self._look = PlotLook({}, 9.0)
        self._curves: tuple[Curve, ...] = ()
        self._shown = Shown()
        self.axes: Axes = figure.add_subplot(1, 1, 1)
        self.viewport = Viewport([self.axes], self._moved)
        self._rings: list[Line2D] = []
        self.lines: dict[tuple[int, str], Line2D] = {}

    def set_look(self, look: PlotLook) -> None:
        """Take other colours or another size of text."""
        self._look = look
        style(self.figure, (self.axes,), look)
        self._draw()

    def set_size(self, width: float, height: float) -> None:
        """Lay the plot out in ``width`` x ``height`` logical pixels."""
        self.viewport.width, self.viewport.height = width, height
        across, up = max(width - _LEFT - _RIGHT, 2.0), max(height - _TOP - _BOTTOM, 2.0)
        self.axes.set_position((_LEFT / width, _BOTTOM / height, across / width, up / height))
        self._fit_marks()

    def show(self, curves: Sequence[Curve], shown: Shown) -> None:
        """Show these curves in place of what was shown; draws nothing."""
        self._curves, self._shown = tuple(curves), shown
        self._draw()

    def place_of(self, x: float) -> float:
        """Where a curve's ``x`` stands on the axis, whose unit of time fits the longest run."""
        return x / self._unit[0]

    # -- the artists ------------------------------------------------------------------------

    def _draw(self) -> None:
        if not self._look.colors:
            return
        for artist in (*self.axes.lines, *self.axes.collections):
            artist.remove()
        self._rings, self.lines = [], {}
        if (legend := self.axes.get_legend()) is not None:
            legend.remove()
        for curve in self._curves:
            self._draw_curve(curve)
        self._set_axes()
        self._fit_marks()
        if self._shown.legend:
            self._draw_legend()

    def _draw_curve(self, curve: Curve) -> None:
        points, shown, axes = curve.points, self._shown, self.axes
        tint, sign = color(curve.number, is_dark(self._look)), mark(curve.number)
        x = [value / self._unit[0] for value in points.x]
        if shown.band and points.low:
            low, high = self._scaled(points.low), self._scaled(points.high)
            axes.fill_between(x, low, high, color=tint, alpha=_PALE, lw=0, zorder=1)
        if shown.train:
            train = self._scaled(points.train)
            (line,) = axes.plot(x, train, lw=1.1, ls="--", color=tint, zorder=3)
            self.lines[curve.number, "train"] = line
        if not shown.validation:
            return
        values = self._scaled(points.validation)
        (line,) = axes.plot(x, values, lw=2.0, marker=sign, mew=0, color=tint, zorder=4)
        self.lines[curve.number, "validation"] = line
        if (at := points.best) is not None:
            ring = axes.plot(x[at], values[at], sign, ms=_BEST, mfc="none", mec=tint, zorder=5)
            ring[0].set_markeredgewidth(1.6)
            self._rings += ring

    @property
    def _unit(self) -> tuple[float, str]:
        """What x is divided by, and the axis' word."""
        if self._shown.axis != "time":
            return 1.0, self._shown.axis
        last = max((one.points.x[-1] for one in self._curves if one.points.x), default=0.0)
        return next((float(unit), word) for least, unit, word in _UNITS if last >= least)

    def _scaled(self, values: Sequence[float]) -> list[float]:
        factor = 100.0 if self._shown.quantity == "accuracy" else 1.0
        return [factor * value for value in values]

    def _set_axes(self) -> None:
        from matplotlib.ticker import AutoLocator, FuncFormatter, MaxNLocator, ScalarFormatter

        self.axes.set_ylabel(self._words.say(self._shown.quantity))
        self.axes.set_xlabel(self._words.say(self._unit[1]))
        axis, count = self.axes.xaxis, self._words.count
        whole = MaxNLocator(10, integer=True, steps=[1, 2, 5, 10], min_n_ticks=1)
        axis.set_major_locator(whole if self._shown.axis == "epochs" else AutoLocator())
        axis.set_major_formatter(
            FuncFormatter(lambda value, _place: count(round(value)))
            if self._shown.axis == "pictures"
            else ScalarFormatter()
        )
        last = max((one.points.x[-1] for one in self._curves if one.points.x), default=1.0)
        self.viewport.show(axis, 0.0, max(last / self._unit[0], 1e-9) * _BEYOND)
        self.viewport.show(self.axes.yaxis, *self._y_limits())
        self._moved()

    def _moved(self) -> None:
        for ring in self._rings:  # at the edge a ring must not be cut, nor be seen beyond it
            ring.set_clip_on(not self.viewport.is_whole)

    def _y_limits(self) -> tuple[float, float]:
        """Accuracies from a round number below the lowest, losses from nothing."""
        drawn: list[Any] = [line.get_ydata() for line in self.lines.values()]
        if self._shown.band:
            drawn += [self._scaled(one.points.low) for one in self._curves]
        values = finite(chain.from_iterable(drawn))
        if self._shown.quantity == "accuracy":
            lowest = min(values, default=0.0)
            return max(0.0, 10 * (lowest // 10) - 5 if lowest >= 20 else 0.0), 102.0
        highest = max(values, default=0.0)
        return 0.0, nice_ceiling(highest) if highest > 0 else 1.0

    def _fit_marks(self) -> None:
        """A mark for each epoch where they stand apart; else one here and there, evenly."""
        for (_, part), line in self.lines.items():
            if part == "validation":
                _, _, width, height = self.viewport.box(self.axes)
                line.set(markevery=_APART / math.hypot(width, height), markersize=_MARK)

    def _draw_legend(self) -> None:
        from matplotlib.lines import Line2D

        dark, colors = is_dark(self._look), self._look.colors
        marks = [
            Line2D([], [], color=color(one.number, dark), marker=mark(one.number), lw=2, mew=0)
            for one in self._curves
        ]
        names = [one.name for one in self._curves]
        if self._shown.validation:
            ring = Line2D([], [], color=colors["text"], lw=0, marker="o", mfc="none", ms=_BEST)
            marks.append(ring)
            names.append(self._words.say(best_code(self._curves)))
        if self._shown.train:
            marks.append(Line2D([], [], color=colors["text"], lw=1.1, ls="--"))
            names.append(self._words.say("train"))
        if self._shown.band and any(one.points.low for one in self._curves):
            marks.append(Line2D([], [], color=colors["text"], lw=_BEST, alpha=_PALE))
            names.append(self._words.say("band"))
        legend = add_legend(self.axes, zip(marks, names, strict=True), self._look, loc="best")
        legend.get_frame().set(facecolor=colors["base"], edgecolor=colors["grid"], alpha=0.85)


@dataclass(frozen=True)
class Row:
    """One run: the place in its points of the epoch that was the last to end by then, None where
    none had; ``ended``: the run's epochs were all over before."""

    curve: Curve
    place: int | None
    ended: bool


@dataclass(frozen=True)
class ComparisonReading:
    """All runs at ``x``, where an epoch of some run ended."""

    x: float
    rows: tuple[Row, ...]


def places(curves: Sequence[Curve]) -> list[float]:
    """Where any run's epoch ended, in order."""
    return sorted({x for one in curves for x in one.points.x})


def reading(curves: Sequence[Curve], x: float) -> ComparisonReading | None:
    """What all runs had reached at the place nearest to ``x``; None without any epoch."""
    there = places(curves)
    if not there:
        return None
    nearest = min(there, key=lambda one: abs(one - x))
    return ComparisonReading(nearest, tuple(_row(one, nearest) for one in curves))


def _row(curve: Curve, x: float) -> Row:
    ends = curve.points.x
    after = bisect_right(ends, x)
    return Row(curve, after - 1 if after else None, bool(ends) and ends[-1] < x)
