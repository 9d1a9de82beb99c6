"""The effects that change levels: light and colour, then lens, sensor and file, then a cover.

The formulas are torchvision's (``transforms.v2.functional``, on uint8 tensors). Of brightness,
contrast and gamma, values are rounded to the nearest level and not cut off below, so that several
effects don't darken an image.
"""

from collections.abc import Callable
from functools import cache
from math import exp, log, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from core.augmentation.draws import Uniforms
from core.augmentation.effects.record import (
    FACTORS,
    EffectRecord,
    Image,
    Range,
    Slider,
    Step,
    albumentations_jitter,
    always,
    between,
    nothing,
    number,
    pair,
    torchvision_jitter,
)
from core.common.lazy import opencv
from core.recipe.config import AugmentationConfig

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


_LEAST_SIGMA = 0.01  # pixels: no blur at all; the libraries divide by it


def gaussian_blur(image: Image, sigma: float) -> Image:
    """A Gaussian of standard deviation ``sigma`` in pixels, reflected at the border.

    The kernel has the size that OpenCV's ``GaussianBlur`` chooses for uint8: 6 sigma + 1, rounded
    and made odd. torchvision's ``gaussian_blur`` agrees at the same size, where the image is
    larger than half the kernel; so does OpenCV's own, whose fixed-point kernel is less exact and
    2 to 7 times slower than the float kernel here.
    """
    cv2 = opencv()
    kernel = cv2.getGaussianKernel(round(6 * sigma + 1) | 1, sigma, cv2.CV_32F)
    blurred: Image = cv2.sepFilter2D(
        image, cv2.CV_8U, kernel, kernel, borderType=cv2.BORDER_REFLECT_101
    )
    return blurred


def _sigmas(config: AugmentationConfig) -> tuple[float, float]:
    low, high = config.blur
    return max(low, _LEAST_SIGMA), max(high, _LEAST_SIGMA)


def _blur_torchvision(config: AugmentationConfig, size: int) -> Step:
    low, high = _sigmas(config)
    kernel = min(round(6 * high + 1) | 1, 2 * size - 1)  # a larger one cannot be reflected
    return Step(f"v2.GaussianBlur({kernel}, sigma={pair((low, high))})")


BLUR = EffectRecord(  # a standard deviation in pixels
    "blur",
    still=0.0,
    pixels=gaussian_blur,
    slider=Slider(5, 1.5, (0, 1), unit="px", step=0.1, typed=20),
    ranges={"blur": Range(0, 5, 0.1, "px", typed=(0, 20))},
    torchvision=_blur_torchvision,
    albumentations=lambda config, _, p: Step(
        f"A.GaussianBlur(blur_limit=0, sigma_limit={pair(_sigmas(config))}, p={p})"
    ),
)


_SOFT = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], dtype=np.float32) / 13
_SHARPNESS_TORCHVISION = """\
def sharpness(image):
    return v2.functional.adjust_sharpness(image, random.uniform{range})"""
_SHARPNESS_ALBUMENTATIONS = """\
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
        "v2.Lambda(sharpness)", helper=_SHARPNESS_TORCHVISION.format(range=pair(config.sharpness))
    ),
    albumentations=lambda config, _, p: Step(
        f"A.Lambda(image=sharpness, p={p})",
        note="A.Sharpen sharpens in another way, and never softens",
        helper=_SHARPNESS_ALBUMENTATIONS.format(range=pair(config.sharpness)),
    ),
)


Noise = tuple[float, int]  # a standard deviation in grey levels, and the seed of its bits

_RANKS = 2**16
_NOISE_TORCHVISION = """\
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


def _noise_drawn(config: AugmentationConfig, uniforms: Uniforms) -> Noise:
    return between(config.noise, uniforms[0]), int(uniforms[1] * 2**53)


def _noise_albumentations(config: AugmentationConfig, _size: int, p: str) -> Step:
    low, high = config.noise
    return Step(f"A.GaussNoise(std_range={pair((low / 255, high / 255))}, p={p})")


NOISE = EffectRecord(
    "noise",
    still=(0.0, 0),
    draw=_noise_drawn,
    pixels=add_noise,
    told=lambda noise: {"value": noise[0]},
    slider=Slider(64, 12, (0, 1), unit="", typed=128),
    ranges={"noise": Range(0, 64, 1, typed=(0, 128))},
    torchvision=lambda config, _: Step(
        "v2.Lambda(noise)", helper=_NOISE_TORCHVISION.format(range=pair(config.noise))
    ),
    albumentations=_noise_albumentations,
)


def compress(image: Image, quality: int) -> Image:
    """What JPEG of ``quality`` 1 to 100 leaves of the image: torchvision's ``jpeg``.

    The codec is libjpeg-turbo in both, with colours at half the resolution (4:2:0).
    """
    cv2 = opencv()
    _, encoded = cv2.imencode(
        ".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    decoded = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    compressed: Image = cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    return compressed


def _quality(config: AugmentationConfig, uniforms: Uniforms) -> int:
    """All qualities are equally likely, the ends as well."""
    low, high = config.jpeg
    return min(low + int((high - low + 1) * uniforms[0]), high)


JPEG = EffectRecord(
    "jpeg",
    still=100,
    draw=_quality,
    pixels=compress,
    slider=Slider(99, 60, (-1, 0), origin=100.0, unit="", whole=True),
    ranges={"jpeg": Range(1, 100, 1, whole=True)},
    torchvision=lambda config, _: Step(f"v2.JPEG({pair(config.jpeg)})"),
    albumentations=lambda config, _, p: Step(
        f"A.ImageCompression(quality_range={pair(config.jpeg)}, p={p})",
        note="it takes red for blue while it compresses, so colours suffer otherwise",
    ),
)


Box = tuple[float, float, float, float]  # left, top, width, height, in shares of the image's

# Of ImageNet, and zero to the network: neither an edge as strong as black would be, nor noise whose
# texture it could learn.
MEAN_COLOR = (124, 116, 104)
_ASPECT = (0.3, 3.3)  # width to height of what is erased, as in torchvision's RandomErasing
_LEFT_OUT = "a rectangle that does not fit after ten tries is left out"


def erase(image: Image, box: Box) -> Image:
    """A rectangle filled with ``MEAN_COLOR``, of at least one pixel: torchvision's ``erase``."""
    left, right = _span(box[0], box[2], image.shape[1])
    top, bottom = _span(box[1], box[3], image.shape[0])
    erased = image.copy()
    erased[top:bottom, left:right] = MEAN_COLOR
    return erased


def _span(start: float, length: float, count: int) -> tuple[int, int]:
    size = min(max(round(length * count), 1), count)
    first = min(round(start * count), count - size)
    return first, first + size


def _box(config: AugmentationConfig, uniforms: Uniforms) -> Box:
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


def _erasing_shares(config: AugmentationConfig) -> str:
    return f"p={number(config.erasing)}, scale={pair(config.erasing_area)}"


ERASING = EffectRecord(
    "erasing",
    still=None,
    draw=_box,
    pixels=erase,
    told=lambda box: {"value": 100 * box[2] * box[3]},
    slider=Slider(100, 30),
    ranges={"erasing_area": Range(0.5, 50, 0.5, "%", typed=(0.5, 90))},
    torchvision=lambda config, _: Step(
        f"v2.RandomErasing({_erasing_shares(config)}, value={list(MEAN_COLOR)})", note=_LEFT_OUT
    ),
    albumentations=lambda config, _, p: Step(
        f"A.Erasing(scale={pair(config.erasing_area)}, fill={MEAN_COLOR}, p={p})", note=_LEFT_OUT
    ),
)

PHOTOMETRIC = (
    *(BRIGHTNESS, CONTRAST, SATURATION, HUE, GAMMA, GRAYSCALE),
    *(BLUR, SHARPNESS, NOISE, JPEG, ERASING),
)
