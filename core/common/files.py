"""Files and folders: atomic writes, Thaw's own folders, and small CSV tables.

A crash leaves a file as it was or wholly written. A table reads back exactly as it was written,
whatever bytes a file name holds.
"""

import contextlib
import csv
import io
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

import platformdirs

Contents = bytes | Iterable[bytes | memoryview]  # of a file, whole or in parts


def cache_folder() -> Path:
    """What can be made again: the sample dataset, measurements of the machine."""
    return platformdirs.user_cache_path("thaw", appauthor=False)


def data_folder() -> Path:
    """What a person made: runs, and the tables of datasets."""
    return platformdirs.user_data_path("thaw", appauthor=False)


def runs_folder() -> Path:
    """Where runs go unless a person chose another place."""
    return data_folder() / "runs"


def replace(path: Path, data: Contents, *, sync: bool = True) -> None:
    """Make ``path`` hold ``data``, or its parts, wholly or not at all. Raises ``OSError``.

    Without ``sync`` that is true of a killed process, but not of a power cut.
    """
    with replacing(path, sync=sync) as file:
        file.writelines([data] if isinstance(data, bytes) else data)


@contextlib.contextmanager
def replacing(path: Path, *, sync: bool = True) -> Iterator[IO[bytes]]:
    """A file to write what ``path`` is to hold, as ``replace`` does."""
    # not tempfile's: its files are readable by nobody else, and runs are shared
    temporary = path.with_name(f".{path.name[:80]}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
            if sync:
                sync_file(file)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    if sync:
        sync_folder(path.parent)


def append_line(path: Path, line: bytes, *, sync: bool) -> None:
    """Append ``line``, which ends with a newline, wholly or not at all.

    What a crash left behind the last newline is cut off first. Raises ``OSError``.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    try:
        end = _whole_lines(handle)
        os.lseek(handle, end, os.SEEK_SET)
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(handle, rest) :]
            os.ftruncate(handle, end + len(line))
            if sync:
                os.fsync(handle)
        except OSError:
            os.ftruncate(handle, end)
            raise
    finally:
        os.close(handle)


def _whole_lines(handle: int) -> int:
    """The length of a file up to and with its last newline."""
    end = os.fstat(handle).st_size
    while end:
        start = max(0, end - 4096)
        os.lseek(handle, start, os.SEEK_SET)
        newline = os.read(handle, end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def sync_file(file: IO[bytes]) -> None:
    """Make what was written to ``file`` last through a power cut."""
    file.flush()
    os.fsync(file.fileno())


def sync_path(path: Path) -> int:
    """Make what was written to ``path`` last through a power cut; its length in bytes."""
    handle = os.open(path, os.O_RDWR)  # Windows syncs only what may be written
    try:
        os.fsync(handle)
        return os.fstat(handle).st_size
    finally:
        os.close(handle)


def remove_leftovers(folder: Path) -> None:
    """Delete what ``replace`` left in ``folder`` where its process was killed."""
    for path in folder.glob(".*.tmp"):
        with contextlib.suppress(OSError):
            path.unlink()


def sync_folder(folder: Path) -> None:
    """Make renames in ``folder`` last through a power cut, where the system can do that."""
    if os.name != "posix":
        return  # Windows has no handle of a folder to sync; its renames are journalled
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 text with a header; bytes of a file name that are no UTF-8 are kept as they are."""
    text = io.StringIO()
    plain = csv.writer(text, lineterminator="\n")
    quoted = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in (columns, *rows):
        # the csv module leaves a carriage return unquoted, and would read it as a line's end
        has_return = any(isinstance(cell, str) and "\r" in cell for cell in row)
        (quoted if has_return else plain).writerow(row)
    return text.getvalue().encode("utf-8", "surrogateescape")


def read_table(data: bytes, columns: Sequence[str]) -> Iterator[list[str]]:
    """The rows below the header.

    Raises ``ValueError`` where the header isn't ``columns``, a row has another length, or the
    text is no table.
    """
    text = io.StringIO(data.decode("utf-8", "surrogateescape"), newline="")
    rows = csv.reader(text, strict=True)
    try:
        if next(rows, None) != list(columns):
            raise ValueError("it lacks its header")
        for row in rows:
            if len(row) != len(columns):
                raise ValueError(f"line {rows.line_num} is not whole")
            yield row
    except csv.Error as error:
        raise ValueError(str(error)) from error
