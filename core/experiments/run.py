"""Runs an experiment, or goes on with one: a rate for each arm, then a run for each seed.

Every piece is kept as it ends: the rates in ``experiment.json``, each epoch in its own run. What
a stop or a crash leaves is done again from there, with the same figures.
"""

import contextlib
import shutil
import threading
from collections.abc import Generator, Sequence
from pathlib import Path

from core.common import lazy
from core.common.messages import ThawError
from core.compute.estimate import Speed
from core.dataset.split import check_trainable, split
from core.dataset.summary import DatasetSummary
from core.experiments.budget import costs
from core.experiments.experiment_ import ChosenRate, Experiment, Place, learning_from
from core.experiments.experiment_events import (
    ArmBegun,
    ArmEnded,
    ExperimentEvent,
    ExperimentFinished,
    ExperimentProgress,
    ExperimentStarted,
    RateChosen,
    RateSearched,
    Told,
)
from core.experiments.experiment_progress import Progress
from core.experiments.experiment_state import is_done, mend_summary
from core.model.weights import download as weight_download
from core.recipe.config import RunConfig
from core.runs import images as run_images
from core.runs import places
from core.runs import run as runs
from core.runs.events import Event, Outcome, RunFinished
from core.runs.images import Picture
from core.runs.places import CHECKPOINTS, CONFIG
from core.runs.run import Run
from core.training.control import Control
from core.training.rate_curve import RateFound, RateTried, steady
from core.training.rates import learning_rates

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
        counts = used.count("train"), used.count("validation")
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
        with runs.opened(directory) as run:
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
