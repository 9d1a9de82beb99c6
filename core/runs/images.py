"""The pictures of one run, as its ``dataset.csv`` lists them."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.common import files
from core.common.messages import ThawError
from core.dataset.folder import key_of
from core.dataset.split import split
from core.dataset.summary import DatasetSummary
from core.images import load as images
from core.recipe.config import DatasetConfig

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
