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
from typing import TYPE_CHECKING, Any

from core.reports.plots.marks import BestMark, OverfittingMark, StageMarks, View, fitting, label
from core.reports.plots.points import (
    BatchPoints,
    CurveOptions,
    Curves,
    Line,
    finite,
    last_epoch,
    nice_ceiling,
    nice_floor,
    shown_epochs,
    smoothed_by_stage,
)
from core.reports.plots.style import PlotLook, style
from core.reports.plots.view import Viewport
from core.reports.words import CurveWords
from core.runs import history as runs_history
from core.runs.history import History

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Polygon
    from matplotlib.text import Annotation

_FEW, _LARGE_DOT, _SMALL_DOT = 100, 3.5, 2.0  # the first batches must be seen
_TRAIN_WIDTH, _TRAIN_DOT, _VALIDATION_WIDTH, _VALIDATION_DOT = 1.3, 3.5, 2.2, 5.0  # points
_RAW_WIDTH, _FAINT, _BAND = 0.9, 0.4, 0.16


class Panel:
    """The curves of accuracy, or of loss."""

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
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


_EMPTY_RATES = (1e-5, 1e-2)
_MOST_DECADES = 1e6  # a schedule that falls to nothing would squeeze all else
_ASIDE = 4  # points from a line's beginning to its words
_COLORS = {"rate_head": "training", "rate_backbone": "thawed"}


class RatePanel:
    """The head's rate and the ConvNet's at each batch; each is named at its line's end."""

    def __init__(self, axes: Axes, words: CurveWords) -> None:
        self.axes = axes
        self._words = words
        self.head: Line2D = axes.plot([], [], lw=1.6, zorder=3)[0]
        self.backbone: Line2D = axes.plot([], [], lw=1.6, ls=(0, (5, 1.5)), zorder=3)[0]
        self.head_label = self._label()
        self.backbone_label = self._label()
        axes.set_ylabel(words.say("rate"))
        axes.set_yscale("log", nonpositive="mask")

    def _label(self) -> Annotation:
        """A text at the beginning of a line, below it: there it stays while the line grows."""
        return self.axes.annotate(
            "", (0, 1), (_ASIDE, -3), textcoords="offset points", va="top", ha="left", zorder=6
        )

    def artists(self) -> tuple[Artist, ...]:
        """All that is drawn anew for every point."""
        return self.head, self.backbone

    def set_look(self, look: PlotLook) -> None:
        """Take other colours or another size of text."""
        pairs = (
            ("rate_head", self.head, self.head_label),
            ("rate_backbone", self.backbone, self.backbone_label),
        )
        for name, line, text in pairs:
            color = look.colors[_COLORS[name]]
            line.set_color(color)
            text.set(color=color, fontsize=look.points)
            text.set_bbox({"fc": look.colors["base"], "ec": "none", "pad": 0.5, "alpha": 0.75})

    def show(self, points: BatchPoints, view: View) -> tuple[float, float]:
        """Take the rates of all batches; gives how far the axis is to reach."""
        head, backbone = points.rates()
        self.head.set_data(*head)
        self.backbone.set_data(*backbone)
        self._name("rate_head", self.head_label, head, view)
        self._name("rate_backbone", self.backbone_label, backbone, view)
        extent = points.rate_range()
        if extent is None:
            return _EMPTY_RATES
        low = max(extent[0], extent[1] / _MOST_DECADES)
        return nice_floor(low) / 2, 2.5 * nice_floor(extent[1])

    def _name(self, code: str, label: Annotation, line: Line, view: View) -> None:
        """Put the words at the first known point in view: below the line, or before it where
        there is no room."""
        pairs = zip(*line, strict=True)
        known = ((x, y) for x, y in pairs if math.isfinite(y) and view.left <= x <= view.right)
        first = next(known, None)
        words = self._words.say(code) if first else ""
        label.set_text(words)
        label.xy = first or label.xy
        fits = fitting((words,), view.room(label.xy[0], view.right), float(label.get_fontsize()))
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
        self.accuracy, self.loss = Panel(accuracy), Panel(loss)
        self.rates = RatePanel(rates, words)
        self.panels = (self.accuracy, self.loss, self.rates)
        self.viewport = Viewport([one.axes for one in self.panels], self._moved)
        self._words = words
        self._top = _TOP + legend
        self._points = BatchPoints()
        self._background: Any = None
        self._look = PlotLook({}, 9.0)
        self._last = 1.0
        self._largest = 0.0
        self._marks: tuple[object, ...] = ()
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
            yield from panel.artists()
        yield self.best_mark.label
        yield from self.overfitting.artists()

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
        self.baseline_label.set(color=look.colors["baseline"], fontsize=look.points)
        self.baseline_label.set_bbox({"fc": look.colors["base"], "ec": "none", "pad": 0.5})

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

    @property
    def _view(self) -> View:
        """The epochs in view."""
        return View(*self.viewport.limits, self.viewport.box(self.accuracy.axes)[2])

    def _fit_to_view(self) -> None:
        """Ticks, dots and words as the part in view has room for them."""
        view = self._view
        for axes in self.viewport.shown():
            if axes.get_yscale() == "log":
                _tick_powers(axes, self.viewport.box(axes)[3])
        apart = view.pixels >= _APART * (view.right - view.left)
        for panel in (self.accuracy, self.loss):
            panel.set_dots(apart)
            panel.best.set_clip_on(not self.viewport.is_whole)
        self.stages.fit(view, self._last)
        self.baseline_label.xy = (view.right, self._largest)

    # -- what it shows ----------------------------------------------------------------------

    def show(self, history: History) -> None:
        """Give the artists the data of ``history``; draws nothing."""
        self._points.follow(history)
        shares, losses = shown_epochs(history)
        self._show_limits(history, losses)
        self._show_batches()
        self._show_epochs(history, shares, losses)
        self._show_overfitting(history, losses)
        self._show_baseline(history)
        reach = self.rates.show(self._points, self._view)
        rates = self.viewport.show(self.rates.axes.yaxis, *reach) and self.options.rates
        if self.stages.show(history) or self._have_marks_changed() or rates:
            self._background = None
        if self._background is None:
            self._fit_to_view()
        self._show_best(history)  # its words look for room in the view

    def _show_batches(self) -> None:
        nothing: tuple[list[float], list[float]] = ([], [])
        smooth = (nothing, nothing)
        if self.options.smoothing:
            smooth = self._points.smoothed(self.options.smoothing)
        self.accuracy.set_batches(self._points.accuracies(), smooth[0])
        self.loss.set_batches(self._points.losses(), smooth[1])

    def _show_epochs(self, history: History, shares: Curves, losses: Curves) -> None:
        for panel, raw in ((self.accuracy, shares), (self.loss, losses)):
            panel.set_epochs(raw, self._smoothed(history, raw))
        band = runs_history.wilson_band(history)
        low, high = [100 * one for one, _ in band], [100 * one for _, one in band]
        set_band(self.accuracy.band, shares.x, low, high)

    def _smoothed(self, history: History, raw: Curves) -> Curves | None:
        weight = self.options.smoothing
        if not weight:
            return None
        train = smoothed_by_stage(history, raw.train, weight)
        return Curves(raw.x, train, smoothed_by_stage(history, raw.validation, weight))

    def _show_best(self, history: History) -> None:
        best = history.best
        if best is None:
            self.best_mark.show(None, 0.0, "", self._view)
            for panel in (self.accuracy, self.loss):
                panel.set_best(None, 0.0)
            return
        x = history.position(best.stage, best.epoch)
        self.accuracy.set_best(x, 100 * best.validation.accuracy)
        self.loss.set_best(x, best.validation.loss)
        self.best_mark.show(x, best.validation.loss, history.chosen_by, self._view)

    def _show_overfitting(self, history: History, losses: Curves) -> None:
        found = runs_history.overfitting(history)
        if found is None:
            self.overfitting.show(None, 0, self._view)
            set_band(self.overfitting.gap, [], [], [])
            return
        self.overfitting.show(found.epoch, found.best, self._view)
        rows = zip(losses.x, losses.train, losses.validation, strict=True)
        apart = [row for row in rows if found.lowest <= row[0] <= found.last and row[1] < row[2]]
        gap = [one for one in apart if all(map(math.isfinite, one))]
        set_band(self.overfitting.gap, *([one[i] for one in gap] for i in range(3)))

    def _show_baseline(self, history: History) -> None:
        share = 100 * history.started.majority if history.started else 0.0
        text = self._words.baseline(share / 100) if share else ""
        if self.baseline_label.get_text() == text:
            return
        self._background = None
        self._largest = share
        self.baseline.set(ydata=[share, share], visible=bool(share))
        self.baseline_label.set_text(text)

    def _show_limits(self, history: History, losses: Curves) -> None:
        values = finite((*losses.train, *losses.validation))
        highest = max((*values, self._points.highest_loss), default=0.0)
        top = nice_ceiling(highest) if highest > 0 else _EMPTY_LOSS
        low = 0.0
        if self.options.log_loss:
            seen = [one for one in (*values, self._points.lowest_loss) if 0 < one < math.inf]
            low = nice_floor(min([*seen, top / 2]) / _LOG_ROOM)
        self._last = last_epoch(history)
        if self.viewport.show(self.loss.axes.yaxis, low, top):
            self._background = None
        if self.viewport.show(self.accuracy.axes.xaxis, 0, self._last * _BEYOND):
            self._background = None

    def _have_marks_changed(self) -> bool:
        """Whether words stand elsewhere that are drawn with the axes: text takes longest."""
        texts = (self.overfitting.label, self.rates.head_label, self.rates.backbone_label)
        before = self._marks
        self._marks = tuple((text.get_text(), text.xy) for text in texts)
        return self._marks != before

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
