"""What came of an experiment: each arm's start, slope and end level, and which are apart.

The bands are over seeds: they say how far chance in training (first weights, order, draws) moves
a figure. That the validation pictures are a sample is a second uncertainty, told by the interval
of ``ArmMarks.best``; all arms share it, because they have the same pictures.

Which arms are apart, ``core.experiment_pairs`` says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import floor
from statistics import fmean
from typing import Literal

from core.common.statistics import wilson
from core.experiments.experiment_ import Experiment, Place
from core.experiments.experiment_chance import Late, late, was_above
from core.experiments.experiment_classes import largest_gap
from core.experiments.experiment_pairs import Compared, compare
from core.experiments.experiment_statistics import Band, band, fitted_level, last_epochs, span
from core.runs import history
from core.runs.events import Score
from core.runs.history import History
from core.runs.places import HISTORY

EndBy = Literal["fitted", "last"]

_ROUND_TARGET = 20  # twentieths: an accuracy to count to is a multiple of 5 %


@dataclass(frozen=True)
class ArmMarks:
    """The figures of one arm, each accuracy on the same ``images`` validation pictures.

    ``curves`` has the validation accuracies of each of the experiment's ``seeds`` (their places)
    that finished, epoch by epoch, ``minutes`` what each took. ``best`` is over the seeds' best
    epochs, each chosen on these pictures; ``interval`` the 95 % Wilson interval of the best
    seed's. ``at_chance``: ``late``, over the last epochs of all seeds, is not surely above
    ``majority``, always answering the largest class, and the epochs before were not either; then
    there is no slope and no end. ``fell``: they were, and what was learned is lost. ``area``
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
    fell: bool = False
    area: Band | None = None
    epochs_to: tuple[int | None, ...] = ()
    reached: Band | None = None
    end: Band | None = None


@dataclass(frozen=True)
class Marks:
    """All arms that have a finished run, and ``pairs`` of them. ``target`` is the accuracy to
    which epochs are counted, None where no arm learned; ``end_by`` how all end levels were had:
    ``fitted``, an exponential approach, or the mean of the ``last`` epochs. Areas go over the
    first ``common`` epochs, which ``is_cut`` where a curve has more. ``failed`` counts for each
    arm, whether or not it is among ``arms``, the seeds whose loss grew beyond all bounds;
    ``lost`` are the arms of which none is left."""

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
    marks = of_histories(histories, experiment.pairs, target or experiment.target)
    return replace(
        marks, pairs=tuple(_with_gap(one, marks, place, experiment) for one in marks.pairs)
    )


def _with_gap(pair: Compared, marks: Marks, place: Place, experiment: Experiment) -> Compared:
    arms = [one for one in marks.arms if one.name in (pair.first, pair.second)]
    if pair.end not in ("first", "second") or any(one.fell for one in arms):
        return pair  # the best epochs, of which predictions are kept, tell nothing of its end
    seeds = sorted(set.intersection(*(set(one.seeds) for one in arms)))
    gap = largest_gap(place, experiment, pair.first, pair.second, seeds)
    return replace(pair, gap=gap)


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
    last = min((_last(one) for some in histories.values() for one in _done(some)), default=0)
    ends = {one.name: _end(one, end_by, last) for one in learning}
    reached = [_reached(curve, last, one) for one in learning for curve in one.curves]
    target = target or chosen_target(reached, max((one.majority for one in arms), default=0.0))
    lengths = [len(curve) for curve in curves]
    common = min(lengths, default=0)
    made = tuple(
        one if one.at_chance or target is None else _with_slope(one, target, ends[one.name], common)
        for one in arms
    )
    compared = tuple(compare({one.name: one for one in made}, pairs))
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


def _reached(curve: Sequence[float], last: int, arm: ArmMarks) -> float:
    """What counts of a curve in the choice of a target: the mean of its ``last`` epochs, or its
    highest where that is not surely above chance, which all reach before they learn."""
    end = fmean(curve[-last:])
    low, _ = wilson(round(end * arm.images), arm.images)
    return end if low > arm.majority else max(curve)


def chosen_target(ends: Sequence[float], majority: float) -> float | None:
    """An accuracy that every seed of every arm that learns reaches: the lowest of ``ends``, one
    of each, rounded down to 5 %; half the way there from ``majority`` where that is not above
    it."""
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
    ends_at_chance = ends.interval[0] <= majority
    fell = ends_at_chance and was_above(curves, top.images, ends.epochs, majority)
    return ArmMarks(
        name,
        images=bests[0].images,
        majority=majority,
        seeds=tuple(seeds),
        curves=curves,
        minutes=span([_minutes(one) for one in done]),
        start=band([one[0] for one in curves]),
        best=band([one.accuracy for one in bests]),
        interval=wilson(top.correct, top.images),
        late=ends,
        at_chance=ends_at_chance and not fell,
        fell=fell,
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


def _end(arm: ArmMarks, by: EndBy, last: int) -> Band:
    if by == "last":
        return band([fmean(curve[-last:]) for curve in arm.curves])
    levels = [fitted_level(curve) for curve in arm.curves]
    return band([level for level in levels if level is not None])


def _first_at(curve: Sequence[float], target: float) -> int | None:
    found = (number for number, one in enumerate(curve, start=1) if one >= target - 1e-9)
    return next(found, None)


def _is_finished(one: History) -> bool:
    return one.finished is not None and one.finished.outcome == "finished"


def _minutes(one: History) -> float:
    return sum(epoch.seconds for epoch in one.epochs) / 60


def _accuracy(score: Score) -> float:
    return score.accuracy


def _done(histories: Sequence[History]) -> list[History]:
    return [one for one in histories if one.epochs and _is_finished(one)]


def _last(one: History) -> int:
    """Over how many of its epochs an end level may be the mean: none of an earlier stage, which
    trained something else."""
    stage = one.epochs[-1].stage
    return min(last_epochs(len(one.epochs)), sum(epoch.stage == stage for epoch in one.epochs))
