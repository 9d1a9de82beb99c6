"""The Augment page's controls on a session: numbers, presets, resets, the fill."""

from pathlib import Path

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog
from pytestqt.qtbot import QtBot

from core.augmentation.presets import PRESETS
from core.recipe.config import AugmentationConfig
from gui.augment.page import AugmentPage
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.pictures import PictureFolder, draw
from tests.support.window.augmenting import after, click, make_session, retype, show, show_tiles
from tests.support.window.fakes import open_folder


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path, picture_folder: PictureFolder) -> Session:
    return make_session(qtbot, tmp_path / "settings", picture_folder(classes=3, per_class=5))


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> AugmentPage:
    return show_tiles(qtbot, session)


def test_numbers_are_typed_as_people_write_them(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    rows = page.panel.rows
    retype(qtbot, rows["rotation"].strength.field, "15")
    retype(qtbot, rows["scale"].strength.field, "12,5")
    retype(qtbot, rows["crop"].strength.field, "7.5")
    click(qtbot, rows["translation"].unfold)
    details = rows["translation"].details
    assert details is not None
    retype(qtbot, details.pairs[1].field, "12.5")
    tried = session.tried_augmentation
    assert (tried.rotation, tried.scale) == ((-15, 15), (0.875, 1.125))
    assert (tried.crop, tried.translation) == (0.925, (0.05, 0.125))
    assert any(after(qtbot, page))
    assert rows["scale"].strength.field.text() == "12,5"
    assert rows["rotation"].strength.slider.value() == 15


def test_what_a_recipe_cannot_take_is_marked(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    field = page.panel.rows["scale"].strength.field
    retype(qtbot, field, "95")
    assert not field.is_valid
    assert "from 0 to 90" in field.toolTip()
    assert session.tried_augmentation.scale == (0.9, 1.1)  # not what the first digit says
    session.undo()
    assert session.tried_augmentation.scale == (0.9, 1.1)
    click(qtbot, page.panel.presets["light"])
    qtbot.waitUntil(lambda: field.text() == "10")
    assert field.is_valid


def test_undo_and_redo_bring_slider_and_tiles_back(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    slider, first = page.panel.rows["crop"].strength.slider, page.grid.tiles
    start = slider.value()
    slider.setValue(start + 40)
    after(qtbot, page)
    changed = page.grid.tiles
    session.undo()
    after(qtbot, page)
    assert slider.value() == start
    assert page.grid.tiles == first
    session.redo()
    after(qtbot, page)
    assert slider.value() == start + 40
    assert page.grid.tiles == changed


def test_a_drag_is_one_step_and_a_switch_another(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    before = session.tried_augmentation
    row = page.panel.rows["rotation"]
    for value in (15, 25, 35):
        row.strength.slider.setValue(value)
    after(qtbot, page)
    click(qtbot, row.switch)
    after(qtbot, page)
    assert session.tried_augmentation.rotation == (0, 0)
    session.undo()
    after(qtbot, page)
    assert row.strength.value == 35
    assert row.switch.isChecked()
    session.undo()
    assert session.tried_augmentation == before


def test_an_added_effect_is_used_and_goes_with_undo(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    page.panel.effect_menu.actions_by_effect["shear"].trigger()
    assert session.tried_augmentation.shear == (10, 10)
    qtbot.waitUntil(page.panel.rows["shear"].isVisible)
    session.undo()
    qtbot.waitUntil(lambda: not page.panel.rows["shear"].isVisible())
    assert session.tried_augmentation == PRESETS["light"]
    session.redo()
    qtbot.waitUntil(page.panel.rows["shear"].isVisible)
    click(qtbot, page.panel.rows["shear"].switch)
    qtbot.waitUntil(lambda: session.tried_augmentation.shear == (0, 0))
    after(qtbot, page)
    assert page.panel.rows["shear"].isVisible()  # turned off, not undone


@pytest.mark.parametrize("name", ["light", "standard"])
def test_a_preset_is_one_step_and_keeps_the_fill(
    qtbot: QtBot, session: Session, page: AugmentPage, name: str
) -> None:
    session.change("augmentation.fill_mode", "edge")
    session.change("augmentation.crop", 0.3)
    before = session.tried_augmentation
    after(qtbot, page)
    assert not page.panel.presets[name].isChecked()
    click(qtbot, page.panel.presets[name])
    assert session.tried_augmentation == PRESETS[name].model_copy(update={"fill_mode": "edge"})
    after(qtbot, page)
    assert page.panel.presets[name].isChecked()
    session.undo()
    assert session.tried_augmentation == before


def test_two_presets_in_quick_succession_are_two_steps(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    for name in ("none", "standard"):
        click(qtbot, page.panel.presets[name])
    session.undo()
    assert session.tried_augmentation.is_identity
    session.undo()
    assert session.tried_augmentation == PRESETS["light"]


def test_each_effect_is_reset_alone_and_all_at_once(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    session.set_augmentation(PRESETS["standard"].model_copy(update={"fill_mode": "wrap"}))
    after(qtbot, page)
    rows = page.panel.rows
    assert rows["rotation"].reset.isEnabled()
    assert not rows["vertical_flip"].reset.isEnabled()
    click(qtbot, rows["rotation"].reset)
    assert session.tried_augmentation == PRESETS["standard"].model_copy(
        update={"rotation": (0, 0), "fill_mode": "wrap"}
    )
    qtbot.waitUntil(lambda: not rows["rotation"].reset.isEnabled())
    assert rows["rotation"].strength.field.text() == "0"
    click(qtbot, page.panel.reset_all)
    assert session.tried_augmentation == AugmentationConfig()


def test_the_fill_mode_and_its_colour(
    qtbot: QtBot, session: Session, page: AugmentPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill = page.panel.fill_field
    session.change("augmentation.translation", [0.0, 0.0])
    session.change("augmentation.scale", [0.5, 0.5])
    after(qtbot, page)
    assert fill.mode == "reflect"
    click(qtbot, fill.buttons["constant"])
    after(qtbot, page)
    assert page.grid.tiles[0].pixelColor(0, 0) == QColor(0, 0, 0)
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_: QColor(12, 200, 90))
    click(qtbot, fill.color_button)
    assert session.tried_augmentation.fill_color == (12, 200, 90)
    assert all(after(qtbot, page))
    assert page.grid.tiles[0].pixelColor(0, 0) == QColor(12, 200, 90)
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_: QColor())  # cancelled
    click(qtbot, fill.color_button)
    assert session.tried_augmentation.fill_color == (12, 200, 90)


def test_the_colour_is_true_in_every_mode_and_choosing_one_fills_with_it(
    qtbot: QtBot, session: Session, page: AugmentPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.change("augmentation.fill_color", [250, 0, 0])
    fill = page.panel.fill_field
    middle = fill.color_button.rect().center()

    def swatch() -> str:
        return fill.color_button.grab().toImage().pixelColor(middle).name()

    qtbot.waitUntil(lambda: swatch() == "#fa0000")
    assert fill.mode == "reflect"
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_: QColor())  # cancelled
    click(qtbot, fill.color_button)
    assert session.tried_augmentation.fill_mode == "reflect"
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_: QColor(250, 0, 0))
    click(qtbot, fill.color_button)
    qtbot.waitUntil(lambda: fill.mode == "constant")
    assert session.tried_augmentation.fill_color == (250, 0, 0)
    session.undo()
    assert session.tried_augmentation.fill_mode == "reflect"


def test_a_flip_between_left_and_right_gets_a_word_of_advice(qtbot: QtBot, tmp_path: Path) -> None:
    for number, name in enumerate(("turn-left", "turn-right")):
        (tmp_path / "signs" / name).mkdir(parents=True)
        for picture in range(3):
            draw(tmp_path / "signs" / name / f"{picture}.png", (90 * number, 60, 80), picture)
    session = Session(Settings(tmp_path / "settings"))
    open_folder(qtbot, session, tmp_path / "signs")
    page = show(qtbot, session)
    row = page.panel.rows["horizontal_flip"]
    assert row.advice == ""
    row.strength.slider.setValue(50)
    qtbot.waitUntil(lambda: row.advice != "")
    assert row.advice == "A flip can turn one class into another (turn-left / turn-right)"
    assert session.tried_augmentation.horizontal_flip == 0.5
    session.undo()
    qtbot.waitUntil(lambda: row.advice == "")


def test_a_slider_does_not_split_the_pictures_again(session: Session, page: AugmentPage) -> None:
    before = session.split
    page.panel.rows["crop"].strength.slider.setValue(10)
    assert session.split is before
    session.change("dataset.validation_fraction", 0.4)
    assert session.split is not None
    assert len(session.split.validation) == 6
    session.undo()
    assert session.split == before
