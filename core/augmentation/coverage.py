"""How much of an augmented picture still shows the picture, and not what fills its border."""

import numpy as np

from core.augmentation.geometry import Geometric, matrices

Polygon = list[tuple[float, ...]]

_NEAREST = 1e-9  # in front of the horizon


def fill_share(geometric: Geometric, width: int, height: int) -> float:
    """The share, 0 to 1, of the output's area that shows nothing of the picture, only fill.

    Exact: the area of the picture's outline in the output. Under perspective what lies beyond
    the horizon is turned over, as OpenCV shows it, and counts.
    """
    if geometric.moves_nothing:
        return 0.0
    right, bottom = width - 0.5, height - 0.5
    corners = np.array([(-0.5, -0.5, 1), (right, -0.5, 1), (right, bottom, 1), (-0.5, bottom, 1)])
    affine, perspective = matrices(geometric, width, height)
    if perspective is None:
        shown = _area(_framed(_points(corners @ affine.T), right, bottom))
    else:
        whole = perspective @ affine
        shown = sum(
            _area(_framed(_projected(corners @ (side * whole).T), right, bottom))
            for side in (1, -1)
        )
    return max(0.0, 1 - shown / (width * height))


def _points(rows: np.ndarray) -> Polygon:
    return [(float(x), float(y), float(w)) for x, y, w in rows]


def _projected(rows: np.ndarray) -> Polygon:
    """The part in front of the horizon, on the plane."""
    visible = _clipped(_points(rows), 2, _NEAREST, -1)
    return [(x / w, y / w) for x, y, w in visible]


def _framed(polygon: Polygon, right: float, bottom: float) -> Polygon:
    for axis, limit, sign in ((0, -0.5, -1), (0, right, 1), (1, -0.5, -1), (1, bottom, 1)):
        polygon = _clipped(polygon, axis, limit, sign)
    return polygon


def _clipped(polygon: Polygon, axis: int, limit: float, sign: int) -> Polygon:
    """The part of a convex polygon on one side of a plane (Sutherland and Hodgman, 1974)."""
    kept: Polygon = []
    for start, end in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        before, after = sign * (start[axis] - limit), sign * (end[axis] - limit)
        if before <= 0:
            kept.append(start)
        if before * after < 0:
            way = before / (before - after)
            kept.append(tuple(a + way * (b - a) for a, b in zip(start, end, strict=True)))
    return kept


def _area(polygon: Polygon) -> float:
    pairs = zip(polygon, polygon[1:] + polygon[:1], strict=True)
    return abs(sum(one[0] * two[1] - two[0] * one[1] for one, two in pairs)) / 2
