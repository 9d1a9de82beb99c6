"""Who trains a run: one process at a time, and the system itself frees what a dead one held."""

import contextlib
import json
import os
import platform
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from core.common import files
from core.common.messages import InputError

LOCK, OWNER = "lock", "owner.json"
_PATIENCE = 0.5  # seconds: whoever only asks whether a run is held has it for an instant


@contextlib.contextmanager
def held(directory: Path) -> Iterator[None]:
    """Nobody else trains the run in ``directory`` meanwhile.

    Raises ``InputError``: run_in_use with the other's process id, or run_folder_unwritable.
    """
    import filelock  # here, so that the window need not wait for it

    lock = filelock.FileLock(directory / LOCK, timeout=_PATIENCE, thread_local=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise InputError("run_in_use", path=str(directory), pid=owner(directory)) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError("run_folder_unwritable", path=str(directory), reason=reason) from None
    try:
        _write_owner(directory)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                (directory / OWNER).unlink()
    finally:
        lock.release()


def is_held(directory: Path) -> bool:
    """Whether some process trains the run in ``directory`` now."""
    import filelock

    if not (directory / LOCK).exists():
        return False
    lock = filelock.FileLock(directory / LOCK, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        return True
    except OSError:
        return False  # a folder that cannot be written is one that nobody trains in
    lock.release()
    return False


def _write_owner(directory: Path) -> None:
    owner = {
        "pid": os.getpid(),
        "host": platform.node(),
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
    with contextlib.suppress(OSError):  # it only serves the sentence that another process says
        files.replace(directory / OWNER, (json.dumps(owner) + "\n").encode(), sync=False)


def owner(directory: Path) -> str:
    """The process id in ``owner.json``, or "?" where it cannot be told."""
    try:
        return str(json.loads((directory / OWNER).read_bytes())["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return "?"
