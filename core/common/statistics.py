"""Confidence intervals and significance tests: Wilson, Clopper-Pearson, Newcombe, McNemar, Holm,
Student, Welch.

The distributions are scipy's, which is imported only where one is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, variance

_TAIL = 0.025  # on either side of a 95 % interval
_Z95 = 1.959963984540054  # the normal distribution's 97.5 % point


def wilson(correct: int, total: int) -> tuple[float, float]:
    """95 % interval of a share, by Wilson's score method (JASA 22, 1927, 209-212).

    Returns (low, high) within [0, 1]; (0, 1) where nothing was counted. Raises
    ``ValueError`` unless 0 <= correct <= total.
    """
    if not 0 <= correct <= total:
        raise ValueError(f"correct must be between 0 and total, got {correct} of {total}")
    if total == 0:
        return 0.0, 1.0
    share = correct / total
    square = _Z95 * _Z95
    centre = share + square / (2 * total)
    spread = _Z95 * sqrt(share * (1 - share) / total + square / (4 * total * total))
    low = 0.0 if correct == 0 else (centre - spread) / (1 + square / total)
    high = 1.0 if correct == total else (centre + spread) / (1 + square / total)
    return max(0.0, low), min(1.0, high)


def mcnemar(only_first: int, only_second: int) -> float:
    """Exact two-sided p of McNemar's test (Psychometrika 12, 1947, 153-157).

    The arguments count the pictures that only the first, or only the second, of two
    classifiers got right; those on which both agree carry no information.
    """
    if only_first < 0 or only_second < 0:
        raise ValueError("counts cannot be negative")
    total = only_first + only_second
    tail = ways = 1  # binomial coefficients, each from the one before: exact and quick
    for k in range(min(only_first, only_second)):
        ways = ways * (total - k) // (k + 1)
        tail += ways
    return min(1.0, 2 * tail / (1 << total))


def newcombe(both: int, only_first: int, only_second: int, neither: int) -> tuple[float, float]:
    """95 % interval (low, high) of the second share less the first, of two classifiers on the
    same images (Newcombe, Statistics in Medicine 17, 1998, 2635-2650, method 10).

    The arguments count the images that both, only one, or neither got right. Returns (-1, 1)
    where nothing was counted. Raises ``ValueError`` for a negative count.
    """
    if min(both, only_first, only_second, neither) < 0:
        raise ValueError("counts cannot be negative")
    total = both + only_first + only_second + neither
    if not total:
        return -1.0, 1.0
    first, second = both + only_first, both + only_second
    (first_low, first_high), (second_low, second_high) = wilson(first, total), wilson(second, total)
    correlation = _correlation(both * neither - only_first * only_second, first, second, total)
    difference = (second - first) / total

    def reach(mine: float, other: float) -> float:
        return sqrt(max(0.0, mine * mine - 2 * correlation * mine * other + other * other))

    low = reach(second / total - second_low, first_high - first / total)
    high = reach(second_high - second / total, first / total - first_low)
    return max(-1.0, difference - low), min(1.0, difference + high)


def _correlation(determinant: int, first: int, second: int, total: int) -> float:
    """Phi of the two classifiers' answers, corrected for continuity; 0 where one of them is
    right, or wrong, on every image."""
    spread = first * (total - first) * second * (total - second)
    if not spread:
        return 0.0
    corrected = max(determinant - total / 2, 0.0) if determinant > 0 else float(determinant)
    return corrected / sqrt(spread)


def holm(values: Sequence[float]) -> list[float]:
    """The p ``values`` of several tests, corrected for their number (Holm, Scandinavian Journal
    of Statistics 6, 1979, 65-70): with each below 0.05 called a difference, the chance that any
    of those is none stays below 5 %. In the given order.
    """
    corrected, largest = [0.0] * len(values), 0.0
    for rank, number in enumerate(sorted(range(len(values)), key=lambda one: values[one])):
        largest = max(largest, min(1.0, (len(values) - rank) * values[number]))
        corrected[number] = largest
    return corrected


def exact_interval(correct: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share by Clopper and Pearson (Biometrika 26, 1934, 404-413): it
    holds all shares that both of the binomial's tails allow. (0, 1) where nothing was counted.

    Unlike Wilson's it errs to one side in no more than 2.5 % of the cases, however few.
    """
    from scipy.special import betaincinv

    def lowest(correct: int) -> float:
        return float(betaincinv(correct, total - correct + 1, _TAIL)) if correct else 0.0

    return lowest(correct), 1.0 - lowest(total - correct)


def student(freedom: float) -> float:
    """The 97.5 % point of Student's t with ``freedom`` degrees of freedom, above 0."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 1 - _TAIL))


@dataclass(frozen=True)
class Difference:
    """The difference of two means, the first less the second, and the two-sided ``p`` of a test
    of whether there is any."""

    mean: float
    p: float


FEWEST_FOR_TEST = 3


def difference(first: Sequence[float], second: Sequence[float], *, paired: bool) -> Difference:
    """How far apart the means of two samples are, and how likely that is by chance alone.

    ``paired``: the values at a place belong together, and Student's t of their differences is
    taken; else Welch's (Biometrika 34, 1947, 28-35). Each needs three values, or raises
    ``ValueError``.
    """
    from scipy.special import stdtr

    if min(len(first), len(second)) < FEWEST_FOR_TEST:
        raise ValueError("fewer than three values have no test")
    if paired:
        apart = [one - other for one, other in zip(first, second, strict=True)]
        mean, error, freedom = fmean(apart), variance(apart) / len(apart), len(apart) - 1.0
    else:
        mean = fmean(first) - fmean(second)
        errors = [variance(one) / len(one) for one in (first, second)]
        error, parts = sum(errors), zip(errors, (first, second), strict=True)
        below = sum(own**2 / (len(one) - 1) for own, one in parts)
        freedom = error**2 / below if below else 2.0  # without any spread it doesn't matter
    if error > 0:
        return Difference(mean, 2 * float(stdtr(freedom, -abs(mean) / sqrt(error))))
    return Difference(mean, 0.0 if mean else 1.0)
