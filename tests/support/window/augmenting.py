"""What the tests of the Augment page share: opening it, acting on it, looking at it."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.augmentation.augment import augment
from core.images import load as images
from gui.augment import tiles
from gui.augment.page import AugmentPage
from gui.controls.number_fields import NumberField
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.window.fakes import open_folder

SIZE = 64


def make_session(qtbot: QtBot, settings: Path, folder: Path) -> Session:
    """A session with ``folder`` open, its pictures small."""
    session = Session(Settings(settings))
    open_folder(qtbot, session, folder)
    session.change("dataset.image_size", SIZE)
    return session


def show(qtbot: QtBot, session: Session) -> AugmentPage:
    page = AugmentPage(session)
    qtbot.addWidget(page)
    page.resize(1080, 530)
    with qtbot.waitExposed(page):
        page.show()
    return page


def show_tiles(qtbot: QtBot, session: Session) -> AugmentPage:
    """The page, once its picture is there."""
    page = show(qtbot, session)
    qtbot.waitUntil(lambda: len(page.grid.tiles) == 12)
    return page


def pixels(image: QImage) -> NDArray[np.uint8]:
    """uint8 [height, width, 3], without the padding of Qt's lines."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)


def after(qtbot: QtBot, page: AugmentPage) -> list[bool]:
    """Which tiles have changed, once the page has drawn again."""
    before = page.grid.tiles
    qtbot.waitUntil(lambda: page.grid.tiles is not before)
    return [one != other for one, other in zip(before, page.grid.tiles, strict=True)]


def click(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def retype(qtbot: QtBot, field: NumberField, typed: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, typed)


def expected(session: Session, page: AugmentPage, view: int, shuffle: int = 0) -> NDArray[np.uint8]:
    """A tile as the trainer's own call makes it from the picture's file."""
    return _augmented(session, page, tiles.seed(shuffle), view)


def kept_view(session: Session, page: AugmentPage, view: int) -> NDArray[np.uint8]:
    """A kept view of the picture looked at, as training computes it."""
    return _augmented(session, page, session.tried_augmentation.seed, view)


def _augmented(session: Session, page: AugmentPage, seed: int, view: int) -> NDArray[np.uint8]:
    assert session.summary is not None
    key = page.preview.chooser.path
    dataset = session.recipe.dataset
    picture = images.load(session.summary.folder / key, dataset.image_size, dataset.fit)
    config = session.tried_augmentation
    return augment(picture, config, seed, 0, key, view)
