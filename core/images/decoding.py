"""Pillow held so that it cannot surprise: known formats, no warnings, upright RGB.

Imports Pillow, pillow-heif and NumPy, so ``core.images`` imports it with the first picture and
not before. These functions raise whatever Pillow raises; ``core.images`` explains it.
"""

import re
import warnings
from collections.abc import Mapping
from typing import IO, Any

import pillow_heif  # type: ignore[import-untyped, unused-ignore]
from PIL import ExifTags, Image, ImageFile, PngImagePlugin, TiffImagePlugin

from core.images import deep_pictures, exif
from core.images.decode import Color, Conversion, load_rgb
from core.images.deep_pictures import DeepTiff
from core.images.exif import Exif

# The formats that pictures are kept in. Pillow knows more, some of which start other programs.
# fmt: off
FORMATS = (
    "JPEG", "PNG", "WEBP", "HEIF", "AVIF", "GIF", "BMP", "TIFF", deep_pictures.FORMAT, "PPM",
    "JPEG2000",
)
# fmt: on

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
_STRIPS = (
    (TiffImagePlugin.STRIPOFFSETS, TiffImagePlugin.STRIPBYTECOUNTS),
    (TiffImagePlugin.TILEOFFSETS, TiffImagePlugin.TILEBYTECOUNTS),
)
_BITS_OF_PPM = {"1": 1, "L": 8, "I": 16, "RGB": 24}  # a pixel, by mode
_NO_EXIF = Exif()
_XMP = "XML:com.adobe.xmp"  # where Pillow puts that of a PNG
_XMP_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([1-8])')
_TIFF = (TiffImagePlugin.TiffImageFile, DeepTiff)

pillow_heif.register_heif_opener()
Image.init()
# core.images has its own limit and says so; Pillow's would warn below it and raise at it.
Image.MAX_IMAGE_PIXELS = None
# What Photoshop writes of a picture's history is longer than Pillow's limit of 1 MiB.
PngImagePlugin.MAX_TEXT_CHUNK = 32 * 2**20


def open_picture(file: IO[bytes]) -> ImageFile.ImageFile:
    """The picture in ``file``, recognised by content, its pixels not decoded yet."""
    # What Pillow warns of (odd EXIF, odd palettes) changes no pixel. Looked for at each call,
    # because whoever catches warnings puts the old filters back.
    if not any(known[3] == _PILLOW for known in warnings.filters):
        warnings.filterwarnings("ignore", module=_PILLOW.pattern)
    return Image.open(file, formats=FORMATS)


def exif_of(image: ImageFile.ImageFile) -> Exif:
    """What the opened ``image`` says of its orientation and time.

    The orientation is that of the pixels as stored. Editors that write no EXIF may give it in
    XMP, which counts where EXIF has none.
    """
    found = _NO_EXIF
    info = image.info
    if isinstance(data := info.get("exif"), bytes):
        found = exif.parse(data)
    elif isinstance(text := info.get("Raw profile type exif"), str):  # ImageMagick's PNGs
        found = exif.parse(_from_hex(text))
    elif isinstance(image, DeepTiff) and image.fp is not None:
        found = exif.read(image.fp)
    elif isinstance(image, TiffImagePlugin.TiffImageFile):
        orientation = image.tag_v2.get(ExifTags.Base.Orientation)
        taken = None
        if ExifTags.IFD.Exif in image.tag_v2 and image.fp is not None:
            taken = exif.read(image.fp).taken
        found = Exif(orientation if orientation in range(1, 9) else None, taken)
    if found.orientation is None and ("xmp" in info or _XMP in info):
        return Exif(_xmp_orientation(info), found.taken)
    return found


def stored_size(image: ImageFile.ImageFile) -> tuple[int, int]:
    """(width, height) of the opened ``image`` before any turn."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):  # Pillow gives it as shown
        return image.tag_v2[TiffImagePlugin.IMAGEWIDTH], image.tag_v2[TiffImagePlugin.IMAGELENGTH]
    return image.size


def lacks_pixels(image: ImageFile.ImageFile, file: IO[bytes]) -> bool:
    """Whether ``file`` ends before the pixels that the ``image`` opened from it says it has,
    where that can be told without decoding."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return _lacks_strips(image.tag_v2, file.seek(0, 2))
    if image.format not in ("BMP", "PPM") or not image.tile:
        return False
    codec, _, start, found = image.tile[0]
    arguments: tuple[Any, ...] = found if isinstance(found, tuple) else (found,)
    row = (image.width * _BITS_OF_PPM.get(image.mode, 0) + 7) // 8
    if codec == "ppm":  # 1 byte a value, or 2 where that is not enough
        row *= 1 if arguments[-1] < 256 else 2
    elif codec != "raw":
        return False
    elif image.format == "BMP":
        row = arguments[1]
    return bool(start + row * image.height > file.seek(0, 2))


def _lacks_strips(tags: Mapping[int, Any], size: int) -> bool:
    for starts, lengths in _STRIPS:
        if starts in tags:
            try:
                parts = zip(tags[starts], tags.get(lengths, ()), strict=False)
                return any(start + length > size for start, length in parts)
            except TypeError:  # junk, of which decoding tells more
                return True
    return False


def load_upright(
    image: ImageFile.ImageFile, background: Color
) -> tuple[Image.Image, Conversion | None]:
    """The first frame in mode RGB, turned as its orientation says, over ``background``; and what
    makes its colours sRGB, None where they are."""
    rgb, convert = load_rgb(image, background)
    if isinstance(image, _TIFF):  # its decoder has turned it
        return rgb, convert
    turn = _TURNS.get(exif_of(image).orientation or 1)
    return (rgb if turn is None else rgb.transpose(turn)), convert


def _from_hex(text: str) -> bytes:
    """The profile in ImageMagick's text: a newline, its name, its length, lines of digits."""
    try:
        return bytes.fromhex("".join(text.split("\n")[3:]))
    except ValueError:
        return b""


def _xmp_orientation(info: Mapping[Any, Any]) -> int | None:
    xmp = info.get(_XMP) or info.get("xmp")
    if isinstance(xmp, str):
        xmp = xmp.encode("utf-8", "replace")
    match = _XMP_ORIENTATION.search(xmp) if isinstance(xmp, bytes) else None
    return int(match[1]) if match else None
