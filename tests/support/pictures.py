"""Image files, and dataset folders of them."""

import io
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest
from PIL import Image

from core.common.messages import ThawError

WIDTH, HEIGHT = 40, 30
COLORS = {
    "red": (200, 40, 40),
    "green": (40, 180, 60),
    "blue": (40, 60, 200),
    "yellow": (220, 210, 40),
    "violet": (150, 50, 190),
    "grey": (128, 128, 128),
    "white": (235, 235, 235),
    "black": (25, 25, 25),
}


class PictureFolder(Protocol):
    """What the fixture ``picture_folder`` gives."""

    def __call__(self, classes: int = 2, per_class: int = 4, name: str = "pictures") -> Path: ...


def draw_folder(folder: Path, classes: int, per_class: int) -> Path:
    """Fill ``folder`` with one subfolder per class (the names of ``COLORS``, in their order)
    of ``per_class`` pictures, PNG and JPEG in turn, the same ones each time."""
    for name, color in list(COLORS.items())[:classes]:
        (folder / name).mkdir(parents=True)
        for number in range(per_class):
            extension = ".png" if number % 2 == 0 else ".jpg"
            draw(folder / name / f"{number:03}{extension}", color, number)
    return folder


def draw(file: Path, color: tuple[int, int, int], seed: int) -> None:
    """Write one picture of ``WIDTH`` x ``HEIGHT`` pixels; its suffix decides the format."""
    rng = np.random.default_rng([seed, *color])
    noise = rng.integers(-20, 21, size=(HEIGHT, WIDTH, 3))
    pixels = np.clip(np.asarray(color) + noise, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(file)


def _picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (24, 16), (200, 30, 30)).save(file, "PNG")
    return file.getvalue()


PICTURE = _picture()
TEXT = b"a text\n"


def write(root: Path, files: Mapping[str, bytes] | Iterable[str]) -> Path:
    """Write each file below ``root``; where only names are given, they are images."""
    contents = files if isinstance(files, Mapping) else dict.fromkeys(files, PICTURE)
    root.mkdir(parents=True, exist_ok=True)
    for path, content in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def class_files(*classes: str, count: int = 3) -> list[str]:
    """The names of ``count`` images in each class folder."""
    return [f"{name}/{number}.png" for name in classes for number in range(count)]


def refusal(work: Callable[..., object], *arguments: Any, **options: Any) -> ThawError:
    """What ``work`` raises when it is called so, which has its sentence."""
    with pytest.raises(ThawError) as caught:
        work(*arguments, **options)
    assert str(caught.value)
    return caught.value


_HEADER_END = 33  # of a PNG: its signature and the chunk IHDR


def saved(image: Image.Image, format: str, **options: Any) -> bytes:
    """``image`` as Pillow writes it."""
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    """One of a PNG."""
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def png(extra: bytes = b"", *, size: tuple[int, int] | None = None) -> bytes:
    """A PNG of one black pixel with ``extra`` chunks; its header may claim another ``size``."""
    data = saved(Image.new("RGB", (1, 1)), "PNG")
    header = data[:_HEADER_END]
    if size is not None:
        header = data[:8] + chunk(b"IHDR", struct.pack(">II", *size) + data[24:29])
    return header + extra + data[_HEADER_END:]


def tiff(tags: Mapping[int, Iterable[int]], pixels: bytes) -> bytes:
    """A TIFF of ``pixels`` with ``tags`` of LONG values; those of the strips are added."""
    entries = {273: (8,), 279: (len(pixels),), **tags}
    far, behind = b"", 8 + len(pixels) + 2 + 12 * len(entries) + 4
    body = struct.pack("<H", len(entries))
    for tag, values in sorted(entries.items()):
        data = b"".join(struct.pack("<I", value) for value in values)
        if len(data) > 4:
            data, far = struct.pack("<I", behind + len(far)), far + data
        body += struct.pack("<HHI", tag, 4, len(tuple(values))) + data
    return b"II*\0" + struct.pack("<I", 8 + len(pixels)) + pixels + body + bytes(4) + far
