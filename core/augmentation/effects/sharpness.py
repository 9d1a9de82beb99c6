"""Sharpness: softer or sharper than it is, as torchvision's ``adjust_sharpness``."""

import numpy as np

from core.augmentation.effects.code import Step, pair
from core.augmentation.effects.record import FACTORS, EffectRecord, Image, Slider
from core.common.lazy import opencv

_SOFT = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], dtype=np.float32) / 13
_TORCHVISION = """\
def sharpness(image):
    return v2.functional.adjust_sharpness(image, random.uniform{range})"""
_ALBUMENTATIONS = """\
def sharpness(image, **_):
    factor = random.uniform{range}
    soft = cv2.filter2D(image, -1, np.float32([[1, 1, 1], [1, 5, 1], [1, 1, 1]]) / 13)
    return cv2.addWeighted(image, factor, soft, 1 - factor, 0)"""


def adjust_sharpness(image: Image, factor: float) -> Image:
    """``soft + factor (level - soft)``, where each soft pixel is a mean of its surroundings.

    As in torchvision the outermost pixels have no such mean and stay as they are.
    """
    cv2 = opencv()
    soft = cv2.filter2D(image, cv2.CV_8U, _SOFT)
    sharp: Image = image.copy()
    inner = np.s_[1:-1, 1:-1]
    if min(image.shape[:2]) > 2:
        sharp[inner] = cv2.addWeighted(image[inner], factor, soft[inner], 1 - factor, 0)
    return sharp


SHARPNESS = EffectRecord(
    "sharpness",
    still=1.0,
    pixels=adjust_sharpness,
    slider=Slider(100, 50, (-1, 1), origin=1.0),
    ranges={"sharpness": FACTORS},
    torchvision=lambda config, _: Step(
        "v2.Lambda(sharpness)", helper=_TORCHVISION.format(range=pair(config.sharpness))
    ),
    albumentations=lambda config, _, p: Step(
        f"A.Lambda(image=sharpness, p={p})",
        note="A.Sharpen sharpens in another way, and never softens",
        helper=_ALBUMENTATIONS.format(range=pair(config.sharpness)),
    ),
)
