"""The range test's curve: when it is over, and the rate that is suggested."""

from itertools import pairwise
from math import exp, inf, log, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training.rate_curve import HIGHEST, LOWEST, RateCurve, longest_fall, rates, steady, valley


def curve_of(losses: list[float], steps: int = 80) -> RateCurve:
    curve = RateCurve(steps)
    for rate, loss in zip(rates(steps), losses, strict=False):
        curve.add(rate, loss)
        if curve.is_over:
            break
    return curve


def test_rates_grow_by_the_same_factor_from_the_lowest_to_the_highest() -> None:
    tried = rates(81)
    assert tried[0] == LOWEST
    assert tried[-1] == pytest.approx(HIGHEST)
    assert all(b / a == pytest.approx(10**0.1) for a, b in pairwise(tried))


def test_the_suggestion_is_where_the_loss_falls_and_not_where_it_turns() -> None:
    """A loss that falls from 2 to 0.2 between rates of 1e-4 and 1e-2, and explodes at 1."""
    losses = [0.2 + 1.8 / (1 + (rate / 1e-3) ** 2) + (rate / 0.5) ** 3 for rate in rates()]
    found = curve_of(losses).suggestion()
    assert found is not None
    assert 3e-4 < found < 5e-3


def test_the_tiny_fall_before_the_loss_falls_in_earnest_is_no_part_of_it() -> None:
    def loss(rate: float) -> float:
        return 2 - 1e-7 * log(rate / LOWEST) - 1.8 * (1 - exp(-rate / 1e-2))

    tried = [rate for rate in rates() if rate < 1e-1]
    found = valley(tried, [loss(rate) for rate in tried])
    assert found is not None
    assert found > 5e-4


def test_a_bump_on_the_way_down_does_not_end_it() -> None:
    tried = rates(9)
    assert valley(tried, [5, 4, 3, 3.5, 2, 1, 0.5, 3, 9]) == float(f"{tried[2]:.1e}")


@pytest.mark.parametrize(
    "losses",
    [
        [],
        [1.0],
        [1.0] * 80,
        [2 + 0.01 * step for step in range(80)],
        [2 - 1e-4 * n for n in range(80)],
    ],
)
def test_a_loss_that_never_falls_suggests_nothing(losses: list[float]) -> None:
    assert curve_of(losses).suggestion() is None


def test_it_is_over_when_the_loss_is_much_worse_than_it_was() -> None:
    curve = curve_of([2.0] * 10 + [1.0] * 20 + [50.0] * 50)
    assert curve.is_over
    assert 30 < len(curve.tried) < 40
    assert curve.tried[-1].steps == 80


@pytest.mark.parametrize("loss", [nan, inf])
def test_it_is_over_when_the_loss_is_no_number(loss: float) -> None:
    curve = curve_of([2.0, 1.0, loss, 1.0])
    assert curve.is_over
    assert [one.loss for one in curve.tried] == [2.0, 1.0]


def test_it_is_over_after_the_last_step() -> None:
    assert curve_of([2.0] * 80).is_over
    assert not curve_of([2.0] * 79).is_over


def test_one_lucky_batch_moves_the_smoothed_loss_little() -> None:
    curve = curve_of([2.0] * 20 + [0.0] + [2.0] * 20)
    assert [one.smoothed for one in curve.tried[:20]] == pytest.approx([2.0] * 20)
    assert min(one.smoothed for one in curve.tried) > 1.5


@given(st.lists(st.integers(-20, 20), max_size=9))
def test_the_longest_fall_is_the_longest(losses: list[int]) -> None:
    way = longest_fall([float(one) for one in losses])
    assert all(a < b and losses[a] > losses[b] for a, b in pairwise(way))
    lengths: list[int] = []
    for place, loss in enumerate(losses):
        before = [lengths[n] for n in range(place) if losses[n] > loss]
        lengths.append(1 + max(before, default=0))
    assert len(way) == max(lengths, default=0)


# Random weights on photographs of ten classes: the last step before the loss leaps is the best.
ON_PHOTOGRAPHS = [
    *[(1e-7 * 1.3664**step, 2.3026) for step in range(23)],
    (1.31e-4, 2.3028),
    (1.80e-4, 2.2993),
    (2.45e-4, 2.2928),
    (3.35e-4, 2.3362),
    (4.58e-4, 2.3267),
]


def test_random_weights_whose_loss_hardly_fell_get_a_rate() -> None:
    tried, losses = zip(*ON_PHOTOGRAPHS, strict=True)
    assert valley(tried, losses) is None
    assert steady(tried, losses) == pytest.approx(2.4e-5, rel=0.05)


def test_a_loss_that_only_trembles_gives_none() -> None:
    tried = rates()
    losses = [2.3026 - 0.002 * (step % 7 == 3) for step in range(len(tried))]
    assert steady(tried, losses) is None
