"""Runs that are stopped, resumed and compared bit by bit."""

import threading
from collections.abc import Callable
from pathlib import Path

from core.runs.events import Event, RunFinished
from core.runs.run import Run
from tests.support.training import epochs_without_time, events_of


def same_result(run: Path, other: Path) -> None:
    first, second = Run.open(run).history, Run.open(other).history
    assert epochs_without_time(list(first.epochs)) == epochs_without_time(list(second.epochs))
    assert first.compared == second.compared
    names = {path.name for path in other.glob("predictions*.csv")}
    assert {path.name for path in run.glob("predictions*.csv")} == names
    for name in ("best.safetensors", *names):
        assert (run / name).read_bytes() == (other / name).read_bytes()


def go_on(directory: Path) -> list[Event]:
    """Train the run to its end, as another process would."""
    events = list(events_of(Run.open(directory)))
    assert isinstance(events[-1], RunFinished)
    assert events[-1].outcome == "finished", events[-1]
    return events


def stop_at(run: Run, is_the_place: Callable[[Event], bool]) -> list[Event]:
    stop, seen = threading.Event(), []
    for event in events_of(run, stop):
        seen.append(event)
        if is_the_place(event):
            stop.set()
    return seen
