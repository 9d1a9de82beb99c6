"""Axes and figures that show a part of the data: zoom, frame, move, and show all again.

Importing this module does not import matplotlib. Pixels are logical ones, counted from the
figure's left and top.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEAST_SPAN = 1e-3  # of the whole axis: nobody looks closer


class Scale:
    """The upright axis: its whole extent, and the part in view (None: all of it)."""

    def __init__(self, axes: Axes, low: float, high: float) -> None:
        self._axes = axes
        self.whole = (low, high)
        self.view: tuple[float, float] | None = None
        self.log = False

    @property
    def shown(self) -> tuple[float, float]:
        """The lowest and the highest value in view."""
        return self.view or self.whole

    def show(self, low: float, high: float) -> bool:
        """Take ``low`` to ``high`` as the whole extent; whether that changes what is seen."""
        if (low, high) == self.whole:
            return False
        self.whole = low, high
        return self.view is None

    def apply(self) -> None:
        """Give the axes what is in view."""
        self._axes.set_ylim(*self.shown)

    def share_of(self, value: float) -> float:
        """How far up ``value`` stands in what is shown: 0 below, 1 above."""
        low, high = map(self._inner, self.shown)
        return (self._inner(value) - low) / (high - low)

    def value_at(self, share: float) -> float:
        """What stands at a share of the height."""
        low, high = map(self._inner, self.shown)
        inner = low + share * (high - low)
        return math.exp(inner) if self.log else inner

    def look_at(self, low: float, high: float) -> None:
        """Show the part from share ``low`` to ``high`` of what is shown, or beyond it, no
        further than the whole."""
        start, end = (self._inner(self.value_at(one)) for one in (low, high))
        part = within(start, end, *map(self._inner, self.whole))
        out = (math.exp(part[0]), math.exp(part[1])) if self.log and part else part
        self.view = out

    def _inner(self, value: float) -> float:
        return math.log(max(value, 1e-300)) if self.log else value


def within(low: float, high: float, first: float, last: float) -> tuple[float, float] | None:
    """``low`` to ``high`` moved and cut to lie in ``first`` to ``last``; None if it is all."""
    span = max(high - low, _LEAST_SPAN * (last - first))
    if span >= (last - first) * (1 - 1e-9):
        return None
    low = min(max(low, first), last - span)
    return low, low + span


class Scaled(Protocol):
    """A pair of axes, as far as it matters here."""

    @property
    def scale(self) -> Scale:
        """Its upright axis."""
        ...


class ViewedAxes:
    """Pairs of axes above each other over the same x, which begins at 0.

    A subclass says how far x reaches (``reach``), which pairs are ``shown``, and where.
    """

    reach = 1.0

    def __init__(self) -> None:
        self._part: tuple[float, float] | None = None

    def shown(self) -> Sequence[Scaled]:
        """The pairs on screen, from the top down."""
        raise NotImplementedError

    def _places(self) -> list[tuple[float, float]]:
        """The top and the height of each of them in pixels."""
        raise NotImplementedError

    @property
    def _sides(self) -> tuple[float, float]:
        """The first pixel of their width, and how many pixels that is."""
        raise NotImplementedError

    def _scales(self) -> Sequence[Scale]:
        """Those of all pairs, shown or not."""
        return [one.scale for one in self.shown()]

    # -- what is in view --------------------------------------------------------------------

    def _seen(self) -> tuple[float, float]:
        return self._part or (0.0, self.reach)

    @property
    def is_whole(self) -> bool:
        """Whether all that there is is in view."""
        return self._part is None and all(one.view is None for one in self._scales())

    def is_in_view(self, x: float) -> bool:
        """Whether a place of the x axis is on screen."""
        left, right = self._seen()
        return left <= x <= right

    # -- from pixels and to them ------------------------------------------------------------

    def x_at(self, pixel: float) -> float:
        """What stands at a pixel of the x axis."""
        (left, right), (start, width) = self._seen(), self._sides
        return left + (pixel - start) / width * (right - left)

    def pixel_of(self, x: float) -> float:
        """Where ``x`` is."""
        (left, right), (start, width) = self._seen(), self._sides
        return start + (x - left) / (right - left) * width

    def height_of(self, panel: Scaled, value: float) -> float | None:
        """Where a value is in ``panel``, or None: it isn't in view."""
        shown = self.shown()
        if panel not in shown:
            return None
        top, height = self._places()[shown.index(panel)]
        share = panel.scale.share_of(value)
        return top + (1 - share) * height if 0 <= share <= 1 else None

    def covers(self, x: float, y: float) -> bool:
        """Whether a pixel is in any of the axes."""
        start, width = self._sides
        return start <= x <= start + width and self._at(y) is not None

    @property
    def extent(self) -> tuple[float, float]:
        """The first and the last pixel of the axes' height."""
        places = self._places()
        return places[0][0], sum(places[-1])

    def _at(self, y: float) -> tuple[Scaled, float, float] | None:
        """The axes at a height, with their top and height."""
        pairs = zip(self.shown(), self._places(), strict=True)
        return next(((one, *at) for one, at in pairs if at[0] <= y <= sum(at)), None)

    def _share(self, pixel: float) -> float:
        start, width = self._sides
        return (pixel - start) / width

    # -- which part is looked at ------------------------------------------------------------

    def zoom(self, x: float, y: float, factor: float) -> bool:
        """Show ``factor`` times as much around a pixel: beside the axes only of the values,
        below them only of x."""
        share, place = self._share(x), self._at(y)
        if place is not None:
            panel, top, height = place
            up = 1 - (y - top) / height
            panel.scale.look_at(up - up * factor, up + (1 - up) * factor)
        if share >= 0:
            self._look_at(share - share * factor, share + (1 - share) * factor)
        return place is not None or share >= 0

    def zoom_into(self, x: float, y: float, to_x: float, to_y: float) -> bool:
        """Show the rectangle between two pixels, of the axes where it begins."""
        place = self._at(y)
        if place is None or not (abs(to_x - x) and abs(to_y - y)):
            return False
        panel, top, height = place
        across = sorted(min(max(self._share(one), 0), 1) for one in (x, to_x))
        up = sorted(min(max(1 - (one - top) / height, 0), 1) for one in (y, to_y))
        panel.scale.look_at(*up)
        self._look_at(*across)
        return True

    def pan(self, x: float, y: float, right: float, down: float) -> bool:
        """Move what is below a pixel by so many pixels."""
        place, width = self._at(y), self._sides[1]
        if place is not None and place[0].scale.view is not None:
            panel, _, height = place
            panel.scale.look_at(down / height, 1 + down / height)
        if self._part is not None:
            self._look_at(-right / width, 1 - right / width)
        return not self.is_whole

    def look_at_all(self) -> bool:
        """Show all of it; whether that was not so."""
        was_whole, self._part = self.is_whole, None
        for scale in self._scales():
            scale.view = None
        return not was_whole

    def _look_at(self, start: float, end: float) -> None:
        """Show x from share ``start`` to ``end`` of the width."""
        left, right = self._seen()
        first, last = (left + one * (right - left) for one in (start, end))
        self._part = within(first, last, 0.0, self.reach)


class ViewedFigure:
    """Passes on to its ``axes`` which part is looked at. Pixels are logical ones, counted from
    the left and the top. A subclass says what follows when another part is (``_moved``)."""

    axes: ViewedAxes

    def zoom(self, x: float, y: float, factor: float) -> None:
        """Show ``factor`` times as much around a pixel."""
        self._changed(self.axes.zoom(x, y, factor))

    def zoom_into(self, x: float, y: float, to_x: float, to_y: float) -> None:
        """Show the rectangle between two pixels."""
        self._changed(self.axes.zoom_into(x, y, to_x, to_y))

    def pan(self, x: float, y: float, right: float, down: float) -> None:
        """Move what is below a pixel by so many pixels."""
        self._changed(self.axes.pan(x, y, right, down))

    def look_at_all(self) -> None:
        """Show all of it again."""
        self._changed(self.axes.look_at_all())

    def _changed(self, is_other: bool) -> None:
        if is_other:
            self._moved()

    def _moved(self) -> None:
        raise NotImplementedError
