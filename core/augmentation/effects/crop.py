"""Crop: a window of the image, resized back to the whole."""

from math import exp, log, sqrt

import numpy as np

from core.augmentation.draws import Uniforms
from core.augmentation.effects.code import Step, number, pair
from core.augmentation.effects.record import EffectRecord, Matrix, Range, Slider, between
from core.recipe.config import AugmentationConfig

Window = tuple[float, float, float, float]  # left, top, width, height, in shares of the image's
WHOLE: Window = (0.0, 0.0, 1.0, 1.0)


def _drawn(config: AugmentationConfig, uniforms: Uniforms) -> Window:
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


def _matrix(window: Window, width: int, height: int) -> Matrix:
    left, top, across, down = window
    return np.array(
        [
            [1 / across, 0, (0.5 - left * width) / across - 0.5],
            [0, 1 / down, (0.5 - top * height) / down - 0.5],
            [0, 0, 1],
        ]
    )


def _told(window: Window) -> dict[str, object]:
    left, top, width, height = (100 * share for share in window)
    return {"width": width, "height": height, "left": left, "top": top}


def _shape(config: AugmentationConfig) -> str:
    return f"scale=({number(config.crop)}, 1), ratio={pair(config.crop_aspect)}"


def _note(config: AugmentationConfig) -> str:
    return "" if config.crop_aspect == (1, 1) else "a window that does not fit is drawn again"


CROP = EffectRecord(
    "crop",
    still=WHOLE,
    draw=_drawn,
    matrix=_matrix,
    told=_told,
    slider=Slider(95, 20, (-1,), origin=1.0),
    ranges={"crop_aspect": Range(0.5, 2, typed=(0.25, 4))},
    torchvision=lambda config, size: Step(
        f"v2.RandomResizedCrop({size}, {_shape(config)})", note=_note(config)
    ),
    albumentations=lambda config, size, p: Step(
        f"A.RandomResizedCrop(({size}, {size}), {_shape(config)}, p={p})", note=_note(config)
    ),
)
