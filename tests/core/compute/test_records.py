"""Records on disk and from maps: right or missing, whatever happens to the files below them."""

import ctypes
import errno
import json
import mmap
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import namedtuple
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compute.cache import records
from core.compute.cache.records import Few, RecordMap, RecordStore, Segment, folder_of, may_map
from tests.support import ROOT
from tests.support.records import (
    ABOUT,
    SIZE,
    assert_read,
    cut,
    fill,
    flip,
    lost,
    name,
    open_store,
    put,
    readable,
    record,
)

ENTRY = 64
quickly = settings(max_examples=60)
posix = pytest.mark.skipif(os.name == "nt", reason="Windows maps nothing, removes no open file")


def test_what_one_process_put_another_gets(tmp_path: Path) -> None:
    used = fill(tmp_path, [1, 2, 3]).parent / "used"
    os.utime(used, (0, 0))
    store = open_store(tmp_path)
    assert used.stat().st_mtime == 0
    assert_read(store, [3, 1, 3])
    assert used.stat().st_mtime > 0, "a use shows in the time of a file"
    assert len(store) == 3
    assert store.get([]).shape == (0, SIZE)
    assert store.get([]).dtype == np.uint8
    assert lost(store, [1, 7, 8]) == ([7, 8], [])


def test_arrays_of_any_type_are_kept_as_their_bytes(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    array = np.arange(SIZE // 2, dtype=np.uint16).reshape(2, -1)
    store.put(name(1), array)
    assert store.get([name(1)]).view(np.uint16).ravel().tolist() == array.ravel().tolist()
    for wrong_name, wrong in ((b"short", record(1)), (name(2), record(2)[1:])):
        with pytest.raises(ValueError, match=str(len(wrong))):
            store.put(wrong_name, wrong)


def test_what_differs_lies_apart_and_says_what_it_is(tmp_path: Path) -> None:
    fill(tmp_path, [1])
    for about, size in (({**ABOUT, "boundary": 3}, SIZE), (ABOUT, SIZE + 1)):
        other = RecordStore(tmp_path, size, about)
        assert not other.holds(name(1))
        assert not other.folder.exists()  # opening and looking leave no trace
    folder = folder_of(tmp_path, SIZE, {"boundary": 4, "kind": "features"})
    assert folder.name.startswith("features-")
    assert json.loads((folder / "about.json").read_text("utf-8")).items() >= ABOUT.items()
    assert open_store(tmp_path).holds(name(1))


def test_what_other_processes_add_shows_after_a_refresh(tmp_path: Path) -> None:
    store, other = open_store(tmp_path), open_store(tmp_path)
    for number in range(0, 6, 2):
        put(store, [number])
        put(other, [number + 1])
        assert not store.holds(name(number + 1))
        store.refresh()
        assert readable(store, range(8)) == list(range(number + 2))
    store.close()
    assert not store.can_write
    assert not store.holds(name(1))


def test_without_preadv_the_same_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "preadv", raising=False)
    cut(fill(tmp_path, range(30)).with_suffix(".data"), 29 * SIZE + 1)
    store = open_store(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: readable(store, range(30)), range(8)))
    assert found == [list(range(29))] * 8


# -- crashes and damage ---


@quickly
@given(st.integers(0, 6 * ENTRY), st.integers(0, 6 * SIZE))
def test_a_crash_half_way_leaves_what_was_whole_and_the_next_one_goes_on(
    cut_index: int, cut_data: int
) -> None:
    with tempfile.TemporaryDirectory() as root:
        index = fill(Path(root), range(6))
        cut(index, cut_index)
        cut(index.with_suffix(".data"), cut_data)
        store = open_store(Path(root))
        assert readable(store, range(6)) == list(range(min(cut_index // ENTRY, cut_data // SIZE)))
        put(store, range(6))
        assert readable(store, range(6)) == list(range(6))
        store.close()
        assert_read(open_store(Path(root)), range(6))


@quickly
@given(st.booleans(), st.integers(0, 4 * min(ENTRY, SIZE) - 1))
def test_one_flipped_byte_costs_one_record_once(in_index: bool, place: int) -> None:
    with tempfile.TemporaryDirectory() as root:
        index = fill(Path(root), range(4))
        file, length = (index, ENTRY) if in_index else (index.with_suffix(".data"), SIZE)
        flip(file, place)
        hit = place // length
        store = open_store(Path(root))
        assert lost(store, range(4)) == ([hit], [] if in_index else [hit])
        put(store, [hit])
        store.close()
        assert_read(open_store(Path(root)), range(4))


def damage(folder: Path, how: str, place: int) -> None:
    files = sorted(folder.glob("*.*")) if folder.exists() else []
    if not files:
        return
    file = files[place % len(files)]
    if how == "remove":
        file.unlink()
    elif length := file.stat().st_size:
        (cut if how == "cut" else flip)(file, place % length)


HARM = ("cut", "flip", "remove")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "get", "refresh", "open", *HARM]),
        st.integers(0, 1),
        st.integers(0, 5),
        st.integers(0, 10_000),
    ),
    max_size=25,
)


@quickly
@given(STEPS)
def test_no_history_gives_a_wrong_record(steps: list[tuple[str, int, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as root:
        stores = [open_store(Path(root)) for _ in range(2)]
        for step, which, number, place in steps:
            store = stores[which]
            if step == "put":
                put(store, [number])
                assert store.holds(name(number))
            elif step == "get":
                readable(store, [number])
            elif step == "refresh":
                store.refresh()
            elif step == "open":
                store.close()
                stores[which] = open_store(Path(root))
            else:  # between two runs of Thaw: while one runs, it trusts what it has checked
                for one in stores:
                    one.close()
                damage(store.folder, step, place)
                stores = [open_store(Path(root)) for _ in range(2)]
        for store in stores:
            store.refresh()
            readable(store, range(6))
            put(store, range(6))
            if not any(step in HARM for step, *_ in steps):
                assert readable(store, range(6)) == list(range(6))
            store.close()


def test_of_two_copies_the_whole_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stores = [open_store(tmp_path), open_store(tmp_path)]
    for one in stores:  # neither knows of the other
        put(one, [1])
        one.close()
    first, second = sorted(stores[0].folder.glob("*.data"))
    flip(first, 0)
    assert readable(open_store(tmp_path), [1]) == [1]
    store, read = open_store(tmp_path), Segment.read

    def overtaken(segment: Segment, row: int, into: memoryview) -> bool:
        was_read = read(segment, row, into)
        monkeypatch.setattr(Segment, "read", read)
        assert readable(store, [1]) == [1]  # what another thread may do just now
        return was_read

    monkeypatch.setattr(Segment, "read", overtaken)
    assert readable(store, [1]) == [1]
    flip(second, 0)
    assert lost(open_store(tmp_path), [1]) == ([1], [1])


@pytest.mark.parametrize("room", [0, 1, SIZE, SIZE + 1, SIZE + ENTRY, 2 * (SIZE + ENTRY) - 1])
def test_a_full_disk_ends_the_writing_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    fill(tmp_path, [9])
    left, write = room, os.write

    def limited(file: int, data: memoryview) -> int:
        nonlocal left
        if not left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = write(file, data[: min(7, left)])  # as a system may: a little at a time
        left -= written
        return written

    store, kept = open_store(tmp_path), list(range(room // (SIZE + ENTRY)))
    with monkeypatch.context() as patch:
        patch.setattr(records.os, "write", limited)
        put(store, kept)
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            put(store, [5])
    assert not store.can_write
    put(store, [6])
    assert readable(store, range(10)) == [*kept, 9]
    lengths = sorted(file.stat().st_size for file in store.folder.glob("*.data"))
    assert lengths == [SIZE] * (1 + len(kept))  # no half record stays
    store.close()
    assert readable(open_store(tmp_path), range(10)) == [*kept, 9]


def test_an_interrupt_spoils_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, store = os.write, open_store(tmp_path)

    def interrupted(file: int, data: memoryview) -> int:
        write(file, data[:7])
        raise KeyboardInterrupt

    put(store, [1])
    with monkeypatch.context() as patch:
        patch.setattr(records.os, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            put(store, [2])
    put(store, [3])
    assert readable(store, range(4)) == [1]


def test_too_little_to_spare_and_a_folder_that_takes_no_files_end_the_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, usage = tmp_path / "file", shutil.disk_usage(tmp_path)
    file.write_text("not a folder")
    monkeypatch.setattr(records.shutil, "disk_usage", lambda _: usage._replace(free=2**30))
    for root, reason in ((file, "file"), (tmp_path, os.strerror(errno.ENOSPC))):
        store = open_store(root)
        assert not store.holds(name(1))
        with pytest.raises(OSError, match=reason):
            put(store, [1])
        put(store, [2])
        assert (store.can_write, len(store)) == (False, 0)


@posix
def test_a_store_removed_under_its_user_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, [1, 2])
    store = open_store(tmp_path)
    put(store, [3])
    assert readable(store, [3]) == [3]
    shutil.rmtree(store.folder)
    assert readable(store, [3]) == [3]  # it is open still
    assert lost(store, [1, 2]) == ([1, 2], [])
    store.touch()
    put(store, [1])
    store.touch()
    assert readable(store, [1, 3]) == [1, 3]
    assert readable(open_store(tmp_path), [1, 2, 3]) == [1]
    assert (store.folder / "used").exists()
    monkeypatch.setattr(records, "_LOOK_BYTES", SIZE)  # it looks at the disk each time
    shutil.rmtree(store.folder)
    put(store, [4])
    assert store.can_write
    store.close()
    assert readable(open_store(tmp_path), range(6)) == [4]


# -- threads, processes and open files ---


def test_threads_share_a_store(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    start = threading.Barrier(6)

    def work(thread: int) -> list[int]:
        start.wait()
        for number in range(40):
            put(store, [number])
            readable(store, [number, (number * 7 + thread) % 40])
        return readable(store, range(40))

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(work, range(6))) == [list(range(40))] * 6
    (data,) = store.folder.glob("*.data")
    assert data.stat().st_size == 40 * SIZE  # each was written once


PROCESS = """
import os, sys
from pathlib import Path
from tests.support.records import open_store, put, readable
store = open_store(Path(sys.argv[1]))
for number in range(*map(int, sys.argv[2:5])):
    put(store, [number])
    if number % 10 == 0:
        store.refresh()
        assert number in readable(store, range(60))
    print(number, flush=True)
if sys.argv[5] == "dies":
    os._exit(1)
store.close()
"""


def start_process(root: Path, *arguments: object) -> subprocess.Popen[str]:
    words = [str(root), *map(str, arguments)]
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def test_processes_fill_a_store_at_once(tmp_path: Path) -> None:
    started = [
        start_process(tmp_path, 0, 60, 2, "ends"),
        start_process(tmp_path, 59, 0, -1, "ends"),
        start_process(tmp_path, 0, 60, 3, "dies"),
    ]
    for process in started:
        process.communicate()
    assert [process.returncode for process in started] == [0, 0, 1]
    assert readable(open_store(tmp_path), range(60)) == list(range(60))


def test_a_killed_process_leaves_what_it_had_put(tmp_path: Path) -> None:
    with start_process(tmp_path, 1, 10**9, 1, "never") as process:
        assert process.stdout is not None
        for _ in range(5):
            process.stdout.readline()
        process.kill()
    store = open_store(tmp_path)
    assert len(store) >= 5
    assert readable(store, range(1, len(store) + 1)) == list(range(1, len(store) + 1))


def test_many_stores_need_few_files(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    if not Path("/dev/fd").exists():
        pytest.skip("nothing tells which files are open")
    open_now = max(map(int, os.listdir("/dev/fd")))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    stores = [RecordStore(tmp_path, SIZE, {**ABOUT, "view": view}) for view in range(130)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_now + 100, hard))
    try:
        for number in range(2):
            for store in stores:  # as a run does that keeps many views
                put(store, [number])
                assert readable(store, range(3)) == list(range(number + 1))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# -- maps ---


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Where files are read from now on; maps are made wherever the tests' files lie."""
    if os.name == "nt":
        pytest.skip("Windows maps nothing")
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


def checked(root: Path, numbers: Sequence[int], reads: list[int]) -> RecordStore:
    """A store that has read each of its records once, and made its map; no ``reads`` yet."""
    store = open_store(root)
    for _ in range(2):
        assert_read(store, numbers)
    reads.clear()
    return store


def filled(root: Path, count: int, reads: list[int]) -> tuple[RecordStore, Path]:
    """A ``checked`` store of so many records, and the file that they are in."""
    data = fill(root, range(count)).with_suffix(".data")
    return checked(root, range(count), reads), data


def test_a_record_is_read_once_then_comes_from_the_map(tmp_path: Path, reads: list[int]) -> None:
    fill(tmp_path, range(300))  # of 40 bytes: they lie across pages
    store = open_store(tmp_path)
    order = np.random.default_rng(0).permutation(300).tolist()
    assert_read(store, order)
    assert sorted(reads) == [SIZE * row for row in range(300)]
    reads.clear()
    assert_read(store, order)
    assert_read(store, [7, 299, 7, 0])
    assert reads == []
    kept = store.get([name(1)])
    kept += 1  # what is given is a copy, in no way tied to the file
    assert_read(store, [1])


def test_unchecked_records_are_read_beside_mapped_ones(tmp_path: Path, reads: list[int]) -> None:
    flip(fill(tmp_path, range(6)).with_suffix(".data"), 4 * SIZE)
    store = checked(tmp_path, [0, 1, 2], reads)
    assert_read(store, [5, 0, 2, 1])
    assert reads == [5 * SIZE]
    assert lost(store, range(6)) == ([4], [4])


@pytest.mark.parametrize(
    ("count", "length"),
    [(6, 0), (6, 3 * SIZE), (6, 3 * SIZE + 1), (6, 4 * SIZE - 1), (1000, 3 * mmap.PAGESIZE + 1)],
)
def test_a_file_cut_after_its_records_were_checked_loses_those_behind_the_cut(
    tmp_path: Path, reads: list[int], count: int, length: int
) -> None:
    store, data = filled(tmp_path, count, reads)
    cut(data, length)
    whole = length // SIZE
    asked = [count - 1, 9999, 0, count - 2]  # and told in this order
    assert lost(store, asked)[0] == [one for one in asked if one >= whole]
    assert lost(store, range(count))[0] == list(range(whole, count))
    reads.clear()
    assert readable(store, range(0, count, 1 + count // 50)) == [*range(0, whole, 1 + count // 50)]
    assert reads == []  # the others still come from the map


def test_a_file_removed_after_its_records_were_checked_stays_readable(
    tmp_path: Path, reads: list[int]
) -> None:
    store, data = filled(tmp_path, 6, reads)
    data.unlink()
    assert_read(store, [5, 3, 0])
    assert reads == []


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
        put(writer, [number])
        reader.refresh()
        assert_read(reader, [number])
        assert_read(reader, [number, number // 2])
    assert 5 < len(maps) < 30
    assert maps == sorted(set(maps))
    for _ in range(2):
        assert_read(reader, range(200))
    reads.clear()
    assert_read(reader, range(200))
    assert (maps[-1], reads) == (200, [])


def test_maps_are_few_and_a_closed_store_gives_its_own_back(
    tmp_path: Path, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = Few(2)
    monkeypatch.setattr(records, "_mapped", few)
    stores = [filled(tmp_path / str(number), 4, reads)[0] for number in range(3)]

    def read() -> list[int]:
        counts = []
        for store in stores:
            reads.clear()
            assert_read(store, range(4))
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


Mount = namedtuple("Mount", "device mountpoint fstype")


def mount(patch: pytest.MonkeyPatch, *mounts: tuple[object, str]) -> None:
    """Let psutil say that these kinds of file system are in these places."""
    made = [Mount("device", str(place), kind) for place, kind in mounts]
    monkey = lambda all: [one for one in made if all or one.fstype == "ext4"]  # noqa: E731
    patch.setattr(psutil, "disk_partitions", monkey)


@posix
@pytest.mark.parametrize(
    ("kinds", "expected"),  # of file systems, each within the one before
    [
        (["ext4"], True),
        (["ext4", "nfs4"], False),
        (["nfs4", "ext4"], True),
        (["overlay"], False),
        (["ext4", "ext4", "nfs"], False),  # of two in one place the later counts
    ],
)
def test_only_what_lies_on_a_disk_of_this_machine_is_mapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kinds: list[str], expected: bool
) -> None:
    folder, link = tmp_path / "place" / "kept", tmp_path / "link"
    folder.mkdir(parents=True)
    link.symlink_to(folder)
    places = ("/", tmp_path / "place", tmp_path / "place")
    mount(monkeypatch, (tmp_path / "pla", "nfs"), *zip(places, kinds, strict=False))
    assert may_map(folder) == may_map(link) == expected


@posix
def test_in_doubt_nothing_is_mapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(all: bool) -> list[Mount]:
        raise PermissionError("/proc")

    mount(monkeypatch, ("/", "ext4"))
    with monkeypatch.context() as patch:
        patch.setattr(psutil, "disk_partitions", fails)
        assert not may_map(tmp_path / "a")
    monkeypatch.setattr(records, "_mincore", lambda: None)
    assert not may_map(tmp_path / "b")


@pytest.mark.parametrize("how", ["network", "foreign"])
def test_where_nothing_may_be_mapped_all_is_read(
    tmp_path: Path, reads: list[int], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how == "network":
        monkeypatch.setattr(records, "may_map", may_map)
        mount(monkeypatch, ("/", "cifs"))
    else:
        monkeypatch.setattr(os, "geteuid", lambda: -7)
    store, _ = filled(tmp_path, 6, reads)
    assert_read(store, [3, 1])
    assert reads == [3 * SIZE, SIZE]


def test_what_left_memory_is_read_from_the_file(
    tmp_path: Path, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As is a page that the disk no longer gives, which is missing then."""
    store, _ = filled(tmp_path, 300, reads)
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
    assert_read(store, range(300))
    away = [row for row in range(300) if page < (row + 1) * SIZE and row * SIZE < 2 * page]
    assert reads == [row * SIZE for row in away]

    def fails(file: int, into: Sequence[memoryview], offset: int) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "preadv", fails)
    assert lost(store, range(300))[0] == away


@posix
def test_the_system_tells_what_is_in_memory(tmp_path: Path) -> None:
    if not may_map(tmp_path) or not hasattr(os, "posix_fadvise"):
        pytest.skip("nothing lets a page leave memory here")
    file = fill(tmp_path, range(300)).with_suffix(".data")
    number = os.open(file, os.O_RDWR)
    try:
        mapped = RecordMap(number, SIZE)
        os.fdatasync(number)
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
            put(writer, [number])
            reader.refresh()

    def read(seed: int) -> None:
        start.wait()
        draws = np.random.default_rng(seed)
        for _ in range(60):
            some = draws.integers(0, max(1, len(reader)), min(20, len(reader)))
            assert_read(reader, some.tolist())

    with ThreadPoolExecutor(5) as pool:
        for job in [pool.submit(write), *(pool.submit(read, seed) for seed in range(4))]:
            job.result()
    reader.refresh()
    for _ in range(2):
        reads.clear()
        assert_read(reader, range(120))
    assert len(reads) <= 120 / 4  # the others come from the map
