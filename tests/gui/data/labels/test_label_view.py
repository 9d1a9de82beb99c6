"""A folder without class folders is asked about, in the way that suits it best."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QPushButton
from pytestqt.qtbot import QtBot

from core.dataset.edits import Edits
from core.dataset.scan import look_through
from core.dataset.summary import summarize
from gui.data.labels.view import LabelView
from tests.support.window.label_view import (
    PETS,
    PHOTOS,
    click,
    counts,
    flat_folder,
    open_in,
    settle,
    shown,
    write_table,
)


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[LabelView]:
    with shown(qtbot) as made:
        yield made


def used(qtbot: QtBot, view: LabelView) -> Edits:
    """What the view gives when a person agrees."""
    with qtbot.waitSignal(view.labels_chosen) as told:
        click(qtbot, view.use)
    edits: Edits = told.args[0]
    return edits


# -- the way to begin with ------------------------------------------------------------------


def test_telling_file_names_come_first(qtbot: QtBot, view: LabelView, tmp_path: Path) -> None:
    scanned = open_in(qtbot, view, flat_folder(tmp_path / "pets", PETS))
    assert view.way == "names"
    assert view.title.text == "pets"
    assert view.reason.text == "why"
    assert view.cards["names"].isChecked()
    assert view.cards["names"].hint == "beagle_1.jpg → beagle"
    assert view.status.text == "2 classes · 8 pictures"
    summary = summarize(scanned, used(qtbot, view))
    assert summary.classes == ("beagle", "siamese")
    assert len(summary.samples) == 8


def test_a_table_in_the_folder_comes_before_the_names(
    qtbot: QtBot, view: LabelView, tmp_path: Path
) -> None:
    folder = flat_folder(tmp_path / "pets", PETS)
    rows = [("file", "breed"), *((name, "ab"[number % 2]) for number, name in enumerate(PETS[:6]))]
    write_table(folder / "breeds.csv", rows)
    open_in(qtbot, view, folder)
    assert view.way == "table"
    assert view.cards["table"].hint == "breeds.csv: 6 of 8 pictures"
    assert view.status.text == "2 classes · 6 pictures · 2 without a class stay out"
    edits = used(qtbot, view)
    assert edits.only_listed
    assert edits.labels == {name: "ab"[number % 2] for number, name in enumerate(PETS[:6])}


def test_a_table_of_other_pictures_does_not(qtbot: QtBot, view: LabelView, tmp_path: Path) -> None:
    folder = flat_folder(tmp_path / "pets", PETS)
    write_table(folder / "others.csv", [("file", "breed"), ("x.jpg", "a"), ("y.jpg", "b")])
    open_in(qtbot, view, folder)
    assert view.way == "names"
    assert view.cards["table"].hint == "others.csv"
    assert [button.text() for button in view.table.found] == ["others.csv"]


def test_a_cameras_names_lead_to_labelling_by_hand(
    qtbot: QtBot, view: LabelView, tmp_path: Path
) -> None:
    open_in(qtbot, view, flat_folder(tmp_path / "holiday", PHOTOS))
    assert view.way == "hand"
    assert not view.use.isEnabled()
    assert view.status.text == "No picture has a class yet"
    view.hand.grid.select_rows([0, 1])
    view.hand.give("beach")
    assert view.status.text.startswith("One class only")
    assert not view.use.isEnabled()
    view.hand.grid.select_rows([0])
    view.hand.give("town")
    assert used(qtbot, view).labels == {
        "IMG_4001.jpg": "beach",
        "IMG_4002.jpg": "beach",
        "IMG_4003.jpg": "town",
    }


def test_classes_given_before_come_first(qtbot: QtBot, view: LabelView, tmp_path: Path) -> None:
    before = Edits(labels={PETS[0]: "dog"}, excluded={PETS[1]: "by_hand"})
    open_in(qtbot, view, flat_folder(tmp_path / "pets", PETS), before)
    assert view.way == "hand"
    assert view.hand.labels == {PETS[0]: "dog"}
    view.hand.filter.setCurrentIndex(0)
    view.hand.grid.select_rows([7])
    view.hand.give("cat")
    edits = used(qtbot, view)
    assert edits.labels == {PETS[0]: "dog", PETS[7]: "cat"}
    assert edits.excluded == {PETS[1]: "by_hand"}


def test_a_person_who_chose_a_way_is_not_taken_elsewhere(
    qtbot: QtBot, view: LabelView, tmp_path: Path
) -> None:
    folder = flat_folder(tmp_path / "pets", PETS)
    view.show_folder(look_through(folder), "why")
    click(qtbot, view.cards["hand"])
    settle(qtbot, view)
    assert view.way == "hand"
    assert view.hand.labels == {}
    assert view.names.rules.count()


# -- from one way to the next ---------------------------------------------------------------


def test_classes_from_the_names_are_corrected_by_hand(
    qtbot: QtBot, view: LabelView, tmp_path: Path
) -> None:
    open_in(qtbot, view, flat_folder(tmp_path / "pets", PETS))
    click(qtbot, view.cards["hand"])
    assert len(view.hand.labels) == 8
    view.hand.grid.select_rows([0])
    view.hand.give("siamese")
    assert view.status.text == "2 classes · 8 pictures"
    assert used(qtbot, view).labels["beagle_1.jpg"] == "siamese"
    click(qtbot, view.cards["names"])
    assert "your changes stay under" in view.status.text
    assert view.given.labels["beagle_1.jpg"] == "beagle"
    click(qtbot, view.cards["hand"])
    assert view.hand.labels["beagle_1.jpg"] == "siamese"
    assert not view.hand.offered.isVisible()


def test_other_classes_are_offered_where_taking_them_would_lose_work(
    qtbot: QtBot, view: LabelView, tmp_path: Path
) -> None:
    open_in(qtbot, view, flat_folder(tmp_path / "holiday", PHOTOS))
    view.hand.grid.select_rows([0])
    view.hand.give("beach")
    click(qtbot, view.cards["names"])
    qtbot.keyClicks(view.names.own, "_400")
    settle(qtbot, view)
    click(qtbot, view.cards["hand"])
    assert view.hand.labels == {"IMG_4001.jpg": "beach"}
    assert view.hand.offered.isVisible()
    click(qtbot, view.hand.take_over_button)
    assert set(view.hand.labels.values()) == {"IMG"}
    assert not view.hand.offered.isVisible()
    view.hand.undo()
    assert view.hand.labels == {"IMG_4001.jpg": "beach"}


def test_a_tables_splits_go_with_its_classes_when_corrected_by_hand(
    qtbot: QtBot, view: LabelView, tmp_path: Path
) -> None:
    folder = flat_folder(tmp_path / "pets", PETS)
    parts = ["train", "valid", "train", "test"] * 2
    rows = [(name, name[0], part) for name, part in zip(PETS, parts, strict=True)]
    write_table(folder / "t.csv", [("file", "class", "split"), *rows])
    scanned = open_in(qtbot, view, folder)
    click(qtbot, view.cards["hand"])
    view.hand.rename("b", "dog")
    edits = used(qtbot, view)
    summary = summarize(scanned, edits)
    assert summary.classes == ("dog", "s")
    assert summary.own_splits == {"train", "validation", "test"}


# -- folders that are not quite flat --------------------------------------------------------


def test_one_folder_around_all_pictures_is_no_class(
    qtbot: QtBot, view: LabelView, tmp_path: Path
) -> None:
    names = [f"images/{name}" for name in PETS]
    scanned = open_in(qtbot, view, flat_folder(tmp_path / "pets", names))
    assert view.way == "names"
    assert summarize(scanned, used(qtbot, view)).classes == ("beagle", "siamese")
    click(qtbot, view.cards["hand"])
    view.hand.remove("siamese")
    view.hand.grid.select_rows([0])
    view.hand.give("puppy")
    summary = summarize(scanned, used(qtbot, view))
    assert summary.classes == ("beagle", "puppy")
    assert summary.ignored == 4


def test_a_class_folder_beside_loose_pictures_stays_a_class(
    qtbot: QtBot, view: LabelView, tmp_path: Path
) -> None:
    names = ["hat/1.jpg", "hat/2.jpg", *PHOTOS]
    scanned = open_in(qtbot, view, flat_folder(tmp_path / "clothes", names))
    assert view.way == "hand"
    assert view.hand.labels == {"hat/1.jpg": "hat", "hat/2.jpg": "hat"}
    view.hand.filter.setCurrentIndex(1)
    view.hand.grid.selectAll()
    view.hand.give("shoe")
    edits = used(qtbot, view)
    assert edits.labels == dict.fromkeys(PHOTOS, "shoe")
    assert not edits.only_listed
    assert summarize(scanned, edits).classes == ("hat", "shoe")


def test_loose_pictures_in_split_folders_keep_their_split(
    qtbot: QtBot, view: LabelView, tmp_path: Path
) -> None:
    names = [f"{part}/{name}" for part in ("train", "val") for name in PETS]
    scanned = open_in(qtbot, view, flat_folder(tmp_path / "pets", names))
    assert view.way == "names"
    summary = summarize(scanned, used(qtbot, view))
    assert summary.own_splits == {"train", "validation"}
    assert len(summary.samples) == 16


def test_files_that_cannot_be_read_are_counted_apart(
    qtbot: QtBot, view: LabelView, tmp_path: Path
) -> None:
    folder = flat_folder(tmp_path / "pets", PETS)
    (folder / "siamese_9.jpg").write_bytes(b"")
    scanned = open_in(qtbot, view, folder)
    assert view.unreadable.text() == "1 file cannot be read"
    assert counts(view.names.counts) == {"beagle": 4, "siamese": 4}
    summary = summarize(scanned, used(qtbot, view))
    assert [problem.path for problem in summary.problems] == ["siamese_9.jpg"]
    click(qtbot, view.cards["hand"])
    assert len(view.hand.grid.items) == 8
    assert summarize(scanned, used(qtbot, view)).problems


def test_nothing_can_be_used_where_nothing_can_be_read(
    qtbot: QtBot, view: LabelView, tmp_path: Path
) -> None:
    for name in PETS:
        (tmp_path / name).write_bytes(b"")
    open_in(qtbot, view, tmp_path)
    assert not view.use.isEnabled()
    assert view.status.text == "None of the pictures can be read"


def test_another_folder_starts_afresh(qtbot: QtBot, view: LabelView, tmp_path: Path) -> None:
    open_in(qtbot, view, flat_folder(tmp_path / "pets", PETS))
    click(qtbot, view.cards["hand"])
    view.hand.grid.select_rows([0])
    view.hand.give("dog")
    open_in(qtbot, view, flat_folder(tmp_path / "holiday", PHOTOS))
    assert view.title.text == "holiday"
    assert view.hand.labels == {}
    assert not view.hand.classes.undo.isEnabled()
    assert view.cards["names"].hint == "they tell no classes, it seems"


# -- the ways out ---------------------------------------------------------------------------


def test_there_are_ways_out(qtbot: QtBot, view: LabelView, tmp_path: Path) -> None:
    open_in(qtbot, view, flat_folder(tmp_path / "pets", PETS))
    assert not view.back.isVisible()
    view.show_back("signs & more")
    assert view.back.text() == "Bac&k to signs && more"
    with qtbot.waitSignal(view.back_asked):
        click(qtbot, view.back)
    with qtbot.waitSignal(view.open_asked):
        click(qtbot, view.open)
    names = [entry.name for entry in view.hint.drawing.entries]
    assert names == ["pets", "beagle", "pictures", "siamese", "pictures"]


def test_nothing_in_the_folder_is_changed(qtbot: QtBot, view: LabelView, tmp_path: Path) -> None:
    folder = flat_folder(tmp_path / "pets", PETS)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    open_in(qtbot, view, folder)
    click(qtbot, view.cards["hand"])
    view.hand.rename("beagle", "dog")
    used(qtbot, view)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_the_ways_are_chosen_by_keyboard(qtbot: QtBot, view: LabelView, tmp_path: Path) -> None:
    open_in(qtbot, view, flat_folder(tmp_path / "pets", PETS))
    view.cards["names"].setFocus()
    qtbot.keyClick(view.cards["names"], Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: view.way == "table")
    qtbot.keyClick(view.cards["table"], Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: view.way == "hand")


@pytest.mark.parametrize(("width", "height"), [(1050, 640), (824, 560)])
def test_everything_is_within_reach(qtbot: QtBot, tmp_path: Path, width: int, height: int) -> None:
    folder = flat_folder(tmp_path / "pets", PETS)
    write_table(folder / "a table with rather a long name.csv", [("file", "class"), (PETS[0], "a")])
    with shown(qtbot, width, height) as view:
        open_in(qtbot, view, folder)
        view.show_back("some traffic signs from the sample")
        assert view.minimumSizeHint().width() <= width
        assert view.minimumSizeHint().height() <= height
        for way in ("names", "table", "hand"):
            view.choose(way)
            qtbot.wait(0)
            parts = [*view.findChildren(QPushButton), *view.findChildren(QComboBox)]
            for part in parts:
                if part.isVisible():
                    assert part.visibleRegion().boundingRect() == part.rect()
