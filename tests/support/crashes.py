"""What a run's directory looks like to whoever comes after a kill, at every one of its writes."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core.common import files


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
