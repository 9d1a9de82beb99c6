"""One tile, read off."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from core.recipe.config import AugmentationConfig
from gui.augment import tiles
from gui.augment.reading import ZOOMS, TileReading
from gui.augment.strips import strips
from gui.augment.tiles import version_tiles
from tests.support.window.tiles import TURNED, pixels, scene, shown, subject


@pytest.fixture
def reading(qtbot: QtBot) -> TileReading:
    made = TileReading()
    made.show_tiles(version_tiles(scene()), 2)
    shown(qtbot, made, 700, 420)
    return made


def test_the_picture_has_the_networks_own_pixels(qtbot: QtBot, reading: TileReading) -> None:
    tile = version_tiles(scene())[2]
    grabbed = pixels(reading.augmented.grab().toImage())
    np.testing.assert_array_equal(grabbed, tile.pixels())
    reading.zooms[2].click()
    assert reading.zoom == 2
    doubled = pixels(reading.augmented.grab().toImage())
    np.testing.assert_array_equal(doubled, tile.pixels().repeat(2, 0).repeat(2, 1))
    assert reading.untouched.size() == reading.augmented.size()


def test_the_values_and_what_names_the_draws_are_told(reading: TileReading) -> None:
    tile = version_tiles(scene())[2]
    turned = f"{tile.parameters.rotation:+.1f}".replace("-", "−")
    assert f"rotation {turned} degrees" in reading.values.text()
    assert "of it is fill (reflect)" in reading.values.text()
    assert reading.place.text() == (
        "Version 3 of red/000.png. Its random numbers are the preview’s own: training draws others."
    )
    assert reading.text.splitlines()[0] == "sample red/000.png, seed -1, epoch 0, view 2"
    assert reading.number.text() == "Tile 3 of 12"


def test_values_can_be_copied(qtbot: QtBot, reading: TileReading) -> None:
    qtbot.mouseClick(reading.copy, Qt.MouseButton.LeftButton)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == "sample red/000.png, seed -1, epoch 0, view 2"
    assert lines[1:] == reading.values.text().splitlines()
    assert reading.copy.text() == "Copied"
    qtbot.keyClick(reading, Qt.Key.Key_Right)
    assert reading.copy.text() == "&Copy values"
    assert reading.values.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse


def test_left_and_right_go_round(qtbot: QtBot, reading: TileReading) -> None:
    for key, index in ((Qt.Key.Key_Right, 3), (Qt.Key.Key_Left, 2), (Qt.Key.Key_Left, 1)):
        with qtbot.waitSignal(reading.moved) as moved:
            qtbot.keyClick(reading, key)
        assert moved.args == [index]
    tile = version_tiles(scene())[1]
    np.testing.assert_array_equal(pixels(reading.augmented.image), tile.pixels())
    qtbot.mouseClick(reading.back, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(reading.back, Qt.MouseButton.LeftButton)
    assert reading.number.text() == "Tile 12 of 12"


def test_other_settings_keep_the_tile_and_fewer_tiles_the_last(reading: TileReading) -> None:
    more = TURNED.model_copy(update={"scale": (0.5, 0.6)})
    reading.show_tiles(version_tiles(scene(more)))
    assert reading.index == 2
    assert "scale 0.5" in reading.values.text()
    reading.show_tiles(version_tiles(scene(more.model_copy(update={"cached_views": 1}))))
    assert reading.number.text() == "Tile 1 of 1"
    assert not reading.forward.isEnabled()
    reading.show_tiles([])
    assert not reading.isVisible()


def test_a_picture_that_stays_as_it_is_says_so(reading: TileReading) -> None:
    reading.show_tiles(version_tiles(scene(AugmentationConfig())), 0)
    assert reading.values.text() == "nothing: the picture stays as it is"


def test_a_step_of_a_strip_was_not_drawn(reading: TileReading) -> None:
    (strip,) = strips(scene(AugmentationConfig(brightness=(0.5, 1.5))))
    reading.show_tiles(strip.tiles, 0)
    assert reading.number.text() == "Tile 1 of 7: ×\N{NO-BREAK SPACE}0.5"
    assert reading.place.text() == "Made of red/000.png, by values that were chosen, not drawn."
    assert reading.text.splitlines()[0] == "sample red/000.png; chosen, not drawn"
    assert tiles.report(strip.tiles[0]).splitlines()[1:] == ["brightness 0.50"]


def test_what_does_not_fit_the_screen_scrolls_and_both_pictures_show_the_same_part(
    qtbot: QtBot,
) -> None:
    large = scene(subject=subject(size=600))
    reading = TileReading()
    reading.show_tiles(version_tiles(large), 0)
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
    area = next(
        one for one in reading.findChildren(QScrollArea) if one.widget() is reading.untouched
    )
    area.horizontalScrollBar().setValue(70)
    assert reading.augmented.x() == reading.untouched.x() == -70


def test_a_tile_of_training_says_whose_random_numbers_made_it(reading: TileReading) -> None:
    kept = TURNED.model_copy(update={"cached_views": 4, "seed": 7})
    reading.show_tiles(version_tiles(scene(kept)), 2)
    assert reading.place.text() == (
        "Version 3 of red/000.png, by the random numbers of training: those of seed 7 and epoch 1."
    )
    assert reading.text.splitlines()[0] == "sample red/000.png, seed 7, epoch 0, view 2"
