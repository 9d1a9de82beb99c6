"""Which part of a figure is in view: zoom, frame, move, and show all again.

What is in view are matplotlib's own limits, and its transforms say where on a linear or a
logarithmic axis something stands. Importing this module does not import matplotlib. Pixels are
logical ones, counted from the figure's left and top.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

_LEAST_SPAN = 1e-3  # of the whole axis: nobody looks closer


class Viewport:
    """``axes`` above each other over the same x, from the top down: how far each reaches as a
    whole, and what of it is in view. ``changed`` is called when another part is."""

    def __init__(self, axes: Sequence[Axes], changed: Callable[[], None]) -> None:
        self._axes = tuple(axes)
        self._changed = changed
        self._whole: dict[Axis, tuple[float, float]] = {}
        self.width, self.height = 640.0, 480.0  # of the figure, in pixels

    def shown(self) -> list[Axes]:
        """The axes that are on screen."""
        return [one for one in self._axes if one.get_visible()]

    # -- what there is, and what of it is in view ---------------------------------------------

    def show(self, axis: Axis, low: float, high: float) -> None:
        """Take ``low`` to ``high`` as the whole extent of ``axis``; where only a part of it is in
        view, that stays."""
        if self._whole.get(axis) == (low, high):
            return
        was_whole = axis not in self._whole or self._is_whole(axis)
        self._whole[axis] = low, high
        if was_whole:
            self.show_all(axis)

    def show_all(self, axis: Axis) -> None:
        """Let the whole extent of ``axis`` be in view."""
        _set_limits(axis, *self._whole[axis])

    @property
    def is_whole(self) -> bool:
        """Whether all that there is is in view."""
        return all(map(self._is_whole, self._whole))

    def _is_whole(self, axis: Axis) -> bool:
        return tuple(axis.get_view_interval()) == self._whole[axis]

    @property
    def limits(self) -> tuple[float, float]:
        """The first and the last place of x in view."""
        left, right = self._axes[0].get_xlim()
        return float(left), float(right)

    def is_in_view(self, x: float) -> bool:
        """Whether a place of the x axis is on screen."""
        left, right = self.limits
        return left <= x <= right

    @property
    def pixels(self) -> float:
        """The width of the axes."""
        return self.box(self._axes[0])[2]

    def room(self, start: float, end: float) -> float:
        """Pixels from ``start`` to ``end`` of the x axis that are in view."""
        left, right = self.limits
        seen = min(end, right) - max(start, left)
        return max(seen, 0.0) * self.pixels / max(right - left, 1e-9)

    # -- from pixels and to them --------------------------------------------------------------

    def box(self, axes: Axes) -> tuple[float, float, float, float]:
        """Left, top, width and height of ``axes``."""
        box = axes.get_position()
        return (
            box.x0 * self.width,
            (1 - box.y1) * self.height,
            box.width * self.width,
            box.height * self.height,
        )

    def x_at(self, pixel: float) -> float:
        """What stands at a pixel of the x axis."""
        left, right = self.limits
        return left + self._shares(self._axes[0], pixel, 0.0)[0] * (right - left)

    def pixel_of(self, x: float) -> float:
        """Where ``x`` is."""
        (left, right), (start, _, width, _) = self.limits, self.box(self._axes[0])
        return start + (x - left) / (right - left) * width

    def height_of(self, axes: Axes, value: float) -> float | None:
        """Where a value is in ``axes``, or None: it isn't in view."""
        up = (axes.transData - axes.transAxes).transform((self.limits[0], value))[1]
        _, top, _, height = self.box(axes)
        return float(top + (1 - up) * height) if axes.get_visible() and 0 <= up <= 1 else None

    def covers(self, x: float, y: float) -> bool:
        """Whether a pixel is in any of the axes."""
        return 0 <= self._shares(self._axes[0], x, y)[0] <= 1 and self._at(y) is not None

    @property
    def extent(self) -> tuple[float, float]:
        """The first and the last pixel of the axes' height."""
        shown = self.shown()
        _, top, _, height = self.box(shown[-1])
        return self.box(shown[0])[1], top + height

    def _at(self, y: float) -> Axes | None:
        """The axes at a height."""
        return next((one for one in self.shown() if 0 <= self._shares(one, 0.0, y)[1] <= 1), None)

    def _shares(self, axes: Axes, x: float, y: float) -> tuple[float, float]:
        """How far along and up a pixel is in ``axes``: 0 at its left and foot, 1 at its right and
        top."""
        left, top, width, height = self.box(axes)
        return (x - left) / width, 1 - (y - top) / height

    # -- which part is looked at --------------------------------------------------------------

    def zoom(self, x: float, y: float, factor: float) -> None:
        """Show ``factor`` times as much around a pixel: beside the axes only of the values,
        below them only of x."""
        axes = self._at(y) or self._axes[0]
        across, up = self._shares(axes, x, y)
        for axis, share, is_meant in (
            (axes.yaxis, up, 0 <= up <= 1),
            (self._axes[0].xaxis, across, across >= 0),
        ):
            if is_meant:
                self._look(axis, share - share * factor, share + (1 - share) * factor)
        self._changed()

    def zoom_into(self, x: float, y: float, to_x: float, to_y: float) -> None:
        """Show the rectangle between two pixels, of the axes where it begins."""
        axes = self._at(y)
        if axes is None or x == to_x or y == to_y:
            return
        corners = zip(self._shares(axes, x, y), self._shares(axes, to_x, to_y), strict=True)
        for axis, ends in zip((self._axes[0].xaxis, axes.yaxis), corners, strict=True):
            self._look(axis, *sorted(min(max(one, 0), 1) for one in ends))
        self._changed()

    def pan(self, x: float, y: float, right: float, down: float) -> None:
        """Move what is below a pixel by so many pixels."""
        axes, width = self._at(y), self.pixels
        if axes is not None:
            up = down / self.box(axes)[3]
            self._look(axes.yaxis, up, 1 + up)
        self._look(self._axes[0].xaxis, -right / width, 1 - right / width)
        self._changed()

    def look_at_all(self) -> None:
        """Show all of it again."""
        for axis in self._whole:
            self.show_all(axis)
        self._changed()

    def _look(self, axis: Axis, low: float, high: float) -> None:
        """Show the part from share ``low`` to ``high`` of what is in view, or beyond it, moved and
        cut to lie in the whole."""
        scale = axis.get_transform()
        start, end = scale.transform(axis.get_view_interval())
        first, last = scale.transform(self._whole[axis])
        span = max((high - low) * (end - start), _LEAST_SPAN * (last - first))
        if span >= (last - first) * (1 - 1e-9):
            self.show_all(axis)
            return
        left = min(max(start + low * (end - start), first), last - span)
        _set_limits(axis, *scale.inverted().transform([left, left + span]))


def _set_limits(axis: Axis, low: float, high: float) -> None:
    axes = axis.axes
    (axes.set_xlim if axis is axes.xaxis else axes.set_ylim)(float(low), float(high))
