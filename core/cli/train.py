"""``train`` on the command line: a progress bar for people, or one event a line."""

import argparse
import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Never

from tqdm import tqdm

from core.cli import cli_recipe, cli_weights
from core.cli import options as cli_options
from core.cli.main import FAILED, INTERRUPTED, OK, WRONG_INPUT
from core.common import lazy
from core.common.messages import InputError, ThawError, sentence
from core.common.statistics import wilson
from core.dataset.split import check_trainable, split
from core.runs import run as runs
from core.runs.events import (
    BatchFinished,
    CacheProgress,
    EpochFinished,
    Event,
    Notice,
    Preparing,
    RunExtended,
    RunFinished,
    RunResumed,
    StageEnded,
    StageStarted,
    to_json,
)
from core.runs.history import choice
from core.runs.places import CONFIG, new_directory
from core.runs.run import Run
from core.training import torchrun
from core.training.torchrun import Place

if TYPE_CHECKING:
    from core.training.distributed import Group


def run_training(options: argparse.Namespace) -> int:
    """Train as the options say. Raises ``InputError`` before anything is trained."""
    here = torchrun.place()
    if here is not None:
        _train_together(options, here)
    create = planned(options)
    with stopped_by_signals() as stop, _made(create, stop) as run:
        return follow(run, options.events, stop)


def _train_together(options: argparse.Namespace, here: Place) -> Never:
    """The same as one of the processes that torchrun started, perhaps not for the first time."""
    from core.cli.cli_ranks import train_together

    if options.run is None:
        if not here.is_first:
            sys.exit(WRONG_INPUT)  # one of them says so
        raise InputError("torchrun_without_run")

    def begin(stop: threading.Event) -> contextlib.AbstractContextManager[Run]:
        if here.restarts and (options.run / CONFIG).is_file():
            return runs.opened(options.run)
        return _made(planned(options), stop)

    train_together(here, begin, options.run, options.folder, options.events)


@contextlib.contextmanager
def _made(create: Callable[[threading.Event], Run], stop: threading.Event) -> Iterator[Run]:
    """A new run, held while PyTorch loads: another window would offer to go on with it."""
    run = create(stop)
    with runs.held(run):
        yield run


def planned(options: argparse.Namespace) -> Callable[[threading.Event], Run]:
    """What makes the run that the options say. Raises ``InputError``."""
    config = cli_recipe.read(options)
    dataset = cli_options.read(options, max_megapixels=config.dataset.max_megapixels)
    cli_options.tell(dataset.notes)
    summary = dataset.summary
    check_trainable(split(summary, config.dataset), summary.classes)
    cli_weights.make_ready(config.model)
    directory: Path = options.run or new_directory(summary.name)
    return partial(Run.create, directory, config, summary)


def follow(
    run: Run, prints_events: bool, stop: threading.Event, group: "Group | None" = None
) -> int:
    """Train ``run`` and show or print what happens; the answer is the exit code."""
    with ended_by_errors(run):
        train = lazy.load("training.train").train  # torch comes when the run is already on disk
    with contextlib.closing(train(run.config, run, stop, group=group)) as events:
        last = _print_events(events) if prints_events else _show(events, run)
    if last.outcome == "failed":
        print(f"thaw: {sentence(last.code, last.values)}", file=sys.stderr)
    return exit_code(last)


def exit_code(last: RunFinished) -> int:
    """That of a training which ended with ``last``."""
    return {"finished": OK, "stopped": INTERRUPTED, "failed": FAILED}[last.outcome]


@contextlib.contextmanager
def ended_by_errors(run: Run | None) -> Iterator[None]:
    """What keeps a training from its beginning ends the run's history too."""
    try:
        yield
    except ThawError as error:
        if run is not None:
            run.append(RunFinished("failed", code=error.code, values=dict(error.values)))
        raise


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set; a second SIGINT ends the program at once."""
    stop = threading.Event()

    def handle(number: int, _frame: FrameType | None) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    before = {one: signal.signal(one, handle) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _print_events(events: Iterator[Event]) -> RunFinished:
    last = RunFinished("failed", code="unexpected", values={"reason": "no event came"})
    for event in events:
        if not isinstance(event, Preparing):  # these lines are those of the history
            print(to_json(event), flush=True)
        if isinstance(event, RunFinished):
            last = event
    return last


def _show(events: Iterator[Event], run: Run) -> RunFinished:
    last = RunFinished("failed", code="unexpected", values={"reason": "no event came"})
    total = _planned(run)
    form = "{l_bar}{bar}| {n:.1f}/{total:.0f} epochs [{elapsed}<{remaining}{postfix}]"
    with tqdm(total=total, bar_format=form, dynamic_ncols=True, file=sys.stderr) as bar:
        for event in events:
            if isinstance(event, RunFinished):
                last = event
            else:
                _advance(bar, event, run)
    _sum_up(run, last)
    return last


def _planned(run: Run) -> int:
    return sum(run.history.planned) or sum(stage.epochs for stage in run.config.stages)


def _advance(bar: "tqdm[Never]", event: Event, run: Run) -> None:
    match event:
        case RunResumed():
            bar.n = event.epochs
            bar.refresh()
        case StageEnded() | RunExtended():
            bar.total = _planned(run)
        case StageStarted():
            thawed = ", ".join(f"block {number}" for number in event.thawed) or "none"
            bar.write(
                f"stage {event.stage}: {event.epochs} epochs, thawed: {thawed}, "
                f"{event.trainable_parameters:,} parameters train",
                file=sys.stderr,
            )
        case CacheProgress():
            bar.set_postfix_str(f"frozen blocks {event.done}/{event.total} pictures")
        case BatchFinished():
            bar.set_postfix_str(f"loss {event.loss:.3f}", refresh=False)
            bar.update(min(1 / event.batches, bar.total - bar.n))  # thirds may add up to more
        case EpochFinished():
            bar.n = round(bar.n)  # the batches' fractions add up to whole epochs
            keep = run.config.stages[event.stage - 1].keep
            bar.write(_epoch_line(event, keep), file=sys.stderr)
        case Preparing():
            bar.set_postfix_str(sentence(event.code, event.values))
        case Notice():
            bar.write(sentence(event.code, event.values), file=sys.stderr)
        case _:
            pass


def _epoch_line(event: EpochFinished, keep: str) -> str:
    marks = {"last": "  kept", "loss": "  lowest loss so far"}
    mark = marks.get(keep, "  best so far") if event.is_best else ""
    return (
        f"  {event.stage}.{event.epoch:<3} loss {event.train.loss:.3f}, "
        f"validation loss {event.validation.loss:.3f}, "
        f"accuracy {event.train.accuracy:.1%}, validation {event.validation.accuracy:.1%}{mark}"
    )


def _sum_up(run: Run, last: RunFinished) -> None:
    best = run.history.best
    if best is not None:
        score = best.validation
        low, high = wilson(score.correct, score.images)
        chosen = sentence(choice(run.history.chosen_by), {})
        stopped = "Stopped. " if last.outcome == "stopped" else ""
        print(
            f"{stopped}Validation accuracy {score.accuracy:.1%} ({score.correct} of "
            f"{score.images}; 95 % interval {low:.1%} to {high:.1%}), stage {best.stage}, "
            f"epoch {best.epoch}, {chosen}."
        )
    elif last.outcome == "stopped":
        print("Stopped before the first epoch ended: nothing was learned.")
    print(f"Run: {run.directory}")
