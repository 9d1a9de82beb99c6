"""Picture files made by hand, byte by byte, where Pillow cannot write them or would hide a mistake
of its own: PNGs of any bits, bitmaps, TIFFs and ICC profiles."""

import io
import struct
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

PNG = b"\x89PNG\r\n\x1a\n"
_PNG_COLOR = {1: 0, 2: 4, 3: 2, 4: 6}  # colour type by channels
# Adam7's passes: first column and row, and the steps to the next.
# fmt: off
_PASSES = (
    (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
    (0, 1, 1, 2),
)
# fmt: on


def saved(image: Image.Image, format: str, **options: Any) -> bytes:
    """``image`` as Pillow writes it."""
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    """One of a PNG."""
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def png(
    values: ArrayLike,
    bits: int,
    extra: bytes = b"",
    *,
    interlaced: bool = False,
    late: bytes = b"",
) -> bytes:
    """A PNG of integers [height, width] or [height, width, 1 to 4] with ``bits`` a channel.

    ``extra`` chunks come before the pixels, ``late`` ones behind them.
    """
    levels = np.asarray(values)
    levels = levels.reshape(*levels.shape[:2], -1)
    height, width, channels = levels.shape
    passes = _PASSES if interlaced else ((0, 0, 1, 1),)
    rows = b"".join(
        b"\0" + _packed(row.ravel(), bits)
        for left, top, right, down in passes
        for row in levels[top::down, left::right]
        if row.size
    )
    shape = width, height, bits, _PNG_COLOR[channels], 0, 0, int(interlaced)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *shape))
    pixels = chunk(b"IDAT", zlib.compress(rows))
    return PNG + header + extra + pixels + late + chunk(b"IEND", b"")


def _packed(values: np.ndarray, bits: int) -> bytes:
    if bits == 16:
        return values.astype(">u2").tobytes()
    if bits == 8:
        return values.astype(np.uint8).tobytes()
    each = np.unpackbits(values.astype(np.uint8)[:, None], axis=1)[:, 8 - bits :]
    return np.packbits(each.ravel()).tobytes()


def png_claiming(width: int, height: int) -> bytes:
    """A small PNG that says it is as large as that."""
    whole = png([[[0, 0, 0]]], 8)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return PNG + header + whole[len(PNG) + len(header) :]


def tiff(tags: Mapping[int, Iterable[int]], pixels: bytes, order: str = "<") -> bytes:
    """A TIFF of ``pixels`` with ``tags`` of LONG values; those of the strips are added."""
    entries = {273: (8,), 279: (len(pixels),), **tags}
    far, behind = b"", 8 + len(pixels) + 2 + 12 * len(entries) + 4
    body = struct.pack(order + "H", len(entries))
    for tag, values in sorted(entries.items()):
        data = b"".join(struct.pack(order + "I", value) for value in values)
        if len(data) > 4:
            data, far = struct.pack(order + "I", behind + len(far)), far + data
        body += struct.pack(order + "HHI", tag, 4, len(tuple(values))) + data
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8 + len(pixels))
    return start + pixels + body + bytes(4) + far


def bitmap(
    width: int, height: int, bits: int, pixels: bytes, *, compression: int = 0, rest: bytes = b""
) -> bytes:
    """A BMP; ``rest`` is what follows the 40 bytes of its header: masks, a palette."""
    size = 124 if compression == 3 else 40
    rest = rest.ljust(size - 40, b"\0")
    start = 14 + 40 + len(rest)
    colors = len(rest) // 4 if bits <= 8 else 0
    header = struct.pack(
        "<IiiHHIIiiII", size, width, height, 1, bits, compression, len(pixels), 0, 0, colors, 0
    )
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + header + rest + pixels


def icc(space: bytes, tags: Mapping[bytes, bytes]) -> bytes:
    """An ICC profile of a screen, version 2.4 (ICC.1:2001-04)."""
    white = b"XYZ " + bytes(4) + fixed(0.9642, 1, 0.8249)
    body, table = b"", b""
    everything = {b"wtpt": white, **tags}
    for name, data in everything.items():
        start = 128 + 4 + 12 * len(everything) + len(body)
        table += name + struct.pack(">II", start, len(data))
        body += data.ljust(-(-len(data) // 4) * 4, b"\0")
    rest = struct.pack(">I", len(everything)) + table + body
    facts = 128 + len(rest), 0x02400000, b"mntr", space, b"XYZ ", b"acsp"
    header = struct.pack(">I4xI4s4s4s12x4s", *facts)
    return header.ljust(68, b"\0") + fixed(0.9642, 1, 0.8249).ljust(60, b"\0") + rest


def fixed(*values: float) -> bytes:
    """s15Fixed16Numbers."""
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def gamma(exponent: float) -> bytes:
    """A curve's tag."""
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(exponent * 256))


def primaries(matrix: Iterable[Iterable[float]], exponent: float) -> bytes:
    """The profile of a screen whose red, green and blue have those XYZ, adapted to D50."""
    colors = zip((b"rXYZ", b"gXYZ", b"bXYZ"), matrix, strict=True)
    tags = {name: b"XYZ " + bytes(4) + fixed(*color) for name, color in colors}
    return icc(b"RGB ", {**tags, **{name: gamma(exponent) for name in (b"rTRC", b"gTRC", b"bTRC")}})
