"""Augmentation: uniforms -> parameters -> one matrix -> one interpolation.

The trainer and the preview make the same call, ``augment``; what is seen is what trains.
All geometric effects of a picture fold into ONE affine matrix, always in this order: flip,
rotation, scale, crop, translation. What one effect moves out and a later one brings back is not
lost, and only what lies outside the picture is filled. Everything here is a pure function: the
same on any thread, in any order.
"""

import struct
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from math import cos, radians, sin, sqrt
from types import MappingProxyType, ModuleType

import numpy as np
import numpy.typing as npt

from core.config import AugmentationConfig, FillMode

Image = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]
Draws = Mapping[str, tuple[float, ...]]

EFFECTS = ("horizontal_flip", "vertical_flip", "rotation", "scale", "crop", "translation")

PRESETS: Mapping[str, AugmentationConfig] = MappingProxyType(
    {
        "light": AugmentationConfig(rotation=(-10, 10), scale=(0.9, 1.1), translation=(0.05, 0.05)),
        "standard": AugmentationConfig(
            horizontal_flip=0.5,
            rotation=(-20, 20),
            scale=(0.8, 1.2),
            crop=0.8,
            translation=(0.1, 0.1),
        ),
    }
)

_QUARTER_TURNS = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))  # (cos, sin)


@dataclass(frozen=True)
class Parameters:
    """What is done to one picture; the default is nothing.

    ``rotation`` is in degrees, counter-clockwise as seen; ``scale`` above 1 enlarges; ``crop``
    is (left, top, side) of the window that is kept and resized back, in shares of width and
    height; ``translation`` moves the content right and down, in shares of width and height.
    """

    horizontal_flip: bool = False
    vertical_flip: bool = False
    rotation: float = 0.0
    scale: float = 1.0
    crop: tuple[float, float, float] = (0.0, 0.0, 1.0)
    translation: tuple[float, float] = (0.0, 0.0)
    fill_mode: FillMode = "reflect"
    fill_color: tuple[int, int, int] = (0, 0, 0)

    @property
    def is_identity(self) -> bool:
        """Whether the picture stays as it is."""
        return (
            not self.horizontal_flip
            and not self.vertical_flip
            and self.rotation == 0
            and self.scale == 1
            and self.crop == (0, 0, 1)
            and self.translation == (0, 0)
        )


def augment(
    image: Image, config: AugmentationConfig, seed: int, epoch: int, sample_key: str, view: int = 0
) -> Image:
    """The augmented version of ``image`` (uint8 [H, W, 3]) that ``draws`` decides; same shape.

    A picture that stays as it is comes back as the same array. Raises ``ValueError`` for
    another type or shape.
    """
    if config.is_identity:
        return image
    return apply(image, sample(config, draws(seed, epoch, sample_key, view)))


def draws(seed: int, epoch: int, sample: str, view: int = 0) -> Draws:
    """Eight uniforms in [0, 1) for each effect, from a BLAKE2b hash (RFC 7693) of the arguments.

    ``sample`` is the picture's POSIX path relative to the dataset folder; how its accents are
    composed makes no difference. Each effect has a stream named by the effect, so that a new
    effect, or a new use of one's later uniforms, changes no other value.
    """
    key = unicodedata.normalize("NFC", sample)
    return {effect: _uniforms(f"{seed}/{epoch}/{view}/{effect}/{key}") for effect in EFFECTS}


def sample(config: AugmentationConfig, draws: Draws) -> Parameters:
    """The parameters that ``draws`` picks from the ranges of ``config``.

    Common random numbers: each value follows its range continuously while its uniform stays,
    so moving one slider changes one effect, smoothly, from nothing to its most.
    """
    side = sqrt(1 - (1 - config.crop) * draws["crop"][0])
    _, left, top, *_ = draws["crop"]
    across, down, *_ = draws["translation"]
    return Parameters(
        horizontal_flip=draws["horizontal_flip"][0] < config.horizontal_flip,
        vertical_flip=draws["vertical_flip"][0] < config.vertical_flip,
        rotation=_between(config.rotation, draws["rotation"][0]),
        scale=_between(config.scale, draws["scale"][0]),
        crop=(left * (1 - side), top * (1 - side), side),
        translation=(
            (2 * across - 1) * config.translation[0],
            (2 * down - 1) * config.translation[1],
        ),
        fill_mode=config.fill_mode,
        fill_color=config.fill_color,
    )


def matrix(parameters: Parameters, width: int, height: int) -> Matrix:
    """The float64 [2, 3] matrix from input (x, y, 1) to output (x, y), for a picture of that size.

    Coordinates are in pixels, x to the right and y down, with the centre of the first pixel at
    (0, 0), as in OpenCV. Flips and quarter turns are exact.
    """
    middle = ((width - 1) / 2, (height - 1) / 2)
    cosine, sine = _cos_sin(parameters.rotation)
    flip = _about(
        middle,
        -1.0 if parameters.horizontal_flip else 1.0,
        0.0,
        0.0,
        -1.0 if parameters.vertical_flip else 1.0,
    )
    rotation = _about(middle, cosine, sine, -sine, cosine)
    scale = _about(middle, parameters.scale, 0.0, 0.0, parameters.scale)
    left, top, side = parameters.crop
    crop = np.array(
        [
            [1 / side, 0, (0.5 - left * width) / side - 0.5],
            [0, 1 / side, (0.5 - top * height) / side - 0.5],
            [0, 0, 1],
        ]
    )
    right, down = parameters.translation
    translation = np.array([[1, 0, right * width], [0, 1, down * height], [0, 0, 1.0]])
    whole: Matrix = translation @ crop @ scale @ rotation @ flip
    return whole[:2]


def apply(image: Image, parameters: Parameters) -> Image:
    """``image`` (uint8 [H, W, 3]) changed by ``parameters``, same shape, bilinear.

    Reflect repeats the edge pixel. Identity gives back the same array. Raises ``ValueError``
    for another type or shape.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(f"expected uint8 [H, W, 3], got {image.dtype} {list(image.shape)}")
    if parameters.is_identity:
        return image
    cv2 = _opencv()
    height, width = image.shape[:2]
    borders = {
        "constant": cv2.BORDER_CONSTANT,
        "edge": cv2.BORDER_REPLICATE,
        "reflect": cv2.BORDER_REFLECT,
        "wrap": cv2.BORDER_WRAP,
    }
    warped: Image = cv2.warpAffine(
        image,
        matrix(parameters, width, height),
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=borders[parameters.fill_mode],
        borderValue=parameters.fill_color,
    )
    return warped


def fill_share(parameters: Parameters, width: int, height: int) -> float:
    """The share, 0 to 1, of the output's area that shows nothing of the picture, only fill."""
    right, bottom = width - 0.5, height - 0.5
    corners = np.array([(-0.5, -0.5), (right, -0.5), (right, bottom), (-0.5, bottom)])
    whole = matrix(parameters, width, height)
    shown = [(float(x), float(y)) for x, y in corners @ whole[:, :2].T + whole[:, 2]]
    for axis, limit, sign in ((0, -0.5, -1), (0, right, 1), (1, -0.5, -1), (1, bottom, 1)):
        shown = _clipped(shown, axis, limit, sign)
    return max(0.0, 1 - _area(shown) / (width * height))


def _uniforms(name: str) -> tuple[float, ...]:
    # surrogatepass: a file name that is no valid Unicode has draws too
    digest = blake2b(name.encode("utf-8", "surrogatepass")).digest()
    return tuple((word >> 11) * 2.0**-53 for word in struct.unpack("<8Q", digest))


def _between(ends: tuple[float, float], uniform: float) -> float:
    low, high = ends
    return min(low + (high - low) * uniform, high)  # rounding may step over the end


def _cos_sin(degrees: float) -> tuple[float, float]:
    if degrees % 90 == 0:
        return _QUARTER_TURNS[int(degrees // 90) % 4]
    return cos(radians(degrees)), sin(radians(degrees))


def _about(middle: tuple[float, float], a: float, b: float, c: float, d: float) -> Matrix:
    """The linear map [[a, b], [c, d]] that leaves ``middle`` where it is."""
    x, y = middle
    return np.array([[a, b, x - a * x - b * y], [c, d, y - c * x - d * y], [0, 0, 1]])


def _clipped(
    polygon: list[tuple[float, float]], axis: int, limit: float, sign: int
) -> list[tuple[float, float]]:
    """The part of a convex polygon on one side of a line (Sutherland and Hodgman, 1974)."""
    kept = []
    for start, end in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        before, after = sign * (start[axis] - limit), sign * (end[axis] - limit)
        if before <= 0:
            kept.append(start)
        if before * after < 0:
            way = before / (before - after)
            kept.append(
                (start[0] + way * (end[0] - start[0]), start[1] + way * (end[1] - start[1]))
            )
    return kept


def _area(polygon: list[tuple[float, float]]) -> float:
    pairs = zip(polygon, polygon[1:] + polygon[:1], strict=True)
    return abs(sum(x * v - u * y for (x, y), (u, v) in pairs)) / 2


@cache
def _opencv() -> ModuleType:
    # Imported at the first warp, because the window opens before. One thread: pictures are
    # warped side by side already, and a second pool would only fight the network's threads.
    import cv2

    cv2.setNumThreads(1)
    return cv2
