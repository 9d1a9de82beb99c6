"""Labels from a person's table: a CSV as any program writes it, or an XLSX file's first sheet.

``--labels FILE`` and the window's labelling view read a table and guess which column holds the
image names, the labels and the splits; in the window the person may choose others. The content
decides what a file is, not its name.
"""

import codecs
import csv
import io
import os
import re
import stat
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.common.messages import InputError
from core.dataset.folder import printable
from core.dataset.labels.matching import Columns, PictureNames, is_picture_name, split_of

MAX_MEGABYTES = 200  # of the file, and of what an XLSX unpacks to
MAX_CELLS = 20_000_000  # each costs some 60 bytes of memory
OWN_COLUMNS = ("path", "label", "split", "status", "reason")

_OWN_HEADER = ",".join(OWN_COLUMNS).encode()
_DELIMITERS = ",;\t|"
_SHEET_ROWS = 1_048_576  # no XLSX has more; a damaged one may number its rows into the billions
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # an XLS, or what a password makes of an XLSX
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

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
_SPLIT_NAMES = (
    *("split", "splits", "set", "dataset", "subset", "partition", "usage", "phase", "fold", "part"),
)
_SAMPLE = 500  # rows, evenly from all, that a guess looks at


@dataclass(frozen=True)
class LabelTable:
    """A table of two columns or more. ``rows`` are as long as ``columns``; where the file has
    no header, the columns are "column 1", "column 2" and so on. ``encoding`` is Python's name
    or "xlsx"; "cp1252" if the file was no UTF-8 and said nothing else."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    encoding: str = "utf-8"

    def guess(self, paths: Sequence[str] = ()) -> Columns:
        """The columns that likely hold picture names, labels and splits.

        ``paths`` are the folder's pictures, for a table whose names don't look like files.
        """
        plain = [name.strip().casefold() for name in self.columns]
        if set(OWN_COLUMNS) <= set(plain):
            return Columns(*map(plain.index, OWN_COLUMNS))
        pictures = PictureNames(paths)
        names = [_joined(name) for name in self.columns]
        columns = list(zip(*_sampled(self.rows), strict=True))
        numbers = range(len(columns))

        def path_rank(number: int) -> tuple[bool, int]:
            cells = columns[number]
            named = sum(is_picture_name(one) or bool(pictures.find(one).path) for one in cells)
            return 2 * named <= len(cells), _rank(names[number], _PATH_NAMES)

        def label_rank(number: int) -> tuple[int, bool]:
            different = len({*columns[number]} - {""})
            few = 2 <= different <= max(2, len(columns[number]) // 2)
            return _rank(names[number], _LABEL_NAMES), not few

        def is_split(number: int) -> bool:
            return names[number] in _SPLIT_NAMES and any(map(split_of, columns[number]))

        path = min(numbers, key=path_rank)
        others = [number for number in numbers if number != path]
        # of two columns, what is left must be the label
        split = next(filter(is_split, others), None) if len(others) > 1 else None
        return Columns(path, min((one for one in others if one != split), key=label_rank), split)


def read(path: Path) -> LabelTable:
    """The table in a CSV (comma, semicolon, tab or bar; UTF-8, UTF-16 or cp1252) or XLSX file.

    Raises ``InputError``: table_missing, table_unreadable, table_wrong_kind, table_protected,
    table_too_large, table_row_damaged, table_empty, table_one_column.
    """
    where = printable(os.fspath(path))
    data = _bytes(path, where)
    if data.startswith(_OLE):
        raise InputError("table_protected", path=where)
    if data.startswith(b"PK\x03\x04"):
        rows, encoding = _workbook(data, where), "xlsx"
    elif data.startswith(_OWN_HEADER):  # file names come back as they are on disk
        text, encoding = data.decode("utf-8", "surrogateescape"), "utf-8"
        rows = _even(_text_rows(text, ",", where, exact=True), where)
    else:
        text, encoding = _decoded(data, where)
        rows = _even(_text_rows(*_delimited(text), where), where)
    header = bool(rows) and _is_header(rows[0], rows[1:])
    if len(rows) <= header:
        raise InputError("table_empty", path=where)
    if len(rows[0]) < 2:
        raise InputError("table_one_column", path=where)
    names = [printable(cell.strip()) for cell in rows[0]] if header else [""] * len(rows[0])
    columns = [name or f"column {number}" for number, name in enumerate(names, 1)]
    return LabelTable(columns, rows[header:], encoding)


def _bytes(path: Path, where: str) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would wait for ever
            raise InputError("table_wrong_kind", path=where)
        with path.open("rb") as file:
            data = file.read(MAX_MEGABYTES * 2**20 + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError("table_missing", path=where) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise InputError("table_unreadable", path=where, reason=error) from None
    if len(data) > MAX_MEGABYTES * 2**20:
        raise _too_large(where)
    return data


def _too_large(where: str) -> InputError:
    limits = {"megabytes": MAX_MEGABYTES, "millions": MAX_CELLS // 10**6}
    return InputError("table_too_large", path=where, **limits)


def _even(rows: Iterable[Sequence[str]], where: str) -> list[tuple[str, ...]]:
    """``rows`` filled up to one length, without the empty ones and without empty last columns."""
    kept: list[Sequence[str]] = []
    width = 0
    for row in rows:
        length = len(row)
        while length and not row[length - 1].strip():
            length -= 1
        if length:
            kept.append(row[:length])
            width = max(width, length)
        if width * len(kept) > MAX_CELLS:
            raise _too_large(where)
    return [(*row, *[""] * (width - len(row))) for row in kept]


def _is_header(first: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Whether ``first`` names the columns and is no row like the ``others``.

    No header names a picture file, nor stands one of its words in its own column again; unless
    it has known names only, as in tables that were put together of several.
    """
    if any(map(is_picture_name, first)):
        return False
    known = {*_PATH_NAMES, *_LABEL_NAMES, *_SPLIT_NAMES}
    if known.issuperset(map(_joined, first)):
        return True
    columns = zip(first, *_sampled(others), strict=True)
    return not any(name.strip() and name in below for name, *below in columns)


def _sampled(rows: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    return rows[:: len(rows) // _SAMPLE + 1]


def _joined(name: str) -> str:
    """A column's name in small letters, without what separates its words."""
    return re.sub(r"[\W_]+", "", name).casefold()


def _rank(name: str, known: Sequence[str]) -> int:
    return known.index(name) if name in known else len(known)


# Text


def _decoded(data: bytes, where: str) -> tuple[str, str]:
    """``data`` as text, and the encoding that it was read in."""
    marked = [encoding for mark, encoding in _BYTE_ORDER_MARKS if data.startswith(mark)]
    for encoding in marked or ("utf-8", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    raise InputError("table_wrong_kind", path=where)


def _delimited(text: str) -> tuple[str, str]:
    """``text`` and its delimiter: the one that cuts the first line into most cells.

    ``csv.Sniffer`` takes the comma of decimal numbers, and gives up where rows are uneven."""
    line = re.findall(r"[^\r\n]+", text[: 2**16])[:1]
    cells = {one: sum(map(len, csv.reader(line, delimiter=one))) for one in _DELIMITERS}
    declared = re.match(r"sep=.[\r\n]+", text, re.IGNORECASE)  # a line for Excel alone
    return text[declared.end() if declared else 0 :], max(_DELIMITERS, key=lambda one: cells[one])


def _text_rows(
    text: str, delimiter: str, where: str, *, exact: bool = False
) -> Iterator[list[str]]:
    """The rows of a CSV. Unless ``exact``, a space after a delimiter belongs to no cell."""
    lines = io.StringIO(text, newline="")
    rows = csv.reader(lines, delimiter=delimiter, skipinitialspace=not exact, strict=True)
    while True:
        line = rows.line_num + 1
        try:
            yield next(rows)
        except StopIteration:
            return
        except csv.Error:
            raise InputError("table_row_damaged", path=where, line=line) from None


# XLSX


def _workbook(data: bytes, where: str) -> list[tuple[str, ...]]:
    """The rows of the first sheet that is not hidden."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and validations that openpyxl leaves out
            _check_archive(data, where)
            return _even(_first_sheet(data), where)
    except InputError:
        raise
    except Exception as error:  # a damaged file lets openpyxl fail in any way
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise InputError("table_unreadable", path=where, reason=printable(reason)) from None


def _check_archive(data: bytes, where: str) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    if "[Content_Types].xml" not in {member.filename for member in members}:
        raise InputError("table_wrong_kind", path=where)  # another kind of archive
    # zipfile reads no more of a member than it declares
    if sum(member.file_size for member in members) > MAX_MEGABYTES * 2**20:
        raise _too_large(where)


def _first_sheet(data: bytes) -> Iterator[list[str]]:
    import openpyxl

    book = openpyxl.load_workbook(
        io.BytesIO(data), read_only=True, data_only=True, keep_links=False
    )
    try:
        sheets = sorted(book.worksheets, key=lambda sheet: sheet.sheet_state != "visible")
        for sheet in sheets[:1]:
            sheet.reset_dimensions()  # some programs declare a wrong size
            for number, row in enumerate(sheet.iter_rows(values_only=True)):
                if number >= _SHEET_ROWS:
                    raise ValueError("its rows are numbered beyond the last")
                yield [_as_text(value) for value in row]
    finally:
        book.close()


def _as_text(value: object) -> str:
    """A cell as Excel shows it, numbers and dates in the way that every program reads."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value).removesuffix(" 00:00:00")  # of a date without a time
