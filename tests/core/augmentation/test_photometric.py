import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from math import log
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.augmentation.draws import draws
from core.augmentation.parameters import sample_photometric
from core.augmentation.photometric import (
    MEAN_COLOR,
    Image,
    Photometric,
    apply_photometric,
    describe_photometric,
)
from core.common.messages import sentence
from core.recipe.config import BY_NAME, AugmentationConfig, Effect

EFFECTS = [effect for effect in BY_NAME.values() if effect.kind == "photometric"]
WITH_RANGE = [effect for effect in EFFECTS if effect.has_range]
NAMES = [effect.name for effect in EFFECTS]
NOTHING = Photometric()

EVERYTHING = AugmentationConfig(
    brightness=(0.5, 1.5),
    contrast=(0.4, 2),
    saturation=(0, 3),
    hue=40,
    gamma=(0.5, 2),
    grayscale=1,
    blur=(0.2, 3),
    noise=(2, 30),
    jpeg=(10, 90),
    erasing=1,
    erasing_area=(0.05, 0.4),
)
ONE_OF_EACH = Photometric(
    brightness=1.12,
    contrast=0.8,
    saturation=1.4,
    hue=8.2,
    gamma=0.9,
    grayscale=True,
    blur=0.84,
    noise=12.3,
    noise_seed=5,
    jpeg=61,
    erasing=(0.1, 0.2, 0.4, 0.3),
)


def photo(height: int = 33, width: int = 47) -> Image:
    """Soft colours with some grain, as in a photo."""
    rows, columns = np.mgrid[:height, :width] / max(height, width)
    soft = np.stack([rows, columns, 1 - rows * columns], -1) * 180 + 30
    grain = np.random.default_rng(0).normal(0, 5, soft.shape)
    return np.clip(soft + grain, 0, 255).astype(np.uint8)


def sampled(config: AugmentationConfig, number: int = 0) -> Photometric:
    return sample_photometric(config, draws(0, 0, f"cat/{number}.jpg"))


def often(effect: Effect, probability: float) -> AugmentationConfig:
    """Everything that augmentation can do to colours, but ``effect`` so often."""
    return EVERYTHING.model_copy(update={effect.probability: probability})


# parameters


def test_by_default_nothing_is_done() -> None:
    image = photo()
    made = sampled(AugmentationConfig())
    assert made == NOTHING
    assert made.is_identity
    assert apply_photometric(image, made) is image


def test_ranges_that_hold_nothing_change_nothing_however_often() -> None:
    image = photo()
    neutral = {effect.name: getattr(AugmentationConfig(), effect.name) for effect in WITH_RANGE}
    certain = AugmentationConfig(**neutral, **{one.probability: 1.0 for one in WITH_RANGE})
    for number in range(20):
        assert apply_photometric(image, sampled(certain, number)) is image


def test_a_seed_of_no_noise_is_no_change() -> None:
    image = photo()
    made = Photometric(noise_seed=7)
    assert made.is_identity
    assert apply_photometric(image, made) is image


@pytest.mark.parametrize("name", NAMES)
def test_each_effect_is_a_change(name: str) -> None:
    made = replace(NOTHING, **{name: getattr(ONE_OF_EACH, name)})
    assert not made.is_identity
    assert not np.array_equal(apply_photometric(photo(), made), photo())


@pytest.mark.parametrize("effect", EFFECTS, ids=NAMES)
def test_an_effect_is_done_as_often_as_asked(effect: Effect) -> None:
    nothing = getattr(NOTHING, effect.name)

    def share(probability: float) -> float:
        config = often(effect, probability)
        made = [getattr(sampled(config, number), effect.name) for number in range(600)]
        return sum(one != nothing for one in made) / len(made)

    assert share(0) == 0
    assert 0.24 < share(0.3) < 0.36
    assert share(1) == 1


@pytest.mark.parametrize("effect", WITH_RANGE, ids=lambda effect: effect.name)
def test_more_often_adds_pictures_and_changes_none(effect: Effect) -> None:
    nothing, at = getattr(NOTHING, effect.name), np.linspace(0, 1, 21).tolist()
    for number in range(10):
        made = [getattr(sampled(often(effect, one), number), effect.name) for one in at]
        done = [one != nothing for one in made]
        assert done == sorted(done)
        assert len(set(made)) == 2


@given(st.integers(0, 2**63 - 1))
def test_values_stay_in_their_ranges(seed: int) -> None:
    made = sample_photometric(EVERYTHING, draws(seed, 0, "cat/a.jpg"))
    for effect in WITH_RANGE:
        low, high = getattr(EVERYTHING, effect.name)
        assert low <= getattr(made, effect.name) <= high
    assert 0 <= made.noise_seed < 2**53


@pytest.mark.parametrize("effect", EFFECTS, ids=NAMES)
def test_a_slider_changes_its_own_effect_only(effect: Effect) -> None:
    alone = AugmentationConfig(**{one: getattr(EVERYTHING, one) for one in effect.fields})
    made, all_made = sampled(alone), sampled(EVERYTHING)
    own = {effect.name: getattr(NOTHING, effect.name), "noise_seed": 0}
    assert replace(made, **own) == NOTHING
    assert getattr(made, effect.name) == getattr(all_made, effect.name)
    if effect.name == "noise":
        assert made.noise_seed == all_made.noise_seed


@pytest.mark.parametrize("number", range(6))
def test_a_slider_moves_each_tile_in_proportion(number: int) -> None:
    def made(at: float) -> list[float]:
        config = AugmentationConfig(
            brightness=(1 - 0.8 * at, 1 + 2 * at),
            contrast=(1 - 0.8 * at, 1 + at),
            saturation=(1 - at, 1 + 3 * at),
            hue=(-90 * at, 180 * at),
            gamma=(1 - 0.5 * at, 1 + at),
            blur=(0, 8 * at),
            noise=(0, 50 * at),
        )
        one = sampled(config, number)
        factors = (one.brightness, one.contrast, one.saturation, one.gamma)
        return [*(factor - 1 for factor in factors), one.hue, one.blur, one.noise]

    most = np.array(made(1))
    assert np.all(most != 0)
    for at in np.linspace(0, 1, 21).tolist():
        assert np.allclose(made(at), at * most)
    assert sampled(AugmentationConfig(noise=(0, 9)), number).noise_seed == (
        sampled(AugmentationConfig(noise=(3, 70)), number).noise_seed
    )


@pytest.mark.parametrize("number", range(6))
def test_jpeg_gets_worse_step_by_step(number: int) -> None:
    made = [sampled(AugmentationConfig(jpeg=(low, 100)), number).jpeg for low in range(100, 0, -1)]
    assert made[0] == 100
    assert all(before - 1 <= after <= before for before, after in pairwise(made))


def test_all_qualities_are_equally_likely() -> None:
    made = [sampled(AugmentationConfig(jpeg=(50, 53)), number).jpeg for number in range(2000)]
    values, counts = np.unique(made, return_counts=True)
    assert values.tolist() == [50, 51, 52, 53]
    assert np.abs(counts / len(made) - 0.25).max() < 0.04


@given(
    st.integers(0, 2**63 - 1),
    st.tuples(st.floats(0.005, 0.9), st.floats(0.005, 0.9)).map(sorted),
)
def test_what_is_erased_lies_inside_and_has_the_area_asked_for(
    seed: int, area: list[float]
) -> None:
    config = AugmentationConfig(erasing=1, erasing_area=(area[0], area[1]))
    made = sample_photometric(config, draws(seed, 0, "cat/a.jpg")).erasing
    assert made is not None
    left, top, width, height = made
    assert min(left, top) >= 0
    assert max(left + width, top + height) <= 1 + 1e-12
    assert area[0] - 1e-9 <= width * height <= area[1] + 1e-9
    assert 0.3 - 1e-9 <= width / height <= 3.3 + 1e-9


def test_erasing_is_as_often_wide_as_high_and_anywhere() -> None:
    config = AugmentationConfig(erasing=1, erasing_area=(0.02, 0.2))
    boxes = np.array([sampled(config, number).erasing for number in range(1000)])
    aspects = np.log(boxes[:, 2] / boxes[:, 3])
    assert abs(aspects.mean()) < 0.1
    assert aspects.max() > log(3)
    assert aspects.min() < log(1 / 3)
    assert np.abs((boxes[:, :2] + boxes[:, 2:] / 2).mean(axis=0) - 0.5).max() < 0.03


# pixels


def test_effects_are_done_one_after_the_other_in_the_order_that_is_documented() -> None:
    image = photo()
    for name in NAMES:
        seed = {"noise_seed": 5} if name == "noise" else {}
        step = replace(NOTHING, **{name: getattr(ONE_OF_EACH, name)}, **seed)
        image = apply_photometric(image, step)
    assert np.array_equal(apply_photometric(photo(), ONE_OF_EACH), image)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 1), (2, 3), (33, 47)])
def test_pictures_of_any_size_and_layout_are_left_as_they_were(size: tuple[int, int]) -> None:
    image = photo(*size)
    views: list[Any] = [image, image[::-1], image[:, ::-1], np.repeat(image, 2, axis=1)[:, ::2]]
    frozen = image.copy()
    frozen.flags.writeable = False
    for view in [*views, frozen]:
        before = view.copy()
        made = apply_photometric(view, ONE_OF_EACH)
        assert (made.shape, made.dtype) == (view.shape, np.uint8)
        assert made.flags.c_contiguous
        assert np.array_equal(view, before)
        assert np.array_equal(made, apply_photometric(before, ONE_OF_EACH))


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("brightness", 0.2),
        ("brightness", 3.0),
        ("contrast", 0.0),
        ("contrast", 3.0),
        ("saturation", 0.0),
        ("saturation", 3.0),
        ("hue", -180.0),
        ("hue", 180.0),
        ("gamma", 0.4),
        ("gamma", 4.0),
        ("blur", 8.0),
        ("noise", 60.0),
    ],
)
def test_pixels_move_smoothly_from_nothing_to_the_most(name: str, most: float) -> None:
    nothing, image = getattr(NOTHING, name), photo()
    shown = [
        apply_photometric(image, replace(NOTHING, **{name: value})).astype(float)
        for value in np.linspace(nothing, most, 101).tolist()
    ]
    steps = [np.abs(after - before).mean() for before, after in pairwise(shown)]
    assert np.array_equal(shown[0], image)
    assert 0 < max(steps) < 6


def test_erased_pixels_have_the_mean_color_and_no_other_changes() -> None:
    image = photo(40, 50)
    made = apply_photometric(image, Photometric(erasing=(0.2, 0.5, 0.1, 0.25)))
    assert (made[20:30, 10:15] == MEAN_COLOR).all()
    made[20:30, 10:15] = image[20:30, 10:15]
    assert np.array_equal(made, image)


def test_pixels_are_the_same_on_any_thread() -> None:
    image = photo()
    made = [sampled(EVERYTHING, number) for number in range(40)]
    expected = [apply_photometric(image, one) for one in made]
    with ThreadPoolExecutor(4) as pool:
        threaded = list(pool.map(lambda one: apply_photometric(image, one), made))
    assert all(np.array_equal(*pair) for pair in zip(threaded, expected, strict=True))


def test_global_generators_are_neither_read_nor_moved() -> None:
    random.seed(1)
    np.random.seed(1)
    first = apply_photometric(photo(), sampled(EVERYTHING))
    after = (random.random(), np.random.random())
    random.seed(1)
    np.random.seed(1)
    assert after == (random.random(), np.random.random())
    assert np.array_equal(apply_photometric(photo(), sampled(EVERYTHING)), first)


# words


def test_what_was_drawn_can_be_read() -> None:
    assert [sentence(*one) for one in describe_photometric(ONE_OF_EACH)] == [
        "brightness 1.12",
        "contrast 0.80",
        "saturation 1.40",
        "hue +8.2 degrees",
        "gamma 0.90",
        "grayscale",
        "blur 0.8 px",
        "noise of 12.3 levels",
        "JPEG quality 61",
        "erased 12 % of the area",
    ]
    assert describe_photometric(NOTHING) == []


@pytest.mark.parametrize("name", NAMES)
def test_each_effect_is_told_alone(name: str) -> None:
    made = replace(NOTHING, **{name: getattr(ONE_OF_EACH, name)})
    assert [code for code, _ in describe_photometric(made)] == [f"drawn_{name}"]
