"""Intervals and tests for counts of right answers, in plain Python."""

from collections.abc import Sequence
from math import sqrt

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
