"""The experiment that runs or ran last, and the queue of recipes for the next one.

The queue is kept in a file from one start to the next.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.common import files
from core.common.messages import InputError, ThawError
from core.experiments import experiment as experiments
from core.experiments import run as experiment_run
from core.experiments.experiment import CUSTOM, EXPERIMENT, ChosenRate, queued, with_fields
from core.experiments.kinds import Fit, check, expected, fitted, made
from core.experiments.run import (
    ArmBegun,
    ArmEnded,
    ExperimentEvent,
    ExperimentFinished,
    ExperimentProgress,
    ExperimentStarted,
    RateSearched,
    Told,
)
from core.recipe import files as recipes
from core.recipe.config import RunConfig
from core.runs.events import EpochFinished, RunResumed, RunStarted
from gui.session.threads import ExperimentThread, Prepare

if TYPE_CHECKING:
    from gui.session.training import TrainingSession

QUEUE = "queue.json"
_log = logging.getLogger(__name__)


def load_queue(folder: Path) -> list[tuple[str, RunConfig]]:
    """What was last kept in ``folder``, each recipe with its title; what cannot be read, or is
    refused by now, is left out."""
    try:
        kept = json.loads((folder / QUEUE).read_bytes())["queue"]
        return [found for one in kept if (found := _recipe(one)) is not None]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        _log.warning("the queue cannot be read: %s", error)
        return []


def save_queue(folder: Path, queue: Sequence[tuple[str, RunConfig]]) -> None:
    """Keep ``queue``; where that fails, it lasts until the window closes."""
    kept = [{"title": title, "recipe": recipe.to_data()} for title, recipe in queue]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files.replace(folder / QUEUE, json.dumps({"queue": kept}, indent=1).encode())
    except OSError as error:
        _log.warning("the queue cannot be kept: %s", error)


def _recipe(one: object) -> tuple[str, RunConfig] | None:
    try:
        if not isinstance(one, dict):
            raise TypeError("it is no object")
        return str(one["title"]), recipes.make(one["recipe"])
    except (InputError, KeyError, TypeError) as error:
        _log.warning("a recipe of the queue is left out: %s", error)
        return None


QUEUE_SEEDS = 3


@dataclass
class Doing:
    """What an experiment does at the moment: ``seed`` None while rates of ``stage`` are tried;
    ``accuracies`` on validation of the epochs of the run that trains."""

    arm: str = ""
    seed: int | None = None
    stage: int = 0
    epochs: int = 0
    accuracies: list[float] = field(default_factory=list)


class ExperimentJobs(QObject):
    """Runs one experiment at a time, and never beside a training.

    ``directory`` is where the one that is running, or ran last, lies; ``kind`` what it is, "" of
    one that goes on. ``share``, ``seconds_left``,
    ``runs`` of which ``runs_done`` are done, and ``doing`` tell how far it is; ``finished`` how it
    ended, ``error`` why there was none. Signals: ``changed`` when any of this has;
    ``epoch_finished`` of the run that trains; ``advanced`` when a run ended, or its rates are
    there; ``running_changed`` at its begin and end; ``queue_changed``.
    """

    changed = Signal()
    epoch_finished = Signal()
    advanced = Signal()
    running_changed = Signal()
    queue_changed = Signal()

    def __init__(self, session: TrainingSession) -> None:
        super().__init__(session)
        self._session = session
        self._thread: ExperimentThread | None = None
        self.queue = load_queue(session.settings.folder)
        self.queue_changed.connect(self._keep_queue)
        self.directory: Path | None = None
        self.kind = ""
        self._forget()

    def _forget(self) -> None:
        self.share, self.seconds_left = 0.0, 0.0
        self.runs = self.runs_done = 0
        self.doing = Doing()
        self.finished: ExperimentFinished | None = None
        self.error: ThawError | None = None

    # -- what can be done -------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        return self._thread is not None

    @property
    def is_kept(self) -> bool:
        """Whether the experiment lies in its directory, so that it can go on: not while, or if a
        stop came when, its pictures were read."""
        return self.directory is not None and (self.directory / EXPERIMENT).is_file()

    @property
    def is_stopping(self) -> bool:
        return self._thread is not None and self._thread.is_stopping

    def why_not(self, kind: str) -> ThawError | None:
        """What keeps an experiment of a ``kind`` from being started now, or None."""
        session = self._session
        if session.is_training:
            return ThawError("experiment_beside_training")
        if kind != CUSTOM:
            try:
                check(session.recipe)
            except InputError as error:
                return error
        return session.engine.error or session.dataset_error()

    def fit(
        self,
        kind: str,
        minutes: float,
        size: int | None,
        seeds: int | None,
        epochs: int | None,
    ) -> Fit | None:
        """What of a ready-made experiment, or of the queue, fits into the minutes; None where it
        cannot be started or the machine was not measured yet."""
        session = self._session
        speed, counts = session.engine.speed, self._counts()
        if speed is None or counts is None:
            return None
        if kind != CUSTOM:
            given = {"size": size, "seeds": seeds, "epochs": epochs}
            try:
                return fitted(kind, session.recipe, minutes, speed, counts, **given)
            except InputError:  # as ``why_not`` says
                return None
        if not self.queue or session.summary is None:
            return None
        count = seeds or QUEUE_SEEDS
        experiment = queued(self.queue, session.summary, count)
        seconds = expected(experiment.arms, experiment.seeds, speed, counts, 0)
        return Fit(0, count, 0, sum(seconds.values()))

    def _counts(self) -> tuple[int, int, int] | None:
        parts = self._session.split
        if parts is None:
            return None
        return len(parts.train) + len(parts.unused), len(parts.validation), len(parts.test)

    # -- running it -------------------------------------------------------------------------

    def start(self, kind: str, fit: Fit) -> None:
        """Run the ready-made experiment ``kind``, or the queue, on the open pictures. Does
        nothing where something keeps it from it."""
        session = self._session
        session.finish_remaking()
        summary = session.summary
        if self.is_running or self.why_not(kind) is not None or summary is None:
            return
        if kind == CUSTOM:
            if not self.queue:
                return
            experiment = queued(self.queue, summary, fit.seeds)
        else:
            chosen = with_fields(session.recipe, "dataset", image_size=fit.size)
            experiment = made(kind, chosen, summary, fit.seeds, fit.epochs)
        directory = experiments.new_directory(summary.name, kind)
        self.kind = kind

        def prepare(stop: threading.Event) -> None:
            experiment_run.begin(directory, experiment, summary, stop)

        self._begin(directory, prepare)

    def resume(self, directory: Path) -> None:
        """Go on with the experiment in ``directory``. Does nothing beside a training."""
        if not self.is_running and not self._session.is_training:
            self.kind = ""
            self._begin(directory, lambda _stop: None)

    def stop(self) -> None:
        """Ask it to end; ``running_changed`` follows within a second."""
        if self._thread is not None and not self._thread.is_stopping:
            self._thread.stop()
            self.changed.emit()

    def _begin(self, directory: Path, prepare: Prepare) -> None:
        session = self._session
        session.looks.cancel()
        session.machine.claim("experiment")
        session.engine.hold()
        self._forget()
        self.directory = directory

        def prepared(stop: threading.Event) -> None:
            session.machine.wait()
            prepare(stop)

        self._thread = ExperimentThread(directory, prepared, session.engine.speed, self)
        self._thread.opened.connect(self.advanced)
        self._thread.event_received.connect(self._event)
        self._thread.failed.connect(self._fail)
        self._thread.finished.connect(self._ended)
        self._thread.start()
        self.running_changed.emit()
        self.changed.emit()

    def _event(self, event: ExperimentEvent) -> None:
        match event:
            case ExperimentStarted():
                self.runs, self.runs_done = event.runs, event.done
                self.seconds_left = event.seconds
            case RateSearched():
                self.doing = Doing(event.arm, stage=event.stage)
            case ArmBegun():
                self.doing = Doing(
                    event.arm, event.seed, epochs=event.epochs, accuracies=[*event.accuracies]
                )
            case Told(event=RunResumed() as place):  # what came after its checkpoint comes again
                del self.doing.accuracies[place.epochs :]
            case Told(event=RunStarted()):
                self.doing.accuracies.clear()
            case Told(event=EpochFinished() as epoch):
                self.doing.accuracies.append(epoch.validation.accuracy)
                self.epoch_finished.emit()
            case ExperimentProgress():
                self.share, self.seconds_left = event.share, event.seconds_left
            case ArmEnded():
                self.runs_done += 1
            case ExperimentFinished():
                self.finished = event
            case _:
                pass
        if isinstance(event, ChosenRate | ArmEnded | ExperimentFinished):
            self.advanced.emit()
        self.changed.emit()

    def _fail(self, error: ThawError) -> None:
        self.error = error

    def _ended(self) -> None:
        if self._thread is not None:
            self._thread.deleteLater()
            self._thread = None
        self._session.machine.release()
        self.doing = Doing()
        self._session.engine.measure_when_free()
        self.running_changed.emit()
        self.changed.emit()

    # -- the queue --------------------------------------------------------------------------

    def add(self, title: str, recipe: RunConfig) -> None:
        """Put a recipe into the queue of the next experiment."""
        self.queue.append((title, recipe))
        self.queue_changed.emit()

    def remove(self, place: int) -> None:
        """Take the recipe at ``place`` out of the queue."""
        if 0 <= place < len(self.queue):
            del self.queue[place]
            self.queue_changed.emit()

    def move(self, place: int, to: int) -> None:
        """Give the recipe at ``place`` another one: the others are set against the first."""
        if 0 <= place < len(self.queue) and 0 <= to < len(self.queue):
            self.queue.insert(to, self.queue.pop(place))
            self.queue_changed.emit()

    def clear(self) -> None:
        """Empty the queue."""
        self.queue.clear()
        self.queue_changed.emit()

    def _keep_queue(self) -> None:
        save_queue(self._session.settings.folder, self.queue)
