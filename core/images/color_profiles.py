"""ICC profiles: what a picture's numbers mean as colours, made sRGB, which networks are used to.

Telephones write Display P3, whose numbers, read as sRGB, are paler than the picture. littleCMS,
which comes with Pillow, does the arithmetic. Imports Pillow; imported with the first picture
that carries a profile.
"""

import io
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from PIL import Image, ImageChops, ImageCms

Conversion = Callable[[Image.Image], Image.Image]

_SPACES = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK"}
_SAME = 2  # of 255: by so much do the profiles differ that are named sRGB
_KEPT = 32
_SRGB = ImageCms.createProfile("sRGB")


def to_srgb(profile: object, mode: str) -> Conversion | None:
    """What turns a picture of ``mode`` with the ICC ``profile`` into sRGB, mode RGB.

    None where there is nothing to do: the profile is for another kind of picture, means sRGB
    anyway, or is junk, which is no reason to refuse a picture.
    """
    if not isinstance(profile, bytes) or mode not in _SPACES:
        return None
    return _conversion(profile, mode)


def lab_to_srgb(image: Image.Image) -> Image.Image:
    """``image``, of mode LAB, in mode RGB."""
    return _converted(_transform(ImageCms.createProfile("LAB"), "LAB"), image)


@lru_cache(_KEPT)
def _conversion(profile: bytes, mode: str) -> Conversion | None:
    try:
        opened = ImageCms.getOpenProfile(io.BytesIO(profile))
        if opened.profile.xcolor_space != _SPACES[mode]:
            return None
        convert = partial(_converted, _transform(opened.profile, mode))
        return None if _changes_nothing(convert, mode) else convert
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None


def _transform(profile: Any, mode: str) -> ImageCms.ImageCmsTransform:
    flags = ImageCms.Flags.NOCACHE  # several threads use one transform
    return ImageCms.buildTransform(profile, _SRGB, mode, "RGB", flags=flags)


def _converted(transform: ImageCms.ImageCmsTransform, image: Image.Image) -> Image.Image:
    converted = ImageCms.applyTransform(image, transform)
    assert converted is not None  # it is only for a conversion in place
    return converted


def _changes_nothing(convert: Conversion, mode: str) -> bool:
    """Whether ``convert`` leaves a cube of colours, or all greys, as they are."""
    if mode == "CMYK":
        return False
    probe = Image.new("RGB", (216, 1))
    steps = range(0, 256, 51)
    probe.putdata([(red, green, blue) for red in steps for green in steps for blue in steps])
    probe = probe.convert(mode)
    difference = ImageChops.difference(convert(probe), probe.convert("RGB"))
    return max(high for _, high in difference.getextrema()) <= _SAME  # type: ignore[misc]
