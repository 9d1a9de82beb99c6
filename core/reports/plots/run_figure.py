"""The figure of one run: curves of accuracy, loss and learning rates as matplotlib artists.

Artists are made once and then only given data. The blank axes, ticks and labels are drawn only
when they change; a new point costs a copy of that image and the lines. The learning rates have
a logarithmic axis of their own, below the other curves.

Importing this module does not import matplotlib. Pixels are logical ones, counted from the
figure's left and top.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from core.reports.plots.points import (
    BatchPoints,
    CurveOptions,
    Line,
    finite,
    nice_ceiling,
    nice_floor,
    smoothed_by_stage,
    stage_starts,
)
from core.reports.plots.style import PlotLook, style
from core.reports.plots.view import Viewport
from core.reports.words import CurveWords
from core.runs.history import History, Quantity, Series, overfitting, series

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Polygon
    from matplotlib.text import Annotation, Text

# -- the marks that words belong to -----------------------------------------------------------

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
            if found and found.lowest <= x <= found.last and -math.inf < low < high < math.inf
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


# -- the curves -------------------------------------------------------------------------------

_FEW, _LARGE_DOT, _SMALL_DOT = 100, 3.5, 2.0  # the first batches must be seen
_TRAIN_WIDTH, _TRAIN_DOT, _VALIDATION_WIDTH, _VALIDATION_DOT = 1.3, 3.5, 2.2, 5.0  # points
_RAW_WIDTH, _FAINT, _BAND = 0.9, 0.4, 0.16


class Panel:
    """The curves of accuracy in percent, or of loss."""

    def __init__(self, axes: Axes, quantity: Quantity) -> None:
        self.axes, self.quantity = axes, quantity
        self.points = Series()
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
        self.artists: tuple[Artist, ...] = (self.band, *axes.lines)

    def set_look(self, look: PlotLook) -> None:
        """Take other colours."""
        colors = look.colors
        for line in (self.batches, self.batches_smoothed, self.train_raw, self.train):
            line.set_color(colors["train"])
        for artist in (self.band, self.validation_raw, self.validation):
            artist.set_color(colors["validation"])
        self.best.set(color=colors["best"], markeredgecolor=colors["base"])

    def set_dots(self, apart: bool) -> None:
        """Give each epoch a dot where they stand ``apart``, and else none wider than the line,
        which would look like a caterpillar."""
        self.train.set_markersize(_TRAIN_DOT if apart else _TRAIN_WIDTH)
        self.validation.set_markersize(_VALIDATION_DOT if apart else _VALIDATION_WIDTH)

    def show(self, history: History, batches: BatchPoints, weight: float) -> None:
        """Take the single batches, the epochs' curves and the kept one; where they are smoothed,
        which they are by ``weight``, the raw curves stay, faint."""
        x, values = batches.line(self.quantity)
        self.batches.set_data(x, values)
        self.batches.set_markersize(_LARGE_DOT if len(x) < _FEW else _SMALL_DOT)
        if weight:
            self.batches_smoothed.set_data(*batches.smoothed(self.quantity, weight))
        points = self.points = _in_percent(series(history, "epochs", self.quantity))
        for line, raw, curve in (
            (self.train, self.train_raw, points.train),
            (self.validation, self.validation_raw, points.validation),
        ):
            line.set_data(points.x, smoothed_by_stage(history, curve, weight))
            raw.set_data(points.x, curve)
        for one in (self.batches_smoothed, self.train_raw, self.validation_raw):
            one.set_visible(weight > 0)  # without, it costs no drawing
        kept = slice(points.best, points.best + 1) if points.best is not None else slice(0)
        self.best.set_data(points.x[kept], points.validation[kept])
        if self.quantity == "accuracy":
            set_band(self.band, points.x, points.low, points.high)


def _in_percent(points: Series) -> Series:
    """``points`` of accuracy in percent; losses, which have no interval, as they are."""
    if not points.low:
        return points
    lines = points.train, points.validation, points.low, points.high
    train, validation, low, high = (tuple(100 * one for one in line) for line in lines)
    return replace(points, train=train, validation=validation, low=low, high=high)


_EMPTY_RATES = (1e-5, 1e-2)
_MOST_DECADES = 1e6  # a schedule that falls to nothing would squeeze all else
_ASIDE = 4  # points from a line's beginning to its words
_COLORS = {"head": "training", "backbone": "thawed"}
RateName = Literal["head", "backbone"]


class RatePanel:
    """The head's rate and the ConvNet's at each batch; each is named at its line's beginning,
    below it: there it stays while the line grows."""

    def __init__(self, axes: Axes, words: CurveWords) -> None:
        self.axes = axes
        self._words = words
        self.lines: dict[RateName, Line2D] = {
            "head": axes.plot([], [], lw=1.6, zorder=3)[0],
            "backbone": axes.plot([], [], lw=1.6, ls=(0, (5, 1.5)), zorder=3)[0],
        }
        self.labels = {name: label(axes, (_ASIDE, -3), va="top", ha="left") for name in self.lines}
        self.artists: tuple[Artist, ...] = tuple(self.lines.values())
        axes.set_ylabel(words.say("rate"))
        axes.set_yscale("log", nonpositive="mask")

    def set_look(self, look: PlotLook) -> None:
        """Take other colours or another size of text."""
        for name, line in self.lines.items():
            line.set_color(look.colors[_COLORS[name]])
            paint(self.labels[name], _COLORS[name], look)

    def show(self, points: BatchPoints, view: Viewport) -> tuple[float, float]:
        """Take the rates of all batches; gives how far the axis is to reach."""
        drawn: list[float] = []
        for name, line in self.lines.items():
            rates = points.line(name)
            line.set_data(*rates)
            self._name(name, rates, view)
            drawn += finite(rates[1])
        if not drawn:
            return _EMPTY_RATES
        low = max(min(drawn), max(drawn) / _MOST_DECADES)
        return nice_floor(low) / 2, 2.5 * nice_floor(max(drawn))

    def _name(self, name: RateName, line: Line, view: Viewport) -> None:
        """Put the words at the first known point in view: below the line, or before it where
        there is no room."""
        label, pairs = self.labels[name], zip(*line, strict=True)
        known = ((x, y) for x, y in pairs if math.isfinite(y) and view.is_in_view(x))
        first = next(known, None)
        words = self._words.say(f"rate_{name}") if first else ""
        label.set_text(words)
        label.xy = first or label.xy
        room = view.room(label.xy[0], view.limits[1])
        fits = fitting((words,), room, float(label.get_fontsize()))
        label.set(ha="left" if fits else "right", position=(_ASIDE if fits else -_ASIDE, -3))


_LEFT, _RIGHT, _TOP, _BOTTOM, _BETWEEN = 62, 14, 24, 42, 14  # pixels around the axes
_SHARES = {False: (0.55, 0.45), True: (0.43, 0.35, 0.22)}  # of the height, without and with rates
_ROOM_FOR_RATES = 280  # pixels of height; below it, accuracy and loss need all
_DECADE = 60  # pixels from one power of ten to the next that leave room between
_LABEL = 48  # pixels from the axes to their names
_APART = 9  # pixels between epochs from which on each has a dot
_BEYOND = 1.01  # times the last epoch: its dot must not be cut
_HIGHEST = 102  # percent: a marker at 100 must not be cut
_EMPTY_LOSS = 1.0
_LOG_ROOM = 1.6  # times the lowest loss: what lies on the axis is not read


class CurveFigure:
    """Accuracy above, loss below it, and the learning rates, where there is room for them, over
    epochs counted through the whole run.

    ``show`` gives the artists a history; then ``needs_all`` says whether the figure must be
    drawn anew, or whether ``draw_lines`` is enough. ``viewport`` is which part is looked at.
    """

    def __init__(
        self, figure: Figure, words: CurveWords, *, animated: bool = True, legend: float = 0.0
    ) -> None:
        """``animated`` figures draw their lines by ``draw_lines`` alone; a file's is not.
        ``legend`` is how many pixels stay free above."""
        accuracy = figure.add_subplot(3, 1, 1)
        loss = figure.add_subplot(3, 1, 2, sharex=accuracy)
        rates = figure.add_subplot(3, 1, 3, sharex=accuracy)
        self.figure = figure
        self.options = CurveOptions()
        self.accuracy, self.loss = Panel(accuracy, "accuracy"), Panel(loss, "loss")
        self.rates = RatePanel(rates, words)
        self.panels = (self.accuracy, self.loss, self.rates)
        self.viewport = Viewport([one.axes for one in self.panels], self._moved)
        self._words = words
        self._top = _TOP + legend
        self._points = BatchPoints()
        self._background: Any = None
        self._look = PlotLook({}, 9.0)
        self._last = 1.0
        self._still: tuple[object, ...] = ()
        self.baseline: Line2D = accuracy.axhline(0, ls="--", lw=1.2, zorder=2, visible=False)
        self.baseline_label = label(accuracy, (-4, 4), annotation_clip=True, ha="right")
        self.baseline_label.set_zorder(2)  # below the curves
        self.stages = StageMarks([one.axes for one in self.panels], words)
        self.best_mark = BestMark(loss, (self.loss.train, self.loss.validation), words)
        self.overfitting = OverfittingMark(loss, words)
        self._set_axes()
        if animated:
            for artist in self._moving():
                artist.set_animated(True)

    def _set_axes(self) -> None:
        from matplotlib.ticker import MaxNLocator

        accuracy, loss = self.accuracy.axes, self.loss.axes
        accuracy.set_ylabel(self._words.say("accuracy"))
        loss.set_ylabel(self._words.say("loss"))
        for one in self.panels:
            one.axes.set_xlabel(self._words.say("epoch"))
        whole = MaxNLocator(10, integer=True, steps=[1, 2, 5, 10], min_n_ticks=1)
        accuracy.xaxis.set_major_locator(whole)
        accuracy.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        self.viewport.show(accuracy.xaxis, 0, _BEYOND)
        self.viewport.show(accuracy.yaxis, 0, _HIGHEST)
        self.viewport.show(loss.yaxis, 0, _EMPTY_LOSS)
        self.viewport.show(self.rates.axes.yaxis, *_EMPTY_RATES)
        self._set_loss_scale()
        self._lay_out()

    def _moving(self) -> Iterator[Artist]:
        """The artists that are drawn anew for every point."""
        for panel in self.panels:
            yield from panel.artists
        yield self.best_mark.label
        yield self.overfitting.gap

    # -- how it looks -----------------------------------------------------------------------

    def set_look(self, look: PlotLook) -> None:
        """Take other colours or another size of text."""
        if look == self._look:
            return
        self._look = look
        self._background = None
        style(self.figure, [one.axes for one in self.panels], look)
        for one in (*self.panels, self.stages, self.best_mark, self.overfitting):
            one.set_look(look)
        self.baseline.set_color(look.colors["baseline"])
        paint(self.baseline_label, "baseline", look, alpha=None)

    def set_options(self, options: CurveOptions) -> None:
        """Look at the curves in another way; ``show`` must follow."""
        before, self.options = self.options, options
        if options == before:
            return
        self._background = None
        if options.log_loss != before.log_loss:
            self._set_loss_scale()
        if options.rates != before.rates:
            self._lay_out()

    def _set_loss_scale(self) -> None:
        from matplotlib.ticker import MaxNLocator, ScalarFormatter

        axes = self.loss.axes
        self.viewport.show_all(axes.yaxis)
        if self.options.log_loss:
            low, high = axes.get_ylim()
            self.viewport.show(axes.yaxis, max(low, high / 100), high)
            axes.set_yscale("log", nonpositive="mask")
        else:
            axes.set_yscale("linear")
            axes.yaxis.set_major_locator(MaxNLocator(5))
            axes.yaxis.set_major_formatter(ScalarFormatter(useOffset=False))

    def set_size(self, width: float, height: float) -> None:
        """Lay the axes out in ``width`` x ``height`` logical pixels."""
        viewport = self.viewport
        if (width, height) != (viewport.width, viewport.height):
            viewport.width, viewport.height = width, height
            self._lay_out()
            self._moved()

    def _lay_out(self) -> None:
        width, height = self.viewport.width, self.viewport.height
        has_rates = self.options.rates and height >= _ROOM_FOR_RATES
        self.rates.axes.set_visible(has_rates)
        shown, shares = self.viewport.shown(), _SHARES[has_rates]
        for panel in self.panels:
            panel.axes.tick_params(labelbottom=panel.axes is shown[-1])
            panel.axes.xaxis.label.set_visible(panel.axes is shown[-1])
        across, top = max(width - _LEFT - _RIGHT, 2.0), self._top
        room = max(height - top - _BOTTOM - _BETWEEN * (len(shares) - 1), len(shares))
        for axes, share in zip(shown, shares, strict=True):
            up = room * share
            axes.set_position((_LEFT / width, 1 - (top + up) / height, across / width, up / height))
            axes.yaxis.set_label_coords(-_LABEL / across, 0.5)
            top += up + _BETWEEN

    def _moved(self) -> None:
        """Another part is in view, or the same in another size."""
        self._background = None
        self._fit_to_view()

    def _fit_to_view(self) -> None:
        """Ticks, dots and words as the part in view has room for them."""
        viewport, (left, right) = self.viewport, self.viewport.limits
        for axes in viewport.shown():
            if axes.get_yscale() == "log":
                _tick_powers(axes, viewport.box(axes)[3])
        apart = viewport.pixels >= _APART * (right - left)
        for panel in (self.accuracy, self.loss):
            panel.set_dots(apart)
            panel.best.set_clip_on(not viewport.is_whole)
        self.stages.fit(viewport, self._last)
        self.baseline_label.xy = (right, self.baseline_label.xy[1])

    # -- what it shows ----------------------------------------------------------------------

    def show(self, history: History) -> None:
        """Give the artists the data of ``history``; draws nothing."""
        self._points.follow(history)
        for panel in (self.accuracy, self.loss):
            panel.show(history, self._points, self.options.smoothing)
        self._show_limits(history)
        self.overfitting.show(history, self.loss.points, self.viewport)
        self._show_baseline(history)
        self.viewport.show(self.rates.axes.yaxis, *self.rates.show(self._points, self.viewport))
        self.stages.show(history)
        before, self._still = self._still, self._drawn_with_axes()
        if self._still != before:
            self._background = None
        if self._background is None:
            self._fit_to_view()
        self.best_mark.show(self.loss.points, self.viewport)  # its words look for room in view

    def _show_baseline(self, history: History) -> None:
        share = 100 * history.started.majority if history.started else 0.0
        self.baseline.set(ydata=[share, share], visible=bool(share))
        self.baseline_label.xy = (self.baseline_label.xy[0], share)
        self.baseline_label.set_text(self._words.baseline(share / 100) if share else "")

    def _show_limits(self, history: History) -> None:
        losses = self.loss.points
        values = finite((*losses.train, *losses.validation))
        highest = max((*values, self._points.highest_loss), default=0.0)
        top = nice_ceiling(highest) if highest > 0 else _EMPTY_LOSS
        low = 0.0
        if self.options.log_loss:
            seen = [one for one in (*values, self._points.lowest_loss) if 0 < one < math.inf]
            low = nice_floor(min([*seen, top / 2]) / _LOG_ROOM)
        self._last = float(max(sum(history.planned), *losses.x[-1:], 1))
        self.viewport.show(self.loss.axes.yaxis, low, top)
        self.viewport.show(self.accuracy.axes.xaxis, 0, self._last * _BEYOND)

    def _drawn_with_axes(self) -> tuple[object, ...]:
        """What the background shows: text takes longest."""
        marks = (self.overfitting.label, *self.rates.labels.values())
        limits = [(one.get_xlim(), one.get_ylim()) for one in self.viewport.shown()]
        texts = [(text.get_text(), text.xy) for text in marks]
        return self.baseline_label.get_text(), self.stages.starts, limits, texts

    # -- drawing ----------------------------------------------------------------------------

    @property
    def needs_all(self) -> bool:
        """Whether axes or labels changed, so that ``draw_lines`` alone is not enough."""
        return self._background is None

    def keep_background(self) -> None:
        """Remember the axes just drawn, without their lines."""
        canvas: Any = self.figure.canvas
        self._background = canvas.copy_from_bbox(self.figure.bbox)

    def draw_lines(self) -> None:
        """Draw the lines onto the remembered axes."""
        canvas: Any = self.figure.canvas
        canvas.restore_region(self._background)
        for artist in sorted(self._moving(), key=lambda one: one.get_zorder()):
            if artist.get_visible() and artist.axes is not None and artist.axes.get_visible():
                artist.axes.draw_artist(artist)


def _tick_powers(axes: Axes, height: float) -> None:
    """Ticks at the powers of ten of a logarithmic axis ``height`` pixels high, and at 2 and 5 times
    them where there is room for that many words, written in short."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    low, high = axes.get_ylim()
    room = height / max(math.log10(high / low), 1e-9)
    steps = (1.0, 2.0, 5.0) if room >= _DECADE else (1.0,)
    axes.yaxis.set_major_locator(LogLocator(subs=steps, numticks=8))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: _short(value)))
    axes.yaxis.set_minor_locator(NullLocator())


def _short(value: float) -> str:
    """A power of ten, or a few times it: "0.05", "1e-4"."""
    if value >= 0.001 or value <= 0:
        return f"{value:g}"
    digits, _, power = f"{value:.0e}".partition("e")
    return f"{digits}e{int(power)}"
