"""Values out of uniforms: within their ranges, as often as asked, and the same bits for many."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.augmentation.draws import draws
from core.augmentation.parameters import (
    between,
    chosen,
    exponential,
    greatest,
    least,
    logarithm,
    root,
    strength,
    together,
    whole,
)

uniforms = st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=20)
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "root": root,
    "exponential": exponential,
    "logarithm": lambda uniform: logarithm(uniform + 1e-9),
    "whole": lambda uniform: whole(uniform * 2**53),
    "least": lambda uniform: least(uniform, 0.3),
    "greatest": lambda uniform: greatest(uniform, 0.3),
    "between": partial(between, (-12.3, 45.6)),
    "between what was drawn": lambda uniform: between((0.1 * uniform, 2 - uniform), uniform),
    "chosen": lambda uniform: chosen(uniform, 0.4, uniform / 3, 7.0),
    "always chosen": lambda uniform: chosen(uniform, 1.0, uniform / 3, 7.0),
    "together": lambda uniform: together(uniform, 1 - uniform),
    "chosen together": lambda uniform: chosen(
        uniform, 0.4, together(together(uniform, 0 * uniform)), ((7.0, 8.0),)
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(deadline=None)
@given(values=uniforms)
def test_arrays_have_the_bits_of_floats(name: str, values: list[float]) -> None:
    function = FUNCTIONS[name]
    alone = [function(value) for value in values]
    among = function(np.array(values))
    assert among.tolist() == np.array(alone).tolist()
    assert among.dtype == np.array(alone).dtype
    reversed_rows = function(np.array(values)[::-1])[::-1]
    assert reversed_rows.tolist() == among.tolist()


@pytest.mark.parametrize("probability", [0.0, 0.2, 0.7, 1.0])
def test_an_effect_is_done_as_often_as_its_probability_says(probability: float) -> None:
    drawn = draws(0, 0, [f"{number}.jpg" for number in range(2000)])["rotation"]
    made = strength((10, 20), probability, 0.0, drawn)
    done = made != 0
    assert np.mean(done) == pytest.approx(probability, abs=0.03)
    # how strong says nothing of whether
    assert not done.any() or np.mean(made[done]) == pytest.approx(15, abs=0.5)


@given(st.tuples(st.floats(-180, 180), st.floats(-180, 180)).map(sorted), st.floats(0, 1))
def test_values_lie_between_the_ends(ends: list[float], uniform: float) -> None:
    low, high = ends
    assert low <= between((low, high), uniform) <= high
    assert between((low, high), 0.0) == low
