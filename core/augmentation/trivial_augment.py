"""TrivialAugment (Mueller and Hutter, 2021): for each picture one random operation, nothing else.

No range needs tuning: each operation has a fixed, wide one. Where the paper's "wide" space has
the operation the range is its own: rotation up to 135 degrees, shear by 0.99 (the tangent of
44.7 degrees) and translation by 32 pixels (of 224) along either axis, brightness, contrast and
saturation (its "color") from 0.01 to 1.99. The rest of its space (posterize, solarize, equalize,
autocontrast) are not among our effects; in their place stand ours, at the strongest that is usual
elsewhere: scale by 0.5 to 2, a crop to a quarter of the area, perspective as torchvision's
RandomPerspective, hue as SimCLR's, gamma by 0.5 to 2, grayscale, blur (half of the paper's
"sharpness"), noise, JPEG, and erasing as torchvision's RandomErasing. As in the paper one
operation does nothing. Flips and quarter turns are left out as there: they have no strength, and
are what turns one class into another.
"""

from collections import defaultdict
from functools import lru_cache
from math import atan, degrees
from typing import Any

from core.augmentation.draws import POLICY, Draws, ManyDraws
from core.augmentation.sampling import Drawn, Number, whole
from core.recipe.config import AugmentationConfig, Color, FillMode

_SLANT = degrees(atan(0.99))
_SHIFT = 32 / 224
_FACTORS = (0.01, 1.99)

OPERATIONS: tuple[AugmentationConfig, ...] = (
    AugmentationConfig(),
    AugmentationConfig(rotation=(-135, 135)),
    AugmentationConfig(scale=(0.5, 2)),
    AugmentationConfig(crop=0.25),
    AugmentationConfig(translation=(_SHIFT, 0)),
    AugmentationConfig(translation=(0, _SHIFT)),
    AugmentationConfig(shear=(_SLANT, 0)),
    AugmentationConfig(shear=(0, _SLANT)),
    AugmentationConfig(perspective=0.5),
    AugmentationConfig(brightness=_FACTORS),
    AugmentationConfig(contrast=_FACTORS),
    AugmentationConfig(saturation=_FACTORS),
    AugmentationConfig(hue=(-72, 72)),
    AugmentationConfig(gamma=(0.5, 2)),
    AugmentationConfig(grayscale=1),
    AugmentationConfig(blur=(0, 3)),
    AugmentationConfig(noise=(0, 40)),
    AugmentationConfig(jpeg=(10, 100)),
    AugmentationConfig(erasing=1, erasing_area=(0.02, 0.33)),
)


def operation(config: AugmentationConfig, draws: Draws) -> AugmentationConfig:
    """The one operation of a picture, with the fill of ``config``.

    The first uniform of the stream "policy" chooses it, all equally likely; its strength and
    sign come from its effect's own stream, evenly over the range (the paper has 31 steps).
    """
    return _filled(_place(draws), config.fill_mode, config.fill_color)


def nothing(config: AugmentationConfig) -> AugmentationConfig:
    """The operation that changes no picture, with the fill of ``config``."""
    return _filled(0, config.fill_mode, config.fill_color)


def operations(
    config: AugmentationConfig, draws: ManyDraws
) -> list[tuple[AugmentationConfig, list[int]]]:
    """Each operation that any of the pictures gets, with the places of those that get it."""
    pictures: defaultdict[int, list[int]] = defaultdict(list)
    for picture, place in enumerate(_place(draws).tolist()):
        pictures[place].append(picture)
    return [
        (_filled(place, config.fill_mode, config.fill_color), which)
        for place, which in pictures.items()
    ]


def _place(draws: Drawn[Number]) -> Any:
    return whole(len(OPERATIONS) * draws[POLICY][0])


@lru_cache(maxsize=256)
def _filled(chosen: int, fill_mode: FillMode, fill_color: Color) -> AugmentationConfig:
    update = {"fill_mode": fill_mode, "fill_color": fill_color}
    return OPERATIONS[chosen].model_copy(update=update)
