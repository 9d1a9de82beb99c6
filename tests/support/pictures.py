"""Tiny pictures for tests: noise around a colour that tells the class at a glance."""

from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

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
