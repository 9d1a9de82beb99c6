"""The running training's batch beside the preview: the very pixels that the network gets."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.compute.feature_plan import plan
from core.compute.loaders import Augmenting, PictureLoader, augmenting_of, repeated
from core.recipe.config import AugmentationConfig, DatasetConfig, RunConfig
from core.runs.events import BatchFinished
from core.runs.history import History
from core.runs.images import Picture
from gui.augment.batch import BatchPanel, BatchPictures, batch_pictures, batch_tiles
from gui.augment.tiles import Draw
from tests.support.pictures import PictureFolder
from tests.support.window.tiles import TURNED, pixels, shown

PATHS = ("red/000.png", "green/001.jpg")
NAMES = {"red/000.png": "red", "green/001.jpg": "green"}
HISTORY = History(totals=[5, 3])


def recipe(augmentation: AugmentationConfig = TURNED, augment: bool = True) -> RunConfig:
    return RunConfig.model_validate(
        {
            "seed": 7,
            "dataset": {"image_size": 32},
            "augmentation": augmentation,
            "stages": [{"epochs": 5}, {"epochs": 3, "augment": augment}],
        }
    )


def event(stage: int = 2, epoch: int = 3) -> BatchFinished:
    return BatchFinished(stage, epoch, 1, 4, 2, 0.5, 0.5, PATHS)


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder()


@pytest.fixture
def panel(qtbot: QtBot) -> BatchPanel:
    made = BatchPanel()
    shown(qtbot, made, 110, 420)
    return made


def test_the_tiles_are_what_the_trainers_loader_gives(folder: Path) -> None:
    config = recipe()
    pictures = [Picture(path, label, "train") for label, path in enumerate(PATHS)]
    with PictureLoader(folder, pictures, config.dataset, threading.Event()) as loader:
        augmenting = Augmenting(config.augmentation, 7, 5 + 3 - 1)
        (batch,) = loader.batches([[0, 1]], augmenting)
    tiles = batch_tiles(batch_pictures(event(), config, HISTORY, folder, NAMES))
    for tile, expected in zip(tiles, batch.pictures.numpy(), strict=True):
        np.testing.assert_array_equal(tile.pixels(), expected)
    assert [tile.caption for tile in tiles] == ["red", "green"]


def test_kept_views_are_shown_as_the_epoch_gets_them(folder: Path) -> None:
    config = recipe()
    kept = config.augmentation.model_copy(update={"cached_views": 3, "seed": 11})
    config = config.model_copy(update={"augmentation": kept})
    pictures = [Picture(path, label, "train") for label, path in enumerate(PATHS)]
    over_run = 5 + 3 - 1
    augmenting = augmenting_of(config, plan(config)[event().stage - 1], over_run)
    with PictureLoader(folder, pictures, config.dataset, threading.Event()) as loader:
        (batch,) = loader.batches([[0, 1]], augmenting)
    tiles = batch_tiles(batch_pictures(event(), config, HISTORY, folder, NAMES))
    for tile, expected in zip(tiles, batch.pictures.numpy(), strict=True):
        np.testing.assert_array_equal(tile.pixels(), expected)
    assert [tile.draw for tile in tiles] == [Draw(11, 0, over_run % 3)] * 2


@pytest.mark.parametrize("views", [0, 3])
def test_a_picture_that_comes_again_is_shown_as_it_was_that_time(folder: Path, views: int) -> None:
    config = recipe()
    kept = config.augmentation.model_copy(update={"cached_views": views})
    config = config.model_copy(update={"augmentation": kept})
    told = replace(event(), pictures=(PATHS[0], PATHS[1], PATHS[0]), repeats=(2, 0, 0))
    pictures = [Picture(path, label, "train") for label, path in enumerate(PATHS)]
    augmenting = augmenting_of(config, plan(config)[1], 5 + 3 - 1)
    with PictureLoader(folder, pictures, config.dataset, threading.Event()) as loader:
        (batch,) = loader.batches([[repeated(0, 2), 1, 0]], augmenting)
    tiles = batch_tiles(batch_pictures(told, config, HISTORY, folder, NAMES))
    for tile, expected in zip(tiles, batch.pictures.numpy(), strict=True):
        np.testing.assert_array_equal(tile.pixels(), expected)
    assert np.array_equal(tiles[0].pixels(), tiles[2].pixels()) is bool(views)


def test_after_a_stage_that_ended_early_the_draws_are_of_the_epochs_really_done(
    folder: Path,
) -> None:
    config = recipe()
    history = History(totals=[5, 3], ended={1: 2})
    pictures = [Picture(path, label, "train") for label, path in enumerate(PATHS)]
    augmenting = augmenting_of(config, plan(config)[1], 2 + 3 - 1)
    with PictureLoader(folder, pictures, config.dataset, threading.Event()) as loader:
        (batch,) = loader.batches([[0, 1]], augmenting)
    tiles = batch_tiles(batch_pictures(event(), config, history, folder, NAMES))
    for tile, expected in zip(tiles, batch.pictures.numpy(), strict=True):
        np.testing.assert_array_equal(tile.pixels(), expected)


def test_a_stage_without_augmentation_shows_the_pictures_as_they_are(folder: Path) -> None:
    for config in (recipe(augment=False), recipe(AugmentationConfig())):
        for tile in batch_tiles(batch_pictures(event(), config, HISTORY, folder, NAMES)):
            np.testing.assert_array_equal(tile.pixels(), tile.subject.picture)


def test_a_batch_shows_with_its_classes_and_its_epoch(
    qtbot: QtBot, panel: BatchPanel, folder: Path
) -> None:
    panel.show_batch(batch_pictures(event(), recipe(), HISTORY, folder, NAMES))
    qtbot.waitUntil(lambda: len(panel.shown) == 2 and not panel.surface.is_busy)
    assert panel.note.text() == "epoch 8, augmented"
    assert panel.surface.accessibleDescription() == "red, green"
    for index, tile in enumerate(panel.shown):
        np.testing.assert_array_equal(pixels(panel.surface.image(index)), tile.pixels())
    with qtbot.waitSignal(panel.opened) as opened:
        place = panel.surface.places()[1].center()
        qtbot.mouseClick(panel.surface, Qt.MouseButton.LeftButton, pos=place)
    assert opened.args == [1]


def test_the_latest_batch_wins_and_none_ends_it(
    qtbot: QtBot, panel: BatchPanel, folder: Path
) -> None:
    for epoch in (1, 2, 3):
        panel.show_batch(batch_pictures(event(epoch=epoch), recipe(), HISTORY, folder, NAMES))
    qtbot.waitUntil(lambda: panel.note.text() == "epoch 8, augmented")
    panel.show_batch(None)
    assert panel.shown == ()
    assert panel.note.text() == ""


def test_a_hidden_panel_reads_nothing_until_it_is_seen(
    qtbot: QtBot, panel: BatchPanel, folder: Path
) -> None:
    panel.hide()
    panel.show_batch(batch_pictures(event(), recipe(), HISTORY, folder, NAMES))
    assert panel.shown == ()
    panel.show()
    qtbot.waitUntil(lambda: len(panel.shown) == 2)


def test_a_picture_that_has_gone_leaves_the_others(folder: Path) -> None:
    batch = BatchPictures(folder, ("gone.png", *PATHS), ("?", "red", "green"), DatasetConfig())
    assert [tile.caption for tile in batch_tiles(batch)] == ["red", "green"]
