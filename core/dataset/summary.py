"""A dataset: a folder as scanned, with what a person decided about it.

``summarize`` makes a ``DatasetSummary`` of a scan, and one anew from the same scan when decisions
change, without touching a file.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from core.common.messages import InputError, sentence
from core.dataset.edits import Edits
from core.dataset.folder import (
    Layout,
    Scanned,
    ScannedFile,
    SplitName,
    key_of,
    natural,
    printable,
)
from core.dataset.scan import look_through
from core.images.load import Header

SMALLEST_SIDE = 16  # pixels: below it there is next to nothing to learn from


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
    TINY_IMAGE = "tiny_image"
    EMPTY_CLASS = "empty_class"
    SINGLE_PICTURE_CLASS = "single_picture_class"
    CLASS_NOT_TRAINED = "class_not_trained"
    CLASS_NOT_VALIDATED = "class_not_validated"
    NESTED_FOLDER = "nested_folder"
    FOLDER_UNREADABLE = "folder_unreadable"


@dataclass(frozen=True, slots=True)
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
    ``label`` is the class's position in the summary's ``classes``. Where neither the folder
    nor a person gave a split, ``split`` is ``train``; ``pinned`` means that a person or a
    table assigned it, so nothing draws it anew. ``size`` in bytes, ``mtime`` in nanoseconds."""

    path: str
    label: int
    split: SplitName = "train"
    pinned: bool = False
    size: int = 0
    mtime: int = 0
    header: Header | None = None

    @property
    def key(self) -> str:
        """The path as what is drawn for this picture depends on it: the same on every system,
        in Unicode NFC, always encodable as UTF-8."""
        return key_of(self.path)


@dataclass(frozen=True, slots=True)
class Excluded:
    """A picture that a person left out, and why (``core.dataset.edits.Reason``); what it would
    be."""

    path: str
    class_name: str
    split: SplitName
    reason: str
    header: Header | None = None


@dataclass(frozen=True)
class DatasetSummary:
    """What is trained on: ``found == len(samples) + len(excluded) + len(problems) + ignored``.

    ``classes`` are in natural order, ``samples`` in that of their keys. ``problems`` are files
    that cannot be used; ``warnings`` cost no file. ``own_splits`` are those that the folder, or
    the table that decides, makes itself; what it lacks is drawn.
    """

    folder: Path
    layout: Layout
    classes: tuple[str, ...]
    samples: tuple[Sample, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    ignored: int
    found: int
    excluded: tuple[Excluded, ...] = ()
    own_splits: frozenset[SplitName] = frozenset()

    @property
    def name(self) -> str:
        """The folder's own name, for people."""
        return printable(self.folder.name or str(self.folder))


def scan(folder: Path) -> DatasetSummary:
    """The dataset that ``folder`` makes by itself. Raises as ``look_through`` and ``summarize``."""
    return summarize(look_through(folder))


def summarize(scanned: Scanned, edits: Edits = Edits()) -> DatasetSummary:  # noqa: B008
    """The dataset that ``scanned`` and ``edits`` make together.

    Raises ``InputError`` (no_classes, no_classes_flat, one_class, no_readable_pictures).
    """
    return _Summary(scanned, edits).made()


class _Summary:
    def __init__(self, scanned: Scanned, edits: Edits) -> None:
        self._scanned = scanned
        self._edits = edits
        self._used: list[tuple[ScannedFile, str]] = []
        self._excluded: list[Excluded] = []
        self._problems: list[Problem] = []
        self._ignored = scanned.ignored

    def made(self) -> DatasetSummary:
        names: set[str] = set()
        for file in self._scanned.files:
            name = self._class_of(file)
            if name is not None and file.path not in self._edits.excluded:
                names.add(name)
            self._sort_in(file, name)
        self._require_classes(names)
        self._require_readable()
        classes = tuple(sorted({name for _, name in self._used}, key=natural))
        self._require_classes(set(classes))
        own = self._own_splits()
        labels = {name: label for label, name in enumerate(classes)}
        samples = tuple(self._sample(file, labels[name], own) for file, name in self._used)
        return DatasetSummary(
            folder=self._scanned.folder,
            layout=self._scanned.layout,
            classes=classes,
            samples=samples,
            problems=tuple(self._problems),
            warnings=tuple(self._warnings(classes, samples)),
            ignored=self._ignored,
            found=len(self._scanned.files) + self._scanned.ignored,
            excluded=tuple(self._excluded),
            own_splits=own,
        )

    def _class_of(self, file: ScannedFile) -> str | None:
        own = None if self._edits.only_listed else file.class_name
        return self._edits.labels.get(file.path, own)

    def _sort_in(self, file: ScannedFile, name: str | None) -> None:
        if name is None:
            self._ignored += 1
        elif file.path in self._edits.excluded:
            reason, part = self._edits.excluded[file.path], self._split_of(file)
            self._excluded.append(Excluded(file.path, name, part, reason, file.header))
        elif file.error is not None:
            code, values = ProblemCode(file.error.code), file.error.values
            self._problems.append(Problem(file.path, code, values))
        else:
            self._used.append((file, name))

    def _split_of(self, file: ScannedFile) -> SplitName:
        return self._edits.splits.get(file.path, file.split or "train")

    def _own_splits(self) -> frozenset[SplitName]:
        """Of the folder, or of a table that gives every picture one."""
        used = [file for file, _ in self._used]
        if self._is_by_table and all(one.path in self._edits.splits for one in used):
            return frozenset(self._edits.splits[one.path] for one in used)
        return frozenset(one.split for one in used if one.split is not None)

    @property
    def _is_by_table(self) -> bool:
        return self._edits.only_listed or self._scanned.layout == "flat"

    def _sample(self, file: ScannedFile, label: int, own: frozenset[SplitName]) -> Sample:
        assigned = self._edits.splits.get(file.path)
        is_own = self._is_by_table and bool(own)
        pinned = assigned is not None and assigned != file.split and not is_own
        part = self._split_of(file)
        return Sample(file.path, label, part, pinned, file.size, file.mtime, file.header)

    def _require_classes(self, names: Collection[str]) -> None:
        path = printable(str(self._scanned.folder))
        if len(names) == 1:
            raise InputError("one_class", path=path, name=printable(min(names)))
        if names:
            return
        loose = [one.path for one in self._scanned.files if one.class_name is None]
        if not loose:
            raise InputError("no_classes", path=path)
        place, slash, file = printable(loose[0]).rpartition("/")
        example = place + slash + _proposed_class(file)
        raise InputError("no_classes_flat", path=path, images=len(loose), example=example)

    def _require_readable(self) -> None:
        if self._used or not self._problems:
            return
        first = self._problems[0]
        raise InputError(
            "no_readable_pictures",
            path=printable(str(self._scanned.folder)),
            images=len(self._problems),
            example=printable(first.path),
            reason=first.message,
        )

    def _meant(self) -> set[str]:
        """The class folders, without those that a person left nothing in."""
        edits = self._edits
        if edits.only_listed:
            return set()
        decided = {
            file.class_name
            for file in self._scanned.files
            if file.path in edits.labels or file.path in edits.excluded
        }
        return {name for name in self._scanned.classes if name not in decided}

    def _warnings(self, classes: Sequence[str], samples: Sequence[Sample]) -> Iterator[Problem]:
        for path, reason in self._scanned.unreadable:
            detail = {"path": printable(path), "reason": reason}
            yield Problem(path, ProblemCode.FOLDER_UNREADABLE, detail)
        yield from _class_warnings(self._scanned, self._meant(), classes, samples)
        for one in samples:
            if one.header is not None and min(one.header.width, one.header.height) < SMALLEST_SIDE:
                size = {"width": one.header.width, "height": one.header.height}
                yield Problem(one.path, ProblemCode.TINY_IMAGE, size)


def _class_warnings(
    scanned: Scanned, names: Collection[str], classes: Sequence[str], samples: Sequence[Sample]
) -> Iterator[Problem]:
    count = Counter((classes[one.label], one.split) for one in samples)
    validated = any(part == "validation" for _, part in count)
    for name in sorted({*names, *classes}, key=natural):
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
        if name in scanned.nested:
            codes.append(ProblemCode.NESTED_FOLDER)
        for code in codes:
            yield Problem(scanned.classes.get(name, name), code, {"name": name})


def _proposed_class(file: str) -> str:
    """A class name that ``file``'s own name suggests: what stands before a separator."""
    start = re.match(r"[^\W\d_]+", key_of(file).rpartition(".")[0])
    return start.group() if start else "cat"
