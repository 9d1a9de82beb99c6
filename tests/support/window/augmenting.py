"""What the tests of the Augment page share: images, settings, the panel, the page on screen."""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from core.augmentation.augment import augment
from core.images import load as images
from core.recipe.config import EFFECTS, AugmentationConfig
from gui.augment import tiles
from gui.augment.effect_row import EffectDetails, EffectRow
from gui.augment.page import AugmentPage
from gui.augment.panel import AugmentationPanel
from gui.augment.tiles import Scene, Subject
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.window.fakes import open_folder

TURNED = AugmentationConfig(rotation=(-60, 60))
ALL = AugmentationConfig(
    horizontal_flip=0.5,
    vertical_flip=0.5,
    quarter_turns=0.7,
    rotation=(-60, 40),
    scale=(0.4, 1.5),
    crop=0.3,
    crop_aspect=(0.5, 2),
    translation=(0.4, 0.2),
    shear=(30, 15),
    perspective=0.5,
    brightness=(0.4, 1.6),
    contrast=(0.4, 1.6),
    saturation=(0, 2),
    hue=(-60, 90),
    gamma=(0.5, 1.5),
    grayscale=0.5,
    blur=(0.5, 3),
    sharpness=(0, 3),
    noise=(5, 30),
    jpeg=(10, 60),
    erasing=0.7,
)
EACH_EFFECT = {
    effect.name: AugmentationConfig(**{field: getattr(ALL, field) for field in effect.fields})
    for effect in EFFECTS
}
BASIC = [effect.name for effect in EFFECTS if effect.is_basic]


def subject(key: str = "red/000.png", seed: int = 0, size: int = 48) -> Subject:
    """A smooth colourful image, another one for each ``seed``."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    picture = np.kron(coarse, np.ones((size // 6, size // 6, 1), np.uint8))
    return Subject(picture, key, key.split("/")[0])


def scene(config: AugmentationConfig = TURNED, **other: Any) -> Scene:
    """Of an image, and of three classes."""
    classes = tuple(subject(f"{name}/1.png", seed) for seed, name in enumerate("abc"))
    return Scene(**{"subject": subject(), "classes": classes, "config": config, **other})


def pixels(image: QImage | None) -> NDArray[np.uint8]:
    """A copy, uint8 [height, width, 3], without the padding of Qt's lines."""
    assert image is not None
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def numbers(words: str) -> list[float]:
    """The numbers in a sentence, in their order."""
    plain = words.replace("\N{MINUS SIGN}", "-")
    return [float(one) for one in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?", plain)]


def shown(qtbot: QtBot, widget: QWidget, width: int = 640, height: int = 520) -> None:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    with qtbot.waitExposed(widget):
        widget.show()


def click(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


class Screen:
    """The panel as a page has it, and the configuration that it changes."""

    def __init__(self) -> None:
        self.area = QScrollArea(widgetResizable=True)
        self.panel = AugmentationPanel()
        self.area.setWidget(self.panel)
        self.config = AugmentationConfig()
        self.panel.value_changed.connect(self._change)
        self.panel.config_chosen.connect(self.show)

    def show(self, config: AugmentationConfig) -> None:
        self.config = config
        self.panel.show_config(config)

    def set(self, **fields: Any) -> None:
        self.show(AugmentationConfig(**fields))

    def _change(self, field: str, value: object) -> None:
        self.show(AugmentationConfig.model_validate({**self.config.model_dump(), field: value}))

    def row(self, name: str) -> EffectRow:
        return self.panel.rows[name]

    def details(self, name: str) -> EffectDetails:
        row = self.row(name)
        row.unfold.setChecked(True)
        assert row.details is not None
        return row.details

    @property
    def shown(self) -> list[str]:
        return [name for name, row in self.panel.rows.items() if row.isVisible()]


def make_session(qtbot: QtBot, settings: Path, folder: Path) -> Session:
    """A session with ``folder`` open, its images small."""
    session = Session(Settings(settings))
    open_folder(qtbot, session, folder)
    session.change("dataset.image_size", 64)
    return session


def show_tiles(qtbot: QtBot, session: Session) -> AugmentPage:
    """The page, once its image is there."""
    page = AugmentPage(session)
    shown(qtbot, page, 1080, 530)
    qtbot.waitUntil(lambda: len(page.grid.tiles) == 12)
    return page


def after(qtbot: QtBot, page: AugmentPage) -> list[bool]:
    """Which tiles have changed, once all of them show the image and the settings of now."""
    before = page.grid.tiles

    def is_drawn() -> bool:
        subject, is_asked = page.preview.views.scene.subject, page._render_timer.isActive()
        if is_asked or page.grid.is_busy or page.grid.tiles is before:
            return False
        return subject is not None and subject.key == page.preview.chooser.path

    qtbot.waitUntil(is_drawn)
    return [one != other for one, other in zip(before, page.grid.tiles, strict=True)]


def expected(session: Session, page: AugmentPage, view: int, shuffle: int = 0) -> NDArray[np.uint8]:
    """A tile as the trainer's own call makes it from the image's file."""
    config, key = session.tried_augmentation, page.preview.chooser.path
    seed = config.seed if config.cached_views else tiles.seed(shuffle)
    return augment(loaded(session, key), config, seed, 0, key, view)


def loaded(session: Session, path: str) -> NDArray[np.uint8]:
    """An image of the open folder as training loads it."""
    assert session.summary is not None
    dataset = session.recipe.dataset
    return images.load(session.summary.folder / path, dataset.image_size, dataset.fit)
