"""Confidence intervals and significance tests in plain Python: Wilson, Newcombe, McNemar, Holm,
Student."""

from collections.abc import Sequence
from math import exp, lgamma, log, log1p, sqrt

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


_FRACTIONS = 300
_SMALLEST = 1e-300
_CLOSE = 1e-14


def two_sided(t: float, freedom: float) -> float:
    """The chance that Student's t of ``freedom`` degrees of freedom (above 0, whole or not) is at
    least as far from zero as ``t`` (Abramowitz and Stegun 26.7.1, 26.5.27)."""
    if t == 0:
        return 1.0
    return _beta(freedom / (freedom + t * t), freedom / 2, 0.5)


def _beta(x: float, a: float, b: float) -> float:
    """The regularized incomplete beta function, for x between 0 and 1."""
    if not 0 < x < 1:
        return 0.0 if x <= 0 else 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1) / (a + b + 2):  # where the fraction converges quickly
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """Its continued fraction (Abramowitz and Stegun 26.5.8), by Lentz's method."""
    upper, lower = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    found = lower
    for m in range(1, _FRACTIONS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            lower = 1 / _away_from_zero(1 + term * lower)
            upper = _away_from_zero(1 + term / upper)
            found *= upper * lower
        if abs(upper * lower - 1) < _CLOSE:
            break
    return found


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _SMALLEST else _SMALLEST
