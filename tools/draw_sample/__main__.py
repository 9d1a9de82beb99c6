"""Draws the sample dataset: ``python -m tools.draw_sample FOLDER``.

``resources/sample`` holds what it made. With the same versions of NumPy and OpenCV it makes the
same bytes again; others may differ in single pixels, which is why the files themselves are kept.
"""

import hashlib
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.dataset.sample import CLASSES, IMAGES_PER_CLASS, VERSION
from tools.draw_sample import photo

QUALITY = 88
_COMMENT = b"\xff\xfe"


def draw(kind: str, number: int, seed: int = 0) -> NDArray[np.uint8]:
    """Image ``number`` of a class, uint8 [256, 256, 3], RGB.

    It depends on the three arguments alone, never on what was drawn before. Raises
    ``ValueError`` for an unknown ``kind``.
    """
    digest = hashlib.sha256(f"{seed}/{kind}/{number}".encode()).digest()
    return photo.photograph(kind, np.random.default_rng(int.from_bytes(digest)))


def encoded(kind: str, number: int, seed: int = 0) -> bytes:
    """The image as a JPEG, with a comment after its header that says which one it is."""
    options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    done, data = cv2.imencode(".jpg", draw(kind, number, seed)[..., ::-1], options)
    assert done
    jpeg = data.tobytes()
    header = 4 + int.from_bytes(jpeg[4:6])
    text = f"Thaw sample {VERSION}, {kind} {number}, seed {seed}".encode()
    return jpeg[:header] + _COMMENT + (len(text) + 2).to_bytes(2) + text + jpeg[header:]


def main(folder: Path) -> None:
    """Write all class folders into ``folder``."""

    def write(kind: str, number: int) -> None:
        (folder / kind).mkdir(parents=True, exist_ok=True)
        (folder / kind / f"{kind}-{number:03}.jpg").write_bytes(encoded(kind, number))

    with ThreadPoolExecutor() as pool:
        for kind in CLASSES:
            list(pool.map(write, [kind] * IMAGES_PER_CLASS, range(1, IMAGES_PER_CLASS + 1)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
