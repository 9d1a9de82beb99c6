"""The directories of runs, the names of their files, and the lock of the process that trains one.

One process at a time trains a run. The operating system frees the lock of a dead one.
"""

import contextlib
import json
import os
import platform
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from core.common import files
from core.common.messages import InputError, ThawError

CONFIG, HISTORY, DATASET = "config.json", "history.jsonl", "dataset.csv"
ENVIRONMENT = "environment.json"
BEST, PREDICTIONS, FIRST_BATCH = "best.safetensors", "predictions.csv", "first-batch.png"
START = "start.safetensors"
CHECKPOINTS = "checkpoints"
SUMMARY = "summary.json"


def stage_predictions(stage: int) -> str:
    """The name of the file with what the best epoch of ``stage`` (from 1) predicts."""
    return f"predictions-stage-{stage}.csv"


def new_directory(folder: str, parent: Path | None = None) -> Path:
    """A place that holds nothing yet for a run on the dataset called ``folder``."""
    return free_directory(
        parent or files.runs_folder(), f"{_plain(folder)}-{datetime.now():%Y-%m-%d-%H%M%S}"
    )


def free_directory(parent: Path, name: str) -> Path:
    """A place in ``parent`` that holds nothing yet, called ``name`` in letters that any system
    takes, with a number where that is taken."""
    stem = _plain(name, 120)
    place, number = parent / stem, 1
    while os.path.lexists(place):
        number += 1
        place = parent / f"{stem}-{number}"
    return place


def _plain(name: str, longest: int = 80) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:longest].rstrip("-.") or "run"


def find(name: str) -> Path:
    """The directory that RUN on a command line means: a path, or a name in the default place."""
    path, named = Path(name), files.runs_folder() / name
    is_run = os.path.isfile(path / CONFIG)
    return named if not is_run and os.path.isfile(named / CONFIG) else path


@contextlib.contextmanager
def claimed(directory: Path, dataset: Path) -> Iterator[None]:
    """Make ``directory`` a new run's before the slow part; give it back if that fails.

    Raises ``InputError`` where it holds anything, lies in ``dataset`` or cannot be written.
    """
    place, pictures = os.path.realpath(directory), os.path.realpath(dataset)
    if place == pictures or pictures in map(str, Path(place).parents):
        raise InputError("run_inside_dataset", path=directory, dataset=dataset)
    if os.path.lexists(directory / CONFIG):
        raise InputError("run_exists", path=directory)
    is_new = not os.path.lexists(directory)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if any(not name.startswith(".") for name in os.listdir(directory)):
            raise InputError("run_folder_taken", path=directory)
        (directory / HISTORY).open("xb").close()  # of two at once, one fails here
    except FileExistsError:
        raise InputError("run_folder_taken", path=directory) from None
    except OSError as error:
        raise InputError("run_folder_unwritable", path=directory, reason=error) from None
    try:
        yield
    except BaseException as error:
        _remove(directory, is_new)
        if isinstance(error, ThawError) and error.code == "write_failed":
            reason = error.values["reason"]
            raise InputError("run_folder_unwritable", path=directory, reason=reason) from None
        raise


def _remove(directory: Path, with_folder: bool) -> None:
    """Take back the files of a run that was not begun."""
    for name in (CONFIG, SUMMARY, ENVIRONMENT, DATASET, HISTORY):
        with contextlib.suppress(OSError):
            (directory / name).unlink()
    if with_folder:
        with contextlib.suppress(OSError):
            directory.rmdir()


@contextlib.contextmanager
def telling(code: str, path: Path) -> Iterator[None]:
    """An ``OSError`` with the file at ``path`` becomes the ``ThawError`` of that ``code``."""
    try:
        yield
    except OSError as error:
        raise ThawError(code, path=path, reason=error) from None


@contextlib.contextmanager
def readable(directory: Path) -> Iterator[None]:
    """What a damaged file of the run in ``directory`` brings about, while it is read, becomes
    ``InputError`` (run_unreadable)."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        reason = str(error) or repr(error)
        raise InputError("run_unreadable", path=directory, reason=reason) from None


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
        raise InputError("run_in_use", path=directory, pid=owner(directory)) from None
    except OSError as error:
        raise InputError("run_folder_unwritable", path=directory, reason=error) from None
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
