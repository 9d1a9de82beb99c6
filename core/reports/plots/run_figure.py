"""The curves of a run as matplotlib artists that are made once and then only given data.

Nothing here imports matplotlib when it is itself imported. The blank axes, ticks and labels
are drawn only when they change; a new point costs a copy of that picture and the lines.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from core.reports.plots.marks import BestMark, OverfittingMark, StageMarks, label
from core.reports.plots.points import (
    BatchPoints,
    Curves,
    finite,
    last_epoch,
    nice_ceiling,
    nice_floor,
    shown_epochs,
    smoothed_by_stage,
)
from core.reports.plots.run_axes import RunAxes
from core.reports.plots.run_options import CurveOptions
from core.reports.plots.run_panel import Panel, set_band
from core.reports.plots.style import PlotLook, style
from core.reports.plots.viewed_figure import ViewedFigure
from core.reports.words import CurveWords
from core.runs import history as runs_history
from core.runs.history import History

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

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
