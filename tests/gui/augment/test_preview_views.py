"""The views of the augmentation: what is seen, chosen, clicked and typed."""

from typing import get_args

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from core.augmentation.augment import augment, fill_share_of
from core.recipe.config import AugmentationConfig, FillMode
from gui.augment import tiles
from gui.augment.tiles import Scene
from gui.augment.views import VIEWS, PreviewViews
from tests.support.window.tiles import (
    EACH_EFFECT,
    TURNED,
    pixels,
    scene,
    shown,
    subject,
    three_classes,
)

ALL = AugmentationConfig(
    **{
        name: value
        for one in EACH_EFFECT.values()
        for name, value in one.model_dump(exclude_defaults=True).items()
    }
)


@pytest.fixture
def views(qtbot: QtBot) -> PreviewViews:
    made = PreviewViews()
    shown(qtbot, made)
    made.show_scene(scene(classes=three_classes()))
    settle(qtbot, made)
    return made


def settle(qtbot: QtBot, views: PreviewViews) -> None:
    qtbot.waitUntil(lambda: not views.current.is_busy)


def show(qtbot: QtBot, views: PreviewViews, view: str, config: AugmentationConfig) -> Scene:
    """Let ``view`` show ``config``."""
    shown_scene = Scene(views.scene.subject, views.scene.classes, config)
    views.view = view
    views.show_scene(shown_scene)
    settle(qtbot, views)
    return shown_scene


def click(qtbot: QtBot, views: PreviewViews, index: int) -> None:
    place = views.current.places()[index].center()
    qtbot.mouseClick(views.current, Qt.MouseButton.LeftButton, pos=place)


# -- pixels -----------------------------------------------------------------------------------


@pytest.mark.parametrize("config", [TURNED, ALL, AugmentationConfig(policy="trivial")])
@pytest.mark.parametrize("mode", get_args(FillMode))
def test_the_grid_shows_what_training_gets(
    qtbot: QtBot, views: PreviewViews, config: AugmentationConfig, mode: FillMode
) -> None:
    config = config.model_copy(update={"fill_mode": mode})
    now = show(qtbot, views, "versions", config)
    assert now.subject is not None
    np.testing.assert_array_equal(pixels(views.grid.untouched), now.subject.picture)
    assert len(views.grid.tiles) == tiles.TILES
    for view, image in enumerate(views.grid.tiles):
        expected = augment(now.subject.picture, config, tiles.seed(0), 0, now.subject.key, view)
        np.testing.assert_array_equal(pixels(image), expected)


@pytest.mark.parametrize("view", ["classes", "strips", "fills"])
def test_tiles_that_are_seen_show_their_own_pixels(
    qtbot: QtBot, views: PreviewViews, view: str
) -> None:
    show(qtbot, views, view, ALL)
    surface = views.current
    seen = [index for index in range(surface.count()) if surface.image(index) is not None]
    assert seen
    for index in seen:
        np.testing.assert_array_equal(pixels(surface.image(index)), surface.shown[index].pixels())


def test_before_and_after_show_one_version(qtbot: QtBot, views: PreviewViews) -> None:
    now = show(qtbot, views, "compare", TURNED)
    assert now.subject is not None
    for view in (0, 1, 11):
        if view == 11:
            qtbot.keyClick(views.compare.divided, Qt.Key.Key_Up)
            qtbot.keyClick(views.compare.divided, Qt.Key.Key_Up)
        elif view == 1:
            qtbot.mouseClick(views.compare.forward, Qt.MouseButton.LeftButton)
        expected = augment(now.subject.picture, TURNED, tiles.seed(0), 0, now.subject.key, view)
        np.testing.assert_array_equal(pixels(views.compare.augmented), expected)
    assert views.compare.number.text() == "version 12 of 12"
    assert views.compare.values.text().startswith("rotation ")


def test_before_and_after_step_through_the_kept_views_alone(
    qtbot: QtBot, views: PreviewViews
) -> None:
    show(qtbot, views, "compare", TURNED)
    views.compare.current = 8
    now = show(qtbot, views, "compare", TURNED.model_copy(update={"cached_views": 3, "seed": 4}))
    assert views.compare.number.text() == "version 3 of 3"
    qtbot.mouseClick(views.compare.forward, Qt.MouseButton.LeftButton)
    assert views.compare.number.text() == "version 1 of 3"
    assert now.subject is not None
    expected = augment(now.subject.picture, now.config, 4, 0, now.subject.key, 0)
    np.testing.assert_array_equal(pixels(views.compare.augmented), expected)


def test_fewer_kept_views_are_fewer_tiles(qtbot: QtBot, views: PreviewViews) -> None:
    for kept in (5, 2):
        show(qtbot, views, "versions", TURNED.model_copy(update={"cached_views": kept}))
        assert len(views.grid.tiles) == len(views.grid.places()) == kept


def test_a_tile_is_replaced_in_place(qtbot: QtBot, views: PreviewViews) -> None:
    before, places = views.grid.tiles, list(views.grid.places())
    show(qtbot, views, "versions", TURNED.model_copy(update={"rotation": (-70.0, 70.0)}))
    assert len(views.grid.tiles) == len(before)
    assert all(one != other for one, other in zip(before, views.grid.tiles, strict=True))
    assert list(views.grid.places()) == places


def test_settings_that_change_nothing_paint_nothing_anew(qtbot: QtBot, views: PreviewViews) -> None:
    before = views.grid.tiles
    show(qtbot, views, "versions", TURNED.model_copy(update={"cached_views": 0}))
    assert views.grid.tiles is before


def test_only_the_view_that_is_seen_is_made(qtbot: QtBot, views: PreviewViews) -> None:
    show(qtbot, views, "classes", ALL)
    assert views.strips.shown == ()
    before = views.grid.tiles
    show(qtbot, views, "classes", EACH_EFFECT["scale"])
    assert views.grid.tiles is before
    views.view = "versions"
    settle(qtbot, views)
    assert views.grid.tiles is not before


def test_of_long_strips_what_is_in_sight_is_made_first(qtbot: QtBot, views: PreviewViews) -> None:
    show(qtbot, views, "strips", ALL)
    surface, last = views.strips, views.strips.count() - 1
    assert surface.image(0) is not None
    assert surface.image(last) is None
    surface.setFocus()
    for _ in range(len(surface.strips)):
        qtbot.keyClick(surface, Qt.Key.Key_Down)
    qtbot.keyClick(surface, Qt.Key.Key_Right, delay=0)
    qtbot.waitUntil(lambda: surface.image(surface.current) is not None)
    assert surface.places()[surface.current].top() > views.height()


# -- choosing a view --------------------------------------------------------------------------


def test_buttons_and_digits_choose_the_view(qtbot: QtBot, views: PreviewViews) -> None:
    for number, name in enumerate(VIEWS):
        with qtbot.waitSignal(views.view_chosen) as chosen:
            qtbot.keyClick(views.current, Qt.Key(Qt.Key.Key_1 + number))
        assert chosen.args == [name]
        assert views.view == name
        assert views.current.isVisible()
        assert views.switcher.buttons[name].isChecked()
    with qtbot.waitSignal(views.view_chosen):
        qtbot.mouseClick(views.switcher.buttons["strips"], Qt.MouseButton.LeftButton)
    assert views.strips.isVisible()


def test_the_focus_goes_along_and_the_view_begins_at_its_top(
    qtbot: QtBot, views: PreviewViews
) -> None:
    show(qtbot, views, "versions", ALL)
    views.grid.setFocus()
    qtbot.keyClick(views.grid, Qt.Key.Key_4)
    assert views.focusWidget() is views.strips
    qtbot.keyClick(views.strips, Qt.Key.Key_Tab)
    assert views.strips.mapTo(views.stack, QPoint(0, 0)) == QPoint(0, 0)
    views.strips.setFocus()
    qtbot.keyClick(views.strips, Qt.Key.Key_3)
    assert views.focusWidget() is views.compare.divided


def test_a_view_can_be_set_and_an_unknown_one_is_no_matter(views: PreviewViews) -> None:
    views.view = "fills"
    views.view = "from-a-later-version"
    assert views.view == "fills"
    assert views.fills.isVisible()


def test_arrows_in_the_grid_ask_for_another_picture(qtbot: QtBot, views: PreviewViews) -> None:
    for key, step in ((Qt.Key.Key_Left, -1), (Qt.Key.Key_Right, 1)):
        with qtbot.waitSignal(views.stepped) as asked:
            qtbot.keyClick(views.grid, key)
        assert asked.args == [step]


# -- what is said -----------------------------------------------------------------------------


def test_the_mode_that_is_set_and_the_share_of_fill_are_told(
    qtbot: QtBot, views: PreviewViews
) -> None:
    show(qtbot, views, "fills", TURNED)
    reflect = views.fills.grab().toImage()
    show(qtbot, views, "fills", TURNED.model_copy(update={"fill_mode": "wrap"}))
    assert views.fills.grab().toImage() != reflect
    assert views.fills.tip(3).splitlines()[0] == "Wrap"
    assert "of it is fill (wrap)" in views.fills.tip(3)


def test_the_share_of_fill_grows_with_the_rotation(qtbot: QtBot, views: PreviewViews) -> None:
    shares = []
    for degrees in (0, 5, 15, 45):
        config = AugmentationConfig(rotation=(-degrees, degrees))
        show(qtbot, views, "versions", config)
        expected = fill_share_of(config)
        qtbot.waitUntil(lambda expected=expected: views.share.share == expected)
        shares.append(views.share.share)
    assert shares == sorted(set(shares))
    percent = round(100 * shares[-1])
    assert views.share.text() == f"<b>{percent}\N{NO-BREAK SPACE}%</b> of a typical picture is fill"
    show(qtbot, views, "versions", AugmentationConfig())
    qtbot.waitUntil(lambda: "Nothing" in views.share.text())


def test_nothing_to_show_is_said(qtbot: QtBot, views: PreviewViews) -> None:
    show(qtbot, views, "strips", AugmentationConfig())
    assert views.strips.is_empty()
    assert "No effect is on" in views.strips.message
    show(qtbot, views, "fills", AugmentationConfig())
    assert "nothing to fill" in views.fills.message
    views.message = "gone.png\nthe file has gone"
    views.show_scene(Scene(config=TURNED))
    for name in VIEWS:
        views.view = name
        assert views.current.message == views.message
        assert views.current.shown == ()


def test_what_training_does_not_use_is_marked_in_every_view_and_keeps_its_colors(
    qtbot: QtBot, views: PreviewViews
) -> None:
    black = AugmentationConfig(rotation=(40, 60), fill_mode="constant")
    for name in VIEWS:
        show(qtbot, views, name, black)
        views.unused = False
        used = pixels(views.current.grab().toImage())
        views.unused = True
        unused = pixels(views.current.grab().toImage())
        assert (used != unused).any()
        blacks = [(one == 0).all(2).sum() for one in (used, unused)]
        assert blacks[0] == blacks[1] > 100


def test_the_values_of_the_version_that_is_pointed_at_stand_beside(
    qtbot: QtBot, views: PreviewViews
) -> None:
    views.switcher.buttons["versions"].setFocus()
    before = views.grid.grab().toImage()
    qtbot.mouseMove(views.grid, views.grid.places()[4].center())
    assert views.grid.looked_at() == 4
    assert views.grid.grab().toImage() != before


# -- reading off ------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["versions", "classes", "strips", "fills"])
def test_a_click_on_a_tile_reads_it_off(qtbot: QtBot, views: PreviewViews, view: str) -> None:
    show(qtbot, views, view, TURNED)
    click(qtbot, views, 1)
    assert views.reading.isVisible()
    tile = views.current.shown[1]
    np.testing.assert_array_equal(pixels(views.reading.augmented.image), tile.pixels())
    np.testing.assert_array_equal(pixels(views.reading.untouched.image), tile.subject.picture)


def test_a_tile_is_called_in_the_dialog_what_it_is_called_in_its_view(
    qtbot: QtBot, views: PreviewViews
) -> None:
    called = {
        "versions": "Version 2 of 12",
        "classes": "b",
        "strips": "Rotation: −40°",
    }
    for view, name in called.items():
        show(qtbot, views, view, TURNED)
        click(qtbot, views, 1)
        assert views.reading.number.text() == name
    show(qtbot, views, "fills", TURNED)
    click(qtbot, views, 1)
    row = views.fills.rows[0]
    assert views.reading.number.text() == f"Version {row.view + 1}: Edge"


def test_enter_reads_the_keyboards_tile_off(qtbot: QtBot, views: PreviewViews) -> None:
    views.grid.setFocus()
    qtbot.keyClick(views.grid, Qt.Key.Key_Down)
    qtbot.keyClick(views.grid, Qt.Key.Key_Return)
    assert views.reading.isVisible()
    assert views.reading.index == 1
    views.reading.close()
    show(qtbot, views, "compare", TURNED)
    qtbot.keyClick(views.compare.divided, Qt.Key.Key_Down)
    qtbot.keyClick(views.compare.divided, Qt.Key.Key_Return)
    assert views.reading.isVisible()
    assert views.reading.index == 1


def test_a_press_that_ends_elsewhere_opens_nothing(qtbot: QtBot, views: PreviewViews) -> None:
    first, second = (views.grid.places()[index].center() for index in (0, 1))
    qtbot.mousePress(views.grid, Qt.MouseButton.LeftButton, pos=first)
    qtbot.mouseRelease(views.grid, Qt.MouseButton.LeftButton, pos=second)
    qtbot.mouseClick(views.grid, Qt.MouseButton.LeftButton, pos=QPoint(1, views.grid.height() - 1))
    assert not views.reading.isVisible()


def test_what_is_read_off_follows_the_settings(qtbot: QtBot, views: PreviewViews) -> None:
    click(qtbot, views, 3)
    before = views.reading.text
    show(qtbot, views, "versions", TURNED.model_copy(update={"rotation": (-10.0, 10.0)}))
    assert views.reading.text != before
    tile = views.grid.shown[3]
    np.testing.assert_array_equal(pixels(views.reading.augmented.image), tile.pixels())


def test_the_view_goes_along_with_what_is_read_off(qtbot: QtBot, views: PreviewViews) -> None:
    show(qtbot, views, "compare", TURNED)
    views.compare.read.click()
    views.reading.step(2)
    assert views.compare.current == 2
    show(qtbot, views, "strips", ALL)
    click(qtbot, views, 0)
    views.reading.step(-1)
    assert views.strips.current == views.strips.count() - 1
    qtbot.waitUntil(lambda: views.strips.image(views.strips.count() - 1) is not None)


# -- room -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(480, 330), (640, 560), (1200, 900)])
@pytest.mark.parametrize("count", [2, 9, 40])
def test_tiles_of_classes_stand_apart_and_within_the_width(
    qtbot: QtBot, views: PreviewViews, width: int, height: int, count: int
) -> None:
    classes = tuple(subject(f"{number}/1.png", number) for number in range(count))
    views.resize(width, height)
    views.show_scene(Scene(views.scene.subject, classes, TURNED))
    views.view = "classes"
    settle(qtbot, views)
    places = views.classes.places()
    assert len(places) == count
    caption = views.classes.caption_height()
    for number, place in enumerate(places):
        assert place.width() >= 100
        assert place.left() >= 0
        assert place.right() < views.classes.width()
        assert place.bottom() + caption <= views.classes.height()
        rest = places[number + 1 :]
        assert not any(place.adjusted(0, 0, 0, caption).intersects(other) for other in rest)


def test_many_classes_scroll_and_few_fit(qtbot: QtBot, views: PreviewViews) -> None:
    views.view = "classes"
    assert views.classes.height() <= views.stack.height()
    classes = tuple(subject(f"{number}/1.png", number) for number in range(60))
    views.show_scene(Scene(views.scene.subject, classes, TURNED))
    qtbot.waitUntil(lambda: views.classes.height() > views.stack.height())


def test_strips_with_few_tiles_share_a_line(qtbot: QtBot, views: PreviewViews) -> None:
    show(qtbot, views, "strips", AugmentationConfig(horizontal_flip=0.5, vertical_flip=0.5))
    tops = {place.top() for place in views.strips.places()}
    assert len(tops) == 1
    assert len(views.strips.places()) == 4
