"""What came of an experiment: each arm's start, slope and end level, and which are apart.

The bands are over seeds: they say how far chance in training (first weights, order, draws) moves
a figure. That the validation pictures are a sample is a second uncertainty, told by the interval
of ``ArmMarks.best``; all arms share it, because they have the same pictures.

Two arms are apart where the 95 % interval of the difference of their means leaves out zero: by
Student's t of the differences, seed by seed, where both have the same seeds, else by Welch's.
Fewer than three seeds never tell them apart, and neither does a difference of no more than one
picture (of the slope: one epoch), which is as fine as it is measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import floor, inf
from statistics import fmean
from typing import Literal

from core import history
from core.events import Score
from core.experiment import Experiment, Place
from core.experiment_chance import Late, late
from core.experiment_statistics import (
    FEWEST_FOR_INTERVAL,
    Band,
    band,
    difference,
    fitted_level,
    last_epochs,
    last_mean,
)
from core.history import History
from core.runs import HISTORY
from core.statistics import wilson

# The first of a pair is higher (or steeper), the second is, their difference may be none, there
# are too few seeds to tell, or an arm has not left the chance level.
Verdict = Literal["first", "second", "not_told_apart", "one_seed", "two_seeds", "at_chance"]
EndBy = Literal["fitted", "last"]

_ROUND_TARGET = 20  # twentieths: an accuracy to count to is a multiple of 5 %


@dataclass(frozen=True)
class ArmMarks:
    """The figures of one arm, each accuracy on the same ``images`` validation pictures.

    ``curves`` has the validation accuracies of each of the experiment's ``seeds`` (their places)
    that finished, epoch by epoch, ``minutes`` what each took. ``best`` is over the seeds' best
    epochs, each chosen on these pictures; ``interval`` the 95 % Wilson interval of the best
    seed's. ``at_chance``: ``late``, over the last epochs of all seeds, is not surely above
    ``majority``, always answering the largest class; then there is no slope and no end. ``area``
    is a curve's mean over the epochs that all arms have. ``epochs_to`` has for each seed the first
    epoch at the target, None where it was never reached, and ``reached`` the band of them where
    all did.
    """

    name: str
    images: int
    majority: float
    seeds: tuple[int, ...]
    curves: tuple[tuple[float, ...], ...]
    minutes: Band
    start: Band
    best: Band
    interval: tuple[float, float]
    late: Late
    at_chance: bool
    area: Band | None = None
    epochs_to: tuple[int | None, ...] = ()
    reached: Band | None = None
    end: Band | None = None


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
    approach, or the mean of the ``last`` epochs. Areas go over the first ``common`` epochs, which
    ``is_cut`` where a curve has more. ``failed`` counts for each arm, whether or not it is among
    ``arms``, the seeds whose loss grew beyond all bounds; ``lost`` are the arms of which none is
    left."""

    arms: tuple[ArmMarks, ...]
    pairs: tuple[Compared, ...]
    target: float | None
    end_by: EndBy
    last: int
    common: int = 0
    is_cut: bool = False
    failed: Mapping[str, int] = field(default_factory=dict)
    lost: tuple[str, ...] = ()

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
    lengths = [len(curve) for curve in curves]
    common = min(lengths, default=0)
    made = tuple(
        one if one.at_chance or target is None else _with_slope(one, target, ends[one.name], common)
        for one in arms
    )
    by_name = {one.name: one for one in made}
    compared = tuple(
        _compared(by_name[first], by_name[second])
        for first, second in pairs
        if first in by_name and second in by_name
    )
    last = max(map(_last_of, made), default=0)
    failed = {name: sum(one.is_hopeless for one in some) for name, some in histories.items()}
    return Marks(
        made,
        compared,
        target,
        end_by,
        last,
        common,
        is_cut=any(length > common for length in lengths),
        failed={name: count for name, count in failed.items() if count},
        lost=tuple(name for name, count in failed.items() if count == len(histories[name]) > 0),
    )


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
    seeds = [n for n, one in enumerate(histories) if one.epochs and _is_finished(one)]
    done = [histories[number] for number in seeds]
    if not done:
        return None
    curves = tuple(tuple(one.validation.accuracy for one in some.epochs) for some in done)
    bests = [max((one.validation for one in some.epochs), key=_accuracy) for some in done]
    majority = max(one.started.majority if one.started else 0.0 for one in done)
    top = max(bests, key=_accuracy)
    ends = late(curves, top.images)
    return ArmMarks(
        name,
        images=bests[0].images,
        majority=majority,
        seeds=tuple(seeds),
        curves=curves,
        minutes=band([_minutes(one) for one in done], high=inf),
        start=band([one[0] for one in curves]),
        best=band([one.accuracy for one in bests]),
        interval=wilson(top.correct, top.images),
        late=ends,
        at_chance=ends.interval[0] <= majority,
    )


def _with_slope(arm: ArmMarks, target: float, end: Band, common: int) -> ArmMarks:
    epochs = tuple(_first_at(curve, target) for curve in arm.curves)
    reached = [one for one in epochs if one is not None]
    longest = max(map(len, arm.curves))
    return replace(
        arm,
        area=band([fmean(curve[:common]) for curve in arm.curves]),
        epochs_to=epochs,
        reached=band(reached, 1, longest) if len(reached) == len(epochs) else None,
        end=end,
    )


def _end(arm: ArmMarks, by: EndBy) -> Band:
    if by == "last":
        return band([last_mean(curve) for curve in arm.curves])
    levels = [fitted_level(curve) for curve in arm.curves]
    return band([level for level in levels if level is not None])


def _compared(first: ArmMarks, second: ArmMarks) -> Compared:
    paired, picture = first.seeds == second.seeds, 1 / max(first.images, 1)
    return Compared(
        first.name,
        second.name,
        _higher(first.start.values, second.start.values, picture, paired=paired),
        _steeper(first, second, paired=paired),
        _ends_higher(first.end, second.end, picture, paired=paired),
    )


def _ends_higher(
    first: Band | None, second: Band | None, picture: float, *, paired: bool
) -> Verdict:
    if first is None or second is None:
        return "at_chance"
    return _higher(first.values, second.values, picture, paired=paired)


def _higher(
    first: Sequence[float], second: Sequence[float], finest: float, *, paired: bool
) -> Verdict:
    """Which has the higher mean, by more than ``finest``, as fine as the values are measured."""
    fewest = min(len(first), len(second))
    if fewest < FEWEST_FOR_INTERVAL:
        return "one_seed" if fewest == 1 else "two_seeds"
    low, high = difference(first, second, paired=paired)
    if low <= 0 <= high or abs(low + high) / 2 <= finest * (1 + 1e-9):
        return "not_told_apart"
    return "first" if low > 0 else "second"


def _steeper(first: ArmMarks, second: ArmMarks, *, paired: bool) -> Verdict:
    """Fewer epochs to the target are steeper. A seed that did not reach it within the epochs that
    all seeds of both arms have counts as one that would have in the next: it can only have
    needed more."""
    if first.at_chance or second.at_chance:
        return "at_chance"
    longest = min(map(len, (*first.curves, *second.curves)))
    quick, slow = ([min(at or inf, longest + 1) for at in one.epochs_to] for one in (first, second))
    return _higher(slow, quick, 1, paired=paired)


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
