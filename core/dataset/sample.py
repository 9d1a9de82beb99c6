"""The sample dataset that comes with Thaw: eight kinds of traffic sign, as class folders.

It is made for teaching: mirrored, ``turn-left`` is ``turn-right``, so augmentation that flips
these images visibly hurts. ``tools/draw_sample`` drew it. It is opened as a copy in the cache,
because a person may move it, and where Thaw is installed may be a place that nobody can write.
"""

import contextlib
import os
from pathlib import Path

import resources
from core.common import files
from core.common.messages import InputError

CLASSES = (
    *("turn-left", "turn-right", "ahead", "stop"),
    *("yield", "no-entry", "speed-30", "speed-60"),
)
IMAGES_PER_CLASS = 60
VERSION = 1  # goes up when the images change, so that a cached sample is copied anew

_NOT_CONTENT = frozenset({"Thumbs.db", "desktop.ini"})


def ensure() -> Path:
    """The folder of the sample in the user's cache, copied or mended where needed.

    Raises as ``write``, but other files may lie there.
    """
    folder = files.cache_folder() / f"sample-v{VERSION}" / "traffic-signs"
    write(folder, alone=False)
    return folder


def write(folder: Path, per_class: int = IMAGES_PER_CLASS, *, alone: bool = True) -> None:
    """Copy the first images of each class into ``folder``; those that are there stay.

    Raises ``InputError`` where the folder cannot be written or holds anything else: another image
    of the same name or, if they are to be ``alone``, any other file.
    """
    wanted = [
        f"{name}/{name}-{number + 1:03}.jpg" for name in CLASSES for number in range(per_class)
    ]
    try:
        others = set(_content(folder) if alone else ()).difference(wanted)
        if others:
            raise InputError("sample_folder_taken", path=str(folder), name=min(others))
        for name in wanted:
            _copy(folder, name)
    except OSError as error:
        raise InputError("sample_unwritable", path=folder, reason=error) from error


def _copy(folder: Path, name: str) -> None:
    data, target = (resources.SAMPLE / name).read_bytes(), folder / name
    with contextlib.suppress(FileNotFoundError):
        present = target.read_bytes()
        if present == data:
            return
        if present.strip(b"\0") and not data.startswith(present):  # what a power cut leaves
            raise InputError("sample_folder_taken", path=str(folder), name=name)
    target.parent.mkdir(parents=True, exist_ok=True)
    files.replace(target, data, sync=False)


def _content(folder: Path) -> list[str]:
    """The files in ``folder`` but hidden ones, by their paths in it."""
    if not folder.exists():
        return []
    os.scandir(folder).close()  # walking says nothing of what cannot be read
    paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return [
        path.as_posix()
        for path in paths
        if not any(part.startswith(".") for part in path.parts) and path.name not in _NOT_CONTENT
    ]
