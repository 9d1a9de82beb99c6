"""Earlier runs, read off the window's thread."""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from core.common.messages import InputError
from core.runs import evaluation, places
from core.runs import history as runs_history
from core.runs import run as runs
from core.runs.evaluation import Result
from core.runs.history import History
from core.runs.run import Run
from gui.base.background import Work


@dataclass(frozen=True)
class OpenedRun:
    """A run, and its result where it has one."""

    run: Run
    result: Result | None


@dataclass(frozen=True)
class UnfinishedRun:
    """A run that was cut off, or ``left`` when the window was closed: where it lies, and what it
    has said."""

    directory: Path
    history: History
    left: bool = False


def opening(directory: Path) -> Work:
    """Open the run in ``directory``: an ``OpenedRun``."""
    return lambda _stop, _progress: _opened(directory)


def looking_for_unfinished(
    folder: Path, passed_over: Collection[Path], left: Collection[Path]
) -> Work:
    """Look which of the runs that were ``left`` can still go on, and for runs in ``folder`` that
    were cut off, leaving out some: a list of ``UnfinishedRun``, each kind the newest first."""
    return lambda _stop, _progress: [*_left(left), *_cut_off(folder, passed_over)]


def _opened(directory: Path) -> OpenedRun:
    run = Run.open(directory)
    try:
        return OpenedRun(run, evaluation.of_run(run))
    except InputError:  # no epoch has ended
        return OpenedRun(run, None)


def _left(directories: Collection[Path]) -> list[UnfinishedRun]:
    found = []
    for directory in directories:
        said = _said(directory)
        is_stopped = said is not None and said.finished and said.finished.outcome == "stopped"
        if said is not None and is_stopped and not places.is_held(directory):
            found.append(UnfinishedRun(directory, said, left=True))
    return found


def _cut_off(folder: Path, passed_over: Collection[Path]) -> list[UnfinishedRun]:
    known = {os.path.abspath(one) for one in passed_over}
    directories = [one.directory for one in runs.interrupted(folder)]
    wanted = [one for one in directories if os.path.abspath(one) not in known]
    return [UnfinishedRun(one, said) for one in wanted if (said := _said(one)) is not None]


def _said(directory: Path) -> History | None:
    """What the run there has said; a damaged one is found when it is opened."""
    try:
        return runs_history.read(directory / places.HISTORY)
    except (OSError, ValueError):
        return None
