"""``train`` and ``resume`` in the processes that torchrun started: one run, written by the first.

Where one process ends early, torchrun ends those that are left, and with ``--max-restarts``
starts all of them again.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Never

from core.cli.main import FAILED, OK
from core.cli.train import ended_by_errors, exit_code, follow, stopped_by_signals
from core.common import lazy
from core.common.messages import ThawError
from core.runs.run import Run
from core.training import torchrun
from core.training.torchrun import Place

if TYPE_CHECKING:
    from core.training.distributed import Group

# The run to train, new or not, held meanwhile; None where nothing is left to do.
Begin = Callable[[threading.Event], contextlib.AbstractContextManager[Run | None]]


def train_together(
    here: Place, begin: Begin, directory: Path, folder: Path | None, prints_events: bool
) -> Never:
    """Train the run that ``begin`` gives the first rank, and end the process.

    ``directory`` is that run's, ``folder`` where this rank finds the pictures (None: where the
    run has them). Raises ``InputError`` and ``ThawError`` where nothing was trained.
    """
    os.environ[torchrun.THREADS] = str(torchrun.threads_each(here, _cores()))  # torch reads it
    if here.is_first:
        code = _lead(here, begin, directory, prints_events)
    else:
        code = _accompany(here, directory, folder)
    # Threads of torch.distributed outlive their group where it had replicas, and one that drops
    # a tensor while Python ends aborts the process: to torchrun it would be a lost rank.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _lead(here: Place, begin: Begin, directory: Path, prints_events: bool) -> int:
    with stopped_by_signals() as stop, begin(stop) as run:
        with ended_by_errors(run):
            group = lazy.load("training.distributed").join(here)
        with _ending(group):
            lazy.load("training.distributed").shared(group, run, directory, None)
            code = OK if run is None else follow(run, prints_events, stop, group)
            return _in_step(group, code)


def _accompany(here: Place, directory: Path, folder: Path | None) -> int:
    """Train along without a word: the first rank tells what there is to tell."""
    group = lazy.load("training.distributed").join(here)  # until then a signal ends it at once
    with _ending(group):
        run = lazy.load("training.distributed").shared(group, None, directory, folder)
        if run is None:
            return OK
        train = lazy.load("training.train").train
        with stopped_by_signals() as stop:
            *_, last = train(run.config, run, stop, group=group)
        return _in_step(group, exit_code(last))


def _in_step(group: "Group", code: int) -> int:
    """Wait for the other ranks, lest torchrun take one that was faster for a lost one."""
    if code != FAILED:
        with contextlib.suppress(ThawError):
            group.wait_for_all()
    return code


@contextlib.contextmanager
def _ending(group: "Group") -> Iterator[None]:
    try:
        yield
    except ThawError as error:
        group.fail(error)
        raise
    finally:
        group.leave()


def _cores() -> int:
    """The cores that this machine's processes may run on."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
