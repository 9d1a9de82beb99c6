"""Noise: a Gaussian one on each channel, as in poor light."""

from functools import cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from core.augmentation.draws import Uniforms
from core.augmentation.effects.code import Step, pair
from core.augmentation.effects.record import EffectRecord, Image, Range, Slider, between
from core.common.lazy import opencv
from core.recipe.config import AugmentationConfig

Noise = tuple[float, int]  # a standard deviation in grey levels, and the seed of its bits

_RANKS = 2**16
_TORCHVISION = """\
def noise(image):
    image = v2.functional.to_dtype(image, torch.float32, scale=True)
    image = v2.functional.gaussian_noise(image, sigma=random.uniform{range} / 255)
    return v2.functional.to_dtype(image, torch.uint8, scale=True)"""


def add_noise(image: Image, noise: Noise) -> Image:
    """Independent Gaussian noise on each channel, of a deviation in grey levels.

    torchvision's ``gaussian_noise``, rounded and clipped to levels. The seed, 0 to 2**53 - 1,
    picks each value's rank among 65,536 of the normal distribution, from the bits of PCG64 as
    they are: NumPy keeps those the same for good (NEP 19), unlike what its generators make of
    them. The same seed with twice the deviation is twice the same noise.
    """
    deviation, seed = noise
    cv2 = opencv()
    bits = np.random.Generator(np.random.PCG64(seed)).integers(
        0, 2**64 - 1, -(-image.size // 4), dtype=np.uint64, endpoint=True
    )
    ranks = bits.view(np.uint16)[: image.size]
    offsets = np.rint(deviation * _normal_quantiles()).astype(np.int16)
    noisy: Image = cv2.add(image, np.take(offsets, ranks).reshape(image.shape), dtype=cv2.CV_8U)
    return noisy


@cache
def _normal_quantiles() -> npt.NDArray[np.float32]:
    """The standard normal's quantiles at the middles of 65,536 equal shares."""
    normal = NormalDist()
    upper = [normal.inv_cdf(0.5 + (rank + 0.5) / _RANKS) for rank in range(_RANKS // 2)]
    return np.array([*(-one for one in reversed(upper)), *upper], dtype=np.float32)


def _drawn(config: AugmentationConfig, uniforms: Uniforms) -> Noise:
    return between(config.noise, uniforms[0]), int(uniforms[1] * 2**53)


def _albumentations(config: AugmentationConfig, _size: int, p: str) -> Step:
    low, high = config.noise
    return Step(f"A.GaussNoise(std_range={pair((low / 255, high / 255))}, p={p})")


NOISE = EffectRecord(
    "noise",
    still=(0.0, 0),
    draw=_drawn,
    pixels=add_noise,
    told=lambda noise: {"value": noise[0]},
    slider=Slider(64, 12, (0, 1), unit="", typed=128),
    ranges={"noise": Range(0, 64, 1, typed=(0, 128))},
    torchvision=lambda config, _: Step(
        "v2.Lambda(noise)", helper=_TORCHVISION.format(range=pair(config.noise))
    ),
    albumentations=_albumentations,
)
