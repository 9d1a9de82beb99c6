"""A dataset folder, looked through: its classes, its pictures, and what is wrong with it."""

import os
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from core.folders import (
    Candidate,
    Layout,
    Listing,
    SplitName,
    key_of,
    list_folder,
    natural,
    printable,
)
from core.images import ImageError, check
from core.messages import InputError, ThawError, sentence
from core.splits import ClassCount, Split, check_trainable, counts, split, to_json

__all__ = [
    "ClassCount",
    "DatasetSummary",
    "Layout",
    "Problem",
    "ProblemCode",
    "Sample",
    "Split",
    "SplitName",
    "check_trainable",
    "counts",
    "scan",
    "split",
    "to_json",
]

_BATCH = 32  # files decoded between two looks at `stop`
_THREADS = min(8, os.cpu_count() or 1)
_REPORT_EVERY = 200


class ProblemCode(StrEnum):
    """What can be wrong with a file, a class or a folder; each has its sentence."""

    EMPTY_FILE = "empty_file"
    NOT_AN_IMAGE = "not_an_image"
    UNREADABLE_IMAGE = "unreadable_image"
    TRUNCATED_IMAGE = "truncated_image"
    IMAGE_TOO_LARGE = "image_too_large"
    FILE_MISSING = "file_missing"
    PERMISSION_DENIED = "permission_denied"
    FILE_UNREADABLE = "file_unreadable"
    EMPTY_CLASS = "empty_class"
    SINGLE_PICTURE_CLASS = "single_picture_class"
    CLASS_NOT_TRAINED = "class_not_trained"
    CLASS_NOT_VALIDATED = "class_not_validated"
    NESTED_FOLDER = "nested_folder"
    FOLDER_UNREADABLE = "folder_unreadable"


@dataclass(frozen=True)
class Problem:
    """Something wrong at ``path`` (relative to the folder, with slashes, as on disk)."""

    path: str
    code: ProblemCode
    detail: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The English sentence."""
        return sentence(self.code, {"path": printable(self.path), **self.detail})


@dataclass(frozen=True, slots=True)
class Sample:
    """One usable picture. ``path`` is relative to the folder, with slashes, as on disk;
    ``label`` is the class's position in the summary's ``classes``. Where the folder has no
    splits of its own, ``split`` is ``train``."""

    path: str
    label: int
    split: SplitName = "train"

    @property
    def key(self) -> str:
        """The path as what is drawn for this picture depends on it: the same on every system,
        in Unicode NFC, always encodable as UTF-8."""
        return key_of(self.path)


@dataclass(frozen=True)
class DatasetSummary:
    """What ``scan`` found: ``found == len(samples) + len(problems) + ignored``.

    ``classes`` are in natural order, ``samples`` in that of their keys. ``problems`` are files
    that cannot be used; ``warnings`` are about classes and folders and cost no file.
    """

    folder: Path
    layout: Layout
    classes: tuple[str, ...]
    samples: tuple[Sample, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    ignored: int
    found: int

    @property
    def name(self) -> str:
        """The folder's own name, for people."""
        return printable(self.folder.name or str(self.folder))


def scan(
    folder: Path,
    *,
    stop: threading.Event | None = None,
    progress: Callable[[int, int], None] | None = None,
    verify: bool = False,
) -> DatasetSummary:
    """Look through ``folder``: names first, then every picture's header.

    ``verify`` decodes every picture; without it only those whose end seems missing.
    ``progress`` gets (done, total) pictures. Nothing in the folder is changed. Raises
    ``InputError`` (folder_missing, folder_unreadable, no_classes, no_classes_flat, one_class,
    no_readable_pictures) and, once ``stop`` is set, ``ThawError`` (stopped).
    """
    folder = Path(os.path.abspath(folder))  # a link keeps its name
    listing = list_folder(folder, stop)
    _require_classes(folder, listing, {one.class_name for one in listing.candidates})
    usable: list[Candidate] = []
    problems: list[Problem] = []
    total = len(listing.candidates)
    for done, (one, error) in enumerate(_checked(folder, listing.candidates, verify)):
        if stop is not None and stop.is_set():
            raise ThawError("stopped")
        if progress is not None and done % _REPORT_EVERY == 0:
            progress(done, total)
        if error is None:
            usable.append(one)
        else:
            problems.append(Problem(one.path, ProblemCode(error.code), error.values))
    if progress is not None:
        progress(total, total)
    _require_readable(folder, usable, problems)
    _require_classes(folder, listing, {one.class_name for one in usable})
    return _summary(folder, listing, usable, problems)


def _checked(
    folder: Path, candidates: Sequence[Candidate], verify: bool
) -> Iterator[tuple[Candidate, ImageError | None]]:
    def error_of(one: Candidate) -> ImageError | None:
        try:
            check(folder / one.path, thorough=verify)
        except ImageError as error:
            return error
        return None

    if not verify:  # headers are Python's work, which threads would only slow down
        yield from zip(candidates, map(error_of, candidates), strict=True)
        return
    with ThreadPoolExecutor(_THREADS) as pool:
        for start in range(0, len(candidates), _BATCH):
            batch = candidates[start : start + _BATCH]
            yield from zip(batch, pool.map(error_of, batch), strict=True)


def _require_readable(
    folder: Path, usable: Sequence[Candidate], problems: Sequence[Problem]
) -> None:
    missing = any(problem.code is ProblemCode.FILE_MISSING for problem in problems)
    if missing and not os.path.isdir(folder):
        raise InputError("folder_missing", path=printable(str(folder)))
    if usable:
        return
    raise InputError(
        "no_readable_pictures",
        path=printable(str(folder)),
        images=len(problems),
        example=printable(problems[0].path),
        reason=problems[0].message,
    )


def _require_classes(folder: Path, listing: Listing, names: set[str]) -> None:
    path = printable(str(folder))
    if len(names) == 1:
        raise InputError("one_class", path=path, name=min(names))
    if not names and listing.loose:
        example = _proposed_class(listing.loose[0])
        raise InputError("no_classes_flat", path=path, images=len(listing.loose), example=example)
    if not names:
        raise InputError("no_classes", path=path)


def _proposed_class(file: str) -> str:
    """A class name that ``file``'s own name suggests: what stands before a separator."""
    start = re.match(r"[^\W\d_]+", key_of(file).rpartition(".")[0])
    return start.group() if start else "cat"


def _summary(
    folder: Path, listing: Listing, usable: Sequence[Candidate], problems: Sequence[Problem]
) -> DatasetSummary:
    classes = tuple(sorted({one.class_name for one in usable}, key=natural))
    labels = {name: label for label, name in enumerate(classes)}
    return DatasetSummary(
        folder=folder,
        layout=listing.layout,
        classes=classes,
        samples=tuple(Sample(one.path, labels[one.class_name], one.split) for one in usable),
        problems=tuple(problems),
        warnings=tuple(_warnings(listing, usable)),
        ignored=listing.ignored,
        found=listing.found,
    )


def _warnings(listing: Listing, usable: Sequence[Candidate]) -> Iterator[Problem]:
    for path, reason in listing.unreadable:
        detail = {"path": printable(path), "reason": reason}
        yield Problem(path, ProblemCode.FOLDER_UNREADABLE, detail)
    count = Counter((one.class_name, one.split) for one in usable)
    validated = any(split == "validation" for _, split in count)
    for name in sorted(listing.classes, key=natural):
        train, validation = count[name, "train"], count[name, "validation"]
        codes = []
        if train + validation + count[name, "test"] == 0:
            codes.append(ProblemCode.EMPTY_CLASS)
        elif train == 0:
            codes.append(ProblemCode.CLASS_NOT_TRAINED)
        elif validated and validation == 0:
            codes.append(ProblemCode.CLASS_NOT_VALIDATED)
        elif train == 1 and not validated:
            codes.append(ProblemCode.SINGLE_PICTURE_CLASS)
        if name in listing.nested:
            codes.append(ProblemCode.NESTED_FOLDER)
        for code in codes:
            yield Problem(listing.classes[name], code, {"name": name})
