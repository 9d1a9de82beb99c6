"""Augmentation: parameters from random numbers, then one warp, then light and colour.

The trainer and the preview make the same calls, ``apply(image, sample(config, draws(...)))``, so
the preview shows what is trained on. All functions here are pure: the same on any thread, in any
order. A view that shows the same images again and again keeps what ``draws`` gave, so that the
hashes are made once.

The policy "trivial" is TrivialAugment (Mueller and Hutter, 2021): one random operation an image,
from the fixed ranges of ``OPERATIONS``.
"""

from functools import cache, lru_cache
from math import atan, degrees
from statistics import fmean

import numpy as np

from core.augmentation import geometry
from core.augmentation.draws import POLICY, Draws, draws
from core.augmentation.geometry import Geometric, Image, describe_geometric, warp
from core.augmentation.parameters import Parameters, geometric_values, sample_photometric
from core.augmentation.photometric import Described, apply_photometric, describe_photometric
from core.recipe.config import AugmentationConfig, Color, FillMode

_SLANT = degrees(atan(0.99))
_SHIFT = 32 / 224
_FACTORS = (0.01, 1.99)

# Each operation has a fixed, wide range. Where the paper's "wide" space has the operation, the
# range is its own: rotation up to 135 degrees, shear by 0.99 (the tangent of 44.7 degrees) and
# translation by 32 pixels (of 224) along either axis, brightness, contrast and saturation (its
# "color") from 0.01 to 1.99. The rest of its space (posterize, solarize, equalize, autocontrast)
# are not among our effects; in their place stand ours, at the strongest that is usual elsewhere:
# scale by 0.5 to 2, a crop to a quarter of the area, perspective as torchvision's
# RandomPerspective, hue as SimCLR's, gamma by 0.5 to 2, grayscale, blur (half of the paper's
# "sharpness"), noise, JPEG, and erasing as torchvision's RandomErasing. As in the paper one
# operation does nothing. Flips and quarter turns are left out as there: they have no strength,
# and are what turns one class into another.
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
    place = int(len(OPERATIONS) * draws[POLICY][0])
    return _filled(place, config.fill_mode, config.fill_color)


@lru_cache(maxsize=256)
def _filled(chosen: int, fill_mode: FillMode, fill_color: Color) -> AugmentationConfig:
    update = {"fill_mode": fill_mode, "fill_color": fill_color}
    return OPERATIONS[chosen].model_copy(update=update)


_TYPICAL = 64


def augment(
    image: Image, config: AugmentationConfig, seed: int, epoch: int, sample_key: str, view: int = 0
) -> Image:
    """The augmented version of ``image`` (uint8 [H, W, 3]) that ``draws`` decides; same shape.

    A picture that stays as it is comes back as the same array. Raises ``ValueError`` for
    another type or shape.
    """
    return apply(image, sample(config, draws(seed, epoch, sample_key, view)))


def sample(config: AugmentationConfig, draws: Draws) -> Parameters:
    """The parameters that ``draws`` picks from the ranges of ``config``, or by its policy.

    Common random numbers: each value follows its range continuously while its uniforms stay,
    so moving one slider changes one effect, smoothly, from nothing to its most.
    """
    if config.policy == "trivial":
        config = operation(config, draws)
    photometric = sample_photometric(config, draws)
    return Parameters(**geometric_values(config, draws), photometric=photometric)


def apply(image: Image, parameters: Parameters) -> Image:
    """``image`` (uint8 [H, W, 3]) changed by ``parameters``, same shape.

    Identity gives back the same array. Raises ``ValueError`` for another type or shape.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(f"expected uint8 [H, W, 3], got {image.dtype} {list(image.shape)}")
    return apply_photometric(warp(image, parameters), parameters.photometric)


def fill_share(parameters: Geometric, width: int, height: int) -> float:
    """The share, 0 to 1, of the output's area that shows nothing of the picture, only fill."""
    return geometry.fill_share(parameters, width, height)


def fill_share_of(config: AugmentationConfig, width: int = 224, height: int = 224) -> float:
    """The mean ``fill_share`` of what ``config`` makes of a picture: over the same draws each
    time, so that it follows a slider smoothly and never flickers."""
    return fmean(fill_share(sample(config, one), width, height) for one in _typical_draws())


def describe(parameters: Parameters) -> list[Described]:
    """What was done to a picture, in its order: each as a sentence's code and its values.

    Effects that did nothing are not named; a picture that stays as it is gives none.
    """
    return [*describe_geometric(parameters), *describe_photometric(parameters.photometric)]


@cache
def _typical_draws() -> tuple[Draws, ...]:
    return tuple(draws(0, 0, "typical", view) for view in range(_TYPICAL))
