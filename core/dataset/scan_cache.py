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
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import blake2b
from importlib import metadata
from pathlib import Path
from typing import NamedTuple, Protocol, Self, TypeVar

from core.common import files
from core.dataset.folder import ScannedFile
from core.images.errors import ImageError
from core.images.load import DECODER_VERSION, Header

MOST_FOLDERS, MOST_BYTES = 30, 10**9  # the least recently opened go first
_SUFFIX = ".sqlite"
_WAIT_SECONDS = 2.0  # for another process to finish writing
_SCHEMA = 2
# What lies in the content. A permission, the limit of megapixels or the free memory may be
# another the next time, though the file is the same.
_LASTING = frozenset(("empty_file", "not_an_image", "unreadable_image", "truncated_image"))
_TABLES = (  # another process may be making them as well
    """CREATE TABLE IF NOT EXISTS files (path BLOB PRIMARY KEY, size INTEGER, mtime INTEGER,
    format TEXT, width INTEGER, height INTEGER, mode TEXT, turned INTEGER, taken REAL, error TEXT,
    detail TEXT) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS fingerprints (path BLOB PRIMARY KEY, size INTEGER,
    mtime INTEGER, version INTEGER, content TEXT, perceptual BLOB, gray INTEGER) WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS stamp (text TEXT)",
)
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Fingerprint(NamedTuple):
    """What one file is compared by: ``content``, the hash of its bytes; ``perceptual``, what
    it looks like (``core.dataset.duplicates``); ``gray``: it has no colours."""

    content: str
    perceptual: bytes
    gray: bool


class FileState(Protocol):
    """A file, such as ``ScannedFile``: its path, and which version of it."""

    @property
    def path(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def mtime(self) -> int: ...


class ScanCache:
    """What is kept of one folder in the database at ``file``. Use from any thread.

    Paths are relative to the folder, as on disk. Nothing here raises: what cannot be read is
    not there, what cannot be written is not kept, and a line in the log says why. A database
    that bears another ``stamp``, is damaged or is not ours gives way to a new one.
    """

    def __init__(self, file: Path, stamp: str) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        for _ in range(2):  # what has to go first, then the new one
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                self._connection = _connected(file)
                _require_stamp(self._connection, stamp)
                break
            except Exception as error:
                self._close()
                if self._passes(error):
                    break
        with suppress(OSError):
            os.utime(file)  # when it was last opened

    @classmethod
    @contextmanager
    def open(cls, folder: Path) -> Iterator[Self]:
        """That of ``folder``, for a ``with`` block; empty where this version of Thaw has kept
        none. Afterwards it is empty and keeps nothing."""
        name = _key(os.path.normcase(os.path.abspath(folder)))
        place = files.cache_folder() / "scans"
        file = place / (blake2b(name, digest_size=16).hexdigest() + _SUFFIX)
        opened = cls(file, f"{_version()}, folder {name!r}")
        _prune(place)
        try:
            yield opened
        finally:
            with opened._lock:
                opened._close()

    def read_all(self) -> dict[str, ScannedFile]:
        """Every file by path, without its folders: 100,000 take half a second and 40 MB.

        Each holds only for a file of the same size and mtime. The picture may have more megapixels
        than are allowed now: ``core.images.load.too_large`` tells.
        """
        return self._done(_entries, {})

    def write(self, found: Iterable[ScannedFile], gone: Iterable[str] = ()) -> None:
        """Keep what was ``found``, and forget the files that are ``gone``: all or nothing.

        Errors that may pass while the file stays the same (no permission, too many megapixels)
        are not kept.
        """
        rows = [_row(one) for one in found if _lasts(one)]
        paths = [(_key(path),) for path in gone]

        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(f"INSERT OR REPLACE INTO files VALUES ({_marks(11)})", rows)
            for table in ("files", "fingerprints"):
                connection.executemany(f"DELETE FROM {table} WHERE path = ?", paths)

        if rows or paths:
            self._done(write, None)

    def fingerprints(self, wanted: Iterable[FileState], version: int) -> dict[str, Fingerprint]:
        """The fingerprints, by path, that were kept of the files as they are, by ``version``
        of what computes them."""
        states = {one.path: (one.size, one.mtime) for one in wanted}

        def read(connection: sqlite3.Connection) -> dict[str, Fingerprint]:
            rows = connection.execute("SELECT * FROM fingerprints WHERE version = ?", (version,))
            return {
                path: Fingerprint(str(content), bytes(perceptual), bool(gray))
                for key, size, mtime, _, content, perceptual, gray in rows
                if states.get(path := _path(key)) == (size, mtime)
            }

        return self._done(read, {})

    def write_fingerprints(
        self, known: Iterable[FileState], found: Mapping[str, Fingerprint], version: int
    ) -> None:
        """Keep what was ``found``, by path, of the ``known`` files; all or nothing."""
        rows = [
            (_key(one.path), one.size, one.mtime, version, *found[one.path])
            for one in known
            if one.path in found and _is_known(one)
        ]

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM fingerprints WHERE version <> ?", (version,))
            connection.executemany(
                f"INSERT OR REPLACE INTO fingerprints VALUES ({_marks(7)})", rows
            )

        if rows:
            self._done(write, None)

    def _done(self, work: Callable[[sqlite3.Connection], _T], otherwise: _T) -> _T:
        """What ``work`` returns, all that it writes in one transaction; ``otherwise``, and
        nothing written, where it fails."""
        with self._lock:
            if self._connection is None:
                return otherwise
            try:
                with self._connection:
                    return work(self._connection)
            except Exception as error:  # a damaged file may hold anything
                self._passes(error)
                return otherwise

    def _passes(self, error: Exception) -> bool:
        """Log ``error``. Unless it says nothing against the file (another process holds it, the
        disk is full or read-only), the file is removed and no more used."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        held = isinstance(error, sqlite3.OperationalError) and code != sqlite3.SQLITE_ERROR
        passes = held or isinstance(error, OSError | MemoryError)
        _log.info("%s: %s%s", self._file, error, "" if passes else "; it is removed")
        if not passes:
            self._close()
            _remove(self._file)
        return passes

    def _close(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None


def _connected(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        file, timeout=_WAIT_SECONDS, isolation_level="IMMEDIATE", check_same_thread=False
    )
    # A power cut may cost the file, which is then made anew. No write-ahead log: it fails where
    # the cache folder lies on another machine, as in a cluster.
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _require_stamp(connection: sqlite3.Connection, stamp: str) -> None:
    """Raises ``ValueError`` unless it bears the stamp; an empty one is made ours."""
    if connection.execute("SELECT * FROM sqlite_master").fetchone() is None:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            for statement in _TABLES:
                connection.execute(statement)
            if connection.execute("SELECT * FROM stamp").fetchone() is None:
                connection.execute("INSERT INTO stamp VALUES (?)", (stamp,))
    if connection.execute("SELECT * FROM stamp").fetchall() != [(stamp,)]:
        raise ValueError("not of this folder, or of another version")


def _remove(file: Path) -> None:
    for ending in ("", "-journal"):
        with suppress(OSError):
            file.with_name(file.name + ending).unlink()


def _prune(folder: Path) -> None:
    """Of the databases in ``folder``, keep those that were opened last; the last in any case."""
    found = []
    with suppress(OSError):
        for entry in os.scandir(folder):
            with suppress(OSError):
                if entry.name.endswith(_SUFFIX):
                    status = entry.stat()
                    found.append((status.st_mtime_ns, status.st_size, Path(entry.path)))
    total = 0
    for place, (_, size, file) in enumerate(sorted(found, reverse=True)):
        total += size
        if place and (place >= MOST_FOLDERS or total > MOST_BYTES):
            _remove(file)


@cache
def _version() -> str:
    """Of all that decides what is found out about a file."""
    parts = [f"schema {_SCHEMA}", f"decoder {DECODER_VERSION}"]
    for name in ("pillow", "pillow-heif"):
        with suppress(metadata.PackageNotFoundError):
            parts.append(f"{name} {metadata.version(name)}")
    return ", ".join(parts)


def _entries(connection: sqlite3.Connection) -> dict[str, ScannedFile]:
    """Raises anything where the file is damaged."""
    found = {}
    for row in connection.execute("SELECT * FROM files"):
        key, size, mtime, form, width, height, mode, turned, taken, code, detail = row
        path, header, error = _path(key), None, None
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
        found[path] = ScannedFile(path, None, None, size, mtime, header, error)
    return found


def _lasts(one: ScannedFile) -> bool:
    content = one.header is not None or (one.error and one.error.code in _LASTING)
    return bool(content) and _is_known(one)


def _is_known(one: FileState) -> bool:
    """Whether the file could be looked at, and its clock shows a time that SQLite can hold."""
    return 0 <= one.size < 2**63 and -(2**63) <= one.mtime < 2**63


def _row(one: ScannedFile) -> tuple[object, ...]:
    header, error = one.header, one.error
    start = _key(one.path), one.size, one.mtime
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
