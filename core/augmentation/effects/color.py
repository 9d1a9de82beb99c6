"""Saturation, hue and grayscale. The formulas are torchvision's (``transforms.v2.functional``)."""

from collections.abc import Callable

import numpy as np

from core.augmentation.effects.code import (
    Step,
    albumentations_jitter,
    number,
    torchvision_jitter,
)
from core.augmentation.effects.record import (
    FACTORS,
    EffectRecord,
    Image,
    Range,
    Slider,
    always,
    nothing,
)
from core.common.lazy import opencv

# Rec. 601's weights as torchvision writes them. It cuts the weighted sum off below; OpenCV rounds
# to nearest, hence half a level less, but for a trace that keeps whole numbers whole.
_FLOORED_GRAY = np.array([[0.2989, 0.587, 0.114, -0.49995]], dtype=np.float32)


def floored_gray(image: Image) -> Image:
    """Each pixel's grey, cut off to a whole level as torchvision does it, uint8 [H, W]."""
    gray: Image = opencv().transform(image, _FLOORED_GRAY)
    return gray


def adjust_saturation(image: Image, factor: float) -> Image:
    """``grey + factor (level - grey)``, each pixel its own grey: ``adjust_saturation``."""
    cv2 = opencv()
    gray = cv2.cvtColor(floored_gray(image), cv2.COLOR_GRAY2RGB)
    blended: Image = cv2.addWeighted(image, factor, gray, 1 - factor, 0)
    return blended


def shift_hue(image: Image, degrees: float) -> Image:
    """The hue of HSV turned by -180 to 180 ``degrees``: ``adjust_hue`` by degrees / 360.

    By OpenCV's conversions of float images; those of uint8 images know every second degree.
    """
    cv2 = opencv()
    hsv = cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2HSV)
    hsv[..., 0] += degrees % 360  # OpenCV takes what is beyond 360 round, but nothing below 0
    shifted: Image = cv2.convertScaleAbs(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))
    return shifted


def to_grayscale(image: Image) -> Image:
    """Each pixel's grey on all three channels: OpenCV's ``COLOR_RGB2GRAY``.

    torchvision's ``rgb_to_grayscale`` has the same weights (Rec. 601), but their sum is below 1
    and cut off, so that it would darken an image that is grey already.
    """
    cv2 = opencv()
    gray: Image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return gray


def jitter(name: str, pixels: Callable[[Image, float], Image], usual: float) -> EffectRecord:
    """An effect by a factor that both libraries have in their colour jitter."""
    return EffectRecord(
        name,
        still=1.0,
        pixels=pixels,
        slider=Slider(100, usual, (-1, 1), origin=1.0),
        ranges={name: FACTORS},
        torchvision=torchvision_jitter(name),
        albumentations=albumentations_jitter(name),
    )


SATURATION = jitter("saturation", adjust_saturation, 30)
HUE = EffectRecord(  # in degrees
    "hue",
    still=0.0,
    pixels=shift_hue,
    slider=Slider(180, 15, (-1, 1), unit="°"),
    ranges={"hue": Range(-180, 180, 1, "°")},
    torchvision=torchvision_jitter("hue", turn=360),
    albumentations=albumentations_jitter("hue", turn=360),
)
GRAYSCALE = EffectRecord(
    "grayscale",
    still=False,
    draw=always,
    pixels=lambda image, _: to_grayscale(image),
    told=nothing,
    slider=Slider(100, 20),
    torchvision=lambda config, _: Step(f"v2.RandomGrayscale(p={number(config.grayscale)})"),
    albumentations=lambda _config, _size, p: Step(f"A.ToGray(p={p})"),
)
