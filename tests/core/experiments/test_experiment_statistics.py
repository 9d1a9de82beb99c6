"""Bands over seeds and end levels, against scipy and against curves whose end is known."""

from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.common.statistics import two_sided
from core.experiments.marks import band, difference, fitted_level, last_mean, span, student


@pytest.mark.parametrize("count", [3, 4, 5, 10, 20])
def test_three_seeds_or_more_give_students_interval(count: int) -> None:
    values = np.random.default_rng(count).normal(0.5, 0.02, count)
    made = band(values.tolist())
    low, high = stats.t.interval(0.95, count - 1, values.mean(), stats.sem(values))
    assert made.kind == "interval"
    assert (made.mean, made.low, made.high) == pytest.approx((values.mean(), low, high), abs=1e-5)


def test_two_seeds_give_their_range_and_one_nothing() -> None:
    two, one = band([0.7, 0.5]), band([0.6])
    assert (two.kind, two.low, two.high) == ("range", 0.5, 0.7)
    assert one.kind == "single"


@pytest.mark.parametrize("freedom", [2.0, 2.3, 2.9, 3.0, 4.5, 9.9, 19.7, 20.0, 33.3, 200.0])
def test_students_quantile_is_never_too_low(freedom: float) -> None:
    right = stats.t.ppf(0.975, freedom)
    assert right - 1e-4 <= student(freedom) <= right * 1.02
    if freedom.is_integer():
        assert student(freedom) == pytest.approx(right, abs=1e-4)


@pytest.mark.parametrize("count", [3, 5, 12])
def test_the_test_of_a_difference_is_scipys(count: int) -> None:
    first, second = np.random.default_rng(count).normal((0.6, 0.5), (0.02, 0.03), (count, 2)).T
    found = difference(first.tolist(), second.tolist(), paired=True)
    assert found.p == pytest.approx(stats.ttest_rel(first, second).pvalue, rel=1e-9)
    assert found.mean == pytest.approx((first - second).mean())
    if count > 3:
        welch = stats.ttest_ind(first, second[1:], equal_var=False)
        unequal = difference(first.tolist(), second[1:].tolist(), paired=False)
        assert unequal.p == pytest.approx(welch.pvalue, rel=1e-9)


@given(t=st.floats(-1e4, 1e4), freedom=st.floats(1.0, 200.0))
def test_the_tails_of_students_t_are_scipys(t: float, freedom: float) -> None:
    assert two_sided(t, freedom) == pytest.approx(2 * stats.t.sf(abs(t), freedom), rel=1e-6)


def test_a_difference_needs_three_of_each_and_bears_no_spread() -> None:
    with pytest.raises(ValueError, match="three"):
        difference([0.1, 0.2], [0.1, 0.2, 0.3], paired=False)
    for paired in (True, False):
        apart = difference([0.75] * 3, [0.5] * 3, paired=paired)
        assert (apart.mean, apart.p) == (0.25, 0.0)
        assert difference([0.5] * 3, [0.5] * 3, paired=paired).p == 1.0


def test_times_have_their_range_however_many_there_are() -> None:
    made = span([2.0, 0.1, 0.3])
    assert (made.kind, made.low, made.high) == ("range", 0.1, 2.0)
    assert span([1.0]).kind == "single"


def test_no_band_leaves_what_is_possible() -> None:
    made = band([0.9, 1.0, 1.0])
    assert made.high == 1.0
    assert made.low < 0.9


@given(
    level=st.floats(0.5, 0.95),
    start=st.floats(0.1, 0.4),
    pace=st.floats(1.0, 4.0),
)
def test_the_end_of_an_exponential_approach_is_found(
    level: float, start: float, pace: float
) -> None:
    curve = [level - (level - start) * exp(-epoch / pace) for epoch in range(14)]
    found = fitted_level(curve)
    assert found == pytest.approx(level, abs=0.01)


@pytest.mark.parametrize(
    "curve",
    [
        [0.3, 0.5, 0.6, 0.65],  # too short
        [0.9 - 0.02 * epoch for epoch in range(12)],  # falls
        [0.1 + 0.05 * epoch for epoch in range(12)],  # a straight line has no end
        [0.5, 0.6, 0.65, 0.66, 0.66, 0.66, 0.66, 0.95, 0.96, 0.95, 0.96, 0.95],  # two stages
    ],
)
def test_a_curve_without_a_trustworthy_end_has_none(curve: list[float]) -> None:
    assert fitted_level(curve) is None


def test_the_last_epochs_are_a_fifth_but_three_at_least() -> None:
    assert last_mean([0.0] * 7 + [0.3, 0.6, 0.9]) == pytest.approx(0.6)
    assert last_mean([0.0] * 20 + [1.0] * 5) == 1.0
    assert last_mean([0.4, 0.6]) == 0.5
