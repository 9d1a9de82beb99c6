"""Small CSV tables that come back exactly as they were written, whatever a file name holds."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence


def write(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 text with a header; bytes of a file name that are no UTF-8 are kept as they are."""
    text = io.StringIO()
    plain = csv.writer(text, lineterminator="\n")
    quoted = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in (columns, *rows):
        # the csv module leaves a carriage return unquoted, and would read it as a line's end
        has_return = any(isinstance(cell, str) and "\r" in cell for cell in row)
        (quoted if has_return else plain).writerow(row)
    return text.getvalue().encode("utf-8", "surrogateescape")


def read(data: bytes, columns: Sequence[str] | None = None) -> Iterator[list[str]]:
    """The rows below the header.

    Raises ``ValueError`` where the header isn't ``columns`` (None: any), a row has another
    length, or the text is no table.
    """
    text = io.StringIO(data.decode("utf-8", "surrogateescape"), newline="")
    rows = csv.reader(text, strict=True)
    try:
        header = next(rows, None)
        if header is None or (columns is not None and header != list(columns)):
            raise ValueError("it lacks its header")
        for row in rows:
            if len(row) != len(header):
                raise ValueError(f"line {rows.line_num} is not whole")
            yield row
    except csv.Error as error:
        raise ValueError(str(error)) from error
