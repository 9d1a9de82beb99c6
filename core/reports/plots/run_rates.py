"""The learning rates below a run's curves, on a logarithmic axis of their own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from core.reports.plots.marks import View, fitting
from core.reports.plots.points import BatchPoints, Line, nice_floor
from core.reports.plots.style import PlotLook
from core.reports.plots.view import Scale
from core.reports.words import CurveWords

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.text import Annotation

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
        for name, line, label in pairs:
            color = look.colors[_COLORS[name]]
            line.set_color(color)
            label.set(color=color, fontsize=look.points)
            label.set_bbox({"fc": look.colors["base"], "ec": "none", "pad": 0.5, "alpha": 0.75})

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
