"""A store of fixed-size records on disk, found by name, that can always be computed again.

A record that was never written, is half written, damaged or removed meanwhile is simply missing.
Any number of processes read and fill a store at once, without locks: each writes a segment of its
own. A segment is two files, the records back to back and an entry for each, with one writer and
any number of readers. A record is written before its entry, so a crash leaves no entry for half a
record. Nothing is synced: after a power cut, a checksum in the entry tells what was lost.

A record is first read from its file, where a failing disk is an error. Once it is known to be
whole, it is copied from a memory map, which is faster. Touching a mapped page that cannot come
ends the process (SIGBUS), so only files on a local disk are mapped, and a record is copied from
the map only if the file still reaches to its end and all its pages are in memory (``mincore``
tells without touching them). The others are read from the file. The remaining risk is the moment
between that check and the copy: a page may be given back that the disk can no longer read, or
another program may cut the file. Thaw never cuts a record that has an entry.
"""

import ctypes
import errno
import json
import mmap
import os
import shutil
import sys
import threading
import time
import uuid
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import blake2b
from pathlib import Path

import numpy as np

from core.common import files

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
        return may_map(self._data.parent)

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


ABOUT_FILE, USED_FILE = "about.json", "used"
IN_USE_SECONDS = 600.0  # since the last use: a store says once a minute that it is in use
SPARE_BYTES = 2**30  # left free on the disk: for checkpoints, and for everybody else
_FORMAT = 1
_TOUCH_SECONDS = 60.0
_LOOK_BYTES = 64 * 2**20  # written between two looks at the disk's free space


class MissingError(KeyError):
    """``names`` are not there; of these, ``damaged`` were, but not as they had been written."""

    def __init__(self, names: Iterable[bytes], damaged: Iterable[bytes] = ()) -> None:
        self.names, self.damaged = tuple(names), tuple(damaged)
        super().__init__(f"{len(self.names)} records, {len(self.damaged)} of them damaged")


def folder_of(root: Path, record_bytes: int, about: Mapping[str, object]) -> Path:
    """Where ``RecordStore`` keeps such records: ``root``/kind-digest."""
    text = json.dumps(_whole(record_bytes, about), sort_keys=True)
    return root / f"{about['kind']}-{blake2b(text.encode(), digest_size=16).hexdigest()}"


class RecordStore:
    """Records of ``record_bytes`` bytes each, below ``root``; use from any thread.

    ``about`` says what they are: JSON values, with the kind as ``kind``. Stores that are about
    the same share their records; any difference makes another store. Opening one creates nothing.
    """

    def __init__(self, root: Path, record_bytes: int, about: Mapping[str, object]) -> None:
        self.folder = folder_of(root, record_bytes, about)
        self.record_bytes = record_bytes
        self._about = _whole(record_bytes, about)
        self._lock = threading.Lock()
        self._segments: dict[Path, Segment] = {}
        self._places: dict[bytes, _Place] = {}
        self._copies: dict[bytes, list[_Place]] = {}  # of what two processes wrote
        self._verified: set[_Place] = set()
        self._writer: Writer | None = None
        self._can_write = True
        self._unlooked = _LOOK_BYTES
        self._touched = -_TOUCH_SECONDS
        self.refresh()

    def __len__(self) -> int:
        return len(self._places)

    @property
    def can_write(self) -> bool:
        """False once a write has failed, and after ``close``: then ``put`` does nothing."""
        return self._can_write

    def holds(self, name: bytes) -> bool:
        """Whether a record is there, as far as is known without reading it."""
        return name in self._places

    def get(self, names: Sequence[bytes]) -> np.ndarray:
        """Records as uint8 [N, record_bytes].

        Each is checked the first time that this process reads it, and from then on comes from a
        map of its file where there is one. Raises ``MissingError``; what
        is missing is held no longer, so that it can be put again.
        """
        found = np.empty((len(names), self.record_bytes), np.uint8)
        missing, damaged = [], []
        for position in self._left_by_maps(names, found):
            name, row, broken = names[position], found[position], False
            while not self._read(name, place := self._places.get(name), row.data):
                if place is None:
                    missing.append(name)
                    damaged += [name] if broken else []
                    break
                broken |= place[0].is_there()
                self._drop(name, place)
        self._use()
        if missing:
            raise MissingError(missing, damaged)
        return found

    def put(self, name: bytes, record: bytes | memoryview | np.ndarray) -> None:
        """Keep one record, unless it is held already.

        Raises ``OSError`` where it cannot be written; the store then writes no more. A disk with
        less than ``SPARE_BYTES`` free counts as full.
        """
        whole = record.data if isinstance(record, np.ndarray) else memoryview(record)
        data = whole.cast("B")
        if len(name) != NAME_BYTES or len(data) != self.record_bytes:
            raise ValueError(f"a name of {len(name)} bytes, a record of {len(data)}")
        if not self._can_write or self.holds(name):
            return
        check = checksum(name, data)
        with self._lock:
            if not self._can_write or self.holds(name):
                return
            try:
                self._append(name, check, data)
            except BaseException:  # an interrupt too can leave half a record
                self._stop_writing()
                raise
        self._use()

    def refresh(self) -> None:
        """Find what other processes have added."""
        with self._lock, suppress(OSError):
            for file in sorted(os.listdir(self.folder)):
                if file.endswith(INDEX_SUFFIX):
                    segment = self._segment(self.folder / file)
                    for entry in segment.new_entries():
                        self._know(entry.name, (segment, entry.row))

    def touch(self) -> None:
        """Say that it is in use, so that it is not removed to make room."""
        self._touched = time.monotonic()
        try:
            (self.folder / USED_FILE).touch()
        except FileNotFoundError:  # it was removed: what is put from now on starts it anew
            self._touched = -_TOUCH_SECONDS
            with self._lock:
                self._close_writer()
        except OSError:
            pass

    def close(self) -> None:
        """Afterwards it is empty and keeps nothing, and may be removed to make room."""
        with self._lock:
            self._stop_writing()
            self._places, self._copies, self._segments = {}, {}, {}
            self._verified = set()
        if self._touched >= 0:  # another process that uses it will soon say so again
            then = time.time() - IN_USE_SECONDS
            with suppress(OSError):
                os.utime(self.folder / USED_FILE, (then, then))

    def _left_by_maps(self, names: Sequence[bytes], into: np.ndarray) -> list[int]:
        """Copy the records that were checked from maps; where in ``names`` the others are."""
        left: list[int] = []
        mapped: dict[Segment, list[Wanted]] = {}
        for position, name in enumerate(names):
            place = self._places.get(name)
            if place is not None and place in self._verified:
                mapped.setdefault(place[0], []).append((position, place[1]))
            else:
                left.append(position)
        for segment, wanted in mapped.items():
            left += segment.gather(wanted, into)
        return sorted(left)

    def _read(self, name: bytes, place: "_Place | None", into: memoryview) -> bool:
        if place is None:
            return False
        segment, row = place
        if not segment.read(row, into):
            return False
        if place not in self._verified:
            if not segment.is_whole(name, row, into):
                return False
            self._verified.add(place)
        return True

    def _append(self, name: bytes, check: bytes, data: memoryview) -> None:
        self._unlooked += len(data)
        try:
            entry, index = self._written(name, check, data)
        except FileNotFoundError:  # somebody has removed the folder meanwhile: begin anew
            self._close_writer()
            entry, index = self._written(name, check, data)
        segment = self._segment(index)
        segment.add(entry)
        self._know(name, (segment, entry.row))

    def _written(self, name: bytes, check: bytes, data: memoryview) -> tuple[Entry, Path]:
        """The record's entry, and the index of the segment that it is in."""
        if self._writer is None:
            self._writer = self._new_writer()
        if self._unlooked >= _LOOK_BYTES:
            if shutil.disk_usage(self.folder).free < SPARE_BYTES + len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.folder))
            self._unlooked = 0
        return self._writer.append(name, check, data), self._writer.index

    def _new_writer(self) -> Writer:
        """Another process may remove the folder between two steps of this."""
        for _ in range(3):
            self.folder.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                if not (self.folder / ABOUT_FILE).exists():
                    text = json.dumps(self._about, sort_keys=True, indent=1)
                    files.replace(self.folder / ABOUT_FILE, text.encode())
                return Writer(self.folder)
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.folder))

    def _segment(self, path: Path) -> Segment:
        if path not in self._segments:
            self._segments[path] = Segment(path)
        return self._segments[path]

    def _know(self, name: bytes, place: "_Place") -> None:
        if name in self._places:
            self._copies.setdefault(name, []).append(place)
        else:
            self._places[name] = place

    def _drop(self, name: bytes, place: "_Place") -> None:
        """Forget a place; a copy that another process wrote takes over."""
        with self._lock:
            if self._places.get(name) != place:
                return  # another thread was faster
            self._verified.discard(place)
            others = self._copies.get(name)
            if others:
                self._places[name] = others.pop(0)
            else:
                del self._places[name]

    def _use(self) -> None:
        if time.monotonic() - self._touched >= _TOUCH_SECONDS:
            self.touch()

    def _stop_writing(self) -> None:
        self._can_write = False
        self._close_writer()

    def _close_writer(self) -> None:
        if self._writer is not None:
            self._writer.close(self.record_bytes)
        self._writer = None


_Place = tuple[Segment, int]  # and the row in it


def _whole(record_bytes: int, about: Mapping[str, object]) -> dict[str, object]:
    return {**about, "record_bytes": record_bytes, "format": _FORMAT}
