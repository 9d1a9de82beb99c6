"""Image files decoded by Pillow to upright 8-bit RGB, with their colours made sRGB.

Only known formats are opened, and no warning reaches the caller. 16 bits a channel become 8 by
their high byte, as in libpng, so that an image has the same levels in every format. OpenCV reads
what Pillow refuses or gets wrong: TIFFs in colour of 12 or 32 bits or of floating point, TIFFs of
64 bits, and JPEG 2000 in colour of more than 8 bits, where Pillow 13 turns white into black. ICC
profiles, such as the Display P3 of telephones, are converted by littleCMS.

Imports Pillow, pillow-heif and NumPy, so ``core.images.load`` imports this module with the first
image; OpenCV comes when it is needed. These functions raise whatever Pillow raises;
``core.images.errors`` explains it.
"""

import io
import re
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import IO, Any

import numpy as np
import pillow_heif  # type: ignore[import-untyped, unused-ignore]
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageChops, ImageCms, ImageFile, PngImagePlugin, TiffImagePlugin

from core.images import exif
from core.images.exif import Exif, TagBlock

Levels = NDArray[Any]

FORMAT = "DEEP TIFF"  # for Pillow to try; such a picture calls itself a TIFF

_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _CHANNELS = 256, 257, 258, 262, 277  # tags of TIFF 6.0
_PLANES, _SAMPLE_FORMAT, _UNSIGNED, _FLOAT = 284, 339, 1, 3
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_CODESTREAM = b"\xff\x4f\xff\x51"  # the start of one, and the marker that tells its size
_PRECISION, _HEAD = 42, 65536


class DeepTiff(ImageFile.ImageFile):
    """A TIFF that Pillow has no mode for; ``mode`` is that of its 8 bit version."""

    format = "TIFF"
    format_description = "TIFF of many bits"

    def _open(self) -> None:
        assert self.fp is not None
        block = TagBlock(self.fp)
        tags = block.directory(block.start)
        channels = block.integer(tags, _CHANNELS) or 1
        bits, kind = block.integer(tags, _BITS), block.integer(tags, _SAMPLE_FORMAT) or _UNSIGNED
        colored = channels in (3, 4)
        known = (
            (kind == _UNSIGNED and bits in (10, 12, 14, 32) and colored)
            or (kind == _FLOAT and bits == 32 and colored)
            or (kind == _FLOAT and bits == 64 and channels in _MODES)
        )
        separate = channels > 1 and block.integer(tags, _PLANES) == 2
        if not known or separate or block.integer(tags, _PHOTOMETRIC) not in (1, 2):
            raise SyntaxError("no such TIFF")
        self._size = block.integer(tags, _WIDTH), block.integer(tags, _HEIGHT)
        self._mode = _MODES[channels]


def levels(image: ImageFile.ImageFile) -> Levels | None:
    """The pixels of a picture that Pillow would give wrongly or not at all, [height, width] or
    [height, width, 3 or 4]; None of any other.

    Integers of 16 or 32 bits that fill their range, or floating point. A TIFF is already turned
    as its orientation says. Raises ``ValueError``.
    """
    if image.fp is None:
        return None
    if isinstance(image, DeepTiff):
        image.fp.seek(0)
        return _decoded(image.fp.read())
    if image.format == "JPEG2000" and image.mode in ("RGB", "RGBA"):
        image.fp.seek(0)
        data = image.fp.read()
        start = data.find(_CODESTREAM, 0, _HEAD)
        bits = (data[start + _PRECISION] & 0x7F) + 1 if 0 <= start < len(data) - _PRECISION else 8
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


def _accept(prefix: bytes) -> bool:
    return prefix[:4] in (b"II*\0", b"MM\0*")


Image.register_open(FORMAT, DeepTiff, _accept)


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
    return _profile_conversion(profile, mode)


def lab_to_srgb(image: Image.Image) -> Image.Image:
    """``image``, of mode LAB, in mode RGB."""
    return _converted(_transform(ImageCms.createProfile("LAB"), "LAB"), image)


@lru_cache(_KEPT)
def _profile_conversion(profile: bytes, mode: str) -> Conversion | None:
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


# The formats that pictures are kept in. Pillow knows more, some of which start other programs.
# fmt: off
FORMATS = (
    "JPEG", "PNG", "WEBP", "HEIF", "AVIF", "GIF", "BMP", "TIFF", FORMAT, "PPM",
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
