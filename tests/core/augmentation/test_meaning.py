"""The check of meaning on shapes that one transformation turns into each other, and on others."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from core.augmentation import label_check
from core.augmentation.augment import apply
from core.augmentation.parameters import Parameters
from core.augmentation.photometric import Photometric
from core.common.messages import ThawError
from core.dataset import split as dataset_split
from core.dataset import summary as dataset_summary
from core.dataset.sample import files as sample_files
from core.images.load import fit
from core.recipe.config import AugmentationConfig, DatasetConfig
from tests.support.pictures import draw_folder

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
    points: Points,
    turn: int = 0,
    colour: tuple[int, int, int] | None = None,
    count: int = 24,
    seed: int = 0,
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


def test_mirrored_arrows_are_found() -> None:
    pictures = {"left": _drawn(ARROW, 2), "right": _drawn(ARROW), "square": _drawn(SQUARE)}
    flips = AugmentationConfig(horizontal_flip=0.5, vertical_flip=0.5, rotation=20)
    found = _found(pictures, flips)
    sideways = {("horizontal_flip", "left", "right"), ("horizontal_flip", "right", "left")}
    both = {("horizontal_flip and vertical_flip", a, b) for _, a, b in sideways}
    assert found == sideways | both


def test_up_and_down_are_found_and_left_and_right_do_not_matter_to_them() -> None:
    pictures = {"up": _drawn(ARROW, 3), "down": _drawn(ARROW, 1), "square": _drawn(SQUARE)}
    found = _found(pictures, AugmentationConfig(vertical_flip=0.1, horizontal_flip=0.5))
    assert {one for one in found if "and" not in one[0]} == {
        ("vertical_flip", "up", "down"),
        ("vertical_flip", "down", "up"),
    }


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


def test_the_mirrored_signs_of_the_sample_are_found() -> None:
    kinds = ("turn-left", "turn-right", "yield", "speed-30")
    pictures = {
        kind: np.stack(
            [fit(sample_files.draw(kind, number), 32, "stretch") for number in range(15)]
        )
        for kind in kinds
    }
    assert _found(pictures) == {
        ("horizontal_flip", "turn-left", "turn-right"),
        ("horizontal_flip", "turn-right", "turn-left"),
    }


def test_a_warning_says_how_sure_it_is() -> None:
    pictures = {"left": _drawn(ARROW, 2), "right": _drawn(ARROW)}
    flip = Parameters(horizontal_flip=True)
    found = label_check.find(pictures, [flip])
    first = found.warnings[0]
    assert (first.transformation, first.pictures) == (flip, 24)
    low, high = first.interval
    assert label_check.THRESHOLD < low < first.share == first.turned / 24 <= high
    lows = [one.interval[0] for one in found.warnings]
    assert lows == sorted(lows, reverse=True)


def test_few_pictures_are_not_enough_to_be_sure_of_little() -> None:
    mixed = np.concatenate([_drawn(ARROW, 2, count=4), _drawn(SQUARE, count=6)])
    found = label_check.find(
        {"mixed": mixed, "right": _drawn(ARROW)}, [Parameters(horizontal_flip=True)]
    )
    assert not [one for one in found.warnings if one.from_class == "mixed"]


def test_a_class_with_too_few_pictures_is_named() -> None:
    pictures = {"left": _drawn(ARROW, 2), "right": _drawn(ARROW), "rare": _drawn(SQUARE, count=4)}
    found = label_check.find(pictures, [Parameters(horizontal_flip=True)])
    assert found.too_few == ("rare",)
    assert len(found.warnings) == 2
    alone = label_check.find({"left": pictures["left"], "rare": pictures["rare"]}, [Parameters()])
    assert (alone.warnings, alone.recognised, alone.too_few) == ((), 0, ("rare",))


def test_any_features_will_do() -> None:
    rng = np.random.default_rng(0)
    means = rng.normal(size=(3, 3000)) * 0.3
    labels = np.repeat([0, 1, 2], 20)
    vectors = means[labels] + rng.normal(size=(60, 3000))
    swapped = vectors - means[labels] + means[np.array([1, 0, 2])[labels]]
    flip = Parameters(horizontal_flip=True)
    for scale in (1, 1e-4):
        found = label_check.check(scale * vectors, labels, "abc", [(flip, scale * swapped)])
        turns = {(one.from_class, one.to_class) for one in found.warnings}
        assert turns == {("a", "b"), ("b", "a")}


def test_what_is_unlike_any_class_is_taken_for_none() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 20)
    vectors = rng.normal(size=(40, 30)) + 4 * labels[:, None]
    far = vectors + 40
    assert label_check.check(vectors, labels, "ab", [(Parameters(), far)]).warnings == ()


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (AugmentationConfig(), []),
        (AugmentationConfig(scale=(0.5, 2), blur=(0, 2), grayscale=1), []),
        (AugmentationConfig(horizontal_flip=0.5), [Parameters(horizontal_flip=True)]),
        (
            AugmentationConfig(vertical_flip=0.5, horizontal_flip=0.5),
            [
                Parameters(horizontal_flip=True),
                Parameters(vertical_flip=True),
                Parameters(horizontal_flip=True, vertical_flip=True),
            ],
        ),
        (
            AugmentationConfig(quarter_turns=0.5, vertical_flip=0.5),
            [
                Parameters(vertical_flip=True),
                *(Parameters(quarter_turns=one) for one in (1, 2, 3)),
                *(Parameters(vertical_flip=True, quarter_turns=one) for one in (1, 2, 3)),
            ],
        ),
        (
            AugmentationConfig(horizontal_flip=0.5, rotation=(-60, 20)),
            [
                Parameters(horizontal_flip=True),
                Parameters(rotation=-60),
                Parameters(rotation=20),
                Parameters(horizontal_flip=True, rotation=-60),
            ],
        ),
        (
            AugmentationConfig(rotation=(-100, 180), fill_mode="constant", fill_color=(1, 2, 3)),
            [
                Parameters(rotation=one, fill_mode="constant", fill_color=(1, 2, 3))
                for one in (-100, -90, 90, 180)
            ],
        ),
        (AugmentationConfig(rotation=20, rotation_probability=0), []),
        (
            AugmentationConfig(hue=(0, 70)),
            [Parameters(photometric=Photometric(hue=one)) for one in (60, 70)],
        ),
    ],
)
def test_what_augmentation_does_is_what_is_looked_at(
    config: AugmentationConfig, expected: list[Parameters]
) -> None:
    assert list(label_check.transformations(config)) == expected


EVERY_WAY = {(mirrored, turn) for mirrored in (False, True) for turn in (0, 90, 180, 270)}


@pytest.mark.parametrize(
    "config",
    [
        AugmentationConfig(vertical_flip=0.5, quarter_turns=0.75),
        AugmentationConfig(horizontal_flip=0.5, quarter_turns=0.1),
        AugmentationConfig(horizontal_flip=0.5, vertical_flip=0.5, quarter_turns=0.75),
        AugmentationConfig(vertical_flip=0.5, rotation=180),
        AugmentationConfig(horizontal_flip=0.5, vertical_flip=0.5, rotation=(-90, 90)),
    ],
)
def test_all_that_flips_and_turns_make_together_is_looked_at(config: AugmentationConfig) -> None:
    square = np.arange(32 * 32 * 3, dtype=np.uint16).astype(np.uint8).reshape(32, 32, 3)
    square[:4, :8] = 255  # so that no way to lay it looks like another
    ways = {
        (mirrored, turn): np.rot90(square[:, ::-1] if mirrored else square, turn // 90)
        for mirrored, turn in EVERY_WAY
    }
    made = {apply(square, one).tobytes() for one in label_check.transformations(config)}
    expected = {picture.tobytes() for way, picture in ways.items() if way != (False, 0)}
    assert expected <= made


@pytest.mark.parametrize(
    ("name", "turning"),
    [("quarter_turns", {"quarter_turns": 0.75}), ("rotation", {"rotation": (-180.0, 180.0)})],
)
def test_effects_that_mirror_only_together_are_found_and_named_together(
    name: str, turning: dict[str, object]
) -> None:
    mirrored = [(-x, y) for x, y in FLAG]
    pictures = {"b": _drawn(FLAG), "d": _drawn(mirrored), "square": _drawn(SQUARE)}
    flip = AugmentationConfig(vertical_flip=0.5)
    assert _found(pictures, flip) == set()
    assert _found(pictures, AugmentationConfig().model_copy(update=turning)) == set()
    together = f"vertical_flip and {name}"
    found = _found(pictures, flip.model_copy(update=turning))
    assert found == {(together, "b", "d"), (together, "d", "b")}


def test_what_some_transformations_do_can_be_told_apart_and_put_together() -> None:
    pictures = {"left": _drawn(ARROW, 2), "right": _drawn(ARROW), "up": _drawn(ARROW, 3)}
    flip, turn = Parameters(horizontal_flip=True), Parameters(quarter_turns=1)
    both = label_check.find(pictures, [flip, turn])
    alone = both.of([flip])
    assert {one.transformation for one in alone.warnings} == {flip}
    assert set(alone.joined(label_check.find(pictures, [turn])).warnings) == set(both.warnings)


def test_a_turn_that_trivialaugment_makes_is_found() -> None:
    pictures = {"up": _drawn(ARROW, 3), "left": _drawn(ARROW, 2), "square": _drawn(SQUARE)}
    found = _found(pictures, AugmentationConfig(policy="trivial"))
    assert {("rotation", "up", "left"), ("rotation", "left", "up")} == found


def test_the_operations_of_trivialaugment_are_looked_at() -> None:
    found = label_check.transformations(AugmentationConfig(policy="trivial", fill_mode="wrap"))
    assert [one.rotation for one in found if one.rotation] == [-135, -90, 90, 135]
    assert {one.fill_mode for one in found if one.rotation} == {"wrap"}
    assert [one.photometric.hue for one in found if one.photometric.hue] == [-72, -60, 60, 72]


def test_some_training_pictures_of_each_class_are_loaded(tmp_path: Path) -> None:
    summary = dataset_summary.scan(draw_folder(tmp_path / "pictures", 2, 9))
    train = dataset_split.split(summary, DatasetConfig()).train
    damaged = next(one for one in train if summary.classes[one.label] == "red")
    (summary.folder / damaged.path).write_bytes(b"since the scan")
    told: list[tuple[int, int]] = []

    def told_of(done: int, total: int) -> None:
        told.append((done, total))

    classes, config = summary.classes, DatasetConfig()
    found = label_check.load(summary.folder, train, classes, config, progress=told_of)
    assert {name: len(group) for name, group in found.items()} == {"green": 7, "red": 6}
    assert {group.shape[1:] for group in found.values()} == {(32, 32, 3)}
    assert told[-1] == (14, 14)
    assert np.abs(found["green"].mean(axis=(0, 1, 2)) - (40, 180, 60)).max() < 10


def test_validation_pictures_are_never_looked_at(tmp_path: Path) -> None:
    summary = dataset_summary.scan(draw_folder(tmp_path / "pictures", 2, 9))
    split = dataset_split.split(summary, DatasetConfig())
    everything = (*split.validation, *split.train)
    assert {one.split for one in label_check.chosen(everything, 2)} == {"train"}


def test_pictures_are_taken_from_all_over_a_class() -> None:
    samples = [dataset_summary.Sample(f"a/{number:03}.jpg", 0) for number in range(400)]
    found = label_check.chosen(samples, 5)
    assert [one.path for one in found[:3]] == ["a/000.jpg", "a/010.jpg", "a/020.jpg"]
    assert len(found) == 40
    assert len(label_check.chosen(samples, 100)) == 20


@pytest.mark.parametrize("work", ["load", "find"])
def test_the_check_can_be_stopped(tmp_path: Path, work: str) -> None:
    stop = threading.Event()
    stop.set()
    summary = dataset_summary.scan(draw_folder(tmp_path / "pictures", 2, 4))
    jobs: dict[str, Callable[[], object]] = {
        "load": lambda: label_check.load(
            summary.folder, summary.samples, summary.classes, DatasetConfig(), stop
        ),
        "find": lambda: label_check.find(
            {"a": _drawn(ARROW), "b": _drawn(DISC)}, [Parameters()], stop
        ),
    }
    with pytest.raises(ThawError) as error:
        jobs[work]()
    assert error.value.code == "stopped"
