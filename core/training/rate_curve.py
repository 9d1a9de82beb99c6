"""The learning-rate range test's curve: the rates to try, the smoothed loss, the rate to suggest.

Source: L. N. Smith, "Cyclical learning rates for training neural networks", arXiv:1506.01186,
section 3.3: train for a few steps while the rate grows, and look where the loss falls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

STEPS = 80
LOWEST, HIGHEST = 1e-7, 10.0
TOO_MUCH = 4.0  # times the best loss: from there on it only gets worse
_SMOOTHING = 0.8
_SMALLEST_FALL = 0.05  # of the loss; less may be chance
_BEGUN = 0.05  # the share of a fall after which it has begun in earnest
_TENTH = 0.1
_ANY_FALL = 0.002  # of the loss; before it rises, noise moves a smoothed one by a tenth of that


@dataclass(frozen=True)
class RateTried:
    """Step ``step`` of ``steps`` was made at ``rate``, the head's; before it, its batch had a
    mean ``loss``, which is ``smoothed`` over the steps until then."""

    step: int
    steps: int
    rate: float
    loss: float
    smoothed: float


@dataclass(frozen=True)
class RateFound:
    """The end: the rate to suggest for the head of ``stage`` (from 1), None where the loss never
    fell. ``from_start``: the stage is not the recipe's first, but was tried with a new head on
    the weights that the recipe begins with."""

    stage: int
    rate: float | None
    from_start: bool = False


def rates(steps: int = STEPS) -> list[float]:
    """``steps`` rates from the lowest to the highest, each as many times the one before."""
    return [LOWEST * (HIGHEST / LOWEST) ** (step / (steps - 1)) for step in range(steps)]


class RateCurve:
    """What has been tried until now; ``is_over`` once more would tell nothing."""

    def __init__(self, steps: int = STEPS) -> None:
        self.tried: list[RateTried] = []
        self.is_over = False
        self._steps = steps
        self._mean, self._best = 0.0, float("inf")

    def add(self, rate: float, loss: float) -> RateTried | None:
        """The step at ``rate``; None where its ``loss`` is no number any more."""
        if not isfinite(loss):
            self.is_over = True
            return None
        number = len(self.tried) + 1
        self._mean = _SMOOTHING * self._mean + (1 - _SMOOTHING) * loss
        smoothed = self._mean / (1 - _SMOOTHING**number)
        self._best = min(self._best, smoothed)
        self.is_over = smoothed > TOO_MUCH * self._best or number == self._steps
        self.tried.append(RateTried(number, self._steps, rate, loss, smoothed))
        return self.tried[-1]

    def suggestion(self) -> float | None:
        """The rate to train with; None where the loss never fell."""
        return valley(
            [one.rate for one in self.tried],
            [one.smoothed for one in self.tried],
        )


def valley(rates: Sequence[float], losses: Sequence[float]) -> float | None:
    """The rate a third along the longest way down that ``losses`` take while ``rates`` grow, to
    two digits; None where there is none.

    The way may be interrupted: it is the longest falling subsequence. After "valley" in fastai
    (fastai/callback/schedule.py), which takes the middle of all of it. Here the way begins where
    the loss has begun to fall in earnest: that of a head which starts at zero falls a little
    from the very first step, so that its middle would be far too low.
    """
    way = longest_fall(losses)
    if not way:
        return None
    top, bottom = losses[way[0]], losses[way[-1]]
    if top - bottom < _SMALLEST_FALL * abs(top):
        return None
    first = next(one for one in way if top - losses[one] >= _BEGUN * (top - bottom))
    rate = rates[first + (way[-1] - first) // 3]
    return float(f"{rate:.1e}")


def steady(rates: Sequence[float], losses: Sequence[float]) -> float | None:
    """The lower of two readings of ``losses`` while ``rates`` grow: the ``valley``, and a tenth of
    the rate at which the loss is lowest, to two digits; None where it never fell.

    For networks of any kind alike. Random weights have fallen by only a hundredth when the rate
    is already too high for them, too little of a way down for ``valley``; a head on features that
    tell the classes well falls on and on, where a tenth of the last rate would be far too high.
    """
    if not losses:
        return None
    lowest = min(range(len(losses)), key=losses.__getitem__)
    if losses[0] - losses[lowest] < _ANY_FALL * abs(losses[0]):
        return None
    tenth = float(f"{rates[lowest] * _TENTH:.1e}")
    return min(tenth, valley(rates, losses) or tenth)


def longest_fall(losses: Sequence[float]) -> list[int]:
    """The places of the longest strictly falling subsequence of ``losses``, in order; of several
    the one that ends last."""
    ways: list[list[int]] = [[]]  # the longest to each place, the last ones first
    for place, loss in enumerate(losses):
        before = [way for way in ways if not way or losses[way[-1]] > loss]
        ways.insert(0, [*max(before, key=len), place])
    return max(ways, key=len)
