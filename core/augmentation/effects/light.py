"""Brightness, contrast and gamma: every level becomes another one, as a table says.

The formulas are torchvision's (``transforms.v2.functional``, on uint8 tensors), but values are
rounded to the nearest level and not cut off below, so that several effects don't darken an image.
"""

import numpy as np
import numpy.typing as npt

from core.augmentation.effects.code import Step, pair
from core.augmentation.effects.color import floored_gray, jitter
from core.augmentation.effects.record import EffectRecord, Image, Range, Slider
from core.common.lazy import opencv
from core.recipe.config import AugmentationConfig

_LEVELS = np.arange(256, dtype=np.float64)


def adjust_brightness(image: Image, factor: float) -> Image:
    """``factor`` times each level, up to white: torchvision's ``adjust_brightness``."""
    return _mapped(image, factor * _LEVELS)


def adjust_contrast(image: Image, factor: float) -> Image:
    """``mean + factor (level - mean)``, with the image's mean grey: ``adjust_contrast``.

    As in torchvision, each pixel's grey is cut off to a whole level before the mean is taken.
    """
    mean = opencv().mean(floored_gray(image))[0]
    return _mapped(image, mean + factor * (_LEVELS - mean))


def adjust_gamma(image: Image, gamma: float) -> Image:
    """Levels from 0 to 1 to the power of ``gamma``: torchvision's ``adjust_gamma``."""
    return _mapped(image, 255 * (_LEVELS / 255) ** gamma)


def _mapped(image: Image, levels: npt.NDArray[np.float64]) -> Image:
    table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    mapped: Image = opencv().LUT(image, table)
    return mapped


def _gamma_code(config: AugmentationConfig, _size: int) -> Step:
    chosen = f"random.uniform{pair(config.gamma)}"
    helper = f"def gamma(image):\n    return v2.functional.adjust_gamma(image, {chosen})"
    return Step("v2.Lambda(gamma)", helper=helper)


BRIGHTNESS = jitter("brightness", adjust_brightness, 20)
CONTRAST = jitter("contrast", adjust_contrast, 20)
GAMMA = EffectRecord(  # an exponent, above 1 darkens
    "gamma",
    still=1.0,
    pixels=adjust_gamma,
    slider=Slider(90, 30, (-1, 1), origin=1.0),
    ranges={"gamma": Range(0.1, 2, typed=(0.1, 10))},
    torchvision=_gamma_code,
    albumentations=lambda config, _, p: Step(
        f"A.RandomGamma(gamma_limit={pair((100 * config.gamma[0], 100 * config.gamma[1]))}, p={p})"
    ),
)
