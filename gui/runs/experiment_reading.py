"""Reading experiments off the window's thread: the list of them, and what came of one."""

import threading
from dataclasses import dataclass
from pathlib import Path

from core.common.messages import InputError
from core.experiments import experiment as experiments
from core.experiments import marks as experiment_marks
from core.experiments import run as experiment_run
from core.experiments.experiment import Experiment, Place
from core.experiments.marks import Marks
from core.runs import list as run_list
from gui.base.background import Progress, Work


@dataclass(frozen=True)
class Listed:
    """An experiment that is kept, and how many of its runs are done."""

    directory: Path
    experiment: Experiment
    done: int

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to be run."""
        return self.done >= len(self.experiment.arms) * len(self.experiment.seeds)


@dataclass(frozen=True)
class Opened:
    """An experiment and what came of it until now."""

    listed: Listed
    marks: Marks


def listing() -> Work:
    """All that are kept, the newest first: a list of ``Listed``."""

    def work(stop: threading.Event, _progress: Progress) -> list[Listed]:
        found = []
        for directory, experiment in experiments.earlier():
            if stop.is_set():
                break
            done = experiment_run.done_runs(directory, experiment)
            found.append(Listed(directory, experiment, done))
        return found

    return work


def opening(directory: Path) -> Work:
    """One of them: an ``Opened``."""

    def work(_stop: threading.Event, _progress: Progress) -> Opened:
        place = Place(directory)
        experiment = place.read()
        try:
            marks = experiment_marks.of_place(place, experiment)
        except (OSError, ValueError) as error:
            raise InputError(
                "experiment_unreadable", path=str(directory), reason=str(error)
            ) from None
        done = experiment_run.done_runs(directory, experiment)
        return Opened(Listed(directory, experiment, done), marks)

    return work


def throwing(directory: Path) -> Work:
    """Move it to the trash."""

    def work(_stop: threading.Event, _progress: Progress) -> None:
        run_list.move_to_trash(directory)

    return work
