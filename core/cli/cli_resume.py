"""``resume`` on the command line: go on with a run that was stopped or killed, or train longer."""

import argparse
import contextlib
import sys
import threading
from collections.abc import Iterator
from functools import partial

from core.cli.main import OK
from core.cli.train import follow, stopped_by_signals
from core.common.messages import InputError, sentence
from core.runs import run as runs
from core.runs.places import CONFIG, find
from core.runs.run import Run, extend
from core.training import torchrun

_SMALLER = 10  # times, than a learning rate with which the loss grew beyond all bounds


def run_resume(options: argparse.Namespace) -> int:
    """Train the run to its end. Raises ``InputError`` where there is nothing to go on with."""
    here = torchrun.place()
    if here is not None:
        from core.cli.cli_ranks import train_together

        # those that torchrun starts again have extended it before
        begin = partial(_opened, options, 0 if here.restarts else options.extend)
        train_together(here, begin, find(options.run), None, options.events)
    with _opened(options, options.extend) as run:
        if run is None:
            return OK
        with stopped_by_signals() as stop:
            return follow(run, options.events, stop)


@contextlib.contextmanager
def _opened(
    options: argparse.Namespace, epochs: int | None, _stop: threading.Event | None = None
) -> Iterator[Run | None]:
    """The run, held, made longer by so many ``epochs``; None where it is finished, which is
    told."""
    directory = find(options.run)
    found = Run.open(directory)
    _check_hope(found)
    if found.is_finished and not epochs:  # its folder may be one that cannot be written
        _tell_finished(found, options)
        yield None
        return
    with runs.opened(directory) as run:
        _check_hope(run)
        if epochs:
            extend(run, epochs)
        if run.is_finished:  # another process has trained it meanwhile
            _tell_finished(run, options)
            yield None
        else:
            yield run


def _check_hope(run: Run) -> None:
    """Raises ``InputError`` (run_not_finite), with the command that may lead further."""
    last = run.history.finished
    if last is None or not run.history.is_hopeless:
        return
    smaller = float(last.values["rate"]) / _SMALLER
    raise InputError(
        "run_not_finite",
        path=str(run.directory),
        folder=str(run.folder),
        recipe=str(run.directory / CONFIG),
        setting=f"stages.{int(last.values['stage']) - 1}.learning_rate={smaller:g}",
        **{name: last.values[name] for name in ("value", "stage", "epoch", "rate")},
    )


def _tell_finished(run: Run, options: argparse.Namespace) -> None:
    done = len(run.history.epochs)
    told = sentence("run_is_finished", {"path": run.directory, "epochs": done})
    print(told, file=sys.stderr if options.events else sys.stdout)
