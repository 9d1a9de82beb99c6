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
from core.reports.plots.view import Scale, ViewedAxes, ViewedFigure
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


_EMPTY = (1e-5, 1e-2)
_MOST_DECADES = 1e6  # a schedule that falls to nothing would squeeze all else
_ASIDE = 4  # points from a line's beginning to its words
_COLORS = {"rate_head": "training", "rate_backbone": "thawed"}


class RatePanel:
    """The head's rate and the ConvNet's at each batch; each is named at its line's end."""

    def __init__(self, axes: Axes, words: CurveWords) -> None:
        self.axes = axes
        self.scale = Scale(axes, *_EMPTY)
        self.scale.log = True
        self._words = words
        self.head: Line2D = axes.plot([], [], lw=1.6, zorder=3)[0]
        self.backbone: Line2D = axes.plot([], [], lw=1.6, ls=(0, (5, 1.5)), zorder=3)[0]
        self.head_label = self._label()
        self.backbone_label = self._label()
        axes.set_ylabel(words.say("rate"))
        axes.set_yscale("log", nonpositive="mask")
        axes.set_ylim(*_EMPTY)

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

    def show(self, points: BatchPoints, view: View) -> bool:
        """Take the rates of all batches; whether the axis changes by that."""
        head, backbone = points.rates()
        self.head.set_data(*head)
        self.backbone.set_data(*backbone)
        self._name("rate_head", self.head_label, head, view)
        self._name("rate_backbone", self.backbone_label, backbone, view)
        extent = points.rate_range()
        if extent is None:
            return self.scale.show(*_EMPTY)
        low = max(extent[0], extent[1] / _MOST_DECADES)
        return self.scale.show(nice_floor(low) / 2, 2.5 * nice_floor(extent[1]))

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


class RunAxes(ViewedAxes):
    """Accuracy, loss and, where there is room, learning rates above each other over the same
    epochs."""

    def __init__(self, figure: Figure, words: CurveWords) -> None:
        super().__init__()
        accuracy = figure.add_subplot(3, 1, 1)
        loss = figure.add_subplot(3, 1, 2, sharex=accuracy)
        self.accuracy = Panel(accuracy, 0, _HIGHEST)
        self.loss = Panel(loss, 0, 1.0)
        self.rates = RatePanel(figure.add_subplot(3, 1, 3, sharex=accuracy), words)
        self.last, self.reach = 1.0, _BEYOND
        self._width, self._height = 640.0, 480.0
        self._legend = 0.0
        self._options = CurveOptions(rates=False)
        accuracy.set_ylabel(words.say("accuracy"))
        loss.set_ylabel(words.say("loss"))
        for panel in self.all():
            panel.axes.set_xlabel(words.say("epoch"))
        self._set_ticks()
        self.set_options(CurveOptions())

    def all(self) -> tuple[Panel, Panel, RatePanel]:
        """From the top down."""
        return self.accuracy, self.loss, self.rates

    def shown(self) -> tuple[Panel | RatePanel, ...]:
        """Those that are not folded away."""
        return self.all() if self._has_rates else (self.accuracy, self.loss)

    @property
    def _has_rates(self) -> bool:
        return self._options.rates and self._height >= _ROOM_FOR_RATES

    def _set_ticks(self) -> None:
        from matplotlib.ticker import MaxNLocator

        whole = MaxNLocator(10, integer=True, steps=[1, 2, 5, 10], min_n_ticks=1)
        self.accuracy.axes.xaxis.set_major_locator(whole)
        self.accuracy.axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))

    def set_options(self, options: CurveOptions) -> None:
        """Fold the rates away or not; the loss on a logarithmic axis or not."""
        before, self._options = self._options, options
        if options.log_loss != before.log_loss:
            self._set_loss_scale(options.log_loss)
        if options.rates != before.rates:
            self._lay_out()

    def _set_loss_scale(self, log: bool) -> None:
        from matplotlib.ticker import MaxNLocator, ScalarFormatter

        axes, scale = self.loss.axes, self.loss.scale
        scale.log, scale.view = log, None
        if log:
            scale.whole = max(scale.whole[0], scale.whole[1] / 100), scale.whole[1]
            axes.set_yscale("log", nonpositive="mask")
            self._set_powers(self.loss)
        else:
            axes.set_yscale("linear")
            axes.yaxis.set_major_locator(MaxNLocator(5))
            axes.yaxis.set_major_formatter(ScalarFormatter(useOffset=False))
        scale.apply()

    def _set_powers(self, panel: Panel | RatePanel) -> None:
        """Every power of ten, and 2 and 5 times it where there is room for that many words."""
        low, high = panel.scale.shown
        height = self._places()[self.shown().index(panel)][1]
        room = height / max(math.log10(high / low), 1e-9)
        _tick_powers(panel.axes, (1.0, 2.0, 5.0) if room >= _DECADE else (1.0,))

    # -- where they stand -------------------------------------------------------------------

    def set_legend_height(self, pixels: float) -> None:
        """Leave so much room above for a legend; before ``set_size``."""
        self._legend = pixels

    def set_size(self, width: float, height: float) -> bool:
        """Lay out in so many pixels; whether anything changes by that."""
        if (width, height) == (self._width, self._height):
            return False
        self._width, self._height = width, height
        self._lay_out()
        return True

    def _scales(self) -> list[Scale]:
        return [one.scale for one in self.all()]

    @property
    def _across(self) -> float:
        return max(self._width - _LEFT - _RIGHT, 2.0)

    @property
    def _sides(self) -> tuple[float, float]:
        return _LEFT, self._across

    def _places(self) -> list[tuple[float, float]]:
        shares = _SHARES[self._has_rates]
        top = _TOP + self._legend
        room = max(self._height - top - _BOTTOM - _BETWEEN * (len(shares) - 1), len(shares))
        places = []
        for share in shares:
            places.append((top, room * share))
            top += room * share + _BETWEEN
        return places

    def _lay_out(self) -> None:
        self.rates.axes.set_visible(self._has_rates)
        lowest = self.shown()[-1]
        for panel in self.all():
            panel.axes.tick_params(labelbottom=panel is lowest)
            panel.axes.xaxis.label.set_visible(panel is lowest)
        for panel, (top, height) in zip(self.shown(), self._places(), strict=True):
            bottom = 1 - (top + height) / self._height
            box = (
                _LEFT / self._width,
                bottom,
                self._across / self._width,
                height / self._height,
            )
            panel.axes.set_position(box)
            panel.axes.yaxis.set_label_coords(-_LABEL / self._across, 0.5)

    # -- what they reach to -----------------------------------------------------------------

    def set_limits(self, last: float, low_loss: float, high_loss: float) -> bool:
        """The run's last epoch and the loss's extent; whether the picture changes by that."""
        changed = self.loss.scale.show(low_loss, high_loss)
        if last != self.last:
            self.last, changed = last, changed or self._part is None
            self.reach = last * _BEYOND
        return changed or self.accuracy.axes.get_xlim() != self._seen()

    @property
    def view(self) -> View:
        """The epochs in view."""
        return View(*self._seen(), self._across)

    def fit(self) -> View:
        """Give the axes what is in view."""
        view = self.view
        for one in self.shown():
            if one.scale.log:
                self._set_powers(one)
        self.accuracy.axes.set_xlim(view.left, view.right)
        apart = view.pixels >= _APART * (view.right - view.left)
        for panel in self.all():
            panel.scale.apply()
            if isinstance(panel, Panel):
                panel.set_dots(apart)
                panel.best.set_clip_on(not self.is_whole)
        return view


def _tick_powers(axes: Axes, steps: tuple[float, ...]) -> None:
    """Ticks at ``steps`` of the powers of ten of a logarithmic axis, written in short."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axes.yaxis.set_major_locator(LogLocator(subs=steps, numticks=8))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: _short(value)))
    axes.yaxis.set_minor_locator(NullLocator())


def _short(value: float) -> str:
    """A power of ten, or a few times it: "0.05", "1e-4"."""
    if value >= 0.001 or value <= 0:
        return f"{value:g}"
    digits, _, power = f"{value:.0e}".partition("e")
    return f"{digits}e{int(power)}"


_EMPTY_LOSS = 1.0
_LOG_ROOM = 1.6  # times the lowest loss: what lies on the axis is not read


class CurveFigure(ViewedFigure):
    """Accuracy above, loss below it, and the learning rates, over epochs counted through the
    whole run.

    ``show`` gives the artists a history; then ``needs_all`` says whether the figure must be
    drawn anew, or whether ``draw_lines`` is enough.
    """

    def __init__(self, figure: Figure, words: CurveWords, *, animated: bool = True) -> None:
        """``animated`` figures draw their lines by ``draw_lines`` alone; a file's is not."""
        self.figure = figure
        self.options = CurveOptions()
        self._words = words
        self._points = BatchPoints()
        self._background: Any = None
        self._look = PlotLook({}, 9.0)
        self.axes: RunAxes = RunAxes(figure, words)
        self.accuracy_lines: Panel = self.axes.accuracy
        self.loss_lines: Panel = self.axes.loss
        top = self.accuracy
        self._largest = 0.0
        self._marks: tuple[object, ...] = ()
        self.baseline: Line2D = top.axhline(0, ls="--", lw=1.2, zorder=2, visible=False)
        self.baseline_label = label(top, (-4, 4), annotation_clip=True, ha="right")
        self.baseline_label.set_zorder(2)  # below the curves
        self.stages = StageMarks([one.axes for one in self.axes.all()], words)
        self.best_mark = BestMark(
            self.loss, (self.loss_lines.train, self.loss_lines.validation), words
        )
        self.overfitting = OverfittingMark(self.loss, words)
        if animated:
            for artist in self._moving():
                artist.set_animated(True)

    @property
    def accuracy(self) -> Axes:
        """The axes of the accuracy."""
        return self.axes.accuracy.axes

    @property
    def loss(self) -> Axes:
        """The axes of the loss."""
        return self.axes.loss.axes

    def _moving(self) -> Iterator[Artist]:
        """The artists that are drawn anew for every point."""
        for panel in self.axes.all():
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
        style(self.figure, [one.axes for one in self.axes.all()], look)
        for panel in self.axes.all():
            panel.set_look(look)
        for mark in (self.stages, self.best_mark, self.overfitting):
            mark.set_look(look)
        self.baseline.set_color(look.colors["baseline"])
        self.baseline_label.set(color=look.colors["baseline"], fontsize=look.points)
        self.baseline_label.set_bbox({"fc": look.colors["base"], "ec": "none", "pad": 0.5})

    def set_options(self, options: CurveOptions) -> None:
        """Look at the curves in another way; ``show`` must follow."""
        if options == self.options:
            return
        self.options = options
        self._background = None
        self.axes.set_options(options)

    def set_size(self, width: float, height: float) -> None:
        """Lay the axes out in ``width`` x ``height`` logical pixels."""
        if self.axes.set_size(width, height):
            self._background = None
            self._fit_to_view()

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
        rates = self.axes.rates.show(self._points, self.axes.view) and self.options.rates
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
        self.accuracy_lines.set_batches(self._points.accuracies(), smooth[0])
        self.loss_lines.set_batches(self._points.losses(), smooth[1])

    def _show_epochs(self, history: History, shares: Curves, losses: Curves) -> None:
        for panel, raw in ((self.accuracy_lines, shares), (self.loss_lines, losses)):
            panel.set_epochs(raw, self._smoothed(history, raw))
        band = runs_history.wilson_band(history)
        low, high = [100 * one for one, _ in band], [100 * one for _, one in band]
        set_band(self.accuracy_lines.band, shares.x, low, high)

    def _smoothed(self, history: History, raw: Curves) -> Curves | None:
        weight = self.options.smoothing
        if not weight:
            return None
        train = smoothed_by_stage(history, raw.train, weight)
        return Curves(raw.x, train, smoothed_by_stage(history, raw.validation, weight))

    def _show_best(self, history: History) -> None:
        best = history.best
        if best is None:
            self.best_mark.show(None, 0.0, "", self.axes.view)
            for panel in (self.accuracy_lines, self.loss_lines):
                panel.set_best(None, 0.0)
            return
        x = history.position(best.stage, best.epoch)
        self.accuracy_lines.set_best(x, 100 * best.validation.accuracy)
        self.loss_lines.set_best(x, best.validation.loss)
        self.best_mark.show(x, best.validation.loss, history.chosen_by, self.axes.view)

    def _show_overfitting(self, history: History, losses: Curves) -> None:
        found = runs_history.overfitting(history)
        if found is None:
            self.overfitting.show(None, 0, self.axes.view)
            set_band(self.overfitting.gap, [], [], [])
            return
        self.overfitting.show(found.epoch, found.best, self.axes.view)
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
        if self.axes.set_limits(last_epoch(history), low, top):
            self._background = None

    def _fit_to_view(self) -> None:
        view = self.axes.fit()
        self.stages.fit(view, self.axes.last)
        self.baseline_label.xy = (view.right, self._largest)

    def _have_marks_changed(self) -> bool:
        """Whether words stand elsewhere that are drawn with the axes: text takes longest."""
        texts = (
            self.overfitting.label,
            self.axes.rates.head_label,
            self.axes.rates.backbone_label,
        )
        before = self._marks
        self._marks = tuple((text.get_text(), text.xy) for text in texts)
        return self._marks != before

    # -- which part is looked at ------------------------------------------------------------

    def _moved(self) -> None:
        self._background = None
        self._fit_to_view()

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
