"""What one picture file says of itself, for a person who looks at it."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from core.images.image_errors import ImageError
from core.images.load import Header, read_header

_MAKE, _MODEL = 0x010F, 0x0110  # EXIF 2.32 (CIPA DC-008), section 4.6.4
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
    try:
        status = os.stat(path)
        found = Details(status.st_size, status.st_mtime_ns)
    except (OSError, ValueError):  # reading the header tells the reason
        found = Details()
    try:
        found = replace(found, header=read_header(path))
    except ImageError as error:
        return replace(found, error=error)
    orientation, camera = _extras(path)
    return replace(found, orientation=orientation, camera=camera)


def _extras(path: Path) -> tuple[int | None, str]:
    from core.images.decoding import exif_of, open_picture

    try:
        with open(path, "rb") as file:
            image = open_picture(file)
            exif = image.getexif()
            return exif_of(image).orientation, _camera(exif.get(_MAKE), exif.get(_MODEL))
    except Exception:  # junk in metadata, which costs the person nothing
        return None, ""


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
