"""Which images are seen: those pinned, the one chosen, and the batch of a running training."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from core.compute.feature_plan import plan
from core.compute.loaders import PictureLoader, augmenting_of, repeated
from core.dataset.summary import Sample
from core.recipe.config import AugmentationConfig, DatasetConfig, RunConfig
from core.runs.events import BatchFinished
from core.runs.history import History
from core.runs.images import Picture
from gui.augment.batch import BatchPanel, BatchPictures, batch_pictures, batch_tiles
from gui.augment.chooser import PictureChooser, PinRow
from gui.augment.images import MOST, Pins
from gui.augment.tiles import Draw, TrainingPictures
from gui.base import theme
from tests.support.pictures import PictureFolder
from tests.support.window.augmenting import TURNED, click, numbers, pixels, shown

# -- pins -------------------------------------------------------------------------------------


def of(label: int, *names: str) -> tuple[Sample, ...]:
    return tuple(Sample(f"{label}/{name}.png", label) for name in names)


def test_pins_stay_in_their_order_once_each_while_there_is_room() -> None:
    pins = Pins()
    first, second, *others = of(0, *(str(number) for number in range(MOST + 1)))
    assert pins.pin(second)
    assert pins.pin(first)
    assert pins.pin(second)
    assert pins.samples == (second, first)
    assert first in pins
    pins.unpin(second)
    pins.unpin(second)
    assert pins.samples == (first,)
    assert second not in pins
    assert all(pins.pin(sample) for sample in others)
    assert pins.is_full
    assert not pins.pin(second)
    assert pins.pin(first)
    pins.unpin(first)
    assert pins.pin(second)
    pins.clear()
    assert pins.samples == ()


def test_a_class_shows_its_pinned_image_while_it_trains_or_its_first() -> None:
    pictures = TrainingPictures({0: of(0, "a", "b"), 3: of(3, "c", "d")})
    pins = Pins()
    assert pins.one_of_each(pictures) == [*of(0, "a"), *of(3, "c")]
    pins.pin(*of(3, "d"))
    pins.pin(*of(0, "a"))
    assert pins.one_of_each(pictures) == [*of(0, "a"), *of(3, "d")]
    moved = Sample("3/d.png", 1)
    pins.keep(TrainingPictures({0: of(0, "c"), 1: (moved,)}))
    assert pins.samples == (moved,)
    assert pins.first_of(1) == moved
    assert pins.first_of(0) is None


# -- the row of pins and the chooser ----------------------------------------------------------

FOLDER = Path("pictures")
RED, BLUE = Sample("red/0.png", 0), Sample("blue/1.png", 1)


def load(path: Path, edge: int) -> NDArray[np.uint8]:
    return np.full((edge, edge, 3), 200 if path.parts[1] == "red" else 20, np.uint8)


@pytest.fixture
def row(qtbot: QtBot) -> PinRow:
    made = PinRow(load)
    shown(qtbot, made, 600, 50)
    made.show_pins(FOLDER, [RED, BLUE], {0: "Red", 1: "Blue"}.__getitem__)
    return made


def test_pins_are_seen_named_and_the_one_looked_at_is_marked(qtbot: QtBot, row: PinRow) -> None:
    for button, words in zip(row.buttons, (("Red", RED.path), ("Blue", BLUE.path)), strict=True):
        assert all(word in button.toolTip().splitlines()[0] for word in words)
    middle = row.buttons[0].rect().center()
    qtbot.waitUntil(lambda: row.buttons[0].grab().toImage().pixelColor(middle).name() == "#c8c8c8")
    row.show_current(BLUE)
    assert [button.isChecked() for button in row.buttons] == [False, True]
    row.show_current(Sample("red/9.png", 0))
    assert not any(button.isChecked() for button in row.buttons)
    row.show_pins(FOLDER, [BLUE])
    assert len(row.buttons) == 1
    row.show_pins(FOLDER, [])
    assert not row.isVisible()
    assert row.buttons == []


def test_the_sign_before_the_pins_follows_the_scheme(row: PinRow, app: QApplication) -> None:
    sign = next(one for one in row.findChildren(QLabel))
    drawn = []
    for scheme in theme.SCHEMES[1:]:
        theme.apply(app, scheme)
        app.processEvents()
        image = sign.pixmap().toImage()
        centers = (image.pixelColor(x, y) for x in range(16) for y in range(16))
        drawn.append({one.lightness() for one in centers if one.alpha() == 255})
    light, dark = drawn
    assert max(light) < 100 < min(dark)


def test_a_pin_is_chosen_and_unpinned_by_mouse_and_keyboard(qtbot: QtBot, row: PinRow) -> None:
    red, blue = row.buttons
    for signal, act, sample in (
        (row.chosen, lambda: click(qtbot, blue), BLUE),
        (row.chosen, lambda: qtbot.keyClick(red, Qt.Key.Key_Return), RED),
        (row.unpinned, lambda: qtbot.keyClick(red, Qt.Key.Key_Delete), RED),
        (row.unpinned, blue.context_menu.actions()[0].trigger, BLUE),
    ):
        with qtbot.waitSignal(signal) as told:
            act()
        assert told.args == [sample]


def test_the_button_of_the_chooser_pins_and_unpins(qtbot: QtBot) -> None:
    chooser = PictureChooser()
    shown(qtbot, chooser, 600, 40)
    assert not chooser.pin.isVisible()
    chooser.show_pinned(False)
    with qtbot.waitSignal(chooser.pin_asked) as asked:
        click(qtbot, chooser.pin)
    assert asked.args == [True]
    chooser.show_pinned(True)
    with qtbot.waitSignal(chooser.pin_asked) as asked:
        qtbot.keyClick(chooser.pin, Qt.Key.Key_Space)
    assert asked.args == [False]
    may = chooser.pin.toolTip()
    chooser.show_pinned(False, may_pin=False)
    assert not chooser.pin.isEnabled()
    assert chooser.pin.toolTip() != may
    with qtbot.assertNotEmitted(chooser.stepped):
        chooser.show_pinned(True, may_pin=False)
    assert chooser.pin.isEnabled()


# -- the batch of a running training ----------------------------------------------------------

PATHS = ("red/000.png", "green/001.jpg")
NAMES = {"red/000.png": "red", "green/001.jpg": "green"}
HISTORY = History(totals=[5, 3])


def recipe(
    augmentation: AugmentationConfig = TURNED, augment: bool = True, views: int = 0
) -> RunConfig:
    return RunConfig.model_validate(
        {
            "seed": 7,
            "dataset": {"image_size": 32},
            "augmentation": augmentation.model_copy(update={"cached_views": views, "seed": 11}),
            "stages": [{"epochs": 5}, {"epochs": 3, "augment": augment}],
        }
    )


def event(epoch: int = 3) -> BatchFinished:
    return BatchFinished(2, epoch, 1, 4, 2, 0.5, 0.5, PATHS)


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder()


@pytest.fixture
def panel(qtbot: QtBot) -> BatchPanel:
    made = BatchPanel()
    shown(qtbot, made, 110, 420)
    return made


@pytest.mark.parametrize("views", [0, 3])
@pytest.mark.parametrize("ended", [5, 2])
def test_the_tiles_of_a_batch_are_what_trained(folder: Path, views: int, ended: int) -> None:
    """Also of an image that comes again in an epoch, and after a stage that ended early."""
    config, over_run = recipe(views=views), ended + 3 - 1
    told = replace(event(), pictures=(*PATHS, PATHS[0]), repeats=(2, 0, 0))
    history = History(totals=[5, 3], ended={1: ended})
    images = [Picture(path, label, "train") for label, path in enumerate(PATHS)]
    with PictureLoader(folder, images, config.dataset, threading.Event()) as loader:
        augmenting = augmenting_of(config, plan(config)[1], over_run)
        (batch,) = loader.batches([[repeated(0, 2), 1, 0]], augmenting)
    tiles = batch_tiles(batch_pictures(told, config, history, folder, NAMES))
    for tile, expected in zip(tiles, batch.pictures.numpy(), strict=True):
        np.testing.assert_array_equal(tile.pixels(), expected)
    assert [tile.caption for tile in tiles] == ["red", "green", "red"]
    assert tiles[1].draw == (Draw(11, 0, over_run % 3) if views else Draw(7, over_run, 0))
    assert np.array_equal(tiles[0].pixels(), tiles[2].pixels()) is bool(views)


def test_a_stage_without_augmentation_shows_the_images_as_they_are(folder: Path) -> None:
    for config in (recipe(augment=False), recipe(AugmentationConfig())):
        for tile in batch_tiles(batch_pictures(event(), config, HISTORY, folder, NAMES)):
            np.testing.assert_array_equal(tile.pixels(), tile.subject.picture)
    batch = BatchPictures(folder, ("gone.png", *PATHS), ("?", "red", "green"), DatasetConfig())
    assert [tile.caption for tile in batch_tiles(batch)] == ["red", "green"]  # without the gone one


def test_a_batch_is_made_once_seen(qtbot: QtBot, panel: BatchPanel, folder: Path) -> None:
    panel.hide()
    panel.show_batch(batch_pictures(event(), recipe(), HISTORY, folder, NAMES))
    assert panel.shown == ()
    panel.show()
    qtbot.waitUntil(lambda: len(panel.shown) == 2 and not panel.surface.is_busy)
    assert numbers(panel.note.text()) == [8]
    assert panel.surface.accessibleDescription() == "red, green"
    for index, tile in enumerate(panel.shown):
        np.testing.assert_array_equal(pixels(panel.surface.image(index)), tile.pixels())
    with qtbot.waitSignal(panel.opened) as opened:
        place = panel.surface.places()[1].center()
        qtbot.mouseClick(panel.surface, Qt.MouseButton.LeftButton, pos=place)
    assert opened.args == [1]


def test_the_latest_batch_wins_none_ends_it(qtbot: QtBot, panel: BatchPanel, folder: Path) -> None:
    for epoch in (1, 2, 3):
        panel.show_batch(batch_pictures(event(epoch), recipe(), HISTORY, folder, NAMES))
    qtbot.waitUntil(lambda: numbers(panel.note.text()) == [8])
    panel.show_batch(None)
    assert panel.shown == ()
    assert panel.note.text() == ""
