"""The rows of a table matched to a folder's images, and what they say about each.

A table may come from another computer, from another folder, or from a program that kept only
the numbers of the images: ``./cat/1.JPG``, ``1.jpg`` or plain ``1``. Rows that match no image are
counted, never dropped in silence.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.dataset.folder import SPLIT_FOLDERS, SplitName, key_of, printable
from core.images.load import IMAGE_SUFFIXES

SPLIT_WORDS: dict[str, SplitName] = {
    **SPLIT_FOLDERS,
    "dev": "validation",
    "testing": "test",
}
EXAMPLES = 5
_OTHER_CASE = 5  # more than any distance of a name in its own case


@dataclass(frozen=True)
class Columns:
    """The columns by number, from 0. ``status`` and ``reason`` are those of Thaw's own
    ``dataset.csv``, by which pictures are left out."""

    path: int
    label: int
    split: int | None = None
    status: int | None = None
    reason: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The one picture that was meant (its path as on disk), or why none: ``ambiguous`` if
    several are called that, otherwise none is. The path itself has ``distance`` 0, and what
    resembles it less has more."""

    path: str = ""
    distance: int = 0
    ambiguous: bool = False


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
    conflicting: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The different labels that rows give to one picture; the first counts."""
    conflicting_splits: Mapping[str, Sequence[SplitName]] = field(default_factory=dict)
    """The different splits that rows give to one picture; the first counts."""
    unknown_splits: Counted = Counted()
    """Rows whose split is not understood: their pictures get none."""
    similar_labels: Sequence[tuple[str, str]] = ()
    """Labels that differ only in case or in what separates their words, the commoner first."""


def match(
    rows: Sequence[Sequence[str]], columns: Columns, paths: Sequence[str], folder_name: str = ""
) -> Matched:
    """Connect each of a table's ``rows`` with the picture that it names.

    ``paths`` are the folder's pictures (relative, with slashes, as on disk), ``folder_name`` is
    the folder's own name. Labels are stripped, in Unicode NFC; an empty one is none. Of several
    rows for one picture the first with a label counts; one that names its picture by less (the
    file name where another gives the path) counts as naming none.
    """
    pictures = PictureNames(paths, folder_name)
    found = [pictures.find(row[columns.path]) for row in rows]
    nearest: dict[str, int] = {}
    for one in found:
        nearest[one.path] = min(one.distance, nearest.get(one.path, one.distance))
    labels: dict[str, list[str]] = {}  # of each listed picture, the different ones
    splits: dict[str, list[SplitName]] = {}
    excluded: dict[str, str] = {}
    missing, ambiguous, unknown = list[str](), list[str](), list[str]()
    for row, one in zip(rows, found, strict=True):
        path = one.path
        if one.ambiguous:
            ambiguous.append(row[columns.path])
            continue
        if not path or one.distance > nearest[path]:
            missing.append(row[columns.path])
            continue
        if path not in labels and _cell(row, columns.status).casefold() not in ("", "used"):
            excluded[path] = _cell(row, columns.reason)
        label, word = key_of(_cell(row, columns.label)), _cell(row, columns.split)
        split = split_of(word)
        if label not in labels.setdefault(path, []) and label:
            labels[path].append(label)
        if split is None and word:
            unknown.append(word)
        elif split is not None and split not in splits.setdefault(path, []):
            splits[path].append(split)
    first_labels = {path: said[0] for path, said in labels.items() if said}
    return Matched(
        first_labels,
        {path: said[0] for path, said in splits.items()},
        excluded,
        listed=len(labels),
        repeated=len(rows) - len(labels) - len(missing) - len(ambiguous),
        missing_rows=_counted(missing),
        ambiguous=_counted(ambiguous),
        unlisted=_counted([path for path in paths if path not in labels]),
        unlabelled=_counted([p for p in paths if labels.get(p) == [] and p not in excluded]),
        conflicting={path: said for path, said in labels.items() if len(said) > 1},
        conflicting_splits={path: said for path, said in splits.items() if len(said) > 1},
        unknown_splits=_counted(unknown),
        similar_labels=_similar(first_labels.values()),
    )


def split_of(word: str) -> SplitName | None:
    """The split that ``word`` says, such as "Training" or "val"; None: it says none."""
    return SPLIT_WORDS.get(word.strip().casefold())


def is_picture_name(text: str) -> bool:
    """Whether ``text`` ends as a picture file's name does."""
    return stem(text) != text


def stem(name: str) -> str:
    """``name`` without the suffix of a picture file, if it has one."""
    before, _, suffix = name.rstrip().rpartition(".")
    return before if before and "." + suffix.lower() in IMAGE_SUFFIXES else name


class PictureNames:
    """The pictures of a folder by everything they may be called.

    ``paths`` are relative with slashes, as on disk; ``folder_name`` is the folder's own name,
    which a table made one level above puts before them.
    """

    def __init__(self, paths: Sequence[str], folder_name: str = "") -> None:
        self._as_on_disk = frozenset(paths)
        self._exact = _Index(paths, folder_name, str)
        self._caseless = _Index(paths, folder_name, str.casefold)

    def find(self, text: str) -> Found:
        """The picture that ``text`` means.

        Compared in Unicode NFC, with either slash, without what leads up to the folder: by
        path, if need be without the suffix; then by a file name that only one picture has, then
        without its suffix; and last without regard to case.
        """
        if text in self._as_on_disk:
            return Found(text)
        parts = key_of(text.strip()).replace("\\", "/").split("/")
        parts = [part for part in parts if part not in ("", ".", "..")]
        if not parts:
            return Found()
        exact = self._exact.find(parts)
        if exact.path:
            return exact
        # several of one name may lie in folders that the text spells in another case
        caseless = self._caseless.find([part.casefold() for part in parts])
        if caseless.path:
            return Found(caseless.path, caseless.distance + _OTHER_CASE)
        return exact if exact.ambiguous else caseless


class _Index:
    """Each picture by its path and by its file name, both with and without the suffix.

    A name that several pictures have leads to None."""

    def __init__(self, paths: Sequence[str], folder_name: str, fold: Callable[[str], str]) -> None:
        self._folder_name = fold(key_of(folder_name))
        self._depth = 1
        self._by_path: dict[str, str | None] = {}
        self._by_path_stem: dict[str, str | None] = {}
        self._by_name: dict[str, str | None] = {}
        self._by_name_stem: dict[str, str | None] = {}
        for path in paths:
            key = fold(key_of(path))
            name = key.rpartition("/")[2]
            self._depth = max(self._depth, key.count("/") + 1)
            for index, called in (
                (self._by_path, key),
                (self._by_path_stem, stem(key)),
                (self._by_name, name),
                (self._by_name_stem, stem(name)),
            ):
                index[called] = path if index.get(called, path) == path else None

    def find(self, parts: Sequence[str]) -> Found:
        name = parts[-1]
        # A file name alone is a whole path only if nothing or the folder's name stands before it.
        tails = [
            "/".join(parts[-length:])
            for length in range(min(self._depth, len(parts)), 0, -1)
            if length > 1 or len(parts) == 1 or parts[-2] == self._folder_name
        ]
        # An id may hold a dot itself, so the whole name goes before the one without a suffix.
        short = [*tails, *map(stem, tails)]
        steps = (
            (self._by_path, tails),
            (self._by_path_stem, [one for one in short if "/" in one]),
            (self._by_name, [name]),
            (self._by_path_stem, [one for one in short if "/" not in one]),
            (self._by_name_stem, [name, stem(name)]),
        )
        for distance, (index, keys) in enumerate(steps):
            for key in keys:
                if key in index:
                    path = index[key]
                    return Found(ambiguous=True) if path is None else Found(path, distance)
        return Found()


def _cell(row: Sequence[str], column: int | None) -> str:
    return "" if column is None else row[column].strip()


def _counted(values: Sequence[str]) -> Counted:
    examples: list[str] = []
    for value in values:
        text = printable(value.strip())
        if len(examples) < EXAMPLES and text and text not in examples:
            examples.append(text)
    return Counted(len(values), tuple(examples))


def _similar(labels: Iterable[str]) -> tuple[tuple[str, str], ...]:
    alike: dict[str, list[str]] = {}
    for label, _ in Counter(labels).most_common():
        alike.setdefault(re.sub(r"[\s_-]+", " ", label.casefold()), []).append(label)
    return tuple((first, other) for first, *others in alike.values() for other in others)
