"""A cache of what is known of a folder's files: headers, errors and fingerprints.

Thaw's cache folder has one SQLite database for each dataset folder. Several processes may use
one, and a crash leaves it whole. It may always be missing: where anything goes wrong with it, it
counts as empty, and the files are read again.
"""

import json
import logging
import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeVar

from core.common import files
from core.images.errors import ImageError
from core.images.load import DECODER_VERSION, Header

SUFFIX = ".sqlite"
_LEFTOVERS = "", "-journal"
_WAIT_SECONDS = 2.0  # for another process to finish writing
# fmt: off
# What says nothing against the file: another process holds it, the disk is full or read-only.
_PASSING = frozenset((
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_TOOBIG,
))
# fmt: on
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class CacheDatabase:
    """The database at ``file``. Nothing here raises; a line in the log says what went wrong.

    ``tables`` are the statements that make it. One that bears another ``stamp``, is damaged or
    is not ours gives way to a new one. Use from any thread.
    """

    def __init__(self, file: Path, tables: Sequence[str], stamp: str) -> None:
        self._file, self._tables, self._stamp = file, tables, stamp
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        for _ in range(2):  # what has to go first, then the new one
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                self._connection = _connected(file)
                if self._is_ours(self._connection):
                    break
                self._close()
                remove(file)
            except Exception as error:
                if self._passes(error):
                    self._close()
                    break
        with suppress(OSError):
            os.utime(file)  # when it was last opened

    def close(self) -> None:
        """Afterwards it is empty and keeps nothing."""
        with self._lock:
            self._close()

    def read(self, work: Callable[[sqlite3.Connection], _T], otherwise: _T) -> _T:
        """What ``work`` returns, or ``otherwise`` where it fails."""
        with self._lock:
            if self._connection is None:
                return otherwise
            try:
                return work(self._connection)
            except Exception as error:  # a damaged file may hold anything
                self._passes(error)
                return otherwise

    def write(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """All that ``work`` writes, in one transaction, or nothing."""

        def transaction(connection: sqlite3.Connection) -> None:
            with _transaction(connection):
                work(connection)

        self.read(transaction, None)

    def _passes(self, error: Exception) -> bool:
        """Log ``error``. Unless it may pass, the file is removed and no more used."""
        code = getattr(error, "sqlite_errorcode", -1) & 0xFF  # without what extends it
        passes = isinstance(error, OSError) or code in _PASSING
        _log.info("%s: %s%s", self._file, error, "" if passes else "; it is removed")
        if not passes:
            self._close()
            remove(self._file)
        return passes

    def _close(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    def _is_ours(self, connection: sqlite3.Connection) -> bool:
        """Whether it bears the stamp; an empty one is made ours."""
        if not _tables(connection):
            with _transaction(connection):
                if not _tables(connection):  # no other process was faster
                    for statement in self._tables:
                        connection.execute(statement)
                    connection.execute("CREATE TABLE stamp (text TEXT)")
                    connection.execute("INSERT INTO stamp VALUES (?)", (self._stamp,))
        if "stamp" not in _tables(connection):
            return False
        return connection.execute("SELECT * FROM stamp").fetchall() == [(self._stamp,)]


def remove(file: Path) -> None:
    """Remove the database at ``file``, where there is one and the system lets it go."""
    for ending in _LEFTOVERS:
        with suppress(OSError):
            file.with_name(file.name + ending).unlink()


def prune(folder: Path, most: int, most_bytes: int) -> None:
    """Of the databases in ``folder``, keep those that were opened last, at most ``most`` that
    have at most ``most_bytes`` together; the last one in any case."""
    found = []
    with suppress(OSError):
        for entry in os.scandir(folder):
            with suppress(OSError):
                if entry.name.endswith(SUFFIX):
                    status = entry.stat()
                    found.append((status.st_mtime_ns, status.st_size, Path(entry.path)))
    total = 0
    for place, (_, size, file) in enumerate(sorted(found, reverse=True)):
        total += size
        if place and (place >= most or total > most_bytes):
            remove(file)


def _connected(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        file, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
    )
    # A power cut may cost the file, which is then made anew. No write-ahead log: it fails where
    # the cache folder lies on another machine, as in a cluster.
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


MOST_FOLDERS, MOST_BYTES = 30, 10**9  # the least recently opened go first
_SCHEMA = 1
# What lies in the content. A permission, the limit of megapixels or the free memory may be
# another the next time, though the file is the same.
_LASTING = frozenset(("empty_file", "not_an_image", "unreadable_image", "truncated_image"))
_TABLES = (
    """CREATE TABLE files (path BLOB PRIMARY KEY, size INTEGER, mtime INTEGER, verified INTEGER,
    format TEXT, width INTEGER, height INTEGER, mode TEXT, turned INTEGER, taken REAL,
    error TEXT, detail TEXT) WITHOUT ROWID""",
    """CREATE TABLE fingerprints (path BLOB PRIMARY KEY, size INTEGER, mtime INTEGER,
    version INTEGER, content TEXT, perceptual BLOB, gray INTEGER) WITHOUT ROWID""",
)

Fingerprint = tuple[str, bytes, bool]  # content hash, perceptual hash, whether it has no colours


@dataclass(frozen=True, slots=True)
class Entry:
    """What a file was when it had ``size`` bytes and ``mtime`` (nanoseconds).

    It holds only for a file of the same size and mtime. One of ``header`` and ``error`` is there;
    ``verified`` says that the whole picture was decoded. The picture may have more megapixels
    than are allowed now: ``core.images.load.too_large`` tells.
    """

    size: int
    mtime: int
    header: Header | None = None
    error: ImageError | None = None
    verified: bool = False


class FileState(Protocol):
    """A file, such as ``core.dataset.scan.ScannedFile``: its path, and which version of it."""

    @property
    def path(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def mtime(self) -> int: ...


class ScanCache:
    """What is kept of one folder. Use as a context manager, from any thread.

    Paths are relative to the folder, as on disk. Nothing here raises: what cannot be read is
    not there, what cannot be written is not kept, and a line in the log says why.
    """

    def __init__(self, database: CacheDatabase) -> None:
        self._database = database

    @classmethod
    def open(cls, folder: Path) -> Self:
        """That of ``folder``; empty where this version of Thaw has kept none."""
        file, stamp = _place(folder)
        opened = cls(CacheDatabase(file, _TABLES, stamp))
        prune(file.parent, MOST_FOLDERS, MOST_BYTES)
        return opened

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Afterwards it is empty and keeps nothing."""
        self._database.close()

    def read_all(self) -> dict[str, Entry]:
        """Every entry by path: 100,000 take about half a second and 40 MB."""
        return self._database.read(_entries, {})

    def write(self, entries: Mapping[str, Entry], gone: Iterable[str] = ()) -> None:
        """Keep ``entries``, by path, and forget the files that are ``gone``: all or nothing.

        Errors that may pass while the file stays the same (no permission, too many megapixels)
        are not kept.
        """
        paths = [(_key(path),) for path in gone]

        def write(connection: sqlite3.Connection) -> None:
            rows = (_row(path, entry) for path, entry in entries.items() if _lasts(entry))
            connection.executemany(f"INSERT OR REPLACE INTO files VALUES ({_marks(12)})", rows)
            for table in ("files", "fingerprints"):
                connection.executemany(f"DELETE FROM {table} WHERE path = ?", paths)

        if entries or paths:
            self._database.write(write)

    def fingerprints(self, wanted: Iterable[FileState], version: int) -> dict[str, Fingerprint]:
        """The fingerprints, by path, that were kept of the files as they are, by ``version``
        of what computes them."""
        states = {one.path: (one.size, one.mtime) for one in wanted}

        def read(connection: sqlite3.Connection) -> dict[str, Fingerprint]:
            rows = connection.execute("SELECT * FROM fingerprints WHERE version = ?", (version,))
            return {
                path: (str(content), bytes(perceptual), bool(gray))
                for key, size, mtime, _, content, perceptual, gray in rows
                if states.get(path := _path(key)) == (size, mtime)
            }

        return self._database.read(read, {})

    def write_fingerprints(
        self, known: Iterable[FileState], found: Mapping[str, Fingerprint], version: int
    ) -> None:
        """Keep what was ``found``, by path, of the ``known`` files; all or nothing."""
        rows = [
            (_key(one.path), one.size, one.mtime, version, *found[one.path])
            for one in known
            if one.path in found and _is_known(one.size, one.mtime)
        ]

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM fingerprints WHERE version <> ?", (version,))
            connection.executemany(
                f"INSERT OR REPLACE INTO fingerprints VALUES ({_marks(7)})", rows
            )

        if rows:
            self._database.write(write)


def forget(folder: Path) -> None:
    """Remove what is kept of ``folder``."""
    remove(_place(folder)[0])


def _place(folder: Path) -> tuple[Path, str]:
    """The database of ``folder``, and what it must be stamped with."""
    name = _key(os.path.normcase(os.path.abspath(folder)))
    file = blake2b(name, digest_size=16).hexdigest() + SUFFIX
    return files.cache_folder() / "scans" / file, f"{_version()}, folder {name!r}"


@cache
def _version() -> str:
    """Of all that decides what is found out about a file."""
    parts = [f"schema {_SCHEMA}", f"decoder {DECODER_VERSION}"]
    for name in ("pillow", "pillow-heif"):
        with suppress(metadata.PackageNotFoundError):
            parts.append(f"{name} {metadata.version(name)}")
    return ", ".join(parts)


def _entries(connection: sqlite3.Connection) -> dict[str, Entry]:
    """Raises anything where the file is damaged."""
    found = {}
    for row in connection.execute("SELECT * FROM files"):
        key, size, mtime, verified, form, width, height, mode, turned, taken, code, detail = row
        header, error = None, None
        if code is None:
            if not (type(width) is type(height) is int and width > 0 and height > 0):
                raise ValueError("a picture without pixels")
            if taken is not None and type(taken) is not float:
                raise ValueError("a time that is no number")
            names = sys.intern(form), sys.intern(mode)  # the same few for all pictures
            header = Header(names[0], width, height, names[1], bool(turned), taken)
        else:
            error = ImageError(code, **json.loads(detail))
            str(error)  # it has its sentence, and all that this needs
        found[_path(key)] = Entry(size, mtime, header, error, bool(verified))
    return found


def _lasts(entry: Entry) -> bool:
    content = entry.header is not None or (entry.error and entry.error.code in _LASTING)
    return bool(content) and _is_known(entry.size, entry.mtime)


def _is_known(size: int, mtime: int) -> bool:
    """Whether the file could be looked at, and its clock shows a time that SQLite can hold."""
    return 0 <= size < 2**63 and -(2**63) <= mtime < 2**63


def _row(path: str, entry: Entry) -> tuple[object, ...]:
    header, error = entry.header, entry.error
    start = _key(path), entry.size, entry.mtime, entry.verified
    if header is not None:
        size = header.width, header.height
        return *start, header.format, *size, header.mode, header.turned, header.taken, None, None
    assert error is not None
    return *start, *[None] * 6, error.code, json.dumps(error.values, default=str)


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _key(path: str) -> bytes:
    return path.encode("utf-8", "surrogatepass")  # a name on disk may be no Unicode


def _path(key: bytes) -> str:
    return key.decode("utf-8", "surrogatepass")
