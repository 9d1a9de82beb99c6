"""What is different in a dataset folder since it was scanned, or since a run used it."""

import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.common.messages import ThawError
from core.dataset.folder import key_of, list_folder
from core.dataset.scan import Scanned
from core.images import load as images
from core.images.errors import ImageError

Stamp = tuple[int, int]  # size in bytes, time of the last change in nanoseconds


class Used(Protocol):
    """A picture that a run used: its path in the folder, and what the file was then."""

    @property
    def path(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def mtime(self) -> int: ...
    @property
    def hash(self) -> str: ...


@dataclass(frozen=True)
class Changes:
    """Pictures by their paths relative to the folder, in the order of their keys."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def since_scan(scanned: Scanned, stop: threading.Event | None = None) -> Changes:
    """What differs in the folder now: names, sizes and times are compared, no file is opened.

    Raises ``InputError`` (folder_missing, folder_unreadable) and ``ThawError`` (stopped).
    """
    before = {file.path: (file.size, file.mtime) for file in scanned.files}
    return _compared(before, _look(scanned.folder, stop)[1])


def since_run(
    folder: Path, pictures: Iterable[Used], stop: threading.Event | None = None
) -> Changes:
    """What differs in ``folder`` from the pictures that a run used.

    A file whose time alone changed is read: it has changed where its content hash has.
    ``added`` are pictures in class folders that the run doesn't list at all; where pictures lie
    in none, what is new cannot be told from what was left without a class. Raises as
    ``since_scan`` does.
    """
    listed = list(pictures)
    used = {one.path: one for one in listed if one.hash}
    classes, now = _look(folder, stop)
    known = {key_of(one.path) for one in listed}
    new = {path for path in classes if key_of(path) not in known}
    found = {path: stamp for path, stamp in now.items() if path in used or path in new}
    differing = _compared({path: (one.size, one.mtime) for path, one in used.items()}, found)
    changed = []
    for path in differing.changed:
        _check(stop)
        if now[path][0] != used[path].size or _hash(folder / path) != used[path].hash:
            changed.append(path)
    return Changes(differing.added, differing.removed, tuple(changed))


def _compared(before: Mapping[str, Stamp], now: Mapping[str, Stamp]) -> Changes:
    return Changes(
        added=_sorted(now.keys() - before.keys()),
        removed=_sorted(before.keys() - now.keys()),
        changed=_sorted(path for path in before.keys() & now.keys() if before[path] != now[path]),
    )


def _look(folder: Path, stop: threading.Event | None) -> tuple[set[str], dict[str, Stamp]]:
    """The pictures that lie in class folders, and the stamps of all."""
    classes, stamps = set(), {}
    for number, one in enumerate(list_folder(folder, stop).candidates):
        if number % 1000 == 0:
            _check(stop)
        if one.class_name is not None:
            classes.add(one.path)
        try:
            status = os.stat(folder / one.path)
            stamps[one.path] = status.st_size, status.st_mtime_ns
        except (OSError, ValueError):
            stamps[one.path] = -1, -1
    return classes, stamps


def _hash(path: Path) -> str:
    try:
        return images.content_hash(images.read_bytes(path))
    except ImageError:
        return ""


def _check(stop: threading.Event | None) -> None:
    if stop is not None and stop.is_set():
        raise ThawError("stopped")


def _sorted(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(paths, key=lambda path: (key_of(path), path)))
