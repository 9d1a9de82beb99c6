"""``resume`` on the command line: go on with a run that was stopped or killed, or train longer."""

import argparse
import sys
import threading
from functools import partial

from core import run_lock, torchrun
from core.cli import OK
from core.cli_train import follow, stopped_by_signals
from core.messages import sentence
from core.run_extension import extend
from core.runs import Run, find


def run_resume(options: argparse.Namespace) -> int:
    """Train the run to its end. Raises ``InputError`` where there is nothing to go on with."""
    here = torchrun.place()
    if here is not None:
        from core.cli_ranks import train_together

        # those that torchrun starts again have extended it before
        begin = partial(_opened, options, 0 if here.restarts else options.extend)
        train_together(here, begin, find(options.run), None, options.events)
    run = _opened(options, options.extend)
    if run is None:
        return OK
    with stopped_by_signals() as stop:
        return follow(run, options.events, stop)


def _opened(
    options: argparse.Namespace, epochs: int | None, _stop: threading.Event | None = None
) -> Run | None:
    """The run, made longer by so many ``epochs``; None where it is finished, which is told."""
    run = Run.open(find(options.run))
    if epochs:
        extend(run, epochs)
    if not run.is_finished:  # else its folder may be one that cannot be written
        with run_lock.held(run.directory):
            run = Run.open(run.directory)  # another process may have trained it meanwhile
    if run.is_finished:
        done = len(run.history.epochs)
        told = sentence("run_is_finished", {"path": run.directory, "epochs": done})
        print(told, file=sys.stderr if options.events else sys.stdout)
        return None
    return run
