"""The ``compare`` and ``report`` commands: runs side by side in the terminal, JSON or files."""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core.cli import options as cli_options
from core.common.messages import InputError, sentence
from core.dataset.folder import printable
from core.reports import export as run_export
from core.reports.comparison import (
    Absent,
    Comparison,
    Outcome,
    Pictures,
    accuracy_shown,
    compare,
    difference_rows,
    english,
    field_name,
    interval_shown,
    minutes_shown,
    notes,
    pair_told,
)
from core.runs.places import find
from core.runs.run import Run

_WIDEST = 40  # letters of a column


def add_compare_options(command: argparse.ArgumentParser) -> None:
    """Which runs, and where the comparison goes."""
    command.add_argument(
        "runs", nargs="+", metavar="RUN", help="a run's directory, or its name; two or more"
    )
    command.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="write a .html report, a .csv table or a figure (.png, .svg, .pdf) instead",
    )


def run_compare(options: argparse.Namespace) -> int:
    """Print or write the comparison. Raises ``InputError`` for less than two runs."""
    runs = [Run.open(find(name)) for name in options.runs]
    comparison = compare(runs)
    if options.output is not None:
        run_export.write(runs, options.output)
    if options.json:
        print(json.dumps(_data(comparison), ensure_ascii=False, indent=2))
    elif options.output is not None:
        print(printable(str(options.output)))
    else:
        print("\n".join(_lines(comparison)))
    return 0


def _lines(comparison: Comparison) -> Iterator[str]:
    heads = ("run", "accuracy", "95 % interval", "pictures", "time", "epoch", "epochs", "state")
    yield from _table([heads, *(_figures(one) for one in comparison.outcomes)])
    tests = max(one.test_images for one in comparison.outcomes)
    if tests:
        yield ""
        yield f"{sentence('report_test_untouched', {'count': tests})}."
    if comparison.differences:
        yield ""
        names = ("what differs", *(one.name for one in comparison.outcomes))
        yield from _table([names, *difference_rows(comparison.differences)])
    yield ""
    told = [pair_told(comparison, pair, interval_shown) for pair in comparison.pairs]
    for one in (*told, *notes(comparison)):
        yield f"{english(one)}."


def _figures(one: Outcome) -> tuple[str, ...]:
    interval, images, at = "", "", ""
    if one.best is not None:
        interval, images = interval_shown(*one.interval), str(one.best.validation.images)
        at = str(one.position)
    epochs, time = f"{one.epochs} of {one.planned}", minutes_shown(one.seconds)
    return (one.name, accuracy_shown(one), interval, images, time, at, epochs, one.state)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """A cell that is too wide loses its beginning, for paths end differently."""
    return cli_options.table([[_cut(cell) for cell in row] for row in rows])


def _cut(cell: str) -> str:
    return cell if len(cell) <= _WIDEST else f"…{cell[1 - _WIDEST :]}"


def _data(comparison: Comparison) -> dict[str, Any]:
    return {
        "runs": [_run_data(one) for one in comparison.outcomes],
        "differences": [
            {
                "key": one.key,
                "name": english(field_name(one.key)),
                "values": [_plain(value) for value in one.values],
            }
            for one in comparison.differences
        ],
        "pairs": [
            {
                **{name: value for name, value in vars(pair).items() if name != "lacking"},
                "p": pair.p if pair.is_paired else None,
                "adjusted": pair.adjusted if pair.is_paired else None,
                "sentence": english(pair_told(comparison, pair, interval_shown)),
            }
            for pair in comparison.pairs
        ],
        "notes": [english(one) for one in notes(comparison)],
    }


def _run_data(one: Outcome) -> dict[str, Any]:
    best = None
    if one.best is not None:
        score = one.best.validation
        best = {
            "stage": one.best.stage,
            "epoch": one.best.epoch,
            "position": one.position,
            "accuracy": score.accuracy,
            "correct": score.correct,
            "images": score.images,
            "interval": one.interval,
            "loss": score.loss,
            "chosen_on_these_pictures": one.chosen,
        }
    return {
        "name": one.name,
        "path": printable(str(one.directory)),
        "dataset": one.dataset,
        "state": one.state,
        "epochs": one.epochs,
        "planned_epochs": one.planned,
        "seconds": one.seconds,
        "test_images": one.test_images,
        "best": best,
    }


def _plain(value: Any) -> Any:
    """A value for JSON: null where a run has no such field."""
    if isinstance(value, Absent):
        return None
    return vars(value) if isinstance(value, Pictures) else value


def add_report_options(command: argparse.ArgumentParser) -> None:
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
