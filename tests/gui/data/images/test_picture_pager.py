"""Going through pictures in the large view."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.data.images.dialog import PicturePager
from gui.session.image_list import PictureList
from tests.support.window.browsing import Browsing, messy_folder

_Keys = Qt.Key


@pytest.fixture
def pictures(qtbot: QtBot, tmp_path: Path) -> PictureList:
    browsing = Browsing(messy_folder(tmp_path / "signs"))
    qtbot.addWidget(browsing.browser)
    return PictureList(browsing.scanned, browsing.summary, browsing.split)


def opened(qtbot: QtBot, pictures: PictureList, shown: str, row: int) -> PicturePager:
    pager = PicturePager(pictures, pictures.chosen(shown), row)
    qtbot.addWidget(pager)
    pager.open()
    qtbot.waitUntil(pager.isActiveWindow)
    return pager


def test_the_arrows_go_through_the_list_and_stop_at_its_ends(
    qtbot: QtBot, pictures: PictureList
) -> None:
    pager = opened(qtbot, pictures, "validation", 0)
    assert not pager.back.isEnabled()
    for key, name, place in (
        (_Keys.Key_Left, "val/green/000.png", "1 of 4"),
        (_Keys.Key_Right, "val/green/001.jpg", "2 of 4"),
        (_Keys.Key_End, "val/red/001.jpg", "4 of 4"),
        (_Keys.Key_Right, "val/red/001.jpg", "4 of 4"),
        (_Keys.Key_Left, "val/red/000.png", "3 of 4"),
        (_Keys.Key_Home, "val/green/000.png", "1 of 4"),
    ):
        qtbot.keyClick(pager, key)
        assert (pager.picture.path, pager.place.text()) == (name, place)
        assert pager.path.text == str(pictures.folder / name)
    pager.forward.click()
    assert pager.words.text() == "green · validation"
    qtbot.waitUntil(lambda: pager.view.has_picture)


def test_the_arrows_work_with_the_focus_on_a_button(qtbot: QtBot, pictures: PictureList) -> None:
    pager = opened(qtbot, pictures, "validation", 1)
    pager.exclude.setFocus()
    qtbot.keyClick(pager.exclude, _Keys.Key_Right)
    assert pager.place.text() == "3 of 4"


def test_where_it_goes_is_told(qtbot: QtBot, pictures: PictureList) -> None:
    pager = opened(qtbot, pictures, "validation", 0)
    with qtbot.waitSignal(pager.moved) as told:
        pager.step(1)
    assert told.args == ["val/green/001.jpg"]


def test_what_is_wrong_with_a_file_is_shown(qtbot: QtBot, pictures: PictureList) -> None:
    pager = opened(qtbot, pictures, "problems", 0)
    qtbot.waitUntil(lambda: pager.view.placeholder == "the file is empty")
    assert pager.words.text() == "red · cannot be used"
    with qtbot.waitSignal(pager.exclude_asked) as told:
        qtbot.keyClick(pager, _Keys.Key_Delete)
    assert told.args == [["train/red/empty.jpg"]]


def test_a_picture_without_a_class_cannot_be_excluded(qtbot: QtBot, pictures: PictureList) -> None:
    pager = opened(qtbot, pictures, "unlabelled", 0)
    assert not pager.exclude.isEnabled()
    with qtbot.assertNotEmitted(pager.exclude_asked):
        qtbot.keyClick(pager, _Keys.Key_Delete)


def test_an_empty_list_closes_it(qtbot: QtBot, pictures: PictureList) -> None:
    pager = opened(qtbot, pictures, "problems", 0)
    pager.take_list(pictures, [])
    assert not pager.isVisible()
