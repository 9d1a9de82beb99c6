"""Photometric augmentation: what happens to a picture's colours and sharpness after the warp.

Always in this order, each step on the 8-bit picture that the one before left: brightness,
contrast, saturation, hue, gamma, grayscale, blur, noise, JPEG, erasing. That is a camera's:
light and colour, then lens, sensor and file; and last something that stands in front.
"""

from dataclasses import dataclass, replace

from core.augmentation.photometric import (
    Box,
    Image,
    add_noise,
    adjust_brightness,
    adjust_contrast,
    adjust_gamma,
    adjust_saturation,
    compress,
    erase,
    gaussian_blur,
    shift_hue,
    to_grayscale,
)

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
