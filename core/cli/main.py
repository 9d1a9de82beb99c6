"""The command line: each subcommand imports only what it needs."""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from core.cli import cache as cli_cache
from core.cli import compare as cli_compare
from core.cli import experiment as cli_experiment
from core.cli import options as cli_options
from core.cli import runs as cli_runs
from core.cli.options import FAILED, INTERRUPTED, OK, WRONG_INPUT
from core.common.messages import InputError, ThawError
from core.images import load as images

PLANNED = ("evaluate", "export", "advise", "bench")
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


def main(arguments: Sequence[str]) -> int:
    """Run one subcommand; the answer is the exit code.

    0 fine, 1 failed, 2 wrong usage or input, 130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):  # any file name can be printed on any system
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if arguments and arguments[0] in PLANNED:
        return _refuse(InputError("command_unknown", command=arguments[0]))
    options = parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        code = command(options)
        sys.stdout.flush()  # a full disk must be found here, not while Python ends
        return code
    except InputError as error:
        return _refuse(error)
    except ThawError as error:
        if error.code == "stopped":
            return INTERRUPTED
        print(f"thaw: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone: that is its right
        _discard_output()
        return INTERRUPTED if options.command in (_train, _resume, _experiment) else OK
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

    scan = commands.add_parser("scan", help=COMMANDS["scan"])
    cli_options.add_dataset_options(scan)
    scan.add_argument("--json", action="store_true", help="one JSON object on stdout")
    scan.add_argument("--verify", action="store_true", help="decode every picture fully")
    scan.add_argument(
        "--duplicates", action="store_true", help="look for pictures that are there twice"
    )
    scan.add_argument(
        "--max-megapixels",
        type=cli_options.megapixels,
        default=images.MAX_MEGAPIXELS,
        metavar="N",
        help=f"larger pictures are problems ({images.MAX_MEGAPIXELS:g})",
    )
    scan.set_defaults(command=_scan)

    sample = commands.add_parser("sample", help=COMMANDS["sample"])
    sample.add_argument("folder", type=Path, metavar="DIR", help="the class folders go in here")
    sample.set_defaults(command=_sample)

    train = commands.add_parser("train", help=COMMANDS["train"])
    cli_options.add_dataset_options(train)
    cli_options.add_recipe_options(train)
    train.add_argument("--run", type=_place, metavar="DIR", help="where the run is written")
    train.add_argument("--events", action="store_true", help="one JSON object a line on stdout")
    train.set_defaults(command=_train)

    rate = commands.add_parser("rate", help=COMMANDS["rate"])
    cli_options.add_dataset_options(rate)
    cli_options.add_recipe_options(rate)
    rate.add_argument(
        "--stage",
        type=_at_least_one,
        default=1,
        metavar="N",
        help="counted from 1: stages.0 is 1; every stage is tried with a new head on the weights "
        "that the recipe begins with, not on what the stages before it learn",
    )
    rate.add_argument("--json", action="store_true", help="one JSON object on stdout")
    rate.set_defaults(command=_rate)

    resume = commands.add_parser("resume", help=COMMANDS["resume"])
    resume.add_argument("run", metavar="RUN", help="a run's directory, or its name")
    resume.add_argument("--events", action="store_true", help="one JSON object a line on stdout")
    resume.add_argument(
        "--extend",
        type=_at_least_one,
        metavar="N",
        help="give the last stage so many more epochs, finished or not",
    )
    resume.set_defaults(command=_resume)

    experiment = commands.add_parser("experiment", help=COMMANDS["experiment"])
    cli_experiment.add_options(experiment)
    experiment.set_defaults(command=_experiment)

    predict = commands.add_parser("predict", help=COMMANDS["predict"])
    predict.add_argument("run", metavar="RUN", help="a run's directory, or its name")
    predict.add_argument("pictures", type=Path, nargs="+", metavar="PICTURE")
    predict.add_argument("--json", action="store_true", help="one JSON object on stdout")
    predict.add_argument(
        "--top", type=_at_least_one, default=3, metavar="N", help="classes shown (3)"
    )
    predict.add_argument(
        "--flip-average",
        action="store_true",
        help="the mean of each picture and its mirror image, where left and right don't matter",
    )
    predict.set_defaults(command=_predict)

    compare = commands.add_parser("compare", help=COMMANDS["compare"])
    cli_compare.add_compare_options(compare)
    compare.set_defaults(command=cli_compare.run_compare)

    report = commands.add_parser("report", help=COMMANDS["report"])
    cli_compare.add_report_options(report)
    report.set_defaults(command=cli_compare.run_report)

    cache = commands.add_parser("cache", help=COMMANDS["cache"])
    cli_cache.add_options(cache)
    cache.set_defaults(command=cli_cache.run_cache)

    runs = commands.add_parser("runs", help=COMMANDS["runs"])
    cli_runs.add_runs_options(runs)
    runs.set_defaults(command=cli_runs.run_runs)

    archive = commands.add_parser("archive", help=COMMANDS["archive"])
    cli_runs.add_archive_options(archive)
    archive.set_defaults(command=cli_runs.run_archive_command)
    return whole


def _discard_output() -> None:
    """Let what is still buffered for a stdout that takes nothing more go nowhere."""
    with contextlib.suppress(OSError):  # a stdout that is no file has nothing to discard
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _place(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("it names no folder")
    return Path(text)


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1")
    return int(text)


def _refuse(error: InputError) -> int:
    print(f"thaw: {error}", file=sys.stderr)
    return WRONG_INPUT


def _scan(options: argparse.Namespace) -> int:
    from core.cli.scan import run_scan

    return run_scan(options)


def _sample(options: argparse.Namespace) -> int:
    from core.dataset import sample

    sample.write(options.folder)
    total = len(sample.CLASSES) * sample.IMAGES_PER_CLASS
    print(f"{total} pictures in {len(sample.CLASSES)} classes: {options.folder}")
    return OK


def _train(options: argparse.Namespace) -> int:
    from core.cli.train import run_training

    return run_training(options)


def _rate(options: argparse.Namespace) -> int:
    from core.cli.train import run_rate

    return run_rate(options)


def _experiment(options: argparse.Namespace) -> int:
    from core.cli.experiment import run_experiment

    return run_experiment(options)


def _resume(options: argparse.Namespace) -> int:
    from core.cli.train import run_resume

    return run_resume(options)


def _predict(options: argparse.Namespace) -> int:
    from core.common import lazy
    from core.images.errors import ImageError
    from core.runs.places import find
    from core.runs.run import Run

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
