"""What can be said of a run's curves: figures for the window, for files and for reports alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import isfinite

from core.common.statistics import wilson
from core.runs.events import EpochFinished
from core.runs.history import History

EPOCHS_ABOVE = 3  # so many in a row make a rise of the validation loss more than chance


@dataclass(frozen=True)
class Overfitting:
    """A stage learned its training pictures by heart from some epoch on.

    All are epochs counted over the run, from 1. It is known at ``epoch``. ``best`` is the one
    whose weights the run keeps, by its own rule. ``lowest`` is the one of the stage's lowest
    validation loss, and every epoch from ``first`` to ``last``, those that follow it, has a
    higher one: the gap.
    """

    epoch: int
    best: int
    lowest: int
    first: int
    last: int


def overfitting(history: History) -> Overfitting | None:
    """Where the run overfits first, or None.

    The rule: validation loss has been above its lowest of the stage for three epochs in a row,
    and the training loss is lower after them than it was before them. What a later epoch of the
    run makes up for, by a validation loss that is as low again, is none.
    """
    best = history.best
    losses = [one.validation.loss for one in history.epochs]
    before = 0
    for _, stage in groupby(history.epochs, key=lambda one: one.stage):
        epochs = list(stage)
        gap, known = _gap(epochs)
        low = before + gap.start - 1
        before += len(epochs)
        if known is None or best is None or min(losses[low + 1 :]) <= losses[low]:
            continue
        places = [history.position(epochs[0].stage, epochs[one].epoch) for one in (known, *gap)]
        lowest = history.position(epochs[0].stage, epochs[gap.start - 1].epoch)
        kept = history.position(best.stage, best.epoch)
        return Overfitting(places[0], kept, lowest, places[1], places[-1])
    return None


def _gap(epochs: Sequence[EpochFinished]) -> tuple[range, int | None]:
    """The epochs of a stage after its (last) lowest validation loss, and where the rule is met."""
    low = min(range(len(epochs)), key=lambda one: (epochs[one].validation.loss, -one))
    gap = range(low + 1, len(epochs))
    for place in gap[EPOCHS_ABOVE - 1 :]:
        if epochs[place].train.loss < epochs[place - EPOCHS_ABOVE].train.loss:
            return gap, place
    return gap, None


class RunningMean:
    """The exponential mean of the values so far.

    Corrected for beginning at 0, as Adam's moments are (Kingma and Ba, arXiv:1412.6980, section
    3) and TensorBoard's curves.
    """

    def __init__(self) -> None:
        self._mean = 0.0
        self._share = 0.0  # how much of the mean is of values, and not of its beginning

    def add(self, value: float, keep: float) -> float:
        """The mean with ``value``; ``keep``, from 0 (the value itself) to below 1, is what it
        keeps of what was before. Infinite values and NaN stay as they are and count for nothing.
        """
        if not isfinite(value):
            return value
        self._mean = keep * self._mean + (1 - keep) * value
        self._share = keep * self._share + (1 - keep)
        return self._mean / self._share


def smoothed(values: Sequence[float], weight: float) -> list[float]:
    """The ``RunningMean`` at each of ``values``, one weight for all. Raises ``ValueError`` for a
    weight that is not from 0 to below 1."""
    if not 0 <= weight < 1:
        raise ValueError(f"a weight is from 0 to below 1, not {weight}")
    mean = RunningMean()
    return [mean.add(value, weight) for value in values]


def wilson_band(history: History) -> list[tuple[float, float]]:
    """The 95 % interval (low, high) of each epoch's validation accuracy."""
    return [wilson(one.validation.correct, one.validation.images) for one in history.epochs]


def pictures_per_second(epoch: EpochFinished) -> float | None:
    """Pictures that were learned from or validated, by the seconds of both.

    Those whose features are kept count like any other, though they pass fewer blocks. None
    where the history tells no seconds.
    """
    pictures = epoch.train.images + epoch.validation.images
    return pictures / epoch.seconds if epoch.seconds > 0 else None


def elapsed(history: History) -> float:
    """The seconds that the run took, without pauses and sleeps: all of it where it has ended,
    else its whole epochs."""
    if history.finished is not None:
        return history.finished.seconds
    return sum(one.seconds for one in history.epochs)
