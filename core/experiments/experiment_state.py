"""How much of an experiment is done: which of its runs have ended for good."""

import contextlib
import json
from pathlib import Path

from core.common import files
from core.common.messages import InputError
from core.experiments.experiment_ import Experiment, Place
from core.runs import history, places
from core.runs import run as runs_run
from core.runs.history import History
from core.runs.places import CONFIG, HISTORY, SUMMARY
from core.runs.run import Run


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
