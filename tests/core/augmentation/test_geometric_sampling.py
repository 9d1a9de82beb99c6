from collections.abc import Callable
from dataclasses import fields, replace
from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.augmentation.draws import draws
from core.augmentation.geometry import Geometric
from core.recipe.config import AugmentationConfig
from tests.support.warps import IN_ORDER, drawn, seeds

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
}


def numbers(change: Geometric, name: str) -> list[float]:
    return np.ravel(getattr(change, name)).astype(float).tolist()


@pytest.mark.parametrize("name", RANGES)
@pytest.mark.parametrize("seed", range(8))
def test_a_slider_moves_its_effect_alone_and_smoothly(name: str, seed: int) -> None:
    nothing = Geometric()
    made = [drawn(seed, **RANGES[name](at)) for at in np.linspace(0, 1, 201).tolist()]
    assert made[0] == nothing
    assert all(replace(one, **{name: getattr(nothing, name)}) == nothing for one in made)
    values = np.array([numbers(one, name) for one in made])
    steps = np.abs(np.diff(values, axis=0))
    if name in ("horizontal_flip", "vertical_flip", "quarter_turns"):
        assert np.count_nonzero(steps) == 1  # off, then on
    else:
        assert (steps <= 0.05 * np.ptp(values, axis=0) + 1e-12).all()
        assert np.ptp(values, axis=0).max() > 0


@pytest.mark.parametrize("name", [name for name in RANGES if name not in IN_ORDER[:3] + ["crop"]])
@pytest.mark.parametrize("seed", range(8))
def test_a_slider_only_ever_moves_a_tile_further(name: str, seed: int) -> None:
    made = [drawn(seed, **RANGES[name](at)) for at in np.linspace(0, 1, 51).tolist()]
    amounts = np.array([numbers(one, name) for one in made]) - numbers(Geometric(), name)
    assert (np.diff(np.abs(amounts), axis=0) >= 0).all()


def test_only_the_documented_fields_are_effects() -> None:
    names = [field.name for field in fields(Geometric)]
    assert names == [*IN_ORDER, "fill_mode", "fill_color"]
    assert list(RANGES) == IN_ORDER


@settings(deadline=None)
@given(
    st.tuples(st.floats(-180, 180), st.floats(-180, 180)).map(sorted),
    st.tuples(st.floats(0.1, 10), st.floats(0.1, 10)).map(sorted),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
    st.tuples(st.floats(0, 60), st.floats(0, 60)),
    st.floats(0, 0.5),
    seeds,
)
def test_values_stay_in_their_ranges(
    rotation: list[float],
    scale: list[float],
    translation: tuple[float, float],
    shear: tuple[float, float],
    perspective: float,
    seed: int,
) -> None:
    made = drawn(
        seed,
        rotation=tuple(rotation),
        scale=tuple(scale),
        translation=translation,
        shear=shear,
        perspective=perspective,
    )
    assert rotation[0] <= made.rotation <= rotation[1]
    assert scale[0] <= made.scale <= scale[1]
    for value, most in zip((*made.translation, *made.shear), (*translation, *shear), strict=True):
        assert abs(value) <= most
    assert all(0 <= move <= perspective / 2 for move in np.ravel(made.perspective))
    assert (made.horizontal_flip, made.vertical_flip, made.quarter_turns) == (False, False, 0)


@settings(deadline=None)
@given(st.floats(0.05, 1), st.tuples(st.floats(0.25, 4), st.floats(0.25, 4)).map(sorted), seeds)
def test_a_crop_keeps_its_area_or_at_least_its_ratio(
    crop: float, aspect: list[float], seed: int
) -> None:
    left, top, width, height = drawn(seed, crop=crop, crop_aspect=tuple(aspect)).crop
    assert min(left, top) >= 0
    assert max(left + width, top + height) <= 1 + 1e-12
    if crop != 1 or tuple(aspect) != (1, 1):
        assert aspect[0] * (1 - 1e-9) <= width / height <= aspect[1] * (1 + 1e-9)
    if max(width, height) < 1 - 1e-9:  # both fit into the picture
        assert width * height >= crop - 1e-9


@given(st.floats(0.05, 1), seeds)
def test_a_crop_of_the_pictures_ratio_is_as_it_always_was(crop: float, seed: int) -> None:
    area, left, top, *_ = draws(seed, 0, "cat/a.jpg")["crop"]
    side = sqrt(1 - (1 - crop) * area)
    assert drawn(seed, crop=crop).crop == (left * (1 - side), top * (1 - side), side, side)


def test_ratios_are_spread_evenly_between_narrow_and_wide() -> None:
    made = [drawn(seed, crop=0.2, crop_aspect=(0.5, 2)).crop for seed in range(2000)]
    wide = [width > height for _, _, width, height in made]
    assert np.mean(wide) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("name", RANGES)
def test_probabilities_hold(name: str) -> None:
    if f"{name}_probability" in AugmentationConfig.model_fields:
        ranges = {**RANGES[name](1.0), f"{name}_probability": 0.3}
    else:
        ranges = RANGES[name](0.3)
    done = [not drawn(seed, **ranges).moves_nothing for seed in range(2000)]
    assert np.mean(done) == pytest.approx(0.3, abs=0.04)


def test_the_three_quarter_turns_are_equally_likely() -> None:
    made = [drawn(seed, quarter_turns=0.75).quarter_turns for seed in range(4000)]
    assert np.bincount(made, minlength=4) / 4000 == pytest.approx([0.25] * 4, abs=0.03)


def test_the_corners_move_independently_and_evenly() -> None:
    made = np.array([np.ravel(drawn(seed, perspective=0.5).perspective) for seed in range(2000)])
    assert np.abs(made.mean(axis=0) - 0.125).max() < 0.005
    assert made.max() > 0.249
    correlation = np.corrcoef(made, rowvar=False)
    assert np.abs(correlation - np.eye(8)).max() < 0.1
