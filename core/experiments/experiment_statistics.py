"""A figure's band over seeds, and the level that a curve of accuracies tends to."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, floor, sqrt
from statistics import fmean, stdev
from typing import Literal

from core.common.statistics import two_sided

BandKind = Literal["interval", "range", "single"]

# Student's t, 97.5 %, by degrees of freedom from 1.
_T = (
    *(12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281),
    *(2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860),
)
_Z = 1.959963984540054  # what it comes down to with ever more
FEWEST_FOR_INTERVAL = 3
_FEWEST_TO_FIT = 8
_PACES = tuple(0.5 * 1.05**step for step in range(100))
_LARGEST_STEP = 0.05  # how far above the last epochs' mean a fitted level may lie
_SMALLEST_STEP = -0.005
_LAST_SHARE, _FEWEST_LAST = 0.2, 3


@dataclass(frozen=True)
class Band:
    """A figure over seeds. ``kind``: the 95 % interval of the mean by Student's t (three seeds or
    more), the range from lowest to highest (of two, and of times), or a single value without a
    band."""

    mean: float
    low: float
    high: float
    kind: BandKind
    values: tuple[float, ...]


def band(values: Sequence[float], low: float = 0.0, high: float = 1.0) -> Band:
    """The band of ``values``, which cannot be below ``low`` or above ``high``."""
    mean, given = fmean(values), tuple(values)
    if len(values) == 1:
        return Band(mean, mean, mean, "single", given)
    if len(values) < FEWEST_FOR_INTERVAL:
        return Band(mean, min(values), max(values), "range", given)
    spread = student(len(values) - 1) * stdev(values) / sqrt(len(values))
    return Band(mean, max(low, mean - spread), min(high, mean + spread), "interval", given)


def span(values: Sequence[float]) -> Band:
    """The mean of ``values`` and their range: of times, which no interval of a mean describes,
    where the first run computes what the others find."""
    kind: BandKind = "range" if len(values) > 1 else "single"
    return Band(fmean(values), min(values), max(values), kind, tuple(values))


def student(freedom: float) -> float:
    """The 97.5 % point of Student's t with ``freedom``, from 2, degrees of freedom.

    Right to four digits for whole ones. Between two of them a line, in one over the freedom, is
    at most 2 % too high and never too low; from 20 on it is Fisher's expansion (Abramowitz and
    Stegun 26.7.5).
    """
    if freedom >= len(_T):
        first, second = (_Z**3 + _Z) / 4, (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / 96
        third = (3 * _Z**7 + 19 * _Z**5 + 17 * _Z**3 - 15 * _Z) / 384
        return _Z + first / freedom + second / freedom**2 + third / freedom**3
    below = floor(freedom)
    share = (1 / below - 1 / freedom) / (1 / below - 1 / (below + 1))
    return _T[below - 1] + share * (_T[below] - _T[below - 1])


@dataclass(frozen=True)
class Difference:
    """The difference of two arms' means, ``first`` less ``second``, and the two-sided ``p`` of a
    test of whether there is any."""

    mean: float
    p: float


def difference(first: Sequence[float], second: Sequence[float], *, paired: bool) -> Difference:
    """How far apart two arms are, and how likely that is by chance alone.

    ``paired``: the values at a place are of the same seed, so of the same pictures in the same
    order, and Student's t of their differences is taken; else Welch's (Biometrika 34, 1947,
    28-35). Each needs three values, or raises ``ValueError``.
    """
    if min(len(first), len(second)) < FEWEST_FOR_INTERVAL:
        raise ValueError("fewer than three values have no test")
    if paired:
        apart = [one - other for one, other in zip(first, second, strict=True)]
        mean, error, freedom = fmean(apart), stdev(apart) ** 2 / len(apart), len(apart) - 1.0
    else:
        mean = fmean(first) - fmean(second)
        errors = [stdev(one) ** 2 / len(one) for one in (first, second)]
        error, parts = sum(errors), zip(errors, (first, second), strict=True)
        below = sum(own**2 / (len(one) - 1) for own, one in parts)
        freedom = error**2 / below if below else 2.0  # without any spread it doesn't matter
    if error > 0:
        return Difference(mean, two_sided(mean / sqrt(error), freedom))
    return Difference(mean, 0.0 if mean else 1.0)


def last_mean(accuracies: Sequence[float]) -> float:
    """The mean of the last fifth of the epochs, of three at least (or all there are)."""
    return fmean(accuracies[-last_epochs(len(accuracies)) :])


def last_epochs(epochs: int) -> int:
    """Over how many of so many ``epochs`` ``last_mean`` goes."""
    return min(epochs, max(_FEWEST_LAST, round(epochs * _LAST_SHARE)))


def fitted_level(accuracies: Sequence[float]) -> float | None:
    """The level a of a - b exp(-epoch / pace), by least squares, to which ``accuracies`` tend.

    For each of a hundred paces the best a and b have a closed form; the pace with the least
    error is taken. None where that is no trustworthy end: fewer than eight epochs, a curve that
    falls, a pace longer than half of the epochs seen, a level above 1, more than five points above
    the mean of the last epochs, or more than half a point below it.
    """
    count = len(accuracies)
    if count < _FEWEST_TO_FIT:
        return None
    fits = [
        (*_line([exp(-one / pace) for one in range(count)], accuracies), pace) for pace in _PACES
    ]
    _error, level, slope, pace = min(fits)
    last = last_mean(accuracies)
    is_level = last + _SMALLEST_STEP <= level <= min(1.0, last + _LARGEST_STEP)
    return level if slope < 0 and pace <= count / 2 and is_level else None


def _line(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float, float]:
    """The squared error, the level and the slope of the best ys = level + slope xs."""
    x_mean, y_mean = fmean(xs), fmean(ys)
    spread = sum((x - x_mean) ** 2 for x in xs)
    slope = sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True)) / spread
    level = y_mean - slope * x_mean
    error = sum((level + slope * x - y) ** 2 for x, y in zip(xs, ys, strict=True))
    return error, level, slope
