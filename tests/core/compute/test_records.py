"""Records on disk: right or missing, whatever happens to the files below them."""

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compute.cache import records
from core.compute.cache.records import RecordStore, folder_of
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
posix = pytest.mark.skipif(os.name == "nt", reason="Windows removes no open file")


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
    assert lost(store, [1, 7, 8]) == [7, 8]


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
    assert not store.holds(name(1))


def test_what_turns_out_to_be_missing_is_looked_for_once(tmp_path: Path) -> None:
    index = fill(tmp_path, range(4))
    flip(index.with_suffix(".data"), 2 * SIZE)
    store, names = open_store(tmp_path), [name(one) for one in range(5)]
    assert store.missing(names) == [name(2), name(4)]
    index.with_suffix(".data").unlink()
    assert store.missing(names) == [name(2), name(4)], "the others were read before"


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
        assert lost(store, range(4)) == [hit]
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
    store, checksum = open_store(tmp_path), records._checksum

    def overtaken(named: bytes, content: memoryview) -> bytes:
        monkeypatch.setattr(records, "_checksum", checksum)
        assert readable(store, [1]) == [1]  # what another thread may do just now
        return checksum(named, content)

    monkeypatch.setattr(records, "_checksum", overtaken)
    assert readable(store, [1]) == [1]
    flip(second, 0)
    assert lost(open_store(tmp_path), [1]) == [1]


@pytest.mark.parametrize("room", [0, 1, SIZE, ENTRY - 1, ENTRY, 2 * ENTRY - 1])
def test_a_full_disk_ends_the_writing_and_nothing_else(tmp_path: Path, room: int) -> None:
    resource = pytest.importorskip("resource")
    fill(tmp_path, [9])
    store, kept = open_store(tmp_path), list(range(room // ENTRY))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))  # what goes beyond it is an OSError
    try:
        put(store, kept)
        with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
            put(store, [5])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    put(store, [6])
    assert readable(store, range(10)) == [*kept, 9]
    store.close()
    assert readable(open_store(tmp_path), range(10)) == [*kept, 9]


def test_an_interrupt_spoils_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, opened = open_store(tmp_path), Path.open

    def interrupted(path: Path, mode: str) -> object:
        if path.suffix == ".index" and mode == "r+b":
            raise KeyboardInterrupt
        return opened(path, mode)

    put(store, [1])
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", interrupted)
        with pytest.raises(KeyboardInterrupt):
            put(store, [2])
    put(store, [3])
    assert readable(store, range(4)) == [1]


@pytest.mark.parametrize("length", [0, 3 * SIZE, 3 * SIZE + 1, 4 * SIZE - 1, None])
def test_a_file_cut_or_removed_after_its_records_were_checked_loses_those_behind_the_cut(
    tmp_path: Path, length: int | None
) -> None:
    data = fill(tmp_path, range(6)).with_suffix(".data")
    store = open_store(tmp_path)
    assert_read(store, range(6))
    if length is None:
        data.unlink()
    else:
        cut(data, length)
    whole = (length or 0) // SIZE
    asked = [5, 9999, 0, 4]  # and told in this order
    assert lost(store, asked) == [one for one in asked if one >= whole]
    assert readable(store, range(6)) == list(range(whole))
    put(store, range(6))
    assert_read(store, range(6))


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
        assert len(store) == 0


@posix
def test_a_store_removed_under_its_user_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, [1, 2])
    store = open_store(tmp_path)
    put(store, [3])
    assert readable(store, [3]) == [3]
    shutil.rmtree(store.folder)
    assert lost(store, [1, 2]) == [1, 2]
    store.touch()
    put(store, [1])
    store.touch()
    assert readable(store, [1, 3]) == [1]
    assert readable(open_store(tmp_path), [1, 2, 3]) == [1]
    assert (store.folder / "used").exists()
    monkeypatch.setattr(records, "_LOOK_BYTES", SIZE)  # it looks at the disk each time
    shutil.rmtree(store.folder)
    put(store, [4])
    assert readable(store, [4]) == [4]
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


def test_no_file_stays_open(tmp_path: Path) -> None:
    if not Path("/dev/fd").exists():
        pytest.skip("nothing tells which files are open")
    before = os.listdir("/dev/fd")
    store = open_store(tmp_path)
    put(store, range(3))
    assert_read(store, range(3))
    assert os.listdir("/dev/fd") == before


def test_threads_read_a_store_that_grows(tmp_path: Path) -> None:
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
    assert_read(reader, range(120))
