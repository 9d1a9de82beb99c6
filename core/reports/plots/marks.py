"""The marks in a run's figure that words belong to: stages, the best epoch, overfitting."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING, Any, Literal

from core.reports.plots.points import stage_starts
from core.reports.plots.style import PlotLook
from core.reports.plots.view import Viewport
from core.reports.words import CurveWords
from core.runs.history import History, Series, overfitting

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.patches import Polygon
    from matplotlib.text import Annotation, Text

_Side = Literal["left", "center", "right"]
_PIXELS_PER_POINT = 96 / 72
_LETTER = 0.62  # of the size of the text is a letter's width at most, on average
_AIR = 10  # pixels between a mark and its words
_ABOVE = 7  # points from a mark up to its words


def fitting(texts: Sequence[str], room: float, points: float) -> str:
    """The first of ``texts`` that ``room`` pixels hold at that size, or none."""
    letter = points * _PIXELS_PER_POINT * _LETTER
    return next((text for text in texts if len(text) * letter < room), "")


def label(axes: Axes, offset: tuple[float, float], **how: Any) -> Annotation:
    """A text whose ``xy`` is a point of the data, ``offset`` (in points) away from it."""
    return axes.annotate("", (0, 0), offset, textcoords="offset points", zorder=6, **how)


def paint(text: Text, color: str, look: PlotLook, weight: str = "normal", **ground: Any) -> None:
    """Give ``text`` that colour of ``look``, its size, and a ``ground`` on which it is read."""
    text.set(color=look.colors[color], fontsize=look.points, fontweight=weight)
    text.set_bbox({"fc": look.colors["base"], "ec": "none", "pad": 0.5, "alpha": 0.75, **ground})


def set_band(
    band: Polygon, x: Sequence[float], low: Sequence[float], high: Sequence[float]
) -> None:
    """Fill the room between two lines over ``x``."""
    import numpy as np

    if len(x) == 1:  # a lone epoch's interval must be seen too
        x, low, high = (x[0] - 0.08, x[0] + 0.08), (low[0], low[0]), (high[0], high[0])
    corners = [*zip(x, low, strict=True), *zip(reversed(x), reversed(high), strict=True)]
    band.set_xy(np.array(corners, dtype=float).reshape(-1, 2) if corners else np.zeros((1, 2)))


class StageMarks:
    """A line where each later stage begins, and above the first axes what each one trains."""

    def __init__(self, panels: Sequence[Axes], words: CurveWords) -> None:
        self._axes, self._words = panels, words
        self.starts: tuple[tuple[int, tuple[int, ...], int], ...] = ()
        self._depth = 0
        self._look = PlotLook({}, 9.0)
        self.boundaries: list[Line2D] = []
        self.labels: list[Text] = []

    def show(self, history: History) -> None:
        """Take the stages of ``history``."""
        self._depth = history.started.depth if history.started else 0
        if self.starts == (starts := stage_starts(history)):
            return
        self.starts = starts
        for artist in (*self.boundaries, *self.labels):
            artist.remove()
        self.boundaries = [
            axes.axvline(start, ls=":", lw=1.4, zorder=2)
            for start, _, _ in starts
            if start > 0
            for axes in self._axes
        ]
        top = self._axes[0]
        self.labels = [
            top.text(start, 1.02, "", va="bottom", ha="left", transform=top.get_xaxis_transform())
            for start, _, _ in starts
        ]
        self.set_look(self._look)

    def set_look(self, look: PlotLook) -> None:
        """Take other colours or another size of text."""
        self._look = look
        for line in self.boundaries:
            line.set_color(look.colors["stage"])
        for text in self.labels:
            text.set(color=look.colors["stage"], fontsize=look.points)

    def fit(self, view: Viewport, last: float) -> None:
        """The longest text of each stage that its part of the ``view`` has room for."""
        ends = [start for start, _, _ in self.starts[1:]] + [last]
        for number, text in enumerate(self.labels, start=1):
            start, thawed, parameters = self.starts[number - 1]
            texts = self._words.stage(number, thawed, self._depth, parameters)
            room = view.room(start, ends[number - 1])
            text.set_text(fitting(texts, room, self._look.points))
            text.set_x(max(start, view.limits[0]))


class BestMark:
    """Words at the epoch whose weights are kept: how it was chosen, and on what. They stand
    above the ``curves``, where the axes are high enough, and never hide them there."""

    def __init__(self, axes: Axes, curves: Sequence[Line2D], words: CurveWords) -> None:
        self._axes, self._curves, self._words = axes, curves, words
        self._points = 9.0
        self.label = label(axes, (0, _ABOVE))

    def set_look(self, look: PlotLook) -> None:
        """Take other colours or another size of text."""
        self._points = look.points
        paint(self.label, "best", look, "bold", pad=0.45)

    def show(self, losses: Series, view: Viewport) -> None:
        """Stand at the kept epoch of ``losses``, or nowhere."""
        if losses.best is None:
            self.label.set_text("")
            return
        x, loss = round(losses.x[losses.best]), losses.validation[losses.best]
        start, end = view.limits
        left, right = view.room(start, x), view.room(x, end)
        both = 2 * min(left, right)
        side: _Side = "center" if both > 0.4 * view.pixels else "left" if left < right else "right"
        room = {"center": both, "left": right, "right": left}[side]
        texts = self._words.best(x, losses.chosen_by)
        text = fitting(texts, room, 1.1 * self._points) or texts[-1]
        self.label.set_text(text)
        self.label.set_horizontalalignment(side)
        self.label.xy = (x, loss)
        wide = len(text) * 1.1 * self._points * _PIXELS_PER_POINT * _LETTER
        wide *= (end - start) / max(view.pixels, 1.0)
        start = x - {"center": wide / 2, "left": 0.0, "right": wide}[side]
        self.label.set_position((0, _ABOVE + self._lift(loss, start, start + wide)))

    def _lift(self, loss: float, start: float, end: float) -> float:
        """Points from ``loss`` up to the highest curve from epoch ``start`` to ``end``; 0 where
        words above that would leave the axes."""
        import numpy as np

        levels = [loss]
        for curve in self._curves:
            x, y = (np.asarray(one, dtype=float) for one in curve.get_data())
            seen = x[np.isfinite(y)], y[np.isfinite(y)]
            if len(seen[0]):
                at = np.clip([start, end], seen[0][0], seen[0][-1])
                between = (seen[0] >= start) & (seen[0] <= end)
                levels += [*np.interp(at, *seen), *seen[1][between]]
        turned = self._axes.transData.transform([(0, loss), (0, max(levels))])[:, 1]
        points = 72 / self._axes.figure.dpi
        lift = float(turned[1] - turned[0]) * points
        room = float(self._axes.bbox.y1 - turned[0]) * points - _ABOVE - 1.5 * self._points
        return lift if 0 < lift <= room else 0.0


class OverfittingMark:
    """A line at the epoch where a run is seen to overfit, with words, and the gap shaded that
    has opened between training and validation loss."""

    def __init__(self, axes: Axes, words: CurveWords) -> None:
        self._words = words
        self._points = 9.0
        self.line: Line2D = axes.axvline(0, ls="-.", lw=1.4, zorder=3, visible=False)
        self.gap = axes.fill([], [], lw=0, alpha=0.14, zorder=1)[0]
        above = {"xycoords": axes.get_xaxis_transform(), "annotation_clip": False}
        self.label = label(axes, (0, -4), va="top", **above)

    def set_look(self, look: PlotLook) -> None:
        """Take other colours or another size of text."""
        self._points = look.points
        self.line.set_color(look.colors["wrong"])
        self.gap.set_color(look.colors["wrong"])
        paint(self.label, "wrong", look, "bold")

    def show(self, history: History, losses: Series, view: Viewport) -> None:
        """Stand where ``history`` is seen to overfit, or nowhere."""
        found = overfitting(history)
        self.label.set_text("")
        self.line.set_visible(found is not None and view.is_in_view(found.epoch))
        rows = zip(losses.x, losses.train, losses.validation, strict=True)
        gap = [
            (x, low, high)
            for x, low, high in rows
            if found and found.lowest <= x <= found.last and -inf < low < high < inf
        ]
        set_band(self.gap, *([one[i] for one in gap] for i in range(3)))
        if found is None or not self.line.get_visible():
            return
        x = found.epoch
        self.line.set_xdata([x, x])
        start, end = view.limits
        left, right = view.room(start, x) - _AIR, view.room(x, end) - _AIR
        side: _Side = "left" if right >= left else "right"
        texts = self._words.overfitting(found.best)
        self.label.set_text(fitting(texts, max(left, right), 1.1 * self._points))
        self.label.set_horizontalalignment(side)
        self.label.set_position((5 if side == "left" else -5, -4))
        self.label.xy = (x, 1)
