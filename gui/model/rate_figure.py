"""Loss against learning rate as matplotlib artists that are made once and then given data.

Nothing here imports matplotlib when it is itself imported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.reports.plots.points import nice_ceiling
from core.reports.plots.style import PlotLook, style
from core.training.rate_curve import HIGHEST, LOWEST, RateTried

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.text import Annotation

_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 18, 22, 44  # pixels around the axes
_EMPTY_LOSS = 1.0
_NEAR = 50  # times an end of the axis: there is no room for words beyond
_RATES = [10.0**power for power in range(-7, 2)]


@dataclass(frozen=True)
class RateWords:
    """The figure's texts, in the window's language; ``tick`` writes a rate."""

    loss: str
    rate: str
    suggested: Callable[[float], str]
    present: Callable[[float], str]
    tick: Callable[[float], str]


class RateFigure:
    """One axis: each step's loss as a point, smoothed as a line; the rate that the recipe has,
    and the one that is suggested."""

    def __init__(self, figure: Figure, words: RateWords) -> None:
        self.figure = figure
        self._words = words
        self._size = (0.0, 0.0)
        self.axes: Axes = figure.add_subplot()
        self.steps: Line2D = self.axes.plot([], [], ls="", marker="o", ms=3, mew=0, alpha=0.45)[0]
        self.smoothed: Line2D = self.axes.plot([], [], lw=2.2, zorder=4)[0]
        self.present: Line2D = self.axes.axvline(1, ls="--", lw=1.2, zorder=2, visible=False)
        self.suggested: Line2D = self.axes.axvline(1, lw=1.6, zorder=3, visible=False)
        self.point: Line2D = self.axes.plot([], [], ls="", marker="*", ms=14, zorder=5)[0]
        self.present_label = self._label(0.03, "bottom")
        self.suggested_label = self._label(0.97, "top")
        self._set_up_axes()

    def _label(self, height: float, side: str) -> Annotation:
        """A text beside an upright line, at a share of the axis' ``height``."""
        return self.axes.annotate(
            "",
            (1, height),
            (0, 0),
            xycoords=self.axes.get_xaxis_transform(),
            textcoords="offset points",
            va=side,
            zorder=6,
        )

    def _set_up_axes(self) -> None:
        from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

        self.axes.set_xscale("log")
        self.axes.set_xlim(LOWEST, HIGHEST)
        self.axes.set_ylim(0, _EMPTY_LOSS)
        self.axes.xaxis.set_major_locator(FixedLocator(_RATES))
        self.axes.xaxis.set_minor_locator(NullLocator())
        self.axes.xaxis.set_major_formatter(FuncFormatter(lambda rate, _: self._words.tick(rate)))
        self.axes.yaxis.set_major_locator(MaxNLocator(6))
        self.axes.set_xlabel(self._words.rate)
        self.axes.set_ylabel(self._words.loss)

    def set_look(self, look: PlotLook) -> None:
        """Take other colours or another size of text."""
        colors = look.colors
        style(self.figure, (self.axes,), look)
        self.steps.set_color(colors["train"])
        self.smoothed.set_color(colors["train"])
        self.point.set(color=colors["best"], markeredgecolor=colors["base"])
        for line, label, name, weight in (
            (self.present, self.present_label, "baseline", "normal"),
            (self.suggested, self.suggested_label, "best", "bold"),
        ):
            line.set_color(colors[name])
            label.set(color=colors[name], fontsize=look.points, fontweight=weight)
            label.set_bbox({"fc": colors["base"], "ec": "none", "pad": 0.5, "alpha": 0.8})

    def set_size(self, width: float, height: float) -> None:
        """Lay the axis out in ``width`` x ``height`` logical pixels."""
        if (width, height) == self._size:
            return
        self._size = width, height
        across, up = max(width - _LEFT - _RIGHT, 2.0), max(height - _TOP - _BOTTOM, 2.0)
        self.axes.set_position((_LEFT / width, _BOTTOM / height, across / width, up / height))

    def show(
        self, tried: Sequence[RateTried], present: float | None, suggested: float | None
    ) -> None:
        """Give the artists their data: the steps, the recipe's rate, the suggestion."""
        rates = [one.rate for one in tried]
        smoothed = [one.smoothed for one in tried]
        self.steps.set_data(rates, [one.loss for one in tried])
        self.smoothed.set_data(rates, smoothed)
        highest = max(smoothed, default=0.0)
        self.axes.set_ylim(0, nice_ceiling(highest) if highest > 0 else _EMPTY_LOSS)
        is_lower = present is None or suggested is None or present < suggested
        _mark(self.present, self.present_label, present, self._words.present, is_lower)
        _mark(self.suggested, self.suggested_label, suggested, self._words.suggested, not is_lower)
        near = [] if suggested is None else [_nearest(tried, suggested)]
        self.point.set_data([one.rate for one in near], [one.smoothed for one in near])


def _nearest(tried: Sequence[RateTried], rate: float) -> RateTried:
    """The step whose rate is the fewest times as large, or as small."""
    return min(tried, key=lambda one: max(one.rate / rate, rate / one.rate))


def _mark(
    line: Line2D,
    label: Annotation,
    rate: float | None,
    words: Callable[[float], str],
    is_left: bool,
) -> None:
    """Put ``line`` at ``rate`` and ``label`` to one side of it, the other one near an end."""
    line.set_visible(rate is not None)
    label.set_text("" if rate is None else words(rate))
    if rate is None:
        return
    line.set_xdata([rate, rate])
    label.xy = (rate, label.xy[1])
    is_left = rate > HIGHEST / _NEAR or (is_left and rate > LOWEST * _NEAR)
    label.set_horizontalalignment("right" if is_left else "left")
    label.xyann = (-5 if is_left else 5, 0)
