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

An experiment that was run is played again, all its runs beside each other (``read_recording``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import floor, inf, sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Literal

from core.common.messages import InputError
from core.common.statistics import (
    FEWEST_FOR_TEST,
    Difference,
    difference,
    exact_interval,
    holm,
    student,
    wilson,
)
from core.experiments.experiment import Experiment, Place
from core.runs import history, replay
from core.runs.evaluation import Result, read_predictions
from core.runs.events import EpochFinished
from core.runs.history import History
from core.runs.places import HISTORY, PREDICTIONS
from core.runs.replay import Pace, Race, Timeline

_LAST_SHARE, _LATE_SHARE, _FEWEST = 1 / 5, 1 / 3, 3  # of a curve's epochs, and the least of them
_ROUND_TARGET = 20  # twentieths: an accuracy to count to is a multiple of 5 %
_LIMIT = 0.05

BandKind = Literal["interval", "range", "single"]


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
    if len(values) < FEWEST_FOR_TEST:
        return span(values)
    mean = fmean(values)
    spread = student(len(values) - 1) * stdev(values) / sqrt(len(values))
    return Band(mean, max(low, mean - spread), min(high, mean + spread), "interval", tuple(values))


def span(values: Sequence[float]) -> Band:
    """The mean of ``values`` and their range: of times, which no interval of a mean describes,
    where the first run computes what the others find."""
    kind: BandKind = "range" if len(values) > 1 else "single"
    return Band(fmean(values), min(values), max(values), kind, tuple(values))


@dataclass(frozen=True)
class Late:
    """The mean accuracy of the last ``epochs`` of all seeds, and its exact 95 % interval.

    No epoch is chosen, or the best of many would leave chance by chance. Each seed counts as so
    many answers as there are images, however many epochs it is the mean of.
    """

    mean: float
    epochs: int
    interval: tuple[float, float]


def late(curves: Sequence[Sequence[float]], images: int) -> Late:
    """How right the last third of the epochs of each seed's curve is, of three at least (or all
    there are), on ``images`` images each."""
    epochs = min(_part_of(len(curve), _LATE_SHARE) for curve in curves)
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


def _part_of(epochs: int, share: float) -> int:
    return min(epochs, max(_FEWEST, round(share * epochs)))


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
    try:
        both = [
            [read_predictions(place.run(arm, seed) / PREDICTIONS, classes) for seed in chosen]
            for arm in (first, second)
        ]
    except (OSError, ValueError, KeyError):
        return None
    gaps = (_gap(number, label, both) for number, label in enumerate(classes))
    apart = (one for one in gaps if one and one.first != one.second)
    return max(apart, key=lambda one: abs(one.first - one.second), default=None)


def _gap(number: int, label: str, both: Sequence[Sequence[Result]]) -> Gap | None:
    answers = [
        [[one.is_right for one in result.predictions if one.label == number] for result in some]
        for some in both
    ]
    counts = {len(one) for some in answers for one in some}
    if len(counts) != 1 or counts == {0}:
        return None
    first, second = (fmean(map(fmean, some)) for some in answers)
    return Gap(label, first, second, counts.pop())


@dataclass(frozen=True)
class ArmMarks:
    """The figures of one arm, each accuracy on the same ``images`` validation images.

    ``curves`` has the validation accuracies of each of the experiment's ``seeds`` (their places)
    that finished, epoch by epoch, ``minutes`` what each took. ``best`` is over the seeds' best
    epochs, each chosen on these images; ``interval`` the 95 % Wilson interval of the best
    seed's. ``at_chance``: ``late``, over the last epochs of all seeds, is not surely above
    ``majority``, always answering the largest class, and the epochs before were not either; then
    there is no slope and no end. ``fell``: they were, and what was learned is lost. ``area``
    is a curve's mean over the epochs that all arms have, ``end`` that of its last ones.
    ``epochs_to`` has for each seed the first epoch at the target, None where it was never
    reached, and ``reached`` the band of them where all did.
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


# The first of a pair is higher (or steeper), the second is, their difference may be none, there
# are too few seeds to tell, or an arm has not left the chance level.
Verdict = Literal["first", "second", "not_told_apart", "one_seed", "two_seeds", "at_chance"]


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
class Marks:
    """All arms that have a finished run, and ``pairs`` of them. ``target`` is the accuracy to
    which epochs are counted, None where no arm learned; end levels are means of the ``last``
    epochs. Areas go over the first ``common`` epochs, which ``is_cut`` where a curve has more.
    ``failed`` counts for each arm, whether or not it is among ``arms``, the seeds whose loss grew
    beyond all bounds; ``lost`` are the arms of which none is left."""

    arms: tuple[ArmMarks, ...]
    pairs: tuple[Compared, ...]
    target: float | None
    last: int
    common: int = 0
    is_cut: bool = False
    failed: Mapping[str, int] = field(default_factory=dict)
    lost: tuple[str, ...] = ()

    def arm(self, name: str) -> ArmMarks | None:
        """The arm of that name, if it has a finished run."""
        return next((one for one in self.arms if one.name == name), None)

    def of_pair(self, pair: Compared) -> list[ArmMarks]:
        """The two arms of ``pair``, in their order here."""
        return [one for one in self.arms if one.name in (pair.first, pair.second)]


def of_place(place: Place, experiment: Experiment, target: float | None = None) -> Marks:
    """The marks of what is finished in an experiment's directory. ``target`` None: the
    experiment's own, else chosen by ``chosen_target``. Raises ``InputError``."""
    files = {
        one.name: [place.run(one.name, seed) / HISTORY for seed in experiment.seeds]
        for one in experiment.arms
    }
    with place.reading():
        histories = {name: [*map(history.read, some)] for name, some in files.items()}
    marks = of_histories(histories, experiment.pairs, target or experiment.target)
    pairs = []
    for one in marks.pairs:
        arms = marks.of_pair(one)
        # of an arm that fell, the kept epochs, whose predictions are there, tell nothing of its end
        if one.end in ("first", "second") and not any(arm.fell for arm in arms):
            seeds = sorted(set.intersection(*(set(arm.seeds) for arm in arms)))
            one = replace(one, gap=largest_gap(place, experiment, one.first, one.second, seeds))
        pairs.append(one)
    return replace(marks, pairs=tuple(pairs))


def of_histories(
    histories: Mapping[str, Sequence[History]],
    pairs: Sequence[tuple[str, str]],
    target: float | None = None,
) -> Marks:
    """The marks of each arm's histories, one a seed; those that are not finished don't count."""
    arms = [one for name, some in histories.items() if (one := _basic(name, some)) is not None]
    learned = [one for one in arms if not one.at_chance]
    curves = [curve for one in learned for curve in one.curves]
    done = [one for some in histories.values() for one in some if is_finished(one)]
    last, common = min(map(_last, done), default=0), min(map(len, curves), default=0)
    if not target:
        ends = [_reached(curve, last, one) for one in learned for curve in one.curves]
        target = chosen_target(ends, max((one.majority for one in arms), default=0.0))
    if target is not None:
        arms = [one if one.at_chance else _learned(one, target, last, common) for one in arms]
    failed = {name: sum(one.is_hopeless for one in some) for name, some in histories.items()}
    return Marks(
        tuple(arms),
        tuple(compare({one.name: one for one in arms}, pairs)),
        target,
        last,
        common,
        is_cut=any(len(curve) > common for curve in curves),
        failed={name: count for name, count in failed.items() if count},
        lost=tuple(name for name, count in failed.items() if count == len(histories[name]) > 0),
    )


def is_finished(one: History) -> bool:
    """Whether a run was trained to its end, so that it counts."""
    return bool(one.epochs) and one.finished is not None and one.finished.outcome == "finished"


def _basic(name: str, histories: Sequence[History]) -> ArmMarks | None:
    """What can be told of an arm before it is known whether it learned, and by which target."""
    seeds = [number for number, one in enumerate(histories) if is_finished(one)]
    done = [histories[number] for number in seeds]
    if not done:
        return None
    curves = tuple(tuple(one.validation.accuracy for one in some.epochs) for some in done)
    scores = [[one.validation for one in some.epochs] for some in done]
    bests = [max(some, key=lambda one: one.accuracy) for some in scores]
    majority = max(one.started.majority if one.started else 0.0 for one in done)
    top = max(bests, key=lambda one: one.accuracy)
    ends = late(curves, top.images)
    ends_at_chance = ends.interval[0] <= majority
    fell = ends_at_chance and was_above(curves, top.images, ends.epochs, majority)
    return ArmMarks(
        name,
        images=bests[0].images,
        majority=majority,
        seeds=tuple(seeds),
        curves=curves,
        minutes=span([sum(epoch.seconds for epoch in one.epochs) / 60 for one in done]),
        start=band([one[0] for one in curves]),
        best=band([one.accuracy for one in bests]),
        interval=wilson(top.correct, top.images),
        late=ends,
        at_chance=ends_at_chance and not fell,
        fell=fell,
    )


def _learned(arm: ArmMarks, target: float, last: int, common: int) -> ArmMarks:
    """``arm`` with what only one has that left the chance level."""
    epochs = tuple(
        next((number for number, one in enumerate(curve, start=1) if one >= target - 1e-9), None)
        for curve in arm.curves
    )
    reached = [one for one in epochs if one is not None]
    longest = max(map(len, arm.curves))
    return replace(
        arm,
        area=band([fmean(curve[:common]) for curve in arm.curves]),
        epochs_to=epochs,
        reached=band(reached, 1, longest) if len(reached) == len(epochs) else None,
        end=band([fmean(curve[-last:]) for curve in arm.curves]),
    )


def _last(one: History) -> int:
    """Over how many of its epochs an end level may be the mean: the last fifth, three at least, but
    none of an earlier stage, which trained something else."""
    stage = one.epochs[-1].stage
    own = sum(epoch.stage == stage for epoch in one.epochs)
    return min(_part_of(len(one.epochs), _LAST_SHARE), own)


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


# -- which arms differ --------------------------------------------------------------------------


def compare(arms: Mapping[str, ArmMarks], pairs: Sequence[tuple[str, str]]) -> list[Compared]:
    """The pairs of which both arms are there, their tests corrected for how many there are."""
    there = [(first, second) for first, second in pairs if first in arms and second in arms]
    marks = [_marks(arms[first], arms[second]) for first, second in there]
    tested = [one for some in marks for one in some.values() if isinstance(one, Difference)]
    corrected = iter(holm([one.p for one in tested]))
    made = []
    for (first, second), some in zip(there, marks, strict=True):
        image = 1 / max(arms[first].images, 1)
        p = {name: next(corrected) for name, one in some.items() if isinstance(one, Difference)}
        start, slope, end = (
            _verdict(one.mean, p[name], 1 if name == "slope" else image)
            if isinstance(one, Difference)
            else one
            for name, one in some.items()
        )
        made.append(Compared(first, second, start, slope, end, p))
    return made


def _verdict(ahead: float, p: float, finest: float) -> Verdict:
    """What can be said where the first arm is ``ahead`` by so much, measured no finer than
    ``finest``, and the corrected p is this."""
    if p >= _LIMIT or abs(ahead) <= finest * (1 + 1e-9):
        return "not_told_apart"
    return "first" if ahead > 0 else "second"


def _marks(first: ArmMarks, second: ArmMarks) -> dict[str, Verdict | Difference]:
    """Each mark: the difference of the arms, or why it cannot be tested."""
    paired = first.seeds == second.seeds
    fewest = min(len(first.seeds), len(second.seeds))
    few: Verdict | None = None
    if fewest < FEWEST_FOR_TEST:
        few = "one_seed" if fewest == 1 else "two_seeds"
    found: dict[str, Verdict | Difference] = {
        "start": few or difference(first.start.values, second.start.values, paired=paired)
    }
    if first.at_chance or second.at_chance or first.end is None or second.end is None:
        return found | {"slope": "at_chance", "end": "at_chance"}
    # Fewer epochs to the target are steeper. A seed that did not reach it within the epochs that
    # all seeds of both arms have counts as one that would have in the next: it can only have needed
    # more.
    longest = min(map(len, (*first.curves, *second.curves)))
    quick, slow = ([min(at or inf, longest + 1) for at in one.epochs_to] for one in (first, second))
    return found | {
        "slope": few or difference(slow, quick, paired=paired),
        "end": few or difference(first.end.values, second.end.values, paired=paired),
    }


# -- played again ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class ExperimentRecording:
    """What came of ``experiment``, and when: for each arm that has ``marks``, the ``lines`` of
    its finished runs."""

    experiment: Experiment
    marks: Marks
    lines: Mapping[str, tuple[Timeline, ...]]

    @property
    def race(self) -> Race:
        """All runs, as if they had begun together."""
        return Race(tuple(line for lines in self.lines.values() for line in lines))

    @property
    def epochs(self) -> int:
        """Those of the longest run."""
        return max((len(curve) for one in self.marks.arms for curve in one.curves), default=0)

    def until(self, position: float, pace: Pace) -> Marks:
        """All marks once all runs are over, before that the curves as far as they have come."""
        if position >= self.race.end(pace):
            return self.marks
        arms = []
        for arm in self.marks.arms:
            curves = []
            for curve, line in zip(arm.curves, self.lines[arm.name], strict=True):
                come = line.events[: line.count(position, pace)]
                curves.append(curve[: sum(isinstance(one, EpochFinished) for one in come)])
            arms.append(replace(arm, curves=tuple(curves), area=None, reached=None, end=None))
        return replace(self.marks, arms=tuple(arms), pairs=(), target=None)


def read_recording(directory: Path) -> ExperimentRecording:
    """The experiment in ``directory``, of which it needs recipes and histories alone.

    Raises ``InputError`` where there is none, it is damaged, or no run of it is finished.
    """
    place = Place(directory)
    experiment = place.read()
    lines: dict[str, list[Timeline]] = {}
    with place.reading():
        for one in experiment.arms:
            files = [place.run(one.name, seed) / HISTORY for seed in experiment.seeds]
            lines[one.name] = [replay.read(file) for file in files if file.is_file()]
    histories = {name: [history.fold(line.events) for line in some] for name, some in lines.items()}
    marks = of_histories(histories, experiment.pairs, experiment.target)
    if not marks.arms:
        raise InputError("experiment_unplayable", path=str(directory))
    done = {arm.name: tuple(lines[arm.name][seed] for seed in arm.seeds) for arm in marks.arms}
    return ExperimentRecording(experiment, marks, done)
