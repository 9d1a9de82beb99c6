"""A folder looked through: its layout, its files, what changed since, and what is kept of it."""

import logging
import os
import random
import sqlite3
import threading
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from core.common import files
from core.dataset import scan as dataset_scan
from core.dataset import scan_cache
from core.dataset.folder import Scanned, ScannedFile, list_folder, natural
from core.dataset.scan import Changes, look_through
from core.dataset.scan_cache import Fingerprint, ScanCache
from core.dataset.summary import DatasetSummary, scan
from core.images import load as images
from core.images.errors import ImageError
from core.images.load import Header
from tests.support.pictures import PICTURE, TEXT, class_files, refusal, write

PETS = class_files("cat", "dog")


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    return write(tmp_path / "pets", PETS)


def per_class(summary: DatasetSummary) -> dict[str, int]:
    labels = [sample.label for sample in summary.samples]
    return {name: labels.count(label) for label, name in enumerate(summary.classes)}


def splits_of(summary: DatasetSummary) -> dict[str, int]:
    names = [sample.split for sample in summary.samples]
    return {name: names.count(name) for name in sorted(set(names))}


def found_in(summary: DatasetSummary) -> tuple[int, int, int]:
    return len(summary.samples), summary.ignored, summary.found


# -- layouts ----------------------------------------------------------------------------------


def test_classes_are_sorted_as_people_count(tmp_path: Path) -> None:
    summary = scan(write(tmp_path, class_files("Class 10", "class 9", "Ähre", "apfel", "2")))
    assert summary.classes == ("2", "apfel", "class 9", "Class 10", "Ähre")
    assert sorted(["b", "B", "a"], key=natural) == ["a", "B", "b"]
    assert sorted(["1" + "0" * 5000, "2"], key=natural)[0] == "2"


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        ("train validation test", {"test": 6, "train": 6, "validation": 6}),
        ("Training VAL Test", {"test": 6, "train": 6, "validation": 6}),
        ("TRAIN valid", {"train": 6, "validation": 6}),
        ("train", {"train": 6}),
        ("val test", {"test": 6, "validation": 6}),
    ],
)
def test_split_folders(tmp_path: Path, folders: str, expected: dict[str, int]) -> None:
    names = class_files(*(f"{part}/{name}" for part in folders.split() for name in ("cat", "dog")))
    summary = scan(write(tmp_path, names))
    assert (summary.layout, summary.classes) == ("splits", ("cat", "dog"))
    assert splits_of(summary) == expected


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    summary = scan(write(tmp_path / "two", class_files("train", "bus", "train/steam")))
    assert summary.layout == "classes"
    assert per_class(summary) == {"bus": 3, "train": 6}
    assert look_through(write(tmp_path / "one", ["1.png", "train/x.png"])).layout == "classes"


def test_split_folders_without_class_folders_hold_no_classes(tmp_path: Path) -> None:
    scanned = look_through(write(tmp_path, ["train/1.png", "train/2.png", "val/3.png"]))
    assert all(one.header is not None for one in scanned.files)  # they are opened all the same
    splits = {one.path: one.split for one in scanned.files}
    assert scanned.layout == "flat"
    assert splits == {"train/1.png": "train", "train/2.png": "train", "val/3.png": "validation"}
    error = refusal(scan, tmp_path)
    assert (error.code, error.values["example"]) == ("no_classes_flat", "train/cat")


def test_loose_and_unsorted_images_are_ignored_and_counted(tmp_path: Path) -> None:
    names = class_files("train/cat", "train/dog", "val/cat", "val/dog", "other/inner")
    loose = ["loose.png", "train/loose.png", "test/1.png", "test/2.png"]
    summary = scan(write(tmp_path, [*names, *loose]))
    assert summary.classes == ("cat", "dog")
    assert splits_of(summary) == {"train": 6, "validation": 6}
    assert found_in(summary) == (12, 7, 19)


def test_hidden_and_foreign_files(pets: Path) -> None:
    for hidden in (".ipynb_checkpoints", ".git", "__MACOSX", "cat/.ipynb_checkpoints"):
        write(pets, class_files(hidden))
    foreign = ["README.md", "cat/Thumbs.db", "cat/desktop.ini", "dog/._0.png", "dog/.hidden.jpg"]
    write(pets, dict.fromkeys(foreign, TEXT))
    summary = scan(pets)
    assert (summary.layout, summary.name) == ("classes", "pets")
    assert [sample.path for sample in summary.samples] == PETS
    assert per_class(summary) == {"cat": 3, "dog": 3}
    assert splits_of(summary) == {"train": 6}
    assert (found_in(summary), summary.problems) == ((6, 5, 11), ())


def test_nested_images_belong_to_the_first_level(tmp_path: Path) -> None:
    (tmp_path / "dog" / "empty").mkdir(parents=True)
    names = class_files("cat", "cat/old/older", "cat/new", "dog")
    summary = scan(write(tmp_path, names))
    assert per_class(summary) == {"cat": 9, "dog": 3}
    assert [(one.path, one.code) for one in summary.warnings] == [("cat", "nested_folder")]
    assert "cat" in summary.warnings[0].message


# -- names, links and permissions -------------------------------------------------------------


def link(at: Path, target: Path) -> None:
    try:
        at.symlink_to(target, target_is_directory=target.is_dir())
    except OSError:
        pytest.skip("this system makes no symbolic links")


def test_links_are_followed_once_and_broken_ones_told(tmp_path: Path, pets: Path) -> None:
    store = write(tmp_path / "store", class_files("birds", count=5))
    link(pets / "bird", store / "birds")
    link(pets / "a second way to dog", pets / "dog")
    link(pets / "cat" / "round", pets)
    link(pets / "cat" / "up", tmp_path)
    link(pets / "cat" / "itself", pets / "cat" / "itself")
    link(pets / "cat" / "again.png", pets / "dog" / "0.png")
    link(pets / "cat" / "broken.png", pets / "gone.png")
    summary = scan(pets)
    assert per_class(summary) == {"bird": 5, "cat": 4, "dog": 3}
    assert found_in(summary) == (12, 1, 14)
    problems = [(one.path, one.code) for one in summary.problems]
    assert problems == [("cat/broken.png", "file_missing")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_that_would_block_is_not_opened(pets: Path) -> None:
    os.mkfifo(pets / "cat" / "pipe.jpg")
    assert found_in(scan(pets)) == (6, 1, 7)


def test_one_class_however_its_accents_are_written(tmp_path: Path) -> None:
    odd, composed = "it's\na dog" if os.name == "posix" else "it's a dog", "Lá bàng 🍁"
    decomposed = unicodedata.normalize("NFD", composed)
    names = class_files(f"train/{composed}", f"train/{odd}", f"val/{decomposed}")
    summary = scan(write(tmp_path, [*names, f"train/{decomposed}/ảnh của tôi.png"]))
    assert summary.classes == (odd, composed)
    assert per_class(summary) == {odd: 3, composed: 7}
    for sample in summary.samples:
        assert (summary.folder / sample.path).read_bytes() == PICTURE
        assert unicodedata.is_normalized("NFC", sample.key)


def test_a_name_in_another_encoding(pets: Path) -> None:
    odd = os.fsdecode(b"caf\xe9")
    try:
        write(pets, {**dict.fromkeys(class_files(odd), PICTURE), f"dog/{odd}.jpg": TEXT})
    except OSError:
        pytest.skip("this file system wants UTF-8")
    summary = scan(pets)
    assert len(summary.samples) == 9
    for text in (*summary.classes, *(sample.key for sample in summary.samples)):
        text.encode("utf-8")
    assert all((pets / one.path).exists() for one in (*summary.samples, *summary.problems))


def test_a_folder_that_cannot_be_listed(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(pets, class_files("secret", "cat/locked"))
    listed = os.scandir

    def denying(path: str) -> object:
        if path.endswith(("secret", "locked")):
            raise PermissionError(13, "not for you")
        return listed(path)

    monkeypatch.setattr("os.scandir", denying)
    summary = scan(pets)
    assert per_class(summary) == {"cat": 3, "dog": 3}
    assert {(one.path, one.code.value) for one in summary.warnings} == {
        ("secret", "folder_unreadable"),
        ("cat/locked", "folder_unreadable"),
        ("secret", "empty_class"),
    }
    assert sum("not for you" in one.message for one in summary.warnings) == 2
    monkeypatch.setattr("os.scandir", lambda path: denying("secret"))
    assert refusal(scan, pets).code == "folder_unreadable"


def test_no_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "gone", write(tmp_path, ["file.png"]) / "file.png"):
        assert refusal(scan, path).code == "folder_missing"


def test_a_folder_keeps_its_name(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pets / "cat")
    summary = scan(Path(".."))
    assert summary.name == "pets"
    assert summary.folder.is_absolute()


# -- files ------------------------------------------------------------------------------------


def by_path(folder: Path, **options: object) -> dict[str, ScannedFile]:
    return {one.path: one for one in look_through(folder, **options).files}  # type: ignore[arg-type]


def test_names_and_counts_come_before_any_file_is_opened(pets: Path) -> None:
    write(pets, {"loose.png": b"not even an image", "dog/notes.txt": TEXT})
    heard: list[object] = []
    look_through(
        pets, outline=heard.append, progress=lambda done, total: heard.append((done, total))
    )
    counts = {("cat", None): 3, ("dog", None): 3, (None, None): 1}
    assert heard == [counts, (0, 7), (7, 7)]


def test_each_file_says_what_it_is(pets: Path) -> None:
    found = by_path(write(pets, {"cat/bad.png": TEXT}))
    good, bad = found["cat/0.png"], found["cat/bad.png"]
    assert good.header is not None
    assert (good.header.format, good.header.upright, good.error) == ("PNG", (24, 16), None)
    assert (good.size, good.class_name, good.split) == (len(PICTURE), "cat", None)
    assert good.mtime == (pets / "cat/0.png").stat().st_mtime_ns
    assert (bad.header, bad.error and bad.error.code) == (None, "not_an_image")


def test_images_outside_of_class_folders_wait_until_somebody_asks(pets: Path) -> None:
    loose = by_path(write(pets, ["loose.png", "other.png"]))["loose.png"]
    assert (loose.class_name, loose.header, loose.error) == (None, None, None)
    asked = by_path(pets, also={"loose.png"})
    assert asked["loose.png"].header is not None
    assert asked["other.png"].header is None
    assert by_path(pets, everything=True)["other.png"].header is not None


@pytest.mark.parametrize("verify", [False, True])
def test_it_can_be_called_off_between_files(tmp_path: Path, verify: bool) -> None:
    write(tmp_path, class_files("cat", "dog", count=40))
    stop = threading.Event()
    options = {"stop": stop, "verify": verify, "progress": lambda *_: stop.set()}
    assert refusal(look_through, tmp_path, **options).code == "stopped"
    assert refusal(list_folder, tmp_path, stop).code == "stopped"


# -- a scan after another ---------------------------------------------------------------------


@pytest.fixture
def cache(pets: Path) -> Iterator[ScanCache]:
    with ScanCache.open(pets) as opened:
        yield opened


def test_known_files_stay_shut(
    pets: Path, cache: ScanCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = look_through(write(pets, {"cat/bad.png": TEXT}), cache=cache)
    opened = []
    monkeypatch.setattr(dataset_scan, "check", lambda path, **_: opened.append(path.name))
    again = look_through(pets, cache=cache)
    assert opened == []
    for one, before in zip(again.files, first.files, strict=True):
        assert (one.header, str(one.error)) == (before.header, str(before.error))
    write(pets, {"cat/bad.png": PICTURE, "dog/new.png": PICTURE})
    (pets / "cat/0.png").unlink()
    look_through(pets, cache=cache)
    assert sorted(opened) == ["bad.png", "new.png"]
    assert cache.read_all().keys() == {*PETS, "cat/bad.png"} - {"cat/0.png"}


def test_the_limit_of_megapixels_may_change_between_scans(pets: Path, cache: ScanCache) -> None:
    look_through(pets, cache=cache)
    small = look_through(pets, cache=cache, max_megapixels=24 * 15 / 1e6)
    assert {one.error and one.error.code for one in small.files} == {"image_too_large"}
    assert all(one.header is not None for one in look_through(pets, cache=cache).files)


def test_what_a_scan_saw_before_it_was_called_off_is_kept(pets: Path, cache: ScanCache) -> None:
    write(pets, class_files("cat", count=220))
    stop = threading.Event()
    options = {"stop": stop, "progress": lambda done, _: stop.set() if done else None}
    refusal(look_through, pets, cache=cache, **options)
    assert 0 < len(cache.read_all()) < 223


def test_to_verify_is_to_decode_again(pets: Path, cache: ScanCache) -> None:
    damaged = bytearray(PICTURE)
    damaged[PICTURE.index(b"IDAT") + 5] ^= 0xFF
    write(pets, {"dog/2.png": bytes(damaged)})
    assert look_through(pets, cache=cache).files[-1].header is not None
    assert look_through(pets, cache=cache, verify=True).files[-1].error is not None
    assert look_through(pets, cache=cache).files[-1].error is not None  # it is known now


# -- what changed since -----------------------------------------------------------------------


@pytest.fixture
def scanned(pets: Path) -> Scanned:
    return look_through(pets)


def test_added_removed_and_changed_images_are_told(scanned: Scanned, pets: Path) -> None:
    assert not dataset_scan.since_scan(scanned)
    write(pets, {"cat/new.png": PICTURE, "owl/0.png": PICTURE, "dog/notes.txt": b"a text"})
    (pets / "dog/1.png").unlink()
    (pets / "cat/2.png").write_bytes(PICTURE + b"more")
    assert dataset_scan.since_scan(scanned) == Changes(
        added=("cat/new.png", "owl/0.png"), removed=("dog/1.png",), changed=("cat/2.png",)
    )


def test_a_folder_that_went_away_and_a_look_called_off(scanned: Scanned, pets: Path) -> None:
    stop = threading.Event()
    stop.set()
    assert refusal(dataset_scan.since_scan, scanned, stop).code == "stopped"
    pets.rename(pets.with_name("elsewhere"))
    assert refusal(dataset_scan.since_scan, scanned).code == "folder_missing"


@dataclass
class Used:
    """An image as a run, or a cache, remembers it."""

    path: str
    size: int
    mtime: int
    hash: str = ""


def touch(path: Path) -> None:
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 2_000_000_000))


def test_what_changed_since_a_run(pets: Path) -> None:
    write(pets, {"cat/broken.png": b"no image", "loose.png": PICTURE})
    used = [
        Used(one.path, one.size, one.mtime, images.content_hash((pets / one.path).read_bytes()))
        for one in look_through(pets).files
        if one.class_name is not None
    ]
    used[[one.path for one in used].index("cat/broken.png")].hash = ""  # it was left out
    assert not dataset_scan.since_run(pets, used)
    touch(pets / "cat/0.png")  # copied anew, with the same content
    assert not dataset_scan.since_run(pets, used)
    swapped = bytearray(PICTURE)
    swapped[-20] ^= 0xFF
    (pets / "cat/2.png").write_bytes(bytes(swapped))
    touch(pets / "cat/2.png")
    (pets / "dog/1.png").unlink()
    write(pets, ["dog/new.png"])
    assert dataset_scan.since_run(pets, used) == Changes(
        added=("dog/new.png",), removed=("dog/1.png",), changed=("cat/2.png",)
    )


# -- what is kept of a folder -----------------------------------------------------------------

PHOTO = Header("JPEG", 4000, 3000, "RGB", turned=True, taken=1715947200.25)
ICON = Header("PNG", 16, 16, "P")
# As a scan finds them: also names that are no Unicode, and the longest that a system allows.
NAMES = ["a.jpg", 'lá bàng 🍁/it\'s "b"\n.png', "x" * 251 + ".gif", "caf\udce9.jpg", "ﬁ.jpg"]


def entry(
    size: int, mtime: int, header: Header | None = None, error: ImageError | None = None
) -> ScannedFile:
    return ScannedFile("", None, None, size, mtime, header, error)


Entries = dict[str, ScannedFile]
ENTRIES = {
    NAMES[0]: entry(10, 1_700_000_000_123_456_789, PHOTO),
    NAMES[1]: entry(11, -5, ICON),
    NAMES[2]: entry(0, 0, None, ImageError("empty_file")),
    NAMES[3]: entry(12, 7, None, ImageError("unreadable_image", reason="bad 'pixels'")),
    NAMES[4]: entry(2**62, 2**62, Header("TIFF", 50_000, 1, "I;16")),
}


def named(entries: Entries) -> list[ScannedFile]:
    return [replace(one, path=path) for path, one in entries.items()]


def plain(one: ScannedFile) -> tuple[object, ...]:
    error = one.error and (one.error.code, str(one.error))
    return one.path, one.size, one.mtime, one.header, error


def assert_kept(folder: Path, entries: Entries) -> None:
    with ScanCache.open(folder) as cache:
        kept = cache.read_all()
    assert {path: plain(one) for path, one in kept.items()} == {
        one.path: plain(one) for one in named(entries)
    }


def keep(folder: Path, entries: Entries = ENTRIES) -> None:
    with ScanCache.open(folder) as cache:
        cache.write(named(entries))


def databases() -> list[Path]:
    return sorted((files.cache_folder() / "scans").glob("*.sqlite"))


def test_what_was_found_out_is_there_the_next_time(tmp_path: Path) -> None:
    assert_kept(tmp_path, {})
    keep(tmp_path)
    assert_kept(tmp_path, ENTRIES)
    assert_kept(tmp_path / ".." / tmp_path.name, ENTRIES)
    assert_kept(tmp_path / "another", {})
    changed = entry(99, 100, ICON)
    with ScanCache.open(tmp_path) as cache:
        new = named({NAMES[0]: changed, "new.jpg": entry(1, 1, PHOTO)})
        cache.write(new, gone=[NAMES[3], "never"])
    rest = {path: entry for path, entry in ENTRIES.items() if path != NAMES[3]}
    assert_kept(tmp_path, {**rest, NAMES[0]: changed, "new.jpg": entry(1, 1, PHOTO)})
    keep(tmp_path / "another")
    assert_kept(tmp_path / "another", ENTRIES)


def test_only_what_lies_in_the_file_itself_is_kept(tmp_path: Path) -> None:
    passing = {
        "secret.jpg": entry(1, 1, None, ImageError("permission_denied")),
        "large.png": entry(1, 1, None, ImageError("image_too_large", megapixels=9, limit=1)),
        "unstable.png": entry(1, 1, None, ImageError("file_unreadable", reason="Input/output")),
        "gone.png": entry(-1, -1, None, ImageError("file_missing")),
        "unasked.png": entry(1, 1),
        "year 2300.png": entry(1, 2**64, PHOTO),
    }
    keep(tmp_path, {**passing, "a.jpg": entry(1, 1, PHOTO)})
    assert_kept(tmp_path, {"a.jpg": entry(1, 1, PHOTO)})


def test_another_decoder_starts_afresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(tmp_path)
    monkeypatch.setattr(scan_cache, "_version", scan_cache._version.__wrapped__)  # asked again
    monkeypatch.setattr(scan_cache, "DECODER_VERSION", images.DECODER_VERSION + 1)
    assert_kept(tmp_path, {})
    keep(tmp_path)
    assert_kept(tmp_path, ENTRIES)
    assert len(databases()) == 1


def test_a_fingerprint_belongs_to_the_file_as_it_was(tmp_path: Path) -> None:
    known = [Used(path, one.size, one.mtime) for path, one in ENTRIES.items()]
    found = {
        path: Fingerprint(f"{number:032x}", bytes([number] * 600), number == 1)
        for number, path in enumerate(NAMES[:4])
    }
    with ScanCache.open(tmp_path) as cache:
        assert cache.fingerprints(known, 1) == {}
        cache.write_fingerprints(known, found, 1)
    with ScanCache.open(tmp_path) as cache:
        assert cache.fingerprints(known, 1) == found
        assert cache.fingerprints(known[:2], 1) == {path: found[path] for path in NAMES[:2]}
        changed = [Used(one.path, one.size, one.mtime + 1) for one in known]
        assert cache.fingerprints(changed, 1) == {}
        cache.write([], gone=NAMES[:1])
        assert cache.fingerprints(known, 1).keys() == set(NAMES[1:4])
        assert cache.fingerprints(known, 2) == {}
        cache.write_fingerprints(known[:1], found, 2)
        assert cache.fingerprints(known, 1) == {}
        assert cache.fingerprints(known, 2).keys() == {NAMES[0]}


def damaged(whole: bytes) -> Iterator[bytes]:
    yield from (b"", b"no database\n", b"SQLite format 3\0", bytes(len(whole)))
    yield from (whole[: len(whole) * eighth // 8] for eighth in range(1, 8))
    generator = random.Random(0)
    for _ in range(16):
        data = bytearray(whole)
        for _ in range(generator.randint(1, 30)):
            data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
        yield bytes(data)


def test_a_damaged_file_costs_what_it_held_and_no_more(tmp_path: Path) -> None:
    keep(tmp_path)
    (file,) = databases()
    known = [Used("a.jpg", 1, 1)]
    for data in damaged(file.read_bytes()):
        file.write_bytes(data)
        with ScanCache.open(tmp_path) as cache:
            for path, one in cache.read_all().items():
                assert isinstance(path, str)
                assert str(one.error) if one.header is None else one.header.upright
            cache.write(named(ENTRIES), gone=["x"])
            cache.write_fingerprints(known, {"a.jpg": Fingerprint("0", b"1", False)}, 1)
            cache.fingerprints(known, 1)
        file.unlink(missing_ok=True)
        keep(tmp_path)
        assert_kept(tmp_path, ENTRIES)


@pytest.mark.parametrize("change", ["width = 0", "height = 'x'", "taken = 'noon'", "path = 7"])
def test_a_row_that_makes_no_sense_is_damage(tmp_path: Path, change: str) -> None:
    keep(tmp_path)
    (file,) = databases()
    with sqlite3.connect(file) as connection:
        connection.execute(f"UPDATE files SET {change} WHERE format = 'JPEG'")
    connection.close()
    assert_kept(tmp_path, {})
    assert not databases()


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


def test_without_a_place_nothing_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    place = files.cache_folder() / "scans"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"a file where the folder should be")
    with caplog.at_level(logging.INFO):
        keep(tmp_path)
    assert_kept(tmp_path, {})
    assert str(place) in caplog.text


def test_a_locked_file_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_cache, "_WAIT_SECONDS", 0.01)
    keep(tmp_path)
    (file,) = databases()
    with ScanCache.open(tmp_path) as early:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with ScanCache.open(tmp_path) as late:
            for cache in (early, late):
                assert cache.read_all() == {}
                cache.write(named({"b.jpg": entry(1, 1, ICON)}))
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
    many = named({f"{number}.jpg": entry(1, 1, PHOTO) for number in range(2000)})
    with caplog.at_level(logging.INFO), ScanCache.open(tmp_path) as cache:
        cache.write(many, gone=NAMES)
    assert "full" in caplog.text
    assert_kept(tmp_path, ENTRIES)


def test_several_processes_and_threads_may_use_it_at_once(tmp_path: Path) -> None:
    def work(number: int) -> None:
        with ScanCache.open(tmp_path) as own:
            for step in range(5):
                own.write(named({f"{number} {step}.jpg": entry(number, step, ICON)}))
                own.read_all()
                shared.write(named({f"shared {number} {step}.jpg": entry(number, step, ICON)}))

    with ScanCache.open(tmp_path) as shared, ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
        assert len(shared.read_all()) == 40
    assert shared.read_all() == {}
    shared.write(named(ENTRIES))  # too late, and harmless


def test_folders_not_opened_for_long_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_cache, "MOST_FOLDERS", 3)
    for number in range(5):
        keep(tmp_path / str(number))
        for place, file in enumerate(sorted(databases(), key=lambda one: one.stat().st_mtime_ns)):
            os.utime(file, ns=(0, 10**9 * (place + 1)))  # in the same order, all of them long ago
        assert_kept(tmp_path / "0", ENTRIES)  # the first is opened again and again
        newest = max(databases(), key=lambda one: one.stat().st_mtime_ns)
        os.utime(newest, ns=(0, 10**9 * 10))
    assert len(databases()) == 3
    for number in (4, 0):
        assert_kept(tmp_path / str(number), ENTRIES)
    assert_kept(tmp_path / "1", {})
    monkeypatch.setattr(scan_cache, "MOST_BYTES", 1)
    keep(tmp_path / "last")
    assert len(databases()) == 1
    assert_kept(tmp_path / "last", ENTRIES)
