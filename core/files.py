"""Writes that a crash cannot leave half done, and the folders where Thaw keeps things."""

import contextlib
import os
import uuid
from pathlib import Path
from typing import IO

import platformdirs


def cache_folder() -> Path:
    """What can be made again: the sample dataset, measurements of the machine."""
    return platformdirs.user_cache_path("thaw", appauthor=False)


def runs_folder() -> Path:
    """Where runs go unless a person chose another place."""
    return platformdirs.user_data_path("thaw", appauthor=False) / "runs"


def replace(path: Path, data: bytes) -> None:
    """Make ``path`` hold ``data``, wholly or not at all. Raises ``OSError``."""
    # not tempfile's: its files are readable by nobody else, and runs are shared
    temporary = path.with_name(f".{path.name[:80]}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            sync(file)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def sync(file: IO[bytes]) -> None:
    """Make what was written to ``file`` last through a power cut."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make renames in ``folder`` last through a power cut, where the system can do that."""
    if os.name != "posix":
        return  # Windows has no handle of a folder to sync; its renames are journalled
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
