"""The Augment page on a session: what a person drags, types and clicks, and what is seen."""

from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from core import images
from core.config import AugmentationConfig, FillMode
from gui import augmentation_text
from gui.pages.augment import AugmentPage
from gui.session import Session
from gui.settings import Settings
from tests.gui.augmenting import (
    SIZE,
    after,
    click,
    expected,
    make_session,
    pixels,
    show,
    show_tiles,
)
from tests.gui.fakes import SPEED, open_folder, replace_training
from tests.pictures import PictureFolder

# what rail, menu and bar leave of 1280 x 640, 1024 x 700 and 1280 x 800
SIZES = [(1080, 530), (964, 590), (1080, 690)]
FILLS = get_args(FillMode)


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path, picture_folder: PictureFolder) -> Session:
    return make_session(qtbot, tmp_path / "settings", picture_folder(classes=3, per_class=5))


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> AugmentPage:
    return show_tiles(qtbot, session)


# -- the tiles --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("horizontal_flip", 1.0),
        ("vertical_flip", 1.0),
        ("rotation", [20.0, 160.0]),
        ("scale", [0.3, 0.6]),
        ("crop", 0.2),
        ("translation", [0.5, 0.25]),
    ],
)
def test_tiles_are_the_pixels_that_training_gets(
    qtbot: QtBot, session: Session, page: AugmentPage, field: str, value: object
) -> None:
    session.set_augmentation(AugmentationConfig())
    session.change("augmentation.fill_color", [250, 10, 90])
    session.change(f"augmentation.{field}", value)
    after(qtbot, page)
    for mode in sorted(FILLS, reverse=True):
        session.change("augmentation.fill_mode", mode)
        after(qtbot, page)
        for view, tile in enumerate(page.grid.tiles):
            np.testing.assert_array_equal(pixels(tile), expected(session, page, view))


def test_the_untouched_picture_stands_beside_its_versions(
    session: Session, page: AugmentPage
) -> None:
    assert session.summary is not None
    assert page.grid.untouched is not None
    file = session.summary.folder / page.chooser.path
    np.testing.assert_array_equal(pixels(page.grid.untouched), images.load(file, SIZE, "stretch"))


def test_dragging_a_slider_changes_the_tiles_live_and_once_a_turn(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    page.panel.rows["translation"].strength.slider.setValue(30)
    page.panel.rows["translation"].strength.slider.setValue(40)
    before = page.grid.tiles
    assert session.tried_augmentation.translation == (0.4, 0.4)
    assert page.grid.tiles is before
    assert all(after(qtbot, page))
    assert not session.choices.augmenting


def test_the_range_sliders_handles_set_both_ends(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    row = page.panel.rows["rotation"]
    click(qtbot, row.unfold)
    assert row.details is not None
    slider = row.details.ranges["rotation"].slider
    slider.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    qtbot.keyClick(slider, Qt.Key.Key_Tab)
    qtbot.keyClick(slider, Qt.Key.Key_End)
    assert session.tried_augmentation.rotation == (-180, 180)
    assert any(after(qtbot, page))


def test_a_full_flip_turns_every_tile_over(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    click(qtbot, page.panel.presets["none"])
    after(qtbot, page)
    slider = page.panel.rows["vertical_flip"].strength.slider
    slider.setValue(slider.maximum())
    assert all(after(qtbot, page))
    assert page.grid.untouched is not None
    assert all(tile == page.grid.untouched.flipped() for tile in page.grid.tiles)


def test_reshuffling_draws_other_versions_and_leaves_the_recipe(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    choices = session.choices
    click(qtbot, page.reshuffle)
    assert all(after(qtbot, page))
    np.testing.assert_array_equal(
        pixels(page.grid.tiles[3]), expected(session, page, view=3, shuffle=1)
    )
    assert session.choices == choices


# -- on and off -------------------------------------------------------------------------------


def test_off_says_so_dims_the_tiles_and_tells_the_cost(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    assert page.grid.dim
    assert page.state.text() == "Not used in training."
    assert page.heading.text() == "What these settings would do: not used in training"
    assert "computed again each epoch" in page.cost.text()
    session.engine.speed = SPEED
    session.engine_changed.emit()
    qtbot.waitUntil(lambda: page.cost.text().startswith("On:"))
    assert " instead of " in page.cost.text()


def test_the_switch_puts_the_tried_augmentation_into_the_recipe(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    click(qtbot, page.switch)
    assert session.recipe.augmentation == session.tried_augmentation
    assert not session.recipe.augmentation.is_identity
    qtbot.waitUntil(lambda: not page.grid.dim)
    assert page.state.text() == "Used in training."
    click(qtbot, page.switch)
    assert session.recipe.augmentation.is_identity
    qtbot.waitUntil(lambda: page.grid.dim)


def test_the_switch_works_from_the_keyboard(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    page.switch.setFocus()
    qtbot.keyClick(page.switch, Qt.Key.Key_Space)
    assert session.choices.augmenting


def test_on_without_an_effect_is_not_called_used(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    session.set_augmentation(AugmentationConfig())
    session.set_augmenting(True)
    qtbot.waitUntil(lambda: page.state.text() == "On, but no effect is set.")
    assert page.cost.text() == "The pictures stay as they are."
    session.change("augmentation.crop", 0.5)
    for stage in range(2):
        session.change(f"stages.{stage}.augment", False)
    qtbot.waitUntil(lambda: page.state.text() == "On, but used in no stage.")
    assert page.grid.dim


def test_what_costs_no_time_is_not_called_longer(session: Session, page: AugmentPage) -> None:
    session.engine.speed = SPEED
    for stage in range(2):
        session.change(f"stages.{stage}.thawed", [1, 2, 3, 4, 5])
    assert augmentation_text.cost(session).startswith("It costs no time here: ")


def test_while_a_run_trains_the_page_says_what_changes_are_for(
    qtbot: QtBot, session: Session, page: AugmentPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not page.locked.isVisible()
    training = replace_training(monkeypatch)
    with qtbot.waitSignal(session.training_finished):
        session.start_training()
        qtbot.waitUntil(page.locked.isVisible)
        training.may_finish.set()
    qtbot.waitUntil(lambda: not page.locked.isVisible())


# -- choosing the picture ---------------------------------------------------------------------


def test_buttons_and_arrow_keys_step_through_the_class(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    assert page.chooser.classes.currentText() == "blue"
    assert page.chooser.place == "· picture 1 of 4"
    click(qtbot, page.chooser.forward)
    after(qtbot, page)
    assert page.chooser.place == "· picture 2 of 4"
    np.testing.assert_array_equal(pixels(page.grid.tiles[5]), expected(session, page, view=5))
    for widget in (page.grid, page.chooser.forward):
        widget.setFocus()
        qtbot.keyClick(widget, Qt.Key.Key_Left)
        after(qtbot, page)
    assert page.chooser.place == "· picture 4 of 4"
    qtbot.keyClick(page, Qt.Key.Key_Right)
    after(qtbot, page)
    assert page.chooser.place == "· picture 1 of 4"


def test_another_class_shows_its_first_picture(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    box = page.chooser.classes
    assert [box.itemText(index) for index in range(box.count())] == ["blue", "green", "red"]
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_End)
    after(qtbot, page)
    assert page.chooser.place == "· picture 1 of 4"
    assert page.chooser.path.startswith("red/")


def test_arrow_keys_in_a_slider_move_the_slider(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    slider = page.panel.rows["horizontal_flip"].strength.slider
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert session.tried_augmentation.horizontal_flip == 0.01
    after(qtbot, page)
    assert page.chooser.place == "· picture 1 of 4"


def test_another_picture_size_decodes_again(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    session.change("dataset.image_size", 96)
    qtbot.waitUntil(lambda: [tile.width() for tile in page.grid.tiles] == [96] * 12)


def test_a_picture_that_cannot_be_read_is_named(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    assert session.summary is not None
    click(qtbot, page.chooser.forward)
    after(qtbot, page)
    gone = page.chooser.path
    click(qtbot, page.chooser.back)
    after(qtbot, page)
    (session.summary.folder / gone).unlink()
    click(qtbot, page.chooser.forward)
    qtbot.waitUntil(lambda: page.grid.message != "")
    assert page.grid.message == f"{gone}\nthe file has gone"
    assert page.grid.tiles == ()
    click(qtbot, page.chooser.forward)
    qtbot.waitUntil(lambda: len(page.grid.tiles) == 12)


# -- no pictures, and every size --------------------------------------------------------------


def test_without_a_dataset_the_page_points_to_data(
    qtbot: QtBot, tmp_path: Path, picture_folder: PictureFolder
) -> None:
    session = Session(Settings(tmp_path / "settings"))
    page = show(qtbot, session)
    assert page.to_data.isVisible()
    assert not page.panel.isVisible()
    with qtbot.waitSignal(page.navigate) as asked:
        click(qtbot, page.to_data)
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
    for widget in (page.switch, page.reshuffle, page.chooser, page.validation, page.cost):
        corner = widget.mapTo(page, QPoint(0, 0))
        assert page.rect().contains(widget.rect().translated(corner))
        assert widget.width() >= widget.minimumSizeHint().width()
    assert page.grid.tile_side >= 75
