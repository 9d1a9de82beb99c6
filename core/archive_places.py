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

from core.run_places import unwritable

if TYPE_CHECKING:
    from filelock import BaseFileLock

_PREFIX, _LOCK = ".opening.", ".lock"
_NAME = re.compile(rf"({re.escape(_PREFIX)}[0-9a-f]{{8}})(?:{re.escape(_LOCK)})?")


@contextlib.contextmanager
def hidden(folder: Path) -> Iterator[Path]:
    """A new one in ``folder``, removed at the end unless it was given another name.

    Removes first what killed processes left. Raises ``InputError`` (run_folder_unwritable).
    """
    remove_leftovers(folder)
    place = folder / f"{_PREFIX}{uuid.uuid4().hex[:8]}"
    lock = _lock(place)
    try:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
            place.mkdir()
        except OSError as error:
            raise unwritable(folder, error.strerror or str(error)) from None
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        _free(lock)


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
