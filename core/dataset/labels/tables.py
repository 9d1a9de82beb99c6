"""Labels from a table that a person has: whichever file it is, matched to a folder's pictures.

``--labels FILE`` and the window's labelling view read a table, guess its columns, let the
person choose others, and ``match`` it. What did not match is counted, never dropped in silence.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.common.messages import InputError
from core.dataset.folder import SplitName, key_of, printable
from core.dataset.labels import label_columns, spreadsheet
from core.dataset.labels.image_names import Evidence, Found, PictureNames
from core.dataset.labels.label_columns import Columns, split_of

__all__ = ["Columns", "Counted", "LabelTable", "Matched", "match", "read"]

EXAMPLES = 5


@dataclass(frozen=True)
class LabelTable:
    """A table of two columns or more. ``rows`` are as long as ``columns``; where the file has
    no ``header``, the columns are "column 1", "column 2" and so on. ``encoding`` is "cp1252" if
    the file was no UTF-8 and said nothing else; ``delimiter`` is empty for XLSX."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    header: bool = True
    encoding: str = "utf-8"
    delimiter: str = ","

    def guess(self, paths: Sequence[str] = ()) -> Columns:
        """The columns that likely hold picture names, labels and splits.

        ``paths`` are the folder's pictures, for a table whose names don't look like files.
        """
        return label_columns.guess(self.columns, self.rows, paths)


@dataclass(frozen=True)
class Counted:
    """How many there were, and the first few different ones, fit to print."""

    count: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Matched:
    """What a table says about a folder's pictures, by their paths as on disk.

    ``labels``, ``splits`` and ``excluded`` (reason codes, or empty) hold what was said; a picture
    may be excluded and have a label. ``listed`` is how many pictures the table names. Each row
    counts once: the rows are ``listed + repeated + missing_rows.count + ambiguous.count``.
    """

    labels: Mapping[str, str]
    splits: Mapping[str, SplitName]
    excluded: Mapping[str, str]
    listed: int = 0
    repeated: int = 0
    """Rows that name a picture again."""
    missing_rows: Counted = Counted()
    """Rows that name no picture, or only resemble a picture that another row names exactly."""
    ambiguous: Counted = Counted()
    """Rows whose name several pictures have."""
    unlisted: Counted = Counted()
    """Pictures that no row names."""
    unlabelled: Counted = Counted()
    """Pictures that rows name without a label."""
    conflicting: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The different labels that rows give to one picture; the first counts."""
    conflicting_splits: Mapping[str, tuple[SplitName, ...]] = field(default_factory=dict)
    """The different splits that rows give to one picture; the first counts."""
    unknown_splits: Counted = Counted()
    """Rows whose split is not understood: their pictures get none."""
    similar_labels: Sequence[tuple[str, str]] = ()
    """Labels that differ only in case or in what separates their words, the commoner first."""


def read(path: Path) -> LabelTable:
    """The table in a CSV (comma, semicolon, tab or bar; UTF-8, UTF-16 or cp1252) or XLSX file.

    Raises ``InputError``: table_missing, table_unreadable, table_wrong_kind, table_protected,
    table_too_large, table_row_damaged, table_empty, table_one_column.
    """
    sheet = spreadsheet.read(path)
    rows = sheet.rows
    header = bool(rows) and label_columns.is_header(rows[0], rows[1:])
    if len(rows) <= header:
        raise InputError("table_empty", path=printable(str(path)))
    if len(rows[0]) < 2:
        raise InputError("table_one_column", path=printable(str(path)))
    names = [printable(cell.strip()) for cell in rows[0]] if header else [""] * len(rows[0])
    columns = tuple(name or f"column {number}" for number, name in enumerate(names, 1))
    return LabelTable(columns, rows[header:], header, sheet.encoding, sheet.delimiter)


def match(
    table: LabelTable, columns: Columns, paths: Sequence[str], folder_name: str = ""
) -> Matched:
    """Connect each row of ``table`` with the picture that it names.

    ``paths`` are the folder's pictures (relative, with slashes, as on disk), ``folder_name`` is
    the folder's own name. Labels are stripped, in Unicode NFC; an empty one is none. Of several
    rows for one picture the first with a label counts; one that names its picture by less (the
    file name where another gives the path) counts as naming none.
    """
    pictures = PictureNames(paths, folder_name)
    found = [pictures.find(row[columns.path]) for row in table.rows]
    strongest: dict[str, Evidence] = {}
    for one in found:
        strongest[one.path] = min(one.evidence, strongest.get(one.path, one.evidence))
    matching = _Matching(columns)
    for row, one in zip(table.rows, found, strict=True):
        matching.take(row, one, weak=one.evidence > strongest[one.path])
    return matching.result(paths)


class _Tally:
    def __init__(self) -> None:
        self._count = 0
        self._examples: list[str] = []

    def add(self, value: str) -> None:
        self._count += 1
        if len(self._examples) < EXAMPLES:
            text = printable(value.strip())
            if text and text not in self._examples:
                self._examples.append(text)

    def told(self) -> Counted:
        return Counted(self._count, tuple(self._examples))


class _Matching:
    """The rows so far, picture by picture."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._listed: set[str] = set()
        self._labels: dict[str, str] = {}
        self._splits: dict[str, SplitName] = {}
        self._excluded: dict[str, str] = {}
        self._conflicting: dict[str, tuple[str, ...]] = {}
        self._conflicting_splits: dict[str, tuple[SplitName, ...]] = {}
        self._repeated = 0
        self._missing, self._ambiguous, self._unknown = _Tally(), _Tally(), _Tally()

    def take(self, row: Sequence[str], found: Found, *, weak: bool) -> None:
        path = found.path
        if found.ambiguous:
            self._ambiguous.add(row[self._columns.path])
        elif weak or not path:
            self._missing.add(row[self._columns.path])
        else:
            self._take_label(path, key_of(row[self._columns.label].strip()))
            if self._columns.split is not None:
                self._take_split(path, row[self._columns.split])
            if self._columns.status is not None and path not in self._listed:
                self._take_status(path, row)
            self._repeated += path in self._listed
            self._listed.add(path)

    def result(self, paths: Sequence[str]) -> Matched:
        unlisted, unlabelled = _Tally(), _Tally()
        for path in paths:
            if path not in self._listed:
                unlisted.add(path)
            elif path not in self._labels and path not in self._excluded:
                unlabelled.add(path)
        return Matched(
            self._labels,
            self._splits,
            self._excluded,
            len(self._listed),
            self._repeated,
            self._missing.told(),
            self._ambiguous.told(),
            unlisted.told(),
            unlabelled.told(),
            self._conflicting,
            self._conflicting_splits,
            self._unknown.told(),
            _similar(self._labels.values()),
        )

    def _take_label(self, path: str, label: str) -> None:
        if label and self._labels.setdefault(path, label) != label:
            before = self._conflicting.get(path, (self._labels[path],))
            self._conflicting[path] = before if label in before else (*before, label)

    def _take_split(self, path: str, word: str) -> None:
        split = split_of(word)
        if split is None:
            if word.strip():
                self._unknown.add(word)
        elif self._splits.setdefault(path, split) != split:
            before = self._conflicting_splits.get(path, (self._splits[path],))
            self._conflicting_splits[path] = before if split in before else (*before, split)

    def _take_status(self, path: str, row: Sequence[str]) -> None:
        status = row[self._columns.status or 0].strip().casefold()
        if status in ("", "used"):
            return
        reason = "" if self._columns.reason is None else row[self._columns.reason].strip()
        self._excluded[path] = reason


def _similar(labels: Iterable[str]) -> tuple[tuple[str, str], ...]:
    alike: dict[str, list[str]] = {}
    for label, _ in Counter(labels).most_common():
        alike.setdefault(re.sub(r"[\s_-]+", " ", label.casefold()), []).append(label)
    return tuple((first, other) for first, *others in alike.values() for other in others)
