"""The ``experiment`` command: run a ready-made experiment, or go on with one."""

import argparse
import contextlib
import json
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from pydantic import Field, FiniteFloat
from tqdm import tqdm

from core.cli import options as cli_options
from core.cli.options import EXIT_CODES, OK
from core.cli.train import show_progress, stopped_by_signals
from core.common import lazy
from core.common.messages import InputError, sentence
from core.dataset.split import split
from core.dataset.summary import DatasetSummary
from core.experiments import experiment as experiments
from core.experiments import export as experiment_export
from core.experiments import run as experiment_run
from core.experiments import text as experiment_text
from core.experiments.experiment import ChosenRate, Experiment, Place, with_fields
from core.experiments.kinds import KINDS, Fit, fitted, made
from core.experiments.marks import Marks, of_place
from core.experiments.run import (
    ArmBegun,
    ArmEnded,
    ExperimentEvent,
    ExperimentFinished,
    ExperimentProgress,
    ExperimentStarted,
    RateSearched,
    Told,
)
from core.experiments.text import ENGLISH
from core.recipe import files as recipes
from core.recipe.config import RunConfig
from core.reports import export as run_export
from core.runs.events import CacheProgress, EpochFinished
from core.training.control import Control
from core.training.rate_curve import RateTried

USUAL_MINUTES = 10.0


def add_options(command: argparse.ArgumentParser) -> None:
    """FOLDER or --resume, and what to run."""
    cli_options.add_dataset_options(command, optional=True)
    cli_options.add_recipe_options(command)
    kinds = "which one: " + ", ".join(KINDS) + " (transfer)"
    command.add_argument("--kind", choices=tuple(KINDS), metavar="KIND", help=kinds)
    command.add_argument(
        "--minutes",
        type=cli_options.typed(_MINUTES, "a number above 0, at most 10,000"),
        metavar="M",
        help=f"how long it may take ({USUAL_MINUTES:g})",
    )
    for name, about in (
        ("seeds", "trainings of each arm; by default as many as there is time for"),
        ("size", "the pictures' size in pixels; by default as large as there is time for"),
        ("epochs", "of each training; by default as many as there is time for"),
    ):
        command.add_argument(f"--{name}", type=cli_options.COUNT, metavar="N", help=about)
    command.add_argument(
        "--target",
        type=cli_options.typed(_SHARE, "a share above 0, at most 1"),
        metavar="SHARE",
        help="the accuracy that epochs are counted to",
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


_MINUTES = Annotated[FiniteFloat, Field(gt=0, le=10_000)]
_SHARE = Annotated[FiniteFloat, Field(gt=0, le=1)]
_KEPT = ("kind", "minutes", "seeds", "size", "epochs")


def run_experiment(options: argparse.Namespace) -> int:
    """Run it as the options say. Raises ``InputError``, ``ThawError``."""
    files = [one for one in (options.figure, options.output) if one is not None]
    for one in files:
        run_export.kind_of(one)  # before anything is done
    with stopped_by_signals() as stop:
        directory = _begun(options, stop) if options.resume is None else _resumed(options)
        if directory is None:
            return OK
        last = _follow(directory, stop)
    place = Place(directory)
    experiment = place.read()
    marks = of_place(place, experiment, options.target)
    print(to_json(directory, experiment, marks) if options.json else card(experiment, marks))
    if not options.json:
        print(f"Experiment: {directory}")
    for one in files:
        experiment_export.write(experiment, marks, one)
    if last.outcome == "failed":
        cli_options.tell(last.code, **last.values)
    return EXIT_CODES[last.outcome]


# -- making it ------------------------------------------------------------------------------


def _resumed(options: argparse.Namespace) -> Path:
    given = [name for name in _KEPT if getattr(options, name) is not None]
    if given or options.folder is not None or options.set or options.config:
        option = f"--{given[0]}" if given else "the recipe"
        raise InputError("experiment_resumes_alone", option=option)
    return experiments.find(options.resume)


def _begun(options: argparse.Namespace, stop: threading.Event) -> Path | None:
    """The place of a new experiment; None where only its time was asked for."""
    if options.folder is None:
        raise InputError("experiment_needs_folder")
    kind = options.kind or "transfer"
    config = cli_options.read_recipe(options)
    if options.size is not None:  # refused in the words of a recipe
        config = recipes.changed(config, "dataset.image_size", options.size)
    summary = cli_options.prepared(options, config, stop)
    fit = _fit(options, kind, config, summary, stop)
    print(_plan(kind, fit), file=sys.stderr)
    minutes = options.minutes or USUAL_MINUTES
    if not fit.fits:
        values = {"minutes": f"{minutes:g}", "expected": _duration(fit.seconds)}
        print(sentence("experiment_too_short", values), file=sys.stderr)
    if options.estimate:
        return None
    chosen = with_fields(config, "dataset", image_size=fit.size)
    experiment = made(kind, chosen, summary, fit.seeds, fit.epochs, options.target)
    directory: Path = options.out or experiments.new_directory(summary.name, kind)
    experiment_run.begin(directory, experiment, summary, stop)
    return directory


def _fit(
    options: argparse.Namespace,
    kind: str,
    config: RunConfig,
    summary: DatasetSummary,
    stop: threading.Event,
) -> Fit:
    speed = lazy.load("compute.speed").of_this_machine(stop)
    parts = split(summary, config.dataset)
    minutes = options.minutes or USUAL_MINUTES
    counts = len(parts.train), len(parts.validation), len(parts.test)
    chosen = {"size": options.size, "seeds": options.seeds, "epochs": options.epochs}
    return fitted(kind, config, minutes, speed, counts, **chosen)


def _plan(kind: str, fit: Fit) -> str:
    seeds = "seed" if fit.seeds == 1 else "seeds"
    return (
        f"{experiment_text.kind_title(kind, ENGLISH)}: pictures of {fit.size} px, "
        f"{fit.epochs} epochs, {fit.seeds} {seeds}: about {_duration(fit.seconds)}."
    )


# -- what happens ---------------------------------------------------------------------------


def _follow(directory: Path, stop: threading.Event) -> ExperimentFinished:
    named = experiment_text.titles(Place(directory).read(), ENGLISH)
    form = "{l_bar}{bar}| {elapsed}{postfix}"
    with (
        contextlib.closing(experiment_run.run(directory, Control(stop))) as events,
        tqdm(total=1.0, bar_format=form, dynamic_ncols=True, file=sys.stderr) as bar,
    ):
        for event in events:
            _show(bar, event, named)
    assert isinstance(event, ExperimentFinished)
    return event


def _show(bar: "tqdm[None]", event: ExperimentEvent, named: dict[str, str]) -> None:
    match event:
        case ExperimentStarted():
            bar.write(f"{event.done} of {event.runs} runs are done", file=sys.stderr)
        case RateSearched():
            bar.write(f"{named[event.arm]}: trying rates, stage {event.stage}", file=sys.stderr)
        case ChosenRate():
            own = "" if event.is_found else f" ({sentence('experiment_rate_own', {})})"
            told = f"{named[event.arm]}: stage {event.stage} trains at {event.rate:g}{own}"
            bar.write(told, file=sys.stderr)
        case ArmBegun():
            bar.write(f"{named[event.arm]}, seed {event.seed}", file=sys.stderr)
        case ArmEnded(outcome="failed"):
            bar.write(sentence(event.code, event.values), file=sys.stderr)
        case ExperimentProgress():
            bar.n = event.share
            bar.set_postfix_str(f"{_duration(event.seconds_left)} left")
        case Told(event=EpochFinished() as one):
            score = one.validation
            bar.write(
                f"  {one.stage}.{one.epoch:<3} loss {one.train.loss:.3f}, validation "
                f"{score.accuracy:.1%} of {score.images}",
                file=sys.stderr,
            )
        case Told(event=CacheProgress() | RateTried() as one):
            show_progress(bar, one)
        case _:
            pass


# -- what came of it ------------------------------------------------------------------------


def card(experiment: Experiment, marks: Marks) -> str:
    """The result, for a terminal."""
    named = experiment_text.titles(experiment, ENGLISH)
    heads = experiment_text.heads(marks)
    rows = experiment_text.rows(experiment, marks, named, ENGLISH)
    title = experiment_text.kind_title(experiment.kind, ENGLISH)
    told = (
        *experiment_text.told(experiment, marks, named, ENGLISH),
        *experiment_text.notes(experiment, marks, named, ENGLISH),
    )
    lines = [title, *cli_options.table([heads, *rows]), ""]
    return "\n".join([*lines, *map(experiment_text.as_sentence, told)])


def to_json(directory: Path, experiment: Experiment, marks: Marks) -> str:
    """The result as one JSON object."""
    rates = [one.model_dump() for one in experiment.rates]
    about = {"experiment": str(directory), "kind": experiment.kind, "seeds": experiment.seeds}
    return json.dumps({**about, "rates": rates, **asdict(marks)}, indent=2)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
