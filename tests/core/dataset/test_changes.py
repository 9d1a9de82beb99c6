"""A folder that changed since it was scanned, or since a run, says what changed."""

import os
import threading
from pathlib import Path

import pytest

from core.common.messages import InputError, ThawError
from core.dataset import scan as dataset_scan
from core.dataset.scan import Changes, Scanned, look_through
from core.dataset.summary import scan
from core.runs.run import Run
from tests.support.pictures import PictureFolder
from tests.support.training import small_recipe
from tests.support.trees import PICTURE, class_files, write


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    return write(tmp_path / "pets", class_files("cat", "dog"))


@pytest.fixture
def scanned(pets: Path) -> Scanned:
    return look_through(pets)


def touch(path: Path) -> None:
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 2_000_000_000))


def test_nothing_changed(scanned: Scanned) -> None:
    assert not dataset_scan.since_scan(scanned)


def test_added_removed_and_changed_pictures_are_told(scanned: Scanned, pets: Path) -> None:
    write(pets, {"cat/new.png": PICTURE, "owl/0.png": PICTURE, "dog/notes.txt": b"a text"})
    (pets / "dog/1.png").unlink()
    (pets / "cat/2.png").write_bytes(PICTURE + b"more")
    assert dataset_scan.since_scan(scanned) == Changes(
        added=("cat/new.png", "owl/0.png"), removed=("dog/1.png",), changed=("cat/2.png",)
    )


def test_a_folder_that_went_away_is_told(scanned: Scanned, pets: Path) -> None:
    pets.rename(pets.with_name("elsewhere"))
    with pytest.raises(InputError) as caught:
        dataset_scan.since_scan(scanned)
    assert caught.value.code == "folder_missing"


def test_looking_can_be_called_off(scanned: Scanned) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(ThawError) as caught:
        dataset_scan.since_scan(scanned, stop)
    assert caught.value.code == "stopped"


def test_what_changed_since_a_run(picture_folder: PictureFolder, tmp_path: Path) -> None:
    folder = picture_folder(classes=2, per_class=4)
    write(folder, {"red/broken.png": b"no picture", "loose.png": PICTURE})
    run = Run.create(tmp_path / "run", small_recipe(), scan(folder))
    assert not dataset_scan.since_run(folder, run.pictures)
    touch(folder / "red/000.png")  # copied anew, with the same content
    assert not dataset_scan.since_run(folder, run.pictures)
    first = folder / "red/002.png"
    swapped = bytearray(first.read_bytes())
    swapped[-20] ^= 0xFF
    first.write_bytes(bytes(swapped))
    touch(first)
    (folder / "green/001.jpg").unlink()
    write(folder, ["green/new.png"])
    assert dataset_scan.since_run(folder, run.pictures) == Changes(
        added=("green/new.png",), removed=("green/001.jpg",), changed=("red/002.png",)
    )
