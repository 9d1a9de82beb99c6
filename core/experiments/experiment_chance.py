"""Whether an arm's accuracy is above what always answering the largest class would get."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, floor, lgamma, log, log1p
from statistics import fmean

_TAIL = 0.025  # on either side of a 95 % interval
_SHARE, _FEWEST = 1 / 3, 3
_HALVINGS = 50


@dataclass(frozen=True)
class Late:
    """The mean accuracy of the last ``epochs`` of all seeds, and its exact 95 % interval.

    No epoch is chosen, or the best of many would leave chance by chance. Each seed counts as so
    many answers as there are pictures, however many epochs it is the mean of.
    """

    mean: float
    epochs: int
    interval: tuple[float, float]


def late(curves: Sequence[Sequence[float]], images: int) -> Late:
    """How right the last third of the epochs of each seed's curve is, of three at least (or all
    there are), on ``images`` pictures each."""
    epochs = min(max(_FEWEST, round(_SHARE * len(curve))) for curve in curves)
    epochs = min(epochs, *map(len, curves))
    mean = fmean(fmean(curve[-epochs:]) for curve in curves)
    return Late(mean, epochs, _interval(mean, images * len(curves)))


def was_above(curves: Sequence[Sequence[float]], images: int, epochs: int, share: float) -> bool:
    """Whether the curves were surely above ``share`` before their last ``epochs``: one that is not
    any more has lost what it had learned."""
    before = [curve[:-epochs] for curve in curves]
    if not all(before):
        return False
    return _interval(fmean(map(fmean, before)), images * len(curves))[0] > share


def _interval(mean: float, total: int) -> tuple[float, float]:
    right = min(floor(mean * total + 1e-6), total)  # never more than they were
    return exact_interval(right, total)


def exact_interval(correct: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share by Clopper and Pearson (Biometrika 26, 1934, 404-413): it
    holds all shares that both of the binomial's tails allow. (0, 1) where nothing was counted.

    Unlike Wilson's it errs to one side in no more than 2.5 % of the cases, however few.
    """
    if total == 0:
        return 0.0, 1.0
    return _lowest(correct, total), 1.0 - _lowest(total - correct, total)


def _lowest(correct: int, total: int) -> float:
    """The share at which ``correct`` or more of ``total`` have a chance of 2.5 %."""
    if correct == 0:
        return 0.0
    low, high = 0.0, correct / total
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if tail(correct, total, middle) < _TAIL:
            low = middle
        else:
            high = middle
    return low


def tail(correct: int, total: int, share: float) -> float:
    """The chance of ``correct`` or more of ``total`` answers, each right with ``share``, which
    is above 0 and at most ``correct`` / ``total``."""
    if share >= 1:
        return 1.0
    ways = lgamma(total + 1) - lgamma(correct + 1) - lgamma(total - correct + 1)
    term = exp(ways + correct * log(share) + (total - correct) * log1p(-share))
    found, odds = 0.0, share / (1 - share)
    for one in range(correct, total + 1):  # beyond the mean each is less than the one before
        found += term
        if term <= 1e-15 * found:
            break
        term *= odds * (total - one) / (one + 1)
    return found
