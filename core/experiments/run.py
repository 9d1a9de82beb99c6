"""Runs an experiment, or goes on with one: a rate search for each arm, then a run for each seed.

Every piece is kept as it ends: the rates in ``experiment.json``, each epoch in its own run. What a
stop or a crash leaves is done again from there, with the same figures.

Events are frozen, of plain Python values; a rate that was chosen is told as ``ChosenRate``.
"""

import contextlib
import json
import shutil
import threading
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.common import lazy
from core.common.messages import ThawError
from core.common.stopwatch import Stopwatch
from core.compute.estimate import Speed
from core.dataset.split import check_trainable, split
from core.dataset.summary import DatasetSummary
from core.experiments.experiment import ChosenRate, Experiment, Place, learning_from
from core.experiments.kinds import Piece, expected
from core.experiments.marks import is_finished
from core.model.weights import download as weight_download
from core.recipe.config import RunConfig
from core.runs import history, places
from core.runs import images as run_images
from core.runs import run as runs_run
from core.runs.events import EpochFinished, Event, Outcome, RunFinished
from core.runs.history import History
from core.runs.places import CHECKPOINTS, CONFIG, HISTORY, SUMMARY
from core.runs.run import Run
from core.training.control import Control
from core.training.rate_curve import RateFound, RateTried, steady
from core.training.rates import learning_rates


@dataclass(frozen=True)
class ExperimentStarted:
    """It begins, or goes on: ``done`` of its ``runs`` are there; about ``seconds`` are left."""

    directory: Path
    runs: int
    done: int
    seconds: float


@dataclass(frozen=True)
class RateSearched:
    """The finder begins with a stage (from 1) of an arm."""

    arm: str
    stage: int


@dataclass(frozen=True)
class ArmBegun:
    """A run of an arm begins or goes on; it lies in ``directory``. It has ``epochs``;
    ``accuracies`` are those on validation of the ones that were trained before."""

    arm: str
    seed: int
    directory: Path
    epochs: int
    accuracies: tuple[float, ...] = ()


@dataclass(frozen=True)
class Told:
    """What the finder (``seed`` None) or a run says meanwhile."""

    arm: str
    seed: int | None
    event: Event | RateTried


@dataclass(frozen=True)
class ArmEnded:
    """A run has ended. ``outcome`` failed: with ``code``; the others go on."""

    arm: str
    seed: int
    outcome: Outcome
    code: str = ""
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ExperimentProgress:
    """How far the whole is: a ``share`` of 1, and the seconds that are left."""

    share: float
    seconds_left: float


@dataclass(frozen=True)
class ExperimentFinished:
    """Always the last. ``code`` and ``values`` say why it failed."""

    outcome: Outcome
    code: str = ""
    values: dict[str, Any] = field(default_factory=dict)


ExperimentEvent = (
    ExperimentStarted
    | RateSearched
    | ChosenRate
    | ArmBegun
    | Told
    | ArmEnded
    | ExperimentProgress
    | ExperimentFinished
)


def is_over(told: History) -> bool:
    """Whether a run of that history has trained all, or cannot go on."""
    return is_finished(told) or told.is_hopeless


def done_runs(directory: Path, experiment: Experiment) -> int:
    """How many runs of the experiment in ``directory`` are done: of those that finished their
    summaries say so, of the others their histories."""
    place = Place(directory)
    runs = [place.run(arm.name, seed) for arm in experiment.arms for seed in experiment.seeds]
    return sum(_says_finished(one) or _has_ended(one) for one in runs)


def _says_finished(run: Path) -> bool:
    try:
        return bool(json.loads((run / SUMMARY).read_bytes())["state"] == "finished")
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _has_ended(run: Path) -> bool:
    try:
        return is_over(history.read(run / HISTORY))
    except (OSError, ValueError):
        return False


_TRUSTED = 0.25  # of the whole: so much work as expected is counted with what was measured


class Progress:
    """Counts the ``expected`` seconds of what is done: searches, runs, and epochs of a run. What
    they really took corrects the seconds that are left. Pauses count as work, sleeps don't."""

    def __init__(
        self, place: Place, experiment: Experiment, expected: Mapping[Piece, float]
    ) -> None:
        self._expected = expected
        self._total = max(sum(expected.values()), 1e-9)
        self._watch = Stopwatch()
        self._epochs = {
            one.name: [stage.epochs for stage in one.recipe.stages] for one in experiment.arms
        }
        self._shares: dict[Piece, float] = {}
        self.runs_done = 0
        for one in experiment.arms:
            if (one.name, None) in expected and experiment.rates_for(one.name):
                self._shares[one.name, None] = 1.0
            for seed in experiment.seeds:
                known = history.read(place.run(one.name, seed) / HISTORY)
                share = min(len(known.epochs) / sum(self._epochs[one.name]), 1.0)
                self._shares[one.name, seed] = 1.0 if is_over(known) else share
                self.runs_done += is_over(known)
        self._had = self._done

    @property
    def _done(self) -> float:
        return sum(self._expected[piece] * share for piece, share in self._shares.items())

    @property
    def seconds_left(self) -> float:
        """Expected for the rest, corrected by what was measured until now."""
        left, worked = max(self._total - self._done, 0.0), self._done - self._had
        trusted = _TRUSTED * (self._total - self._had)
        if worked <= 0 or trusted <= 0:
            return left
        # a first piece may be far quicker than the rest: a search that only the head needs
        return left * (self._watch.seconds + trusted) / (worked + trusted)

    def after(self, event: ExperimentEvent) -> tuple[float, float] | None:
        """The share that is done and the seconds that are left, once ``event`` has come; None
        where it says nothing of them."""
        self._watch.tick("experiment")
        match event:
            case ChosenRate():
                self._shares[event.arm, None] = 1.0
            case Told(seed=int(seed), event=EpochFinished() as one):
                epochs = self._epochs[event.arm]
                position = sum(epochs[: one.stage - 1]) + one.epoch
                self._shares[event.arm, seed] = min(position / sum(epochs), 1.0)
            case ArmEnded():
                self._shares[event.arm, event.seed] = 1.0
            case _:
                return None
        return min(self._done / self._total, 1.0), self.seconds_left


_OWN_FAULT = ("not_finite",)  # a run that fails so says something of its arm; the others go on

_Steps = Generator[ExperimentEvent, None, None]


def begin(
    directory: Path,
    experiment: Experiment,
    summary: DatasetSummary,
    stop: threading.Event | None = None,
) -> None:
    """Write a new experiment on the pictures of ``summary``, each read once for its hash.

    Raises ``InputError`` where it cannot be trained or written, ``ThawError`` (stopped).
    """
    dataset = experiment.arms[0].recipe.dataset.model_copy(update={"train_fraction": 1.0})
    check_trainable(split(summary, dataset), summary.classes, summary.folder)
    for one in experiment.arms:
        weight_download.check(one.recipe.model)
    pictures = list(run_images.of_summary(summary, dataset, stop))
    Place(directory).begin(experiment, pictures)


def run(directory: Path, control: Control | None = None, speed: Speed | None = None) -> _Steps:
    """Do what the experiment in ``directory`` still lacks, yielding what happens.

    The last event is always ``ExperimentFinished``. ``control.stop`` is heard within a second;
    ``speed`` is the machine's (None: as it is remembered, or measured now). A generator closed
    early leaves all as a stop does. Raises ``InputError`` where there is no experiment, or another
    process runs it.
    """
    place, control = Place(directory), control or Control()
    experiment = place.read()
    with places.held(directory):
        try:
            yield from _Running(place, experiment, control, speed).steps()
        except ThawError as error:
            outcome: Outcome = "stopped" if error.code == "stopped" else "failed"
            code = "" if outcome == "stopped" else error.code
            yield ExperimentFinished(outcome, code, dict(error.values))
        else:
            yield ExperimentFinished("finished")


class _Running:
    def __init__(
        self, place: Place, experiment: Experiment, control: Control, speed: Speed | None
    ) -> None:
        self._place, self._experiment, self._control = place, experiment, control
        self._pictures = place.pictures(experiment)
        self._folder = Path(experiment.folder)
        self._speed = speed

    def steps(self) -> _Steps:
        if not self._folder.is_dir():
            raise ThawError("folder_vanished", path=str(self._folder))
        speed = self._speed or lazy.load("compute.speed").of_this_machine(self._control.stop)
        used = [one.split for one in self._pictures if one.status == "used"]
        counts = used.count("train"), used.count("validation"), used.count("test")
        one = self._experiment
        pieces = expected(one.arms, one.seeds, speed, counts, one.finder_steps)
        progress = Progress(self._place, one, pieces)
        runs, left = len(one.arms) * len(one.seeds), progress.seconds_left
        yield ExperimentStarted(self._place.directory, runs, progress.runs_done, left)
        for event in self._all():
            if self._control.stop.is_set() and isinstance(event, RateSearched | ArmBegun):
                raise ThawError("stopped")
            yield event
            told = progress.after(event)
            if told is not None:
                yield ExperimentProgress(*told)

    def _all(self) -> _Steps:
        """Seed by seed, so that a stop leaves whole comparisons and not whole arms."""
        if self._experiment.finder_steps:
            for one in self._experiment.arms:
                if one.rates_of is None and not self._experiment.rates_for(one.name):
                    yield from self._find(one.name)
        for seed in self._experiment.seeds:
            for one in self._experiment.arms:
                yield from self._train(one.name, seed)

    # -- rates ------------------------------------------------------------------------------

    def _find(self, arm: str) -> _Steps:
        """Choose the rates of all stages of an arm; they are kept once all are there."""
        config = self._experiment.recipe(arm, self._experiment.seeds[0])
        chosen = []
        for stage in range(len(config.stages)):
            yield RateSearched(arm, stage + 1)
            found = yield from self._tried(arm, config, stage)
            rate = found if found is not None else learning_rates(config, stage)[0]
            chosen.append(
                ChosenRate(arm=arm, stage=stage + 1, rate=rate, is_found=found is not None)
            )
        self._experiment = self._experiment.model_copy(
            update={"rates": (*self._experiment.rates, *chosen)}
        )
        self._place.write(self._experiment)
        yield from chosen

    def _tried(
        self, arm: str, config: RunConfig, stage: int
    ) -> Generator[ExperimentEvent, None, float | None]:
        pictures = learning_from(self._pictures, config)
        dataset = self._folder, self._experiment.classes, pictures
        tried: list[RateTried] = []
        steps = self._experiment.finder_steps
        find = lazy.load("training.rate_finder").find
        with contextlib.closing(find(config, dataset, stage, self._control.stop, steps)) as told:
            for one in told:
                if isinstance(one, RateFound):
                    break
                if isinstance(one, RateTried):
                    tried.append(one)
                yield Told(arm, None, one)
        return steady([one.rate for one in tried], [one.smoothed for one in tried])

    # -- runs -------------------------------------------------------------------------------

    def _train(self, arm: str, seed: int) -> _Steps:
        directory = self._place.run(arm, seed)
        config = self._experiment.recipe(arm, seed)
        if (directory / CONFIG).is_file() and _has_ended(directory):
            _forget_checkpoints(directory)  # a crash may have come before this
            return
        if not (directory / CONFIG).is_file():
            shutil.rmtree(directory, ignore_errors=True)  # what a crash left without a recipe
            pictures = learning_from(self._pictures, config)
            Run.create_on(directory, config, self._folder, self._experiment.classes, pictures)
        train = lazy.load("training.train").train
        with runs_run.opened(directory) as run:
            had = tuple(one.validation.accuracy for one in run.history.epochs)
            yield ArmBegun(arm, seed, directory, sum(one.epochs for one in config.stages), had)
            last: Event | None = None
            with contextlib.closing(train(run.config, run, control=self._control)) as events:
                for event in events:
                    yield Told(arm, seed, event)
                    last = event
        assert isinstance(last, RunFinished)
        if last.outcome == "stopped":
            raise ThawError("stopped")
        if last.outcome == "failed" and last.code not in _OWN_FAULT:
            raise ThawError(last.code, **last.values)
        _forget_checkpoints(directory)
        yield ArmEnded(arm, seed, last.outcome, last.code, last.values)


def _forget_checkpoints(directory: Path) -> None:
    """Free what only serves to go on with a run that has ended: 177 MB where all is thawed."""
    shutil.rmtree(directory / CHECKPOINTS, ignore_errors=True)
