"""The one pair of axes of several runs' curves, and which part of it is in view.

Nothing here imports matplotlib when it is itself imported. Pixels are logical ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.reports.plots.view import Scale, ViewedAxes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 18, 12, 42  # pixels around the axes


class ComparisonAxes(ViewedAxes):
    """Accuracy or loss over epochs, time or pictures."""

    def __init__(self, axes: Axes) -> None:
        super().__init__()
        self.axes = axes
        self.scale = Scale(axes, 0.0, 1.0)
        self._width, self._height = 640.0, 480.0

    def shown(self) -> Sequence[ComparisonAxes]:
        return (self,)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in pixels, without what stands around."""
        across = max(self._width - _LEFT - _RIGHT, 2.0)
        return across, max(self._height - _TOP - _BOTTOM, 2.0)

    @property
    def _sides(self) -> tuple[float, float]:
        return _LEFT, self.size[0]

    def _places(self) -> list[tuple[float, float]]:
        return [(_TOP, self.size[1])]

    def set_size(self, width: float, height: float) -> None:
        """Lay them out in a figure of so many pixels."""
        self._width, self._height = width, height
        across, up = self.size
        box = (_LEFT / width, _BOTTOM / height, across / width, up / height)
        self.axes.set_position(box)

    def set_limits(self, reach: float, low: float, high: float) -> None:
        """How far they reach: to ``reach`` across, from ``low`` to ``high`` upwards."""
        self.reach = reach
        self.scale.show(low, high)

    def fit(self) -> None:
        """Give matplotlib what is in view."""
        self.axes.set_xlim(*self._seen())
        self.scale.apply()
