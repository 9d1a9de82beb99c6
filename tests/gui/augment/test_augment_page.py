"""The Augment page on a session: what a person drags, types and clicks, and what is seen."""

from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.images import load as images
from core.recipe.config import AugmentationConfig, FillMode
from gui.augment.page import AugmentPage
from gui.session.session import Session
from tests.support.pictures import PictureFolder
from tests.support.window.augmenting import (
    SIZE,
    after,
    click,
    expected,
    kept_view,
    make_session,
    pixels,
    show_tiles,
)
from tests.support.window.fakes import SPEED, replace_training

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
    file = session.summary.folder / page.preview.chooser.path
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
    click(qtbot, page.preview.reshuffle)
    assert all(after(qtbot, page))
    np.testing.assert_array_equal(
        pixels(page.grid.tiles[3]), expected(session, page, view=3, shuffle=1)
    )
    assert session.choices == choices


def test_of_kept_views_the_tiles_are_those_that_train_and_reshuffling_takes_others(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    session.set_views(3)
    qtbot.waitUntil(lambda: len(page.grid.tiles) == 3 and not page.grid.is_busy)
    assert "augmentation.seed" in page.preview.reshuffle.toolTip()
    for seed in (0, 1):
        assert session.recipe.augmentation.seed == seed
        for view, tile in enumerate(page.grid.tiles):
            np.testing.assert_array_equal(pixels(tile), kept_view(session, page, view))
        if seed == 0:
            click(qtbot, page.preview.reshuffle)
            assert all(after(qtbot, page))
    session.undo()
    assert (session.recipe.augmentation.seed, session.recipe.augmentation.cached_views) == (0, 3)
    session.set_views(0)
    qtbot.waitUntil(lambda: len(page.grid.tiles) == 12)
    assert "augmentation.seed" not in page.preview.reshuffle.toolTip()


def test_of_many_kept_views_the_heading_says_how_many_are_seen(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    session.set_views(40)
    heading = "As training draws them, the first 12 of 40 for each picture"
    qtbot.waitUntil(lambda: page.preview.heading.text() == heading)
    assert len(page.grid.tiles) == 12


# -- on and off -------------------------------------------------------------------------------


def test_off_says_so_dims_the_tiles_and_tells_the_prices(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    assert page.grid.dim
    price = page.head.price
    assert price.buttons["off"].isChecked()
    assert page.preview.heading.text() == "What “Light” would do: not used in training"
    assert "must be computed in every epoch" in price.comparison.text()
    session.change("augmentation.cached_views", 4)
    qtbot.waitUntil(lambda: price.views.value() == 4)
    assert price.buttons["off"].isChecked()
    session.engine.speed = SPEED
    session.engine_changed.emit()
    qtbot.waitUntil(lambda: " on disk" in price.prices["fresh"].text())
    assert not page.head.state.isVisible()
    assert not page.head.cost.isVisible()


def test_what_is_tuned_is_shown_in_its_true_colors_though_it_is_off(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    assert page.grid.dim
    session.change("augmentation.rotation", (-30, 30))
    qtbot.waitUntil(lambda: not page.grid.dim)
    assert page.grid.unused
    assert page.preview.heading.text().endswith(": not used in training")


def test_the_heading_is_true_of_each_view(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    session.set_augmenting(True)
    headings = {}
    for view, button in page.preview.views.switcher.buttons.items():
        click(qtbot, button)
        headings[view] = page.preview.heading.text()
    assert headings == {
        "versions": "As training draws them, new ones each epoch",
        "classes": "As training draws them, a picture of each class",
        "compare": "The picture itself, and a version as training draws it",
        "strips": "Each effect alone, from one end of its range to the other",
        "fills": "The same versions in each fill mode",
    }
    session.set_augmenting(False)
    off = "The same versions in each fill mode: not used in training"
    qtbot.waitUntil(lambda: page.preview.heading.text() == off)


def test_a_line_puts_the_tried_augmentation_into_the_recipe_and_takes_it_out(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    lines = page.head.price.buttons
    click(qtbot, lines["fresh"])
    assert session.recipe.augmentation == session.tried_augmentation
    assert not session.recipe.augmentation.is_identity
    qtbot.waitUntil(lambda: not page.grid.dim)
    assert lines["fresh"].isChecked()
    click(qtbot, lines["off"])
    assert session.recipe.augmentation.is_identity
    qtbot.waitUntil(lambda: page.grid.dim)


def test_the_lines_work_from_the_keyboard(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    lines = page.head.price.buttons
    lines["fresh"].setFocus()
    qtbot.keyClick(lines["fresh"], Qt.Key.Key_Space)
    assert session.choices.augmenting
    qtbot.waitUntil(lambda: not page.grid.dim)
    qtbot.keyClick(lines["fresh"], Qt.Key.Key_Up)
    assert session.recipe.augmentation.cached_views == 5
    qtbot.keyClick(lines["views"], Qt.Key.Key_Up)
    assert not session.choices.augmenting


def test_what_is_on_without_an_effect_can_be_turned_off(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    session.set_augmentation(AugmentationConfig())
    session.set_augmenting(True)
    off = page.head.price.buttons["off"]
    qtbot.waitUntil(lambda: page.head.state.text() == "On, but no effect is set.")
    click(qtbot, off)
    assert not session.choices.augmenting


def test_on_without_an_effect_is_not_called_used(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    session.set_augmentation(AugmentationConfig())
    session.set_augmenting(True)
    qtbot.waitUntil(lambda: page.head.state.text() == "On, but no effect is set.")
    assert page.head.cost.text() == "The pictures stay as they are."
    session.change("augmentation.crop", 0.5)
    for stage in range(2):
        session.change(f"stages.{stage}.augment", False)
    qtbot.waitUntil(lambda: page.head.state.text() == "On, but used in no stage.")
    assert page.grid.unused
    assert not page.grid.dim


def test_while_a_run_trains_the_page_says_what_changes_are_for(
    qtbot: QtBot, session: Session, page: AugmentPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not page.head.locked.isVisible()
    training = replace_training(monkeypatch)
    with qtbot.waitSignal(session.training_finished):
        session.start_training()
        qtbot.waitUntil(page.head.locked.isVisible)
        training.may_finish.set()
    qtbot.waitUntil(lambda: not page.head.locked.isVisible())


def test_a_button_beside_the_dimmed_tiles_turns_it_on_and_goes(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    assert page.preview.turn_on.text() == "Use in training"
    session.engine.speed = SPEED
    session.engine_changed.emit()
    qtbot.waitUntil(lambda: page.preview.turn_on.text().startswith("Use in training (adds "))
    click(qtbot, page.preview.turn_on)
    qtbot.waitUntil(lambda: not page.preview.turn_on.isVisible())
    assert session.choices.augmenting
    assert page.head.price.buttons["fresh"].isChecked()
    assert page.focusWidget() is page.head.price.buttons["fresh"]


def test_the_presets_cards_show_the_picture_looked_at(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    card = page.panel.presets["none"]
    qtbot.waitUntil(lambda: card.image is not None)
    before = card.image
    click(qtbot, page.preview.chooser.forward)
    qtbot.waitUntil(lambda: card.image != before)


def test_stages_that_leave_augmentation_out_are_named(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    assert page.preview.views.note.text == "Validation is never augmented."
    session.set_augmenting(True)
    session.change("stages.0.augment", False)
    qtbot.waitUntil(lambda: page.head.state.text() == "Used in training, except in stage 1.")


def test_a_way_of_augmenting_is_chosen_by_its_price_in_one_step(
    qtbot: QtBot, session: Session, page: AugmentPage
) -> None:
    price = page.head.price
    assert price.buttons["off"].isChecked()
    click(qtbot, price.buttons["views"])
    assert session.recipe.augmentation.cached_views == 5
    qtbot.waitUntil(lambda: price.buttons["views"].isChecked())
    qtbot.waitUntil(lambda: not page.preview.turn_on.isVisible())
    assert page.preview.heading.text() == "As training draws them, 5 for each picture"
    click(qtbot, price.buttons["fresh"])
    assert session.recipe.augmentation.cached_views == 0
    assert session.choices.augmenting
    session.undo()
    assert session.recipe.augmentation.cached_views == 5
    session.undo()
    assert not session.choices.augmenting
    qtbot.waitUntil(lambda: price.buttons["off"].isChecked())
