"""Rotation, scale, translation and shear: linear maps about the middle, and shifts."""

from math import cos, radians, sin, tan

import numpy as np

from core.augmentation.draws import Uniforms
from core.augmentation.effects.code import (
    albumentations_affine,
    either_way,
    number,
    pair,
    torchvision_warp,
)
from core.augmentation.effects.record import EffectRecord, Matrix, Range, Slider
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
