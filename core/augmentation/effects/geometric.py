"""The effects that move pixels: flips and turns, linear maps and shifts, crop and perspective."""

from math import cos, exp, log, radians, sin, sqrt, tan

import numpy as np

from core.augmentation.draws import Uniforms
from core.augmentation.effects.record import (
    BORDERS,
    EffectRecord,
    Image,
    Matrix,
    Range,
    Slider,
    Step,
    albumentations_affine,
    always,
    between,
    either_way,
    nothing,
    number,
    pair,
    torchvision_warp,
)
from core.common.lazy import opencv
from core.recipe.config import AugmentationConfig

Point = tuple[float, float]

_QUARTERS = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))  # (cos, sin)


def about(width: int, height: int, a: float, b: float, c: float, d: float) -> Matrix:
    """The linear map [[a, b], [c, d]] that leaves the middle of an image where it is."""
    x, y = (width - 1) / 2, (height - 1) / 2
    return np.array([[a, b, x - a * x - b * y], [c, d, y - c * x - d * y], [0, 0, 1]])


def turned(degrees: float, width: int, height: int) -> Matrix:
    """A turn counter-clockwise; by quarters it is exact."""
    if degrees % 90 == 0:
        cosine, sine = _QUARTERS[int(degrees // 90) % 4]
    else:
        cosine, sine = cos(radians(degrees)), sin(radians(degrees))
    return about(width, height, cosine, sine, -sine, cosine)


def _flip(name: str, transform: str, axis: int, across: float, down: float) -> EffectRecord:
    return EffectRecord(
        name,
        still=False,
        draw=always,
        matrix=lambda _, width, height: about(width, height, across, 0.0, 0.0, down),
        reordered=lambda image, _: opencv().flip(image, axis),
        told=nothing,
        slider=Slider(100, 50),
        torchvision=lambda config, _: Step(
            f"v2.Random{transform}(p={number(getattr(config, name))})"
        ),
        albumentations=lambda _config, _size, p: Step(f"A.{transform}(p={p})"),
    )


HORIZONTAL_FLIP = _flip("horizontal_flip", "HorizontalFlip", 1, -1.0, 1.0)
VERTICAL_FLIP = _flip("vertical_flip", "VerticalFlip", 0, 1.0, -1.0)

_TURNS_TORCHVISION = "v2.RandomChoice([v2.RandomRotation((turn, turn)) for turn in (90, 180, 270)])"
_TURNS_ALBUMENTATIONS = """\
A.OneOf(
    [  # by 90, 180 and 270 degrees
        A.Sequential([A.Transpose(p=1), A.VerticalFlip(p=1)], p=1),
        A.Sequential([A.HorizontalFlip(p=1), A.VerticalFlip(p=1)], p=1),
        A.Sequential([A.Transpose(p=1), A.HorizontalFlip(p=1)], p=1),
    ],
    p={p},
)"""


def _reordered(image: Image, quarters: int) -> Image:
    cv2 = opencv()
    ways = (cv2.ROTATE_90_COUNTERCLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_CLOCKWISE)
    rotated: Image = cv2.rotate(image, ways[quarters - 1])
    return rotated


QUARTER_TURNS = EffectRecord(  # 1 to 3, counter-clockwise
    "quarter_turns",
    still=0,
    draw=lambda _, uniforms: 1 + int(3 * uniforms[1]),
    matrix=lambda quarters, width, height: turned(90.0 * quarters, width, height),
    reordered=_reordered,
    told=lambda quarters: {"value": 90 * quarters},
    slider=Slider(100, 75),
    torchvision=lambda config, _: Step(_TURNS_TORCHVISION, config.quarter_turns),
    albumentations=lambda _config, _size, p: Step(_TURNS_ALBUMENTATIONS.format(p=p)),
)
ROTATION = EffectRecord(  # in degrees, counter-clockwise
    "rotation",
    still=0.0,
    matrix=turned,
    slider=Slider(180, 20, (-1, 1), unit="°"),
    ranges={"rotation": Range(-180, 180, 1, "°")},
    torchvision=lambda config, _: torchvision_warp(
        config, f"v2.RandomRotation({pair(config.rotation)}"
    ),
    albumentations=lambda config, _, p: albumentations_affine(
        config, f"rotate={pair(config.rotation)}", p
    ),
)
SCALE = EffectRecord(  # above 1 enlarges
    "scale",
    still=1.0,
    matrix=lambda factor, width, height: about(width, height, factor, 0.0, 0.0, factor),
    slider=Slider(90, 20, (-1, 1), origin=1.0),
    ranges={"scale": Range(0.5, 2, unit="×", typed=(0.1, 10))},
    torchvision=lambda config, _: torchvision_warp(
        config, f"v2.RandomAffine(0, scale={pair(config.scale)}"
    ),
    albumentations=lambda config, _, p: albumentations_affine(
        config, f"scale={pair(config.scale)}, keep_ratio=True", p
    ),
)


def _up_to(most: Point, uniforms: Uniforms) -> Point:
    return (2 * uniforms[0] - 1) * most[0], (2 * uniforms[1] - 1) * most[1]


def _axes(most: Point) -> str:
    across, down = (pair(either_way(one)) for one in most)
    return f'{{"x": {across}, "y": {down}}}'


def _shifted(shift: Point, width: int, height: int) -> Matrix:
    return np.array([[1, 0, shift[0] * width], [0, 1, shift[1] * height], [0, 0, 1.0]])


TRANSLATION = EffectRecord(  # right and down, in shares of width and height
    "translation",
    still=(0.0, 0.0),
    draw=lambda config, uniforms: _up_to(config.translation, uniforms),
    matrix=_shifted,
    told=lambda shift: {"x": 100 * shift[0], "y": 100 * shift[1]},
    slider=Slider(100, 10, (1, 1)),
    ranges={"translation": Range(0, 100, 1, "%", by_axis=True)},
    torchvision=lambda config, _: torchvision_warp(
        config, f"v2.RandomAffine(0, translate={pair(config.translation)}"
    ),
    albumentations=lambda config, _, p: albumentations_affine(
        config, f"translate_percent={_axes(config.translation)}", p
    ),
)


def _slanted(slant: Point, width: int, height: int) -> Matrix:
    across, down = (tan(radians(angle)) for angle in slant)
    return about(width, height, 1.0, -across, -down, 1 + across * down)


def _shear_ranges(config: AugmentationConfig) -> str:
    across, down = map(either_way, config.shear)
    return ", ".join(map(number, (*across, *down)))


SHEAR = EffectRecord(  # degrees (x, y), with torchvision's signs: x moves what is above the middle
    "shear",  # to the right, y what is left of it down
    still=(0.0, 0.0),
    draw=lambda config, uniforms: _up_to(config.shear, uniforms),
    matrix=_slanted,
    told=lambda slant: {"x": slant[0], "y": slant[1]},
    slider=Slider(60, 10, (1, 1), unit="°"),
    ranges={"shear": Range(0, 60, 1, "°", by_axis=True)},
    torchvision=lambda config, _: torchvision_warp(
        config, f"v2.RandomAffine(0, shear=({_shear_ranges(config)})"
    ),
    albumentations=lambda config, _, p: albumentations_affine(
        config,
        f"shear={_axes(config.shear)}",
        p,
        "" if 0 in config.shear else "slanting both ways at once it scales a little",
    ),
)

Window = tuple[float, float, float, float]  # left, top, width, height, in shares of the image's
WHOLE: Window = (0.0, 0.0, 1.0, 1.0)


def _window(config: AugmentationConfig, uniforms: Uniforms) -> Window:
    """A window of any share of the area from ``crop`` on, of any ratio in ``crop_aspect`` (even
    on a logarithmic scale); where the two don't fit into the image together the ratio stays."""
    area, left, top, aspect, *_ = uniforms
    width = height = side = sqrt(1 - (1 - config.crop) * area)
    if config.crop_aspect != (1, 1):
        low, high = config.crop_aspect
        stretch = sqrt(exp(between((log(low), log(high)), aspect)))
        most = max(side * stretch, side / stretch, 1.0)
        width, height = side * stretch / most, side / stretch / most
    return left * (1 - width), top * (1 - height), width, height


def _zoomed(window: Window, width: int, height: int) -> Matrix:
    left, top, across, down = window
    return np.array(
        [
            [1 / across, 0, (0.5 - left * width) / across - 0.5],
            [0, 1 / down, (0.5 - top * height) / down - 0.5],
            [0, 0, 1],
        ]
    )


def _window_told(window: Window) -> dict[str, object]:
    left, top, width, height = (100 * share for share in window)
    return {"width": width, "height": height, "left": left, "top": top}


def _window_shape(config: AugmentationConfig) -> str:
    return f"scale=({number(config.crop)}, 1), ratio={pair(config.crop_aspect)}"


def _window_note(config: AugmentationConfig) -> str:
    return "" if config.crop_aspect == (1, 1) else "a window that does not fit is drawn again"


CROP = EffectRecord(
    "crop",
    still=WHOLE,
    draw=_window,
    matrix=_zoomed,
    told=_window_told,
    slider=Slider(95, 20, (-1,), origin=1.0),
    ranges={"crop_aspect": Range(0.5, 2, typed=(0.25, 4))},
    torchvision=lambda config, size: Step(
        f"v2.RandomResizedCrop({size}, {_window_shape(config)})", note=_window_note(config)
    ),
    albumentations=lambda config, size, p: Step(
        f"A.RandomResizedCrop(({size}, {size}), {_window_shape(config)}, p={p})",
        note=_window_note(config),
    ),
)

# How far top left, top right, bottom right and bottom left move, in shares of width and height.
Corners = tuple[Point, Point, Point, Point]
UNMOVED: Corners = ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0))

_CORNERS: Corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
_NAMES = ("top_left", "top_right", "bottom_right", "bottom_left")
_HALF_THE_BITS = 2**26  # of a uniform's 53: a corner's two numbers come from one uniform
_PERSPECTIVE = """\
def perspective(image, **_):
    height, width = image.shape[:2]
    corners = np.float32([(0, 0), (width, 0), (width, height), (0, height)]) - 0.5
    inwards = np.float32([(1, 1), (-1, 1), (-1, -1), (1, -1)]) * (width, height)
    shares = [[random.uniform(0, {most}) for _ in "xy"] for _ in corners]
    moved = np.float32(corners + inwards * shares)
    matrix = cv2.getPerspectiveTransform(corners, moved)
    borders = {{"borderMode": {border}, "borderValue": {color}}}
    return cv2.warpPerspective(image, matrix, (width, height), **borders)"""


def _corners_drawn(config: AugmentationConfig, uniforms: Uniforms) -> Corners:
    """As torchvision's ``RandomPerspective``: each corner inwards by up to half the distortion,
    across and down."""
    most = config.perspective / 2
    first, second, third, fourth = (_inwards(uniform, most) for uniform in uniforms[:4])
    return first, second, third, fourth


def _inwards(uniform: float, most: float) -> Point:
    across, down = divmod(uniform * _HALF_THE_BITS, 1)
    return most * across / _HALF_THE_BITS, most * down


def _seen_at_an_angle(inwards: Corners, width: int, height: int) -> Matrix:
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


def _corners_told(corners: Corners) -> dict[str, object]:
    return {
        f"{name}_{axis}": 100 * share
        for name, corner in zip(_NAMES, corners, strict=True)
        for axis, share in zip("xy", corner, strict=True)
    }


def _perspective_albumentations(config: AugmentationConfig, _size: int, p: str) -> Step:
    helper = _PERSPECTIVE.format(
        most=number(config.perspective / 2),
        border=BORDERS[config.fill_mode],
        color=config.fill_color,
    )
    note = "A.Perspective zooms in, and its corners are drawn otherwise"
    return Step(f"A.Lambda(image=perspective, p={p})", note=note, helper=helper)


PERSPECTIVE = EffectRecord(
    "perspective",
    still=UNMOVED,
    draw=_corners_drawn,
    matrix=_seen_at_an_angle,
    told=_corners_told,
    slider=Slider(50, 20),
    torchvision=lambda config, _: torchvision_warp(
        config, f"v2.RandomPerspective({number(config.perspective)}, p=1"
    ),
    albumentations=_perspective_albumentations,
)

GEOMETRIC = (
    *(HORIZONTAL_FLIP, VERTICAL_FLIP, QUARTER_TURNS),
    *(ROTATION, SCALE, CROP, TRANSLATION, SHEAR, PERSPECTIVE),
)
