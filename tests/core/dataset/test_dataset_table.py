"""What a person decided about a folder is kept beside it, never in it."""

import os
import unicodedata
from pathlib import Path

import pytest

from core.common import files
from core.dataset import edits as dataset_edits
from core.dataset.edits import Edits, Reason
from core.dataset.scan import Scanned, look_through
from core.dataset.summary import DatasetSummary, summarize
from tests.support.trees import PICTURE, class_files, write


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "data"
    monkeypatch.setattr(files, "data_folder", lambda: place)
    return place


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    return write(tmp_path / "Pets", class_files("cat", "dog", "owl"))


def again(folder: Path) -> tuple[Scanned, Edits]:
    """The folder as the next start finds it."""
    scanned = look_through(folder)
    return scanned, dataset_edits.edits_of(scanned, dataset_edits.read(folder))


def classes(summary: DatasetSummary) -> dict[str, str]:
    return {one.path: summary.classes[one.label] for one in summary.samples}


def test_decisions_come_back_and_the_folder_stays_as_it_was(pets: Path) -> None:
    before = sorted(os.walk(pets))
    edits = (
        Edits()
        .excluding(["cat/0.png"], Reason.LEAK)
        .labelling(["dog/1.png"], 'Hündin, "groß"\n')
        .assigning(["owl/2.png"], "test")
        .accepting(["owl/0.png", "owl/1.png"])
    )
    dataset_edits.save(look_through(pets), edits)
    _, kept = again(pets)
    assert kept == edits
    assert sorted(os.walk(pets)) == before


def test_every_picture_stands_in_the_table(pets: Path) -> None:
    write(pets, {"cat/empty.png": b"", "loose.png": PICTURE})
    scanned = look_through(pets)
    text = dataset_edits.write(scanned, Edits().excluding(["dog/0.png"])).decode()
    assert text.splitlines()[:2] == ["path,label,split,status,reason", "cat/0.png,cat,,used,"]
    assert "cat/empty.png,cat,,problem,empty_file" in text
    assert "dog/0.png,dog,,excluded,by_hand" in text
    assert "loose.png,,,ignored," in text
    assert len(text.splitlines()) == 12


def test_without_decisions_nothing_is_kept(pets: Path, data_folder: Path) -> None:
    scanned = look_through(pets)
    edits = Edits().excluding(["cat/0.png"])
    dataset_edits.save(scanned, edits)
    assert dataset_edits.kept_file(pets).is_file()
    dataset_edits.save(scanned, edits.including(["cat/0.png"]))
    assert not list(data_folder.rglob("*.csv"))
    assert again(pets)[1].is_empty


def test_a_picture_that_is_away_for_a_while_stays_excluded(pets: Path) -> None:
    edits = Edits().excluding(["cat/0.png"]).labelling(["dog/0.png"], "cat")
    (pets / "cat/0.png").unlink()
    (pets / "dog/0.png").unlink()
    dataset_edits.save(look_through(pets), edits)
    write(pets, ["cat/0.png", "dog/0.png"])
    assert again(pets)[1] == edits


def test_a_removed_picture_that_nothing_was_decided_about_is_forgotten(pets: Path) -> None:
    edits = Edits().excluding(["cat/0.png"])
    dataset_edits.save(look_through(pets), edits)
    (pets / "owl/0.png").unlink()
    scanned, kept = again(pets)
    assert kept == edits
    assert b"owl/0.png" not in dataset_edits.write(scanned, kept)


def test_a_new_picture_follows_its_renamed_class(pets: Path) -> None:
    owls = [f"owl/{number}.png" for number in range(3)]
    dataset_edits.save(look_through(pets), Edits().labelling(owls, "Eule"))
    write(pets, ["owl/new.png", "cat/new.png"])
    scanned, kept = again(pets)
    assert summarize(scanned, kept).classes == ("cat", "dog", "Eule")
    assert classes(summarize(scanned, kept))["owl/new.png"] == "Eule"
    assert classes(summarize(scanned, kept))["cat/new.png"] == "cat"


def test_a_table_that_leaves_pictures_out_comes_back(pets: Path) -> None:
    labels = {"cat/0.png": "cat", "dog/0.png": "pet", "owl/0.png": "bird"}
    edits = Edits(labels=labels, only_listed=True)
    dataset_edits.save(look_through(pets), edits)
    scanned, kept = again(pets)
    assert kept == edits
    summary = summarize(scanned, kept)
    assert (len(summary.samples), summary.ignored) == (3, 6)


def test_splits_of_the_folder_are_no_decisions(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "parted",
        [
            f"{part}/{name}/{number}.png"
            for part in ("train", "val")
            for name in ("cat", "dog")
            for number in range(3)
        ],
    )
    edits = Edits().assigning(["val/cat/0.png"], "train")
    dataset_edits.save(look_through(folder), edits)
    scanned, kept = again(folder)
    assert kept == edits
    moved = next(one for one in summarize(scanned, kept).samples if one.path == "val/cat/0.png")
    assert (moved.split, moved.pinned) == ("train", True)


def test_a_name_unpacked_on_a_mac_is_recognised(tmp_path: Path) -> None:
    composed = unicodedata.normalize("NFC", "Lá bàng/ảnh.png")
    names = [composed, *class_files("cat")]
    scanned = look_through(write(tmp_path / "one", names))
    text = dataset_edits.write(scanned, Edits().excluding([composed]))
    other = write(tmp_path / "two", [unicodedata.normalize("NFD", composed), *class_files("cat")])
    place = dataset_edits.kept_file(other)
    place.parent.mkdir(parents=True)
    place.write_bytes(text)
    there, kept = again(other)
    excluded = [unicodedata.normalize("NFC", one) for one in kept.excluded]
    assert excluded == [composed]
    assert kept.excluded.keys() <= {file.path for file in there.files}


@pytest.mark.parametrize("content", [b"", b"path,label\n", b'path,label,split,status,reason\n"x'])
def test_a_damaged_table_is_moved_aside(pets: Path, content: bytes) -> None:
    place = dataset_edits.kept_file(pets)
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    assert dataset_edits.read(pets) == ()
    assert place.with_suffix(".damaged").read_bytes() == content


def test_two_folders_of_one_name_have_tables_of_their_own(tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "Bilder 1", tmp_path / "b" / "Bilder 1"
    assert dataset_edits.kept_file(first) != dataset_edits.kept_file(second)
    assert "Bilder-1" in str(dataset_edits.kept_file(first))


def test_two_names_that_differ_in_unicode_alone_stay_two_pictures(tmp_path: Path) -> None:
    names = [unicodedata.normalize(form, "a/\u00e9.png") for form in ("NFC", "NFD")]
    folder = write(tmp_path / "both", [*class_files("a", "b"), *names])
    scanned = look_through(folder)
    if not {*names} <= {file.path for file in scanned.files}:
        pytest.skip("this file system takes them for one name")
    edits = Edits().excluding(names[:1]).labelling(names[1:], "b")
    dataset_edits.save(scanned, edits)
    assert again(folder)[1] == edits


def test_a_table_that_cannot_be_read_is_not_written_over(
    pets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanned = look_through(pets)
    dataset_edits.save(scanned, Edits().excluding(["cat/0.png"]))
    file = dataset_edits.kept_file(pets)
    before = file.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", lambda self: _fail())
        assert dataset_edits.read(pets) == ()
    dataset_edits.save(scanned, Edits().excluding(["dog/0.png"]))
    assert before in [one.read_bytes() for one in file.parent.iterdir()]


def _fail() -> bytes:
    raise PermissionError(13, "Permission denied")
