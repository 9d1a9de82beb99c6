"""Classes for a folder's images: given by hand with undo, or proposed by names and tables.

The functions that read names and tables make work that runs off the window's thread.
"""

import os
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from core.common.messages import InputError, ThawError
from core.dataset.edits import Edits
from core.dataset.folder import Scanned, SplitName, natural, printable
from gui.base.background import Progress, Work

if TYPE_CHECKING:
    from core.dataset.labels.matching import Columns, Matched
    from core.dataset.labels.rules import Proposal, Rule
    from core.dataset.labels.tables import LabelTable

KEYS = "123456789"
_Step = Mapping[str, tuple[str | None, str | None]]


@dataclass(frozen=True)
class Pictures:
    """The pictures of a folder that does not tell their classes. ``paths`` are all of them,
    ``usable`` those that can be read; ``own`` the class folders that some lie in all the same.
    """

    folder: Path
    name: str
    paths: Sequence[str]
    usable: Sequence[str]
    own: Mapping[str, str]

    @staticmethod
    def of(scanned: Scanned) -> "Pictures":
        """Those of ``scanned``."""
        files = scanned.files
        return Pictures(
            scanned.folder,
            scanned.name,
            tuple(file.path for file in files),
            tuple(file.path for file in files if file.error is None),
            {file.path: file.class_name for file in files if file.class_name is not None},
        )

    @property
    def known(self) -> Mapping[str, str]:
        """The classes that folders tell; one folder around all pictures tells none."""
        is_around_all = len(self.own) == len(self.paths) and len(set(self.own.values())) == 1
        return {} if is_around_all else self.own


@dataclass(frozen=True)
class Given:
    """What one way to classes gives: by path, as in the scan. ``only_listed``: what the way
    doesn't label has no class, whatever its folder says."""

    labels: Mapping[str, str] = field(default_factory=dict)
    splits: Mapping[str, SplitName] = field(default_factory=dict)
    excluded: Mapping[str, str] = field(default_factory=dict)
    only_listed: bool = False

    def edits(self, pictures: Pictures, before: Edits) -> Edits:
        """As decisions about ``pictures``; what ``before`` says of other things stays."""
        own = pictures.own
        only_listed = self.only_listed or any(path not in self.labels for path in own)
        labels = {
            path: name for path, name in self.labels.items() if only_listed or own.get(path) != name
        }
        return replace(
            before,
            labels=labels,
            splits={**before.splits, **self.splits},
            excluded={**before.excluded, **self.excluded},
            only_listed=only_listed,
        )


class Labelling:
    """Which class each picture has: by path, as in the scan.

    ``classes`` are those that have pictures, in the order in which they came up, so that a
    class keeps its place while others grow. Each change that does something can be undone.
    """

    def __init__(self, labels: Mapping[str, str] = MappingProxyType({})) -> None:
        self._labels = dict(labels)
        self._counts = Counter(self._labels.values())
        self._order: dict[str, None] = dict.fromkeys(self._labels.values())
        self._done: list[_Step] = []
        self._undone: list[_Step] = []

    @property
    def labels(self) -> Mapping[str, str]:
        """Each labelled picture's class; seen live, also after further changes."""
        return MappingProxyType(self._labels)

    @property
    def counts(self) -> Mapping[str, int]:
        """Pictures of each class that has any, in the classes' order."""
        return {name: self._counts[name] for name in self._order if self._counts[name]}

    @property
    def classes(self) -> Sequence[str]:
        """The classes that have pictures."""
        return [name for name in self._order if self._counts[name]]

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether a change was taken back that can be made again."""
        return bool(self._undone)

    def give(self, paths: Iterable[str], name: str) -> int:
        """Put ``paths`` into the class ``name``, or with "" into none; how many changed."""
        new = tidy(name) or None
        return self._do((path, new) for path in paths)

    def rename(self, old: str, new: str) -> int:
        """Give all pictures of ``old`` to ``new``: a merge, where that has pictures already."""
        if tidy(new) not in self._order:  # a new name stands where the old one did
            beside = [(name, tidy(new)) if name == old else (name,) for name in self._order]
            self._order = dict.fromkeys(name for pair in beside for name in pair)
        return self.give([path for path, name in self._labels.items() if name == old], new)

    def replace(self, labels: Mapping[str, str]) -> int:
        """Take ``labels`` in place of all that was; how many pictures changed."""
        return self._do((path, labels.get(path)) for path in {**self._labels, **labels})

    def undo(self) -> bool:
        """Take the last change back; whether there was one."""
        return self._move(self._done, self._undone, back=True)

    def redo(self) -> bool:
        """Make the change again that was taken back last; whether there was one."""
        return self._move(self._undone, self._done, back=False)

    def similar(self, name: str) -> str:
        """``name`` as a class is called already, whose name differs in capitals only."""
        wanted = tidy(name)
        if self._counts[wanted]:
            return wanted
        same = (one for one in self.classes if one.casefold() == wanted.casefold())
        return next(same, wanted)

    def _do(self, wanted: Iterable[tuple[str, str | None]]) -> int:
        old = self._labels.get
        step = {path: (old(path), new) for path, new in wanted if old(path) != new}
        if step:
            self._done.append(step)
            self._undone.clear()
            self._apply(step, back=False)
        return len(step)

    def _move(self, source: list[_Step], target: list[_Step], *, back: bool) -> bool:
        if not source:
            return False
        step = source.pop()
        target.append(step)
        self._apply(step, back=back)
        return True

    def _apply(self, step: _Step, *, back: bool) -> None:
        for path, change in step.items():
            old, new = reversed(change) if back else change
            if old is not None:
                self._counts[old] -= 1
            if new is None:
                self._labels.pop(path, None)
            else:
                self._labels[path] = new
                self._counts[new] += 1
                self._order.setdefault(new)


def tidy(name: str) -> str:
    """A class's name as typed, in Unicode NFC, without spaces around it or line breaks."""
    return unicodedata.normalize("NFC", printable(" ".join(name.split())))


def keys(classes: Iterable[str]) -> Mapping[str, str]:
    """The key, 1 to 9, of each class that has one: its own name, or the next free one."""
    names = list(classes)
    taken = {name: name for name in names if name in KEYS and len(name) == 1}
    free = iter([key for key in KEYS if key not in taken])
    for name in names:
        if name not in taken:
            key = next(free, None)
            if key is None:
                break
            taken[name] = key
    return taken


Way = Literal["names", "table", "hand"]
TABLE_SUFFIXES = (".csv", ".tsv", ".xlsx", ".txt")
EXAMPLES = 8  # pictures of a class that stand for it
_MOST_TABLES = 6
_LARGEST = 50 * 2**20  # bytes: what is larger is opened when asked for


@dataclass(frozen=True)
class ClassRow:
    """A class, how many pictures it has, and a few of them from all over it."""

    name: str
    count: int
    paths: Sequence[str]


@dataclass(frozen=True)
class OpenTable:
    """A table that was read, and what its ``columns`` say about the pictures."""

    path: Path
    table: "LabelTable"
    columns: "Columns"
    matched: "Matched"
    rows: Sequence[ClassRow]
    labelled: int


@dataclass(frozen=True)
class ByName:
    """What a rule says: ``unnamed`` are pictures whose names give no class."""

    rule: "Rule"
    labels: Mapping[str, str]
    rows: Sequence[ClassRow]
    unnamed: Sequence[str]


@dataclass(frozen=True)
class Looked:
    """What names and tables promise, the likeliest first; ``best`` is the first table, read."""

    proposals: "Sequence[Proposal]"
    tables: Sequence[Path]
    best: OpenTable | None

    def likeliest(self, pictures: int) -> Way:
        """The way to begin with for so many pictures that can be read."""
        if self.best is not None and len(self.best.rows) > 1 and 2 * self.best.labelled >= pictures:
            return "table"
        return "names" if self.proposals else "hand"


def class_rows(labels: Mapping[str, str], paths: Sequence[str]) -> list[ClassRow]:
    """The classes of ``paths``, in natural order."""
    of_class: dict[str, list[str]] = {}
    for path in paths:
        name = labels.get(path)
        if name is not None:
            of_class.setdefault(name, []).append(path)
    return [
        ClassRow(name, len(own), own[:: -(-len(own) // EXAMPLES)])
        for name, own in sorted(of_class.items(), key=lambda one: natural(one[0]))
    ]


def look(pictures: Pictures) -> Work:
    """Work whose answer is what was ``Looked`` at."""

    def work(stop: threading.Event, progress: Progress) -> Looked:
        from core.dataset.labels import rules

        proposals = rules.propose(_loose(pictures))
        opened: list[OpenTable] = []
        others: list[Path] = []
        for path in find_tables(pictures.folder):
            if stop.is_set():
                raise ThawError("stopped")
            table = _opened(path, pictures) if len(opened) < _MOST_TABLES else None
            if table is not None and table.labelled:
                opened.append(table)
            elif path.suffix.lower() != ".txt":  # a text is rarely a table
                others.append(path)
        opened.sort(key=lambda one: -one.labelled)
        tables = [*(one.path for one in opened), *others]
        return Looked(proposals, tables, opened[0] if opened else None)

    return work


def apply_rule(rule: "Rule", pictures: Pictures) -> Work:
    """Work whose answer is what ``rule`` says, ``ByName``."""

    def work(stop: threading.Event, progress: Progress) -> ByName:
        from core.dataset.labels import rules

        labels = {**pictures.known, **rules.apply(rule, _loose(pictures))}
        unnamed = [path for path in pictures.usable if path not in labels]
        return ByName(rule, labels, class_rows(labels, pictures.usable), unnamed)

    return work


def open_table(path: Path, pictures: Pictures) -> Work:
    """Work whose answer is an ``OpenTable`` with the columns guessed."""
    return lambda stop, progress: _open(path, pictures)


def match_again(opened: OpenTable, columns: "Columns", pictures: Pictures) -> Work:
    """Work whose answer is the ``OpenTable`` with other columns."""
    return lambda stop, progress: _match(opened.path, opened.table, columns, pictures)


def find_tables(folder: Path) -> list[Path]:
    """Files in ``folder`` and its own subfolders that may be tables."""
    found: list[Path] = []
    try:
        with os.scandir(folder) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
    found += [Path(entry.path) for entry in inside if _may_be_table(entry)]
    for entry in inside:
        try:
            if entry.name.startswith(".") or not entry.is_dir():
                continue
            with os.scandir(entry.path) as entries:
                deeper = sorted(entries, key=lambda one: one.name)
            found += [Path(one.path) for one in deeper if _may_be_table(one)]
        except OSError:
            continue
    return found


def _loose(pictures: Pictures) -> Sequence[str]:
    """Those whose class only their names may tell."""
    known = pictures.known
    return [path for path in pictures.paths if path not in known] if known else pictures.paths


def _may_be_table(entry: "os.DirEntry[str]") -> bool:
    name = entry.name
    try:
        fits = not name.startswith((".", "~$")) and name.lower().endswith(TABLE_SUFFIXES)
        return fits and entry.is_file()
    except OSError:
        return False


def _opened(path: Path, pictures: Pictures) -> OpenTable | None:
    try:
        return _open(path, pictures) if path.stat().st_size <= _LARGEST else None
    except (InputError, OSError):  # said when a person picks it
        return None


def _open(path: Path, pictures: Pictures) -> OpenTable:
    from core.dataset.labels import tables

    table = tables.read(path)
    return _match(path, table, table.guess(pictures.paths), pictures)


def _match(path: Path, table: "LabelTable", columns: "Columns", pictures: Pictures) -> OpenTable:
    from core.dataset.labels import matching

    matched = matching.match(table.rows, columns, pictures.paths, pictures.name)
    rows = class_rows(matched.labels, pictures.usable)
    return OpenTable(path, table, columns, matched, rows, sum(row.count for row in rows))
