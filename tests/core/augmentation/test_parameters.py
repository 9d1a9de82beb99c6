"""Uniforms by name, and the parameters that they pick."""

import struct
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from math import log, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.augmentation.augment import sample
from core.augmentation.draws import STREAMS, draws
from core.augmentation.parameters import Parameters
from core.augmentation.presets import PRESETS
from core.recipe.config import BY_NAME, EFFECTS, AugmentationConfig
from tests.support.warps import drawn

KEYS = [f"cat/{number}.jpg" for number in range(12)]

# -- draws ------------------------------------------------------------------------------------


def test_a_stream_is_a_hash_of_its_name_so_that_a_new_effect_changes_no_other() -> None:
    """A change here would change every training that somebody wants to repeat."""
    uniforms = draws(5, 6, unicodedata.normalize("NFD", "mèo/số 1.jpg"), 7)
    assert list(STREAMS) == [effect.name for effect in EFFECTS] + ["policy"]
    for stream in reversed(STREAMS):
        name = unicodedata.normalize("NFC", f"5/6/7/{stream}/mèo/số 1.jpg")
        words = struct.unpack("<8Q", blake2b(name.encode()).digest())
        assert uniforms[stream] == tuple((word >> 11) / 2**53 for word in words)
    with pytest.raises(KeyError):
        uniforms["shine"]


def test_names_that_are_no_unicode_have_draws() -> None:
    one, other = (draws(0, 0, f"cat/{name}.jpg") for name in ("\udcff", "\udcfe"))
    assert one["crop"] != other["crop"]


# -- one image's parameters -------------------------------------------------------------------

# What a slider makes of each effect on its way from nothing (0) to the most (1).
RANGES: dict[str, Callable[[float], dict[str, Any]]] = {
    "horizontal_flip": lambda at: {"horizontal_flip": at},
    "vertical_flip": lambda at: {"vertical_flip": at},
    "quarter_turns": lambda at: {"quarter_turns": at},
    "rotation": lambda at: {"rotation": (-180 * at, 180 * at)},
    "scale": lambda at: {"scale": (1 - 0.8 * at, 1 + 9 * at)},
    "crop": lambda at: {"crop": 1 - 0.95 * at, "crop_aspect": (1 - 0.7 * at, 1 + 2 * at)},
    "translation": lambda at: {"translation": (at, at)},
    "shear": lambda at: {"shear": (60 * at, 60 * at)},
    "perspective": lambda at: {"perspective": at / 2},
    "brightness": lambda at: {"brightness": (1 - 0.8 * at, 1 + 2 * at)},
    "contrast": lambda at: {"contrast": (1 - 0.8 * at, 1 + at)},
    "saturation": lambda at: {"saturation": (1 - at, 1 + 3 * at)},
    "hue": lambda at: {"hue": (-90 * at, 180 * at)},
    "gamma": lambda at: {"gamma": (1 - 0.5 * at, 1 + at)},
    "grayscale": lambda at: {"grayscale": at},
    "blur": lambda at: {"blur": (0, 8 * at)},
    "sharpness": lambda at: {"sharpness": (1 - at, 1 + 3 * at)},
    "noise": lambda at: {"noise": (0, 50 * at)},
    "jpeg": lambda at: {"jpeg": (100 - round(99 * at), 100)},
    "erasing": lambda at: {"erasing": at, "erasing_area": (0.02, 0.2)},
}
ONCE = ("horizontal_flip", "vertical_flip", "quarter_turns", "grayscale", "erasing")  # off, or on
IN_PROPORTION = (
    "brightness",
    "contrast",
    "saturation",
    "hue",
    "gamma",
    "blur",
    "sharpness",
    "noise",
)


def flat(made: Parameters) -> dict[str, Any]:
    """All values of it by name."""
    return {effect.name: made[effect.name] for effect in EFFECTS}


def made(number: int, **ranges: Any) -> dict[str, Any]:
    return flat(sample(AugmentationConfig(**ranges), draws(number, 0, "cat/a.jpg")))


def moved(name: str, values: list[Any]) -> np.ndarray:
    """Each of the effect's ``values`` less that of an image that stays as it is."""
    still, *numbers = (
        np.ravel(value or 0).astype(float) for value in (Parameters()[name], *values)
    )
    return (np.array(numbers) - still)[:, : 1 if name == "noise" else None]  # without its seed


def test_every_effect_has_its_range_here() -> None:
    assert list(RANGES) == [effect.name for effect in EFFECTS]


@pytest.mark.parametrize("name", [name for name in RANGES if name != "erasing"])
@pytest.mark.parametrize("number", range(4))
def test_a_slider_moves_its_effect_alone_and_smoothly(name: str, number: int) -> None:
    still, at = flat(Parameters()), np.linspace(0, 1, 201).tolist()
    shown = [made(number, **RANGES[name](one)) for one in at]
    for one in shown:
        assert {effect for effect in one if one[effect] != still[effect]} <= {name}
    values = moved(name, [one[name] for one in shown])
    steps, span = np.abs(np.diff(values, axis=0)), np.ptp(values, axis=0)
    assert not values[0].any()
    if name in ONCE:
        assert np.count_nonzero(steps) == 1
        return
    assert span.max() > 0
    assert (steps <= (1 if name == "jpeg" else 0.05 * span + 1e-12)).all()
    if name != "crop":
        assert (np.diff(np.abs(values), axis=0) >= -1e-12).all()  # only ever further
    if name in IN_PROPORTION:
        assert np.allclose(values[:, 0], np.array(at) * values[-1, 0])


@pytest.mark.parametrize("name", RANGES)
def test_an_effect_is_done_as_often_as_asked_and_more_often_adds_images(name: str) -> None:
    effect = BY_NAME[name]
    config = AugmentationConfig(**RANGES[name](1.0))
    assert effect.is_on(config)
    every = [draws(0, 0, f"{number}.jpg") for number in range(1000)]
    gate = np.array([one[name][-1 if effect.has_range else 0] for one in every])
    for probability in (0.0, 0.3, 0.6, 1.0):
        some = config.model_copy(update={effect.probability: probability})
        assert effect.is_on(some) == (probability > 0)
        done = np.array([bool(sample(some, one).values) for one in every])
        assert np.mean(done) == pytest.approx(probability, abs=0.05)
        wrong = done != (gate < probability)
        assert wrong.sum() <= (20 if name == "jpeg" else 0)  # some qualities are drawn as 100


def test_effects_that_are_off_are_not_drawn() -> None:
    uniforms = draws(0, 0, "cat/a.jpg")
    few = {name: uniforms[name] for name in ("rotation", "scale", "translation")}
    assert sample(PRESETS["light"], few).values
    assert not sample(AugmentationConfig(), {}).values


def test_ranges_that_hold_nothing_change_nothing_however_often() -> None:
    still = AugmentationConfig()
    certain = {one.probability: 1.0 for one in EFFECTS if one.has_range}
    config = still.model_copy(update=certain)
    assert not any(sample(config, draws(0, 0, key)).values for key in KEYS)


@settings(max_examples=40)
@given(st.floats(0.05, 1), st.tuples(st.floats(0.25, 4), st.floats(0.25, 4)).map(sorted))
def test_a_crop_keeps_its_area_or_at_least_its_ratio(crop: float, aspect: list[float]) -> None:
    for seed in range(5):
        left, top, width, height = drawn(seed, crop=crop, crop_aspect=tuple(aspect))["crop"]
        assert min(left, top) >= 0
        assert max(left + width, top + height) <= 1 + 1e-12
        if crop != 1 or tuple(aspect) != (1, 1):
            assert aspect[0] * (1 - 1e-9) <= width / height <= aspect[1] * (1 + 1e-9)
        if max(width, height) < 1 - 1e-9:  # both fit into the image
            assert width * height >= crop - 1e-9
        area, across, down, *_ = draws(seed, 0, "cat/a.jpg")["crop"]
        side = sqrt(1 - (1 - crop) * area)  # of the image's own ratio, as it always was
        own = drawn(seed, crop=crop)["crop"]
        assert own == (across * (1 - side), down * (1 - side), side, side)


def test_ratios_quarters_and_corners_are_spread_evenly() -> None:
    ranges = {"crop": 0.2, "crop_aspect": (0.5, 2), "quarter_turns": 0.75, "perspective": 0.5}
    shown = [drawn(seed, **ranges) for seed in range(2000)]
    wide = [one["crop"][2] > one["crop"][3] for one in shown]
    assert np.mean(wide) == pytest.approx(0.5, abs=0.03)
    turns = np.bincount([one["quarter_turns"] for one in shown], minlength=4)
    assert turns / 2000 == pytest.approx([0.25] * 4, abs=0.03)
    corners = np.array([np.ravel(one["perspective"]) for one in shown])
    assert np.abs(corners.mean(axis=0) - 0.125).max() < 0.005
    assert 0 <= corners.min() < 0.001 < 0.249 < corners.max() <= 0.25
    assert np.abs(np.corrcoef(corners, rowvar=False) - np.eye(8)).max() < 0.1


def test_all_qualities_of_jpeg_are_equally_likely() -> None:
    shown = [made(number, jpeg=(50, 53))["jpeg"] for number in range(2000)]
    values, counts = np.unique(shown, return_counts=True)
    assert values.tolist() == [50, 51, 52, 53]
    assert np.abs(counts / 2000 - 0.25).max() < 0.04


@settings(max_examples=40)
@given(st.tuples(st.floats(0.005, 0.9), st.floats(0.005, 0.9)).map(sorted))
def test_what_is_erased_lies_inside_and_has_the_area_asked_for(area: list[float]) -> None:
    for number in range(5):
        left, top, width, height = made(number, erasing=1, erasing_area=tuple(area))["erasing"]
        assert min(left, top) >= 0
        assert max(left + width, top + height) <= 1 + 1e-12
        assert area[0] - 1e-9 <= width * height <= area[1] + 1e-9
        assert 0.3 - 1e-9 <= width / height <= 3.3 + 1e-9


def test_erasing_is_as_often_wide_as_high_and_anywhere() -> None:
    shown = [made(number, erasing=1, erasing_area=(0.02, 0.2)) for number in range(1000)]
    boxes = np.array([one["erasing"] for one in shown])
    aspects = np.log(boxes[:, 2] / boxes[:, 3])
    assert abs(aspects.mean()) < 0.1
    assert aspects.min() < log(1 / 3)
    assert aspects.max() > log(3)
    assert np.abs((boxes[:, :2] + boxes[:, 2:] / 2).mean(axis=0) - 0.5).max() < 0.03


# -- any settings -----------------------------------------------------------------------------


@st.composite
def configs(draw: st.DrawFn) -> AugmentationConfig:
    """Any, with any of the effects."""
    values: dict[str, Any] = {"policy": draw(st.sampled_from(["ranges"] * 4 + ["trivial"]))}
    if draw(st.booleans()):
        values |= {"fill_mode": "wrap", "fill_color": (1, 2, 3), "erasing_area": (0.3, 0.9)}
    for name in draw(st.sets(st.sampled_from(list(RANGES)))):
        values |= RANGES[name](draw(st.floats(0, 1)))
        if BY_NAME[name].has_range:
            values[BY_NAME[name].probability] = draw(st.sampled_from([0.0, 0.3, 1.0]))
    return AugmentationConfig(**values)


def assert_within(config: AugmentationConfig, one: Parameters) -> None:
    """Each value in its range, or as it is where nothing is done."""
    values, still = flat(one), flat(Parameters())
    for name in ("rotation", "scale", *IN_PROPORTION, "jpeg"):
        low, high = getattr(config, name)
        value = values[name][0] if name == "noise" else values[name]
        assert low <= value <= high or values[name] == still[name]
    for name in ("translation", "shear"):
        assert (np.abs(values[name]) <= getattr(config, name)).all()
    assert all(0 <= move <= config.perspective / 2 for move in np.ravel(one["perspective"]))
    assert 0 <= one["noise"][1] < 2**53


@settings(max_examples=60)
@given(configs(), st.integers(0, 2**63 - 1))
def test_whatever_is_set_values_lie_in_their_ranges(config: AugmentationConfig, seed: int) -> None:
    for key in KEYS if config.policy == "ranges" else ():
        assert_within(config, sample(config, draws(seed, 1, key)))


@pytest.mark.parametrize("name", ["strong", "trivial"])
def test_threads_that_share_draws_get_the_same(name: str) -> None:
    config = PRESETS[name]
    expected = [sample(config, draws(7, 1, key)) for key in KEYS]
    for _ in range(5):
        uniforms = [draws(7, 1, key) for key in KEYS]
        with ThreadPoolExecutor(4) as pool:
            shown = list(pool.map(lambda one: sample(config, one), uniforms * 8))
        assert shown == expected * 8


def test_images_that_are_not_erased_have_no_rectangle() -> None:
    config = AugmentationConfig(erasing=0.5)
    many = [sample(config, draws(0, 0, key)) for key in KEYS]
    erased = ["erasing" in one for one in many]
    assert any(erased)
    assert not all(erased)
    assert [bool(one.values) for one in many] == erased
