"""The label check on shapes that one transformation turns into each other, and on others."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.augmentation import label_check
from core.augmentation.label_check import LENGTH, describe
from core.augmentation.parameters import Parameters
from core.dataset import split as dataset_split
from core.dataset import summary as dataset_summary
from core.recipe.config import AugmentationConfig, DatasetConfig
from tests.support.pictures import draw_folder, refusal

Images = NDArray[np.uint8]
Points = list[tuple[float, float]]

EVERYTHING = AugmentationConfig(
    horizontal_flip=0.5, vertical_flip=0.5, quarter_turns=0.5, rotation=(-20, 20), hue=20
)
ARROW: Points = [(-9, -3), (2, -3), (2, -8), (10, 0), (2, 8), (2, 3), (-9, 3)]  # to the right
FLAG: Points = [(-6, -11), (9, -6), (-3, 0), (-3, 11), (-6, 11)]
TRIANGLE: Points = [(-10, 8), (10, 8), (0, -10)]
SQUARE: Points = [(-8, -8), (8, -8), (8, 8), (-8, 8)]
DISC: Points = [(9 * np.cos(angle), 9 * np.sin(angle)) for angle in np.linspace(0, 6, 24)]


def _drawn(
    points: Points, turn: int = 0, colour: Any = None, count: int = 24, seed: int = 0
) -> Images:
    """Pictures of a shape, turned clockwise by quarters, never in quite the same place."""
    rng = np.random.default_rng([seed, turn, len(points)])
    cosine, sine = [(1, 0), (0, 1), (-1, 0), (0, -1)][turn]
    shape = np.array(points) @ np.array([[cosine, sine], [-sine, cosine]])
    found = []
    for _ in range(count):
        back = rng.integers(0, 90, 3)
        picture = np.clip(back + rng.normal(0, 6, (32, 32, 3)), 0, 255).astype(np.uint8)
        place = shape * rng.uniform(0.8, 1.1) + 16 + rng.uniform(-2, 2, 2)
        paint = colour or tuple(int(level) for level in rng.integers(160, 256, 3))
        cv2.fillPoly(picture, [np.rint(place * 16).astype(np.int32)], paint, cv2.LINE_AA, 4)
        found.append(picture)
    return np.stack(found)


def _found(
    pictures: Mapping[str, Images], config: AugmentationConfig = EVERYTHING
) -> set[tuple[str, str, str]]:
    found = label_check.find(pictures, label_check.transformations(config))
    assert found.recognised > 0.9
    return {(" and ".join(one.effects), one.from_class, one.to_class) for one in found.warnings}


# -- classes that become others ---------------------------------------------------------------


def test_mirrored_arrows_are_found() -> None:
    pictures = {"left": _drawn(ARROW, 2), "right": _drawn(ARROW), "square": _drawn(SQUARE)}
    flips = AugmentationConfig(horizontal_flip=0.5, vertical_flip=0.5, rotation=20)
    found = _found(pictures, flips)
    sideways = {("horizontal_flip", "left", "right"), ("horizontal_flip", "right", "left")}
    both = {("horizontal_flip and vertical_flip", a, b) for _, a, b in sideways}
    assert found == sideways | both


def test_six_and_nine_are_found_when_turned_by_half_but_not_when_mirrored() -> None:
    pictures = {"6": _drawn(FLAG), "9": _drawn(FLAG, 2), "triangle": _drawn(TRIANGLE)}
    turned = {("quarter_turns", "6", "9"), ("quarter_turns", "9", "6")}
    assert _found(pictures, AugmentationConfig(quarter_turns=0.5)) == turned
    assert _found(pictures, AugmentationConfig(horizontal_flip=0.5, vertical_flip=0)) == set()


def test_the_end_of_a_rotations_range_is_found() -> None:
    pictures = {"up": _drawn(ARROW, 3), "left": _drawn(ARROW, 2), "square": _drawn(SQUARE)}
    assert _found(pictures, AugmentationConfig(rotation=(-15, 15))) == set()
    assert ("rotation", "up", "left") in _found(pictures, AugmentationConfig(rotation=(-15, 90)))


def test_shapes_that_stay_what_they_are_give_no_warning() -> None:
    shapes = {"square": SQUARE, "disc": DISC, "triangle": TRIANGLE, "arrow": ARROW}
    assert _found({name: _drawn(shape) for name, shape in shapes.items()}) == set()


def test_a_shift_of_hue_that_turns_red_into_green_is_found() -> None:
    red, green = (200, 40, 40), (40, 200, 40)
    pictures = {"red": _drawn(DISC, colour=red), "green": _drawn(DISC, colour=green)}
    assert _found(pictures, AugmentationConfig(hue=20)) == set()
    assert ("hue", "red", "green") in _found(pictures, AugmentationConfig(hue=(-120, 120)))


def test_classes_that_nothing_tells_apart_give_no_warning_but_say_how_weak_the_check_is() -> None:
    pictures = {"a": _drawn(ARROW, seed=1), "b": _drawn(ARROW, seed=2)}
    found = label_check.find(pictures, label_check.transformations(EVERYTHING))
    assert found.warnings == ()
    assert 0.2 < found.recognised < 0.8
    assert found.pictures == 48


def test_a_warning_says_how_sure_it_is() -> None:
    flip = Parameters.of(horizontal_flip=True)
    found = label_check.find({"left": _drawn(ARROW, 2), "right": _drawn(ARROW)}, [flip])
    first = found.warnings[0]
    assert (first.transformation, first.pictures) == (flip, 24)
    low, high = first.interval
    assert label_check.THRESHOLD < low < first.turned / 24 <= high
    lows = [one.interval[0] for one in found.warnings]
    assert lows == sorted(lows, reverse=True)


def test_few_pictures_are_not_enough_to_be_sure_of_little() -> None:
    mixed = np.concatenate([_drawn(ARROW, 2, count=4), _drawn(SQUARE, count=6)])
    found = label_check.find(
        {"mixed": mixed, "right": _drawn(ARROW)}, [Parameters.of(horizontal_flip=True)]
    )
    assert not [one for one in found.warnings if one.from_class == "mixed"]


def test_a_class_with_too_few_pictures_is_named() -> None:
    pictures = {"left": _drawn(ARROW, 2), "right": _drawn(ARROW), "rare": _drawn(SQUARE, count=4)}
    found = label_check.find(pictures, [Parameters.of(horizontal_flip=True)])
    assert found.too_few == ("rare",)
    assert len(found.warnings) == 2
    alone = label_check.find({"left": pictures["left"], "rare": pictures["rare"]}, [Parameters()])
    assert (alone.warnings, alone.recognised, alone.too_few) == ((), 0, ("rare",))


def test_any_scale_of_features_will_do() -> None:
    rng = np.random.default_rng(0)
    means = rng.normal(size=(3, 200)) * 0.5
    labels = np.repeat([0, 1, 2], 20)
    vectors = means[labels] + rng.normal(size=(60, 200))
    swapped = vectors - means[labels] + means[np.array([1, 0, 2])[labels]]
    for scale in (1, 1e-4):
        turned = label_check.Judge(scale * vectors, labels).turned(scale * swapped)
        assert turned[0, 1] > 10 < turned[1, 0]
        assert turned.sum() == turned[0, 1] + turned[1, 0]


def test_what_is_unlike_any_class_is_taken_for_none() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 20)
    vectors = rng.normal(size=(40, 30)) + 4 * labels[:, None]
    assert not label_check.Judge(vectors, labels).turned(vectors + 40).any()


# -- what is looked at ------------------------------------------------------------------------

ACROSS, DOWN = {"horizontal_flip": True}, {"vertical_flip": True}
QUARTERS = [{"quarter_turns": one} for one in (1, 2, 3)]
FILL = {"fill_mode": "constant", "fill_color": (1, 2, 3)}


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ({}, []),
        ({"scale": (0.5, 2), "blur": (0, 2), "grayscale": 1}, []),
        ({"horizontal_flip": 0.5}, [ACROSS]),
        ({"vertical_flip": 0.5, "horizontal_flip": 0.5}, [ACROSS, DOWN, ACROSS | DOWN]),
        (
            {"quarter_turns": 0.5, "vertical_flip": 0.5},
            [DOWN, *QUARTERS, *(DOWN | one for one in QUARTERS)],
        ),
        (
            {"horizontal_flip": 0.5, "rotation": (-60, 20)},
            [ACROSS, {"rotation": -60}, {"rotation": 20}, ACROSS | {"rotation": -60}],
        ),
        (
            {"rotation": (-100, 180), **FILL},
            [{"rotation": one, **FILL} for one in (-100, -90, 90, 180)],
        ),
        ({"rotation": 20, "rotation_probability": 0}, []),
        ({"hue": (0, 70)}, [{"hue": one} for one in (60, 70)]),
    ],
)
def test_which_changes_are_looked_at(
    ranges: dict[str, Any], expected: list[dict[str, Any]]
) -> None:
    found = label_check.transformations(AugmentationConfig(**ranges))
    assert list(found) == [Parameters.of(**one) for one in expected]


def test_what_some_transformations_do_can_be_told_apart_and_put_together() -> None:
    pictures = {"left": _drawn(ARROW, 2), "right": _drawn(ARROW), "up": _drawn(ARROW, 3)}
    flip, turn = Parameters.of(horizontal_flip=True), Parameters.of(quarter_turns=1)
    both = label_check.find(pictures, [flip, turn])
    alone = both.of([flip])
    assert {one.transformation for one in alone.warnings} == {flip}
    assert set(alone.joined(label_check.find(pictures, [turn])).warnings) == set(both.warnings)


def test_the_operations_of_trivialaugment_are_looked_at() -> None:
    config = AugmentationConfig(policy="trivial", fill_mode="wrap")
    found = label_check.transformations(config)
    assert [one["rotation"] for one in found if "rotation" in one] == [-135, -90, 90, 135]
    assert {one.fill_mode for one in found if "rotation" in one} == {"wrap"}
    assert [one["hue"] for one in found if "hue" in one] == [-72, -60, 60, 72]
    pictures = {"up": _drawn(ARROW, 3), "left": _drawn(ARROW, 2), "square": _drawn(SQUARE)}
    turned = _found(pictures, AugmentationConfig(policy="trivial"))
    assert turned == {("rotation", "up", "left"), ("rotation", "left", "up")}


# -- which images -----------------------------------------------------------------------------


def test_some_training_pictures_of_each_class_are_loaded(tmp_path: Path) -> None:
    summary = dataset_summary.scan(draw_folder(tmp_path / "pictures", 2, 9))
    train = dataset_split.split(summary, DatasetConfig()).train
    damaged = next(one for one in train if summary.classes[one.label] == "red")
    (summary.folder / damaged.path).write_bytes(b"since the scan")
    found = label_check.load(summary.folder, train, summary.classes, DatasetConfig())
    assert {name: len(group) for name, group in found.items()} == {"green": 7, "red": 6}
    assert {group.shape[1:] for group in found.values()} == {(32, 32, 3)}
    assert np.abs(found["green"].mean(axis=(0, 1, 2)) - (40, 180, 60)).max() < 10


def test_training_images_from_all_over_a_class_are_taken() -> None:
    samples = [dataset_summary.Sample(f"a/{number:03}.jpg", 0) for number in range(400)]
    found = label_check.chosen(samples, 5)
    assert [one.path for one in found[:3]] == ["a/000.jpg", "a/010.jpg", "a/020.jpg"]
    assert len(found) == 40
    assert len(label_check.chosen(samples, 100)) == 20
    assert label_check.chosen([replace(one, split="validation") for one in samples], 5) == []


def test_the_check_can_be_stopped(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    summary = dataset_summary.scan(draw_folder(tmp_path / "pictures", 2, 4))
    asked = summary.folder, summary.samples, summary.classes, DatasetConfig()
    assert refusal(label_check.load, *asked, stop).code == "stopped"
    pictures = {"a": _drawn(ARROW), "b": _drawn(DISC)}
    assert refusal(label_check.find, pictures, [Parameters()], stop).code == "stopped"


# -- descriptors ------------------------------------------------------------------------------


def _disc(back: int, front: tuple[int, int, int]) -> Images:
    picture = np.full((32, 32, 3), back, np.uint8)
    cv2.circle(picture, (16, 16), 10, front, -1)
    return picture


def _apart(one: Images, other: Images) -> float:
    first, second = describe(np.stack([one, other]))
    return float(np.linalg.norm(first - second))


@settings(max_examples=30)
@given(st.integers(0, 3), st.sampled_from([0, 1, 30, 255]), st.integers(0, 99))
def test_any_image_has_a_finite_descriptor_of_its_own(count: int, most: int, seed: int) -> None:
    shape = (count, 32, 32, 3)
    pictures = np.random.default_rng(seed).integers(0, most + 1, shape, dtype=np.uint8)
    found = describe(pictures)
    assert found.shape == (count, LENGTH)
    assert np.isfinite(found).all()
    for number in range(count):
        assert np.allclose(describe(pictures[number : number + 1])[0], found[number], atol=1e-6)


def test_light_matters_less_than_shape_and_colour_is_seen() -> None:
    disc, square = _disc(60, (200,) * 3), np.full((32, 32, 3), 60, np.uint8)
    square[7:26, 7:26] = 200
    assert _apart(disc, _disc(30, (140,) * 3)) < _apart(disc, square) / 2
    assert _apart(disc, _disc(200, (60,) * 3)) < _apart(disc, square)
    assert _apart(_disc(60, (220, 60, 60)), _disc(60, (60, 60, 220))) > 0.3


def test_a_turned_edge_is_another_direction() -> None:
    upright = np.zeros((32, 32, 3), np.uint8)
    upright[:, 16:] = 255
    assert _apart(upright, upright.transpose(1, 0, 2)) > 1
    assert _apart(upright, upright) == 0


def test_other_arrays_are_refused() -> None:
    for other in (np.zeros((1, 16, 16, 3), np.uint8), np.zeros((1, 32, 32, 3), np.float32)):
        with pytest.raises(ValueError, match="uint8"):
            describe(other)
