"""A folder looked through: names at once, then headers; nothing opened that need not be."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.common.messages import ThawError
from core.dataset import scan as dataset_scan
from core.dataset.scan import Outline, ScannedFile, look_through
from core.dataset.scan_cache import ScanCache
from tests.support.trees import PICTURE, TEXT, class_files, write


def by_path(folder: Path, **options: object) -> dict[str, ScannedFile]:
    return {one.path: one for one in look_through(folder, **options).files}  # type: ignore[arg-type]


def test_names_and_counts_come_before_any_file_is_opened(tmp_path: Path) -> None:
    files = dict.fromkeys(class_files("cat", "dog"), b"not even a picture")
    write(tmp_path, {**files, "loose.png": PICTURE, "dog/notes.txt": TEXT})
    heard: list[object] = []
    look_through(
        tmp_path, outline=heard.append, progress=lambda done, total: heard.append((done, total))
    )
    first = heard[0]
    assert isinstance(first, Outline)
    assert first.counts == {("cat", None): 3, ("dog", None): 3, (None, None): 1}
    assert (first.layout, first.found, first.ignored) == ("classes", 8, 1)
    assert heard[1:] == [(0, 7), (7, 7)]


def test_each_file_says_what_it_is(tmp_path: Path) -> None:
    write(tmp_path, {**dict.fromkeys(class_files("cat", "dog"), PICTURE), "cat/bad.png": TEXT})
    files = by_path(tmp_path)
    good, bad = files["cat/0.png"], files["cat/bad.png"]
    assert good.header is not None
    assert (good.header.format, good.header.upright, good.error) == ("PNG", (24, 16), None)
    assert (good.size, good.class_name, good.split) == (len(PICTURE), "cat", None)
    assert good.mtime == (tmp_path / "cat/0.png").stat().st_mtime_ns
    assert (bad.header, bad.error and bad.error.code) == (None, "not_an_image")


def test_pictures_outside_of_class_folders_wait_until_somebody_asks(tmp_path: Path) -> None:
    write(tmp_path, [*class_files("cat", "dog"), "loose.png", "other.png"])
    loose = by_path(tmp_path)["loose.png"]
    assert (loose.class_name, loose.header, loose.error) == (None, None, None)
    asked = by_path(tmp_path, also={"loose.png"})
    assert asked["loose.png"].header is not None
    assert asked["other.png"].header is None
    assert by_path(tmp_path, everything=True)["other.png"].header is not None


def test_in_a_flat_folder_every_picture_is_opened(tmp_path: Path) -> None:
    scanned = look_through(write(tmp_path, ["cat_1.png", "dog_1.png", "train/x.png"]))
    assert scanned.layout == "classes"  # one class folder, train, beside loose pictures
    flat = look_through(write(tmp_path / "flat", ["cat_1.png", "dog_1.png"]))
    assert flat.layout == "flat"
    assert all(one.header is not None for one in flat.files)


def test_split_folders_without_classes_keep_their_splits(tmp_path: Path) -> None:
    scanned = look_through(write(tmp_path, ["train/a.png", "train/b.png", "val/c.png"]))
    assert scanned.layout == "flat"
    assert {one.path: one.split for one in scanned.files} == {
        "train/a.png": "train",
        "train/b.png": "train",
        "val/c.png": "validation",
    }


@pytest.mark.parametrize("verify", [False, True])
def test_it_can_be_called_off_between_files(tmp_path: Path, verify: bool) -> None:
    write(tmp_path, class_files("cat", "dog", count=80))
    stop = threading.Event()
    with pytest.raises(ThawError) as caught:
        look_through(tmp_path, stop=stop, verify=verify, progress=lambda *_: stop.set())
    assert caught.value.code == "stopped"


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ScanCache]:
    with ScanCache.open(tmp_path) as opened:
        yield opened


def test_a_known_file_is_not_opened_again(
    tmp_path: Path, cache: ScanCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {**dict.fromkeys(class_files("cat", "dog"), PICTURE), "cat/bad.png": TEXT})
    first = look_through(tmp_path, cache=cache)
    opened = []
    monkeypatch.setattr(dataset_scan, "check", lambda path, **_: opened.append(path.name))
    again = look_through(tmp_path, cache=cache)
    assert opened == []
    assert [one.header for one in again.files] == [one.header for one in first.files]
    assert [str(one.error) for one in again.files] == [str(one.error) for one in first.files]
    write(tmp_path, {"cat/bad.png": PICTURE, "dog/new.png": PICTURE})
    look_through(tmp_path, cache=cache)
    assert sorted(opened) == ["bad.png", "new.png"]


def test_a_file_that_went_is_forgotten(tmp_path: Path, cache: ScanCache) -> None:
    write(tmp_path, class_files("cat", "dog"))
    look_through(tmp_path, cache=cache)
    (tmp_path / "cat/0.png").unlink()
    look_through(tmp_path, cache=cache)
    assert sorted(cache.read_all()) == sorted(set(class_files("cat", "dog")) - {"cat/0.png"})


def test_the_limit_of_megapixels_may_change_between_scans(tmp_path: Path, cache: ScanCache) -> None:
    write(tmp_path, class_files("cat", "dog"))
    look_through(tmp_path, cache=cache)
    small = look_through(tmp_path, cache=cache, max_megapixels=24 * 15 / 1e6)
    assert {one.error and one.error.code for one in small.files} == {"image_too_large"}
    assert all(one.header is not None for one in look_through(tmp_path, cache=cache).files)


def test_what_a_scan_saw_before_it_was_called_off_is_kept(tmp_path: Path, cache: ScanCache) -> None:
    write(tmp_path, class_files("cat", "dog", count=300))
    stop = threading.Event()
    with pytest.raises(ThawError):
        look_through(
            tmp_path,
            cache=cache,
            stop=stop,
            progress=lambda done, _: stop.set() if done else None,
        )
    assert 0 < len(cache.read_all()) < 600


def test_to_verify_is_to_decode_again(tmp_path: Path, cache: ScanCache) -> None:
    damaged = bytearray(PICTURE)
    damaged[PICTURE.index(b"IDAT") + 5] ^= 0xFF
    write(tmp_path, {**dict.fromkeys(class_files("cat"), PICTURE), "dog/0.png": bytes(damaged)})
    assert look_through(tmp_path, cache=cache).files[-1].header is not None
    assert look_through(tmp_path, cache=cache, verify=True).files[-1].error is not None
    assert look_through(tmp_path, cache=cache).files[-1].error is not None  # it is known now
