"""``resume`` on the command line: go on with a run that was stopped or killed, or train longer."""

import argparse
import sys

from core.cli import OK
from core.cli_train import follow, stopped_by_signals
from core.messages import sentence
from core.runs import Run, extend, find


def run_resume(options: argparse.Namespace) -> int:
    """Train the run to its end. Raises ``InputError`` where there is nothing to go on with."""
    run = Run.open(find(options.run))
    if options.extend:
        extend(run, options.extend)
    elif run.is_finished:
        epochs = len(run.history.epochs)
        told = sentence("run_is_finished", {"path": run.directory, "epochs": epochs})
        print(told, file=sys.stderr if options.events else sys.stdout)
        return OK
    with stopped_by_signals() as stop:
        return follow(run, options.events, stop)
