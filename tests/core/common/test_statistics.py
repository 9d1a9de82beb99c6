"""The intervals and the test against scipy's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from core.common.statistics import holm, mcnemar, newcombe, wilson


@st.composite
def _counts(draw: st.DrawFn) -> tuple[int, int]:
    total = draw(st.integers(min_value=1, max_value=100_000))
    return draw(st.integers(min_value=0, max_value=total)), total


@given(_counts())
def test_wilson_is_scipys(counts: tuple[int, int]) -> None:
    correct, total = counts
    theirs = binomtest(correct, total).proportion_ci(confidence_level=0.95, method="wilson")
    assert wilson(correct, total) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@given(_counts())
def test_the_interval_holds_the_share_and_stays_between_none_and_all(
    counts: tuple[int, int],
) -> None:
    correct, total = counts
    low, high = wilson(correct, total)
    assert 0 <= low <= correct / total <= high <= 1
    assert low < high


def test_all_right_still_leaves_doubt() -> None:
    low, high = wilson(10, 10)
    assert high == 1
    assert low == pytest.approx(0.7225, abs=5e-5)


def test_nothing_counted_says_nothing() -> None:
    assert wilson(0, 0) == (0, 1)


@pytest.mark.parametrize(("correct", "total"), [(-1, 10), (11, 10), (1, 0)])
def test_impossible_counts_are_refused(correct: int, total: int) -> None:
    with pytest.raises(ValueError, match="between 0 and total"):
        wilson(correct, total)


@given(st.integers(min_value=0, max_value=3000), st.integers(min_value=0, max_value=3000))
def test_mcnemar_is_scipys_exact_binomial_test(first: int, second: int) -> None:
    theirs = binomtest(first, first + second, 0.5).pvalue if first + second else 1.0
    assert mcnemar(first, second) == pytest.approx(theirs, rel=1e-9)
    assert mcnemar(first, second) == mcnemar(second, first)


def test_six_to_none_is_not_by_chance_but_five_to_none_may_be() -> None:
    assert mcnemar(6, 0) == 0.03125
    assert mcnemar(0, 5) == 0.0625


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        mcnemar(-1, 3)


def test_holm_is_the_worked_example() -> None:
    """Four p times 4, 3, 2 and 1 from the smallest on, none below the one before it."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.2]) == [0.2]
    assert holm([]) == []


@given(st.lists(st.floats(min_value=0, max_value=1), min_size=1, max_size=20))
def test_holm_finds_at_most_what_each_test_alone_does_and_at_least_what_bonferroni_does(
    values: list[float],
) -> None:
    corrected = holm(values)
    for p, adjusted in zip(values, corrected, strict=True):
        assert p <= adjusted <= min(1.0, len(values) * p)
    order = sorted(range(len(values)), key=lambda one: values[one])
    assert [corrected[one] for one in order] == sorted(corrected)


@pytest.mark.parametrize(
    ("counts", "interval"),
    [
        # published: Newcombe's own table, and two trials in Fagerland, Lydersen and Laake (2017)
        ((36, 2, 12, 0), (0.0569, 0.3404)),
        ((20, 2, 12, 16), (0.0562, 0.3292)),
        ((59, 16, 6, 80), (-0.1186, -0.0046)),
    ],
)
def test_newcombes_interval_is_the_published_one(
    counts: tuple[int, int, int, int], interval: tuple[float, float]
) -> None:
    assert newcombe(*counts) == pytest.approx(interval, abs=6e-5)


_count = st.integers(min_value=0, max_value=3000)


@given(_count, _count, _count, _count)
def test_newcombes_interval_holds_the_difference_and_turns_round_with_the_classifiers(
    both: int, first: int, second: int, neither: int
) -> None:
    total = both + first + second + neither
    low, high = newcombe(both, first, second, neither)
    assert -1 <= low <= high <= 1
    assert low - 1e-12 <= (second - first) / max(1, total) <= high + 1e-12
    assert newcombe(both, second, first, neither) == pytest.approx((-high, -low), abs=1e-12)


def test_newcombe_refuses_a_negative_count() -> None:
    with pytest.raises(ValueError, match="negative"):
        newcombe(3, -1, 0, 0)
