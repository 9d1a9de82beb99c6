"""``runs`` and ``archive`` on the command line: the list of runs, and a run as one file."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.cli import options as cli_options
from core.common import files
from core.common.messages import sentence
from core.dataset.folder import printable
from core.runs import list as run_list
from core.runs.list import ListedRun
from core.runs.places import find

_COLUMNS = ("run", "made", "dataset", "preset", "epochs", "validation accuracy", "state")

_WHOSE = (
    "Accuracy of the epoch that a run keeps, chosen as the best on these pictures unless it says "
    "otherwise; 95 % intervals."
)
_LONGEST_NAME = 44  # letters, so that one long name leaves room for the columns


def add_runs_options(command: argparse.ArgumentParser) -> None:
    """Which runs, and in what form."""
    command.add_argument("--folder", type=Path, metavar="DIR", help="where the runs are")
    command.add_argument(
        "--open", type=Path, metavar="FILE", help="add the run in a file that archive wrote"
    )


def add_archive_options(command: argparse.ArgumentParser) -> None:
    """Which run, and where to."""
    command.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="ends with .thaw.zip"
    )
    command.add_argument(
        "--weights", action="store_true", help="with the weights that the run keeps"
    )


def run_runs(options: argparse.Namespace) -> int:
    """Print the runs; after ``--open`` only the one that was added. Raises ``InputError``."""
    folder = options.folder or files.runs_folder()
    if options.open is not None:
        from core.runs import archive

        one = run_list.of_directory(archive.open_archive(options.open, folder))
        found = [one] if one is not None else []
    else:
        found = run_list.of_folder(folder)
    if options.json:
        listed = [_to_json(one) for one in found]
        print(json.dumps({"folder": printable(str(folder)), "runs": listed}, indent=2))
    else:
        print(describe(found, folder))
    return 0


def run_archive_command(options: argparse.Namespace) -> int:
    """Write one run as a file, and say what it leaves out. Raises ``ThawError``."""
    from core.runs import archive

    saved = archive.save(find(options.run), options.output, weights=options.weights)
    print(f"{printable(str(saved.path))}: {saved.size / 1e6:.2g} MB, without its pictures")
    if saved.shortened:
        listed = ", ".join(printable(one) for one in saved.shortened)
        print(f"Of these places it has the last name only: {listed}")
    return 0


def describe(found: Sequence[ListedRun], folder: Path) -> str:
    """The runs as a table for a terminal, and what is wrong with those that are damaged."""
    if not found:
        return f"No runs in {printable(str(folder))}"
    lines = cli_options.table([_COLUMNS, *(_row(one) for one in found)])
    if any(one.best is not None for one in found):
        lines += ["", _WHOSE]
    wrong = [f"{printable(one.directory.name)}: {one.error}" for one in found if one.error]
    return "\n".join([*lines, *([""] if wrong else []), *wrong])


def _row(one: ListedRun) -> tuple[str, ...]:
    star = "* " if one.label.star else ""
    return (
        star + _cut(printable(one.name)),
        one.created[:16].replace("T", " "),
        one.dataset,
        one.preset,
        f"{one.epochs}/{one.planned_epochs}" if one.planned_epochs else "",
        _accuracy(one),
        one.state,
    )


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _accuracy(one: ListedRun) -> str:
    if one.best is None:
        return ""
    low, high = one.best.interval
    chosen = {"accuracy": "", "loss": ", lowest loss", "last": ", last epoch"}
    return (
        f"{100 * one.best.accuracy:.1f} % ({100 * low:.1f} to {100 * high:.1f}) "
        f"of {one.best.images}{chosen.get(one.best.chosen_by, ', only epoch')}"
    )


def _to_json(one: ListedRun) -> dict[str, Any]:
    best, error = one.best, one.error
    about = {name: getattr(one, name) for name in _TOLD}
    return {
        "run": printable(one.directory.name),
        "directory": printable(str(one.directory)),
        **asdict(one.label),
        **about,
        "stages": [asdict(stage) for stage in one.stages],
        "best": best and {**asdict(best), "interval": best.interval},
        "error": error and {"code": error.code, "message": sentence(error.code, error.values)},
    }


_TOLD = (
    *("state", "created", "dataset", "classes", "preset", "head", "epochs", "planned_epochs"),
    "seconds",
)
