"""The curves of a run as matplotlib artists that are made once and then only given data.

Nothing here imports matplotlib when it is itself imported. The blank axes, ticks and labels
are drawn only when they change; a new point costs a copy of that picture and the lines.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.history import History
from core.plots.look import PlotLook, style
from core.plots.run_points import (
    BatchPoints,
    last_epoch,
    nice_ceiling,
    shown_epochs,
    stage_starts,
)
from core.plots.words import CurveWords

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.text import Annotation, Text

_LEFT, _RIGHT, _TOP, _BOTTOM, _BETWEEN = 58, 14, 24, 42, 16  # pixels around the two axes
_ACCURACY_SHARE = 0.55  # of the height goes to the accuracy
_EMPTY_LOSS = 1.0
_PIXELS_PER_POINT = 96 / 72
_LETTER = 0.62  # of the size of the text is a letter's width at most, on average
_FEW, _LARGE_DOT, _SMALL_DOT = 100, 3.5, 2.0  # the first batches must be seen
_TRAIN_WIDTH, _TRAIN_DOT, _VALIDATION_WIDTH, _VALIDATION_DOT = 1.3, 3.5, 2.2, 5.0  # points
_APART = 9  # pixels between epochs from which on each has a dot


@dataclass
class _Lines:
    """What one of the two axes shows."""

    batches: Line2D
    train: Line2D
    validation: Line2D
    best: Line2D

    def all(self) -> tuple[Line2D, ...]:
        return self.batches, self.train, self.validation, self.best


class CurveFigure:
    """Accuracy above, loss below, over epochs counted through the whole run."""

    def __init__(self, figure: Figure, words: CurveWords) -> None:
        self.figure = figure
        self._words = words
        self._batches = BatchPoints()
        self._background: Any = None
        self._limits: tuple[float, float] = (0.0, 0.0)
        self._starts: tuple[tuple[int, tuple[int, ...]], ...] = ()
        self._depth = 0
        self._width, self._height = 0.0, 0.0
        self._look = PlotLook({}, 9.0)
        self.accuracy: Axes = figure.add_subplot(2, 1, 1)
        self.loss: Axes = figure.add_subplot(2, 1, 2, sharex=self.accuracy)
        self.accuracy_lines = self._lines(self.accuracy)
        self.loss_lines = self._lines(self.loss)
        self.baseline: Line2D = self.accuracy.axhline(0, ls="--", lw=1.2, zorder=2, visible=False)
        self.baseline_label = self._label(self.accuracy, (6, 4))
        self.best_label = self._label(self.loss, (0, 7))
        self.boundaries: list[Line2D] = []
        self.stage_labels: list[Text] = []
        for artist in self._moving():
            artist.set_animated(True)
        self._set_up_axes()

    def _set_up_axes(self) -> None:
        from matplotlib.ticker import FixedLocator, MaxNLocator

        self.accuracy.set_ylabel(self._words.say("accuracy"))
        self.loss.set_ylabel(self._words.say("loss"))
        self.loss.set_xlabel(self._words.say("epoch"))
        self.accuracy.set_ylim(0, 102)  # a marker at 100 must not be cut
        self.accuracy.yaxis.set_major_locator(FixedLocator([0, 20, 40, 60, 80, 100]))
        self.loss.yaxis.set_major_locator(MaxNLocator(5))
        self.loss.xaxis.set_major_locator(
            MaxNLocator(10, integer=True, steps=[1, 2, 5, 10], min_n_ticks=1)
        )
        self.accuracy.tick_params(labelbottom=False)
        self._set_limits(1.0, _EMPTY_LOSS)

    def _lines(self, axes: Axes) -> _Lines:
        return _Lines(
            axes.plot([], [], ls="", marker="o", mew=0, alpha=0.4, zorder=1)[0],
            axes.plot([], [], lw=_TRAIN_WIDTH, marker="o", mew=0, zorder=3)[0],
            axes.plot([], [], lw=_VALIDATION_WIDTH, marker="o", mew=0, zorder=4)[0],
            axes.plot([], [], ls="", marker="*", ms=13, zorder=5, clip_on=False)[0],
        )

    def _label(self, axes: Axes, offset: tuple[int, int]) -> Annotation:
        """A text whose ``xy`` is a point of the data, ``offset`` (in points) away from it."""
        return axes.annotate("", (0, 0), offset, textcoords="offset points", zorder=6)

    def _moving(self) -> tuple[Artist, ...]:
        """The artists that are drawn anew for every point."""
        return (*self.accuracy_lines.all(), *self.loss_lines.all(), self.best_label)

    # -- how it looks -----------------------------------------------------------------------

    def set_look(self, look: PlotLook) -> None:
        """Take other colours or another size of text."""
        if look == self._look:
            return
        self._look = look
        self._background = None
        colors = look.colors
        style(self.figure, (self.accuracy, self.loss), look)
        for lines in (self.accuracy_lines, self.loss_lines):
            lines.batches.set_color(colors["train"])
            lines.train.set_color(colors["train"])
            lines.validation.set_color(colors["validation"])
            lines.best.set(color=colors["best"], markeredgecolor=colors["base"])
        self.baseline.set_color(colors["baseline"])
        self.baseline_label.set(color=colors["baseline"], fontsize=look.points)
        self.baseline_label.set_bbox({"fc": colors["base"], "ec": "none", "pad": 0.5})
        self.best_label.set_bbox({"fc": colors["base"], "ec": "none", "pad": 0.5, "alpha": 0.75})
        self.best_label.set(color=colors["best"], fontsize=look.points, fontweight="bold")
        self._style_stages()

    def _style_stages(self) -> None:
        for line in self.boundaries:
            line.set_color(self._look.colors["stage"])
        for label in self.stage_labels:
            label.set(color=self._look.colors["stage"], fontsize=self._look.points)

    def set_size(self, width: float, height: float) -> None:
        """Lay the axes out in ``width`` x ``height`` logical pixels."""
        if (width, height) == (self._width, self._height):
            return
        self._width, self._height = width, height
        self._background = None
        plots = max(height - _TOP - _BOTTOM - _BETWEEN, 2.0)
        share = max(width - _LEFT - _RIGHT, 2.0) / width
        upper, lower = plots * _ACCURACY_SHARE, plots * (1 - _ACCURACY_SHARE)
        left = _LEFT / width
        self.loss.set_position((left, _BOTTOM / height, share, lower / height))
        top = (_BOTTOM + lower + _BETWEEN) / height
        self.accuracy.set_position((left, top, share, upper / height))
        self._fit_to_width()

    # -- what it shows ----------------------------------------------------------------------

    def show(self, history: History) -> None:
        """Give the artists the data of ``history``; draws nothing."""
        self._batches.follow(history)
        shares, losses = shown_epochs(history)
        self._fill(self.accuracy_lines, shares, self._batches.accuracies())
        self._fill(self.loss_lines, losses, self._batches.losses())
        self._show_best(history)
        self._show_plan(history)
        self._set_limits(last_epoch(history), self._highest_loss(losses))

    def _fill(
        self,
        lines: _Lines,
        epochs: tuple[list[int], list[float], list[float]],
        batches: tuple[list[float], list[float]],
    ) -> None:
        positions, train, validation = epochs
        lines.batches.set_data(*batches)
        lines.batches.set_markersize(_LARGE_DOT if len(batches[0]) < _FEW else _SMALL_DOT)
        lines.train.set_data(positions, train)
        lines.validation.set_data(positions, validation)

    def _show_best(self, history: History) -> None:
        best = history.best
        if best is None:
            self.best_label.set_text("")
            for lines in (self.accuracy_lines, self.loss_lines):
                lines.best.set_data([], [])
            return
        x = history.position(best.stage, best.epoch)
        self.accuracy_lines.best.set_data([x], [100 * best.validation.accuracy])
        self.loss_lines.best.set_data([x], [best.validation.loss])
        self.best_label.set_text(self._words.best(x, "accuracy")[1])
        share = x / last_epoch(history)
        self.best_label.set_horizontalalignment(
            "left" if share < 0.1 else "right" if share > 0.9 else "center"
        )
        self.best_label.xy = (x, best.validation.loss)

    def _show_plan(self, history: History) -> None:
        started = history.started
        share = 100 * started.majority if started else 0.0
        text = self._words.baseline(share / 100) if share else ""
        if self.baseline_label.get_text() != text:
            self._background = None
            self.baseline.set(ydata=[share, share], visible=bool(share))
            self.baseline_label.set_text(text)
            self.baseline_label.xy = (0, share)
        starts = stage_starts(history)
        self._depth = started.depth if started else 0
        if starts != self._starts:
            self._draw_stages(starts)

    def _draw_stages(self, starts: tuple[tuple[int, tuple[int, ...]], ...]) -> None:
        for artist in (*self.boundaries, *self.stage_labels):
            artist.remove()
        self._starts, self._background = starts, None
        inner = [start for start, _ in starts if start > 0]
        self.boundaries = [
            axes.axvline(start, ls=":", lw=1.4, zorder=2)
            for start in inner
            for axes in (self.accuracy, self.loss)
        ]
        self.stage_labels = [
            self.accuracy.text(start, 104, "", va="bottom", ha="left") for start, _ in starts
        ]
        self._style_stages()
        self._fit_to_width()

    def _fit_to_width(self) -> None:
        """The longest text of each stage that its width has room for; dots where epochs stand
        apart, and else none wider than the line, which would look like a caterpillar."""
        ends = [start for start, _ in self._starts[1:]] + [self._limits[0]]
        pixels = (self._width - _LEFT - _RIGHT) / self._limits[0]
        for lines in (self.accuracy_lines, self.loss_lines):
            lines.train.set_markersize(_TRAIN_DOT if pixels >= _APART else _TRAIN_WIDTH)
            dot = _VALIDATION_DOT if pixels >= _APART else _VALIDATION_WIDTH
            lines.validation.set_markersize(dot)
        for number, label in enumerate(self.stage_labels, start=1):
            start, thawed = self._starts[number - 1]
            room = (ends[number - 1] - start) * pixels
            texts = self._words.stage(number, thawed, self._depth)
            letter = self._look.points * _PIXELS_PER_POINT * _LETTER
            fitting = (text for text in texts if len(text) * letter < room)
            label.set_text(next(fitting, ""))

    def _highest_loss(self, losses: tuple[list[int], list[float], list[float]]) -> float:
        values = (*losses[1], *losses[2], self._batches.highest_loss)
        return max((value for value in values if math.isfinite(value)), default=0.0)

    def _set_limits(self, last: float, highest_loss: float) -> None:
        limits = last, nice_ceiling(highest_loss) if highest_loss > 0 else _EMPTY_LOSS
        if limits == self._limits:
            return
        self._limits, self._background = limits, None
        self.loss.set_xlim(0, last * 1.01)
        self.loss.set_ylim(0, limits[1])
        self._fit_to_width()

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
        for axes in (self.accuracy, self.loss):
            mine = [one for one in self._moving() if one.axes is axes]
            for artist in sorted(mine, key=lambda one: one.get_zorder()):
                axes.draw_artist(artist)
