"""The built-in sample dataset: eight kinds of traffic sign, drawn by code, as class folders.

It is made for teaching: mirrored, ``turn-left`` is ``turn-right``, so augmentation that flips
these images visibly hurts.
"""

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.common import files
from core.common.messages import InputError, ThawError
from core.dataset.sample import photo, signs

CLASSES: tuple[str, ...] = signs.KINDS
PICTURES_PER_CLASS = 60
SIZE = photo.SIZE
VERSION = 1  # goes up when the drawings change, so that a cached sample is made anew
QUALITY = 88

Progress = Callable[[int, int], None]

_END_OF_JPEG = b"\xff\xd9"
_COMMENT = b"\xff\xfe"
_NOT_CONTENT = frozenset({"Thumbs.db", "desktop.ini"})


def draw(kind: str, number: int, seed: int = 0) -> NDArray[np.uint8]:
    """Picture ``number`` of a class, uint8 [256, 256, 3], RGB.

    It depends on the three arguments alone, never on what was drawn before. Raises
    ``ValueError`` for a ``kind`` that is not in ``CLASSES``.
    """
    digest = hashlib.sha256(f"{seed}/{kind}/{number}".encode()).digest()
    return photo.photograph(kind, np.random.default_rng(int.from_bytes(digest)))


def ensure(
    cache: Path | None = None,
    stop: threading.Event | None = None,
    progress: Progress | None = None,
) -> Path:
    """The folder of the sample dataset in the user's cache, made or mended where needed.

    ``cache`` is the folder to keep it in instead of the default one. Raises as ``write`` does.
    """
    home = (cache or files.cache_folder()) / f"sample-v{VERSION}"
    folder, marker = home / "traffic-signs", home / "complete"
    if marker.exists() and _all_there(folder):
        return folder
    write(folder, per_class=PICTURES_PER_CLASS, stop=stop, progress=progress)
    try:
        files.replace(marker, b"")
    except OSError as error:
        raise _unwritable(folder, error) from error
    return folder


def write(
    folder: Path,
    seed: int = 0,
    per_class: int = PICTURES_PER_CLASS,
    stop: threading.Event | None = None,
    progress: Progress | None = None,
    threads: int | None = None,
) -> None:
    """Write the class folders into ``folder``; what is there already of this sample is kept.

    ``progress`` is told pictures done and pictures in all, in the calling thread. Raises
    ``InputError`` where the folder holds anything else or can't be written, and ``ThawError``
    with the code ``stopped`` once ``stop`` is set; calling again continues.
    """
    try:
        _refuse_other_things(folder, per_class)
        todo = _unfinished(folder, seed, per_class)
        for kind in CLASSES:
            (folder / kind).mkdir(parents=True, exist_ok=True)
        total = per_class * len(CLASSES)
        _write_all(todo, total, seed, stop, progress, threads)
        _remove_leftovers(folder)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _write_all(
    todo: list[tuple[Path, str, int]],
    total: int,
    seed: int,
    stop: threading.Event | None,
    progress: Progress | None,
    threads: int | None,
) -> None:
    report = progress or (lambda done, total: None)
    done = total - len(todo)
    report(done, total)
    pool = ThreadPoolExecutor(threads or min(8, os.cpu_count() or 1), "sample")
    try:
        work = [pool.submit(_write_one, *picture, seed) for picture in todo]
        for finished in as_completed(work):
            if stop is not None and stop.is_set():
                raise ThawError("stopped")
            finished.result()
            done += 1
            report(done, total)
    finally:
        pool.shutdown(cancel_futures=True)


def _write_one(path: Path, kind: str, number: int, seed: int) -> None:
    picture = draw(kind, number, seed)
    encoded, jpeg = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not encoded:
        raise OSError("the picture could not be encoded")
    files.replace(path, _signed(jpeg.tobytes(), kind, number, seed))


def _signed(jpeg: bytes, kind: str, number: int, seed: int) -> bytes:
    """``jpeg`` with a comment after its header that says which picture it is."""
    header = 4 + int.from_bytes(jpeg[4:6])
    return jpeg[:header] + _signature(kind, number, seed) + jpeg[header:]


def _signature(kind: str, number: int, seed: int) -> bytes:
    text = f"Thaw sample {VERSION}, {kind} {number}, seed {seed}".encode()
    return _COMMENT + (len(text) + 2).to_bytes(2) + text


def _file_name(kind: str, number: int) -> str:
    return f"{kind}-{number:03}.jpg"


def _unfinished(folder: Path, seed: int, per_class: int) -> list[tuple[Path, str, int]]:
    """What is still to be written, class by class."""
    todo = []
    for kind in CLASSES:
        for number in range(1, per_class + 1):
            path = folder / kind / _file_name(kind, number)
            if not path.exists():
                todo.append((path, kind, number))
                continue
            data = path.read_bytes()
            whole = data.endswith(_END_OF_JPEG)
            if whole and _signature(kind, number, seed) in data:
                continue
            # a crash leaves a part of our picture; a power cut, nothing or zeros
            if whole or (b"Thaw sample" not in data[:512] and data.strip(b"\0")):
                raise _taken(folder, f"{kind}/{path.name}")
            todo.append((path, kind, number))
    return todo


def _refuse_other_things(folder: Path, per_class: int) -> None:
    if not folder.exists():
        return
    for name in _content(folder):
        if name not in CLASSES or not (folder / name).is_dir():
            raise _taken(folder, name)
        expected = {_file_name(name, number) for number in range(1, per_class + 1)}
        for other in _content(folder / name):
            if other not in expected:
                raise _taken(folder, f"{name}/{other}")


def _content(folder: Path) -> list[str]:
    names = sorted(path.name for path in folder.iterdir())
    return [name for name in names if not name.startswith(".") and name not in _NOT_CONTENT]


def _all_there(folder: Path) -> bool:
    """Whether every picture is there and none is empty; a power cut can empty a file."""
    try:
        for kind in CLASSES:
            with os.scandir(folder / kind) as entries:
                sizes = {entry.name: entry.stat().st_size for entry in entries}
            numbers = range(1, PICTURES_PER_CLASS + 1)
            if not all(sizes.get(_file_name(kind, number)) for number in numbers):
                return False
    except OSError:
        return False
    return True


def _remove_leftovers(folder: Path) -> None:
    """Delete what a killed process had begun to write."""
    for kind in CLASSES:
        for leftover in (folder / kind).glob(f".{kind}-*.jpg.*.tmp"):
            with contextlib.suppress(OSError):
                leftover.unlink()


def _taken(folder: Path, name: str) -> InputError:
    return InputError("sample_folder_taken", path=str(folder), name=name)


def _unwritable(folder: Path, error: OSError) -> InputError:
    return InputError("sample_unwritable", path=str(folder), reason=error.strerror or str(error))
