"""Any image file as upright RGB of one size, and the facts in its header.

``load`` is the one way into training and preview. Images are recognised by content, from bytes
that Python read, and a bad file raises ``ImageError``. Pillow is imported with the first image.
"""

from __future__ import annotations

import io
import math
import os
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import IO, TYPE_CHECKING

from core.images.errors import ImageError, explained, kind_and_end, opened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image, ImageFile

    from core.images.decode import Conversion
    from core.recipe.config import DatasetConfig, FitPolicy

Color = tuple[int, int, int]


# fmt: off
IMAGE_SUFFIXES = frozenset((
    ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".gif", ".webp", ".bmp", ".dib",
    ".tif", ".tiff", ".heic", ".heif", ".hif", ".avif", ".jp2", ".j2k", ".ppm", ".pgm", ".pbm",
    ".pnm",
))
# fmt: on
# Counts the times that the same file came to give other pixels: what was kept of pictures under
# another number is made anew. 2: ICC profiles; 12, 16 and 32 bit channels and PNG colour keys
# that were misread; the canvas around a GIF's first frame; the fourth byte of a BMP that is 0.
DECODER_VERSION = 2
MAX_MEGAPIXELS = 200  # unless another limit is chosen
WHITE = (255, 255, 255)
PAD_COLOR = (124, 116, 104)  # ImageNet's mean: a network sees the border as nothing at all
_SPARE = 2  # a reduced JPEG keeps at least this many times the pixels a side that are needed


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture file says of itself: Pillow's name of the format and mode, the width and
    height in pixels as stored, whether its EXIF orientation swaps them, and when it was taken,
    in seconds since 1970 by the camera's own clock; None where it doesn't say.

    A PNG whose EXIF stands behind its pixels counts as neither turned nor dated, though it is
    shown upright: a header is read without the pixels.
    """

    format: str
    width: int
    height: int
    mode: str
    turned: bool = False
    taken: float | None = None

    @property
    def upright(self) -> tuple[int, int]:
        """(width, height) as the picture is shown."""
        return (self.height, self.width) if self.turned else (self.width, self.height)


def read_header(path: Path, *, max_megapixels: float = MAX_MEGAPIXELS) -> Header:
    """The header of the picture at ``path``, by content; no pixel is decoded.

    Raises ``ImageError``.
    """
    with opened(path) as file, explained(file):
        return _header(_open(file, max_megapixels))


def check(path: Path, *, thorough: bool = False, max_megapixels: float = MAX_MEGAPIXELS) -> Header:
    """``read_header``, and a decode of the whole picture where its end seems missing.

    ``thorough`` decodes it in any case. Raises ``ImageError``.
    """
    with opened(path) as file, explained(file):
        from core.images.decode import only_decoding_tells

        image = _open(file, max_megapixels)
        header = _header(image)
        if thorough or kind_and_end(file)[1] or only_decoding_tells(image, file):
            file.seek(0)
            _decoded(file.read(), WHITE, max_megapixels)
        return header


def too_large(width: int, height: int, max_megapixels: float) -> ImageError | None:
    """Why a picture of that size is not decoded; None where it is."""
    megapixels = width * height / 1e6
    if megapixels <= max_megapixels:
        return None
    # rounded up, or 200.4 would read "has 200, more than 200"
    shown = math.ceil(megapixels) if megapixels >= 1 else float(f"{megapixels:.3g}")
    return ImageError("image_too_large", megapixels=shown, limit=_short(max_megapixels))


def read_bytes(path: Path) -> bytes:
    """The content of ``path``. Raises ``ImageError``."""
    with opened(path) as file, explained(file):
        return file.read()


def content_hash(data: bytes) -> str:
    """BLAKE2b of ``data``, 16 bytes, as 32 hexadecimal digits."""
    return blake2b(data, digest_size=16).hexdigest()


def decode(
    data: bytes, *, background: Color = WHITE, max_megapixels: float = MAX_MEGAPIXELS
) -> NDArray[np.uint8]:
    """The picture in ``data``, whole: upright RGB, uint8 [height, width, 3].

    The first frame or page; transparency over ``background``; 16 bit by its high byte; colours
    of another ICC profile made sRGB; EXIF orientation 1 to 8 applied. Raises ``ImageError`` and
    nothing else.
    """
    picture, convert = _decoded(data, background, max_megapixels)
    return _array(convert(picture) if convert else picture)


def fit(image: NDArray[np.uint8] | Image.Image, size: int, policy: FitPolicy) -> NDArray[np.uint8]:
    """``image`` (RGB, uint8 [h, w, 3] or Pillow's) as uint8 [size, size, 3], C-contiguous.

    ``stretch`` scales width and height each to ``size``; ``crop`` keeps the largest centred
    square; ``pad`` keeps all of it, centred on ``PAD_COLOR``. Bilinear with antialiasing.
    """
    from PIL import Image

    picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
    return _fitted(picture, size, policy, None)


def prepare(
    data: bytes,
    size: int,
    policy: FitPolicy,
    *,
    background: Color = WHITE,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> NDArray[np.uint8]:
    """The picture in ``data`` as the network gets it: uint8 [size, size, 3].

    A JPEG far larger than ``size`` is decoded at a half, quarter or eighth; which of them
    follows from the picture's and the asked-for size alone. Its colours are made sRGB after the
    resizing. What is transparent shows ``background``. Raises ``ImageError``.
    """
    wanted, by_longest = size * _SPARE, policy == "pad"
    picture, convert = _decoded(data, background, max_megapixels, wanted, by_longest=by_longest)
    return _fitted(picture, size, policy, convert)


def load(
    path: Path,
    size: int,
    policy: FitPolicy,
    *,
    background: Color = WHITE,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> NDArray[np.uint8]:
    """The picture at ``path`` as the network gets it: uint8 [size, size, 3].

    Always the same for the same content, ``size``, ``policy`` and ``background``. Raises
    ``ImageError``.
    """
    data = read_bytes(path)
    return prepare(data, size, policy, background=background, max_megapixels=max_megapixels)


def load_for(config: DatasetConfig, path: Path) -> NDArray[np.uint8]:
    """``load`` as the recipe's ``config`` says."""
    return prepare_for(config, read_bytes(path))


def prepare_for(config: DatasetConfig, data: bytes) -> NDArray[np.uint8]:
    """``prepare`` as the recipe's ``config`` says."""
    return prepare(
        data,
        config.image_size,
        config.fit,
        background=config.background_color,
        max_megapixels=config.max_megapixels,
    )


def thumbnail(
    path: Path,
    edge: int,
    *,
    background: Color = WHITE,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> NDArray[np.uint8]:
    """The picture at ``path``, uint8 [h, w, 3], its longest side ``edge``; quick, for looking at.

    Raises ``ImageError``.
    """
    from PIL import Image

    data = read_bytes(path)
    picture, convert = _decoded(data, background, max_megapixels, edge, by_longest=True)
    small = picture.resize(_scaled(*picture.size, edge), Image.Resampling.BILINEAR)
    return _array(convert(small) if convert else small)


def _fitted(
    picture: Image.Image, size: int, policy: FitPolicy, convert: Conversion | None
) -> NDArray[np.uint8]:
    """Colours are converted after the resizing, where there are fewer pixels of them."""
    from PIL import Image

    width, height = picture.size
    inner = size, size
    if policy == "crop":
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        picture = picture.crop((left, top, left + side, top + side))
    elif policy == "pad":
        inner = _scaled(width, height, size)
    small = picture.resize(inner, Image.Resampling.BILINEAR)
    if convert is not None:
        small = convert(small)
    if inner == (size, size):
        return _array(small)
    canvas = Image.new("RGB", (size, size), PAD_COLOR)
    canvas.paste(small, ((size - inner[0]) // 2, (size - inner[1]) // 2))
    return _array(canvas)


def _scaled(width: int, height: int, longest: int) -> tuple[int, int]:
    scale = longest / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _array(picture: Image.Image) -> NDArray[np.uint8]:
    import numpy as np

    return np.array(picture, dtype=np.uint8, order="C")


def _decoded(
    data: bytes,
    background: Color,
    max_megapixels: float,
    wanted: int = 0,
    *,
    by_longest: bool = False,
) -> tuple[Image.Image, Conversion | None]:
    """Upright RGB, and what makes its colours sRGB; None where they are.

    Where ``wanted`` is given, a JPEG may come reduced as long as its shortest (or longest) side
    keeps that many pixels.
    """
    from core.images.decode import load_upright

    file = io.BytesIO(data)
    with explained(file):
        image = _open(file, max_megapixels)
        side = max(image.size) if by_longest else min(image.size)
        if wanted and side >= 2 * wanted and image.format in ("JPEG", "MPO"):
            reduction = side // wanted
            image.draft(None, (image.width // reduction or 1, image.height // reduction or 1))
        return load_upright(image, background)


def _open(file: IO[bytes], max_megapixels: float) -> ImageFile.ImageFile:
    from core.images.decode import open_picture

    image = open_picture(file)
    error = too_large(*image.size, max_megapixels)
    if error is not None:
        raise error
    return image


def _short(number: float) -> float:
    return int(number) if number == int(number) else number


def _header(image: ImageFile.ImageFile) -> Header:
    from core.images.decode import exif_of, stored_size

    exif = exif_of(image)
    turned = exif.orientation is not None and exif.orientation >= 5
    return Header(image.format or "", *stored_size(image), image.mode, turned, exif.taken)


_LONGEST = 60


@dataclass(frozen=True)
class Details:
    """``size`` in bytes and ``mtime`` in nanoseconds, -1 where the file has gone;
    ``orientation`` is EXIF's, 1 to 8, or None; ``camera`` is maker and model, or "".
    One of ``header`` and ``error`` is there."""

    size: int = -1
    mtime: int = -1
    header: Header | None = None
    orientation: int | None = None
    camera: str = ""
    error: ImageError | None = None


def details(path: Path) -> Details:
    """What the file at ``path`` says; no pixel is decoded, nothing is raised."""
    from core.images.decode import exif_of

    try:
        status = os.stat(path)
        size, mtime = status.st_size, status.st_mtime_ns
    except (OSError, ValueError):  # reading the header tells the reason
        size = mtime = -1
    try:
        with opened(path) as file, explained(file):
            image = _open(file, MAX_MEGAPIXELS)
            header, exif = _header(image), exif_of(image)
    except ImageError as error:
        return Details(size, mtime, error=error)
    camera = _camera(exif.maker, exif.model)
    return Details(size, mtime, header, exif.orientation, camera)


def _camera(make: object, model: object) -> str:
    """Maker and model; most models repeat their maker."""
    first, second = (_text(one) for one in (make, model))
    if second.casefold().startswith(first.casefold()):
        first = ""
    return f"{first} {second}".strip()


def _text(value: object) -> str:
    text = value if isinstance(value, str) else ""
    shown = "".join(letter for letter in text if letter.isprintable())
    return " ".join(shown.split())[:_LONGEST]
