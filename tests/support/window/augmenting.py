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
from gui.controls.number_fields import NumberField
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.window.fakes import open_folder

SIZE = 64
TURNED = AugmentationConfig(rotation=(-60, 60))
TRIVIAL = AugmentationConfig(policy="trivial")
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
ALL = AugmentationConfig(
    **{
        field: value
        for one in EACH_EFFECT.values()
        for field, value in one.model_dump(exclude_defaults=True).items()
    }
)
BASIC = [effect.name for effect in EFFECTS if effect.is_basic]
OTHERS = [effect.name for effect in EFFECTS if not effect.is_basic]


# -- images and words -------------------------------------------------------------------------


def subject(key: str = "red/000.png", seed: int = 0, size: int = 48, name: str = "") -> Subject:
    """A smooth colourful image, another one for each ``seed``."""
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


def numbers(words: str) -> list[float]:
    """The numbers in a sentence, in their order."""
    plain = words.replace("\N{MINUS SIGN}", "-")
    return [float(one) for one in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?", plain)]


# -- acting -----------------------------------------------------------------------------------


def shown(qtbot: QtBot, widget: QWidget, width: int = 640, height: int = 520) -> None:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    with qtbot.waitExposed(widget):
        widget.show()


def click(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def retype(qtbot: QtBot, field: NumberField, typed: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, typed)


# -- the panel --------------------------------------------------------------------------------


class Screen:
    """The panel as a page has it, and the configuration that it changes."""

    def __init__(self) -> None:
        self.area = QScrollArea()
        self.panel = AugmentationPanel()
        self.area.setWidgetResizable(True)
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
        if not row.unfold.isChecked():
            row.unfold.click()
        assert row.details is not None
        return row.details

    @property
    def shown(self) -> list[str]:
        return [name for name, row in self.panel.rows.items() if row.isVisible()]


# -- the page ---------------------------------------------------------------------------------


def make_session(qtbot: QtBot, settings: Path, folder: Path) -> Session:
    """A session with ``folder`` open, its images small."""
    session = Session(Settings(settings))
    open_folder(qtbot, session, folder)
    session.change("dataset.image_size", SIZE)
    return session


def show(qtbot: QtBot, session: Session) -> AugmentPage:
    page = AugmentPage(session)
    shown(qtbot, page, 1080, 530)
    return page


def show_tiles(qtbot: QtBot, session: Session) -> AugmentPage:
    """The page, once its image is there."""
    page = show(qtbot, session)
    qtbot.waitUntil(lambda: len(page.grid.tiles) == 12)
    return page


def after(qtbot: QtBot, page: AugmentPage) -> list[bool]:
    """Which tiles have changed, once the page has drawn all of them again."""
    before = page.grid.tiles
    qtbot.waitUntil(lambda: page.grid.tiles is not before and not page.grid.is_busy)
    return [one != other for one, other in zip(before, page.grid.tiles, strict=True)]


def expected(session: Session, page: AugmentPage, view: int, shuffle: int = 0) -> NDArray[np.uint8]:
    """A tile as the trainer's own call makes it from the image's file."""
    return _augmented(session, page.preview.chooser.path, tiles.seed(shuffle), view)


def kept_view(session: Session, page: AugmentPage, view: int) -> NDArray[np.uint8]:
    """A kept view of the image looked at, as training computes it."""
    seed = session.tried_augmentation.seed
    return _augmented(session, page.preview.chooser.path, seed, view)


def _augmented(session: Session, key: str, seed: int, view: int) -> NDArray[np.uint8]:
    image = loaded(session, key)
    return augment(image, session.tried_augmentation, seed, 0, key, view)


def loaded(session: Session, path: str) -> NDArray[np.uint8]:
    """An image of the open folder as training loads it."""
    assert session.summary is not None
    dataset = session.recipe.dataset
    return images.load(session.summary.folder / path, dataset.image_size, dataset.fit)
