"""Which picture the Augment page shows, without any, and at every size of the window."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from gui.augment.page import AugmentPage
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.pictures import PictureFolder
from tests.support.window.augmenting import (
    after,
    click,
    expected,
    make_session,
    pixels,
    show,
    show_tiles,
)
from tests.support.window.fakes import open_folder

# what rail, menu and bar leave of 1280 x 640, 1024 x 700 and 1280 x 800
SIZES = [(1080, 530), (964, 590), (1080, 690)]


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path, picture_folder: PictureFolder) -> Session:
    return make_session(qtbot, tmp_path / "settings", picture_folder(classes=3, per_class=5))


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> AugmentPage:
    return show_tiles(qtbot, session)


def test_buttons_and_arrow_keys_step_through_the_class(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    assert page.preview.chooser.classes.currentText() == "blue"
    assert page.preview.chooser.place == "· picture 1 of 4"
    click(qtbot, page.preview.chooser.forward)
    after(qtbot, page)
    assert page.preview.chooser.place == "· picture 2 of 4"
    np.testing.assert_array_equal(pixels(page.grid.tiles[5]), expected(session, page, view=5))
    for widget in (page.grid, page.preview.chooser.forward):
        widget.setFocus()
        qtbot.keyClick(widget, Qt.Key.Key_Left)
        after(qtbot, page)
    assert page.preview.chooser.place == "· picture 4 of 4"
    qtbot.keyClick(page, Qt.Key.Key_Right)
    after(qtbot, page)
    assert page.preview.chooser.place == "· picture 1 of 4"


def test_another_class_shows_its_first_picture(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    box = page.preview.chooser.classes
    assert [box.itemText(index) for index in range(box.count())] == ["blue", "green", "red"]
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_End)
    after(qtbot, page)
    assert page.preview.chooser.place == "· picture 1 of 4"
    assert page.preview.chooser.path.startswith("red/")


def test_arrow_keys_in_a_slider_move_the_slider(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    slider = page.panel.rows["horizontal_flip"].strength.slider
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert session.tried_augmentation.horizontal_flip == 0.01
    after(qtbot, page)
    assert page.preview.chooser.place == "· picture 1 of 4"


def test_another_picture_size_decodes_again(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    session.change("dataset.image_size", 96)
    qtbot.waitUntil(lambda: [tile.width() for tile in page.grid.tiles] == [96] * 12)


def test_a_picture_that_cannot_be_read_is_named(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    assert session.summary is not None
    click(qtbot, page.preview.chooser.forward)
    after(qtbot, page)
    gone = page.preview.chooser.path
    click(qtbot, page.preview.chooser.back)
    after(qtbot, page)
    (session.summary.folder / gone).unlink()
    click(qtbot, page.preview.chooser.forward)
    qtbot.waitUntil(lambda: page.grid.message != "")
    assert page.grid.message == f"{gone}\nthe file has gone"
    assert page.grid.tiles == ()
    click(qtbot, page.preview.chooser.forward)
    qtbot.waitUntil(lambda: len(page.grid.tiles) == 12)


# -- no pictures, and every size --------------------------------------------------------------


def test_without_a_dataset_the_page_points_to_data(
    qtbot: QtBot, tmp_path: Path, picture_folder: PictureFolder
) -> None:
    session = Session(Settings(tmp_path / "settings"))
    page = show(qtbot, session)
    assert page.empty.to_data.isVisible()
    assert not page.panel.isVisible()
    with qtbot.waitSignal(page.navigate) as asked:
        click(qtbot, page.empty.to_data)
    assert asked.args == ["data"]
    open_folder(qtbot, session, picture_folder())
    qtbot.waitUntil(lambda: len(page.grid.tiles) == 12)
    assert page.panel.isVisible()


def test_a_hidden_page_catches_up_when_it_is_shown(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    page.hide()
    session.change("augmentation.crop", 0.25)
    page.show()
    assert page.panel.rows["crop"].strength.value == 75
    np.testing.assert_array_equal(pixels(page.grid.tiles[0]), expected(session, page, view=0))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nothing_is_cut_off_or_out_of_reach(
    qtbot: QtBot, session: Session, page: AugmentPage, width: int, height: int
) -> None:
    page.resize(width, height)
    session.change("augmentation.horizontal_flip", 0.5)
    after(qtbot, page)
    assert page.size().toTuple() == (width, height)
    area = page.findChild(QScrollArea)
    assert area is not None
    for row in page.panel.rows.values():
        area.ensureWidgetVisible(row, 0, 0)
        corner = row.mapTo(area.viewport(), QPoint(0, 0))
        assert area.viewport().rect().contains(row.rect().translated(corner))
    for widget in (
        *page.head.price.buttons.values(),
        *page.head.price.prices.values(),
        page.head.price.comparison,
        page.preview.reshuffle,
        page.preview.chooser,
        page.preview.views.note,
    ):
        corner = widget.mapTo(page, QPoint(0, 0))
        assert page.rect().contains(widget.rect().translated(corner))
        assert widget.width() >= widget.minimumSizeHint().width()
    assert page.grid.tile_side >= 75
