"""The hidden folder in which a run from a file is made, before it is one of the runs.

A process that is killed leaves its folder behind, up to 2 GB of it. The lock beside each folder
tells such a one from that of a process at work, so that the next opening can remove it.
"""

import contextlib
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from core.runs.places import unwritable

if TYPE_CHECKING:
    from filelock import BaseFileLock

_PREFIX, _LOCK = ".opening.", ".lock"
_TRIES = 5
_NAME = re.compile(rf"({re.escape(_PREFIX)}[0-9a-f]{{8}})(?:{re.escape(_LOCK)})?")


@contextlib.contextmanager
def hidden(folder: Path) -> Iterator[Path]:
    """A new one in ``folder``, removed at the end unless it was given another name.

    Removes first what killed processes left. Raises ``InputError`` (run_folder_unwritable).
    """
    remove_leftovers(folder)
    with contextlib.ExitStack() as at_the_end:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            place, lock = _taken(folder)
            at_the_end.callback(_free, lock)
            at_the_end.callback(shutil.rmtree, place, ignore_errors=True)
            place.mkdir()
        except OSError as error:
            raise unwritable(folder, error.strerror or str(error)) from None
        yield place


def _taken(folder: Path, tries: int = _TRIES) -> "tuple[Path, BaseFileLock]":
    """A new place and its lock, held; under another name where a process that looks for what was
    left took the lock for such, before it was held here."""
    place = folder / f"{_PREFIX}{uuid.uuid4().hex[:8]}"
    lock = _lock(place)
    try:
        lock.acquire()
    except TimeoutError:
        if tries == 1:
            raise
        return _taken(folder, tries - 1)
    return place, lock


def remove_leftovers(folder: Path) -> None:
    """Remove the hidden folders in ``folder`` whose processes are gone."""
    try:
        found = {match[1] for name in os.listdir(folder) if (match := _NAME.fullmatch(name))}
    except OSError:
        return  # no such folder yet
    for name in found:
        lock = _lock(folder / name)
        try:
            lock.acquire()
        except OSError:
            continue  # another process is at work there
        shutil.rmtree(folder / name, ignore_errors=True)
        _free(lock)


def _lock(place: Path) -> "BaseFileLock":
    import filelock  # here, so that the window need not wait for it

    # The lock lies beside the folder: one that holds an open file cannot be renamed on Windows.
    return filelock.FileLock(f"{place}{_LOCK}", timeout=0, thread_local=False)


def _free(lock: "BaseFileLock") -> None:
    if lock.is_locked:
        lock.release()
        with contextlib.suppress(OSError):
            os.unlink(lock.lock_file)
