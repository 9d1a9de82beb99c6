"""The two files of a segment: records back to back, and for each an entry that says whose it is.

A segment has one writer as long as it lives, and any number of readers in any process. A record
is written before its entry, so that what a crash leaves half done has no entry and is not there.
After a power cut or damage there may be an entry without its record: its checksum tells.

A record is first read from its file, where a disk that fails is an error. Once it is known to be
whole it is copied from a map of the file (``core.record_maps``), which takes less time.
"""

import os
import threading
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

import numpy as np

from core.compute.cache import record_maps
from core.compute.cache.record_maps import Few, RecordMap, Wanted

NAME_BYTES = 32
INDEX_SUFFIX, DATA_SUFFIX = ".index", ".data"
_CHECK_BYTES = 16
_ENTRY_BYTES = NAME_BYTES + 2 * _CHECK_BYTES
# Of all segments: some systems allow a process 256 open files, and a map keeps one open too.
_MOST_OPEN, _MOST_MAPPED = 64, 32
_FEWEST_MAPPED = 8  # records at once: asking about fewer takes as long as the copy saves
_UNMAPPED_SHARE = 0.25


def checksum(name: bytes, record: memoryview) -> bytes:
    """16 bytes that no other content, and no other record's name, gives."""
    return blake2b(record, digest_size=_CHECK_BYTES, key=name).digest()


@dataclass(frozen=True, slots=True)
class Entry:
    """A record's name (32 bytes) and checksum, and its row: its place in units of records."""

    name: bytes
    checksum: bytes
    row: int

    def to_bytes(self) -> bytes:
        """As the index has it: 64 bytes, of which the last 16 tell whether they are whole."""
        body = self.name + self.checksum
        return body + _entry_check(body, self.row)


def _entry_check(body: bytes, row: int) -> bytes:
    return blake2b(body, digest_size=_CHECK_BYTES, key=row.to_bytes(8, "little")).digest()


def _entry(data: bytes, row: int) -> Entry | None:
    """None where the bytes are no entry of this row."""
    body = data[:-_CHECK_BYTES]
    if _entry_check(body, row) != data[-_CHECK_BYTES:]:
        return None
    return Entry(body[:NAME_BYTES], body[NAME_BYTES:], row)


class Segment:
    """A segment's entries, as far as they were read, and its records. Nothing here raises."""

    def __init__(self, index: Path) -> None:
        self._index, self._data = index, index.with_suffix(DATA_SUFFIX)
        self._rows = 0
        self._checksums = bytearray()
        self._opened: _OpenFile | None = None
        self._mapped: RecordMap | None = None
        self._beyond = 0  # records that were asked for and lay behind the map's end

    def new_entries(self) -> list[Entry]:
        """Those that were added since the last call and are whole. One thread at a time."""
        try:
            with self._index.open("rb") as file:
                file.seek(self._rows * _ENTRY_BYTES)
                data = file.read()
        except OSError:
            return []
        found = []
        for start in range(0, len(data) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
            row = self._rows + start // _ENTRY_BYTES
            if (entry := _entry(data[start : start + _ENTRY_BYTES], row)) is not None:
                found.append(entry)
        for one in found:
            self.add(one)
        return found

    def add(self, entry: Entry) -> None:
        """Know an entry, whose row lies behind all that are known."""
        gap = entry.row * _CHECK_BYTES - len(self._checksums)
        self._checksums += bytes(gap) + entry.checksum
        self._rows = entry.row + 1

    def is_whole(self, name: bytes, row: int, record: memoryview) -> bool:
        """Whether ``record`` is what was written as ``name``."""
        start = row * _CHECK_BYTES
        return checksum(name, record) == self._checksums[start : start + _CHECK_BYTES]

    def is_there(self) -> bool:
        """Whether its records can be opened; one that was removed while it is open can be."""
        return self._open() is not None

    def read(self, row: int, into: memoryview) -> bool:
        """Fill ``into``, of a record's length, with a row; False where it cannot be read."""
        opened = self._open()
        try:
            return opened is not None and opened.read(row * len(into), into)
        except OSError:
            return False

    def gather(self, wanted: Sequence[Wanted], into: np.ndarray) -> list[int]:
        """Copy records that are known to be whole from a map into ``into``, uint8
        [N, record_bytes], as ``RecordMap.gather`` does; the places of those left to ``read``."""
        many = len(wanted) >= _FEWEST_MAPPED
        mapped = self._map(wanted, into.shape[1]) if many else None
        if mapped is None:
            return [place for place, _ in wanted]
        return mapped.gather(wanted, into)

    def _map(self, wanted: Sequence[Wanted], record_bytes: int) -> RecordMap | None:
        mapped = self._mapped
        known = mapped.rows if mapped is not None else 0
        self._beyond += sum(row >= known for _, row in wanted)
        # The file grows while it is filled, and a new map's pages come slowly at first: one for
        # each batch would take twice the time of reading.
        if self._beyond <= _UNMAPPED_SHARE * known:
            return mapped
        self._mapped, self._beyond = None, 0
        mapped = None  # so that the old one's place among the few is free
        if self._may_map and _mapped.has_room and (opened := self._open()) is not None:
            with suppress(OSError, ValueError):
                mapped = RecordMap(opened.number, record_bytes)
                self._mapped = mapped if _mapped.takes(mapped) else None
        return self._mapped

    @cached_property
    def _may_map(self) -> bool:
        return record_maps.may_map(self._data.parent)

    def _open(self) -> "_OpenFile | None":
        opened = self._opened
        if opened is None:
            with suppress(OSError):
                opened = _OpenFile(self._data, _READ)
                self._opened = opened if _staying.takes(opened) else None
        return opened


class Writer:
    """Makes a new segment in ``folder`` and appends to it. One thread at a time.

    Raises ``OSError``.
    """

    def __init__(self, folder: Path) -> None:
        self.index = folder / f"{uuid.uuid4().hex}{INDEX_SUFFIX}"
        self._data = self.index.with_suffix(DATA_SUFFIX)
        self._rows = 0
        self._opened: dict[Path, _OpenFile] = {}
        try:
            for path in (self._data, self.index):
                self._open(path, _CREATE)
        except OSError:
            self._remove()
            raise

    def append(self, name: bytes, record_checksum: bytes, record: memoryview) -> Entry:
        """Append one record. After an error, only ``close`` may follow."""
        entry = Entry(name, record_checksum, self._rows)
        for path, content in ((self._data, record), (self.index, memoryview(entry.to_bytes()))):
            opened = self._opened.get(path) or self._open(path, _WRITE)
            opened.write(self._rows * len(content), content)
        self._rows += 1
        return entry

    def close(self, record_bytes: int) -> None:
        """Give back the room of what is half written, and of a segment without records."""
        self._opened = {}
        if not self._rows:
            self._remove()
            return
        for path, length in ((self.index, _ENTRY_BYTES), (self._data, record_bytes)):
            with suppress(OSError):
                os.truncate(path, self._rows * length)

    def _open(self, path: Path, how: int) -> "_OpenFile":
        opened = _OpenFile(path, how)
        if _staying.takes(opened):
            self._opened[path] = opened
        return opened

    def _remove(self) -> None:
        self._opened = {}  # Windows removes no file that is open
        for path in (self.index, self._data):
            with suppress(OSError):
                path.unlink()


_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_WRITE = os.O_WRONLY | getattr(os, "O_BINARY", 0)
_CREATE = _WRITE | os.O_CREAT | os.O_EXCL


class _OpenFile:
    """A file that is closed once nobody refers to it: the system gives the number of a closed
    file to the next one, and a thread that still read from it would get another file's bytes."""

    number = -1

    def __init__(self, path: Path, how: int) -> None:
        """Raises ``OSError``."""
        self.number = os.open(path, how, 0o666)
        self._lock = threading.Lock()

    def __del__(self) -> None:
        if self.number >= 0:
            os.close(self.number)

    def read(self, offset: int, into: memoryview) -> bool:
        """Fill ``into`` from ``offset`` on; False where the file ends before."""
        while into:
            count = self._read_some(offset, into)
            if not count:
                return False
            offset, into = offset + count, into[count:]
        return True

    def _read_some(self, offset: int, into: memoryview) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self.number, [into], offset)
        with self._lock:  # where the system reads from one position only, threads take turns
            os.lseek(self.number, offset, os.SEEK_SET)
            data = os.read(self.number, len(into))
        into[: len(data)] = data
        return len(data)

    def write(self, offset: int, data: memoryview) -> None:
        """Write all of ``data`` from ``offset`` on. One thread at a time; raises ``OSError``."""
        os.lseek(self.number, offset, os.SEEK_SET)
        while data:
            data = data[os.write(self.number, data) :]


_staying, _mapped = Few(_MOST_OPEN), Few(_MOST_MAPPED)
