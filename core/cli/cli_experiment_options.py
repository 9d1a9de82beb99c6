"""What may be said to ``experiment`` on the command line."""

import argparse
import contextlib
from pathlib import Path

from core.cli import cli_recipe, options
from core.experiments.experiment import KINDS

USUAL_MINUTES = 10.0


def add_options(command: argparse.ArgumentParser) -> None:
    """FOLDER or --resume, and what to run."""
    options.add_options(command, optional=True)
    cli_recipe.add_options(command)
    command.add_argument("--kind", choices=tuple(KINDS), metavar="KIND", help=_kinds())
    command.add_argument(
        "--minutes", type=_minutes, metavar="M", help=f"how long it may take ({USUAL_MINUTES:g})"
    )
    for name, about in (
        ("seeds", "trainings of each arm; by default as many as there is time for"),
        ("size", "the pictures' size in pixels; by default as large as there is time for"),
        ("epochs", "of each training; by default as many as there is time for"),
    ):
        command.add_argument(f"--{name}", type=_whole, metavar="N", help=about)
    command.add_argument(
        "--target", type=_share, metavar="SHARE", help="the accuracy that epochs are counted to"
    )
    place = command.add_mutually_exclusive_group()
    place.add_argument("--out", type=Path, metavar="DIR", help="where the experiment is written")
    place.add_argument("--resume", metavar="DIR", help="go on with this one, or show its results")
    command.add_argument(
        "--figure", type=Path, metavar="FILE", help="draw the result (.png, .svg or .pdf)"
    )
    command.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="write what came of it, by the suffix as one HTML file that holds everything (.html), "
        "as numbers (.csv) or as the figure",
    )
    command.add_argument("--estimate", action="store_true", help="only say how long it would take")
    command.add_argument("--json", action="store_true", help="one JSON object on stdout")


def _kinds() -> str:
    return "which one: " + ", ".join(KINDS) + " (transfer)"


def _whole(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1")
    return int(text)


def _minutes(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < float(text) <= 10_000:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text} is not a number of minutes")


def _share(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < float(text) <= 1:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text} is not a share above 0, at most 1")
