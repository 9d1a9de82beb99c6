"""Why a file gives no picture: whatever opening and decoding it raises, as one error.

Light: it imports no Pillow.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from core.common.messages import ThawError
from core.images.errors import kind_and_end


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
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ImageError("file_unreadable", reason=reason)
