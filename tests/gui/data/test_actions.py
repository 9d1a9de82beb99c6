"""What a user does to the images on the Data page, and closer looks: each from click to result."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from core.dataset import edits as dataset_edits
from core.dataset.edits import Reason
from core.dataset.scan import Changes
from gui.data import actions as data_actions
from gui.data.actions import PictureEdits
from gui.data.page import DataPage
from gui.runs import words as run_words
from gui.session import open_dataset
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.pictures import COLORS, PictureFolder, draw
from tests.support.trees import PICTURE, write
from tests.support.window.acting import click, retype
from tests.support.window.data_page import (
    SlowScan,
    User,
    choose,
    good_folder,
    leaky_folder,
    numbers,
)
from tests.support.window.fakes import open_folder, replace_training
from tests.support.wording import said

LEAK = ("train/red/000.png", "val/red/copy.png")


@pytest.fixture
def user(qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path) -> User:
    return User(qtbot, session, page, tmp_path)


# -- edits of the session -------------------------------------------------------------------


@pytest.fixture
def edits(qtbot: QtBot, session: Session, picture_folder: PictureFolder) -> PictureEdits:
    """Of a folder of four blue, green and red images each, with a broken and a loose one."""
    folder = picture_folder(classes=3, per_class=4)
    write(folder, {"red/broken.png": b"not an image", "loose.png": PICTURE})
    open_folder(qtbot, session, folder)
    return PictureEdits(session)


def classes(session: Session) -> dict[str, int]:
    labels = [one.label for one in session.summary.samples]
    return {name: labels.count(label) for label, name in enumerate(session.summary.classes)}


def test_renaming_takes_excluded_and_broken_along(session: Session, edits: PictureEdits) -> None:
    edits.exclude(["red/000.png"])
    edits.rename("red", "rot")
    assert classes(session) == {"blue": 4, "green": 4, "rot": 3}
    assert [one.class_name for one in session.summary.excluded] == ["rot"]
    edits.include(["red/000.png"])
    assert classes(session)["rot"] == 4
    assert edits.of_class("red") == []


def test_own_class_is_no_decision(qtbot: QtBot, session: Session, edits: PictureEdits) -> None:
    edits.rename("red", "rot")
    edits.rename("rot", "red")
    assert session.choices.edits.is_empty
    edits.label(["red/000.png", "blue/000.png"], "blue")
    assert dict(session.choices.edits.labels) == {"red/000.png": "blue"}
    with qtbot.waitSignals([session.pictures_edited] * 2):  # then it is opened for the first time
        edits.label(["loose.png"], "green")
    assert classes(session)["green"] == 5


# -- leaving out and moving -----------------------------------------------------------------


def test_images_left_out_by_delete_are_back_after_undo(user: User) -> None:
    user.open(good_folder(user.root))
    browser, session = user.view.browser, user.session
    user.select("train/green/000.png", "train/green/001.png")
    QTest.keyClick(browser.grid, Qt.Key.Key_Delete)
    assert user.sizes == [28, 2, 18, 10, 0]
    assert user.counts[1] == ["green", "8", "5", "0"]
    choose(browser.filter.show_box, "excluded")
    assert browser.shown == ["train/green/000.png", "train/green/001.png"]
    session.undo()
    assert user.sizes == [30, 2, 20, 10, 0]
    assert user.counts[1] == ["green", "10", "5", "0"]
    session.redo()
    user.select("train/green/001.png")
    QTest.keyClick(browser.grid, Qt.Key.Key_Insert)
    assert user.counts[1] == ["green", "9", "5", "0"]


@pytest.mark.parametrize("large", [False, True])
def test_one_class_is_refused(user: User, monkeypatch: pytest.MonkeyPatch, large: bool) -> None:
    if large:
        monkeypatch.setattr(open_dataset, "LARGE", 5)
    user.open(user.draw(classes=2, per_class=4))
    user.click_row(2)
    grid, notice = user.view.browser.grid, user.view.notice
    grid.setFocus()
    grid.selectAll()
    QTest.keyClick(grid, Qt.Key.Key_Delete)
    user.qtbot.waitUntil(notice.isVisible)
    assert "one_class" in said(notice.text)
    assert user.classes[1] == "red"
    assert len(user.captions) == 4
    assert not user.session.can_undo
    user.select("red/000.png")
    user.key(grid, Qt.Key.Key_Delete, user.session.pictures_edited)
    assert not notice.isVisible(), "what was refused is no news any more"


def test_what_cannot_be_saved_is_said(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("core.dataset.edits.save", refuse)
    user.open(good_folder(user.root))
    user.select("train/red/000.png")
    QTest.keyClick(user.view.browser.grid, Qt.Key.Key_Delete)
    with user.qtbot.waitSignal(user.session.save_failed):
        user.session.save_choices()
    assert "edits_unwritable" in said(user.view.notice.text)


def test_images_moved_to_a_split_stay_there_and_are_left_to_the_draw_again(user: User) -> None:
    user.open(user.draw(classes=2, per_class=5))
    browser, split = user.view.browser, user.view.split
    user.select("red/000.png", "red/002.png")
    browser.picture_actions.split_asked.emit(browser.selected, "test")
    assert user.counts[2] == ["red", "2", "1", "2"]
    user.session.change("dataset.split_seed", 5)
    assert user.counts[2] == ["red", "2", "1", "2"]
    user.show_tab(split)
    assert numbers(split.pinned.text()) == [2]
    click(split.show_pinned)
    assert browser.isVisible()
    assert browser.shown == ["red/000.png", "red/002.png"]
    user.show_tab(split)
    click(split.unpin)
    assert user.counts[2] == ["red", "4", "1", "0"]
    assert not split.pinned.isVisible()


# -- classes --------------------------------------------------------------------------------


def answer(user: User, place: int) -> str:
    """Press a button of the question that is asked, the merge first; its words."""
    box = user.page.findChild(QMessageBox)
    words = f"{box.text()} {box.informativeText()}"
    buttons = (box.defaultButton(), box.button(QMessageBox.StandardButton.Cancel))
    click(buttons[place])
    user.qtbot.waitUntil(lambda: user.page.findChild(QMessageBox) is None)
    return words


def test_a_class_gets_another_name(user: User) -> None:
    folder = user.draw(classes=3, per_class=5)
    user.open(folder)
    user.rename(3, "amber")
    assert user.page.findChild(QMessageBox) is None
    assert user.classes == ["amber", "blue", "green"]
    assert user.view.table.chosen == 0, "it is still the chosen class"
    assert user.view.browser.filter.heading.text == "amber"
    assert user.view.browser.shown[0] == "red/000.png"
    assert sorted(one.name for one in folder.iterdir()) == ["blue", "green", "red"]
    user.session.undo()
    assert user.classes == ["blue", "green", "red"]


def test_the_name_of_another_class_asks_and_merges(user: User) -> None:
    user.open(user.draw(classes=3, per_class=5))
    user.rename(3, "green")
    words = answer(user, 1)
    assert words.index("red") < words.index("green")
    assert numbers(words) == [5]
    assert len(user.classes) == 3
    user.rename(3, "green")
    answer(user, 0)
    assert user.classes == ["blue", "green"]
    assert user.view.browser.filter.heading.text == "green"
    assert len(user.captions) == 10
    user.rename(2, "blue")
    answer(user, 0)
    assert "one_class" in said(user.view.notice.text)
    assert user.classes == ["blue", "green"]
    assert user.view.table.chosen == 1
    user.session.undo()
    assert len(user.classes) == 3


def test_the_chosen_class_stays_while_classes_before_it_go(user: User) -> None:
    user.open(user.draw(classes=3, per_class=5))
    user.click_row(3)
    table, browser = user.view.table, user.view.browser
    user.page.does.edits.exclude(user.page.does.edits.of_class("blue"), Reason.BY_HAND)
    assert user.classes == ["green", "red"]
    assert (table.chosen, browser.filter.heading.text) == (1, "red")
    assert {path.split("/")[0] for path in browser.shown} == {"red"}
    user.session.undo()
    assert (table.chosen, browser.filter.heading.text) == (2, "red")


def test_what_was_decided_and_leaves_nothing_is_set_aside(user: User) -> None:
    folder = user.draw(classes=3, per_class=3)
    user.open(folder)
    user.page.does.edits.exclude(user.page.does.edits.of_class("blue"), Reason.BY_HAND)
    user.session.save_choices()
    user.qtbot.waitUntil(dataset_edits.kept_file(folder).exists)
    for file in (folder / "green").iterdir():
        file.unlink()
    user.open_by(user.view.reload)
    assert user.view.notice.isVisible()
    assert "one_class" in said(user.view.notice.text)
    assert user.classes == ["blue", "red"]
    user.look_closely(good_folder(folder.parent))
    assert not user.view.notice.isVisible()


# -- duplicates -----------------------------------------------------------------------------


def test_a_leak_is_found_unasked_and_moved_to_training(user: User) -> None:
    user.look_closely(leaky_folder(user.root))
    findings = user.view.findings
    assert (user.findings_on_tab, user.findings) == (1, ["leaks"])
    assert user.counts[2] == ["red", "10", "6", "0"]
    user.press("leaks", "review")
    assert [pair.paths for pair in findings.pairs.pairs] == [LEAK]
    click(findings.pairs.move_over)
    assert user.counts[2] == ["red", "11", "5", "0"]
    assert user.findings == ["copies"]
    assert findings.overview.isVisible(), "there is nothing left to review"
    user.session.undo()
    assert (user.findings_on_tab, user.findings) == (1, ["leaks"])


def test_a_leak_left_out_is_none_and_comes_back_with_its_image(user: User) -> None:
    folder = leaky_folder(user.root)
    user.look_closely(folder)
    user.page.does.edits.exclude([LEAK[1]])
    assert user.findings_on_tab == 0
    user.session.save_choices()
    user.qtbot.waitUntil(dataset_edits.kept_file(folder).exists)
    user.look_closely(folder)
    assert user.findings_on_tab == 0
    user.press("excluded", "include")  # it was not among those looked at
    user.qtbot.waitUntil(lambda: "leaks" in user.findings)


def test_duplicates_kept_are_hidden_also_at_the_next_start(user: User) -> None:
    folder = leaky_folder(user.root)
    user.look_closely(folder)
    user.press("leaks", "review")
    click(user.view.findings.pairs.keep_both)
    assert user.findings == ["fine"]
    assert user.findings_on_tab == 0
    assert user.view.findings.overview.duplicates.extra.isVisible()
    user.session.close()

    again = Session(Settings(user.session.settings.folder))
    later = User(user.qtbot, again, DataPage(again), user.root)
    user.qtbot.addWidget(later.page)
    later.look_closely(folder)
    assert later.findings == ["fine"]
    duplicates = later.view.findings.overview.duplicates
    assert duplicates.extra.isVisibleTo(duplicates)
    again.close()


def test_among_many_images_one_asks(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_actions, "UNASKED", 10)
    user.open(leaky_folder(user.root))
    assert not user.session.looks.is_busy
    assert "leaks" not in user.findings
    user.show_tab(user.view.findings)
    click(user.view.findings.overview.duplicates.start)
    user.qtbot.waitUntil(lambda: "leaks" in user.findings)


# -- damaged files --------------------------------------------------------------------------


def test_verifying_finds_damage_inside_a_file(user: User) -> None:
    folder = good_folder(user.root)
    file = folder / "train" / "red" / "003.png"
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    file.write_bytes(data)
    user.look_closely(folder)
    assert user.sizes[0] == 30
    assert user.findings_on_tab == 0
    verify = user.view.findings.overview.verify
    user.show_tab(user.view.findings)
    click(verify.start)
    assert verify.cancel.isVisible()
    with user.qtbot.waitSignal(user.session.pictures_edited):
        pass
    assert user.sizes[0] == 29
    assert user.findings == ["problems", "few_training"]
    assert not verify.start.isVisible()
    user.press("problems", "filter:problems")
    assert user.view.browser.shown == ["train/red/003.png"]
    with user.qtbot.waitSignal(user.session.pictures_edited):
        user.session.change("dataset.max_megapixels", 100)
    assert user.view.browser.shown == ["train/red/003.png"], "what was seen stays known"


def test_a_closer_look_can_be_called_off(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    training = replace_training(monkeypatch)
    user.look_closely(good_folder(user.root))
    monkeypatch.setattr("gui.session.open_dataset.look_through", SlowScan())
    overview, session = user.view.findings.overview, user.session
    verify = overview.verify
    user.show_tab(user.view.findings)
    click(verify.start)
    user.qtbot.waitUntil(lambda: numbers(verify.count.text()) == [3, 10])
    assert not overview.duplicates.start.isEnabled()
    click(verify.cancel)
    assert not session.looks.is_busy
    assert verify.start.isVisible()
    assert not user.view.notice.isVisible()
    session.verify_files()
    assert verify.is_running
    with user.qtbot.waitSignal(session.training_finished):
        training.may_finish.set()
        session.start_training()
        assert not session.looks.is_busy
    assert not verify.is_running


def test_a_folder_that_is_gone_is_told(user: User) -> None:
    folder = good_folder(user.root)
    user.look_closely(folder)
    folder.rename(user.root / "moved")
    for look in (user.session.verify_files, user.session.check_folder):
        user.view.notice.say("")
        with user.qtbot.waitSignal(user.session.looks.failed):
            look()
        assert user.page.view == "dataset"
        assert "folder_missing" in said(user.view.notice.text)
    assert not user.view.findings.overview.verify.is_running


# -- another limit --------------------------------------------------------------------------


def test_another_limit_is_followed_and_one_that_leaves_no_image_said(user: User) -> None:
    folder = good_folder(user.root)
    Image.new("RGB", (300, 200), COLORS["red"]).save(folder / "train" / "red" / "large.png")
    user.look_closely(folder)
    field, edited = user.view.fit.fields.megapixels, user.session.pictures_edited
    user.show_tab(user.view.fit)

    def limit(typed: str, signal: Any = edited) -> None:
        retype(field, typed)
        user.key(field, Qt.Key.Key_Return, signal)

    limit("0.05")
    assert user.sizes[0] == 30
    assert user.findings == ["problems"]
    for way in ("undo", "another value"):
        limit("0.001", user.session.scan_failed)
        assert user.page.view == "dataset"
        assert field.isVisible(), "where it was typed it can be mended"
        assert "no_readable_pictures" in said(user.view.notice.text)
        if way == "undo":
            with user.qtbot.waitSignal(edited):
                user.session.undo()
            assert field.text() == "200"
        else:
            limit("1")
        assert not user.view.notice.isVisible()
        assert user.sizes[0] == 31
        assert user.findings_on_tab == 0


# -- a changed folder -----------------------------------------------------------------------


def test_what_changed_in_a_folder_is_counted_and_named() -> None:
    assert run_words.changed_since_scan(Changes()) == ""
    one = run_words.changed_since_scan(Changes(added=("cat/new.jpg",)))
    assert numbers(one) == [1]
    assert "(cat/new.jpg)" in one
    removed = tuple(f"cat/{number}.jpg" for number in range(1200))
    several = run_words.changed_since_scan(Changes(removed=removed, changed=("dog/a\nb.png",)))
    assert numbers(several) == [1200, 1]
    assert "(cat/0.jpg, cat/1.jpg, cat/2.jpg, …)" in several
    assert "(dog/a b.png)" in several


def test_a_folder_changed_elsewhere_is_told_on_return(user: User, qapp: QApplication) -> None:
    folder, state = good_folder(user.root), Qt.ApplicationState
    user.look_closely(folder)
    outdated, looked = user.view.outdated, user.session.looks.folder_changed
    with user.qtbot.waitSignal(looked):
        qapp.applicationStateChanged.emit(state.ApplicationActive)
    assert not outdated.isVisible(), "all is as it was"
    draw(folder / "train" / "red" / "new.png", COLORS["red"], 99)
    qapp.applicationStateChanged.emit(state.ApplicationInactive)
    with user.qtbot.waitSignal(looked):
        qapp.applicationStateChanged.emit(state.ApplicationActive)
    assert outdated.isVisible()
    assert "train/red/new.png" in outdated.text
    user.open_by(outdated.button)
    assert not outdated.isVisible()
    assert user.counts[2] == ["red", "11", "5", "0"]


def test_a_reading_called_off_changes_nothing(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = leaky_folder(user.root)
    user.look_closely(folder)
    draw(folder / "train" / "red" / "new.png", COLORS["red"], 99)
    with user.qtbot.waitSignal(user.session.looks.folder_changed):
        user.session.check_folder()
    monkeypatch.setattr("gui.session.open_dataset.look_through", SlowScan())
    click(user.view.outdated.button)
    user.qtbot.waitUntil(lambda: user.page.view == "scan")
    click(user.page.scan.cancel)
    assert user.page.view == "dataset"
    assert user.view.outdated.isVisible()
    assert user.findings == ["leaks"]
    assert not user.session.looks.is_busy
