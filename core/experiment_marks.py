"""What came of an experiment: each arm's start, slope and end level, and which are apart.

The bands are over seeds: they say how far chance in training (first weights, order, draws) moves
a figure. That the validation pictures are a sample is a second uncertainty, told by the interval
of ``ArmMarks.best``; all arms share it, because they have the same pictures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, inf
from statistics import fmean
from typing import Literal

from core import history
from core.events import Score
from core.experiment import Experiment, Place
from core.experiment_statistics import Band, band, fitted_level, last_epochs, last_mean
from core.history import History
from core.runs import HISTORY
from core.statistics import wilson

# The first of a pair is higher (or steeper), the second is, the bands overlap, there are no
# bands because there is one seed, or an arm has not left the chance level.
Verdict = Literal["first", "second", "not_told_apart", "one_seed", "at_chance"]
EndBy = Literal["fitted", "last"]

_ROUND_TARGET = 20  # twentieths: an accuracy to count to is a multiple of 5 %


@dataclass(frozen=True)
class ArmMarks:
    """The figures of one arm, each accuracy on the same ``images`` validation pictures.

    ``curves`` has each seed's validation accuracies, epoch by epoch, ``minutes`` what each took.
    ``best`` is over the seeds' best epochs, each chosen on these pictures; ``interval`` the 95 %
    Wilson interval of the best seed's. ``at_chance``: no seed's best is surely above ``majority``,
    always answering the largest class; then there is no slope and no end. ``epochs_to`` has for
    each seed the first epoch at the target, None where it was never reached, and ``reached`` the
    band of them where all did. ``failed`` counts seeds whose loss grew beyond all bounds.
    """

    name: str
    images: int
    majority: float
    curves: tuple[tuple[float, ...], ...]
    minutes: Band
    start: Band
    best: Band
    interval: tuple[float, float]
    at_chance: bool
    area: Band | None = None
    epochs_to: tuple[int | None, ...] = ()
    reached: Band | None = None
    end: Band | None = None
    failed: int = 0


@dataclass(frozen=True)
class Compared:
    """Two arms set against each other: who starts higher, is steeper, ends higher."""

    first: str
    second: str
    start: Verdict
    slope: Verdict
    end: Verdict


@dataclass(frozen=True)
class Marks:
    """All arms that have a finished run. ``target`` is the accuracy to which epochs are counted,
    None where no arm learned; ``end_by`` how all end levels were had: ``fitted``, an exponential
    approach, or the mean of the ``last`` epochs."""

    arms: tuple[ArmMarks, ...]
    pairs: tuple[Compared, ...]
    target: float | None
    end_by: EndBy
    last: int

    def arm(self, name: str) -> ArmMarks | None:
        """The arm of that name, if it has a finished run."""
        return next((one for one in self.arms if one.name == name), None)


def of_place(place: Place, experiment: Experiment, target: float | None = None) -> Marks:
    """The marks of what is finished in an experiment's directory. ``target`` None: the
    experiment's own, else chosen by ``chosen_target``. Raises ``OSError``, ``ValueError``."""
    histories = {
        one.name: [history.read(place.run(one.name, seed) / HISTORY) for seed in experiment.seeds]
        for one in experiment.arms
    }
    return of_histories(histories, experiment.pairs, target or experiment.target)


def of_histories(
    histories: Mapping[str, Sequence[History]],
    pairs: Sequence[tuple[str, str]],
    target: float | None = None,
) -> Marks:
    """The marks of each arm's histories, one a seed; those that are not finished don't count."""
    arms = [one for name, some in histories.items() if (one := _basic(name, some)) is not None]
    learning = [one for one in arms if not one.at_chance]
    curves = [curve for one in learning for curve in one.curves]
    end_by: EndBy = "fitted" if curves and all(map(fitted_level, curves)) else "last"
    ends = {one.name: _end(one, end_by) for one in learning}
    reached = [min(_end(one, "last").values) for one in learning]
    target = target or chosen_target(reached, max((one.majority for one in arms), default=0.0))
    made = tuple(
        one if one.at_chance or target is None else _with_slope(one, target, ends[one.name])
        for one in arms
    )
    by_name = {one.name: one for one in made}
    compared = tuple(
        _compared(by_name[first], by_name[second])
        for first, second in pairs
        if first in by_name and second in by_name
    )
    return Marks(made, compared, target, end_by, max(map(_last_of, made), default=0))


def chosen_target(ends: Sequence[float], majority: float) -> float | None:
    """An accuracy that every seed of every arm that learns reaches: the lowest of ``ends``, each
    a mean of the last epochs, rounded down to 5 %; half the way there from ``majority`` where
    that is not above it."""
    if not ends:
        return None
    lowest = min(ends)
    target = floor(lowest * _ROUND_TARGET + 1e-9) / _ROUND_TARGET
    return target if target > majority else (majority + lowest) / 2


def _basic(name: str, histories: Sequence[History]) -> ArmMarks | None:
    """What can be told of an arm before it is known whether it learned, and by which target."""
    done = [one for one in histories if one.epochs and _is_finished(one)]
    failed = sum(one.is_hopeless for one in histories)
    if not done:
        return None
    curves = tuple(tuple(one.validation.accuracy for one in some.epochs) for some in done)
    bests = [max((one.validation for one in some.epochs), key=_accuracy) for some in done]
    majority = max(one.started.majority if one.started else 0.0 for one in done)
    top = max(bests, key=_accuracy)
    return ArmMarks(
        name,
        images=bests[0].images,
        majority=majority,
        curves=curves,
        minutes=band([_minutes(one) for one in done], high=inf),
        start=band([one[0] for one in curves]),
        best=band([one.accuracy for one in bests]),
        interval=wilson(top.correct, top.images),
        at_chance=all(wilson(one.correct, one.images)[0] <= majority for one in bests),
        failed=failed,
    )


def _with_slope(arm: ArmMarks, target: float, end: Band) -> ArmMarks:
    epochs = tuple(_first_at(curve, target) for curve in arm.curves)
    reached = [one for one in epochs if one is not None]
    longest = max(map(len, arm.curves))
    return ArmMarks(
        **{
            **vars(arm),
            "area": band([fmean(curve) for curve in arm.curves]),
            "epochs_to": epochs,
            "reached": band(reached, 1, longest) if len(reached) == len(epochs) else None,
            "end": end,
        }
    )


def _end(arm: ArmMarks, by: EndBy) -> Band:
    if by == "last":
        return band([last_mean(curve) for curve in arm.curves])
    levels = [fitted_level(curve) for curve in arm.curves]
    return band([level for level in levels if level is not None])


def _compared(first: ArmMarks, second: ArmMarks) -> Compared:
    return Compared(
        first.name,
        second.name,
        _higher(first.start, second.start),
        _steeper(first, second),
        _higher(first.end, second.end),
    )


def _higher(first: Band | None, second: Band | None) -> Verdict:
    if first is None or second is None:
        return "at_chance"
    if "single" in (first.kind, second.kind):
        return "one_seed"
    if not first.is_apart(second):
        return "not_told_apart"
    return "first" if first.mean > second.mean else "second"


def _steeper(first: ArmMarks, second: ArmMarks) -> Verdict:
    """Fewer epochs to the target are steeper. A seed that never reached it counts as one that
    would have in the epoch after its last: it can only have needed more."""
    if first.at_chance or second.at_chance:
        return "at_chance"
    epochs = [_counted(one) for one in (second, first)]  # the higher ones are the slower
    return _higher(*epochs)


def _counted(arm: ArmMarks) -> Band:
    longest = max(map(len, arm.curves)) + 1
    return band([one or longest for one in arm.epochs_to], 1, longest)


def _first_at(curve: Sequence[float], target: float) -> int | None:
    found = (number for number, one in enumerate(curve, start=1) if one >= target - 1e-9)
    return next(found, None)


def _is_finished(one: History) -> bool:
    return one.finished is not None and one.finished.outcome == "finished"


def _minutes(one: History) -> float:
    return sum(epoch.seconds for epoch in one.epochs) / 60


def _accuracy(score: Score) -> float:
    return score.accuracy


def _last_of(arm: ArmMarks) -> int:
    return last_epochs(max(map(len, arm.curves)))
