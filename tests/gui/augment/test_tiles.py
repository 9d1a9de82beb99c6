"""Tiles: training's own pixels by draws that stay, strips of each effect, and how they are made."""

import threading
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot

from core.augmentation.augment import OPERATIONS, apply, augment
from core.augmentation.geometry import fill_share
from core.augmentation.parameters import Parameters
from core.compute.feature_plan import plan
from core.compute.loaders import Augmenting, PictureLoader, augmenting_of
from core.dataset.split import split
from core.dataset.summary import Sample, scan
from core.images import load as images
from core.recipe.config import (
    EFFECTS,
    SEEDS,
    AugmentationConfig,
    DatasetConfig,
    FillMode,
    RunConfig,
    StageConfig,
)
from core.runs.images import Picture
from gui.augment import tiles as augment_tiles
from gui.augment.strips import STEPS, Strip, strips
from gui.augment.tile_surface import TileMaker
from gui.augment.tiles import (
    FILL_ROWS,
    MODES,
    TILES,
    Scene,
    Tile,
    TrainingPictures,
    class_tiles,
    fill_rows,
    load_subjects,
    other_views,
    version_tiles,
)
from tests.support.pictures import PictureFolder
from tests.support.window.augmenting import ALL, EACH_EFFECT, TURNED, pixels, scene, subject

COLOR = (9, 90, 200)
TRIVIAL = AugmentationConfig(policy="trivial")
NOT_SCALAR = ("crop", "translation", "shear", "perspective", "noise")
SCALARS = [one.name for one in EFFECTS if one.has_range and one.name not in NOT_SCALAR]


# -- the images -------------------------------------------------------------------------------


def test_images_are_loaded_as_training_loads_them(picture_folder: PictureFolder) -> None:
    folder = picture_folder(classes=3)
    listed = [("red/000.png", "red"), ("gone.png", "?"), ("blue/002.png", "blue")]
    for fit in ("stretch", "crop", "pad"):
        subjects = load_subjects(folder, listed, DatasetConfig(image_size=32, fit=fit))
        assert [(one.key, one.name) for one in subjects] == [listed[0], listed[2]]
        for one in subjects:
            np.testing.assert_array_equal(one.picture, images.load(folder / one.key, 32, fit))


@pytest.mark.parametrize(
    ("classes", "pair"),
    [
        (("ahead", "turn-left", "turn-right"), ("turn-left", "turn-right")),
        (("Right hand", "LEFT hand"), ("LEFT hand", "Right hand")),
        (("left", "other"), None),
        (("leftovers", "rightful"), None),
        ((), None),
    ],
)
def test_classes_that_a_flip_may_swap_are_known_by_name(
    classes: tuple[str, ...], pair: tuple[str, str] | None
) -> None:
    assert augment_tiles.mirrored_classes(classes) == pair


def test_stepping_goes_round_the_training_images_of_a_class(picture_folder: PictureFolder) -> None:
    parts = split(scan(picture_folder(classes=2, per_class=5)), DatasetConfig())
    chosen = TrainingPictures.of(parts)
    seen: list[Sample] = [chosen.first(1)]
    for _ in range(3):
        seen.append(chosen.stepped(seen[-1], 1))
    assert [chosen.place(one) for one in seen] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert {one.path for one in seen} == {one.path for one in parts.train if one.label == 1}
    assert chosen.stepped(seen[-1], 1) == seen[0]
    assert chosen.stepped(seen[0], -1) == seen[-1]
    assert {one for group in chosen.by_label.values() for one in group} == set(parts.train)
    assert chosen.kept(seen[-1]) == seen[-1]
    held_out = next(one for one in parts.validation if one.label == 1)
    assert chosen.kept(held_out) == chosen.first(1)  # it no longer trains
    assert chosen.kept(None) == chosen.first(0)
    assert TrainingPictures.of(None).kept(seen[-1]) is None


# -- versions, classes and fill modes ---------------------------------------------------------


@pytest.mark.parametrize("effect", [*EACH_EFFECT, "trivial"])
def test_tiles_have_the_pixels_of_the_trainers_own_call(effect: str) -> None:
    seed, config = augment_tiles.seed(1), EACH_EFFECT.get(effect, TRIVIAL)
    for mode in get_args(FillMode):
        config = config.model_copy(update={"fill_mode": mode, "fill_color": COLOR})
        shown = scene(config, shuffle=1)
        assert shown.subject is not None
        for view, tile in enumerate(version_tiles(shown)):
            wanted = augment(shown.subject.picture, config, seed, 0, shown.subject.key, view)
            np.testing.assert_array_equal(tile.pixels(), wanted)
        for tile, one in zip(class_tiles(shown), shown.classes, strict=True):
            wanted = augment(one.picture, config, seed, 0, one.key)
            np.testing.assert_array_equal(tile.pixels(), wanted)
            assert tile.caption == one.name
        for row in fill_rows(shown):
            wanted = augment(shown.subject.picture, config, seed, 0, shown.subject.key, row.view)
            np.testing.assert_array_equal(row.tiles[MODES.index(mode)].pixels(), wanted)


def test_fill_modes_are_compared_on_the_versions_that_uncover_most() -> None:
    shares = [fill_share(one.parameters) for one in version_tiles(scene())]
    rows = fill_rows(scene())
    assert [row.share for row in rows] == sorted(shares, reverse=True)[:FILL_ROWS]
    assert all(shares[row.view] == row.share for row in rows)
    views = [row.view for row in rows]
    # they stay while they uncover nearly as much as the best would
    assert [row.view for row in fill_rows(scene(), views[::-1])] == views[::-1]
    assert [row.view for row in fill_rows(scene(), [shares.index(min(shares))])] == views
    for effect in ("horizontal_flip", "crop"):
        assert fill_rows(scene(EACH_EFFECT[effect])) == []  # no pixel is uncovered
    assert version_tiles(Scene()) == class_tiles(Scene()) == fill_rows(Scene()) == []


# -- draws ------------------------------------------------------------------------------------


def test_other_views_have_a_seed_that_a_run_can_have_and_the_preview_has_none() -> None:
    for seed, following in ((4, 5), (SEEDS - 1, 0)):
        other = other_views(TURNED.model_copy(update={"cached_views": 3, "seed": seed}))
        assert AugmentationConfig(**other.model_dump()).seed == following
        assert other.cached_views == 3
    for shuffle in range(3):
        with pytest.raises(ValueError, match="seed"):
            AugmentationConfig(seed=augment_tiles.seed(shuffle))


@pytest.mark.parametrize(("kept", "seen"), [(0, TILES), (1, 1), (5, 5), (20, TILES)])
def test_versions_are_those_of_loader(picture_folder: PictureFolder, kept: int, seen: int) -> None:
    folder, path = picture_folder(), "red/000.png"
    augmentation = ALL.model_copy(update={"cached_views": kept, "seed": 11})
    recipe = RunConfig(
        dataset=DatasetConfig(image_size=32), augmentation=augmentation, stages=(StageConfig(),)
    )
    (one,) = load_subjects(folder, [(path, "red")], recipe.dataset)
    shown = Scene(one, (one,), augmentation, shuffle=3)
    tiles = version_tiles(shown)
    assert len(tiles) == seen
    pictures = [Picture(path, 0, "train")]
    with PictureLoader(folder, pictures, recipe.dataset, threading.Event()) as loader:
        for epoch, tile in enumerate(tiles if kept else tiles[:1]):
            augmenting = augmenting_of(recipe, plan(recipe)[0], epoch)
            if not kept:
                augmenting = Augmenting(augmentation, augment_tiles.seed(3), 0)
            (batch,) = loader.batches([[0]], augmenting)
            np.testing.assert_array_equal(tile.pixels(), batch.pictures[0].numpy())
    np.testing.assert_array_equal(class_tiles(shown)[0].pixels(), tiles[0].pixels())
    rows = fill_rows(shown)
    assert 0 < len(rows) <= seen
    mode = MODES.index(augmentation.fill_mode)
    for row in rows:
        np.testing.assert_array_equal(row.tiles[mode].pixels(), tiles[row.view].pixels())


def test_the_same_settings_are_the_same_content_and_others_are_not() -> None:
    one = subject()
    first = version_tiles(Scene(one, config=TURNED))[0].content
    assert version_tiles(Scene(one, config=TURNED))[0].content == first
    assert version_tiles(Scene(one, config=TURNED, shuffle=1))[0].content != first
    assert version_tiles(Scene(subject(), config=TURNED))[0].content != first


# -- strips -----------------------------------------------------------------------------------


def captions(strip: Strip) -> list[str]:
    return [tile.caption.replace("\N{NO-BREAK SPACE}", " ") for tile in strip.tiles]


def only(config: AugmentationConfig) -> Strip:
    (strip,) = strips(scene(config))
    return strip


@pytest.mark.parametrize("effect", SCALARS)
def test_a_strip_ends_with_what_training_makes_at_the_ends_of_the_range(effect: str) -> None:
    config = EACH_EFFECT[effect].model_copy(update={"fill_mode": "wrap"})
    tiles = only(config).tiles
    for end, tile in zip(getattr(config, effect), (tiles[0], tiles[-1]), strict=True):
        there = config.model_copy(update={effect: (end, end)})
        wanted = augment(tile.subject.picture, there, 5, 0, "any")
        np.testing.assert_array_equal(tile.pixels(), wanted)


@pytest.mark.parametrize("effect", EACH_EFFECT)
def test_a_strip_shows_its_effect_alone(effect: str) -> None:
    alone = {strip.key: strip for strip in strips(scene(EACH_EFFECT[effect]))}
    among = {strip.key: strip for strip in strips(scene(ALL))}
    assert alone
    for key, strip in alone.items():
        for one, other in zip(strip.tiles, among[key].tiles, strict=True):
            assert (one.parameters, one.caption) == (other.parameters, other.caption)
            wanted = apply(one.subject.picture, one.parameters)
            np.testing.assert_array_equal(one.pixels(), wanted)
        assert any(not np.array_equal(one.pixels(), one.subject.picture) for one in strip.tiles)


def test_values_stand_below_a_strip() -> None:
    assert captions(only(AugmentationConfig(rotation=(-20, 20)))) == [
        "−20°", "−13.3°", "−6.7°", "0°", "6.7°", "13.3°", "20°",
    ]  # fmt: skip
    assert captions(only(AugmentationConfig(scale=(0.8, 1.2))))[::3] == ["× 0.8", "× 1", "× 1.2"]
    assert captions(only(AugmentationConfig(crop=0.4)))[::6] == ["100 %", "40 %"]
    assert captions(only(AugmentationConfig(translation=(0, 0.1))))[::3] == ["−10 %", "0 %", "10 %"]
    assert captions(only(AugmentationConfig(perspective=0.3)))[::6] == ["0 %", "30 %"]
    assert captions(only(AugmentationConfig(jpeg=(40, 100))))[::6] == ["40", "100"]
    assert captions(only(AugmentationConfig(brightness=(0.5, 0.5)))) == ["× 0.5"]
    erasing = only(AugmentationConfig(erasing=0.5, erasing_area=(0.1, 0.4)))
    assert captions(erasing)[:2] == ["off", "10 %"]
    assert captions(erasing)[STEPS - 1 :] == ["40 %"]


def test_what_is_done_or_not_is_shown_off_and_on() -> None:
    flips, grays = only(AugmentationConfig(horizontal_flip=0.25)), only(EACH_EFFECT["grayscale"])
    for strip in (flips, grays):
        assert captions(strip) == ["off", "on"]
        assert strip.tiles[0].parameters == Parameters()
    picture = flips.tiles[0].subject.picture
    np.testing.assert_array_equal(flips.tiles[1].pixels(), picture[:, ::-1])
    turns = only(EACH_EFFECT["quarter_turns"])
    assert captions(turns) == ["off", "90°", "180°", "270°"]
    np.testing.assert_array_equal(turns.tiles[1].pixels(), np.rot90(picture))


def test_a_rare_effect_is_shown_as_when_it_is_done_with_how_often() -> None:
    strip = only(AugmentationConfig(rotation=(-20, 20), rotation_probability=0.1))
    assert strip.tiles[-1].parameters["rotation"] == pytest.approx(20)
    assert "10\N{NO-BREAK SPACE}%" in strip.note
    assert only(AugmentationConfig(rotation=(-20, 20))).note == ""


def test_each_direction_and_each_operation_of_trivialaugment_has_a_strip() -> None:
    def keys(config: AugmentationConfig) -> list[str]:
        return [one.key for one in strips(scene(config))]

    assert keys(EACH_EFFECT["translation"]) == ["translation.x", "translation.y"]
    assert keys(AugmentationConfig(shear=(10, 0))) == ["shear.x"]
    assert keys(EACH_EFFECT["crop"]) == ["crop", "crop_aspect"]
    titles = [one.title for one in strips(scene(ALL))]
    assert len(set(titles)) == len(titles)
    assert len(set(keys(TRIVIAL))) == len(keys(TRIVIAL)) == len(OPERATIONS) - 1  # one does nothing
    assert keys(AugmentationConfig()) == []
    assert strips(Scene(config=EACH_EFFECT["rotation"])) == []


# -- how tiles are made -----------------------------------------------------------------------

SUBJECT = subject()


@dataclass(frozen=True)
class Slow(Tile):
    """One whose pixels come when they may."""

    may: threading.Event = field(default_factory=threading.Event)

    def pixels(self) -> NDArray[np.uint8]:
        self.may.wait()
        return super().pixels()


def tile(key: Hashable, larger: int = 0) -> Tile:
    return Tile(key, SUBJECT, Parameters.of(scale=1.0 + larger / 100))


@pytest.fixture
def maker(qtbot: QtBot) -> Iterator[TileMaker]:
    made = TileMaker(lambda _key: True)
    yield made
    finish(qtbot, made)
    made.deleteLater()


def finish(qtbot: QtBot, maker: TileMaker) -> None:
    qtbot.waitUntil(lambda: not maker.is_busy)


def test_only_changed_tiles_are_made_again(qtbot: QtBot, maker: TileMaker) -> None:
    tiles = [tile(key, 10 * key) for key in range(5)]
    maker.make(tiles)
    finish(qtbot, maker)
    for one in tiles:
        np.testing.assert_array_equal(pixels(maker.picture(one.key)), one.pixels())
    made: list[Hashable] = []
    maker.made.connect(made.extend)
    maker.make([*tiles[:4], tile(4, 20)])
    finish(qtbot, maker)
    assert made == [4]


def test_what_is_not_seen_is_made_when_it_is(qtbot: QtBot) -> None:
    unseen = {"b"}
    maker = TileMaker(lambda key: key not in unseen)
    maker.make([tile("a"), tile("b")])
    finish(qtbot, maker)
    assert maker.picture("a") is not None
    assert maker.picture("b") is None
    unseen.clear()
    maker.look()
    qtbot.waitUntil(lambda: maker.picture("b") is not None)


def test_a_slow_tile_delays_none_and_keeps_its_image(qtbot: QtBot, maker: TileMaker) -> None:
    maker.make([tile("a"), tile("b")])
    finish(qtbot, maker)
    old, wanted = maker.picture("b"), tile("a", 30).pixels()
    slow = Slow("b", SUBJECT, Parameters.of(scale=2.0))
    maker.make([tile("a", 30), slow])
    qtbot.waitUntil(lambda: bool(np.array_equal(pixels(maker.picture("a")), wanted)))
    assert maker.is_busy
    assert maker.picture("b") == old
    slow.may.set()
    finish(qtbot, maker)
    np.testing.assert_array_equal(pixels(maker.picture("b")), slow.pixels())


def test_the_latest_settings_win_later_or_sooner(qtbot: QtBot, maker: TileMaker) -> None:
    first, last = Slow("a", SUBJECT, Parameters.of(scale=2.0)), tile("a", 70)
    maker.make([first])
    maker.make([last])
    assert maker.picture("a") is None
    shown: list[NDArray[np.uint8]] = []
    maker.made.connect(lambda _keys: shown.append(pixels(maker.picture("a"))))
    first.may.set()
    finish(qtbot, maker)
    np.testing.assert_array_equal(shown[0], first.pixels())
    np.testing.assert_array_equal(shown[-1], last.pixels())


def test_tiles_that_are_no_longer_wanted_go(qtbot: QtBot, maker: TileMaker) -> None:
    may = threading.Event()
    slow = [Slow(key, SUBJECT, Parameters.of(scale=2.0), may=may) for key in range(6)]
    maker.make(slow)  # more than there are threads
    maker.make([tile("c")])
    may.set()
    finish(qtbot, maker)
    assert [maker.picture(key) for key in range(6)] == [None] * 6
    assert maker.picture("c") is not None
