"""Files of records mapped into memory: a batch is copied from a map in one call, where it is safe.

Touching a page of a map that cannot come ends the process (SIGBUS): the file is shorter by now, the
disk fails, or the other machine that has the file is gone. So only files on a disk of this machine
are mapped, and a record is copied from a map only if the file still reaches to its end and all its
pages are in memory, which the system tells without touching them (``mincore``). The others are left
to be read from the file, where whatever goes wrong is an error. What remains is the moment between
the question and the copy: a page that memory gives back just then and the disk no longer reads, or
another program that cuts the file just then, which Thaw never does to a record that has an entry.
"""

import ctypes
import mmap
import os
import sys
import threading
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np

_LOWEST_BITS = bytes(number & 1 for number in range(256))  # of an answer; the others vary

Wanted = tuple[int, int]  # a place in the result, and the row that is to be copied there


class Few:
    """Up to ``most`` objects that may stay, each until nobody refers to it. From any thread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._those: weakref.WeakSet[object] = weakref.WeakSet()
        self._lock = threading.Lock()

    @property
    def has_room(self) -> bool:
        """Whether one more would be taken."""
        return len(self._those) < self._most

    def takes(self, one: object) -> bool:
        """Whether ``one`` may stay too."""
        with self._lock:
            if not self.has_room:
                return False
            self._those.add(one)
        return True


class RecordMap:
    """The ``rows`` records that a file had when it was mapped, read-only. From any thread.

    It needs the file no longer: a file that was removed stays readable.
    """

    def __init__(self, file: int, record_bytes: int) -> None:
        """Raises ``OSError`` or ``ValueError`` where ``file``, an open file's number, cannot be
        mapped."""
        status = os.fstat(file)
        if status.st_uid != os.geteuid():
            # Linux calls all pages of other people's files resident: mm/mincore.c
            raise PermissionError("nothing tells which of its pages are in memory")
        self.rows = status.st_size // record_bytes
        if not self.rows:
            raise ValueError("no whole record")
        self._record_bytes = record_bytes
        self._map = mmap.mmap(file, self.rows * record_bytes, access=mmap.ACCESS_READ)
        # it holds the map, which is thus unmapped once no thread copies from it any more
        self._records = np.frombuffer(self._map, np.uint8).reshape(self.rows, record_bytes)
        self._address = self._records.ctypes.data

    def gather(self, wanted: Sequence[Wanted], into: np.ndarray) -> list[int]:
        """Copy rows to their places in ``into``, uint8 [N, record_bytes], C-contiguous, in whose
        order they are wanted; the places of those that must be read from the file."""
        rows = [row for _, row in wanted]
        away = self._away(rows)
        if not away and len(rows) == len(into):
            # a mode other than "raise", or it would copy twice; all rows are within
            np.take(self._records, rows, axis=0, out=into, mode="clip")
            return []
        for place, row in wanted:
            if row not in away:
                into[place] = self._records[row]
        return [place for place, row in wanted if row in away]

    def _away(self, rows: Sequence[int]) -> set[int]:
        """Those of ``rows`` that are not mapped, or no longer in the file, or not in memory."""
        tell, size, page = _mincore(), self._record_bytes, mmap.PAGESIZE
        try:
            end = min(self.rows, self._map.size() // size)  # the file's size now
        except OSError:
            end = 0
        if tell is None:
            return set(rows)
        most = size // page + 2  # pages of a row; where it has fewer, the others count as there
        answers = ctypes.create_string_buffer(b"\1" * (most * len(rows)), most * len(rows))
        answer, away = ctypes.addressof(answers), set()
        for row in rows:
            before = row * size % page
            if row >= end or tell(self._address + row * size - before, before + size, answer):
                away.add(row)
            answer += most
        there = answers.raw.translate(_LOWEST_BITS)
        if 0 in there:
            away |= {row for n, row in enumerate(rows) if 0 in there[n * most : (n + 1) * most]}
        return away


@cache
def may_map(folder: Path) -> bool:
    """Whether files in ``folder``, which is there, may be mapped.

    Only on what psutil takes for a disk: network file systems are none, and neither are those of
    which it cannot be told where they lie, such as FUSE and a container's own layers. Not on
    Windows, where a mapped file can be neither cut, as a writer does when it closes, nor removed,
    as the cache does to make room, and where nothing answers as ``mincore`` does.
    """
    if sys.platform not in ("linux", "darwin") or _mincore() is None:
        return False
    import psutil  # what starts with the window imports nothing that it may not need

    try:
        path = folder.resolve()
        mounts, disks = psutil.disk_partitions(all=True), psutil.disk_partitions(all=False)
    except (OSError, RuntimeError):  # where there is no /proc; a loop of links
        return False
    around = [one for one in mounts if path.is_relative_to(one.mountpoint)]
    # of two in one place the later one covers the earlier
    innermost = sorted(around, key=lambda one: len(one.mountpoint))[-1:]
    return any(one in disks for one in innermost)


@cache
def _mincore() -> Callable[[int, int, int], int] | None:
    """The C library's ``mincore(address, length, answer)``, a byte of answer a page; no package
    that is maintained offers it. It waits for no disk, so the call may hold Python's lock."""
    with suppress(OSError, AttributeError):
        function = ctypes.PyDLL(None).mincore
        function.argtypes = (ctypes.c_size_t,) * 3
        return function
    return None
