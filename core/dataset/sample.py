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


def ensure(cache: Path | None = None) -> Path:
    """The folder of the sample in the user's cache, copied or mended where needed.

    ``cache`` is the folder to keep it in instead of the default one. Raises as ``write``.
    """
    home = (cache or files.cache_folder()) / f"sample-v{VERSION}"
    folder, marker = home / "traffic-signs", home / "complete"
    if not (marker.exists() and _is_whole(folder)):
        write(folder)
        try:
            files.replace(marker, b"")
        except OSError as error:
            raise _unwritable(folder, error) from error
    return folder


def write(folder: Path, per_class: int = IMAGES_PER_CLASS) -> None:
    """Copy the first images of each class into ``folder``; those that are there stay.

    Raises ``InputError`` where the folder holds anything else or cannot be written.
    """
    try:
        wanted = {
            f"{name}/{name}-{number:03}.jpg"
            for name in CLASSES
            for number in range(1, per_class + 1)
        }
        for path in _content(folder):
            if path not in wanted:
                raise InputError("sample_folder_taken", path=str(folder), name=path)
        for name in sorted(wanted):
            _copy(folder, name)
    except OSError as error:
        raise _unwritable(folder, error) from error


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
    paths = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    return [
        path.as_posix()
        for path in paths
        if not any(part.startswith(".") for part in path.parts) and path.name not in _NOT_CONTENT
    ]


def _is_whole(folder: Path) -> bool:
    """Whether every image is there in its size; a power cut can empty a file."""
    try:
        for name in CLASSES:
            for image in (resources.SAMPLE / name).iterdir():
                if (folder / name / image.name).stat().st_size != image.stat().st_size:
                    return False
    except OSError:
        return False
    return True


def _unwritable(folder: Path, error: OSError) -> InputError:
    return InputError("sample_unwritable", path=str(folder), reason=error.strerror or str(error))
