"""Pillow held so that it cannot surprise: known formats, no warnings, upright RGB.

Imports Pillow, pillow-heif and NumPy, so ``core.images`` imports it with the first picture and
not before. These functions raise whatever Pillow raises; ``core.images`` explains it.
"""

import re
import warnings
from typing import IO

import numpy as np
import pillow_heif  # type: ignore[import-untyped, unused-ignore]
from PIL import ExifTags, Image, ImageFile

# The formats that pictures are kept in. Pillow knows more, some of which start other programs.
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "GIF", "BMP", "TIFF", "PPM", "JPEG2000")
BACKGROUND = (255, 255, 255)

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PILLOW = re.compile(r"(PIL|pillow_heif)\b")

pillow_heif.register_heif_opener()
Image.init()
# core.images has its own limit and says so; Pillow's would warn below it and raise at it.
Image.MAX_IMAGE_PIXELS = None


def open_picture(file: IO[bytes]) -> ImageFile.ImageFile:
    """The picture in ``file``, recognised by content, its pixels not decoded yet."""
    # What Pillow warns of (odd EXIF, odd palettes) changes no pixel. Looked for at each call,
    # because whoever catches warnings puts the old filters back.
    if not any(known[3] == _PILLOW for known in warnings.filters):
        warnings.filterwarnings("ignore", module=_PILLOW.pattern)
    return Image.open(file, formats=FORMATS)


def upright_rgb(image: Image.Image) -> Image.Image:
    """The first frame in mode RGB, turned as its EXIF orientation says, alpha over white."""
    image.load()
    turn = _TURNS.get(_orientation(image))
    rgb = _rgb(image)
    return rgb if turn is None else rgb.transpose(turn)


def _orientation(image: Image.Image) -> int:
    """EXIF's orientation, 1 to 8; 1 where there is none or the EXIF is junk."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # junk raises almost anything, and is no reason to refuse the picture
        return 1


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        return _eight_bit(np.clip(np.asarray(image), 0, 0xFFFF) >> 8)
    if image.mode == "F":
        values = np.clip(np.nan_to_num(np.asarray(image), posinf=0), 0, 255)
        return _eight_bit(values * 255 if values.max() <= 1 else values)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        canvas = Image.new("RGB", image.size, BACKGROUND)
        canvas.paste(layer, mask=layer.getchannel("A"))
        return canvas
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bit(values: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]") -> Image.Image:
    return Image.fromarray(values.astype(np.uint8)).convert("RGB")
