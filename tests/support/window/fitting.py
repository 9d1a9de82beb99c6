"""Pictures of several proportions, and what the Fit panel shows of them, for its tests."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtGui import QImage

from core.dataset.split import split
from core.dataset.summary import DatasetSummary, scan
from core.recipe.config import DatasetConfig
from gui.data.resize.panel import FitPanel


def draw_shapes(folder: Path) -> Path:
    """Two classes: a wide picture, one turned by its EXIF, a square, one that is transparent."""
    (folder / "cat").mkdir(parents=True)
    (folder / "dog").mkdir()
    rng = np.random.default_rng(5)
    wide = rng.integers(0, 256, (30, 90, 3), dtype=np.uint8)
    Image.fromarray(wide).save(folder / "cat" / "a wide.png")
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: a quarter turn
    turned = Image.fromarray(rng.integers(0, 256, (30, 40, 3), dtype=np.uint8))
    turned.save(folder / "cat" / "b turned.jpg", exif=exif)
    Image.new("RGB", (32, 32), (200, 40, 40)).save(folder / "dog" / "c square.png")
    Image.new("RGBA", (40, 32), (0, 0, 0, 0)).save(folder / "dog" / "d clear.png")
    return folder


def show(panel: FitPanel, summary: DatasetSummary, **chosen: object) -> DatasetConfig:
    """Show ``summary`` with a recipe of ``chosen``."""
    config = DatasetConfig.model_validate({"image_size": 32, **chosen})
    panel.show_dataset(summary, split(summary, config), config)
    return config


def squares(folder: Path) -> DatasetSummary:
    """Two classes of square pictures alone."""
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        Image.new("RGB", (32, 32), (9, 99, 9)).save(folder / name / "one.png")
    return scan(folder)


def pixels(image: QImage | None) -> NDArray[np.uint8]:
    """uint8 [height, width, 3] of an image."""
    assert image is not None
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()
