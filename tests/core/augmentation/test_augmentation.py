"""The whole of it: what a seed draws, that one call does it all, presets, and what is told."""

import random
import string
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from core.augmentation.augment import apply, augment, describe, fill_share, fill_share_of, sample
from core.augmentation.draws import draws
from core.augmentation.parameters import Parameters
from core.augmentation.photometric import Photometric
from core.augmentation.presets import PRESETS
from core.common.messages import SENTENCES, sentence
from core.recipe.config import BY_NAME, AugmentationConfig
from tests.support.warps import noise

COURSE = AugmentationConfig(
    horizontal_flip=0.5,
    vertical_flip=0.5,
    rotation=(-60, 90),
    scale=(0.5, 2),
    crop=0.3,
    translation=(0.2, 0.4),
)
EVERYTHING = COURSE.model_copy(
    update={
        "quarter_turns": 0.5,
        "crop_aspect": (0.5, 2.0),
        "shear": (20.0, 10.0),
        "perspective": 0.4,
        "brightness": (0.6, 1.4),
        "contrast": (0.6, 1.4),
        "saturation": (0.5, 1.5),
        "hue": (-30.0, 30.0),
        "gamma": (0.7, 1.4),
        "grayscale": 0.5,
        "blur": (0.5, 2.0),
        "noise": (2.0, 20.0),
        "jpeg": (30, 80),
        "erasing": 0.5,
    }
)


def flat(made: Parameters) -> dict[str, Any]:
    """All values of it by name."""
    values = {**vars(made), **vars(made.photometric)}
    del values["photometric"]
    return values


# what a seed draws


def test_what_a_seed_drew_stays() -> None:
    """These are old: a change here would change every training that somebody wants to repeat."""
    assert sample(COURSE, draws(3, 1, "cat/a.jpg")) == Parameters(
        horizontal_flip=True,
        vertical_flip=True,
        rotation=73.48817765791256,
        scale=1.2672225724239068,
        crop=(
            0.07448070544882701,
            0.022554306516916055,
            0.9219231230163405,
            0.9219231230163405,
        ),
        translation=(0.17677935707089742, -0.25816875431264935),
    )


@pytest.mark.parametrize("number", range(10))
def test_further_effects_leave_what_a_seed_drew(number: int) -> None:
    drawn = draws(3, 1, f"cat/{number}.jpg")
    before, after = sample(COURSE, drawn), sample(EVERYTHING, drawn)
    for effect in ("horizontal_flip", "vertical_flip", "rotation", "scale", "translation"):
        assert getattr(before, effect) == getattr(after, effect)


@pytest.mark.parametrize("effect", BY_NAME)
@pytest.mark.parametrize("number", range(5))
def test_a_slider_changes_its_own_effect_only(effect: str, number: int) -> None:
    drawn = draws(3, 0, f"cat/{number}.jpg")
    update = {field: getattr(EVERYTHING, field) for field in BY_NAME[effect].fields}
    made = flat(sample(AugmentationConfig().model_copy(update=update), drawn))
    nothing, all_on = flat(sample(AugmentationConfig(), drawn)), flat(sample(EVERYTHING, drawn))
    own = {effect, "noise_seed"} if effect == "noise" else {effect}
    assert {name: value for name, value in made.items() if name not in own} == {
        name: value for name, value in nothing.items() if name not in own
    }
    assert all(made[name] == all_on[name] for name in own)


@pytest.mark.parametrize("effect", BY_NAME)
def test_an_effect_is_on_when_it_does_something(effect: str) -> None:
    """What the configuration says of an effect is what the draws do."""
    update = {field: getattr(EVERYTHING, field) for field in BY_NAME[effect].fields}
    config = AugmentationConfig().model_copy(update=update)
    assert BY_NAME[effect].is_on(config)
    made = [sample(config, draws(0, 0, f"{number}.jpg")) for number in range(20)]
    assert not all(one.is_identity for one in made)
    off = config.model_copy(update={BY_NAME[effect].probability: 0.0})
    assert not BY_NAME[effect].is_on(off)
    made = [sample(off, draws(0, 0, f"{number}.jpg")) for number in range(20)]
    assert all(one == Parameters() for one in made)


def test_effects_that_are_off_are_not_drawn() -> None:
    class Asked(dict[str, tuple[float, ...]]):
        def __missing__(self, stream: str) -> tuple[float, ...]:
            self[stream] = draws(0, 0, "cat/a.jpg")[stream]
            return self[stream]

    asked = Asked()
    sample(AugmentationConfig(), asked)
    assert not asked
    sample(PRESETS["light"], asked)
    assert set(asked) == {"rotation", "scale", "translation"}


# the one call


@pytest.mark.parametrize("policy", ["ranges", "trivial"])
def test_threads_and_order_change_nothing(policy: str) -> None:
    image = noise(64, 64)
    keys = [f"cat/{number}.jpg" for number in range(60)]
    config = EVERYTHING.model_copy(update={"policy": policy})

    def made(key: str) -> bytes:
        return augment(image, config, 5, 1, key).tobytes()

    alone = {key: made(key) for key in keys}
    shuffled = list(reversed(keys))
    with ThreadPoolExecutor(4) as pool:
        together = dict(zip(shuffled, pool.map(made, shuffled), strict=True))
    assert together == alone
    assert len(set(alone.values())) > len(keys) / 2


def test_the_one_call_is_its_parts() -> None:
    image = noise(48, 32)
    change = sample(EVERYTHING, draws(1, 2, "cat/a.jpg", 3))
    assert not change.is_identity
    assert np.array_equal(augment(image, EVERYTHING, 1, 2, "cat/a.jpg", 3), apply(image, change))


@pytest.mark.parametrize("effect", BY_NAME)
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (6, 1), (33, 20)])
def test_pictures_of_any_size_keep_it(effect: str, size: tuple[int, int]) -> None:
    image = noise(*size)
    before = image.copy()
    update = {field: getattr(EVERYTHING, field) for field in BY_NAME[effect].fields}
    config = AugmentationConfig().model_copy(update=update)
    for number in range(5):
        changed = augment(image, config, 0, 0, f"{number}.jpg")
        assert (changed.dtype, changed.shape) == (image.dtype, image.shape)
    assert np.array_equal(image, before)


def test_pixels_move_before_they_change_colour() -> None:
    image = noise(40, 40)
    moved, colored = Parameters(rotation=20), Photometric(brightness=0.5)
    both = replace(moved, photometric=colored)
    expected = apply(apply(image, moved), Parameters(photometric=colored))
    assert np.array_equal(apply(image, both), expected)


def test_nothing_gives_back_the_same_array() -> None:
    image = noise(9, 14)
    assert augment(image, AugmentationConfig(), 0, 0, "cat/a.jpg") is image
    assert augment(image, AugmentationConfig(fill_mode="wrap", seed=4), 0, 0, "a.jpg") is image
    assert apply(image, Parameters()) is image


def test_global_generators_are_neither_read_nor_moved() -> None:
    image = noise(20, 20)
    random.seed(1)
    np.random.seed(1)
    first = augment(image, EVERYTHING, 0, 0, "cat/a.jpg")
    after = (random.random(), np.random.random())
    random.seed(1)
    np.random.seed(1)
    assert after == (random.random(), np.random.random())
    assert np.array_equal(augment(image, EVERYTHING, 0, 0, "cat/a.jpg"), first)


def test_another_kind_of_picture_is_refused() -> None:
    wrong: list[Any] = [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ]
    for image in wrong:
        with pytest.raises(ValueError, match=r"expected uint8 \[H, W, 3\]"):
            apply(image, Parameters(rotation=3))


# what is told


def test_what_was_done_reads_as_sentences() -> None:
    made = Parameters(
        horizontal_flip=True,
        rotation=-12.44,
        scale=1.0702,
        crop=(0.1, 0.25, 0.5, 0.75),
        translation=(0.05, -0.1),
        photometric=Photometric(brightness=0.9),
    )
    assert [sentence(code, values) for code, values in describe(made)] == [
        "flipped left to right",
        "rotation -12.4 degrees",
        "scale 1.07",
        "crop of 50 % of the width and 75 % of the height, from 10 % and 25 %",
        "translation +5.0 % of the width, -10.0 % of the height",
        "brightness 0.90",
    ]
    assert describe(Parameters(fill_mode="wrap")) == []


@pytest.mark.parametrize("effect", BY_NAME)
def test_each_effect_is_told_where_it_is_done_and_only_there(effect: str) -> None:
    update = {field: getattr(EVERYTHING, field) for field in BY_NAME[effect].fields}
    config = AugmentationConfig().model_copy(update=update)
    told = []
    for number in range(20):
        made = sample(config, draws(0, 0, f"{number}.jpg"))
        described = describe(made)
        assert len(described) == (not made.is_identity)
        told += described
    assert {code for code, _ in told} == {f"drawn_{effect}"}
    for code, values in told:
        assert sentence(code, values)
        needed = {name for _, name, _, _ in string.Formatter().parse(SENTENCES[code]) if name}
        assert needed == set(values)


# how much is fill


def test_the_typical_share_of_fill_is_the_mean_of_what_is_drawn() -> None:
    config = AugmentationConfig(rotation=30, translation=0.2, perspective=0.2)
    made = [sample(config, draws(9, 0, f"{number}.jpg")) for number in range(500)]
    mean = np.mean([fill_share(one, 224, 224) for one in made])
    assert fill_share_of(config) == pytest.approx(mean, abs=0.02)


def test_the_typical_share_of_fill_grows_as_you_rotate() -> None:
    shares = [fill_share_of(AugmentationConfig(rotation=degrees)) for degrees in range(46)]
    assert shares[0] == 0
    assert all(before < after for before, after in pairwise(shares))
    assert max(after - before for before, after in pairwise(shares)) < 0.01


def test_colours_need_no_fill() -> None:
    assert fill_share_of(AugmentationConfig(brightness=(0.5, 2), erasing=1)) == 0


# imports


def test_importing_loads_neither_torch_nor_opencv() -> None:
    code = (
        "import sys, core.augmentation; "
        "sys.exit(bool({'torch', 'torchvision', 'cv2'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
