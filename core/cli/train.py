"""The ``train``, ``resume`` and ``rate`` commands, in one process or in those of torchrun.

Progress is a bar for people, or one JSON event a line. Under torchrun the first process writes the
run. If one process ends early, torchrun ends the others, and with ``--max-restarts`` starts all of
them again.
"""

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Never

from tqdm import tqdm

from core.cli import options as cli_options
from core.cli.options import EXIT_CODES, FAILED, OK, WRONG_INPUT
from core.common import lazy
from core.common.messages import InputError, ThawError, sentence
from core.common.statistics import wilson
from core.reports.comparison import english, gain_told, points_shown
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
from core.runs.places import CONFIG, find, new_directory
from core.runs.run import Run, extend
from core.training import torchrun
from core.training.rate_curve import RateFound, RateTried
from core.training.rates import learning_rates
from core.training.torchrun import Place

if TYPE_CHECKING:
    from core.training.distributed import Group


# The run to train, new or not, held meanwhile; None where nothing is left to do.
Begin = Callable[[threading.Event], contextlib.AbstractContextManager[Run | None]]


def run_training(options: argparse.Namespace) -> int:
    """Train as the options say. Raises ``InputError`` before anything is trained."""
    here = torchrun.place()
    if here is not None and options.run is None:
        if not here.is_first:
            return WRONG_INPUT  # one of them says so
        raise InputError("torchrun_without_run")

    def begin(stop: threading.Event) -> contextlib.AbstractContextManager[Run]:
        if here is not None and here.restarts and (options.run / CONFIG).is_file():
            return runs.opened(options.run)
        return _made(options, stop)

    return _train(here, begin, options.run, options.folder, options.events)


@contextlib.contextmanager
def _made(options: argparse.Namespace, stop: threading.Event) -> Iterator[Run]:
    """A new run, held while PyTorch loads: another window would offer to go on with it."""
    config = cli_options.read_recipe(options)
    summary = cli_options.prepared(options, config, stop)
    run = Run.create(options.run or new_directory(summary.name), config, summary, stop)
    with runs.held(run):
        yield run


def _train(
    here: Place | None, begin: Begin, directory: Path, folder: Path | None, prints_events: bool
) -> int:
    """Train the run that ``begin`` gives, in this process or in those of torchrun.

    ``directory`` is that run's, ``folder`` where the other ranks find the pictures (None: where
    the run has them). Raises ``InputError`` and ``ThawError`` where nothing was trained.
    """
    if here is not None:
        _train_together(here, begin, directory, folder, prints_events)
    with stopped_by_signals() as stop, begin(stop) as run:
        return OK if run is None else _follow(run, prints_events, stop)


def _follow(
    run: Run, prints_events: bool, stop: threading.Event, group: "Group | None" = None
) -> int:
    """Train ``run`` and show or print what happens; the answer is the exit code."""
    with _ended_by_errors(run):
        train = lazy.load("training.train").train  # torch comes when the run is already on disk
    with contextlib.closing(train(run.config, run, stop, group=group)) as events:
        last = _print_events(events) if prints_events else _show(events, run)
    if last.outcome == "failed":
        cli_options.tell(last.code, **last.values)
    return EXIT_CODES[last.outcome]


@contextlib.contextmanager
def _ended_by_errors(run: Run | None) -> Iterator[None]:
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
    for event in events:
        if not isinstance(event, Preparing):  # these lines are those of the history
            print(to_json(event), flush=True)
    assert isinstance(event, RunFinished)
    return event


def _show(events: Iterator[Event], run: Run) -> RunFinished:
    form = "{l_bar}{bar}| {n:.1f}/{total:.0f} epochs [{elapsed}<{remaining}{postfix}]"
    with tqdm(total=_planned(run), bar_format=form, dynamic_ncols=True, file=sys.stderr) as bar:
        for event in events:
            _advance(bar, event, run)
    assert isinstance(event, RunFinished)
    _sum_up(run, event)
    return event


def _planned(run: Run) -> int:
    return sum(run.history.planned) or sum(stage.epochs for stage in run.config.stages)


def _advance(bar: "tqdm[None]", event: Event, run: Run) -> None:
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
        case BatchFinished():
            bar.set_postfix_str(f"loss {event.loss:.3f}", refresh=False)
            bar.update(min(1 / event.batches, bar.total - bar.n))  # thirds may add up to more
        case EpochFinished():
            bar.n = round(bar.n)  # the batches' fractions add up to whole epochs
            keep = run.config.stages[event.stage - 1].kept_by
            bar.write(_epoch_line(event, keep), file=sys.stderr)
        case Preparing():
            bar.set_postfix_str(sentence(event.code, event.values))
        case _:
            show_progress(bar, event)


def show_progress(bar: "tqdm[None]", event: Event | RateTried | RateFound) -> None:
    """Let ``bar`` say how far the frozen blocks or a search for a rate are, and what is told."""
    match event:
        case CacheProgress():
            bar.set_postfix_str(f"frozen blocks {event.done}/{event.total} pictures")
        case RateTried():
            bar.set_postfix_str(f"rate {event.rate:.1e}, loss {event.smoothed:.3f}")
        case Notice():
            bar.write(sentence(event.code, event.values), file=sys.stderr)
        case _:
            pass


def _epoch_line(event: EpochFinished, keep: str) -> str:
    marks = {"accuracy": "  best so far", "loss": "  lowest loss so far"}
    mark = marks.get(keep, "") if event.is_best else ""
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
        if (gain := gain_told(run.history, points_shown)) is not None:
            print(f"{english(gain)}.")
    elif last.outcome == "stopped":
        print("Stopped before the first epoch ended: nothing was learned.")
    print(f"Run: {run.directory}")


def _train_together(
    here: Place, begin: Begin, directory: Path, folder: Path | None, prints_events: bool
) -> Never:
    """As ``_train``, in one of several processes, which ends with it."""
    os.environ[torchrun.THREADS] = str(torchrun.threads_each(here, _cores()))  # torch reads it
    if here.is_first:
        code = _lead(here, begin, directory, prints_events)
    else:
        code = _accompany(here, directory, folder)
    # Threads of torch.distributed outlive their group where it had replicas, and one that drops
    # a tensor while Python ends aborts the process: to torchrun it would be a lost rank.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _lead(here: Place, begin: Begin, directory: Path, prints_events: bool) -> int:
    with stopped_by_signals() as stop, begin(stop) as run:
        with _ended_by_errors(run):
            group = lazy.load("training.distributed").join(here)
        with _ending(group):
            lazy.load("training.distributed").shared(group, run, directory, None)
            code = OK if run is None else _follow(run, prints_events, stop, group)
            return _in_step(group, code)


def _accompany(here: Place, directory: Path, folder: Path | None) -> int:
    """Train along without a word: the first rank tells what there is to tell."""
    group = lazy.load("training.distributed").join(here)  # until then a signal ends it at once
    with _ending(group):
        run = lazy.load("training.distributed").shared(group, None, directory, folder)
        if run is None:
            return OK
        train = lazy.load("training.train").train
        with stopped_by_signals() as stop:
            *_, last = train(run.config, run, stop, group=group)
        return _in_step(group, EXIT_CODES[last.outcome])


def _in_step(group: "Group", code: int) -> int:
    """Wait for the other ranks, lest torchrun take one that was faster for a lost one."""
    if code != FAILED:
        with contextlib.suppress(ThawError):
            group.wait_for_all()
    return code


@contextlib.contextmanager
def _ending(group: "Group") -> Iterator[None]:
    try:
        yield
    except ThawError as error:
        group.fail(error)
        raise
    finally:
        group.leave()


def _cores() -> int:
    """The cores that this machine's processes may run on."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_rate(options: argparse.Namespace) -> int:
    """Try rates for a stage as the options say. Raises ``InputError``, ``ThawError``."""
    config = cli_options.read_recipe(options)
    if options.stage > len(config.stages):
        raise InputError("rate_stage_unknown", stage=options.stage, stages=len(config.stages))
    tried: list[RateTried] = []
    with stopped_by_signals() as stop:
        summary = cli_options.prepared(options, config, stop)
        finder = lazy.load("training.rate_finder")
        dataset = finder.dataset_of(config, summary)
        with tqdm(dynamic_ncols=True, file=sys.stderr) as bar:
            for told in finder.find(config, dataset, options.stage - 1, stop):
                show_progress(bar, told)
                if isinstance(told, RateTried):
                    tried.append(told)
                    bar.total = told.steps
                    bar.update()
    assert isinstance(told, RateFound)
    present = learning_rates(config, options.stage - 1)[0]
    if options.json:
        print(_json(tried, told, present))
    else:
        _print(tried, told, present)
    return OK


def _json(tried: list[RateTried], found: RateFound, present: float) -> str:
    steps = [{"rate": one.rate, "loss": one.loss, "smoothed": one.smoothed} for one in tried]
    about = {"stage": found.stage, "suggested": found.rate, "recipe": present}
    return json.dumps({**about, "from_start": found.from_start, "steps": steps}, indent=2)


def _print(tried: list[RateTried], found: RateFound, present: float) -> None:
    rows = [(f"{one.rate:.1e}", f"{one.loss:.4f}", f"{one.smoothed:.4f}") for one in tried]
    print("\n".join(cli_options.table([("rate", "loss", "smoothed"), *rows], right=(0, 1, 2))))
    if found.from_start:
        print(sentence("rate_from_start", {"stage": found.stage}))
    values = {"stage": found.stage, "present": f"{present:g}"}
    if found.rate is None:
        print(sentence("rate_none", values))
        return
    field = f"stages.{found.stage - 1}.learning_rate"
    setting = f"--set {field}={found.rate:g}"
    print(sentence("rate_found", {**values, "rate": f"{found.rate:g}", "setting": setting}))


_SMALLER = 10  # times, than a learning rate with which the loss grew beyond all bounds


def run_resume(options: argparse.Namespace) -> int:
    """Train the run to its end. Raises ``InputError`` where there is nothing to go on with."""
    here = torchrun.place()
    # those that torchrun starts again have extended it before
    extension = 0 if here is not None and here.restarts else options.extend
    begin = partial(_opened, options, extension)
    return _train(here, begin, find(options.run), None, options.events)


@contextlib.contextmanager
def _opened(
    options: argparse.Namespace, epochs: int | None, _stop: threading.Event
) -> Iterator[Run | None]:
    """The run, held, made longer by so many ``epochs``; None where it is finished, which is
    told."""
    directory = find(options.run)
    run = Run.open(directory)
    with contextlib.ExitStack() as stack:
        if epochs or not run.is_finished:  # else its folder may be one that cannot be written
            run = stack.enter_context(runs.opened(directory))
            _check_hope(run)
            if epochs:
                extend(run, epochs)
        if run.is_finished:  # perhaps by another process meanwhile
            told = {"path": run.directory, "epochs": len(run.history.epochs)}
            place = sys.stderr if options.events else sys.stdout
            print(sentence("run_is_finished", told), file=place)
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
        path=run.directory,
        folder=run.folder,
        recipe=run.directory / CONFIG,
        setting=f"stages.{int(last.values['stage']) - 1}.learning_rate={smaller:g}",
        **{name: last.values[name] for name in ("value", "stage", "epoch", "rate")},
    )
