"""Augmentation: parameters from random numbers, then one warp, then light, colour and the rest.

The order of the effects is a camera's: the scene moves, then come light and colour, then lens,
sensor and file; last, something that stands in front.

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

from core.augmentation.draws import GATE, POLICY, Draws, draws
from core.augmentation.effects.all import RECORDS
from core.augmentation.effects.record import EffectRecord, Image
from core.augmentation.geometry import fill_share, warp
from core.augmentation.parameters import Parameters
from core.recipe.config import EFFECTS, AugmentationConfig, Color, FillMode

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


@lru_cache(maxsize=16)
def operations(fill_mode: FillMode, fill_color: Color) -> tuple[AugmentationConfig, ...]:
    """``OPERATIONS`` with that fill."""
    fill = {"fill_mode": fill_mode, "fill_color": fill_color}
    return tuple(one.model_copy(update=fill) for one in OPERATIONS)


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

    An effect is done where its gate is below its probability: the last uniform of its stream, or
    the first where it has no strength. The others pick its value. The policy "trivial" does one
    operation, all equally likely, by the first uniform of the stream "policy"; its strength is even
    over the range (the paper has 31 steps).
    """
    if config.policy == "trivial":
        every = operations(config.fill_mode, config.fill_color)
        config = every[int(len(every) * draws[POLICY][0])]
    values = []
    for record, gate, probability in _on(config):
        uniforms = draws[record.name]
        if uniforms[gate] < probability:
            value = record.drawn(config, uniforms)
            if value != record.still:
                values.append((record.name, value))
    return Parameters(tuple(values), config.fill_mode, config.fill_color)


@lru_cache(maxsize=256)
def _on(config: AugmentationConfig) -> tuple[tuple[EffectRecord, int, float], ...]:
    """The effects that are on, in their order, with the place of their gate in the stream and
    their probability; the others aren't drawn."""
    return tuple(
        (RECORDS[one.name], GATE if one.has_range else 0, getattr(config, one.probability))
        for one in EFFECTS
        if one.is_on(config)
    )


def apply(image: Image, parameters: Parameters) -> Image:
    """``image`` (uint8 [H, W, 3], RGB) changed by ``parameters``, same shape: one warp, then each
    photometric effect in turn, on the 8-bit image that the one before left.

    Identity gives back the same array; the input is never written to. Raises ``ValueError`` for
    another type or shape.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(f"expected uint8 [H, W, 3], got {image.dtype} {list(image.shape)}")
    image = warp(image, parameters)
    for record, value in parameters:
        if record.pixels is not None:
            image = record.pixels(image, value)
    return image


def fill_share_of(config: AugmentationConfig) -> float:
    """The mean ``fill_share`` of what ``config`` makes of an image: over the same draws each
    time, so that it follows a slider smoothly and never flickers."""
    return fmean(fill_share(sample(config, one)) for one in _typical_draws())


def describe(parameters: Parameters) -> list[tuple[str, dict[str, object]]]:
    """What was done to an image, in its order: each as a sentence's code and its values.

    Effects that did nothing are not named; an image that stays as it is gives none.
    """
    return [(f"drawn_{record.name}", record.told(value)) for record, value in parameters]


@cache
def _typical_draws() -> tuple[Draws, ...]:
    return tuple(draws(0, 0, "typical", view) for view in range(_TYPICAL))
