"""What a person does to the pictures on the Data page: leave out, bring back, move, rename."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from core.dataset import edits
from core.dataset.edits import Reason
from gui.data.page import DataPage
from gui.session import open_dataset
from gui.session.session import Session
from tests.support.pictures import PictureFolder
from tests.support.window.data_page import (
    captions,
    choose,
    click,
    click_row,
    counts,
    good_folder,
    look_closely,
    rename,
    select,
)
from tests.support.window.fakes import open_folder


def answer(qtbot: QtBot, page: DataPage, button: str) -> str:
    """Press ``button`` in the question that is asked; its words."""
    box = page.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    words = f"{box.text()} {box.informativeText()}"
    click(qtbot, next(one for one in box.buttons() if one.text().replace("&", "") == button))
    qtbot.waitUntil(lambda: page.findChild(QMessageBox) is None)
    return words


# -- leaving out ----------------------------------------------------------------------------


def test_pictures_left_out_by_delete_are_back_after_undo(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    open_folder(qtbot, session, good_folder(tmp_path))
    select(qtbot, page, "train/green/000.png", "train/green/001.png")
    qtbot.keyClick(page.dataset.browser.grid, Qt.Key.Key_Delete)
    assert page.dataset.counts.text() == "28 pictures · 2 classes · split 18 / 10 / 0"
    assert counts(page)[1] == ["green", "8", "5", "0"]
    choose(qtbot, page.dataset.browser.filter.show_box, "Excluded (2)")
    assert page.dataset.browser.shown == ["train/green/000.png", "train/green/001.png"]
    session.undo()
    assert page.dataset.counts.text() == "30 pictures · 2 classes · split 20 / 10 / 0"
    assert counts(page)[1] == ["green", "10", "5", "0"]
    session.redo()
    select(qtbot, page, "train/green/001.png")
    qtbot.keyClick(page.dataset.browser.grid, Qt.Key.Key_Insert)
    assert counts(page)[1] == ["green", "9", "5", "0"]


@pytest.mark.parametrize("large", [False, True])
def test_what_would_leave_one_class_is_said_and_not_done(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
    large: bool,
) -> None:
    if large:
        monkeypatch.setattr(open_dataset, "LARGE", 5)
    open_folder(qtbot, session, picture_folder(classes=2, per_class=4))
    click_row(qtbot, page, 2)
    grid, notice = page.dataset.browser.grid, page.dataset.notice
    grid.setFocus()
    grid.selectAll()
    qtbot.keyClick(grid, Qt.Key.Key_Delete)
    qtbot.waitUntil(notice.isVisible)
    assert notice.text.startswith("Not done, because then: ")
    assert "one class only (green)" in notice.text
    assert counts(page)[2][0] == "red"
    assert len(captions(page)) == 4
    assert not session.can_undo
    select(qtbot, page, "red/000.png")
    with qtbot.waitSignal(session.pictures_edited):
        qtbot.keyClick(grid, Qt.Key.Key_Delete)
    assert not notice.isVisible(), "what was refused is no news any more"


def test_what_is_kept_badly_is_said(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("core.dataset.edits.save", refuse)
    open_folder(qtbot, session, good_folder(tmp_path))
    select(qtbot, page, "train/red/000.png")
    qtbot.keyClick(page.dataset.browser.grid, Qt.Key.Key_Delete)
    with qtbot.waitSignal(session.save_failed):
        session.save_choices()
    assert "cannot be kept" in page.dataset.notice.text


# -- moving ---------------------------------------------------------------------------------


def test_pictures_moved_to_a_split_stay_there_and_are_left_to_the_draw_again(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(classes=2, per_class=5))
    browser, split = page.dataset.browser, page.dataset.split
    select(qtbot, page, "red/000.png", "red/002.png")
    browser.picture_actions.split_asked.emit(browser.selected, "test")
    assert counts(page)[2] == ["red", "2", "1", "2"]
    session.change("dataset.split_seed", 5)
    assert counts(page)[2] == ["red", "2", "1", "2"]
    page.dataset.tabs.setCurrentWidget(split)
    assert "2 pictures" in split.pinned.text()
    click(qtbot, split.show_pinned)
    assert browser.isVisible()
    assert browser.shown == ["red/000.png", "red/002.png"]
    page.dataset.tabs.setCurrentWidget(split)
    click(qtbot, split.unpin)
    assert counts(page)[2] == ["red", "4", "1", "0"]
    assert not split.pinned.isVisible()


# -- classes --------------------------------------------------------------------------------


def test_a_class_gets_another_name(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    folder = picture_folder(classes=3, per_class=5)
    open_folder(qtbot, session, folder)
    rename(qtbot, page, 3, "amber")
    assert page.findChild(QMessageBox) is None
    assert [row[0] for row in counts(page)] == ["All classes", "amber", "blue", "green"]
    assert page.dataset.table.chosen == 0, "it is still the chosen class"
    assert page.dataset.browser.filter.heading.text == "amber"
    assert page.dataset.browser.shown[0] == "red/000.png"
    assert sorted(one.name for one in folder.iterdir()) == ["blue", "green", "red"]
    session.undo()
    assert [row[0] for row in counts(page)] == ["All classes", "blue", "green", "red"]


def test_the_name_of_another_class_asks_and_merges(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(classes=3, per_class=5))
    rename(qtbot, page, 3, "green")
    words = answer(qtbot, page, "Cancel")
    assert "Merge red into green?" in words
    assert "5 pictures of red then belong to green" in words
    assert len(counts(page)) == 4
    rename(qtbot, page, 3, "green")
    answer(qtbot, page, "Merge")
    assert [row[0] for row in counts(page)] == ["All classes", "blue", "green"]
    assert page.dataset.browser.filter.heading.text == "green"
    assert len(captions(page)) == 10
    session.undo()
    assert len(counts(page)) == 4


def test_a_merge_that_would_leave_one_class_is_said(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder())
    rename(qtbot, page, 2, "green")
    answer(qtbot, page, "Merge")
    assert "one class only" in page.dataset.notice.text
    assert len(counts(page)) == 3
    assert page.dataset.table.chosen == 1


def test_the_chosen_class_stays_while_classes_before_it_go(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(classes=3, per_class=5))
    click_row(qtbot, page, 3)
    blue = (
        [one.path for one in session.summary.samples if one.label == 0] if session.summary else []
    )
    page.does.edits.exclude(blue, Reason.BY_HAND)
    assert [row[0] for row in counts(page)] == ["All classes", "green", "red"]
    assert page.dataset.table.chosen == 1
    assert page.dataset.browser.filter.heading.text == "red"
    assert {path.split("/")[0] for path in page.dataset.browser.shown} == {"red"}
    session.undo()
    assert page.dataset.table.chosen == 2
    assert page.dataset.browser.filter.heading.text == "red"


def test_what_was_decided_and_leaves_nothing_is_set_aside(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    folder = picture_folder(classes=3, per_class=3)
    open_folder(qtbot, session, folder)
    blue = [f"blue/00{number}{end}" for number, end in enumerate((".png", ".jpg", ".png"))]
    page.does.edits.exclude(blue, Reason.BY_HAND)
    session.save_choices()
    qtbot.waitUntil(edits.kept_file(folder).exists)
    for file in (folder / "green").iterdir():
        file.unlink()
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, page.dataset.reload)
    assert "decided about these pictures earlier" in page.dataset.notice.text
    assert [row[0] for row in counts(page)] == ["All classes", "blue", "red"]
    look_closely(qtbot, session, good_folder(folder.parent))
    assert not page.dataset.notice.isVisible()
