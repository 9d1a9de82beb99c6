"""Image files decoded by Pillow to upright 8-bit RGB, with their colours made sRGB.

Only known formats are opened, and no warning reaches the caller. 16 bits a channel become 8 by
their high byte, as in libpng, so that an image has the same levels in every format. OpenCV
decodes the rare kinds of pixels that Pillow refuses or gets wrong, with whatever compressions it
knows. ICC profiles, such as the Display P3 of telephones, are converted by littleCMS.

Imports Pillow, pillow-heif and NumPy, so ``core.images.load`` imports this module with the first
image; OpenCV comes when it is needed. These functions raise whatever Pillow raises;
``core.images.errors`` explains it.
"""

import io
import re
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import lru_cache, partial
from typing import IO, Any, NamedTuple

import numpy as np
import pillow_heif  # type: ignore[import-untyped, unused-ignore]
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageChops, ImageCms, ImageFile, PngImagePlugin, TiffImagePlugin

Color = tuple[int, int, int]
Conversion = Callable[[Image.Image], Image.Image]
Levels = NDArray[Any]

RARE_TIFF = "RARE TIFF"  # for Pillow to try; such a picture calls itself a TIFF
# The formats that pictures are kept in. Pillow knows more, some of which start other programs.
# fmt: off
FORMATS = (
    "JPEG", "PNG", "WEBP", "HEIF", "AVIF", "GIF", "BMP", "TIFF", RARE_TIFF, "PPM",
    "JPEG2000",
)
# fmt: on
_PILLOW = re.compile(r"(PIL|pillow_heif)\b")
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}  # by channels
_PHOTOMETRIC = TiffImagePlugin.PHOTOMETRIC_INTERPRETATION
_STRIPS = (
    (TiffImagePlugin.STRIPOFFSETS, TiffImagePlugin.STRIPBYTECOUNTS),
    (TiffImagePlugin.TILEOFFSETS, TiffImagePlugin.TILEBYTECOUNTS),
)


class RareTiff(TiffImagePlugin.TiffImageFile):
    """A TIFF that Pillow has no mode for, such as RGB in floating point; OpenCV decodes it.

    ``mode`` is that of its 8 bit version.
    """

    def _setup(self) -> None:
        tags = self.tag_v2
        mode = _MODES.get(tags.get(TiffImagePlugin.SAMPLESPERPIXEL, 1))
        separate = tags.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2
        if mode is None or tags.get(_PHOTOMETRIC) not in (1, 2) or (separate and mode != "L"):
            raise SyntaxError("no such TIFF")
        self._mode = mode
        self._size = tags[TiffImagePlugin.IMAGEWIDTH], tags[TiffImagePlugin.IMAGELENGTH]


pillow_heif.register_heif_opener()
Image.init()
Image.register_open(RARE_TIFF, RareTiff, lambda start: start[:4] in TiffImagePlugin.PREFIXES)
# core.images.load has its own limit and says so; Pillow's would warn below it and raise at it.
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


def stored_size(image: ImageFile.ImageFile) -> tuple[int, int]:
    """(width, height) of the opened ``image`` before any turn."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):  # Pillow gives it as shown
        return image.tag_v2[TiffImagePlugin.IMAGEWIDTH], image.tag_v2[TiffImagePlugin.IMAGELENGTH]
    return image.size


def only_decoding_tells(image: ImageFile.ImageFile, file: IO[bytes]) -> bool:
    """Whether the header of ``image``, opened from ``file``, cannot tell that its pixels are all
    there and of a kind that is read."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return isinstance(image, RareTiff) or _lacks_strips(image.tag_v2, file.seek(0, 2))
    return image.format == "PPM"  # it has no mark at its end


def _lacks_strips(tags: Mapping[int, Any], size: int) -> bool:
    for starts, lengths in _STRIPS:
        if starts in tags:
            try:
                parts = zip(tags[starts], tags.get(lengths, ()), strict=False)
                return any(start + length > size for start, length in parts)
            except TypeError:  # junk, of which decoding tells more
                return True
    return False


# When the shutter was pressed; else, from cameras and scanners that give no more, when the
# picture became digital. Each beside its fraction of a second. The time of the last change is
# no such time: an editor gives one to a thousand pictures.
_TIMES = (
    (ExifTags.Base.DateTimeOriginal, ExifTags.Base.SubsecTimeOriginal),
    (ExifTags.Base.DateTimeDigitized, ExifTags.Base.SubsecTimeDigitized),
)
_TIME = re.compile(r"(\d{4})[:/.-](\d\d)[:/.-](\d\d)[ T](\d\d):(\d\d):(\d\d)", re.ASCII)
_EPOCH = datetime(1970, 1, 1)


class Exif(NamedTuple):
    """``orientation`` is 1 to 8, or None. ``taken`` is in seconds since 1970 by the camera's own
    clock, read as if it showed UTC: few cameras tell their time zone. None is unknown. ``maker``
    and ``model`` are the camera's, whatever they are."""

    orientation: int | None = None
    taken: float | None = None
    maker: object = None
    model: object = None


def exif_of(image: Image.Image) -> Exif:
    """What the opened ``image`` says of its orientation, time and camera; junk says less.

    The orientation is that of the pixels as stored, from XMP where there is none in EXIF.
    """
    found = Exif()
    with suppress(Exception):  # Pillow raises almost anything on junk
        tags = Image.Image.getexif(image)  # a PNG's own would decode its pixels
        orientation = tags.get(ExifTags.Base.Orientation)
        camera = tags.get(ExifTags.Base.Make), tags.get(ExifTags.Base.Model)
        found = Exif(orientation if orientation in range(1, 9) else None, None, *camera)
        found = found._replace(taken=_taken(tags.get_ifd(ExifTags.IFD.Exif)))
    return found


def _taken(tags: Mapping[int, Any]) -> float | None:
    for time, fraction in _TIMES:
        match = _TIME.match(str(tags.get(time)))
        if match is None:
            continue
        try:
            year, month, day, hour, minute, second = map(int, match.groups())
            moment = datetime(year, month, day, hour, minute, second)
        except ValueError:  # "0000:00:00 00:00:00", from a clock that was never set
            continue
        digits = str(tags.get(fraction))
        return (moment - _EPOCH).total_seconds() + (
            float(f"0.{digits}") if digits.isdecimal() else 0.0
        )
    return None


_GREY_STEPS = {"L;2": 85, "L;4": 17}
# Of a JPEG 2000's codestream the start, and how many bits the first channel has, less 1.
_PRECISION = re.compile(rb"\xff\x4f\xff\x51.{38}(.)", re.DOTALL)
_FLOAT_UNITS = 1.0, 255.0, 65535.0
_OVERSHOOT = 2  # resizing takes a float picture beyond its unit, though not by much


def load_upright(
    image: ImageFile.ImageFile, background: Color
) -> tuple[Image.Image, Conversion | None]:
    """The first frame of ``image`` in mode RGB over ``background``, turned as its orientation
    says; and what makes its colours sRGB, None where they are.

    The conversion is left to the caller, who may resize first and have less to convert. Raises
    whatever Pillow raises.
    """
    picture, alpha = _base_and_alpha(image)
    convert = _to_srgb(image.info.get("icc_profile"), picture.mode)
    if alpha is not None or picture.mode != "RGB":
        picture = picture.convert("RGB") if convert is None else convert(picture)
        convert = None
    if alpha is not None:
        canvas = Image.new("RGB", picture.size, background)
        canvas.paste(picture, mask=alpha)
        picture = canvas
    if not isinstance(image, TiffImagePlugin.TiffImageFile):  # its decoder has turned it
        turn = _TURNS.get(exif_of(image).orientation or 1)
        picture = picture if turn is None else picture.transpose(turn)
    return picture, convert


def _base_and_alpha(image: ImageFile.ImageFile) -> tuple[Image.Image, Image.Image | None]:
    """The decoded picture in a mode of 8 bits without transparency, and how opaque it is."""
    frame = image.tile[0].extents if image.format == "GIF" and image.tile else None
    picture = _of_8_bits(image)
    if not picture.has_transparency_data:
        base, alpha = (picture.convert("RGB") if picture.mode == "P" else picture), None
    else:
        layer = picture.convert("RGBA")
        base, alpha = layer.convert("RGB"), layer.getchannel("A")
        if picture.mode == "LA":
            base = picture.getchannel("L")
        if image.format == "BMP" and alpha.getextrema() == (0, 0):
            alpha = None  # many writers leave the fourth byte 0 and mean no transparency
    if frame not in (None, (0, 0, *image.size)):
        # Pillow shows the palette's background around the first frame, browsers what is behind
        inside = alpha.crop(frame) if alpha is not None else 255
        alpha = Image.new("L", image.size)
        alpha.paste(inside, frame)
    return base, alpha


def _of_8_bits(image: ImageFile.ImageFile) -> Image.Image:
    """``image``, decoded, with 8 bits a channel."""
    values = _by_opencv(image)
    if values is not None:
        return Image.fromarray(eight_bits(values))
    key = image.info.get("transparency")
    if isinstance(key, str):  # a text of that name
        del image.info["transparency"]
    if isinstance(key, int) and image.tile and image.tile[0].args in _GREY_STEPS:
        # Pillow looks for it in 8 bits
        image.info["transparency"] = key * _GREY_STEPS[image.tile[0].args] & 0xFF
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        _mend_planes(image)
    image.load()
    if image.mode[0] not in "IF":
        return image
    values = np.asarray(image)
    high = eight_bits(values)
    if isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(_PHOTOMETRIC) == 0:
        high = 255 - high  # white is 0
    if isinstance(key, int):
        high = np.dstack((high, (values != key) * np.uint8(255)))
    return Image.fromarray(high)


def _mend_planes(image: TiffImagePlugin.TiffImageFile) -> None:
    """Pillow reads 16 bit channels that are stored one after the other as if they had 8."""
    tags = image.tag_v2
    separate = tags.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2
    if separate and 16 in tags.get(TiffImagePlugin.BITSPERSAMPLE, ()):
        order = ";16B" if tags.prefix == b"MM" else ";16L"
        image.tile = [
            one._replace(args=(one.args[0] + order, *one.args[1:]))
            if one.codec_name == "raw" and isinstance(one.args, tuple)
            else one
            for one in image.tile
        ]


def _by_opencv(image: ImageFile.ImageFile) -> Levels | None:
    """The pixels of a picture that Pillow would give wrongly or not at all, [height, width] or
    [height, width, 3 or 4]; None of any other.

    Integers of 16 or 32 bits that fill their range, or floating point. A TIFF is already turned
    as its orientation says. Raises ``ValueError``.
    """
    assert image.fp is not None
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        bits = image.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE)
        if isinstance(image, RareTiff) or image.mode == "I" or bits == (12,):
            image.fp.seek(0)
            return _decoded(image.fp.read())
    elif image.format == "JPEG2000" and image.mode in ("RGB", "RGBA"):
        image.fp.seek(0)
        data = image.fp.read()
        found = _PRECISION.search(data)
        bits = (found[1][0] & 0x7F) + 1 if found else 8
        if bits > 8:
            return np.left_shift(_decoded(data), max(0, 16 - bits))
    return None


def _decoded(data: bytes) -> Levels:
    import cv2

    # it would print what the raised error says
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        found = None
    if found is None:
        raise ValueError("bad pixels")
    return found if found.ndim == 2 else found[..., [2, 1, 0, 3][: found.shape[2]]]


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


_SPACES = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK"}
_SAME = 2  # of 255: by so much do the profiles differ that are named sRGB
_SRGB = ImageCms.createProfile("sRGB")


@lru_cache(32)
def _to_srgb(profile: object, mode: str) -> Conversion | None:
    """What turns a picture of ``mode`` with the ICC ``profile`` into sRGB, mode RGB.

    None where there is nothing to do: there is no profile, or it is for another kind of picture,
    means sRGB anyway, or is junk, which is no reason to refuse a picture.
    """
    if not isinstance(profile, bytes) or mode not in _SPACES:
        return None
    try:
        opened = ImageCms.getOpenProfile(io.BytesIO(profile))
        if opened.profile.xcolor_space != _SPACES[mode]:
            return None
        flags = ImageCms.Flags.NOCACHE  # several threads use one transform
        transform = ImageCms.buildTransform(opened, _SRGB, mode, "RGB", flags=flags)
        convert = partial(_converted, transform)
        return None if _changes_nothing(convert, mode) else convert
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None


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
