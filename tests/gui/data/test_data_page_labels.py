"""Pictures that lie in no class folders, on the Data page: asked for, given, opened."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.data.page import DataPage
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.pictures import PictureFolder, draw_folder
from tests.support.window.data_page import captions, click, counts
from tests.support.window.fakes import open_folder
from tests.support.window.label_view import PETS, PHOTOS, flat_folder, settle, write_table


def open_flat(qtbot: QtBot, session: Session, page: DataPage, folder: Path) -> None:
    with qtbot.waitSignal(session.scan_failed):
        session.open_folder(folder)
    settle(qtbot, page.label)


def test_a_flat_folder_asks_for_classes_and_opens_with_those_proposed(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    open_flat(qtbot, session, page, flat_folder(tmp_path / "pets", PETS))
    view = page.label
    assert page.view == "label"
    assert view.title.text == "pets"
    assert "holds 8 pictures but no class folders" in view.reason.text
    assert not view.back.isVisible()
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, view.use)
    assert page.view == "dataset"
    assert counts(page) == [
        ["All classes", "6", "2", "0"],
        ["beagle", "3", "1", "0"],
        ["siamese", "3", "1", "0"],
    ]
    assert len(captions(page)) == 8
    assert page.dataset.layout_found.text == (
        "Classes given in Thaw, not by folders; validation drawn from each class, "
        "20\N{NO-BREAK SPACE}%"
    )


def test_a_table_gives_splits_too(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    folder = flat_folder(tmp_path / "pets", PETS)
    rows = [(name, name[:3], "val" if name.endswith("4.jpg") else "train") for name in PETS]
    write_table(folder / "labels.csv", [("file", "class", "split"), *rows])
    open_flat(qtbot, session, page, folder)
    assert page.label.way == "table"
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, page.label.use)
    assert page.dataset.counts.text() == "8 pictures · 2 classes · split 6 / 2 / 0"
    assert page.dataset.layout_found.text == "Classes and splits given in Thaw, not by folders"


def test_classes_once_given_are_there_at_the_next_start(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    folder = flat_folder(tmp_path / "pets", PETS)
    open_flat(qtbot, session, page, folder)
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, page.label.use)
    session.close()
    again = Session(Settings(session.settings.folder))
    later = DataPage(again)
    qtbot.addWidget(later)
    open_folder(qtbot, again, folder)
    assert later.view == "dataset"
    assert [row[0] for row in counts(later)] == ["All classes", "beagle", "siamese"]
    again.close()


def test_from_asking_for_classes_one_can_go_back_to_the_open_pictures(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder, tmp_path: Path
) -> None:
    open_folder(qtbot, session, picture_folder())
    open_flat(qtbot, session, page, flat_folder(tmp_path / "pets", PETS))
    assert page.label.back.text().replace("&", "") == "Back to pictures"
    click(qtbot, page.label.back)
    assert page.view == "dataset"
    assert page.dataset.title.text == "pictures"
    assert len(captions(page)) == 8
    session.change("dataset.split_seed", 3)
    assert page.view == "dataset"


def test_pictures_whose_names_say_nothing_are_given_classes_by_hand(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    open_flat(qtbot, session, page, flat_folder(tmp_path / "photos", PHOTOS))
    view = page.label
    assert view.way == "hand"
    assert not view.use.isEnabled()
    field = view.hand.classes.field
    for name in ("cat", "dog"):  # what has a class leaves the grid
        view.hand.grid.select_rows(range(4), 0)
        qtbot.keyClicks(field, name)
        qtbot.keyClick(field, Qt.Key.Key_Return)
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, view.use)
    assert [row[0] for row in counts(page)] == ["All classes", "cat", "dog"]


@pytest.mark.parametrize("opens", [True, False])
def test_one_class_folder_around_all_asks_too(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    picture_folder: PictureFolder,
    tmp_path: Path,
    opens: bool,
) -> None:
    folder = flat_folder(tmp_path / "animals" / "pets", PETS).parent
    open_flat(qtbot, session, page, folder)
    assert page.view == "label"
    assert "one class only" in page.label.reason.text
    if opens:
        with qtbot.waitSignal(session.dataset_changed):
            click(qtbot, page.label.use)
        assert len(counts(page)) == 3
    else:
        open_folder(qtbot, session, picture_folder())
    assert page.view == "dataset"


def test_another_failure_takes_the_place_of_asking(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    open_flat(qtbot, session, page, flat_folder(tmp_path / "pets", PETS))
    with qtbot.waitSignal(session.scan_failed):
        session.open_folder(tmp_path / "gone")
    assert page.view == "start"
    assert page.start.failed.text() == "gone cannot be used"
    with qtbot.waitSignal(session.scan_failed):
        session.open_folder(draw_folder(tmp_path / "lonely", classes=1, per_class=1))
    assert page.view == "start", "one picture cannot make two classes"


def test_classes_can_be_given_again(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    open_flat(qtbot, session, page, flat_folder(tmp_path / "pets", PETS))
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, page.label.use)
    before = counts(page)
    click(qtbot, page.dataset.label)
    assert page.view == "label"
    click(qtbot, page.label.back)
    assert page.view == "dataset"
    assert counts(page) == before
    click(qtbot, page.dataset.label)
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, page.label.use)
    assert page.view == "dataset"
    assert counts(page) == before


def test_class_folders_need_no_button_for_classes(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder())
    assert not page.dataset.label.isVisible()
