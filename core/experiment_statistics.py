"""A figure's band over seeds, and the level that a curve of accuracies tends to."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt
from statistics import fmean, stdev
from typing import Literal

BandKind = Literal["interval", "range", "single"]

# Student's t, 97.5 %, by degrees of freedom from 1.
_T = (
    *(12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281),
    *(2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860),
)
_T_MANY = 2.0860  # a little too wide from there on
_FEWEST_FOR_INTERVAL = 3
_FEWEST_TO_FIT = 8
_PACES = tuple(0.5 * 1.05**step for step in range(100))
_LARGEST_STEP = 0.05  # how far above the last epochs' mean a fitted level may lie
_SMALLEST_STEP = -0.005
_LAST_SHARE, _FEWEST_LAST = 0.2, 3


@dataclass(frozen=True)
class Band:
    """A figure over seeds. ``kind``: the 95 % interval of the mean by Student's t (three seeds or
    more), the range from lowest to highest (two), or a single value without a band."""

    mean: float
    low: float
    high: float
    kind: BandKind
    values: tuple[float, ...]

    def is_apart(self, other: "Band") -> bool:
        """Whether the two bands don't overlap; a single value has none, so never."""
        if "single" in (self.kind, other.kind):
            return False
        return self.low > other.high or other.low > self.high


def band(values: Sequence[float], low: float = 0.0, high: float = 1.0) -> Band:
    """The band of ``values``, which cannot be below ``low`` or above ``high``."""
    mean, given = fmean(values), tuple(values)
    if len(values) == 1:
        return Band(mean, mean, mean, "single", given)
    if len(values) < _FEWEST_FOR_INTERVAL:
        return Band(mean, min(values), max(values), "range", given)
    freedom = len(values) - 1
    t = _T[freedom - 1] if freedom <= len(_T) else _T_MANY
    spread = t * stdev(values) / sqrt(len(values))
    return Band(mean, max(low, mean - spread), min(high, mean + spread), "interval", given)


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
