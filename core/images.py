"""Any picture file as upright RGB of one size. ``load`` is the one way into training and preview.

Pictures are recognised by content, read from bytes that Python opened, and every way in which a
file can be bad becomes an ``ImageError``. Pillow is imported with the first picture.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import IO, TYPE_CHECKING

from core.messages import ThawError
from core.signatures import kind_and_end

Color = tuple[int, int, int]

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from core.config import DatasetConfig, FitPolicy

# fmt: off
IMAGE_SUFFIXES = frozenset((
    ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".gif", ".webp", ".bmp", ".dib",
    ".tif", ".tiff", ".heic", ".heif", ".hif", ".avif", ".jp2", ".j2k", ".ppm", ".pgm", ".pbm",
    ".pnm",
))
# fmt: on
# Raised whenever the same file would give other pixels: what was kept of pictures is made anew.
DECODER_VERSION = 1
MAX_MEGAPIXELS, LARGEST_MEGAPIXELS = 200, 1000  # unless another limit is chosen; the most to choose
WHITE = (255, 255, 255)
PAD_COLOR = (124, 116, 104)  # ImageNet's mean: a network sees the border as nothing at all
_SPARE = 2  # a reduced JPEG keeps at least this many times the pixels a side that are needed


class ImageError(ThawError):
    """A file that gives no picture. ``code`` is empty_file, not_an_image, unreadable_image,
    truncated_image, image_too_large, file_missing, permission_denied or file_unreadable."""


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
    with _opened(path) as file, _explained(file):
        return _header(_open(file, max_megapixels))


def check(path: Path, *, thorough: bool = False, max_megapixels: float = MAX_MEGAPIXELS) -> Header:
    """``read_header``, and a decode of the whole picture where its end seems missing.

    ``thorough`` decodes it in any case. Raises ``ImageError``.
    """
    with _opened(path) as file, _explained(file):
        header = _header(_open(file, max_megapixels))
        if thorough or kind_and_end(file)[1]:
            file.seek(0)
            _decoded(file.read(), WHITE, max_megapixels)
        return header


def read_bytes(path: Path) -> bytes:
    """The content of ``path``. Raises ``ImageError``."""
    with _opened(path) as file, _explained(file):
        return file.read()


def content_hash(data: bytes) -> str:
    """BLAKE2b of ``data``, 16 bytes, as 32 hexadecimal digits."""
    return blake2b(data, digest_size=16).hexdigest()


def decode(
    data: bytes, *, background: Color = WHITE, max_megapixels: float = MAX_MEGAPIXELS
) -> NDArray[np.uint8]:
    """The picture in ``data``, whole: upright RGB, uint8 [height, width, 3].

    The first frame or page; transparency over ``background``; 16 bit by its high byte; EXIF
    orientation 1 to 8 applied. Raises ``ImageError`` and nothing else.
    """
    return _array(_decoded(data, background, max_megapixels))


def fit(image: NDArray[np.uint8] | Image.Image, size: int, policy: FitPolicy) -> NDArray[np.uint8]:
    """``image`` (RGB, uint8 [h, w, 3] or Pillow's) as uint8 [size, size, 3], C-contiguous.

    ``stretch`` scales width and height each to ``size``; ``crop`` keeps the largest centred
    square; ``pad`` keeps all of it, centred on ``PAD_COLOR``. Bilinear with antialiasing.
    """
    from PIL import Image

    picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
    width, height = picture.size
    bilinear = Image.Resampling.BILINEAR
    if policy == "stretch":
        return _array(picture.resize((size, size), bilinear))
    if policy == "crop":
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        square = picture.crop((left, top, left + side, top + side))
        return _array(square.resize((size, size), bilinear))
    inner = _scaled(width, height, size)
    canvas = Image.new("RGB", (size, size), PAD_COLOR)
    corner = (size - inner[0]) // 2, (size - inner[1]) // 2
    canvas.paste(picture.resize(inner, bilinear), corner)
    return _array(canvas)


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
    follows from the picture's and the asked-for size alone. What is transparent shows
    ``background``. Raises ``ImageError``.
    """
    wanted, by_longest = size * _SPARE, policy == "pad"
    picture = _decoded(data, background, max_megapixels, wanted, by_longest=by_longest)
    return fit(picture, size, policy)


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
    return load(
        path,
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
    picture = _decoded(data, background, max_megapixels, edge, by_longest=True)
    return _array(picture.resize(_scaled(*picture.size, edge), Image.Resampling.BILINEAR))


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
) -> Image.Image:
    """Upright RGB. Where ``wanted`` is given, a JPEG may come reduced as long as its shortest
    (or longest) side keeps that many pixels."""
    from core.decoding import upright_rgb

    file = io.BytesIO(data)
    with _explained(file):
        image = _open(file, max_megapixels)
        side = max(image.size) if by_longest else min(image.size)
        if wanted and side >= 2 * wanted and image.format in ("JPEG", "MPO"):
            reduction = side // wanted
            image.draft(None, (image.width // reduction or 1, image.height // reduction or 1))
        return upright_rgb(image, background)


def _open(file: IO[bytes], max_megapixels: float) -> Image.Image:
    from core.decoding import open_picture

    image = open_picture(file)
    megapixels = image.width * image.height / 1e6
    if megapixels > max_megapixels:
        # rounded up, or 200.4 would read "has 200, more than 200"
        shown = math.ceil(megapixels) if megapixels >= 1 else float(f"{megapixels:.3g}")
        raise ImageError("image_too_large", megapixels=shown, limit=_short(max_megapixels))
    return image


def _short(number: float) -> float:
    return int(number) if number == int(number) else number


def _header(image: Image.Image) -> Header:
    from core.decoding import exif_of, stored_size

    orientation, taken = exif_of(image)
    turned = orientation is not None and orientation >= 5
    return Header(image.format or "", *stored_size(image), image.mode, turned, taken)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        file = open(path, "rb")  # noqa: SIM115 (closed below; Path.open is slower)
    except (OSError, ValueError) as error:
        raise _file_error(error) from None
    with file:
        yield file


@contextmanager
def _explained(file: IO[bytes]) -> Iterator[None]:
    """Turn whatever reading the picture in ``file`` raises into an ``ImageError``."""
    try:
        yield
    except ImageError:
        raise
    except Exception as error:  # Pillow's plugins raise almost anything on damaged files
        try:
            cause = _cause(file, error)
        except (OSError, ValueError) as worse:
            cause = _file_error(worse)
        raise cause from None


def _cause(file: IO[bytes], error: Exception) -> ImageError:
    if isinstance(error, OSError) and error.errno is not None:
        return _file_error(error)
    if file.seek(0, 2) == 0:
        return ImageError("empty_file")
    kind, end_missing = kind_and_end(file)
    if kind is None:
        return ImageError("not_an_image")
    if end_missing or "truncated" in str(error).lower():
        return ImageError("truncated_image")
    reason = "bad header" if "cannot identify" in str(error) else str(error)
    return ImageError("unreadable_image", reason=reason or type(error).__name__)


def _file_error(error: OSError | ValueError) -> ImageError:
    if isinstance(error, FileNotFoundError):
        return ImageError("file_missing")
    if isinstance(error, PermissionError):
        return ImageError("permission_denied")
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ImageError("file_unreadable", reason=reason)
