"""The panel alone, and the Augment page with three classes of five images."""

import pytest
from pytestqt.qtbot import QtBot

from gui.augment.page import AugmentPage
from gui.session.session import Session
from tests.support.pictures import PictureFolder
from tests.support.window.augmenting import Screen, show_tiles, shown
from tests.support.window.fakes import open_folder


@pytest.fixture
def screen(qtbot: QtBot) -> Screen:
    made = Screen()
    shown(qtbot, made.area, 360, 600)
    return made


@pytest.fixture
def session(qtbot: QtBot, session: Session, picture_folder: PictureFolder) -> Session:
    open_folder(qtbot, session, picture_folder(classes=3, per_class=5))
    session.change("dataset.image_size", 64)
    return session


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> AugmentPage:
    return show_tiles(qtbot, session)
