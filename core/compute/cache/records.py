"""Records of one size that can be computed again, kept on disk by name.

Whatever goes wrong with a record (never written, half written, damaged, removed meanwhile), it is
simply missing. Any number of processes read and fill a store at once, without locks: each writes
a segment of its own (``core.record_files``). Nothing is synced: a checksum tells what a power cut
left undone. The one harm that a file could do to who reads it, and what is done against it, is told
in ``core.record_maps``.
"""

import errno
import json
import os
import shutil
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import numpy as np

from core.common import files
from core.compute.cache.record_files import (
    INDEX_SUFFIX,
    NAME_BYTES,
    Entry,
    Segment,
    Writer,
    checksum,
)
from core.compute.cache.record_maps import Wanted

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
