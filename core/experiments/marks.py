"""Results of an experiment: each arm's start, slope and end level, and which arms differ.

Bands are over seeds: they say how far chance in training (first weights, order, draws) moves a
figure. That the validation images are a sample is a second uncertainty, told by
``ArmMarks.interval``; all arms share it, because they have the same images.

Each mark of each pair is tested over the seeds: by Student's t of the differences, seed by seed,
where both arms have the same seeds, else by Welch's. All tests of one experiment are corrected for
their number (Holm), so that the chance of telling any equal arms apart stays below 5 %. Fewer than
three seeds never tell arms apart, and neither does a difference of no more than one image (of the
slope: one epoch), which is as fine as it is measured. An arm that was never surely above always
answering the largest class has no slope and no end level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp, floor, inf, lgamma, log, log1p, sqrt
from statistics import fmean, stdev
from typing import Literal

from core.common.statistics import holm, two_sided, wilson
from core.experiments.experiment import Experiment, Place
from core.runs import history
from core.runs.evaluation import Result, read_predictions
from core.runs.events import Score
from core.runs.history import History
from core.runs.places import HISTORY, PREDICTIONS

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


@dataclass(frozen=True)
class Gap:
    """The class ``label``, of which both arms had the same ``images``: the shares of them that
    each was right of, means over the seeds, at the kept epoch of each run."""

    label: str
    first: float
    second: float
    images: int


def largest_gap(
    place: Place, experiment: Experiment, first: str, second: str, seeds: Sequence[int]
) -> Gap | None:
    """The class that sets two arms furthest apart over the ``seeds`` (their places); None where
    no class does, or a run's predictions are not there to be read."""
    classes, chosen = experiment.classes, [experiment.seeds[one] for one in seeds]

    def results(arm: str) -> list[Result]:
        paths = (place.run(arm, seed) / PREDICTIONS for seed in chosen)
        return [read_predictions(path, classes) for path in paths]

    try:
        both = results(first), results(second)
    except (OSError, ValueError, KeyError):
        return None
    gaps = [one for number in range(len(classes)) if (one := _gap(number, classes, *both))]
    found = max(gaps, key=_distance, default=None)
    return found if found is not None and _distance(found) > 0 else None


def _gap(
    number: int, classes: Sequence[str], first: Sequence[Result], second: Sequence[Result]
) -> Gap | None:
    answers = [
        [[one.is_right for one in result.predictions if one.label == number] for result in some]
        for some in (first, second)
    ]
    counts = {len(one) for some in answers for one in some}
    if len(counts) != 1 or counts == {0}:
        return None
    one, other = (fmean(map(fmean, some)) for some in answers)
    return Gap(classes[number], one, other, counts.pop())


def _distance(gap: Gap) -> float:
    return abs(gap.first - gap.second)


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


# The first of a pair is higher (or steeper), the second is, their difference may be none, there
# are too few seeds to tell, or an arm has not left the chance level.
Verdict = Literal["first", "second", "not_told_apart", "one_seed", "two_seeds", "at_chance"]
LIMIT = 0.05


@dataclass(frozen=True)
class Compared:
    """Two arms set against each other: who starts higher, is steeper, ends higher. ``p`` has for
    each of these marks that was tested its p, corrected for the number of tests; ``gap`` is the
    class that sets them furthest apart, where their ends are told apart and it is known."""

    first: str
    second: str
    start: Verdict
    slope: Verdict
    end: Verdict
    p: Mapping[str, float]
    gap: Gap | None = None


@dataclass(frozen=True)
class _Mark:
    """A mark of a pair. ``told`` where it cannot be tested; else the first arm is ahead by
    ``ahead`` on the average, measured no finer than ``finest``."""

    told: Verdict | None = None
    ahead: float = 0.0
    p: float = 1.0
    finest: float = 0.0

    def verdict(self, p: float) -> Verdict:
        """What can be said where the corrected p is this."""
        if self.told is not None:
            return self.told
        if p >= LIMIT or abs(self.ahead) <= self.finest * (1 + 1e-9):
            return "not_told_apart"
        return "first" if self.ahead > 0 else "second"


def compare(arms: Mapping[str, ArmMarks], pairs: Sequence[tuple[str, str]]) -> list[Compared]:
    """The pairs of which both arms are there, their tests corrected for how many there are."""
    there = [(first, second) for first, second in pairs if first in arms and second in arms]
    marks = [_marks(arms[first], arms[second]) for first, second in there]
    tested = [one for some in marks for one in some.values() if one.told is None]
    corrected = iter(holm([one.p for one in tested]))
    made = []
    for (first, second), some in zip(there, marks, strict=True):
        p = {name: next(corrected) for name, one in some.items() if one.told is None}
        start, slope, end = (one.verdict(p.get(name, 1.0)) for name, one in some.items())
        made.append(Compared(first, second, start, slope, end, p))
    return made


def _marks(first: ArmMarks, second: ArmMarks) -> dict[str, _Mark]:
    paired, picture = first.seeds == second.seeds, 1 / max(first.images, 1)
    return {
        "start": _mark(first.start.values, second.start.values, picture, paired=paired),
        "slope": _slope(first, second, paired=paired),
        "end": _end_mark(first.end, second.end, picture, paired=paired),
    }


def _mark(first: Sequence[float], second: Sequence[float], finest: float, *, paired: bool) -> _Mark:
    fewest = min(len(first), len(second))
    if fewest < FEWEST_FOR_INTERVAL:
        return _Mark("one_seed" if fewest == 1 else "two_seeds")
    found = difference(first, second, paired=paired)
    return _Mark(None, found.mean, found.p, finest)


def _end_mark(first: Band | None, second: Band | None, picture: float, *, paired: bool) -> _Mark:
    if first is None or second is None:
        return _Mark("at_chance")
    return _mark(first.values, second.values, picture, paired=paired)


def _slope(first: ArmMarks, second: ArmMarks, *, paired: bool) -> _Mark:
    """Fewer epochs to the target are steeper. A seed that did not reach it within the epochs that
    all seeds of both arms have counts as one that would have in the next: it can only have
    needed more."""
    if first.at_chance or second.at_chance:
        return _Mark("at_chance")
    longest = min(map(len, (*first.curves, *second.curves)))
    quick, slow = ([min(at or inf, longest + 1) for at in one.epochs_to] for one in (first, second))
    return _mark(slow, quick, 1, paired=paired)


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
        return pair  # the kept epochs, whose predictions are there, tell nothing of its end
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
