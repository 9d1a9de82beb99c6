"""Labels from a person's table: its columns guessed, its rows matched to a folder's images.

``--labels FILE`` and the window's labelling view read a table, guess which column holds the image
names, the labels and the splits, let the person choose others, and ``match`` it. A guess goes by
the names of the columns and by their cells. Rows that match no image are counted, never dropped
in silence.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.common.messages import InputError
from core.dataset.folder import SPLIT_FOLDERS, SplitName, key_of, printable
from core.dataset.labels import spreadsheet
from core.dataset.labels.image_names import Evidence, Found, PictureNames, is_picture_name
from core.dataset.labels.spreadsheet import OWN_COLUMNS

SPLIT_WORDS: dict[str, SplitName] = {
    **SPLIT_FOLDERS,
    "dev": "validation",
    "testing": "test",
}

# Each the best first. A name of several words is written here without what stands between them.
_PATH_NAMES = (
    *("path", "filepath", "imagepath", "relativepath", "filename", "imagefilename", "imagefile"),
    *("file", "imagename", "image", "img", "picture", "photo", "fname", "imageid", "imgid"),
    *("name", "id", "uid", "uuid"),
)
_LABEL_NAMES = (
    *("labelname", "classname", "categoryname", "label", "class", "category", "target"),
    *("species", "breed", "diagnosis", "dx", "groundtruth", "annotation", "labels", "classes"),
    *("tag", "tags", "type", "kind", "y", "labelid", "classid", "categoryid"),
)
_SPLIT_NAMES = ("split", "splits", "set", "subset", "partition", "usage", "phase", "fold", "part")
_PARTLY, _UNKNOWN, _OTHERWISE = 100, 1000, 2000  # ranks after those of a known name
_MOST_ROWS, _MOST_CELLS = 1000, 30_000  # looked at for a guess


@dataclass(frozen=True)
class Columns:
    """The columns by number, from 0. ``status`` and ``reason`` are those of Thaw's own
    ``dataset.csv``, by which pictures are left out."""

    path: int
    label: int
    split: int | None = None
    status: int | None = None
    reason: int | None = None


def split_of(word: str) -> SplitName | None:
    """The split that ``word`` says, such as "Training" or "val"; None: it says none."""
    return SPLIT_WORDS.get(word.strip().casefold())


def is_header(first: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Whether ``first`` names the columns and is no row like the ``others``.

    No header names a picture file, nor stands one of its words in its own column again; unless
    the header itself does, in tables that were put together of several.
    """
    if any(map(is_picture_name, first)):
        return False
    below = _sample(others)
    again = any(
        cell.strip() and any(row[number] == cell for row in below)
        for number, cell in enumerate(first)
    )
    known = (*_PATH_NAMES, *_LABEL_NAMES, *_SPLIT_NAMES)
    return not again or (first in others and all(_rank(name, known) < _PARTLY for name in first))


def guess_columns(
    names: Sequence[str], rows: Sequence[Sequence[str]], paths: Sequence[str] = ()
) -> Columns:
    """The likely columns of a table of two columns or more.

    ``paths`` are the pictures of the folder that the table is for, if that is known.
    """
    plain = [name.strip().casefold() for name in names]
    if set(OWN_COLUMNS) <= set(plain):
        return Columns(*(plain.index(name) for name in OWN_COLUMNS))
    below = _sample(rows)
    columns = [[row[number].strip() for row in below] for number in range(len(names))]
    path = _path_column(names, columns, PictureNames(paths))
    split = _split_column(names, columns, {path})
    if len(names) == 2:
        split = None  # what is left must be the label
    return Columns(path, _label_column(names, columns, {path, split}), split)


def _sample(rows: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    """Some of ``rows``, evenly from all of them."""
    width = len(rows[0]) if rows else 1
    most = max(20, min(_MOST_ROWS, _MOST_CELLS // width))
    return rows[:: -(-len(rows) // most) or 1]


def _path_column(
    names: Sequence[str], columns: Sequence[Sequence[str]], pictures: PictureNames
) -> int:
    def score(number: int) -> tuple[float, int, int, int]:
        cells = columns[number]
        rank = _rank(names[number], _PATH_NAMES)
        if rank >= _PARTLY and _rank(names[number], (*_LABEL_NAMES, *_SPLIT_NAMES)) < _PARTLY:
            rank = _OTHERWISE
        found = sum(bool(pictures.find(cell).path) for cell in cells)
        looks = sum(map(is_picture_name, cells))
        total = max(1, len(cells))
        # rounded, so that a few odd cells don't outvote the name
        content = round(found / total, 1) + round(looks / total, 1)
        return content, -rank, len(set(cells)), -number

    return max(range(len(names)), key=score)


def _split_column(
    names: Sequence[str], columns: Sequence[Sequence[str]], taken: set[int]
) -> int | None:
    """A column of split words: half of them suffice under a known name, nearly all elsewhere."""
    best: tuple[int, int] | None = None
    for number, cells in enumerate(columns):
        words = [cell for cell in cells if cell]
        rank = _rank(names[number], _SPLIT_NAMES)
        needed = 0.5 if rank < _UNKNOWN else 0.95
        known = sum(split_of(word) is not None for word in words)
        enough = known >= needed * len(words) and (rank < _UNKNOWN or 2 * known > len(cells))
        if number not in taken and known and enough:
            best = min(best or (rank, number), (rank, number))
    return best[1] if best else None


def _label_column(
    names: Sequence[str], columns: Sequence[Sequence[str]], taken: set[int | None]
) -> int:
    """By name; else the first of few different values, words rather than numbers."""

    def score(number: int) -> tuple[bool, int, bool, bool, int]:
        cells = [cell for cell in columns[number] if cell]
        different = len(set(cells))
        few = 2 <= different <= max(2, len(cells) // 2)
        words = not all(re.fullmatch(r"[-+\d.,eE]*", cell) for cell in cells)
        rank = _rank(names[number], _LABEL_NAMES)
        return bool(cells), -rank, few, words, -number

    return max((number for number in range(len(names)) if number not in taken), key=score)


def _rank(name: str, known: Sequence[str]) -> int:
    """How good a column's name is: its place among the known ones, then whether it holds one."""
    words = [word.casefold() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+|[^\W\d_]+", name)]
    whole = "".join(words)
    if whole in known:
        return known.index(whole)
    if any(word in known for word in words):
        return _PARTLY
    return _UNKNOWN


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
        return guess_columns(self.columns, self.rows, paths)


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
    header = bool(rows) and is_header(rows[0], rows[1:])
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
