import errno
import logging
import os
import random
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.common import files
from core.dataset import scan_cache
from core.dataset.scan_cache import Entry, ScanCache, forget
from core.images import load as images
from core.images.errors import ImageError
from core.images.load import Header

PHOTO = Header("JPEG", 4000, 3000, "RGB", turned=True, taken=1715947200.25)
ICON = Header("PNG", 16, 16, "P")
# As a scan finds them: also names that are no Unicode, and the longest that a system allows.
NAMES = ["a.jpg", 'lá bàng 🍁/it\'s "b"\n.png', "x" * 251 + ".gif", "caf\udce9.jpg", "ﬁ.jpg"]
ENTRIES = {
    NAMES[0]: Entry(10, 1_700_000_000_123_456_789, PHOTO, verified=True),
    NAMES[1]: Entry(11, -5, ICON),
    NAMES[2]: Entry(0, 0, None, ImageError("empty_file")),
    NAMES[3]: Entry(12, 7, None, ImageError("unreadable_image", reason="bad 'pixels'")),
    NAMES[4]: Entry(2**62, 2**62, Header("TIFF", 50_000, 1, "I;16")),
}


@dataclass
class File:
    path: str
    size: int
    mtime: int


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_cache, "_WAIT_SECONDS", 0.01)


def same(one: Entry, other: Entry) -> bool:
    return (
        (one.size, one.mtime, one.header, one.verified)
        == (other.size, other.mtime, other.header, other.verified)
        and str(one.error) == str(other.error)
        and getattr(one.error, "code", None) == getattr(other.error, "code", None)
    )


def assert_kept(folder: Path, entries: dict[str, Entry]) -> None:
    with ScanCache.open(folder) as cache:
        kept = cache.read_all()
    assert kept.keys() == entries.keys()
    assert all(same(kept[path], entry) for path, entry in entries.items())


def keep(folder: Path, entries: dict[str, Entry] = ENTRIES) -> None:
    with ScanCache.open(folder) as cache:
        cache.write(entries)


def databases() -> list[Path]:
    return sorted((files.cache_folder() / "scans").glob("*.sqlite"))


def test_what_was_found_out_is_there_the_next_time(tmp_path: Path) -> None:
    assert_kept(tmp_path, {})
    keep(tmp_path)
    assert_kept(tmp_path, ENTRIES)
    assert_kept(tmp_path / ".." / tmp_path.name, ENTRIES)
    assert_kept(tmp_path / "another", {})


def test_what_changed_replaces_what_was_and_what_is_gone_goes(tmp_path: Path) -> None:
    keep(tmp_path)
    changed = Entry(99, 100, ICON, verified=True)
    with ScanCache.open(tmp_path) as cache:
        cache.write({NAMES[0]: changed, "new.jpg": Entry(1, 1, PHOTO)}, gone=[NAMES[3], "never"])
    rest = {path: entry for path, entry in ENTRIES.items() if path != NAMES[3]}
    assert_kept(tmp_path, {**rest, NAMES[0]: changed, "new.jpg": Entry(1, 1, PHOTO)})


def test_only_what_lies_in_the_file_itself_is_kept(tmp_path: Path) -> None:
    passing = {
        "secret.jpg": Entry(1, 1, None, ImageError("permission_denied")),
        "large.png": Entry(1, 1, None, ImageError("image_too_large", megapixels=9, limit=1)),
        "unstable.png": Entry(1, 1, None, ImageError("file_unreadable", reason="Input/output")),
        "gone.png": Entry(-1, -1, None, ImageError("file_missing")),
        "unasked.png": Entry(1, 1),
        "year 2300.png": Entry(1, 2**64, PHOTO),
    }
    keep(tmp_path, {**passing, "a.jpg": Entry(1, 1, PHOTO)})
    assert_kept(tmp_path, {"a.jpg": Entry(1, 1, PHOTO)})


def test_another_decoder_starts_afresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(tmp_path)
    monkeypatch.setattr(scan_cache, "DECODER_VERSION", images.DECODER_VERSION + 1)
    scan_cache._version.cache_clear()
    try:
        assert_kept(tmp_path, {})
        keep(tmp_path)
        assert_kept(tmp_path, ENTRIES)
        assert len(databases()) == 1
    finally:
        scan_cache._version.cache_clear()


def test_a_fingerprint_belongs_to_the_file_as_it_was(tmp_path: Path) -> None:
    known = [File(path, entry.size, entry.mtime) for path, entry in ENTRIES.items()]
    found = {path: (f"{number:032x}", bytes([number] * 600), number == 1)
             for number, path in enumerate(NAMES[:4])}  # fmt: skip
    with ScanCache.open(tmp_path) as cache:
        assert cache.fingerprints(known, 1) == {}
        cache.write_fingerprints(known, found, 1)
    with ScanCache.open(tmp_path) as cache:
        assert cache.fingerprints(known, 1) == found
        assert cache.fingerprints(known[:2], 1) == {path: found[path] for path in NAMES[:2]}
        changed = [File(one.path, one.size, one.mtime + 1) for one in known]
        assert cache.fingerprints(changed, 1) == {}
        cache.write({}, gone=NAMES[:1])
        assert cache.fingerprints(known, 1).keys() == set(NAMES[1:4])
        assert cache.fingerprints(known, 2) == {}
        cache.write_fingerprints(known[:1], found, 2)
        assert cache.fingerprints(known, 1) == {}
        assert cache.fingerprints(known, 2).keys() == {NAMES[0]}


def damaged(whole: bytes) -> Iterator[bytes]:
    yield from (b"", b"no database\n", b"SQLite format 3\0", bytes(len(whole)))
    yield from (whole[: len(whole) * eighth // 8] for eighth in range(1, 8))
    generator = random.Random(0)
    for _ in range(40):
        data = bytearray(whole)
        for _ in range(generator.randint(1, 30)):
            data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
        yield bytes(data)


def test_a_damaged_file_costs_what_it_held_and_no_more(tmp_path: Path) -> None:
    keep(tmp_path)
    (file,) = databases()
    known = [File("a.jpg", 1, 1)]
    for data in damaged(file.read_bytes()):
        file.write_bytes(data)
        with ScanCache.open(tmp_path) as cache:
            for path, entry in cache.read_all().items():
                assert isinstance(path, str)
                assert str(entry.error) if entry.header is None else entry.header.upright
            cache.write(ENTRIES, gone=["x"])
            cache.write_fingerprints(known, {"a.jpg": ("0", b"1", False)}, 1)
            cache.fingerprints(known, 1)
        file.unlink(missing_ok=True)
        keep(tmp_path)
        assert_kept(tmp_path, ENTRIES)


def test_the_database_of_another_program_or_folder_gives_way(tmp_path: Path) -> None:
    keep(tmp_path / "other")
    (others,) = databases()
    keep(tmp_path)
    (file,) = set(databases()) - {others}
    file.write_bytes(others.read_bytes())
    assert_kept(tmp_path, {})
    file.unlink()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE files (name TEXT)")
    connection.close()
    assert_kept(tmp_path, {})
    keep(tmp_path)
    assert_kept(tmp_path, ENTRIES)


def test_without_a_place_to_keep_it_there_is_nothing_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files.cache_folder().parent.mkdir(parents=True, exist_ok=True)
    files.cache_folder().write_bytes(b"a file where the folder should be")
    with caplog.at_level(logging.INFO):
        keep(tmp_path)
    assert_kept(tmp_path, {})
    assert "File exists" in caplog.text or "Not a directory" in caplog.text
    forget(tmp_path)


def test_a_folder_in_the_place_of_the_file_is_left_alone(tmp_path: Path) -> None:
    keep(tmp_path)
    (file,) = databases()
    file.unlink()
    (file / "precious").mkdir(parents=True)
    keep(tmp_path)
    assert_kept(tmp_path, {})
    assert (file / "precious").is_dir()


@pytest.mark.usefixtures("impatient")
def test_a_locked_file_is_waited_for_a_little_and_then_done_without(tmp_path: Path) -> None:
    keep(tmp_path)
    (file,) = databases()
    with ScanCache.open(tmp_path) as early:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with ScanCache.open(tmp_path) as late:
            for cache in (early, late):
                assert cache.read_all() == {}
                cache.write({"b.jpg": Entry(1, 1, ICON)})
        other.close()
        assert early.read_all().keys() == ENTRIES.keys()
    assert_kept(tmp_path, ENTRIES)


def test_a_full_disk_leaves_what_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keep(tmp_path)
    connected = scan_cache._connected

    def small(file: Path) -> sqlite3.Connection:
        connection = connected(file)
        connection.execute("PRAGMA max_page_count = 1")  # no more than it has
        return connection

    monkeypatch.setattr(scan_cache, "_connected", small)
    many = {f"{number}.jpg": Entry(1, 1, PHOTO) for number in range(2000)}
    with caplog.at_level(logging.INFO), ScanCache.open(tmp_path) as cache:
        cache.write(many, gone=NAMES)
    assert "full" in caplog.text
    assert_kept(tmp_path, ENTRIES)


def test_several_may_use_it_at_once(tmp_path: Path) -> None:
    def work(number: int) -> int:
        with ScanCache.open(tmp_path) as cache:
            for step in range(5):
                cache.write({f"{number} {step}.jpg": Entry(number, step, ICON)})
                cache.read_all()
        return number

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [0, 1, 2, 3]
    with ScanCache.open(tmp_path) as cache:
        assert len(cache.read_all()) == 20


def test_one_cache_may_be_used_by_several_threads(tmp_path: Path) -> None:
    with ScanCache.open(tmp_path) as cache, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: cache.write({f"{n}.jpg": Entry(n, n, ICON)}), range(20)))
        assert len(cache.read_all()) == 20
    assert cache.read_all() == {}
    cache.write(ENTRIES)  # too late, and harmless


def test_folders_that_were_not_opened_for_long_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_cache, "MOST_FOLDERS", 3)
    for number in range(5):
        keep(tmp_path / str(number))
        for place, file in enumerate(sorted(databases(), key=lambda one: one.stat().st_mtime_ns)):
            os.utime(file, ns=(0, 10**9 * (place + 1)))  # in the same order, all of them long ago
        assert_kept(tmp_path / "0", ENTRIES)  # the first is opened again and again
        newest = max(databases(), key=lambda one: one.stat().st_mtime_ns)
        os.utime(newest, ns=(0, 10**9 * 10))
    assert len(databases()) == 3
    assert_kept(tmp_path / "4", ENTRIES)
    assert_kept(tmp_path / "0", ENTRIES)
    assert_kept(tmp_path / "1", {})


def test_all_together_they_take_no_more_than_their_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_cache, "MOST_BYTES", 1)
    keep(tmp_path / "a")
    keep(tmp_path / "b")
    assert len(databases()) == 1
    assert_kept(tmp_path / "b", ENTRIES)


def test_forgetting_a_folder_removes_its_file(tmp_path: Path) -> None:
    keep(tmp_path)
    keep(tmp_path / "other")
    forget(tmp_path)
    forget(tmp_path)
    assert len(databases()) == 1
    assert_kept(tmp_path / "other", ENTRIES)
    assert_kept(tmp_path, {})


def test_a_write_that_was_cut_off_leaves_the_last_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path)

    def half(path: str, entry: Entry) -> tuple[object, ...]:
        if path == "b.jpg":
            raise OSError(errno.EIO, "Input/output error")
        return row(path, entry)

    row = scan_cache._row
    with monkeypatch.context() as patched, ScanCache.open(tmp_path) as cache:
        patched.setattr(scan_cache, "_row", half)
        cache.write({"a.jpg": Entry(5, 5, ICON), "b.jpg": Entry(5, 5, ICON)}, gone=NAMES)
    assert_kept(tmp_path, ENTRIES)
