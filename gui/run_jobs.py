"""Earlier runs, read off the window's thread."""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from core import evaluation, history, runs
from core.evaluation import Result
from core.history import History
from core.messages import InputError
from core.runs import Run
from gui.background import Work


@dataclass(frozen=True)
class OpenedRun:
    """A run, and its result where it has one."""

    run: Run
    result: Result | None


@dataclass(frozen=True)
class UnfinishedRun:
    """A run that was cut off, where it lies, and what it has said."""

    directory: Path
    history: History


def opening(directory: Path) -> Work:
    """Open the run in ``directory``: an ``OpenedRun``."""
    return lambda _stop, _progress: _opened(directory)


def looking_for_unfinished(folder: Path, passed_over: Collection[Path]) -> Work:
    """Look for runs in ``folder`` that were cut off, leaving out some: a list of
    ``UnfinishedRun``, the newest first."""
    return lambda _stop, _progress: _unfinished(folder, passed_over)


def _opened(directory: Path) -> OpenedRun:
    run = Run.open(directory)
    try:
        return OpenedRun(run, evaluation.of_run(run))
    except InputError:  # no epoch has ended
        return OpenedRun(run, None)


def _unfinished(folder: Path, passed_over: Collection[Path]) -> list[UnfinishedRun]:
    found, known = [], {os.path.abspath(one) for one in passed_over}
    for one in runs.interrupted(folder):
        if os.path.abspath(one.directory) in known:
            continue
        try:
            said = history.read(one.directory / runs.HISTORY)
        except (OSError, ValueError):  # a damaged run is found when it is opened
            continue
        found.append(UnfinishedRun(one.directory, said))
    return found
