"""The command line: its subcommands, and what becomes of an error."""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, FiniteFloat

from core.cli import cache as cli_cache
from core.cli import compare as cli_compare
from core.cli import experiment as cli_experiment
from core.cli import options as cli_options
from core.cli import runs as cli_runs
from core.cli import train as cli_train
from core.cli.options import FAILED, INTERRUPTED, OK, WRONG_INPUT
from core.cli.scan import run_scan
from core.common import lazy
from core.common.messages import InputError, ThawError
from core.dataset import sample
from core.images import load as images
from core.images.errors import ImageError
from core.runs.places import find
from core.runs.run import Run

# Each subcommand in a few words.
COMMANDS = {
    "scan": "classes, counts and problems of a dataset folder",
    "sample": "write the built-in sample dataset",
    "train": "train a recipe on a dataset folder",
    "rate": "look for a learning rate that suits a stage",
    "resume": "go on with a run that was stopped or killed",
    "experiment": "several recipes, several seeds each, and what can be told apart",
    "predict": "a picture's top classes, by the network that a run keeps",
    "compare": "runs side by side, and whether they differ",
    "report": "write a run, or several, to one file",
    "cache": "what is kept so that it is not computed again",
    "runs": "all runs and how they went",
    "archive": "save a run as one file, for another machine",
}
_MEGAPIXELS = Annotated[FiniteFloat, Field(gt=0, le=1000)]


def main(arguments: Sequence[str]) -> int:
    """Run one subcommand; the answer is the exit code.

    0 fine, 1 failed, 2 wrong usage or input, 130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):  # any file name can be printed on any system
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    options = parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        code = command(options)
        sys.stdout.flush()  # a full disk must be found here, not while Python ends
        return code
    except ThawError as error:
        if error.code == "stopped":
            return INTERRUPTED
        print(f"thaw: {error}", file=sys.stderr)
        return WRONG_INPUT if isinstance(error, InputError) else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone: that is its right
        _discard_output()
        return INTERRUPTED if arguments[0] in ("train", "resume", "experiment") else OK
    except OSError as error:
        _discard_output()
        reason = f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
        print(f"thaw: {ThawError('file_system', reason=reason)}", file=sys.stderr)
        return FAILED


def parser() -> argparse.ArgumentParser:
    """All subcommands with their options."""
    whole = argparse.ArgumentParser(
        prog="python main.py",
        description="Transfer learning on your own pictures, on your own machine.",
        epilog="Without a subcommand the window opens; see: python main.py --help",
    )
    commands = whole.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, run: Callable[[argparse.Namespace], int], *shared: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=COMMANDS[name], parents=shared)
        command.set_defaults(command=run)
        return command

    in_json = _shared("--json", action="store_true", help="one JSON object on stdout")
    as_events = _shared("--events", action="store_true", help="one JSON object a line on stdout")
    of_run = _shared("run", metavar="RUN", help="a run's directory, or its name")

    scan = add("scan", run_scan, in_json)
    cli_options.add_dataset_options(scan)
    scan.add_argument("--verify", action="store_true", help="decode every picture fully")
    scan.add_argument(
        "--duplicates", action="store_true", help="look for pictures that are there twice"
    )
    scan.add_argument(
        "--max-megapixels",
        type=cli_options.typed(_MEGAPIXELS, "a number above 0, at most 1000"),
        default=images.MAX_MEGAPIXELS,
        metavar="N",
        help=f"larger pictures are problems ({images.MAX_MEGAPIXELS:g})",
    )

    add("sample", _sample).add_argument(
        "folder", type=Path, metavar="DIR", help="the class folders go in here"
    )

    train = add("train", cli_train.run_training, as_events)
    cli_options.add_dataset_options(train)
    cli_options.add_recipe_options(train)
    train.add_argument("--run", type=_place, metavar="DIR", help="where the run is written")

    rate = add("rate", cli_train.run_rate, in_json)
    cli_options.add_dataset_options(rate)
    cli_options.add_recipe_options(rate)
    rate.add_argument(
        "--stage",
        type=cli_options.COUNT,
        default=1,
        metavar="N",
        help="counted from 1: stages.0 is 1; every stage is tried with a new head on the weights "
        "that the recipe begins with, not on what the stages before it learn",
    )

    resume = add("resume", cli_train.run_resume, of_run, as_events)
    resume.add_argument(
        "--extend",
        type=cli_options.COUNT,
        metavar="N",
        help="give the last stage so many more epochs, finished or not",
    )

    cli_experiment.add_options(add("experiment", cli_experiment.run_experiment, in_json))

    predict = add("predict", _predict, of_run, in_json)
    predict.add_argument("pictures", type=Path, nargs="+", metavar="PICTURE")
    predict.add_argument(
        "--top", type=cli_options.COUNT, default=3, metavar="N", help="classes shown (3)"
    )
    predict.add_argument(
        "--flip-average",
        action="store_true",
        help="the mean of each picture and its mirror image, where left and right don't matter",
    )

    cli_compare.add_compare_options(add("compare", cli_compare.run_compare, in_json))
    cli_compare.add_report_options(add("report", cli_compare.run_report))
    cli_cache.add_options(add("cache", cli_cache.run_cache, in_json))
    cli_runs.add_runs_options(add("runs", cli_runs.run_runs, in_json))
    cli_runs.add_archive_options(add("archive", cli_runs.run_archive_command, of_run))
    return whole


def _shared(name: str, **options: Any) -> argparse.ArgumentParser:
    """An argument that several subcommands have."""
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument(name, **options)
    return parent


def _discard_output() -> None:
    """Let what is still buffered for a stdout that takes nothing more go nowhere."""
    with contextlib.suppress(OSError):  # a stdout that is no file has nothing to discard
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _place(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("it names no folder")
    return Path(text)


def _sample(options: argparse.Namespace) -> int:
    sample.write(options.folder)
    total = len(sample.CLASSES) * sample.IMAGES_PER_CLASS
    print(f"{total} pictures in {len(sample.CLASSES)} classes: {options.folder}")
    return OK


def _predict(options: argparse.Namespace) -> int:
    run = Run.open(find(options.run))
    classifier = lazy.load("training.network_file").Classifier(run)
    answers: list[dict[str, object]] = []
    failed = False
    for path in options.pictures:
        try:
            top = classifier.classify(path, options.top, options.flip_average)
        except ImageError as error:
            failed = True
            answers.append({"path": str(path), "error": error.code})
            print(f"thaw: {path}: {error}", file=sys.stderr)
            continue
        classes = [{"name": one.name, "probability": one.probability} for one in top]
        answers.append({"path": str(path), "classes": classes})
        if not options.json:
            listed = ", ".join(f"{one.name} {one.probability:.1%}" for one in top)
            print(f"{path}: {listed}")
    if options.json:
        print(json.dumps({"predictions": answers}, ensure_ascii=False, indent=2))
    return WRONG_INPUT if failed else OK
