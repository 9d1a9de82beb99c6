"""Geometric augmentation: all effects as one 3 x 3 matrix and one warp; and the share of fill.

The order is always: flips, quarter turns, rotation, scale, crop, translation, shear, perspective.
What one effect moves out and a later one brings back is not lost, and only what lies outside the
image is filled. Directions are as seen, with y down.
"""

from dataclasses import dataclass
from functools import cache, reduce
from math import cos, radians, sin, tan

import numpy as np
import numpy.typing as npt

from core.common.lazy import opencv
from core.recipe.config import FillMode

Image = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]
Point = tuple[float, float]
Window = tuple[float, float, float, float]
Corners = tuple[Point, Point, Point, Point]

WHOLE: Window = (0.0, 0.0, 1.0, 1.0)
UNMOVED: Corners = ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0))
_CORNERS: Corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
_QUARTER_TURNS = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))  # (cos, sin)


@dataclass(frozen=True)
class Geometric:
    """Where the pixels of one picture go; the default is nowhere.

    ``quarter_turns`` (0 to 3) and ``rotation`` (degrees) are counter-clockwise; ``scale`` above 1
    enlarges; ``crop`` is (left, top, width, height) of the window that is kept and resized back,
    in shares of width and height; ``translation`` moves the content right and down, in shares of
    width and height. ``shear`` slants by degrees (x, y), with torchvision's signs: x moves what
    is above the middle to the right, y what is left of it down. ``perspective`` is how far each
    corner (top left, top right, bottom right, bottom left) moves inwards, as shares of width and
    height. ``fill_mode`` and ``fill_color`` make what is uncovered.
    """

    horizontal_flip: bool = False
    vertical_flip: bool = False
    quarter_turns: int = 0
    rotation: float = 0.0
    scale: float = 1.0
    crop: Window = WHOLE
    translation: Point = (0.0, 0.0)
    shear: Point = (0.0, 0.0)
    perspective: Corners = UNMOVED
    fill_mode: FillMode = "reflect"
    fill_color: tuple[int, int, int] = (0, 0, 0)

    @property
    def moves_nothing(self) -> bool:
        """Whether every pixel stays where it is."""
        flipped = self.horizontal_flip or self.vertical_flip or self.quarter_turns
        return not flipped and self.only_reorders

    @property
    def only_reorders(self) -> bool:
        """Whether at most flips and quarter turns are done."""
        return (
            self.rotation == 0
            and self.scale == 1
            and self.crop == WHOLE
            and self.translation == (0, 0)
            and self.shear == (0, 0)
            and self.perspective == UNMOVED
        )


def matrix(geometric: Geometric, width: int, height: int) -> Matrix:
    """The float64 [3, 3] matrix from input (x, y, 1) to output, for a picture of that size.

    Coordinates are in pixels, x to the right and y down, with the centre of the first pixel at
    (0, 0), as in OpenCV. Without perspective the last row is (0, 0, 1). Flips and quarter turns
    are exact.
    """
    affine, perspective = matrices(geometric, width, height)
    return affine if perspective is None else perspective @ affine


def matrices(geometric: Geometric, width: int, height: int) -> tuple[Matrix, Matrix | None]:
    """``matrix`` in its two parts: what comes before the perspective, and that (None: none)."""
    one = geometric
    middle = ((width - 1) / 2, (height - 1) / 2)
    steps: list[Matrix] = []  # from the last to the first; what is not done costs nothing
    if one.shear != (0, 0):
        across, down = (tan(radians(angle)) for angle in one.shear)
        steps.append(_about(middle, 1.0, -across, -down, 1 + across * down))
    if one.translation != (0, 0):
        right, below = one.translation
        steps.append(np.array([[1, 0, right * width], [0, 1, below * height], [0, 0, 1.0]]))
    if one.crop != WHOLE:
        steps.append(_crop(one.crop, width, height))
    if one.scale != 1:
        steps.append(_about(middle, one.scale, 0.0, 0.0, one.scale))
    for degrees in (one.rotation, 90.0 * one.quarter_turns):
        if degrees != 0:
            cosine, sine = _cos_sin(degrees)
            steps.append(_about(middle, cosine, sine, -sine, cosine))
    if one.horizontal_flip or one.vertical_flip:
        x, y = (-1.0 if flip else 1.0 for flip in (one.horizontal_flip, one.vertical_flip))
        steps.append(_about(middle, x, 0.0, 0.0, y))
    affine = reduce(np.matmul, steps) if steps else np.eye(3)
    if one.perspective == UNMOVED:
        return affine, None
    return affine, _perspective(one.perspective, width, height)


def warp(image: Image, geometric: Geometric) -> Image:
    """``image`` (uint8 [H, W, 3]) with its pixels moved, same shape, bilinear.

    Reflect repeats the edge pixel. Where nothing moves the same array comes back.
    """
    if geometric.moves_nothing:
        return image
    height, width = image.shape[:2]
    if geometric.only_reorders and (width == height or geometric.quarter_turns % 2 == 0):
        return _reordered(image, geometric)
    cv2 = opencv()
    whole = matrix(geometric, width, height)
    is_affine = geometric.perspective == UNMOVED
    # OpenCV 5 warps four channels more than twice as fast as three, to the same bits.
    warped = (cv2.warpAffine if is_affine else cv2.warpPerspective)(
        cv2.cvtColor(image, cv2.COLOR_RGB2RGBA),
        whole[:2] if is_affine else whole,
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=_borders()[geometric.fill_mode],
        borderValue=(*geometric.fill_color, 0),
    )
    rgb: Image = cv2.cvtColor(warped, cv2.COLOR_RGBA2RGB)
    return rgb


def describe_geometric(done: Geometric) -> list[tuple[str, dict[str, object]]]:
    """What is done, in its order, as codes of sentences and their values (degrees, factors,
    per cent); nothing left out."""
    left, top, width, height = (100 * share for share in done.crop)
    right, below = (100 * share for share in done.translation)
    window = {"width": width, "height": height, "left": left, "top": top}
    names = ("top_left", "top_right", "bottom_right", "bottom_left")
    corners = {
        f"{name}_{axis}": 100 * share
        for name, corner in zip(names, done.perspective, strict=True)
        for axis, share in zip("xy", corner, strict=True)
    }
    told: list[tuple[bool, str, dict[str, object]]] = [
        (done.horizontal_flip, "drawn_horizontal_flip", {}),
        (done.vertical_flip, "drawn_vertical_flip", {}),
        (done.quarter_turns > 0, "drawn_quarter_turns", {"degrees": 90 * done.quarter_turns}),
        (done.rotation != 0, "drawn_rotation", {"degrees": done.rotation}),
        (done.scale != 1, "drawn_scale", {"factor": done.scale}),
        (done.crop != WHOLE, "drawn_crop", {**window}),
        (done.translation != (0, 0), "drawn_translation", {"x": right, "y": below}),
        (done.shear != (0, 0), "drawn_shear", {"x": done.shear[0], "y": done.shear[1]}),
        (done.perspective != UNMOVED, "drawn_perspective", {**corners}),
    ]
    return [(code, values) for is_done, code, values in told if is_done]


def _cos_sin(degrees: float) -> Point:
    if degrees % 90 == 0:
        return _QUARTER_TURNS[int(degrees // 90) % 4]
    return cos(radians(degrees)), sin(radians(degrees))


def _about(middle: Point, a: float, b: float, c: float, d: float) -> Matrix:
    """The linear map [[a, b], [c, d]] that leaves ``middle`` where it is."""
    x, y = middle
    return np.array([[a, b, x - a * x - b * y], [c, d, y - c * x - d * y], [0, 0, 1]])


def _crop(window: Window, width: int, height: int) -> Matrix:
    left, top, across, down = window
    return np.array(
        [
            [1 / across, 0, (0.5 - left * width) / across - 0.5],
            [0, 1 / down, (0.5 - top * height) / down - 0.5],
            [0, 0, 1],
        ]
    )


def _perspective(inwards: Corners, width: int, height: int) -> Matrix:
    """The homography that moves the picture's corners (the outer ones of its outer pixels)
    inwards, after Heckbert (Fundamentals of texture mapping and image warping, 1989)."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = (
        (x + (1 - 2 * x) * across, y + (1 - 2 * y) * down)
        for (x, y), (across, down) in zip(_CORNERS, inwards, strict=True)
    )
    right, below = (x1 - x2, y1 - y2), (x3 - x2, y3 - y2)
    bent = (x0 - x1 + x2 - x3, y0 - y1 + y2 - y3)
    area = right[0] * below[1] - below[0] * right[1]
    g = (bent[0] * below[1] - below[0] * bent[1]) / area
    h = (right[0] * bent[1] - bent[0] * right[1]) / area
    square_to_quadrilateral = np.array(
        [
            [x1 - x0 + g * x1, x3 - x0 + h * x3, x0],
            [y1 - y0 + g * y1, y3 - y0 + h * y3, y0],
            [g, h, 1],
        ]
    )
    to_pixels = np.array([[width, 0, -0.5], [0, height, -0.5], [0, 0, 1]])
    to_shares = np.array([[1 / width, 0, 0.5 / width], [0, 1 / height, 0.5 / height], [0, 0, 1]])
    whole: Matrix = to_pixels @ square_to_quadrilateral @ to_shares
    return whole


def _reordered(image: Image, geometric: Geometric) -> Image:
    """Flips and quarter turns without an interpolation: the same pixels, many times faster."""
    cv2 = opencv()
    across, down = geometric.horizontal_flip, geometric.vertical_flip
    turned = image
    if across or down:
        turned = cv2.flip(turned, -1 if across and down else 1 if across else 0)
    if geometric.quarter_turns:
        turned = cv2.rotate(turned, _rotations()[geometric.quarter_turns - 1])
    return turned


@cache
def _borders() -> dict[FillMode, int]:
    cv2 = opencv()
    return {
        "constant": cv2.BORDER_CONSTANT,
        "edge": cv2.BORDER_REPLICATE,
        "reflect": cv2.BORDER_REFLECT,
        "wrap": cv2.BORDER_WRAP,
    }


@cache
def _rotations() -> tuple[int, int, int]:
    cv2 = opencv()
    return (cv2.ROTATE_90_COUNTERCLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_CLOCKWISE)


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
