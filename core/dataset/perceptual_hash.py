"""What a picture looks like, in 712 bytes.

A description holds a 64-bit perceptual hash (imagehash's phash, of the discrete cosine
transform), by which look-alikes are found quickly among many; the colours of an 8 x 8 grid;
and a blurred grey picture of 24 x 24, by which ``core.picture_pairs`` decides.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

INPUT_SIDE = 32  # describe() takes a picture of this many pixels a side
HASH_SIDE, GRID_SIDE, GRAY_SIDE = 8, 8, 24
LENGTH = HASH_SIDE**2 // 8 + 2 * GRID_SIDE**2 + GRAY_SIDE**2

_BLUR = 1.0  # standard deviation in pixels of 24 a side: slopes that a shift can be read from
_SIGNS, _FAINT = 0x9E3779B97F4A7C15, 4.0  # the faint pattern: signs and size of its waves


def describe(picture: NDArray[np.uint8]) -> bytes:
    """``LENGTH`` bytes for ``picture``, upright RGB, uint8 [32, 32, 3], stretched to that."""
    import imagehash
    from PIL import Image, ImageFilter

    brightness, *colors = Image.fromarray(picture).convert("YCbCr").split()
    marked = np.asarray(brightness) * np.float32(0.86) + _faint_pattern()  # 0.86: room for it
    bits = imagehash.phash(Image.fromarray(marked.round().astype(np.uint8)), HASH_SIDE).hash
    grid = (GRID_SIDE, GRID_SIDE)
    cells = [one.resize(grid, Image.Resampling.BOX).tobytes() for one in colors]
    gray = brightness.resize((GRAY_SIDE, GRAY_SIDE), Image.Resampling.BILINEAR)
    gray = gray.filter(ImageFilter.GaussianBlur(_BLUR))
    return b"".join((np.packbits(bits).tobytes(), *cells, gray.tobytes()))


def parts(
    descriptions: Sequence[bytes],
) -> tuple[NDArray[np.uint64], NDArray[np.uint8], NDArray[np.uint8]]:
    """Hashes [N], colours [N, 2, 8, 8] (blue and red difference) and greys [N, 24, 24]."""
    rows = np.frombuffer(b"".join(descriptions), np.uint8).reshape(-1, LENGTH)
    hashes, colors, grays = np.split(rows, (HASH_SIDE**2 // 8, LENGTH - GRAY_SIDE**2), axis=1)
    return (
        np.ascontiguousarray(hashes).view(np.uint64)[:, 0],
        colors.reshape(-1, 2, GRID_SIDE, GRID_SIDE),
        grays.reshape(-1, GRAY_SIDE, GRAY_SIDE),
    )


@cache
def _faint_pattern() -> NDArray[np.float32]:
    """Added before hashing, [32, 32]: decides the bits that a smooth picture leaves open.

    Without it they are the noise of the compression, another in each copy. It holds every wave
    that the hash looks at, weaker than those of all but smooth pictures.
    """
    signs = [1 if _SIGNS >> bit & 1 else -1 for bit in range(HASH_SIDE**2)]
    waves = np.array(signs, np.float32).reshape(HASH_SIDE, HASH_SIDE) * _FAINT
    places = (2 * np.arange(INPUT_SIDE) + 1) * np.pi / (2 * INPUT_SIDE)
    cosines = np.cos(np.outer(np.arange(HASH_SIDE), places)) * np.sqrt(2 / INPUT_SIDE)
    pattern = (cosines.T @ waves @ cosines).astype(np.float32)
    return np.asarray(pattern - pattern.min())
