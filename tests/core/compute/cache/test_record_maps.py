"""Records from maps: the same bits, and no page is touched that may not come."""

import ctypes
import errno
import mmap
import os
import threading
from collections import namedtuple
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest

from core.compute.cache import records
from core.compute.cache.records import Few, MissingError, RecordMap, RecordStore, may_map
from tests.support.records import SIZE, cut, fill, flip, name, open_store, readable, record

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows maps nothing")

Mount = namedtuple("Mount", "device mountpoint fstype")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Where files are read from now on; maps are made wherever the tests' files lie."""
    monkeypatch.setattr(records, "_FEWEST_MAPPED", 1)
    monkeypatch.setattr(records, "_mapped", Few(8))
    monkeypatch.setattr(records, "may_map", lambda _: True)
    offsets: list[int] = []
    preadv = os.preadv

    def noted(file: int, into: Sequence[memoryview], offset: int) -> int:
        offsets.append(offset)
        return preadv(file, into, offset)

    monkeypatch.setattr(os, "preadv", noted)
    return offsets


def checked(root: Path, numbers: Sequence[int]) -> RecordStore:
    """A store that has read each of its records once, and made its map."""
    store = open_store(root)
    for _ in range(2):
        got(store, numbers)
    return store


def got(store: RecordStore, numbers: Sequence[int]) -> None:
    """All in one batch, and right."""
    found = store.get([name(number) for number in numbers])
    assert [row.tobytes() for row in found] == [record(number) for number in numbers]


def data_of(store: RecordStore) -> Path:
    (file,) = store.folder.glob("*.data")
    return file


def test_a_record_is_read_once_and_then_comes_from_the_map(
    tmp_path: Path, reads: list[int]
) -> None:
    fill(tmp_path, range(300))  # of 40 bytes: they lie across pages
    store = open_store(tmp_path)
    order = np.random.default_rng(0).permutation(300).tolist()
    got(store, order)
    assert sorted(reads) == [SIZE * row for row in range(300)]
    reads.clear()
    got(store, order)
    got(store, [7, 299, 7, 0])
    assert reads == []
    kept = store.get([name(1)])
    kept += 1  # what is given is a copy, in no way tied to the file
    got(store, [1])
    store.close()


def test_records_not_checked_yet_are_read_and_checked_beside_those_from_the_map(
    tmp_path: Path, reads: list[int]
) -> None:
    index = fill(tmp_path, range(6))
    flip(index.with_suffix(".data"), 4 * SIZE)
    store = checked(tmp_path, [0, 1, 2])
    reads.clear()
    got(store, [5, 0, 2, 1])
    assert reads == [5 * SIZE]
    with pytest.raises(MissingError) as missing:
        store.get([name(number) for number in range(6)])
    assert missing.value.names == missing.value.damaged == (name(4),)
    store.close()


@pytest.mark.parametrize("length", [0, 1, 3 * SIZE, 3 * SIZE + 1, 4 * SIZE - 1])
def test_a_file_cut_after_its_records_were_checked_loses_those_behind_the_cut(
    tmp_path: Path, reads: list[int], length: int
) -> None:
    fill(tmp_path, range(6))
    store = checked(tmp_path, range(6))
    cut(data_of(store), length)
    whole = length // SIZE
    with pytest.raises(MissingError) as missing:
        store.get([name(number) for number in range(6)])
    assert missing.value.names == tuple(name(number) for number in range(whole, 6))
    reads.clear()
    assert readable(store, range(6)) == list(range(whole))
    assert reads == []  # the others still come from the map
    store.close()


def test_what_is_missing_is_named_in_the_order_in_which_it_was_asked_for(
    tmp_path: Path, reads: list[int]
) -> None:
    fill(tmp_path, range(6))
    store = checked(tmp_path, range(6))
    cut(data_of(store), 3 * SIZE)
    with pytest.raises(MissingError) as missing:
        store.get([name(5), name(9), name(0), name(4)])
    assert missing.value.names == (name(5), name(9), name(4))
    store.close()


def test_many_pages_may_be_cut_off(tmp_path: Path, reads: list[int]) -> None:
    fill(tmp_path, range(1000))
    store = checked(tmp_path, range(1000))
    cut(data_of(store), 0)
    assert readable(store, range(0, 1000, 50)) == []
    store.close()


def test_a_file_removed_after_its_records_were_checked_stays_readable(
    tmp_path: Path, reads: list[int]
) -> None:
    fill(tmp_path, range(6))
    store = checked(tmp_path, range(6))
    data_of(store).unlink()
    reads.clear()
    got(store, [5, 3, 0])
    assert reads == []
    store.close()


def test_a_file_that_grows_is_mapped_anew_but_not_for_each_batch(
    tmp_path: Path, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    maps: list[int] = []
    made = RecordMap.__init__

    def noted(self: RecordMap, file: int, record_bytes: int) -> None:
        made(self, file, record_bytes)
        maps.append(self.rows)

    monkeypatch.setattr(RecordMap, "__init__", noted)
    monkeypatch.setattr(records, "_mapped", Few(1))  # the new one takes the old one's place
    writer, reader = open_store(tmp_path), open_store(tmp_path)  # as two processes
    for number in range(200):
        writer.put(name(number), record(number))
        reader.refresh()
        got(reader, [number])
        got(reader, [number, number // 2])
    assert 5 < len(maps) < 30
    assert maps == sorted(set(maps))
    for _ in range(2):
        got(reader, range(200))
    reads.clear()
    got(reader, range(200))
    assert (maps[-1], reads) == (200, [])
    writer.close()
    reader.close()


def test_maps_are_few_and_a_closed_store_gives_its_own_back(
    tmp_path: Path, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = Few(2)
    monkeypatch.setattr(records, "_mapped", few)
    for number in range(3):
        fill(tmp_path / str(number), range(4))
    stores = [checked(tmp_path / str(number), range(4)) for number in range(3)]

    def read() -> list[int]:
        counts = []
        for store in stores:
            reads.clear()
            got(store, range(4))
            counts.append(len(reads))
        return counts

    assert read() == [0, 0, 4]
    assert not few.has_room
    stores.pop(0).close()
    read()
    assert read() == [0, 0]
    for store in stores:
        store.close()
    assert few.has_room


def disks(*mounts: Mount, physical: str = "ext4") -> object:
    """What psutil says of a machine with these mounts."""
    return lambda all: [one for one in mounts if all or one.fstype == physical]


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("ext4", None, True),
        ("ext4", "nfs4", False),
        ("nfs4", "ext4", True),
        ("overlay", None, False),
        ("ext4", "fuse.sshfs", False),
    ],
)
def test_only_what_lies_on_a_disk_of_this_machine_is_mapped(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    outer: str,
    inner: str | None,
    expected: bool,
) -> None:
    folder, link = tmp_path / "place" / "kept", tmp_path / "link"
    folder.mkdir(parents=True)
    link.symlink_to(folder)
    mounts = [Mount("a", "/", outer), Mount("b", str(tmp_path / "pla"), "nfs")]
    if inner:
        mounts.append(Mount("c", str(tmp_path / "place"), inner))
    monkeypatch.setattr(psutil, "disk_partitions", disks(*mounts))
    assert may_map(folder) == may_map(link) == expected


def test_of_two_mounts_in_one_place_the_later_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = [Mount("a", str(tmp_path), "ext4"), Mount("b", str(tmp_path), "nfs")]
    monkeypatch.setattr(psutil, "disk_partitions", disks(*mounts))
    assert not may_map(tmp_path)


def test_where_nothing_can_be_told_nothing_is_mapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(all: bool) -> list[Mount]:
        raise PermissionError("/proc")

    folders = [tmp_path / which for which in "abc"]
    monkeypatch.setattr(psutil, "disk_partitions", disks(Mount("a", "/", "ext4")))
    assert may_map(folders[0])
    monkeypatch.setattr(psutil, "disk_partitions", fails)
    assert not may_map(folders[1])
    monkeypatch.setattr(psutil, "disk_partitions", disks(Mount("a", "/", "ext4")))
    monkeypatch.setattr(records, "_mincore", lambda: None)
    assert not may_map(folders[2])


@pytest.mark.parametrize("how", ["network", "foreign"])
def test_where_nothing_may_be_mapped_all_is_read(
    tmp_path: Path, reads: list[int], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how == "network":
        monkeypatch.setattr(records, "may_map", may_map)
        monkeypatch.setattr(psutil, "disk_partitions", disks(Mount("a", "/", "cifs")))
    else:
        monkeypatch.setattr(os, "geteuid", lambda: -7)
    fill(tmp_path, range(6))
    store = checked(tmp_path, range(6))
    reads.clear()
    got(store, [3, 1])
    assert reads == [3 * SIZE, SIZE]
    store.close()


def test_what_left_memory_is_read_from_the_file(
    tmp_path: Path, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As is a page that the disk no longer gives, which is missing then."""
    fill(tmp_path, range(300))
    store = checked(tmp_path, range(300))
    mincore, page, asked = records._mincore(), mmap.PAGESIZE, []
    assert mincore is not None

    def second_page_left(address: int, length: int, answer: int) -> int:
        asked.append(address)
        failed = mincore(address, length, answer)
        index = (min(asked) + page - address) // page
        if 0 <= index < -(-length // page):
            ctypes.c_ubyte.from_address(answer + index).value = 0xFE  # the lowest bit counts
        return failed

    monkeypatch.setattr(records, "_mincore", lambda: second_page_left)
    reads.clear()
    got(store, range(300))
    away = [row for row in range(300) if page < (row + 1) * SIZE and row * SIZE < 2 * page]
    assert reads == [row * SIZE for row in away]

    def fails(file: int, into: Sequence[memoryview], offset: int) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "preadv", fails)
    with pytest.raises(MissingError) as missing:
        store.get([name(number) for number in range(300)])
    assert missing.value.names == tuple(map(name, away))
    store.close()


def test_the_system_tells_what_is_in_memory(tmp_path: Path) -> None:
    if not may_map(tmp_path) or not hasattr(os, "posix_fadvise"):
        pytest.skip("nothing lets a page leave memory here")
    file = fill(tmp_path, range(300)).with_suffix(".data")
    number = os.open(file, os.O_RDWR)
    try:
        mapped = RecordMap(number, SIZE)
        os.fsync(number)
        os.posix_fadvise(number, 0, 0, os.POSIX_FADV_DONTNEED)
        wanted, into = [(row, row) for row in range(300)], np.zeros((300, SIZE), np.uint8)
        assert mapped.gather(wanted, into) == list(range(300))
        assert not into.any()
        os.pread(number, 300 * SIZE, 0)
        assert mapped.gather(wanted, into) == []
        assert into.tobytes() == file.read_bytes()
    finally:
        os.close(number)


def test_threads_read_a_store_that_grows(tmp_path: Path, reads: list[int]) -> None:
    writer, reader = open_store(tmp_path), open_store(tmp_path)
    start = threading.Barrier(5)

    def write() -> None:
        start.wait()
        for number in range(120):
            writer.put(name(number), record(number))
            reader.refresh()

    def read(seed: int) -> None:
        start.wait()
        draws = np.random.default_rng(seed)
        for _ in range(60):
            got(reader, draws.integers(0, max(1, len(reader)), min(20, len(reader))).tolist())

    with ThreadPoolExecutor(5) as pool:
        for job in [pool.submit(write), *(pool.submit(read, seed) for seed in range(4))]:
            job.result()
    reader.refresh()
    for _ in range(2):
        reads.clear()
        got(reader, range(120))
    assert len(reads) <= 120 / 4  # the others come from the map
    writer.close()
    reader.close()
