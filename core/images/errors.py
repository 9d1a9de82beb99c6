"""Why a file gives no image: every failure to open or decode it, as one ``ImageError``.

The first and last bytes of a file tell its format and whether its end is missing, without a
decode. Plain Python; imports no Pillow.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal

from core.common.messages import ThawError

Kind = Literal["jpeg", "png", "gif", "webp", "bmp", "tiff", "boxes", "j2k", "pnm"]

_HEAD, _TAIL = 64, 64
_PNM = re.compile(rb"P[1-6]\s+(#[^\n]*\s+)*\d+\s")
_BITMAP_HEADERS = {12, 40, 52, 56, 64, 108, 124}
_BRANDS = {b"avif", b"avis", b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_MOST_BOXES = 64


def kind_of(head: bytes) -> Kind | None:
    """The picture format that ``head``, a file's first 64 bytes, begins; None for no picture.

    ``boxes`` is HEIC, AVIF or JPEG 2000.
    """
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BITMAP_HEADERS:
        return "bmp"
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "tiff"
    if head[4:8] == b"ftyp" and head[8:12] in _BRANDS:
        return "boxes"
    if head.startswith(b"\0\0\0\x0cjP  \r\n\x87\n"):
        return "boxes"
    if head.startswith(b"\xff\x4f\xff\x51"):
        return "j2k"
    return "pnm" if _PNM.match(head) else None


def kind_and_end(file: IO[bytes]) -> tuple[Kind | None, bool]:
    """(format, whether the file's end is missing) of an open, seekable file.

    True is a suspicion: some writers leave out the end mark, or add bytes after it, so only a
    decode can tell. False is no proof either. Raises ``OSError``.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    file.seek(0)
    head = file.read(_HEAD)
    kind = kind_of(head)
    match kind:
        case "jpeg" | "j2k":
            return kind, b"\xff\xd9" not in tail
        case "png":
            return kind, b"IEND" not in tail
        case "gif":
            return kind, not tail.rstrip(b"\0").endswith(b";")
        case "webp":
            return kind, int.from_bytes(head[4:8], "little") + 8 > size
        case "bmp":
            return kind, int.from_bytes(head[2:6], "little") > size
        case "tiff":
            order: Literal["little", "big"] = "little" if head[:1] == b"I" else "big"
            directory = head[8:16] if b"+" in head[2:4] else head[4:8]  # BigTIFF
            return kind, int.from_bytes(directory, order) >= size
        case "boxes":
            return kind, _boxes_end_after(file, size)
        case _:
            return kind, False


def _boxes_end_after(file: IO[bytes], size: int) -> bool:
    """Whether a box of an ISO base media file (ISO/IEC 14496-12) ends beyond ``size``."""
    position = 0
    for _ in range(_MOST_BOXES):
        if position >= size:
            break
        file.seek(position)
        header = file.read(16)
        length = int.from_bytes(header[:4], "big")
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        if length == 0:  # this box reaches to the file's end
            return False
        position += max(length, 8)
    return position > size


class ImageError(ThawError):
    """A file that gives no picture. ``code`` is empty_file, not_an_image, unreadable_image,
    truncated_image, image_too_large, file_missing, permission_denied or file_unreadable; or
    picture_changed, where it is no longer what a run began with."""


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file at ``path``, open for reading. Raises ``ImageError`` where it can't be opened."""
    try:
        file = open(path, "rb")  # noqa: SIM115 (closed below; Path.open is slower)
    except (OSError, ValueError) as error:
        raise _file_error(error) from None
    with file:
        yield file


@contextmanager
def explained(file: IO[bytes]) -> Iterator[None]:
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
    if isinstance(error, MemoryError | ImportError):  # nothing is wrong with the file
        reason = "not enough memory" if isinstance(error, MemoryError) else str(error)
        return ImageError("file_unreadable", reason=reason)
    if file.seek(0, 2) == 0:
        return ImageError("empty_file")
    kind, end_missing = kind_and_end(file)
    if kind is None:
        return ImageError("not_an_image")
    if end_missing or any(word in str(error).lower() for word in ("truncated", "not enough image")):
        return ImageError("truncated_image")
    unknown = "cannot identify" in str(error)
    reason = "its header is damaged or of an unknown kind" if unknown else str(error)
    return ImageError("unreadable_image", reason=reason or type(error).__name__)


def _file_error(error: OSError | ValueError) -> ImageError:
    if isinstance(error, FileNotFoundError):
        return ImageError("file_missing")
    if isinstance(error, PermissionError):
        return ImageError("permission_denied")
    return ImageError("file_unreadable", reason=error)
