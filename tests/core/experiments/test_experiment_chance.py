"""Whether an arm has left the chance level: exact, and rarely by chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.experiments.marks import exact_interval, late, tail


@given(total=st.integers(1, 3000), data=st.data())
def test_the_interval_is_scipys(total: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, total))
    right = stats.binomtest(correct, total).proportion_ci(method="exact")
    assert exact_interval(correct, total) == pytest.approx((right.low, right.high), abs=1e-9)


def test_the_tail_is_scipys_and_nothing_counted_says_nothing() -> None:
    assert tail(30, 100, 0.25) == pytest.approx(stats.binom.sf(29, 100, 0.25))
    assert exact_interval(0, 0) == (0.0, 1.0)


def test_it_is_the_last_third_of_three_epochs_at_least() -> None:
    assert late([[0.0] * 9 + [0.5, 0.6, 0.7]], 10).epochs == 4
    assert late([[0.1, 0.4, 0.6, 0.8]], 10).mean == pytest.approx(0.6)
    assert late([[0.4, 0.6], [0.5, 0.5]], 10).epochs == 2


@pytest.mark.parametrize(("images", "share"), [(8, 0.125), (40, 0.25), (100, 0.1), (200, 0.5)])
@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("is_stuck", [True, False])
def test_answers_at_random_seldom_leave_chance(
    images: int, share: float, seeds: int, is_stuck: bool
) -> None:
    """Answers that stay the same from epoch to epoch, and such that change."""
    draws = np.random.default_rng(images + seeds)
    left = 0
    for _ in range(400):
        right = draws.binomial(images, share, (seeds, 1 if is_stuck else 12))
        curves = (np.broadcast_to(right, (seeds, 12)) / images).tolist()
        left += late(curves, images).interval[0] > share
    assert left <= 0.05 * 400


def test_an_arm_that_learned_a_little_has_left_it() -> None:
    draws = np.random.default_rng(1)
    curves = (draws.binomial(100, 0.2, (3, 12)) / 100).tolist()
    assert late(curves, 100).interval[0] > 0.1
