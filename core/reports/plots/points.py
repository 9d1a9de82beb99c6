"""The points of a run's curves, from its history: batches thinned out, epochs smoothed.

It also has the options for looking at the curves, and what they say at one epoch.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from core.runs.events import BatchFinished, EpochFinished
from core.runs.history import QUANTITIES, History, Quantity, RunningMean, smoothed

MOST_POINTS = 1500
_NICE = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)

Line = tuple[list[float], list[float]]  # x, y
LineName = Quantity | Literal["head", "backbone"]


class BatchPoints:
    """The figures of every batch, kept as they come and thinned out for drawing.

    x is the batch's place within its epoch, counted over the whole run: 2.5 is the middle of
    the third epoch. At most ``MOST_POINTS`` are drawn: every second batch, every fourth and
    so on, so that a drawn point stays where it is for long. ``smoothed`` lines look as many
    epochs back as an epoch's curve does with the same weight, and begin anew with each stage.
    """

    def __init__(self) -> None:
        self._batches: list[BatchFinished] | None = None
        self._weight = 0.0
        self._reset()

    def _reset(self) -> None:
        self._x: list[float] = []
        self._lines: dict[LineName, list[float]] = {
            "accuracy": [],
            "loss": [],
            "head": [],
            "backbone": [],
        }
        self.highest_loss = 0.0
        self.lowest_loss = math.inf
        self._forget_smoothed()

    def _forget_smoothed(self) -> None:
        self._stage = 0
        self._means = {name: RunningMean() for name in QUANTITIES}
        self._smooth: dict[Quantity, list[float]] = {name: [] for name in QUANTITIES}

    def follow(self, history: History) -> None:
        """Take in what ``history`` has more than at the last call."""
        if history.batches is not self._batches or len(history.batches) < len(self._x):
            self._batches = history.batches
            self._reset()
        for batch in history.batches[len(self._x) :]:
            before = history.position(batch.stage, batch.epoch - 1)
            self._x.append(before + batch.batch / max(batch.batches, batch.batch, 1))
            self._lines["accuracy"].append(100 * batch.accuracy)
            self._lines["loss"].append(batch.loss)
            self._lines["head"].append(batch.learning_rate or math.nan)
            self._lines["backbone"].append(batch.backbone_learning_rate or math.nan)
            if self.highest_loss < batch.loss < math.inf:
                self.highest_loss = batch.loss
            if 0 < batch.loss < self.lowest_loss:
                self.lowest_loss = batch.loss

    @property
    def step(self) -> int:
        """Every how many batches one is drawn, a power of two."""
        step = 1
        while len(self._x) > MOST_POINTS * step:
            step *= 2
        return step

    def line(self, name: LineName) -> Line:
        """x and what is drawn there: the accuracy in percent, the loss, or the learning rate of
        the head or of the ConvNet; NaN where a rate is 0 or not known."""
        return self._thinned(self._lines[name])

    def smoothed(self, name: Quantity, weight: float) -> Line:
        """The same batches' accuracy in percent, or loss, smoothed."""
        if weight != self._weight:
            self._weight = weight
            self._forget_smoothed()
        batches = self._batches or []
        for place in range(len(self._smooth[name]), len(self._x)):
            batch = batches[place]
            if batch.stage != self._stage:
                self._stage = batch.stage
                self._means = {name: RunningMean() for name in QUANTITIES}
            keep = weight ** (1 / max(batch.batches, 1))
            for one in QUANTITIES:
                self._smooth[one].append(self._means[one].add(self._lines[one][place], keep))
        return self._thinned(self._smooth[name])

    def _thinned(self, line: list[float]) -> Line:
        step = self.step
        return self._x[::step], line[::step]


def smoothed_by_stage(history: History, values: Sequence[float], weight: float) -> list[float]:
    """One value an ended epoch, smoothed; each stage begins anew, for what thaws may jump."""
    smooth: list[float] = []
    for _, stage in groupby(zip(history.epochs, values, strict=True), lambda one: one[0].stage):
        smooth += smoothed([value for _, value in stage], weight)
    return smooth


def stage_starts(history: History) -> tuple[tuple[int, tuple[int, ...], int], ...]:
    """For each planned stage the epochs before it, its thawed blocks, and how many parameters
    it trains (0 until it began)."""
    started = history.started
    if started is None:
        return ()
    planned = history.planned
    known = {one.stage: one.trainable_parameters for one in history.stages}
    return tuple(
        (sum(planned[:number]), tuple(thawed), known.get(number + 1, 0))
        for number, thawed in enumerate(started.thawed)
    )


def nice_ceiling(value: float) -> float:
    """The next round number above ``value``: an axis' end that seldom moves."""
    power = 1e-6
    while power * 10 <= value:
        power *= 10
    return next((power * one for one in _NICE if power * one > value), power * 15)


def nice_floor(value: float) -> float:
    """The next of 1, 2 or 5 times a power of ten at or below ``value``, which is above 0."""
    power = 10.0 ** math.floor(math.log10(value))
    return max(power * one for one in (1, 2, 5) if power * one <= value * (1 + 1e-9))


def finite(values: Iterable[float]) -> list[float]:
    """Those that a curve can show."""
    return [one for one in values if math.isfinite(one)]


SMOOTHEST = 0.98


@dataclass(frozen=True)
class CurveOptions:
    """``smoothing`` (0 to ``SMOOTHEST``) is the weight that an epoch's curve keeps of what was
    before; ``log_loss`` puts the loss on a logarithmic axis; ``rates`` shows the learning
    rates below."""

    smoothing: float = 0.0
    log_loss: bool = False
    rates: bool = True


@dataclass(frozen=True)
class Reading:
    """An ended epoch: its ``position`` over the whole run, and the rates of its last step (None
    where the history doesn't tell; 0: frozen)."""

    position: int
    epoch: EpochFinished
    augmented: bool
    head_rate: float | None
    backbone_rate: float | None


def reading(history: History, epoch: float) -> Reading | None:
    """That of the ended epoch nearest to ``epoch``, counted over the run; None without one."""
    if not history.epochs:
        return None
    places = [history.position(one.stage, one.epoch) for one in history.epochs]
    place = min(range(len(places)), key=lambda index: abs(places[index] - epoch))
    found = history.epochs[place]
    steps = (one for one in reversed(history.batches) if one.stage == found.stage)
    step = next((one for one in steps if one.epoch == found.epoch), None)
    augmented = any(one.stage == found.stage and one.augmented for one in history.stages)
    return Reading(
        places[place],
        found,
        augmented,
        step.learning_rate if step else None,
        step.backbone_learning_rate if step else None,
    )
