"""Erasing: a rectangle is covered (Zhong et al., 2020), as by something that stands in front."""

from math import exp, log, sqrt

from core.augmentation.draws import Uniforms
from core.augmentation.effects.code import Step, number, pair
from core.augmentation.effects.record import EffectRecord, Image, Range, Slider, between
from core.recipe.config import AugmentationConfig

Box = tuple[float, float, float, float]  # left, top, width, height, in shares of the image's

# Of ImageNet, and zero to the network: neither an edge as strong as black would be, nor noise whose
# texture it could learn.
MEAN_COLOR = (124, 116, 104)
_ASPECT = (0.3, 3.3)  # width to height of what is erased, as in torchvision's RandomErasing
_NOTE = "a rectangle that does not fit after ten tries is left out"


def erase(image: Image, box: Box) -> Image:
    """A rectangle filled with ``MEAN_COLOR``, of at least one pixel: torchvision's ``erase``."""
    left, right = _pixels(box[0], box[2], image.shape[1])
    top, bottom = _pixels(box[1], box[3], image.shape[0])
    erased = image.copy()
    erased[top:bottom, left:right] = MEAN_COLOR
    return erased


def _pixels(start: float, length: float, count: int) -> tuple[int, int]:
    size = min(max(round(length * count), 1), count)
    first = min(round(start * count), count - size)
    return first, first + size


def _drawn(config: AugmentationConfig, uniforms: Uniforms) -> Box:
    """The rectangle: share of the area, logarithm of its aspect, and place each spread evenly.

    The aspect is that of a square image. RandomErasing draws again when a rectangle doesn't
    fit, and gives up after ten times; here the aspect is drawn from those that fit, so that every
    erasing that is due is done.
    """
    _, size, shape, across, down, *_ = uniforms
    area = between(config.erasing_area, size)
    narrowest, widest = max(area, _ASPECT[0]), min(1 / area, _ASPECT[1])
    aspect = exp(between((log(narrowest), log(widest)), shape))
    width, height = min(sqrt(area * aspect), 1.0), min(sqrt(area / aspect), 1.0)
    return across * (1 - width), down * (1 - height), width, height


ERASING = EffectRecord(
    "erasing",
    still=None,
    draw=_drawn,
    pixels=erase,
    told=lambda box: {"value": 100 * box[2] * box[3]},
    slider=Slider(100, 30),
    ranges={"erasing_area": Range(0.5, 50, 0.5, "%", typed=(0.5, 90))},
    torchvision=lambda config, _: Step(
        f"v2.RandomErasing(p={number(config.erasing)}, scale={pair(config.erasing_area)}, "
        f"value={list(MEAN_COLOR)})",
        note=_NOTE,
    ),
    albumentations=lambda config, _, p: Step(
        f"A.Erasing(scale={pair(config.erasing_area)}, fill={MEAN_COLOR}, p={p})", note=_NOTE
    ),
)
