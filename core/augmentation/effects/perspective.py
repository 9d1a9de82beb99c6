"""Perspective: each corner moves inwards, as if the image were seen at an angle."""

import numpy as np

from core.augmentation.draws import Uniforms
from core.augmentation.effects.code import BORDERS, Step, number, torchvision_warp
from core.augmentation.effects.record import EffectRecord, Matrix, Slider
from core.recipe.config import AugmentationConfig

Point = tuple[float, float]
# How far top left, top right, bottom right and bottom left move, in shares of width and height.
Corners = tuple[Point, Point, Point, Point]
UNMOVED: Corners = ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0))

_CORNERS: Corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
_NAMES = ("top_left", "top_right", "bottom_right", "bottom_left")
_HALF_THE_BITS = 2**26  # of a uniform's 53: a corner's two numbers come from one uniform
_ALBUMENTATIONS = """\
def perspective(image, **_):
    height, width = image.shape[:2]
    corners = np.float32([(0, 0), (width, 0), (width, height), (0, height)]) - 0.5
    inwards = np.float32([(1, 1), (-1, 1), (-1, -1), (1, -1)]) * (width, height)
    shares = [[random.uniform(0, {most}) for _ in "xy"] for _ in corners]
    moved = np.float32(corners + inwards * shares)
    matrix = cv2.getPerspectiveTransform(corners, moved)
    borders = {{"borderMode": cv2.{border}, "borderValue": {color}}}
    return cv2.warpPerspective(image, matrix, (width, height), **borders)"""


def _drawn(config: AugmentationConfig, uniforms: Uniforms) -> Corners:
    """As torchvision's ``RandomPerspective``: each corner inwards by up to half the distortion,
    across and down."""
    most = config.perspective / 2
    first, second, third, fourth = (_moved(uniform, most) for uniform in uniforms[:4])
    return first, second, third, fourth


def _moved(uniform: float, most: float) -> Point:
    across, down = divmod(uniform * _HALF_THE_BITS, 1)
    return most * across / _HALF_THE_BITS, most * down


def _matrix(inwards: Corners, width: int, height: int) -> Matrix:
    """The homography that moves the image's corners (the outer ones of its outer pixels)
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


def _told(corners: Corners) -> dict[str, object]:
    return {
        f"{name}_{axis}": 100 * share
        for name, corner in zip(_NAMES, corners, strict=True)
        for axis, share in zip("xy", corner, strict=True)
    }


def _albumentations(config: AugmentationConfig, _size: int, p: str) -> Step:
    helper = _ALBUMENTATIONS.format(
        most=number(config.perspective / 2),
        border=BORDERS[config.fill_mode],
        color=config.fill_color,
    )
    note = "A.Perspective zooms in, and its corners are drawn otherwise"
    return Step(f"A.Lambda(image=perspective, p={p})", note=note, helper=helper)


PERSPECTIVE = EffectRecord(
    "perspective",
    still=UNMOVED,
    draw=_drawn,
    matrix=_matrix,
    told=_told,
    slider=Slider(50, 20),
    torchvision=lambda config, _: torchvision_warp(
        config, f"v2.RandomPerspective({number(config.perspective)}, p=1"
    ),
    albumentations=_albumentations,
)
