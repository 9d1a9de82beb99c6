"""Runs an experiment, or goes on with one: a rate search for each arm, then a run for each seed.

Every piece is kept as it ends: the rates in ``experiment.json``, each epoch in its own run. What a
stop or a crash leaves is done again from there, with the same figures.

Events are frozen dataclasses of plain Python values. Progress weighs each piece by its expected
seconds.
"""

import contextlib
import json
import shutil
import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.common import files, lazy
from core.common.messages import InputError, ThawError
from core.common.stopwatch import Stopwatch
from core.compute.estimate import Speed
from core.dataset.split import check_trainable, split
from core.dataset.summary import DatasetSummary
from core.experiments.budget import Costs, costs
from core.experiments.experiment import ChosenRate, Experiment, Place, learning_from
from core.model.weights import download as weight_download
from core.recipe.config import RunConfig
from core.runs import history, places
from core.runs import images as run_images
from core.runs import run as runs_run
from core.runs.events import BatchFinished, EpochFinished, Event, Outcome, RunFinished, RunResumed
from core.runs.history import History
from core.runs.images import Picture
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
class RateChosen:
    """The head's rate with which the runs of an arm train a stage; ``is_found`` as in
    ``experiment.ChosenRate``."""

    arm: str
    stage: int
    rate: float
    is_found: bool


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
    | RateChosen
    | ArmBegun
    | Told
    | ArmEnded
    | ExperimentProgress
    | ExperimentFinished
)


def is_done(directory: Path) -> bool:
    """Whether the run in ``directory`` has trained all, or cannot go on. Raises ``InputError``
    where it is damaged."""
    if not (directory / CONFIG).is_file():
        return False
    run = Run.open(directory)
    return run.is_finished or run.history.is_hopeless


def is_over(told: History) -> bool:
    """The same of what a run's history tells."""
    finished = told.finished is not None and told.finished.outcome == "finished"
    return finished or told.is_hopeless


def done_runs(directory: Path, experiment: Experiment) -> int:
    """How many runs of the experiment in ``directory`` are done.

    Summaries tell it of those that finished. Of the others the history does, and a summary that
    a crash kept from following it is written anew.
    """
    place = Place(directory)
    runs = [place.run(arm.name, seed) for arm in experiment.arms for seed in experiment.seeds]
    return sum(_says_finished(one) or _has_ended(one) for one in runs)


def mend_summary(directory: Path) -> None:
    """Let the summary of the run in ``directory`` say what its history does; nothing is done
    where that cannot be written, or another process trains the run."""
    with contextlib.suppress(OSError, InputError):
        if not places.is_held(directory):
            words = runs_run.summary_of(Run.open(directory)).encode("utf-8", "surrogateescape")
            files.replace(directory / SUMMARY, words)


def _says_finished(run: Path) -> bool:
    return _state(run) == "finished"


def _has_ended(run: Path) -> bool:
    try:
        told = history.read(run / HISTORY)
    except (OSError, ValueError):
        return False
    if not is_over(told):
        return False
    assert told.finished is not None
    if _state(run) != told.finished.outcome:
        mend_summary(run)
    return True


def _state(run: Path) -> str:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads((run / SUMMARY).read_bytes())["state"])
    return ""


_TRUSTED = 0.25  # of the whole: so much work as expected is counted with what was measured


class Progress:
    """Weighs each piece by its expected seconds; what the first pieces really took corrects
    the seconds that are left. Pauses count as work, sleeps don't."""

    def __init__(self, place: Place, experiment: Experiment, costs: Costs) -> None:
        self._experiment, self._costs = experiment, costs
        self._total = max(costs.total(len(experiment.seeds)), 1e-9)
        self._watch = Stopwatch()
        self._done = 0.0  # expected seconds of pieces that have ended
        self._piece = 0.0  # of the one that goes on
        self._epochs, self._planned = 0, 1
        self.runs = len(experiment.arms) * len(experiment.seeds)
        self.runs_done = 0
        self._count(place)
        self._had = self._done

    @property
    def seconds_left(self) -> float:
        """Expected for the rest, corrected by what was measured until now."""
        worked = self._done + self._piece - self._had
        left = max(self._total - self._done - self._piece, 0.0)
        expected = _TRUSTED * (self._total - self._had)
        if worked <= 0 or expected <= 0:
            return left
        # a first piece may be far quicker than the rest: a search that only the head needs
        return left * (self._watch.seconds + expected) / (worked + expected)

    def after(self, event: ExperimentEvent) -> tuple[float, float] | None:
        """The share that is done and the seconds that are left, once ``event`` has come; None
        where it says nothing of them."""
        match event:
            case RateSearched():
                self._piece = self._of_finder(event.arm) * self._stage_share(event.arm, event.stage)
            case RateChosen() if event.stage == 1:
                self._end(self._of_finder(event.arm))
            case ArmBegun():
                self._begin(event)
            case Told(event=RateTried() as tried):
                share = self._stage_share(event.arm, 2) * tried.step / tried.steps
                whole = self._of_finder(event.arm)
                self._piece = max(self._piece, whole * min(share, 1.0))
            case Told(event=RunResumed() as resumed):
                self._epochs = resumed.epochs  # those after them come again
            case Told(seed=int(seed), event=EpochFinished() | BatchFinished() as told):
                self._trained(event.arm, seed, told)
            case ArmEnded():
                self._end(self._of_run(event.arm, event.seed))
                self.runs_done += 1
            case _:
                return None
        self._watch.tick("experiment")
        share = min((self._done + self._piece) / self._total, 1.0)
        return share, self.seconds_left

    def _begin(self, event: ArmBegun) -> None:
        """What was trained of the run before is part of its piece from now on."""
        self._epochs, self._planned = len(event.accuracies), max(event.epochs, 1)
        share = min(self._epochs / self._planned, 1.0)
        self._piece = self._of_run(event.arm, event.seed) * share
        self._done -= self._piece

    def _trained(self, arm: str, seed: int, told: EpochFinished | BatchFinished) -> None:
        within = 0.0
        if isinstance(told, EpochFinished):
            self._epochs += 1
        elif told.batches:
            within = told.batch / told.batches
        share = min((self._epochs + within) / self._planned, 1.0)
        self._piece = self._of_run(arm, seed) * share

    def _end(self, seconds: float) -> None:
        self._done += seconds
        self._piece = 0.0

    def _stage_share(self, arm: str, stage: int) -> float:
        return (stage - 1) / len(self._experiment.arm(arm).recipe.stages)

    def _position(self, arm: str) -> int:
        return [one.name for one in self._experiment.arms].index(arm)

    def _of_finder(self, arm: str) -> float:
        return self._costs.finder[self._position(arm)]

    def _of_run(self, arm: str, seed: int) -> float:
        return self._costs.run(self._position(arm), seed == self._experiment.seeds[0])

    def _count(self, place: Place) -> None:
        """Count what is there already."""
        for one in self._experiment.arms:
            if self._experiment.rates_for(one.name):
                self._done += self._of_finder(one.name)
            planned = sum(stage.epochs for stage in one.recipe.stages)
            for seed in self._experiment.seeds:
                known = history.read(place.run(one.name, seed) / HISTORY)
                share = 1.0 if is_over(known) else min(len(known.epochs) / planned, 1.0)
                self._done += self._of_run(one.name, seed) * share
                self.runs_done += is_over(known)


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
        expected = costs(self._experiment.arms, speed, counts, self._experiment.finder_steps)
        progress = Progress(self._place, self._experiment, expected)
        yield ExperimentStarted(
            self._place.directory, progress.runs, progress.runs_done, progress.seconds_left
        )
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
        for one in chosen:
            yield RateChosen(one.arm, one.stage, one.rate, one.is_found)

    def _tried(
        self, arm: str, config: RunConfig, stage: int
    ) -> Generator[ExperimentEvent, None, float | None]:
        pictures = learning_from(self._pictures, config)
        dataset = self._folder, self._experiment.classes, pictures
        tried: list[RateTried] = []
        steps = self._experiment.finder_steps
        find = lazy.load("training.rate_finder").find_among
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
        if is_done(directory):
            _forget_checkpoints(directory)  # a crash may have come before this and the next
            mend_summary(directory)
            return
        if not (directory / CONFIG).is_file():
            self._make(directory, config)
        train = lazy.load("training.train").train
        with runs_run.opened(directory) as run:
            had = tuple(one.validation.accuracy for one in run.history.epochs)
            yield ArmBegun(arm, seed, directory, sum(one.epochs for one in config.stages), had)
            last = None
            with contextlib.closing(train(run.config, run, control=self._control)) as events:
                for event in events:
                    yield Told(arm, seed, event)
                    last = event
        yield from self._ended(arm, seed, last)

    def _make(self, directory: Path, config: RunConfig) -> None:
        """Write a run of this experiment; what a crash left of one without a recipe goes."""
        shutil.rmtree(directory, ignore_errors=True)
        pictures: Sequence[Picture] = learning_from(self._pictures, config)
        Run.create_on(directory, config, self._folder, self._experiment.classes, pictures)

    def _ended(self, arm: str, seed: int, last: Event | None) -> _Steps:
        assert isinstance(last, RunFinished)
        if last.outcome == "stopped":
            raise ThawError("stopped")
        if last.outcome == "failed" and last.code not in _OWN_FAULT:
            raise ThawError(last.code, **last.values)
        _forget_checkpoints(self._place.run(arm, seed))
        yield ArmEnded(arm, seed, last.outcome, last.code, last.values)


def _forget_checkpoints(directory: Path) -> None:
    """Free what only serves to go on with a run that has ended: 177 MB where all is thawed."""
    shutil.rmtree(directory / CHECKPOINTS, ignore_errors=True)
