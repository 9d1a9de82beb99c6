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


def fill(root: Path, numbers: Sequence[int]) -> Path:
    """Put some records, as a process does that then ends; the segment's index."""
    store = open_store(root)
    before = set(store.folder.glob("*.index"))
    for number in numbers:
        store.put(name(number), record(number))
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


def flip(file: Path, place: int) -> None:
    data = bytearray(file.read_bytes())
    data[place] ^= 0x10
    file.write_bytes(data)


def cut(file: Path, length: int) -> None:
    with file.open("r+b") as opened:
        opened.truncate(length)
