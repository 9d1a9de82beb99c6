"""A store of fixed-size records on disk, found by name, that can always be computed again.

A record that was never written, is half written, damaged or removed meanwhile is simply missing.
Any number of processes read and fill a store at once, without locks: each writes a segment of its
own. A segment is two files, the records back to back and an entry for each, with one writer and
any number of readers. A record is written before its entry, so a crash leaves no entry for half a
record. Nothing is synced: after a power cut, a checksum in the entry tells what was lost.

No file stays open between two calls, so that stores may be many and their files can be removed.
"""

import errno
import json
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from io import BufferedReader
from pathlib import Path

import numpy as np

from core.common import files

NAME_BYTES = 32
INDEX_SUFFIX, DATA_SUFFIX = ".index", ".data"
ABOUT_FILE, USED_FILE = "about.json", "used"
IN_USE_SECONDS = 600.0  # since the last use: a store says once a minute that it is in use
SPARE_BYTES = 2**30  # left free on the disk: for checkpoints, and for everybody else
_CHECK_BYTES = 16
_ENTRY_BYTES = NAME_BYTES + 2 * _CHECK_BYTES
_FORMAT = 1
_TOUCH_SECONDS = 60.0
_LOOK_BYTES = 64 * 2**20  # written between two looks at the disk's free space


class MissingError(KeyError):
    """``names`` are not there, or no longer as they had been written."""

    def __init__(self, names: Iterable[bytes]) -> None:
        self.names = tuple(names)
        super().__init__(f"{len(self.names)} records")


@dataclass(slots=True, eq=False)
class _Place:
    """A record's row in a segment's data file, in units of records. ``checksum`` is None once
    this process has read the record and found it whole."""

    data: Path
    row: int
    checksum: bytes | None


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
        self._rows: dict[Path, int] = {}  # of each index, as far as it was read
        self._places: dict[bytes, _Place] = {}
        self._copies: dict[bytes, list[_Place]] = {}  # of what two processes wrote
        self._written: Path | None = None  # the index of this process's own segment
        self._can_write = True  # until a write has failed, and until ``close``
        self._unlooked = _LOOK_BYTES
        self._touched = -_TOUCH_SECONDS
        self.refresh()

    def __len__(self) -> int:
        return len(self._places)

    def holds(self, name: bytes) -> bool:
        """Whether a record is there, as far as is known without reading it."""
        return name in self._places

    def get(self, names: Sequence[bytes]) -> np.ndarray:
        """Records as uint8 [N, record_bytes], each checked the first time that this process
        reads it.

        Raises ``MissingError``; what is missing is held no longer, so that it can be put again.
        """
        found = np.empty((len(names), self.record_bytes), np.uint8)
        with _files() as file_at:
            missing = [
                name
                for name, row in zip(names, found, strict=True)
                if not self._read(name, row.data, file_at)
            ]
        self._use()
        if missing:
            raise MissingError(missing)
        return found

    def missing(self, names: Sequence[bytes]) -> list[bytes]:
        """Those of ``names`` that turn out not to be there when they are read; only the first
        time that each is asked for costs anything."""
        unread = [
            name
            for name in names
            if (place := self._places.get(name)) is None or place.checksum is not None
        ]
        content = memoryview(bytearray(self.record_bytes))
        with _files() as file_at:
            return [name for name in unread if not self._read(name, content, file_at)]

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
        check = _checksum(name, data)
        with self._lock:
            if not self._can_write or self.holds(name):
                return
            try:
                self._append(name, check, data)
            except BaseException:  # an interrupt too can leave half a record
                self._can_write = False
                raise
        self._use()

    def refresh(self) -> None:
        """Find what other processes have added."""
        with self._lock, suppress(OSError):
            for file in sorted(os.listdir(self.folder)):
                if file.endswith(INDEX_SUFFIX):
                    self._read_index(self.folder / file)

    def touch(self) -> None:
        """Say that it is in use, so that it is not removed to make room."""
        self._touched = time.monotonic()
        try:
            (self.folder / USED_FILE).touch()
        except FileNotFoundError:  # it was removed: what is put from now on starts it anew
            self._touched = -_TOUCH_SECONDS
            with self._lock:
                self._written = None
        except OSError:
            pass

    def close(self) -> None:
        """Afterwards it is empty and keeps nothing, and may be removed to make room."""
        with self._lock:
            self._can_write = False
            self._places, self._copies, self._rows = {}, {}, {}
        if self._touched >= 0:  # another process that uses it will soon say so again
            then = time.time() - IN_USE_SECONDS
            with suppress(OSError):
                os.utime(self.folder / USED_FILE, (then, then))

    def _read(
        self, name: bytes, into: memoryview, file_at: Callable[[Path], BufferedReader]
    ) -> bool:
        """Fill ``into`` with a record, from the first of its copies that is whole."""
        while (place := self._places.get(name)) is not None:
            check = place.checksum
            with suppress(OSError):
                file = file_at(place.data)
                file.seek(place.row * len(into))
                is_read = file.readinto(into) == len(into)
                if is_read and (check is None or check == _checksum(name, into)):
                    place.checksum = None
                    return True
            self._drop(name, place)
        return False

    def _read_index(self, index: Path) -> None:
        """Know the entries that were added since the last time and are whole."""
        first = self._rows.get(index, 0)
        with suppress(OSError), index.open("rb") as file:
            file.seek(first * _ENTRY_BYTES)
            entries = file.read()
            data = index.with_suffix(DATA_SUFFIX)
            for number in range(len(entries) // _ENTRY_BYTES):
                entry = entries[number * _ENTRY_BYTES : (number + 1) * _ENTRY_BYTES]
                body, row = entry[:-_CHECK_BYTES], first + number
                if entry == body + _entry_check(body, row):
                    self._know(body[:NAME_BYTES], _Place(data, row, body[NAME_BYTES:]))
                    self._rows[index] = row + 1

    def _append(self, name: bytes, check: bytes, data: memoryview) -> None:
        self._unlooked += len(data)
        for _ in range(3):  # somebody may remove the folder between two steps of this
            with suppress(FileNotFoundError):
                index = self._written or self._new_segment()
                self._require_room(len(data))
                body, row = name + check, self._rows[index]
                entry, file = body + _entry_check(body, row), index.with_suffix(DATA_SUFFIX)
                for path, content in ((file, data), (index, entry)):
                    with path.open("r+b") as opened:
                        opened.seek(row * len(content))
                        opened.write(content)
                self._rows[index] = row + 1
                self._know(name, _Place(file, row, check))
                return
            self._written = None
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.folder))

    def _new_segment(self) -> Path:
        """The index of a segment without records."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / ABOUT_FILE).exists():
            text = json.dumps(self._about, sort_keys=True, indent=1)
            files.replace(self.folder / ABOUT_FILE, text.encode())
        index = self.folder / f"{uuid.uuid4().hex}{INDEX_SUFFIX}"
        for path in (index.with_suffix(DATA_SUFFIX), index):
            path.touch(exist_ok=False)
        self._written, self._rows[index] = index, 0
        return index

    def _require_room(self, needed: int) -> None:
        """Look at the disk now and then. Raises ``OSError`` where it counts as full."""
        if self._unlooked < _LOOK_BYTES:
            return
        if shutil.disk_usage(self.folder).free < SPARE_BYTES + needed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.folder))
        self._unlooked = 0

    def _know(self, name: bytes, place: _Place) -> None:
        if name in self._places:
            self._copies.setdefault(name, []).append(place)
        else:
            self._places[name] = place

    def _drop(self, name: bytes, place: _Place) -> None:
        """Forget a place; a copy that another process wrote takes over."""
        with self._lock:
            if self._places.get(name) is not place:
                return  # another thread was faster
            others = self._copies.get(name)
            if others:
                self._places[name] = others.pop(0)
            else:
                del self._places[name]

    def _use(self) -> None:
        if time.monotonic() - self._touched >= _TOUCH_SECONDS:
            self.touch()


@contextmanager
def _files() -> Iterator[Callable[[Path], BufferedReader]]:
    """What opens each file once, to be read; all are closed at the end."""
    with ExitStack() as stack:
        yield cache(lambda path: stack.enter_context(path.open("rb")))


def _checksum(name: bytes, record: memoryview) -> bytes:
    """16 bytes that no other content, and no other record's name, gives."""
    return blake2b(record, digest_size=_CHECK_BYTES, key=name).digest()


def _entry_check(body: bytes, row: int) -> bytes:
    """16 bytes that tell whether an entry, a name and a checksum, is whole and of this row."""
    return blake2b(body, digest_size=_CHECK_BYTES, key=row.to_bytes(8, "little")).digest()


def _whole(record_bytes: int, about: Mapping[str, object]) -> dict[str, object]:
    return {**about, "record_bytes": record_bytes, "format": _FORMAT}
