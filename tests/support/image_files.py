"""Image files made by hand, byte by byte, where Pillow cannot write them."""

import io
import struct
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from PIL import Image

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
