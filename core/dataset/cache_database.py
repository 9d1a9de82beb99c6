"""A database of SQLite that may always be missing: whatever goes wrong with it, it is empty.

For what can be found out again. Several processes may use one at once; a crash leaves it whole.
"""

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

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
