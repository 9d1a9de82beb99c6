"""What the tests of the preview's views share: pictures, and settings for every effect."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.recipe.config import AugmentationConfig
from gui.augment.tiles import Scene, Subject

SIZE = 48
EACH_EFFECT = {
    "horizontal_flip": AugmentationConfig(horizontal_flip=0.5),
    "vertical_flip": AugmentationConfig(vertical_flip=0.5),
    "quarter_turns": AugmentationConfig(quarter_turns=0.7),
    "rotation": AugmentationConfig(rotation=(-60, 40)),
    "scale": AugmentationConfig(scale=(0.4, 1.5)),
    "crop": AugmentationConfig(crop=0.3, crop_aspect=(0.5, 2)),
    "translation": AugmentationConfig(translation=(0.4, 0.2)),
    "shear": AugmentationConfig(shear=(30, 15)),
    "perspective": AugmentationConfig(perspective=0.5),
    "brightness": AugmentationConfig(brightness=(0.4, 1.6)),
    "contrast": AugmentationConfig(contrast=(0.4, 1.6)),
    "saturation": AugmentationConfig(saturation=(0, 2)),
    "hue": AugmentationConfig(hue=(-60, 90)),
    "gamma": AugmentationConfig(gamma=(0.5, 1.5)),
    "grayscale": AugmentationConfig(grayscale=0.5),
    "blur": AugmentationConfig(blur=(0.5, 3)),
    "noise": AugmentationConfig(noise=(5, 30)),
    "jpeg": AugmentationConfig(jpeg=(10, 60)),
    "erasing": AugmentationConfig(erasing=0.7),
}
TURNED = AugmentationConfig(rotation=(-60, 60))


def subject(key: str = "red/000.png", seed: int = 0, size: int = SIZE, name: str = "") -> Subject:
    """A smooth colourful picture, another one for each ``seed``."""
    generator = np.random.default_rng(seed)
    coarse = generator.integers(0, 256, (6, 6, 3), dtype=np.uint8)
    picture = np.kron(coarse, np.ones((size // 6, size // 6, 1), np.uint8))
    return Subject(picture, key, name or key.split("/")[0])


def scene(config: AugmentationConfig = TURNED, **other: Any) -> Scene:
    return Scene(**{"subject": subject(), "config": config, **other})


def three_classes() -> tuple[Subject, ...]:
    return tuple(subject(f"{name}/1.png", seed) for seed, name in enumerate("abc"))


def pixels(image: QImage | None) -> NDArray[np.uint8]:
    """A copy, uint8 [height, width, 3], without the padding of Qt's lines."""
    assert image is not None
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def shown(qtbot: QtBot, widget: QWidget, width: int = 640, height: int = 520) -> None:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    with qtbot.waitExposed(widget):
        widget.show()


def idle(qtbot: QtBot, is_busy: Callable[[], bool]) -> None:
    qtbot.waitUntil(lambda: not is_busy())
