"""One pair of axes of a run's figure: what it shows, and which part of it is looked at.

Nothing here imports matplotlib when it is itself imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.reports.plots.points import Curves, Line
from core.reports.plots.style import PlotLook
from core.reports.plots.view import Scale

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.patches import Polygon

_FEW, _LARGE_DOT, _SMALL_DOT = 100, 3.5, 2.0  # the first batches must be seen
_TRAIN_WIDTH, _TRAIN_DOT, _VALIDATION_WIDTH, _VALIDATION_DOT = 1.3, 3.5, 2.2, 5.0  # points
_RAW_WIDTH, _FAINT, _BAND = 0.9, 0.4, 0.16


class Panel:
    """The curves of accuracy, or of loss."""

    def __init__(self, axes: Axes, low: float, high: float) -> None:
        self.axes = axes
        self.scale = Scale(axes, low, high)
        self.band: Polygon = axes.fill([], [], lw=0, alpha=_BAND, zorder=1)[0]
        self.batches: Line2D = axes.plot([], [], ls="", marker="o", mew=0, alpha=0.4, zorder=1)[0]
        self.batches_smoothed: Line2D = axes.plot([], [], lw=_RAW_WIDTH, alpha=0.8, zorder=2)[0]
        self.train_raw: Line2D = axes.plot([], [], lw=_RAW_WIDTH, alpha=_FAINT, zorder=2)[0]
        self.validation_raw: Line2D = axes.plot([], [], lw=_RAW_WIDTH, alpha=_FAINT, zorder=2)[0]
        self.train: Line2D = axes.plot([], [], lw=_TRAIN_WIDTH, marker="o", mew=0, zorder=3)[0]
        self.validation: Line2D = axes.plot(
            [], [], lw=_VALIDATION_WIDTH, marker="o", mew=0, zorder=4
        )[0]
        self.best: Line2D = axes.plot([], [], ls="", marker="*", ms=13, zorder=5, clip_on=False)[0]

    def artists(self) -> tuple[Artist, ...]:
        """All that is drawn anew for every point."""
        return (
            self.band,
            self.batches,
            self.batches_smoothed,
            self.train_raw,
            self.validation_raw,
            self.train,
            self.validation,
            self.best,
        )

    def set_look(self, look: PlotLook) -> None:
        """Take other colours."""
        colors = look.colors
        for line in (self.batches, self.batches_smoothed, self.train_raw, self.train):
            line.set_color(colors["train"])
        for line in (self.validation_raw, self.validation):
            line.set_color(colors["validation"])
        self.band.set_color(colors["validation"])
        self.best.set(color=colors["best"], markeredgecolor=colors["base"])

    def set_dots(self, apart: bool) -> None:
        """Give each epoch a dot where they stand ``apart``, and else none wider than the line,
        which would look like a caterpillar."""
        self.train.set_markersize(_TRAIN_DOT if apart else _TRAIN_WIDTH)
        self.validation.set_markersize(_VALIDATION_DOT if apart else _VALIDATION_WIDTH)

    def set_batches(self, points: Line, smoothed: Line) -> None:
        """The single batches, and a line through them."""
        self.batches.set_data(*points)
        self.batches.set_markersize(_LARGE_DOT if len(points[0]) < _FEW else _SMALL_DOT)
        _give(self.batches_smoothed, *smoothed)

    def set_epochs(self, raw: Curves, smoothed: Curves | None) -> None:
        """The epochs' curves; where they are smoothed, the raw ones stay, faint."""
        shown = smoothed or raw
        self.train.set_data(shown.x, shown.train)
        self.validation.set_data(shown.x, shown.validation)
        behind = raw if smoothed else Curves([], [], [])
        _give(self.train_raw, behind.x, behind.train)
        _give(self.validation_raw, behind.x, behind.validation)

    def set_best(self, x: int | None, value: float) -> None:
        """Mark an epoch, or none."""
        self.best.set_data([x] if x is not None else [], [value] if x is not None else [])


def _give(line: Line2D, x: Sequence[float], y: Sequence[float]) -> None:
    """Data for a line that is seldom there: without, it costs no drawing."""
    line.set_data(x, y)
    line.set_visible(bool(x))


def set_band(
    band: Polygon, x: Sequence[float], low: Sequence[float], high: Sequence[float]
) -> None:
    """Fill the room between two lines over ``x``."""
    import numpy as np

    if len(x) == 1:  # a lone epoch's interval must be seen too
        x, low, high = (x[0] - 0.08, x[0] + 0.08), (low[0], low[0]), (high[0], high[0])
    corners = [*zip(x, low, strict=True), *zip(reversed(x), reversed(high), strict=True)]
    band.set_xy(np.array(corners, dtype=float).reshape(-1, 2) if corners else np.zeros((1, 2)))
