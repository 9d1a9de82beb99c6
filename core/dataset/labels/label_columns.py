"""Which column of a person's table names the picture, which its label, and which its split.

By what columns are usually called, and by what stands in them; a guess for the person to confirm.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.dataset.folder import SPLIT_FOLDERS, SplitName
from core.dataset.labels.image_names import PictureNames, is_picture_name
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


def guess(
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
