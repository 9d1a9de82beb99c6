"""Photometric augmentation: what happens to an image's colours and sharpness after the warp.

The order is always: brightness, contrast, saturation, hue, gamma, grayscale, blur, noise, JPEG,
erasing. That is a camera's: light and colour, then lens, sensor and file; last, something that
stands in front. Each step works on the 8-bit image that the one before left.

Images are uint8 [H, W, 3] in RGB, of any size from one pixel on. The formulas are torchvision's
(``transforms.v2.functional``, on uint8 tensors), but real values are rounded to the nearest level
and not cut off below, so that a chain of effects doesn't darken an image. All functions are pure.
"""

from dataclasses import dataclass, replace
from functools import cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from core.common.lazy import opencv

Image = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]

MEAN_COLOR = (124, 116, 104)  # of ImageNet: what the network's normalisation takes to zero

_LEVELS = np.arange(256, dtype=np.float64)
# Rec. 601's weights as torchvision writes them. It cuts the weighted sum off below; OpenCV rounds
# to nearest, hence half a level less, but for a trace that keeps whole numbers whole.
_FLOORED_GRAY = np.array([[0.2989, 0.587, 0.114, -0.49995]], dtype=np.float32)
_RANKS = 2**16


def adjust_brightness(image: Image, factor: float) -> Image:
    """``factor`` times each level, up to white: torchvision's ``adjust_brightness``."""
    return _mapped(image, factor * _LEVELS)


def adjust_contrast(image: Image, factor: float) -> Image:
    """``mean + factor (level - mean)``, with the picture's mean grey: ``adjust_contrast``.

    As in torchvision, each pixel's grey is cut off to a whole level before the mean is taken.
    """
    mean = opencv().mean(_floored_gray(image))[0]
    return _mapped(image, mean + factor * (_LEVELS - mean))


def adjust_saturation(image: Image, factor: float) -> Image:
    """``grey + factor (level - grey)``, each pixel its own grey: ``adjust_saturation``."""
    cv2 = opencv()
    gray = cv2.cvtColor(_floored_gray(image), cv2.COLOR_GRAY2RGB)
    blended: Image = cv2.addWeighted(image, factor, gray, 1 - factor, 0)
    return blended


def shift_hue(image: Image, degrees: float) -> Image:
    """The hue of HSV turned by -180 to 180 ``degrees``: ``adjust_hue`` by degrees / 360.

    By OpenCV's conversions of float pictures; those of uint8 pictures know every second degree.
    """
    cv2 = opencv()
    hsv = cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2HSV)
    hsv[..., 0] += degrees % 360  # OpenCV takes what is beyond 360 round, but nothing below 0
    shifted: Image = cv2.convertScaleAbs(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))
    return shifted


def adjust_gamma(image: Image, gamma: float) -> Image:
    """Levels from 0 to 1 to the power of ``gamma``: torchvision's ``adjust_gamma``."""
    return _mapped(image, 255 * (_LEVELS / 255) ** gamma)


def to_grayscale(image: Image) -> Image:
    """Each pixel's grey on all three channels: OpenCV's ``COLOR_RGB2GRAY``.

    torchvision's ``rgb_to_grayscale`` has the same weights (Rec. 601), but their sum is below 1
    and cut off, so that it would darken a picture that is grey already.
    """
    cv2 = opencv()
    gray: Image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return gray


def gaussian_blur(image: Image, sigma: float) -> Image:
    """A Gaussian of standard deviation ``sigma`` in pixels, reflected at the border.

    The kernel has the size that OpenCV's ``GaussianBlur`` chooses for uint8: 6 sigma + 1, rounded
    and made odd. torchvision's ``gaussian_blur`` agrees at the same size, where the picture is
    larger than half the kernel; so does OpenCV's own, whose fixed-point kernel is less exact and
    2 to 7 times slower than the float kernel here.
    """
    cv2 = opencv()
    kernel = cv2.getGaussianKernel(round(6 * sigma + 1) | 1, sigma, cv2.CV_32F)
    blurred: Image = cv2.sepFilter2D(
        image, cv2.CV_8U, kernel, kernel, borderType=cv2.BORDER_REFLECT_101
    )
    return blurred


def add_noise(image: Image, deviation: float, seed: int) -> Image:
    """Independent Gaussian noise on each channel, ``deviation`` in grey levels.

    torchvision's ``gaussian_noise``, rounded and clipped to levels. ``seed``, 0 to 2**53 - 1,
    picks each value's rank among 65,536 of the normal distribution, from the bits of PCG64 as
    they are: NumPy keeps those the same for good (NEP 19), unlike what its generators make of
    them. The same seed with twice the deviation is twice the same noise.
    """
    cv2 = opencv()
    bits = np.random.Generator(np.random.PCG64(seed)).integers(
        0, 2**64 - 1, -(-image.size // 4), dtype=np.uint64, endpoint=True
    )
    ranks = bits.view(np.uint16)[: image.size]
    offsets = np.rint(deviation * _normal_quantiles()).astype(np.int16)
    noisy: Image = cv2.add(image, np.take(offsets, ranks).reshape(image.shape), dtype=cv2.CV_8U)
    return noisy


def compress(image: Image, quality: int) -> Image:
    """What JPEG of ``quality`` 1 to 100 leaves of the picture: torchvision's ``jpeg``.

    The codec is libjpeg-turbo in both, with colours at half the resolution (4:2:0).
    """
    cv2 = opencv()
    _, encoded = cv2.imencode(
        ".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    decoded = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    compressed: Image = cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    return compressed


def erase(image: Image, box: Box) -> Image:
    """A rectangle filled with ``MEAN_COLOR``: random erasing (Zhong et al., 2020), ``erase``.

    ``box`` is (left, top, width, height) in shares of the picture's width and height; at least
    one pixel is erased. The mean colour is zero to the network: neither an edge as strong as
    black would be, nor noise whose texture it could learn.
    """
    left, right = _pixels(box[0], box[2], image.shape[1])
    top, bottom = _pixels(box[1], box[3], image.shape[0])
    erased = image.copy()
    erased[top:bottom, left:right] = MEAN_COLOR
    return erased


def _mapped(image: Image, levels: npt.NDArray[np.float64]) -> Image:
    table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    mapped: Image = opencv().LUT(image, table)
    return mapped


def _floored_gray(image: Image) -> Image:
    gray: Image = opencv().transform(image, _FLOORED_GRAY)
    return gray


def _pixels(start: float, length: float, count: int) -> tuple[int, int]:
    size = min(max(round(length * count), 1), count)
    first = min(round(start * count), count - size)
    return first, first + size


@cache
def _normal_quantiles() -> npt.NDArray[np.float32]:
    """The standard normal's quantiles at the middles of 65,536 equal shares."""
    normal = NormalDist()
    upper = [normal.inv_cdf(0.5 + (rank + 0.5) / _RANKS) for rank in range(_RANKS // 2)]
    return np.array([*(-one for one in reversed(upper)), *upper], dtype=np.float32)


Described = tuple[str, dict[str, object]]

_UNITS = {
    "brightness": "factor",
    "contrast": "factor",
    "saturation": "factor",
    "hue": "degrees",
    "gamma": "exponent",
    "grayscale": "",
    "blur": "pixels",
    "noise": "levels",
    "jpeg": "quality",
}


@dataclass(frozen=True)
class Photometric:
    """What is done to one picture's pixels; the default is nothing.

    ``brightness``, ``contrast`` and ``saturation`` are factors, ``hue`` is in degrees, ``gamma``
    an exponent, ``blur`` a standard deviation in pixels, ``noise`` one in grey levels, made from
    ``noise_seed``; ``jpeg`` is the quality, 100 for none; ``erasing`` is (left, top, width,
    height) of the erased rectangle in shares of the picture's width and height.
    """

    brightness: float = 1.0
    contrast: float = 1.0
    saturation: float = 1.0
    hue: float = 0.0
    gamma: float = 1.0
    grayscale: bool = False
    blur: float = 0.0
    noise: float = 0.0
    noise_seed: int = 0
    jpeg: int = 100
    erasing: Box | None = None

    @property
    def is_identity(self) -> bool:
        """Whether the picture stays as it is."""
        return replace(self, noise_seed=0) == _NOTHING


_NOTHING = Photometric()


def apply_photometric(image: Image, photometric: Photometric) -> Image:
    """``image`` (uint8 [H, W, 3], RGB) changed by ``photometric``, same shape.

    Identity gives back the same array; the input is never written to. Pure: the same on any
    thread, in any order.
    """
    if photometric.brightness != 1:
        image = adjust_brightness(image, photometric.brightness)
    if photometric.contrast != 1:
        image = adjust_contrast(image, photometric.contrast)
    if photometric.saturation != 1:
        image = adjust_saturation(image, photometric.saturation)
    if photometric.hue != 0:
        image = shift_hue(image, photometric.hue)
    if photometric.gamma != 1:
        image = adjust_gamma(image, photometric.gamma)
    if photometric.grayscale:
        image = to_grayscale(image)
    if photometric.blur > 0:
        image = gaussian_blur(image, photometric.blur)
    if photometric.noise > 0:
        image = add_noise(image, photometric.noise, photometric.noise_seed)
    if photometric.jpeg < 100:
        image = compress(image, photometric.jpeg)
    if photometric.erasing is not None:
        image = erase(image, photometric.erasing)
    return image


def describe_photometric(photometric: Photometric) -> list[Described]:
    """What is done, in its order, as codes of sentences and their values; nothing left out."""
    described: list[Described] = [
        (f"drawn_{effect}", {unit: getattr(photometric, effect)} if unit else {})
        for effect, unit in _UNITS.items()
        if getattr(photometric, effect) != getattr(_NOTHING, effect)
    ]
    if photometric.erasing is not None:
        _, _, width, height = photometric.erasing
        described.append(("drawn_erasing", {"percent": 100 * width * height}))
    return described
