"""The Data page on a session: ways to open pictures, reading them, and what goes wrong."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from gui.data.page import DataPage
from gui.session.session import Session
from tests.support.pictures import PictureFolder, draw_folder
from tests.support.window.data_page import (
    captions,
    click,
    counts,
    drag,
    findings,
    findings_title,
    press,
    retype,
    show_tab,
    split_folder,
)
from tests.support.window.fakes import open_folder

# -- opening --------------------------------------------------------------------------------


def test_without_a_dataset_there_are_the_ways_to_one(page: DataPage, tmp_path: Path) -> None:
    assert page.view == "start"
    assert page.start.drop.isVisible()
    assert page.start.open.isVisible()
    assert page.start.sample.first.isVisible()
    assert not page.start.recent.isVisible()
    assert not page.start.reason.isVisible()


def test_a_folder_of_classes_is_shown_with_its_counts(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    folder = picture_folder(classes=3, per_class=5)
    open_folder(qtbot, session, folder)
    view = page.dataset
    assert page.view == "dataset"
    assert view.title.text == "pictures"
    assert view.path.text == str(folder)
    assert view.counts.text() == "15 pictures · 3 classes · split 12 / 3 / 0"
    assert view.layout_found.text == (
        "One folder per class; validation drawn from each class, 20\N{NO-BREAK SPACE}%"
    )
    assert counts(page) == [
        ["All classes", "12", "3", "0"],
        ["blue", "4", "1", "0"],
        ["green", "4", "1", "0"],
        ["red", "4", "1", "0"],
    ]
    assert len(captions(page)) == 15
    assert not view.outdated.isVisible()
    assert not view.notice.isVisible()


def test_a_folder_with_splits_keeps_them(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    open_folder(qtbot, session, split_folder(tmp_path / "signs"))
    view = page.dataset
    assert view.counts.text() == "12 pictures · 2 classes · split 6 / 4 / 2"
    assert view.layout_found.text == "Train, validation and test folders"
    assert counts(page)[1:] == [["green", "3", "2", "1"], ["red", "3", "2", "1"]]
    show_tab(qtbot, page, view.split)
    fields = view.split.fields
    for field in (fields.validation, fields.test, fields.seed):
        assert not field.isEnabled()
    assert fields.boxes["dataset.validation_fraction"].help.text == "the folder’s own"


def test_train_and_validation_folders_leave_the_test_share_open(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    for split in ("train", "validation"):
        draw_folder(tmp_path / "signs" / split, classes=2, per_class=4)
    open_folder(qtbot, session, tmp_path / "signs")
    show_tab(qtbot, page, page.dataset.split)
    fields = page.dataset.split.fields
    assert not fields.validation.isEnabled()
    assert fields.test.isEnabled()
    assert fields.seed.isEnabled()
    assert page.dataset.layout_found.text == "Train and validation folders"
    retype(qtbot, fields.test, "0,25")
    assert page.dataset.counts.text() == "16 pictures · 2 classes · split 6 / 8 / 2"
    assert page.dataset.layout_found.text == (
        "Train and validation folders; test drawn from each class, 25\N{NO-BREAK SPACE}%"
    )


def test_the_button_asks_for_a_folder_and_opens_it(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = picture_folder()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, page.start.open)
    assert page.dataset.path.text == str(folder)
    other = picture_folder(name="others")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(other))
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, page.dataset.open)
    assert page.dataset.path.text == str(other)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    click(qtbot, page.dataset.open)
    assert not session.is_scanning


def test_a_dropped_folder_is_opened(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    with qtbot.waitSignal(session.dataset_changed):
        assert drag(page, [picture_folder()], drops=True)
    assert page.dataset.title.text == "pictures"
    with qtbot.waitSignal(session.dataset_changed):
        assert drag(page, [picture_folder(name="others")], drops=True)
    assert page.dataset.title.text == "others"


def test_anything_but_one_folder_is_left_to_others(
    session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    folder = picture_folder()
    recipe = folder / "recipe.json"
    recipe.write_text("{}")
    assert not drag(page, [recipe], drops=True)
    assert not drag(page, [folder, folder / "red"], drops=True)
    assert not session.is_scanning


def test_a_recent_folder_is_opened_and_a_missing_one_can_be_removed(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, tmp_path: Path
) -> None:
    session.settings.add_recent(tmp_path / "gone")
    session.settings.add_recent(picture_folder())
    page = DataPage(session)
    qtbot.addWidget(page)
    page.show()
    recent = page.start.recent
    qtbot.waitUntil(lambda: recent.is_missing(tmp_path / "gone"))
    button = recent.remove_button(tmp_path / "gone")
    assert button is not None
    click(qtbot, button)
    assert recent.folders == [tmp_path / "pictures"] == session.settings.recent_folders
    place = recent.visualItemRect(recent.item(0)).center()
    with qtbot.waitSignal(session.dataset_changed):
        qtbot.mouseClick(recent.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert page.view == "dataset"


# -- what goes wrong ------------------------------------------------------------------------


def test_a_folder_that_fails_says_why_and_leaves_the_open_one(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder, tmp_path: Path
) -> None:
    open_folder(qtbot, session, picture_folder())
    lonely = draw_folder(tmp_path / "holiday", classes=1, per_class=1)
    with qtbot.waitSignal(session.scan_failed):
        session.open_folder(lonely)
    assert page.view == "start"
    assert page.start.failed.text() == "holiday cannot be used"
    assert "one class only (red)" in page.start.reason.text()
    names = [entry.name for entry in page.start.layouts[0].entries]
    assert names[:2] == ["holiday", "red"]
    assert page.start.open.isVisible()
    assert page.start.sample.first.isVisible()
    assert page.start.recent.folders == [tmp_path / "pictures"]
    click(qtbot, page.start.back)
    assert page.view == "dataset"
    assert page.dataset.title.text == "pictures"
    assert not page.start.reason.isVisible()


def test_a_first_folder_that_fails_can_be_followed_by_a_good_one(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder, tmp_path: Path
) -> None:
    with qtbot.waitSignal(session.scan_failed):
        session.open_folder(tmp_path / "gone")
    assert page.start.failed.isVisible()
    assert not page.start.back.isVisible()
    open_folder(qtbot, session, picture_folder())
    assert page.view == "dataset"
    assert not page.start.failed.isVisibleTo(page.start)


def test_files_that_cannot_be_used_are_listed_with_the_reason(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    folder = picture_folder(per_class=4)
    (folder / "red" / "zero.jpg").write_bytes(b"")
    (folder / "green" / "words.png").write_text("no picture")
    (folder / "empty").mkdir()
    (folder / "README.txt").write_text("about these pictures")
    open_folder(qtbot, session, folder)
    assert findings_title(page) == "Findings (4)"
    press(qtbot, page, "problems", "review")
    lines = page.dataset.findings.lines
    assert lines.header.title.text == "2 files cannot be used"
    assert "red/zero.jpg\nthe file is empty" in lines.lines
    assert "green/words.png\nnot a picture, whatever its name says" in lines.lines
    click(qtbot, lines.grid)
    assert page.dataset.browser.isVisible()
    assert page.dataset.browser.shown == ["green/words.png", "red/zero.jpg"]
    assert "The class empty holds no readable picture and is left out" in findings(page)
    (folder / "red" / "zero.jpg").unlink()
    (folder / "green" / "words.png").unlink()
    (folder / "empty").rmdir()
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, page.dataset.reload)
    assert findings_title(page) == "Findings (2)"
    assert "The class empty holds no readable picture and is left out" not in findings(page)
