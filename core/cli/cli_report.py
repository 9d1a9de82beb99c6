"""``report`` on the command line: a run, or several side by side, as files for others."""

import argparse
from pathlib import Path

from core.common.messages import InputError
from core.dataset.folder import printable
from core.reports import export as run_export
from core.runs.places import find
from core.runs.run import Run


def add_options(command: argparse.ArgumentParser) -> None:
    """Which runs, and where the report goes."""
    command.add_argument(
        "runs",
        nargs="+",
        metavar="RUN",
        help="a run's directory, or its name; of several their comparison is written",
    )
    command.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="by its suffix one HTML file that holds everything (.html), the numbers (.csv) or "
        "the figure (.png, .svg, .pdf)",
    )
    command.add_argument(
        "--tensorboard",
        type=Path,
        metavar="DIR",
        help="TensorBoard's event files, a folder for each run (needs the extra tensorboard)",
    )


def run_report(options: argparse.Namespace) -> int:
    """Write what is asked for and print where it is. Raises ``InputError`` where nothing is."""
    if options.output is None and options.tensorboard is None:
        raise InputError("report_without_place")
    if options.output is not None:
        run_export.kind_of(options.output)  # before anything is read
    runs = [Run.open(find(name)) for name in options.runs]
    if options.output is not None:
        run_export.write(runs, options.output)
        print(printable(str(options.output)))
    if options.tensorboard is not None:
        for place in run_export.write_tensorboard(runs, options.tensorboard):
            print(printable(str(place)))
    return 0
