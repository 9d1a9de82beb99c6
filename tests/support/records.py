"""Small records in a store, and harm done to its files."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from core.compute.cache.records import MissingError, RecordStore

SIZE = 40
ABOUT = {"kind": "features", "boundary": 4}


def name(number: int) -> bytes:
    return number.to_bytes(32, "little")


def record(number: int) -> bytes:
    return np.random.default_rng(number).bytes(SIZE)


def open_store(root: Path) -> RecordStore:
    return RecordStore(root, SIZE, ABOUT)


def put(store: RecordStore, numbers: Sequence[int]) -> None:
    for number in numbers:
        store.put(name(number), record(number))


def fill(root: Path, numbers: Sequence[int]) -> Path:
    """Put some records, as a process does that then ends; the segment's index."""
    store = open_store(root)
    before = set(store.folder.glob("*.index"))
    put(store, numbers)
    store.close()
    (index,) = set(store.folder.glob("*.index")) - before
    return index


def readable(store: RecordStore, numbers: Sequence[int]) -> list[int]:
    """Which records can be read; each of them is right."""
    found = []
    for number in numbers:
        with suppress(MissingError):
            assert store.get([name(number)])[0].tobytes() == record(number)
            found.append(number)
        assert store.holds(name(number)) == (number in found)
    return found


def assert_read(store: RecordStore, numbers: Sequence[int]) -> None:
    """All of these can be read in one batch, and each is right."""
    found = store.get([name(number) for number in numbers])
    assert [row.tobytes() for row in found] == [record(number) for number in numbers]


def lost(store: RecordStore, numbers: Sequence[int]) -> list[int]:
    """Those that are missing when these are read in one batch."""
    try:
        store.get([name(number) for number in numbers])
    except MissingError as error:
        return [int.from_bytes(one, "little") for one in error.names]
    return []


def flip(file: Path, place: int) -> None:
    data = bytearray(file.read_bytes())
    data[place] ^= 0x10
    file.write_bytes(data)


def cut(file: Path, length: int) -> None:
    with file.open("r+b") as opened:
        opened.truncate(length)
