"""Records on disk: always right or missing, whatever happens to the files below them."""

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
from hypothesis import given
from hypothesis import strategies as st

from core.compute.cache import records
from core.compute.cache.records import Few, MissingError, RecordStore, Segment, folder_of
from tests.support import ROOT
from tests.support.records import ABOUT, SIZE, cut, fill, flip, name, open_store, readable, record

ENTRY = 64


def test_what_one_process_put_another_gets(tmp_path: Path) -> None:
    fill(tmp_path, [1, 2, 3])
    store = open_store(tmp_path)
    got = store.get([name(3), name(1), name(3)])
    assert got.dtype == np.uint8
    assert [row.tobytes() for row in got] == [record(3), record(1), record(3)]
    assert len(store) == 3
    assert store.get([]).shape == (0, SIZE)
    with pytest.raises(MissingError) as missing:
        store.get([name(1), name(7), name(8)])
    assert (missing.value.names, missing.value.damaged) == ((name(7), name(8)), ())
    store.close()


def test_arrays_of_any_type_are_kept_as_their_bytes(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    array = np.arange(SIZE // 2, dtype=np.uint16).reshape(2, -1)
    store.put(name(1), array)
    assert store.get([name(1)]).view(np.uint16).ravel().tolist() == array.ravel().tolist()
    for wrong_name, wrong in ((b"short", record(1)), (name(2), record(2)[1:])):
        with pytest.raises(ValueError, match="bytes"):
            store.put(wrong_name, wrong)
    store.close()


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
        store.put(name(number), record(number))
        other.put(name(number + 1), record(number + 1))
        assert not store.holds(name(number + 1))
        store.refresh()
        assert readable(store, range(8)) == list(range(number + 2))
    other.close()
    store.close()
    assert not store.can_write
    assert not store.holds(name(1))


@given(st.data())
def test_a_crash_half_way_leaves_what_was_whole_and_the_next_one_goes_on(
    data: st.DataObject,
) -> None:
    with tempfile.TemporaryDirectory() as root:
        index = fill(Path(root), range(6))
        cut_index = data.draw(st.integers(0, 6 * ENTRY))
        cut_data = data.draw(st.integers(0, 6 * SIZE))
        cut(index, cut_index)
        cut(index.with_suffix(".data"), cut_data)
        store = open_store(Path(root))
        whole = range(min(cut_index // ENTRY, cut_data // SIZE))
        assert readable(store, range(6)) == list(whole)
        for number in range(6):
            store.put(name(number), record(number))
        assert readable(store, range(6)) == list(range(6))
        store.close()
        later = open_store(Path(root))
        assert len(later.get([name(number) for number in range(6)])) == 6
        later.close()


@given(st.booleans(), st.integers(0, 4 * min(ENTRY, SIZE) - 1))
def test_one_flipped_byte_costs_one_record_once(in_index: bool, place: int) -> None:
    with tempfile.TemporaryDirectory() as root:
        index = fill(Path(root), range(4))
        file, length = (index, ENTRY) if in_index else (index.with_suffix(".data"), SIZE)
        flip(file, place)
        hit = place // length
        store = open_store(Path(root))
        with pytest.raises(MissingError) as missing:
            store.get([name(number) for number in range(4)])
        assert missing.value.names == (name(hit),)
        assert missing.value.damaged == (() if in_index else (name(hit),))
        store.put(name(hit), record(hit))
        store.close()
        later = open_store(Path(root))
        got = later.get([name(number) for number in range(4)])
        assert [row.tobytes() for row in got] == [record(number) for number in range(4)]
        later.close()


def damage(folder: Path, how: str, place: int) -> None:
    files = sorted(folder.glob("*.*")) if folder.exists() else []
    if not files:
        return
    file = files[place % len(files)]
    if how == "remove":
        file.unlink()
    elif length := file.stat().st_size:
        (cut if how == "cut" else flip)(file, place % length)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "get", "refresh", "open", "cut", "flip", "remove"]),
        st.integers(0, 1),
        st.integers(0, 5),
        st.integers(0, 10_000),
    ),
    max_size=25,
)


@given(STEPS)
def test_no_history_of_writers_and_damage_gives_a_wrong_record(
    steps: list[tuple[str, int, int, int]],
) -> None:
    with tempfile.TemporaryDirectory() as root:
        stores = [open_store(Path(root)) for _ in range(2)]
        for step, which, number, place in steps:
            store = stores[which]
            if step == "put":
                store.put(name(number), record(number))
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
            for number in range(6):
                store.put(name(number), record(number))
            if not any(step in ("cut", "flip", "remove") for step, *_ in steps):
                assert readable(store, range(6)) == list(range(6))
            store.close()


def test_of_a_record_written_twice_the_whole_copy_is_read(tmp_path: Path) -> None:
    stores = [open_store(tmp_path), open_store(tmp_path)]
    for store in stores:  # neither knows of the other
        store.put(name(1), record(1))
        store.close()
    first, second = sorted(stores[0].folder.glob("*.data"))
    flip(first, 0)
    store = open_store(tmp_path)
    assert readable(store, [1]) == [1]
    store.close()
    flip(second, 0)
    with pytest.raises(MissingError) as missing:
        open_store(tmp_path).get([name(1)])
    assert missing.value.damaged == (name(1),)


def test_a_damaged_copy_is_not_taken_for_the_whole_one_that_another_thread_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = [open_store(tmp_path), open_store(tmp_path)]
    for store in stores:
        store.put(name(1), record(1))
        store.close()
    flip(min(stores[0].folder.glob("*.data")), 0)
    store = open_store(tmp_path)
    read = Segment.read

    def overtaken(segment: Segment, row: int, into: memoryview) -> bool:
        was_read = read(segment, row, into)
        monkeypatch.setattr(Segment, "read", read)
        assert readable(store, [1]) == [1]  # what another thread may do just now
        return was_read

    monkeypatch.setattr(Segment, "read", overtaken)
    assert readable(store, [1]) == [1]
    store.close()


def test_threads_share_a_store(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    start = threading.Barrier(6)

    def work(thread: int) -> list[int]:
        start.wait()
        for number in range(40):
            store.put(name(number), record(number))
            readable(store, [number, (number * 7 + thread) % 40])
        return readable(store, range(40))

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(work, range(6))) == [list(range(40))] * 6
    (data,) = store.folder.glob("*.data")
    assert data.stat().st_size == 40 * SIZE  # each was written once
    store.close()


PROCESS = """
import os, sys
from pathlib import Path
from tests.support.records import name, open_store, readable, record
store = open_store(Path(sys.argv[1]))
first, last, step = map(int, sys.argv[2:5])
for number in range(first, last, step):
    store.put(name(number), record(number))
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
    store = open_store(tmp_path)
    assert readable(store, range(60)) == list(range(60))
    store.close()


def test_a_killed_process_leaves_what_it_had_put(tmp_path: Path) -> None:
    with start_process(tmp_path, 1, 10**9, 1, "never") as process:
        assert process.stdout is not None
        for _ in range(5):
            process.stdout.readline()
        process.kill()
    store = open_store(tmp_path)
    assert readable(store, range(1, 6)) == [1, 2, 3, 4, 5]
    assert readable(store, range(6, len(store) + 1)) == list(range(6, len(store) + 1))
    store.close()


def test_a_system_that_writes_a_little_at_a_time_writes_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(records.os, "write", lambda file, data: write(file, data[:7]))
    fill(tmp_path, [1, 2])
    assert readable(open_store(tmp_path), range(4)) == [1, 2]


@pytest.mark.parametrize("room", [0, 1, SIZE, SIZE + 1, SIZE + ENTRY, 2 * (SIZE + ENTRY) - 1])
def test_a_full_disk_ends_the_writing_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    fill(tmp_path, [9])
    left, write = room, os.write

    def limited(file: int, data: memoryview) -> int:
        nonlocal left
        if not left:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = write(file, data[:left])
        left -= written
        return written

    store = open_store(tmp_path)
    monkeypatch.setattr(records.os, "write", limited)
    kept = list(range(room // (SIZE + ENTRY)))
    for number in kept:
        store.put(name(number), record(number))
    with pytest.raises(OSError, match="No space"):
        store.put(name(5), record(5))
    monkeypatch.undo()
    assert not store.can_write
    store.put(name(6), record(6))
    assert readable(store, range(10)) == [*kept, 9]
    lengths = sorted(file.stat().st_size for file in store.folder.glob("*.data"))
    assert lengths == [SIZE] * (1 + len(kept))  # no half record stays
    store.close()
    later = open_store(tmp_path)
    assert readable(later, range(10)) == [*kept, 9]
    later.close()


def test_an_interrupt_amid_a_record_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write

    def interrupted(file: int, data: memoryview) -> int:
        write(file, data[:7])
        raise KeyboardInterrupt

    store = open_store(tmp_path)
    store.put(name(1), record(1))
    with monkeypatch.context() as patch:
        patch.setattr(records.os, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.put(name(2), record(2))
    store.put(name(3), record(3))
    assert readable(store, range(4)) == [1]
    store.close()


def test_some_of_the_disk_is_left_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(records.shutil, "disk_usage", lambda _: usage._replace(free=2**30))
    store = open_store(tmp_path)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        store.put(name(1), record(1))
    assert not store.can_write


def test_a_folder_that_takes_no_files_ends_the_writing(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    store = open_store(file)
    assert not store.holds(name(1))
    with pytest.raises(OSError, match="file"):
        store.put(name(1), record(1))
    store.put(name(2), record(2))
    assert (store.can_write, len(store)) == (False, 0)


@pytest.mark.skipif(os.name == "nt", reason="Windows removes no file that is open")
def test_a_store_removed_under_its_user_begins_anew(tmp_path: Path) -> None:
    fill(tmp_path, [1, 2])
    store = open_store(tmp_path)
    store.put(name(3), record(3))
    assert readable(store, [3]) == [3]
    shutil.rmtree(store.folder)
    assert readable(store, [3]) == [3]  # it is open still
    with pytest.raises(MissingError) as missing:
        store.get([name(1), name(2)])
    assert missing.value.names == (name(1), name(2))
    assert missing.value.damaged == ()
    store.touch()
    store.put(name(1), record(1))
    store.touch()
    assert readable(store, [1, 3]) == [1, 3]
    store.close()
    later = open_store(tmp_path)
    assert readable(later, [1, 2, 3]) == [1]
    assert (later.folder / "used").exists()
    later.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows removes no file that is open")
def test_clearing_while_it_is_filled_does_not_end_the_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "_LOOK_BYTES", SIZE)  # it looks at the disk each time
    store = open_store(tmp_path)
    store.put(name(1), record(1))
    shutil.rmtree(store.folder)
    store.put(name(2), record(2))
    assert store.can_write
    store.close()
    assert readable(open_store(tmp_path), range(4)) == [2]


def test_a_use_shows_in_the_time_of_a_file(tmp_path: Path) -> None:
    folder = fill(tmp_path, [1]).parent
    os.utime(folder / "used", (0, 0))
    store = open_store(tmp_path)
    assert (folder / "used").stat().st_mtime == 0
    store.get([name(1)])
    assert (folder / "used").stat().st_mtime > 0
    store.close()


def test_many_segments_do_not_stay_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_staying", Few(2))
    opened: list[str] = []
    really_open = os.open

    def counted(file: Path, *options: int) -> int:
        opened.append(Path(file).stem)
        return really_open(file, *options)

    for number in range(4):
        fill(tmp_path, [number])
    store = open_store(tmp_path)
    monkeypatch.setattr(records.os, "open", counted)
    for _ in range(3):
        assert readable(store, range(4)) == [0, 1, 2, 3]
    assert sorted(map(opened.count, set(opened))) == [1, 1, 3, 3]
    store.close()


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
                store.put(name(number), record(number))
                assert readable(store, range(3)) == list(range(number + 1))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    for store in stores:
        store.close()


def test_systems_that_read_from_one_position_read_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "preadv", raising=False)
    cut(fill(tmp_path, range(30)).with_suffix(".data"), 29 * SIZE + 1)
    store = open_store(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: readable(store, range(30)), range(8)))
    assert found == [list(range(29))] * 8
    store.close()
