"""Pillow held so that it cannot surprise: known formats, no warnings, upright RGB.

Imports Pillow, pillow-heif and NumPy, so ``core.images`` imports it with the first picture and
not before. These functions raise whatever Pillow raises; ``core.images`` explains it.
"""

import re
import warnings
from typing import IO

import numpy as np
import pillow_heif  # type: ignore[import-untyped, unused-ignore]
from PIL import ExifTags, Image, ImageFile, TiffImagePlugin

from core import exif
from core.exif import Exif

# The formats that pictures are kept in. Pillow knows more, some of which start other programs.
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "GIF", "BMP", "TIFF", "PPM", "JPEG2000")

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
_XMP_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([1-8])')

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


def exif_of(image: Image.Image) -> Exif:
    """What the opened ``image`` says of its orientation and time.

    The orientation is that of the pixels as stored. Editors that write no EXIF may give it in
    XMP, which counts where EXIF has none.
    """
    found = Exif()
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        orientation = image.tag_v2.get(ExifTags.Base.Orientation)
        taken = exif.read(image.fp).taken if image.fp is not None else None
        found = Exif(orientation if orientation in range(1, 9) else None, taken)
    elif data := image.info.get("exif"):
        found = exif.parse(data)
    elif text := image.info.get("Raw profile type exif"):  # ImageMagick's, in a PNG
        found = exif.parse(_from_hex(text))
    return found if found.orientation else found._replace(orientation=_xmp_orientation(image))


def stored_size(image: Image.Image) -> tuple[int, int]:
    """(width, height) of the opened ``image`` before any turn."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):  # Pillow gives it as shown
        return image.tag_v2[TiffImagePlugin.IMAGEWIDTH], image.tag_v2[TiffImagePlugin.IMAGELENGTH]
    return image.size


def upright_rgb(image: Image.Image, background: tuple[int, int, int]) -> Image.Image:
    """The first frame in mode RGB, turned as its EXIF orientation says, over ``background``."""
    image.load()
    rgb = _rgb(image, background)
    if isinstance(image, TiffImagePlugin.TiffImageFile):  # Pillow has turned it
        return rgb
    turn = _TURNS.get(exif_of(image).orientation or 1)
    return rgb if turn is None else rgb.transpose(turn)


def _from_hex(text: str) -> bytes:
    """The profile in ImageMagick's text: a newline, its name, its length, lines of digits."""
    try:
        return bytes.fromhex("".join(text.split("\n")[3:]))
    except ValueError:
        return b""


def _xmp_orientation(image: Image.Image) -> int | None:
    xmp = image.info.get("XML:com.adobe.xmp") or image.info.get("xmp") or b""
    match = _XMP_ORIENTATION.search(xmp.encode() if isinstance(xmp, str) else xmp)
    return int(match[1]) if match else None


def _rgb(image: Image.Image, background: tuple[int, int, int]) -> Image.Image:
    if image.mode.startswith("I"):
        return _eight_bit(np.clip(np.asarray(image), 0, 0xFFFF) >> 8)
    if image.mode == "F":
        values = np.clip(np.nan_to_num(np.asarray(image), posinf=0), 0, 255)
        return _eight_bit(values * 255 if values.max() <= 1 else values)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        canvas = Image.new("RGB", image.size, background)
        canvas.paste(layer, mask=layer.getchannel("A"))
        return canvas
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bit(values: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]") -> Image.Image:
    return Image.fromarray(values.astype(np.uint8)).convert("RGB")
