"""Every picture has its place in one list, and each filter shows its own."""

from pathlib import Path

import pytest

from core.dataset.edits import Edits
from core.dataset.scan import Scanned, look_through
from core.dataset.split import split
from core.dataset.summary import summarize
from core.recipe.config import DatasetConfig
from gui.session.image_list import SHOWN, PictureList, selected
from tests.support.window.browsing import messy_folder


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    return look_through(messy_folder(tmp_path_factory.mktemp("signs")))


EDITS = (
    Edits()
    .excluding(["train/red/001.jpg"], "duplicate")
    .labelling(["val/red/000.png"], "green")
    .assigning(["train/green/000.png"], "test")
)


@pytest.fixture
def pictures(scanned: Scanned) -> PictureList:
    summary = summarize(scanned, EDITS)
    return PictureList(scanned, summary, split(summary, DatasetConfig()))


def paths(
    pictures: PictureList, shown: str, label: int | None = None, words: str = ""
) -> list[str]:
    return [one.path for one in pictures.chosen(shown, label, words)]


def test_all_are_those_with_a_class_in_the_order_of_the_folder(pictures: PictureList) -> None:
    assert paths(pictures, "all") == [
        "train/green/000.png",
        "train/green/001.jpg",
        "train/green/002.png",
        "train/green/tiny.png",
        "train/red/000.png",
        "train/red/001.jpg",
        "train/red/002.png",
        "train/red/empty.jpg",
        "val/green/000.png",
        "val/green/001.jpg",
        "val/red/000.png",
        "val/red/001.jpg",
    ]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (
            "validation",
            ["val/green/000.png", "val/green/001.jpg", "val/red/000.png", "val/red/001.jpg"],
        ),
        ("test", ["train/green/000.png"]),
        ("pinned", ["train/green/000.png"]),
        ("excluded", ["train/red/001.jpg"]),
        ("problems", ["train/red/empty.jpg"]),
        ("warnings", ["train/green/tiny.png"]),
        ("unlabelled", ["loose.png"]),
    ],
)
def test_a_filter_shows_its_own(pictures: PictureList, shown: str, expected: list[str]) -> None:
    assert paths(pictures, shown) == expected


def test_what_is_used_and_what_is_not_make_all(pictures: PictureList) -> None:
    parts = [*paths(pictures, "used"), *paths(pictures, "excluded"), *paths(pictures, "problems")]
    assert sorted(parts) == sorted(paths(pictures, "all"))
    used = [path for part in ("train", "validation", "test") for path in paths(pictures, part)]
    assert sorted(used) == sorted(paths(pictures, "used"))


def test_a_class_has_its_excluded_and_damaged_pictures_too(pictures: PictureList) -> None:
    assert pictures.classes == ("green", "red")
    assert paths(pictures, "all", 1) == [
        "train/red/000.png",
        "train/red/001.jpg",
        "train/red/002.png",
        "train/red/empty.jpg",
        "val/red/001.jpg",
    ]
    assert paths(pictures, "validation", 0)[-1] == "val/red/000.png"
    assert paths(pictures, "unlabelled", 1) == ["loose.png"]


def test_a_search_looks_at_file_names_only(pictures: PictureList) -> None:
    assert paths(pictures, "all", None, " TINY ") == ["train/green/tiny.png"]
    assert paths(pictures, "all", None, "green") == []
    assert len(paths(pictures, "all", 0, "00")) == 6


def test_a_search_knows_letters_however_they_are_put_together(tmp_path: Path) -> None:
    root = messy_folder(tmp_path)
    (root / "train" / "red" / "000.png").rename(root / "train" / "red" / "la\u0301 ba\u0300ng.png")
    scanned = look_through(root)
    summary = summarize(scanned)
    pictures = PictureList(scanned, summary, split(summary, DatasetConfig()))
    assert len(paths(pictures, "all", None, "LÁ BÀNG")) == 1


def test_counts_are_of_what_is_out_of_the_ordinary(pictures: PictureList) -> None:
    counts = pictures.counts()
    assert counts == dict.fromkeys(("pinned", "excluded", "problems", "warnings", "unlabelled"), 1)
    assert set(counts) < set(SHOWN)
    assert pictures.class_counts() == {"green": 7, "red": 3}


def test_a_picture_tells_what_is_known(pictures: PictureList) -> None:
    def found(path: str) -> object:
        entry = pictures.entry(path)
        assert entry is not None
        return pictures.picture(entry)

    used = found("train/green/000.png")
    assert (used.state, used.class_name, used.split, used.pinned) == ("used", "green", "test", True)
    out = found("train/red/001.jpg")
    assert (out.state, out.class_name, out.reason) == ("excluded", "red", "duplicate")
    moved = found("val/red/000.png")
    assert (moved.class_name, moved.own_class) == ("green", "red")
    assert pictures.is_relabelled(pictures.entry("val/red/000.png"))
    assert not pictures.is_relabelled(pictures.entry("val/red/001.jpg"))
    broken = found("train/red/empty.jpg")
    assert (broken.state, broken.class_name) == ("problems", "red")
    assert broken.problem.code == "empty_file"
    assert found("train/green/tiny.png").problem.code == "tiny_image"
    assert (found("loose.png").state, found("loose.png").class_name) == ("unlabelled", None)
    assert pictures.entry("nowhere.png") is None
    assert len({found(path).version for path in paths(pictures, "all")}) > 1


def test_each_selected_picture_is_offered_what_fits_it(pictures: PictureList) -> None:
    entries = pictures.chosen("all", 1) + pictures.chosen("unlabelled")
    found = selected(entries)
    assert found.all == [one.path for one in entries]
    assert found.to_include == ["train/red/001.jpg"]
    assert "train/red/empty.jpg" in found.to_exclude
    assert "train/red/001.jpg" not in found.to_exclude
    assert "loose.png" not in found.to_exclude + found.to_move
    assert "train/red/001.jpg" in found.to_move


def test_without_a_scan_the_summary_is_enough(scanned: Scanned) -> None:
    summary = summarize(scanned, EDITS)
    pictures = PictureList(None, summary, split(summary, DatasetConfig()))
    assert len(paths(pictures, "all")) == 12
    assert paths(pictures, "unlabelled") == []
