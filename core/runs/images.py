"""The images of a run, as its ``dataset.csv`` lists them, and the notices about its dataset.

Every image that the scan left out is told before the first epoch. What an earlier run on the
folder recorded of its images can be used again, so that no file need be read.
"""

import json
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.common import files
from core.common.messages import ThawError
from core.dataset.folder import key_of, printable
from core.dataset.split import split
from core.dataset.summary import SMALLEST_SIDE, DatasetSummary, ProblemCode
from core.images import load as images
from core.recipe.config import DatasetConfig
from core.runs.events import Notice
from core.runs.places import DATASET, ENVIRONMENT

COLUMNS = ("path", "label", "split", "status", "reason", "size", "mtime", "hash")
PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Picture:
    """One row: a picture that this run uses, or why it doesn't.

    ``label`` is an index into the run's classes, -1 where none applies; ``size`` in bytes,
    ``mtime`` in nanoseconds.
    """

    path: str
    label: int
    split: str
    status: str = "used"
    reason: str = ""
    size: int = 0
    mtime: int = 0
    hash: str = ""

    @property
    def key(self) -> str:
        """The path in Unicode NFC: what draws are named by."""
        return key_of(self.path)


def of_summary(
    summary: DatasetSummary, config: DatasetConfig, stop: threading.Event | None
) -> Iterator[Picture]:
    """The pictures of a new run, each read once for its hash; then those left out.

    Raises ``ThawError`` (stopped).
    """
    parts = split(summary, config)
    for part, samples in zip(PARTS, (parts.train, parts.validation, parts.test), strict=True):
        for sample in samples:
            if stop is not None and stop.is_set():
                raise ThawError("stopped")
            yield measured(summary.folder, sample.path, sample.label, part)
    for sample in parts.unused:
        yield Picture(sample.path, sample.label, "train", "unused", "train_fraction")
    for problem in summary.problems:
        yield Picture(problem.path, -1, "", "problem", str(problem.code))
    labels = {name: label for label, name in enumerate(summary.classes)}
    for one in summary.excluded:
        label = labels.get(one.class_name, -1)
        yield Picture(one.path, label, one.split, "excluded", one.reason)


def write(pictures: Iterable[Picture], classes: Sequence[str]) -> bytes:
    """The contents of a ``dataset.csv``."""
    return files.write_table(
        COLUMNS,
        (
            (
                one.path,
                classes[one.label] if one.label >= 0 else "",
                *(one.split, one.status, one.reason, one.size, one.mtime, one.hash),
            )
            for one in pictures
        ),
    )


def read(data: bytes, classes: Sequence[str]) -> Iterator[Picture]:
    """The pictures in a ``dataset.csv``. Raises ``ValueError`` where it is damaged."""
    numbers = {name: number for number, name in enumerate(classes)}
    for path, label, part, status, reason, size, mtime, digest in files.read_table(data, COLUMNS):
        if label not in numbers and (label or status == "used"):
            raise ValueError(f"{label!r} is not a class of this run")
        number = numbers.get(label, -1)
        yield Picture(path, number, part, status, reason, int(size), int(mtime), digest)


def measured(folder: Path, path: str, label: int, part: str) -> Picture:
    """The picture at ``path`` of a dataset ``folder``, read once for its hash."""
    file = folder / path
    try:
        status = file.stat()
        digest = images.content_hash(file.read_bytes())
    except OSError:  # the loader will say why, when it is this picture's turn
        return Picture(path, label, part)
    size, mtime = status.st_size, status.st_mtime_ns
    return Picture(path, label, part, size=size, mtime=mtime, hash=digest)


LISTED_FILES = 3


def notices_of_dataset(summary: DatasetSummary) -> Iterator[Notice]:
    """What the scan left out, and what is odd about classes."""
    if summary.problems:
        listed = [f"{printable(one.path)} ({one.message})" for one in summary.problems]
        shown = ", ".join(listed[:LISTED_FILES]) + (", …" if len(listed) > LISTED_FILES else "")
        yield Notice("files_left_out", {"count": len(listed), "listed": shown})
    if summary.excluded:
        yield Notice("pictures_excluded", {"count": len(summary.excluded)})
    tiny = sum(one.code is ProblemCode.TINY_IMAGE for one in summary.warnings)
    if tiny:
        yield Notice("tiny_images", {"count": tiny, "side": SMALLEST_SIDE})
    for warning in summary.warnings:
        if warning.code is ProblemCode.TINY_IMAGE:
            continue
        values = {name: str(value) for name, value in warning.detail.items()}
        yield Notice(str(warning.code), {"path": printable(warning.path), **values})


def contents_of_last_run(folder: Path, directories: Iterable[Path]) -> dict[str, Picture]:
    """The pictures, by path, that the newest run on ``folder`` in one of ``directories`` began
    with; empty where there is none."""
    place = os.path.realpath(folder)
    created = sorted((one for one in _created(place, directories)), reverse=True)
    for _, directory, classes in created:
        try:
            pictures = read((directory / DATASET).read_bytes(), classes)
            return {one.path: one for one in pictures if one.hash}
        except (OSError, ValueError):
            continue
    return {}


def _created(
    place: str, directories: Iterable[Path]
) -> Iterator[tuple[str, Path, tuple[str, ...]]]:
    """When each run on the folder ``place`` was made, where it is, and its classes."""
    for directory in set(directories):
        try:
            told = json.loads((directory / ENVIRONMENT).read_bytes())
            if os.path.realpath(told["folder"]) == place:
                yield str(told["created"]), directory, tuple(map(str, told["classes"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
