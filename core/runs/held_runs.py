"""A run that nobody else trains, from where it is opened or made to the end of its training."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from core.runs import run_lock
from core.runs.run import Run


@contextlib.contextmanager
def opened(directory: Path) -> Iterator[Run]:
    """The run in ``directory``, as it is when no other process can change it any more.

    Raises ``InputError`` as ``run_lock.held`` and ``Run.open`` do.
    """
    with run_lock.held(directory):
        run = Run.open(directory)
        with _marked(run):
            yield run


@contextlib.contextmanager
def held(run: Run) -> Iterator[None]:
    """``run_lock.held`` for this run, unless whoever opened it holds it already."""
    if run.is_held:
        yield
        return
    with run_lock.held(run.directory), _marked(run):
        yield


@contextlib.contextmanager
def _marked(run: Run) -> Iterator[None]:
    run.is_held = True
    try:
        yield
    finally:
        run.is_held = False
