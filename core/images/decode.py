"""The pixels of a picture that Pillow has opened, whatever their mode, as 8 bits of RGB.

16 bits a channel become 8 by their high byte, as libpng and Pillow do it, so that a picture has
the same levels in every format. Imports Pillow and NumPy.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, TiffImagePlugin

from core.images.deep_pictures import (
    _BITS,
    _PHOTOMETRIC,
    _PLANES,
    _SAMPLE_FORMAT,
    Levels,
    levels,
)

Color = tuple[int, int, int]
Conversion = Callable[[Image.Image], Image.Image]

_FLOAT_UNITS = 1.0, 255.0, 65535.0
_OVERSHOOT = 2  # resizing takes a float picture beyond its unit, though not by much


def load_rgb(
    image: ImageFile.ImageFile, background: Color
) -> tuple[Image.Image, Conversion | None]:
    """The first frame of ``image`` over ``background``, in mode RGB, and what makes its colours
    sRGB; None where they are.

    The conversion is left to the caller, who may resize first and have less to convert. Raises
    whatever Pillow raises.
    """
    deep = levels(image)
    box = None
    if deep is not None:
        picture, alpha = _from_levels(deep)
    else:
        _mend_planes(image)
        _mend_color_key(image)
        box = _covered(image)
        image.load()
        picture, alpha = _base_and_alpha(image)
    convert = _conversion(image, picture)
    if alpha is None and box is None and picture.mode == "RGB":
        return picture, convert
    picture = picture.convert("RGB") if convert is None else convert(picture)
    if alpha is None and box is None:
        return picture, None
    canvas = Image.new("RGB", picture.size, background)
    box = box or (0, 0, *picture.size)
    canvas.paste(picture.crop(box), box, alpha and alpha.crop(box))
    return canvas, None


def _mend_planes(image: ImageFile.ImageFile) -> None:
    """Pillow reads 16 bit channels that are stored one after the other as if they had 8."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile) or image.tag_v2.get(_PLANES) != 2:
        return
    order = "B" if image.tag_v2.prefix == b"MM" else "L"
    if set(image.tag_v2.get(_BITS, ())) == {16}:
        image.tile = [
            one._replace(args=(f"{one.args[0]};16{order}", *one.args[1:]))
            if one.codec_name == "raw" and isinstance(one.args, tuple) and one.args[0] in "RGBA"
            else one
            for one in image.tile
        ]


def _mend_color_key(image: ImageFile.ImageFile) -> None:
    """A PNG names its transparent colour in its own bits a channel, Pillow looks for it in 8.

    Of 16 bits that Pillow has made 8, colours that differ in the low byte alone vanish too.
    """
    key = image.info.get("transparency")
    if image.format != "PNG" or key is None or not image.tile:
        return
    if isinstance(key, str):  # a text of that name
        del image.info["transparency"]
    raw = image.tile[0].args
    if raw in ("L;2", "L;4") and isinstance(key, int):
        image.info["transparency"] = key * (85 if raw == "L;2" else 17) & 0xFF
    elif raw == "RGB;16B" and isinstance(key, tuple):
        image.info["transparency"] = tuple(one >> 8 for one in key)


def _covered(image: ImageFile.ImageFile) -> tuple[int, int, int, int] | None:
    """The part of the canvas that a GIF's first frame covers, if it isn't all of it.

    Pillow shows the palette's background around it, browsers what is behind the picture.
    """
    if image.format != "GIF" or not image.tile:
        return None
    left, top, right, bottom = image.tile[0].extents or (0, 0, *image.size)
    box = (left, top, right, bottom)
    return None if box == (0, 0, *image.size) else box


def _base_and_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The loaded picture in a mode of 8 bits without transparency, and how opaque it is."""
    if image.mode.startswith("I"):
        return _from_integers(image)
    if image.mode == "F":
        return Image.fromarray(eight_bits(np.asarray(image))), None
    if image.mode == "LAB":
        from core.images.color_profiles import lab_to_srgb

        return lab_to_srgb(image), None
    if not image.has_transparency_data:
        return (image.convert("RGB") if image.mode == "P" else image), None
    layer = image.convert("RGBA")
    base, alpha = layer.convert("RGB"), layer.getchannel("A")
    if image.format == "BMP" and alpha.getextrema() == (0, 0):
        return base, None  # many writers leave the fourth byte 0 and mean no transparency
    return (image.getchannel("L") if image.mode == "LA" else base), alpha


def _conversion(image: Image.Image, picture: Image.Image) -> Conversion | None:
    profile = image.info.get("icc_profile")
    if not profile:
        return None
    from core.images.color_profiles import to_srgb

    return to_srgb(profile, picture.mode)


def _from_integers(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    values = np.asarray(image)
    key = image.info.get("transparency")
    alpha = Image.fromarray((values != key) * np.uint8(255)) if isinstance(key, int) else None
    inverted = False
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        tags = image.tag_v2
        bits, kind = tags.get(_BITS, (16,))[0], tags.get(_SAMPLE_FORMAT, (1,))[0]
        inverted = tags.get(_PHOTOMETRIC) == 0  # white is 0
        if bits == 12:
            values = values << 4
        elif bits == 32 and kind == 1:
            values = values.view(np.uint32)
    high = eight_bits(values)
    return Image.fromarray(255 - high if inverted else high), alpha


def _from_levels(levels: Levels) -> tuple[Image.Image, Image.Image | None]:
    pixels = eight_bits(levels)
    if pixels.shape[2:] == (4,):
        return Image.fromarray(pixels[..., :3]), Image.fromarray(pixels[..., 3])
    return Image.fromarray(pixels), None


def eight_bits(values: Levels) -> NDArray[np.uint8]:
    """``values`` from 0 to 255, uint8, whatever they are.

    Integers of more than 8 bits by their high byte, out of 32 bits where they need more than 16.
    Floating point in the first unit of 1, 255 and 65535 that is not overshot twice. What is
    below 0 or no number is 0.
    """
    if values.dtype == np.uint8:
        return values.astype(np.uint8)
    if values.dtype.kind == "f":
        found = np.maximum(np.nan_to_num(values, posinf=0), 0)
        brightest = found.max()
        unit = next(
            (one for one in _FLOAT_UNITS if brightest <= one * _OVERSHOOT), _FLOAT_UNITS[-1]
        )
        return np.asarray(np.minimum(found * (255 / unit), 255), np.uint8)
    found = np.maximum(values, 0)
    return (found >> (24 if found.max() > 0xFFFF else 8)).astype(np.uint8)
