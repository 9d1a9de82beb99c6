"""Runs that are stopped, killed at every one of their writes, resumed and compared bit by bit."""

import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core.common import files
from core.runs.events import Event, RunFinished
from core.runs.run import Run
from tests.support.training import epochs_without_time, events_of


class Crashes:
    """Copies of a directory as it was just before each write, truncation, sync, rename and
    deletion in it, and once with half of the bytes of each write; of equal ones, the first.

    ``names`` says what was about to happen, in order.
    """

    def __init__(self, directory: Path, copies: Path) -> None:
        self._directory, self._copies = directory, copies
        self._seen: set[str] = set()
        self.names: list[str] = []

    def __getitem__(self, number: int) -> Path:
        return self._copies / str(number)

    def _copy(self, name: str) -> None:
        digest = hashlib.blake2b()
        for path in sorted(self._directory.rglob("*")):
            digest.update(bytes(path.relative_to(self._directory)))
            digest.update(path.read_bytes() if path.is_file() else b"")
        if digest.hexdigest() not in self._seen:
            self._seen.add(digest.hexdigest())
            shutil.copytree(self._directory, self[len(self.names)])
            self.names.append(name)

    def wrap(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """``work`` on a file's handle."""

        def run(handle: int, *arguments: Any) -> Any:
            self._copy(f"{name} {arguments}")
            if name == "write":
                half = os.write(handle, arguments[0][: len(arguments[0]) // 2])
                self._copy(f"half of {name} {arguments}")
                os.lseek(handle, -half, os.SEEK_CUR)
            return work(handle, *arguments)

        return run

    def wrap_path(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """``work`` on a path."""

        def run(path: Path, *arguments: Any, **options: Any) -> Any:
            if self._directory in path.parents:
                self._copy(f"{name} {path.name}")
            return work(path, *arguments, **options)

        return run


class _Os:
    """The module ``os`` but for some functions."""

    def __init__(self, **functions: Callable[..., Any]) -> None:
        self.__dict__.update(functions)

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)


@contextmanager
def every_crash(directory: Path, copies: Path) -> Iterator[Crashes]:
    """Collect in ``copies`` what a crash would leave of ``directory`` during this block."""
    crashes = Crashes(directory, copies)
    with pytest.MonkeyPatch.context() as patch:
        functions = {
            name: crashes.wrap(name, getattr(os, name)) for name in ("write", "fsync", "ftruncate")
        }
        patch.setattr(files, "os", _Os(**functions))
        for name in ("replace", "unlink"):
            patch.setattr(Path, name, crashes.wrap_path(name, getattr(Path, name)))
        yield crashes
        crashes._copy("the end")


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
