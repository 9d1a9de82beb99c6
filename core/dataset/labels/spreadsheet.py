"""The rows of a table file, as text: CSV as any program writes it, or the first sheet of an XLSX.

The content decides what a file is, not its name. ``core.dataset.labels.tables`` reads people's
labels with this.
"""

import codecs
import csv
import io
import os
import re
import stat
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from core.common.messages import InputError
from core.dataset.folder import printable
from core.dataset.labels.image_names import is_picture_name

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


@dataclass(frozen=True)
class Sheet:
    """The rows of a table, all of one length; without those that are empty.

    ``encoding`` is Python's name, or "xlsx"; ``cp1252`` was not declared by the file but is what
    was left to try. ``delimiter`` is empty for XLSX.
    """

    rows: list[tuple[str, ...]]
    encoding: str
    delimiter: str


def read(path: Path) -> Sheet:
    """The table in the file at ``path``.

    Raises ``InputError``: table_missing, table_unreadable, table_wrong_kind, table_protected,
    table_too_large, table_row_damaged.
    """
    where = printable(os.fspath(path))
    data = _bytes(path, where)
    if data.startswith(_OLE):
        raise InputError("table_protected", path=where)
    if data.startswith(b"PK\x03\x04"):
        return Sheet(_workbook(data, where), "xlsx", "")
    if data.startswith(_OWN_HEADER):  # file names come back as they are on disk, whatever they hold
        text = data.decode("utf-8", "surrogateescape")
        return Sheet(_even(_text_rows(text, ",", where, exact=True), where), "utf-8", ",")
    text, encoding = _decoded(data, where)
    text, delimiter = _declared(text)
    delimiter = delimiter or _likely_delimiter(text)
    return Sheet(_even(_text_rows(text, delimiter, where), where), encoding, delimiter)


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
    width = cells = 0
    for row in rows:
        length = len(row)
        while length and not row[length - 1].strip():
            length -= 1
        if length:
            kept.append(row if length == len(row) else row[:length])
            width, cells = max(width, length), cells + length
        if max(cells, width * len(kept)) > MAX_CELLS:
            raise _too_large(where)
    return [(*row, *[""] * (width - len(row))) for row in kept]


# Text


def _decoded(data: bytes, where: str) -> tuple[str, str]:
    """``data`` as text, and the encoding that it was read in."""
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text, encoding
    raise InputError("table_wrong_kind", path=where)


def _encodings(data: bytes) -> tuple[str, ...]:
    """The encodings to try, the likeliest first."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return (encoding,)
    head = data[:4096]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 8:  # UTF-16 that does not say so
        return ("utf-16-le" if odd > even else "utf-16-be",)
    return "utf-8", "cp1252"


def _declared(text: str) -> tuple[str, str]:
    """``text`` without the line ``sep=;`` that Excel begins with, and what that line says."""
    match = re.match(r'"?sep=(.)"?(?:\r\n|\r|\n)', text, re.IGNORECASE)
    return (text[match.end() :], match[1]) if match else (text, "")


def _likely_delimiter(text: str) -> str:
    """The delimiter that gives most rows the same number of cells, and a picture's name."""
    sample = text[: 2**16]
    if len(sample) < len(text):
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    return max(_DELIMITERS, key=lambda one: _evenness(sample, one))


def _evenness(sample: str, delimiter: str) -> tuple[float, int]:
    rows = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if any(row):
                rows.append(row)
    except csv.Error:
        pass  # those before it tell enough
    lengths = Counter(len(row) for row in rows if len(row) > 1)
    if not lengths:
        return 0.0, 0
    width, times = max(lengths.items(), key=lambda one: (one[1], one[0]))
    named = sum(any(map(is_picture_name, row)) for row in rows)
    return (times + named) / len(rows), width


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
    if any(member.flag_bits & 1 for member in members):
        raise InputError("table_protected", path=where)
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
        sheets = book.worksheets
        shown = [sheet for sheet in sheets if sheet.sheet_state == "visible"] or sheets
        if not shown:
            return
        shown[0].reset_dimensions()  # some programs declare a wrong size
        for number, row in enumerate(shown[0].iter_rows(values_only=True)):
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
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)
