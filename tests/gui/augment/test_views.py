"""The views of the preview: what is seen, chosen, dragged, clicked and read off."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from core.augmentation.augment import augment, fill_share_of
from core.recipe.config import AugmentationConfig
from gui.augment import tiles
from gui.augment.before_after import DividedPicture, ShortList
from gui.augment.reading import ZOOMS, TileReading
from gui.augment.strips import strips
from gui.augment.tile_views import arrange
from gui.augment.tiles import Scene, version_tiles
from gui.augment.views import VIEWS, PreviewViews
from tests.support.window.augmenting import (
    ALL,
    TURNED,
    click,
    numbers,
    pixels,
    scene,
    shown,
    subject,
)

KEYS, LEFT = Qt.Key, Qt.MouseButton.LeftButton


@pytest.fixture
def views(qtbot: QtBot) -> PreviewViews:
    made = PreviewViews()
    shown(qtbot, made)
    made.show_scene(scene())
    settle(qtbot, made)
    return made


def settle(qtbot: QtBot, views: PreviewViews) -> None:
    qtbot.waitUntil(lambda: not views.current.is_busy)


def show(qtbot: QtBot, views: PreviewViews, view: str, config: AugmentationConfig) -> None:
    """Let ``view`` show ``config``."""
    views.view = view
    views.show_scene(Scene(views.scene.subject, views.scene.classes, config))
    settle(qtbot, views)


def press(qtbot: QtBot, views: PreviewViews, index: int) -> None:
    """Click on a tile."""
    qtbot.mouseClick(views.current, LEFT, pos=views.current.places()[index].center())


def version_of(views: PreviewViews, view: int) -> np.ndarray:
    """A version of the image looked at, by the trainer's own call."""
    one, config = views.scene.subject, views.scene.config
    assert one is not None
    seed = config.seed if config.cached_views else tiles.seed(0)
    return augment(one.picture, config, seed, 0, one.key, view)


# -- pixels -----------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["classes", "strips", "fills"])
def test_seen_tiles_show_their_own_pixels(qtbot: QtBot, views: PreviewViews, view: str) -> None:
    show(qtbot, views, view, ALL)
    surface = views.current
    seen = [index for index in range(surface.count()) if surface.image(index) is not None]
    assert seen
    for index in seen:
        np.testing.assert_array_equal(pixels(surface.image(index)), surface.shown[index].pixels())


def test_before_and_after_show_one_version(qtbot: QtBot, views: PreviewViews) -> None:
    compare = views.compare
    show(qtbot, views, "compare", TURNED)
    steps = [(0, None), (1, None), (0, KEYS.Key_Up), (11, KEYS.Key_Up)]
    for view, key in steps:
        if key is not None:
            qtbot.keyClick(compare.divided, key)
        elif view == 1:
            click(qtbot, compare.forward)
        np.testing.assert_array_equal(pixels(compare.augmented), version_of(views, view))
        assert numbers(compare.number.text()) == [view + 1, 12]
    assert compare.values.text()
    show(qtbot, views, "compare", TURNED.model_copy(update={"cached_views": 3, "seed": 4}))
    assert numbers(compare.number.text()) == [3, 3]
    click(qtbot, compare.forward)
    assert numbers(compare.number.text()) == [1, 3]
    np.testing.assert_array_equal(pixels(compare.augmented), version_of(views, 0))


def test_tiles_are_replaced_in_place_while_they_are_seen(qtbot: QtBot, views: PreviewViews) -> None:
    before, places = views.grid.tiles, list(views.grid.places())
    show(qtbot, views, "versions", TURNED.model_copy())
    assert views.grid.tiles is before  # nothing is painted anew
    show(qtbot, views, "versions", TURNED.model_copy(update={"rotation": (-70.0, 70.0)}))
    assert all(one != other for one, other in zip(before, views.grid.tiles, strict=True))
    assert list(views.grid.places()) == places
    for count in (5, 2):
        show(qtbot, views, "versions", TURNED.model_copy(update={"cached_views": count}))
        assert len(views.grid.tiles) == len(views.grid.places()) == count
    before = views.grid.tiles
    show(qtbot, views, "classes", ALL)
    assert views.strips.shown == ()
    assert views.grid.tiles is before  # only what is seen is made
    show(qtbot, views, "versions", ALL)
    assert views.grid.tiles is not before


def test_of_long_strips_what_is_in_sight_is_made_first(qtbot: QtBot, views: PreviewViews) -> None:
    show(qtbot, views, "strips", ALL)
    surface, last = views.strips, views.strips.count() - 1
    assert surface.image(0) is not None
    assert surface.image(last) is None
    surface.setFocus()
    for _ in range(len(surface.strips)):
        qtbot.keyClick(surface, KEYS.Key_Down)
    qtbot.keyClick(surface, KEYS.Key_Right)
    qtbot.waitUntil(lambda: surface.image(surface.current) is not None)
    assert surface.places()[surface.current].top() > views.height()


# -- choosing a view --------------------------------------------------------------------------


def test_buttons_and_digits_choose_the_view_and_the_focus_follows(
    qtbot: QtBot, views: PreviewViews
) -> None:
    views.grid.setFocus()
    for number, name in enumerate(VIEWS):
        with qtbot.waitSignal(views.view_chosen) as chosen:
            qtbot.keyClick(views.focusWidget(), KEYS(KEYS.Key_1 + number))
        assert chosen.args == [name]
        assert views.view == name
        assert views.current.isVisible()
        assert views.switcher.buttons[name].isChecked()
        assert views.focusWidget() is (
            views.compare.divided if name == "compare" else views.current
        )
    with qtbot.waitSignal(views.view_chosen):
        click(qtbot, views.switcher.buttons["strips"])
    assert views.strips.isVisible()
    views.view = "from-a-later-version"
    assert views.view == "strips"
    show(qtbot, views, "strips", ALL)
    qtbot.keyClick(views.strips, KEYS.Key_Tab)
    assert views.strips.mapTo(views.stack, QPoint(0, 0)) == QPoint(0, 0)  # not scrolled


# -- what is marked and said ------------------------------------------------------------------


def test_the_fill_mode_is_marked_each_has_its_tip(qtbot: QtBot, views: PreviewViews) -> None:
    show(qtbot, views, "fills", TURNED)
    reflect = views.fills.grab().toImage()
    show(qtbot, views, "fills", TURNED.model_copy(update={"fill_mode": "wrap"}))
    assert views.fills.grab().toImage() != reflect
    tips = [views.fills.tip(column) for column in range(4)]
    assert len(set(tips)) == 4
    values = tiles.tile_values(views.fills.shown[3])
    assert tips[3].splitlines() == [tiles.mode_name("wrap"), *values]
    share = tiles.share_text(views.fills.rows[0].share)
    assert share in values[-1]


def test_the_share_of_fill_grows_with_the_rotation(qtbot: QtBot, views: PreviewViews) -> None:
    shares = []
    for degrees in (0, 5, 15, 45):
        config = AugmentationConfig(rotation=(-degrees, degrees))
        show(qtbot, views, "versions", config)
        wanted = fill_share_of(config)
        qtbot.waitUntil(lambda wanted=wanted: views.share.share == wanted)
        shares.append(views.share.share)
    assert shares == sorted(set(shares))
    assert f"<b>{round(100 * shares[-1])}\N{NO-BREAK SPACE}%</b>" in views.share.text()
    show(qtbot, views, "versions", AugmentationConfig())
    qtbot.waitUntil(lambda: "<b>" in views.share.text() and not numbers(views.share.text()))


def test_where_there_is_nothing_to_show_that_is_said(qtbot: QtBot, views: PreviewViews) -> None:
    for name in ("strips", "fills"):
        show(qtbot, views, name, AugmentationConfig())
        assert views.current.is_empty()
    nothing = {views.strips.message, views.fills.message}
    views.message = "gone.png"
    views.show_scene(Scene(config=TURNED))
    for name in VIEWS:
        views.view = name
        assert views.current.message == views.message == "gone.png"
        assert views.current.shown == ()
    assert len(nothing - {"", "gone.png"}) == 2


def test_hovered_and_unused_tiles_are_marked(qtbot: QtBot, views: PreviewViews) -> None:
    views.switcher.buttons["versions"].setFocus()
    before = views.grid.grab().toImage()
    qtbot.mouseMove(views.grid, views.grid.places()[4].center())
    assert views.grid.looked_at() == 4
    assert views.grid.grab().toImage() != before  # its values are painted
    black = AugmentationConfig(rotation=(40, 60), fill_mode="constant")
    for name in VIEWS:
        show(qtbot, views, name, black)
        views.unused = False
        used = pixels(views.current.grab().toImage())
        views.unused = True
        unused = pixels(views.current.grab().toImage())
        assert (used != unused).any()
        blacks = [(one == 0).all(2).sum() for one in (used, unused)]  # it keeps its colours
        assert blacks[0] == blacks[1] > 100


# -- room -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "height"), [(300, 180), (300, 900), (690, 300), (690, 540), (1500, 900)]
)
def test_versions_fit_beside_the_untouched_image(width: int, height: int) -> None:
    places = arrange(width, height, 12, caption=20)
    everything = [places.untouched, *places.tiles]
    assert all(QRect(0, 0, width, height).contains(one) for one in everything)
    assert places.untouched.bottom() + 20 < height
    for index, rect in enumerate(everything):
        assert not any(rect.intersects(other) for other in everything[index + 1 :])
    assert len({rect.width() for rect in places.tiles}) == 1
    assert places.untouched.width() > 1.8 * places.tiles[0].width()


@pytest.mark.parametrize(("width", "height"), [(480, 330), (1200, 900)])
def test_tiles_of_classes_stand_apart_within_the_width_and_many_scroll(
    qtbot: QtBot, views: PreviewViews, width: int, height: int
) -> None:
    views.resize(width, height)
    views.view = "classes"
    caption = QPoint(0, views.classes.caption_height())
    for count in (2, 9, 40):
        classes = tuple(subject(f"{number}/1.png", number) for number in range(count))
        views.show_scene(Scene(views.scene.subject, classes, TURNED))
        settle(qtbot, views)
        places = [
            QRect(one.topLeft(), one.bottomRight() + caption) for one in views.classes.places()
        ]
        assert len(places) == count
        assert min(one.width() for one in places) >= 100
        assert all(views.classes.rect().contains(one) for one in places)
        for number, place in enumerate(places):
            assert not any(place.intersects(other) for other in places[number + 1 :])
        if count == 2 or (count, width) == (40, 480):
            assert (views.classes.height() > views.stack.height()) == (count == 40)


# -- reading a tile off in a view -------------------------------------------------------------


def test_a_click_on_a_tile_reads_it_off_under_its_name(qtbot: QtBot, views: PreviewViews) -> None:
    names = {}
    for view in ("versions", "classes", "strips", "fills"):
        show(qtbot, views, view, TURNED)
        press(qtbot, views, 1)
        assert views.reading.isVisible()
        tile = views.current.shown[1]
        np.testing.assert_array_equal(pixels(views.reading.augmented.image), tile.pixels())
        np.testing.assert_array_equal(pixels(views.reading.untouched.image), tile.subject.picture)
        names[view] = views.reading.number.text()
    assert numbers(names["versions"]) == [2, 12]
    assert names["classes"] == "b"
    assert "−40°" in names["strips"]
    assert tiles.mode_name("edge") in names["fills"]
    assert numbers(names["fills"]) == [views.fills.rows[0].view + 1]


def test_enter_reads_the_tile_of_the_keyboard_off(qtbot: QtBot, views: PreviewViews) -> None:
    first, second = (views.grid.places()[index].center() for index in (0, 1))
    qtbot.mousePress(views.grid, LEFT, pos=first)
    qtbot.mouseRelease(views.grid, LEFT, pos=second)  # elsewhere
    qtbot.mouseClick(views.grid, LEFT, pos=QPoint(1, views.grid.height() - 1))
    assert not views.reading.isVisible()
    views.grid.setFocus()
    for surface in (views.grid, views.compare.divided):
        qtbot.keyClick(surface, KEYS.Key_Down)
        qtbot.keyClick(surface, KEYS.Key_Return)
        assert views.reading.isVisible()
        assert views.reading.index == 1
        views.reading.close()
        show(qtbot, views, "compare", TURNED)


def test_reading_follows_settings_and_view_follows_it(qtbot: QtBot, views: PreviewViews) -> None:
    press(qtbot, views, 3)
    before = views.reading.text
    show(qtbot, views, "versions", TURNED.model_copy(update={"rotation": (-10.0, 10.0)}))
    assert views.reading.text != before
    tile = views.grid.shown[3]
    np.testing.assert_array_equal(pixels(views.reading.augmented.image), tile.pixels())
    show(qtbot, views, "compare", TURNED)
    views.compare.read.click()
    views.reading.step(2)
    assert views.compare.current == 2
    show(qtbot, views, "strips", ALL)
    press(qtbot, views, 0)
    views.reading.step(-1)
    last = views.strips.count() - 1
    assert views.strips.current == last
    qtbot.waitUntil(lambda: views.strips.image(last) is not None)


# -- the dialog -------------------------------------------------------------------------------


@pytest.fixture
def reading(qtbot: QtBot) -> TileReading:
    made = TileReading()
    made.show_tiles(version_tiles(scene()), 2)
    shown(qtbot, made, 700, 420)
    return made


def test_the_dialog_shows_the_pixels_of_the_network_and_goes_round(
    qtbot: QtBot, reading: TileReading
) -> None:
    versions = version_tiles(scene())
    for key, index in ((KEYS.Key_Right, 3), (KEYS.Key_Left, 2), (KEYS.Key_Left, 1)):
        with qtbot.waitSignal(reading.moved) as moved:
            qtbot.keyClick(reading, key)
        assert moved.args == [index]
        grabbed = pixels(reading.augmented.grab().toImage())
        np.testing.assert_array_equal(grabbed, versions[index].pixels())
    reading.zooms[2].click()
    assert reading.zoom == 2
    doubled = pixels(reading.augmented.grab().toImage())
    np.testing.assert_array_equal(doubled, versions[1].pixels().repeat(2, 0).repeat(2, 1))
    assert reading.untouched.size() == reading.augmented.size()
    for _ in range(2):
        click(qtbot, reading.back)
    assert reading.index == 11


def test_values_and_draws_are_shown_and_copied(qtbot: QtBot, reading: TileReading) -> None:
    tile = version_tiles(scene())[2]
    values = reading.values.text().splitlines()
    assert values == tiles.tile_values(tile)
    assert numbers(values[0]) == [round(tile.parameters["rotation"], 1)]
    assert numbers(reading.number.text()) == [3, 12]
    offered = reading.copy.text()
    click(qtbot, reading.copy)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert "red/000.png" in lines[0]
    assert numbers(lines[0].partition(".png")[2]) == [-1, 0, 2]  # seed, epoch, view
    assert lines[1:] == values
    assert reading.copy.text() != offered
    qtbot.keyClick(reading, KEYS.Key_Right)
    assert reading.copy.text() == offered
    assert reading.values.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse


def test_other_settings_keep_the_tile_and_fewer_tiles_the_last(reading: TileReading) -> None:
    more = TURNED.model_copy(update={"scale": (0.5, 0.6)})
    reading.show_tiles(version_tiles(scene(more)))
    assert reading.index == 2
    assert 0.5 <= numbers(reading.values.text())[1] <= 0.6
    reading.show_tiles(version_tiles(scene(more.model_copy(update={"cached_views": 1}))))
    assert numbers(reading.number.text()) == [1, 1]
    assert not reading.forward.isEnabled()
    reading.show_tiles(version_tiles(scene(AugmentationConfig())), 0)
    assert reading.values.text()  # that the image stays as it is
    assert numbers(reading.values.text()) == []
    reading.show_tiles([])
    assert not reading.isVisible()


def test_whose_random_numbers_made_a_tile_is_told(reading: TileReading) -> None:
    preview = reading.place.text()
    kept = TURNED.model_copy(update={"cached_views": 4, "seed": 7})
    reading.show_tiles(version_tiles(scene(kept)), 2)
    assert numbers(reading.place.text().partition("red/000.png")[2]) == [7, 1]
    assert numbers(reading.text.splitlines()[0].partition(".png")[2]) == [7, 0, 2]
    (strip,) = strips(scene(AugmentationConfig(brightness=(0.5, 1.5))))
    reading.show_tiles(strip.tiles, 0)
    assert numbers(reading.number.text()) == [1, 7, 0.5]
    assert numbers(reading.place.text().partition("red/000.png")[2]) == []
    assert numbers(tiles.report(strip.tiles[0]).splitlines()[1]) == [0.5]
    assert len({preview, reading.place.text()}) == 2


def test_both_images_scroll_alike_where_the_screen_is_small(qtbot: QtBot) -> None:
    reading = TileReading()
    reading.show_tiles(version_tiles(scene(subject=subject(size=600))), 0)
    shown(qtbot, reading, 700, 420)
    screen = reading.screen().availableGeometry()
    for zoom in ZOOMS:
        reading.zooms[zoom].click()
        assert screen.contains(reading.frameGeometry())
        for control in (reading.close_button, reading.copy, reading.values):
            place = QRect(control.mapTo(reading, QPoint()), control.size())
            assert reading.rect().intersects(place)
    seen = [one.visibleRegion().boundingRect() for one in (reading.untouched, reading.augmented)]
    assert seen[0].width() > 100
    assert seen[0].size() == seen[1].size()
    areas = reading.findChildren(QScrollArea)
    area = next(one for one in areas if one.widget() is reading.untouched)
    area.horizontalScrollBar().setValue(70)
    assert reading.augmented.x() == reading.untouched.x() == -70


# -- before and after -------------------------------------------------------------------------

RED, BLUE = QColor(200, 0, 0), QColor(0, 0, 200)


def plain(color: QColor) -> QImage:
    image = QImage(32, 32, QImage.Format.Format_RGB888)
    image.fill(color)
    return image


@pytest.fixture
def divided(qtbot: QtBot) -> DividedPicture:
    made = DividedPicture("untouched", "augmented")
    made.show_images(plain(RED), plain(BLUE))
    shown(qtbot, made, 300, 240)
    return made


def at(divided: DividedPicture, share: float) -> QPoint:
    """A point so far across the image, below its words and its knob."""
    place = divided.picture_rect()
    return QPoint(place.left() + round(share * place.width()), place.bottom() - 20)


def color(divided: DividedPicture, share: float) -> QColor:
    return divided.grab().toImage().pixelColor(at(divided, share))


def test_each_side_shows_its_image_and_its_whole_name_or_none(divided: DividedPicture) -> None:
    assert divided.divider == 0.5
    before = divided.grab().toImage()
    divided.unused = True
    assert divided.grab().toImage() != before
    assert color(divided, 0.25) == RED
    assert color(divided, 0.75) == BLUE
    corner = divided.picture_rect().topLeft() + QPoint(8, 8)
    assert divided.grab().toImage().pixelColor(corner) != RED
    divided.divider = 0.15  # which would slice the name
    assert divided.grab().toImage().pixelColor(corner) == RED
    divided.show_images(None, None)
    before = divided.grab().toImage()
    divided.message = "gone"
    assert divided.grab().toImage() != before


def test_the_divider_follows_the_mouse(qtbot: QtBot, divided: DividedPicture) -> None:
    qtbot.mousePress(divided, LEFT, pos=at(divided, 0.5))
    qtbot.mouseMove(divided, at(divided, 0.9))
    assert divided.divider == pytest.approx(0.9, abs=0.01)
    assert color(divided, 0.8) == RED
    qtbot.mouseMove(divided, QPoint(-50, 10))
    assert divided.divider == 0
    assert color(divided, 0.1) == BLUE
    qtbot.mouseRelease(divided, LEFT, pos=at(divided, 0))
    qtbot.mouseMove(divided, at(divided, 0.7))
    assert divided.divider == 0


def test_keys_move_the_divider_turn_and_open(qtbot: QtBot, divided: DividedPicture) -> None:
    qtbot.keyClick(divided, KEYS.Key_Right)
    assert divided.divider == pytest.approx(0.52)
    qtbot.keyClick(divided, KEYS.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert divided.divider == pytest.approx(0.42)
    assert numbers(divided.accessibleDescription()) == [42]
    for key, place in ((KEYS.Key_Home, 0), (KEYS.Key_End, 1)):
        qtbot.keyClick(divided, key)
        assert divided.divider == place
    assert color(divided, 0.9) == RED
    with qtbot.waitSignal(divided.turned) as turned:
        qtbot.keyClick(divided, KEYS.Key_Down)
    assert turned.args == [1]
    with qtbot.waitSignal(divided.opened):
        qtbot.keyClick(divided, KEYS.Key_Return)


def test_a_list_in_words_says_how_many_more_there_are_than_fit(qtbot: QtBot) -> None:
    items = [f"effect {number} +0.5 degrees" for number in range(9)]
    one = ShortList()
    one.show_items(items, "plus is up")
    shown(qtbot, one, 2000, 80)
    height = one.height()
    assert one.text() == ", ".join(items)
    assert one.toolTip() == "plus is up"
    one.resize(330, height)
    left = int(numbers(one.text())[-1])
    assert one.text().startswith(", ".join(items[:-left]))
    assert items[-left] not in one.text()
    assert one.toolTip().splitlines() == [*items, "plus is up"]
    assert one.height() == height
    one.show_items([])
    assert (one.text(), one.toolTip()) == ("", "")
