"""The tiles of each view of the preview: training's own pixels, by draws that stay."""

import threading
from typing import get_args

import numpy as np
import pytest

from core.augmentation.augment import apply, augment, fill_share, sample
from core.augmentation.draws import draws
from core.compute.feature_plan import plan
from core.compute.loaders import PictureLoader, augmenting_of
from core.recipe.config import (
    BY_NAME,
    SEEDS,
    AugmentationConfig,
    DatasetConfig,
    FillMode,
    RunConfig,
    StageConfig,
)
from core.runs.images import Picture
from gui.augment import tiles as augment_tiles
from gui.augment.tiles import (
    FILL_ROWS,
    MODES,
    Draw,
    Scene,
    class_tiles,
    fill_rows,
    load_subjects,
    other_views,
    version_tiles,
)
from tests.support.pictures import PictureFolder
from tests.support.window.tiles import EACH_EFFECT, TURNED, scene, subject, three_classes

ALL = AugmentationConfig(
    horizontal_flip=0.5, rotation=(-60, 60), brightness=(0.5, 1.5), noise=(2, 20), erasing=0.5
)
TRIVIAL = AugmentationConfig(policy="trivial")


def test_every_effect_is_tried_here() -> None:
    assert set(EACH_EFFECT) == set(BY_NAME)


@pytest.mark.parametrize("effect", [*EACH_EFFECT, "trivial"])
@pytest.mark.parametrize("mode", get_args(FillMode))
def test_versions_and_classes_have_the_pixels_of_the_trainers_own_call(
    effect: str, mode: FillMode
) -> None:
    config = EACH_EFFECT.get(effect, TRIVIAL).model_copy(
        update={"fill_mode": mode, "fill_color": (9, 90, 200)}
    )
    shown = scene(config, classes=three_classes(), shuffle=1)
    assert shown.subject is not None
    for view, tile in enumerate(version_tiles(shown)):
        expected = augment(
            shown.subject.picture, config, augment_tiles.seed(1), 0, shown.subject.key, view
        )
        np.testing.assert_array_equal(tile.pixels(), expected)
    for tile, one in zip(class_tiles(shown), shown.classes, strict=True):
        expected = augment(one.picture, config, augment_tiles.seed(1), 0, one.key)
        np.testing.assert_array_equal(tile.pixels(), expected)
        assert tile.caption == one.name


@pytest.mark.parametrize(
    "effect", ["rotation", "scale", "translation", "shear", "perspective", "trivial"]
)
def test_the_fill_modes_differ_in_nothing_but_the_fill(effect: str) -> None:
    config = EACH_EFFECT.get(effect, TRIVIAL)
    shown = scene(config)
    assert shown.subject is not None
    rows = fill_rows(shown)
    assert rows
    for row in rows:
        for mode, tile in zip(MODES, row.tiles, strict=True):
            filled = config.model_copy(update={"fill_mode": mode})
            expected = augment(
                shown.subject.picture, filled, augment_tiles.seed(0), 0, shown.subject.key, row.view
            )
            np.testing.assert_array_equal(tile.pixels(), expected)
    assert any(
        not np.array_equal(rows[0].tiles[0].pixels(), other.pixels()) for other in rows[0].tiles[1:]
    )


def test_the_rows_of_fill_modes_are_the_versions_that_uncover_most() -> None:
    shown = scene(TURNED)
    assert shown.subject is not None
    key = shown.subject.key
    shares = [
        fill_share(sample(TURNED, draws(augment_tiles.seed(0), 0, key, view)), 48, 48)
        for view in range(augment_tiles.TILES)
    ]
    rows = fill_rows(shown)
    assert [row.share for row in rows] == sorted(shares, reverse=True)[:FILL_ROWS]
    assert all(shares[row.view] == row.share for row in rows)


def test_rows_of_fill_modes_stay_while_they_uncover_nearly_as_much() -> None:
    shown = scene(TURNED)
    views = [row.view for row in fill_rows(shown)]
    turned = list(reversed(views))
    assert [row.view for row in fill_rows(shown, turned)] == turned
    least = min(
        version_tiles(shown),
        key=lambda tile: fill_share(tile.parameters, 48, 48),
    )
    assert least.draw is not None
    assert [row.view for row in fill_rows(shown, [least.draw.view])] == views


def test_where_nothing_is_uncovered_there_are_no_fill_modes_to_compare() -> None:
    assert fill_rows(scene(EACH_EFFECT["horizontal_flip"])) == []
    assert fill_rows(scene(EACH_EFFECT["crop"])) == []


def test_without_a_picture_there_are_no_tiles() -> None:
    assert version_tiles(Scene()) == []
    assert class_tiles(Scene()) == []
    assert fill_rows(Scene()) == []


def test_one_slider_moves_its_own_effect_alone() -> None:
    both = AugmentationConfig(rotation=(-20, 20), brightness=(0.5, 1.5))
    more = both.model_copy(update={"rotation": (-40, 40)})
    for before, after in zip(version_tiles(scene(both)), version_tiles(scene(more)), strict=True):
        assert after.parameters.photometric == before.parameters.photometric
        assert after.parameters.rotation == pytest.approx(2 * before.parameters.rotation)
        assert after.key == before.key


def test_a_tile_knows_what_names_its_draws() -> None:
    tile = version_tiles(scene(shuffle=4))[5]
    assert tile.draw == Draw(augment_tiles.seed(4), 0, 5)
    drawn = draws(tile.draw.seed, tile.draw.epoch, tile.subject.key, tile.draw.view)
    expected = apply(tile.subject.picture, sample(TURNED, drawn))
    np.testing.assert_array_equal(tile.pixels(), expected)


@pytest.mark.parametrize(("kept", "seen"), [(1, 1), (5, 5), (20, augment_tiles.TILES)])
def test_kept_views_are_those_that_the_loader_gives(
    picture_folder: PictureFolder, kept: int, seen: int
) -> None:
    folder = picture_folder()
    augmentation = ALL.model_copy(update={"cached_views": kept, "seed": 11})
    recipe = RunConfig(
        dataset=DatasetConfig(image_size=32), augmentation=augmentation, stages=(StageConfig(),)
    )
    path = "red/000.png"
    (one,) = load_subjects(folder, [(path, "red")], recipe.dataset)
    shown = Scene(one, (one,), augmentation, shuffle=3)
    tiles = version_tiles(shown)
    assert len(tiles) == seen
    pictures = [Picture(path, 0, "train")]
    with PictureLoader(folder, pictures, recipe.dataset, threading.Event()) as loader:
        for epoch, tile in enumerate(tiles):
            augmenting = augmenting_of(recipe, plan(recipe)[0], epoch)
            (batch,) = loader.batches([[0]], augmenting)
            np.testing.assert_array_equal(tile.pixels(), batch.pictures[0].numpy())
    np.testing.assert_array_equal(class_tiles(shown)[0].pixels(), tiles[0].pixels())
    rows = fill_rows(shown)
    assert 0 < len(rows) <= kept
    mode = MODES.index(augmentation.fill_mode)
    for row in rows:
        np.testing.assert_array_equal(row.tiles[mode].pixels(), tiles[row.view].pixels())


def test_other_kept_views_are_other_versions() -> None:
    kept = TURNED.model_copy(update={"cached_views": 3})
    before, after = version_tiles(scene(kept)), version_tiles(scene(other_views(kept)))
    assert all(one.content[1] != other.content[1] for one, other in zip(before, after, strict=True))
    last = kept.model_copy(update={"seed": SEEDS - 1})
    assert AugmentationConfig(**other_views(last).model_dump()).seed == 0


def test_the_same_settings_are_the_same_content_and_others_are_not() -> None:
    one = subject()
    first = version_tiles(Scene(one, config=TURNED))[0]
    assert version_tiles(Scene(one, config=TURNED))[0].content == first.content
    assert version_tiles(Scene(one, config=TURNED, shuffle=1))[0].content != first.content
    assert version_tiles(Scene(subject(), config=TURNED))[0].content != first.content


def test_pictures_are_loaded_as_training_loads_them(
    picture_folder: PictureFolder,
) -> None:
    folder = picture_folder(classes=3)
    config = DatasetConfig(image_size=32)
    listed = [("red/000.png", "red"), ("gone.png", "?"), ("blue/002.png", "blue")]
    subjects = load_subjects(folder, listed, config)
    assert [(one.key, one.name) for one in subjects] == [
        ("red/000.png", "red"),
        ("blue/002.png", "blue"),
    ]
    np.testing.assert_array_equal(
        subjects[1].picture, augment_tiles.load(folder / "blue/002.png", config)
    )
