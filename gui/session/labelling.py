"""What may tell the classes of pictures, looked at off the window's thread."""

import os
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from core.common.messages import InputError, ThawError
from core.dataset.folder import natural
from gui.base.background import Progress, Work
from gui.session.labelling_ import Pictures

if TYPE_CHECKING:
    from core.dataset.labels.rules import Proposal, Rule
    from core.dataset.labels.tables import Columns, LabelTable, Matched

Way = Literal["names", "table", "hand"]
TABLE_SUFFIXES = (".csv", ".tsv", ".xlsx", ".txt")
EXAMPLES = 8  # pictures of a class that stand for it
_MOST_TABLES = 6
_CONVINCING = 0.3  # a proposal's score
_LOOKED_AT = 500  # names for an example
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
    """What names and tables promise, the likeliest first; ``best`` is the first table, read.
    ``examples`` are a name and its class for each proposal, both empty where none is at hand."""

    proposals: "Sequence[Proposal]"
    examples: Sequence[tuple[str, str]]
    tables: Sequence[Path]
    best: OpenTable | None

    def likeliest(self, pictures: int) -> Way:
        """The way to begin with for so many pictures that can be read."""
        if self.best is not None and len(self.best.rows) > 1 and 2 * self.best.labelled >= pictures:
            return "table"
        if self.proposals and self.proposals[0].score >= _CONVINCING:
            return "names"
        return "hand"


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

        loose = _loose(pictures)
        proposals = rules.propose(loose)
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
        examples = [_example(one.rule, loose) for one in proposals]
        return Looked(proposals, examples, tables, opened[0] if opened else None)

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


def _example(rule: "Rule", paths: Sequence[str]) -> tuple[str, str]:
    """Of a name whose class has others too, if there is one among the first."""
    from core.dataset.labels import rules

    labels = rules.apply(rule, paths[:_LOOKED_AT])
    times = Counter(labels.values())
    found = max(labels.items(), key=lambda one: times[one[1]] > 1, default=("", ""))
    return found[0].rpartition("/")[2], found[1]


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
    from core.dataset.labels import tables as labels_tables

    table = labels_tables.read(path)
    return _match(path, table, table.guess(pictures.paths), pictures)


def _match(path: Path, table: "LabelTable", columns: "Columns", pictures: Pictures) -> OpenTable:
    from core.dataset.labels import tables as labels_tables

    matched = labels_tables.match(table, columns, pictures.paths, pictures.name)
    rows = class_rows(matched.labels, pictures.usable)
    return OpenTable(path, table, columns, matched, rows, sum(row.count for row in rows))
