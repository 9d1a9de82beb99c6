"""The Data page with a dataset open: what it shows, what a user does there, its room, its end."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from core.dataset import edits as dataset_edits
from core.dataset.edits import Edits, Reason
from core.dataset.scan import Changes, look_through
from gui.controls.labels import AdviceLine
from gui.controls.setting_fields import FieldBox
from gui.data import actions as data_actions
from gui.data.actions import PictureEdits
from gui.data.classes import ClassTable
from gui.data.page import DataPage
from gui.data.split import words as split_words
from gui.data.split.table import ShareBar, SplitTable
from gui.runs import words as run_words
from gui.session import open_dataset
from gui.session.session import Session
from tests.support import ROOT
from tests.support.pictures import COLORS, PICTURE, PictureFolder, draw, draw_folder, write
from tests.support.window.acting import click, retype
from tests.support.window.closing import HELD
from tests.support.window.data_page import (
    PETS,
    SIZES,
    SlowScan,
    User,
    assert_whole,
    choose,
    flat_folder,
    good_folder,
    leaky_folder,
    numbers,
    settle,
    split_folder,
    write_table,
)
from tests.support.window.datasets import SLOW
from tests.support.window.fakes import open_folder, replace_training
from tests.support.wording import said

LEAK = ("train/red/000.png", "val/red/copy.png")


@pytest.fixture
def user(qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path) -> User:
    return User(qtbot, session, page, tmp_path)


# -- classes and images ---------------------------------------------------------------------


def test_a_folder_of_classes_is_shown_with_its_counts(user: User) -> None:
    folder = user.draw(classes=3, per_class=5)
    user.open(folder)
    view, found = user.view, user.view.browser.filter
    assert user.page.view == "dataset"
    assert (view.title.text, view.path.text) == ("pictures", str(folder))
    assert user.sizes == [15, 3, 12, 3, 0]
    assert numbers(view.layout_found.text) == [20]
    assert user.counts[0][1:] == ["12", "3", "0"]
    assert user.counts[1:] == [[name, "4", "1", "0"] for name in ("blue", "green", "red")]
    assert len(user.captions) == 15
    assert not any(one.isVisible() for one in (view.outdated, view.notice, view.label))
    user.click_row(2)
    assert found.heading.text == "green"
    assert numbers(found.count.text()) == [5, 15]
    words = [caption.split("\n") for caption in user.captions]
    names = [name for name, _split in words]
    assert names == ["000.png", "001.jpg", "002.png", "003.jpg", "004.png"]
    assert sorted(split for _name, split in words) == [*["training"] * 4, "validation"]
    user.click_row(0)
    assert numbers(found.count.text()) == [15, 15]
    assert {caption.split("\n")[0] for caption in user.captions} == {"blue", "green", "red"}


def test_a_folder_with_splits_keeps_them_and_leaves_those_it_lacks_open(user: User) -> None:
    user.open(split_folder(user.root / "signs"))
    assert user.sizes == [12, 2, 6, 4, 2]
    assert user.counts[1:] == [["green", "3", "2", "1"], ["red", "3", "2", "1"]]
    all_of_them = user.view.layout_found.text
    for split in ("train", "validation"):
        draw_folder(user.root / "two" / split, classes=2, per_class=4)
    user.open(user.root / "two")
    own = user.view.layout_found.text
    assert own != all_of_them
    retype(user.view.split.fields.test, "0,25")
    assert user.sizes == [16, 2, 6, 8, 2]
    assert user.view.layout_found.text.startswith(own)
    assert numbers(user.view.layout_found.text) == [25]


@pytest.mark.parametrize("classes", [2, 3])
def test_another_dataset_starts_with_all_its_classes(user: User, classes: int) -> None:
    user.open(user.draw(classes=3))
    every = user.view.browser.filter.heading.text
    user.click_row(3)
    user.show_tab(user.view.split)
    seed = user.view.split.fields.seed
    retype(seed, "x")
    assert not seed.is_valid
    user.open(user.draw(classes=classes, name="others"))
    assert user.view.table.chosen is None
    assert user.view.browser.filter.heading.text == every
    assert len(user.captions) == 4 * classes
    assert seed.is_valid, "what was half typed is not for another folder"
    assert seed.text() == "0"


def test_shares_and_seed_change_counts_and_images_but_not_the_run_that_trains(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = replace_training(monkeypatch)
    user.open(user.draw(classes=2, per_class=10))
    user.click_row(1)
    panel, key = user.view.split, "dataset.test_fraction"
    user.show_tab(panel)
    retype(panel.fields.validation, "0,5")
    assert user.session.recipe.dataset.validation_fraction == 0.5
    assert user.sizes == [20, 2, 10, 10, 0]
    assert user.counts[1] == ["green", "5", "5", "0"]
    assert numbers(user.view.layout_found.text) == [50]
    words = [caption.split("\n")[1] for caption in user.captions]
    assert words.count("validation") == 5
    user.session.undo()
    assert user.counts[1] == ["green", "8", "2", "0"]
    assert panel.fields.validation.text() == "0.2"
    assert user.view.browser.filter.heading.text == "green"
    before = user.captions
    retype(panel.fields.seed, "7")
    assert user.session.recipe.dataset.split_seed == 7
    assert user.captions != before
    assert user.sizes == [20, 2, 16, 4, 0]
    panel.changed.emit(key, 0.9)
    assert user.session.recipe.dataset.test_fraction == 0
    assert panel.problem.isVisible()
    assert panel.problem.text.startswith(f"{panel.fields.boxes[key].name.text()} ")
    assert numbers(panel.problem.text)[:2] == [0.9, 0.75]
    assert panel.fields.boxes[key].error
    retype(panel.fields.test, "0.1")
    assert not panel.problem.isVisible()
    assert not panel.fields.boxes[key].error
    user.page.hide()
    user.session.change("dataset.validation_fraction", 0.5)  # on another page
    user.page.show()
    assert user.sizes == [20, 2, 8, 10, 2]
    assert not user.view.locked.isVisible()
    with user.qtbot.waitSignal(user.session.training_started):
        user.session.start_training()
    assert user.view.locked.isVisible()
    retype(panel.fields.validation, "0.2")
    assert user.sizes == [20, 2, 14, 4, 2]
    assert user.session.running_recipe.dataset.validation_fraction == 0.5
    with user.qtbot.waitSignal(user.session.training_finished):
        training.may_finish.set()
    assert not user.view.locked.isVisible()


def test_the_resize_is_chosen_by_its_image_and_the_size_elsewhere(user: User) -> None:
    user.open(user.draw())
    panel = user.view.fit
    user.show_tab(panel)
    user.qtbot.waitUntil(lambda: not panel.is_waiting)
    assert panel.original.has_picture
    click(panel.cards["crop"])
    assert user.session.recipe.dataset.fit == "crop"
    assert panel.cards["crop"].isChecked()
    user.session.undo()
    assert panel.cards["stretch"].isChecked()
    user.session.change("dataset.image_size", 128)
    assert numbers(panel.fields.picture_size.text()) == [128]
    with user.qtbot.waitSignal(user.page.navigate) as asked:
        click(panel.fields.picture_size)
    assert asked.args == ["model"]


def classes(session: Session) -> dict[str, int]:
    labels = [one.label for one in session.summary.samples]
    return {name: labels.count(label) for label, name in enumerate(session.summary.classes)}


def test_renaming_takes_excluded_and_broken_along_and_the_own_class_is_no_decision(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder
) -> None:
    folder, edits = picture_folder(classes=3, per_class=4), PictureEdits(session)
    write(folder, {"red/broken.png": b"not an image", "loose.png": PICTURE})
    open_folder(qtbot, session, folder)
    edits.exclude(["red/000.png"])
    edits.rename("red", "rot")
    assert classes(session) == {"blue": 4, "green": 4, "rot": 3}
    assert [one.class_name for one in session.summary.excluded] == ["rot"]
    edits.include(["red/000.png"])
    assert classes(session)["rot"] == 4
    assert edits.of_class("red") == []
    edits.rename("rot", "red")
    assert session.choices.edits.is_empty
    edits.label(["red/000.png", "blue/000.png"], "blue")
    assert dict(session.choices.edits.labels) == {"red/000.png": "blue"}
    with qtbot.waitSignals([session.pictures_edited] * 2):  # then it is opened for the first time
        edits.label(["loose.png"], "green")
    assert classes(session)["green"] == 5


def test_images_left_out_by_delete_are_back_after_undo(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    refuse = Mock(side_effect=PermissionError(13, "Permission denied"))
    monkeypatch.setattr("core.dataset.edits.save", refuse)
    with user.qtbot.waitSignal(session.save_failed):
        session.save_choices()
    assert "edits_unwritable" in said(user.view.notice.text)


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


def test_a_class_gets_another_name_and_stays_chosen_while_others_go(user: User) -> None:
    folder, edits = user.draw(classes=3, per_class=5), user.page.does.edits
    user.open(folder)
    table, browser = user.view.table, user.view.browser
    user.rename(3, "amber")
    assert user.page.findChild(QMessageBox) is None
    assert user.classes == ["amber", "blue", "green"]
    assert (table.chosen, browser.filter.heading.text) == (0, "amber")
    assert browser.shown[0] == "red/000.png"
    assert sorted(one.name for one in folder.iterdir()) == ["blue", "green", "red"]
    user.session.undo()
    assert user.classes == ["blue", "green", "red"]
    user.click_row(3)
    edits.exclude(edits.of_class("blue"), Reason.BY_HAND)
    assert user.classes == ["green", "red"]
    assert (table.chosen, browser.filter.heading.text) == (1, "red")
    assert {path.split("/")[0] for path in browser.shown} == {"red"}
    user.session.undo()
    assert (table.chosen, browser.filter.heading.text) == (2, "red")


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


def test_what_was_decided_and_leaves_nothing_is_set_aside(user: User) -> None:
    folder = user.draw(classes=3, per_class=3)
    blue = [f"blue/{file.name}" for file in (folder / "blue").iterdir()]
    dataset_edits.save(look_through(folder), Edits().excluding(blue))
    for file in (folder / "green").iterdir():
        file.unlink()
    user.open(folder)
    assert user.view.notice.isVisible()
    assert "one_class" in said(user.view.notice.text)
    assert user.classes == ["blue", "red"]
    user.look_closely(good_folder(folder.parent))
    assert not user.view.notice.isVisible()


# -- closer looks -------------------------------------------------------------------------


def test_a_leak_is_found_unasked_and_moved_to_training_left_out_or_kept(user: User) -> None:
    folder = leaky_folder(user.root)
    user.look_closely(folder)
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
    user.page.does.edits.exclude([LEAK[1]])
    assert user.findings_on_tab == 0
    user.session.save_choices()
    user.qtbot.waitUntil(dataset_edits.kept_file(folder).exists)
    user.look_closely(folder)
    assert user.findings_on_tab == 0
    user.press("excluded", "include")  # it was not among those looked at
    user.qtbot.waitUntil(lambda: "leaks" in user.findings)
    user.press("leaks", "review")
    click(findings.pairs.keep_both)
    for _ in range(2):
        assert (user.findings_on_tab, user.findings) == (0, ["fine"])
        assert findings.overview.duplicates.extra.isVisible()
        user.look_closely(folder)


def test_among_many_images_one_asks(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_actions, "UNASKED", 10)
    user.open(leaky_folder(user.root))
    assert not user.session.looks.is_busy
    assert "leaks" not in user.findings
    user.show_tab(user.view.findings)
    click(user.view.findings.overview.duplicates.start)
    user.qtbot.waitUntil(lambda: "leaks" in user.findings)


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
    user.press("few_training", "filter:class:1")
    assert user.view.browser.grid.hasFocus()
    assert (user.view.table.chosen, user.view.browser.filter.heading.text) == (1, "red")
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


def test_a_folder_changed_elsewhere_is_told_on_return_and_read_anew(
    user: User, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, state = leaky_folder(user.root), Qt.ApplicationState
    user.look_closely(folder)
    view, outdated, session = user.view, user.view.outdated, user.session
    with user.qtbot.waitSignal(session.looks.folder_changed):
        qapp.applicationStateChanged.emit(state.ApplicationActive)
    assert not outdated.isVisible(), "all is as it was"
    draw(folder / "train" / "red" / "new.png", COLORS["red"], 99)
    qapp.applicationStateChanged.emit(state.ApplicationInactive)
    with user.qtbot.waitSignal(session.looks.folder_changed):
        qapp.applicationStateChanged.emit(state.ApplicationActive)
    assert outdated.isVisible()
    assert "train/red/new.png" in outdated.text
    with monkeypatch.context() as patch:
        patch.setattr("gui.session.open_dataset.look_through", SlowScan())
        click(outdated.button)
        user.qtbot.waitUntil(lambda: user.page.view == "scan")
        click(user.page.scan.cancel)
    assert user.page.view == "dataset"
    assert outdated.isVisible()
    assert user.findings == ["leaks"]
    assert not session.looks.is_busy
    user.open_by(outdated.button)
    assert not outdated.isVisible()
    assert user.counts[2] == ["red", "11", "6", "0"]
    folder.rename(user.root / "moved")
    for look in (session.verify_files, session.check_folder):
        view.notice.say("")
        with user.qtbot.waitSignal(session.looks.failed):
            look()
        assert user.page.view == "dataset"
        assert "folder_missing" in said(view.notice.text)
    assert not view.findings.overview.verify.is_running


# -- room -----------------------------------------------------------------------------------


LONG = "a-folder-with-quite-a-long-name-that-goes-on-and-on-and-on"


def resize(user: User, width: int, height: int) -> None:
    """As large as what is left of the window, and laid out."""
    user.page.resize(width, height)
    for view in (user.page.start, user.page.scan, user.page.label, user.view):
        if view.isVisible():
            user.qtbot.waitUntil(lambda view=view: view.width() == width)


def test_ways_out_are_within_reach(user: User, gate: threading.Event) -> None:
    user.fail(user.root / LONG)
    for size in SIZES:
        resize(user, *size)
        assert_whole(user.page.start, QPushButton)
    with user.qtbot.waitSignal(user.session.scan_outlined):
        user.session.open_folder(split_folder(user.root / "signs"))
    for size in SIZES:
        resize(user, *size)
        assert_whole(user.page.scan, QPushButton)
        assert_whole(user.page.scan, ClassTable)


def test_everything_is_within_reach_in_each_tab(user: User, qapp: QApplication) -> None:
    user.session.engine.speed = SLOW
    folder = good_folder(user.root, LONG)
    (folder / "train" / "red" / "zero.jpg").write_bytes(b"")
    user.look_closely(folder)
    user.page.does.edits.assign(["train/red/001.png"], "validation")
    user.session.change("dataset.group_by", "prefix:_")
    view = user.view
    view.locked.show()
    for size in SIZES:
        resize(user, *size)
        assert view.tabs.tabBar().width() <= view.tabs.width()
        for panel in (view.findings, view.split, view.fit, view.browser):
            user.show_tab(panel)
            assert view.tabs.tabBar().hasFocus(), "and no field"
            user.qtbot.waitUntil(lambda: not view.fit.is_waiting)
            assert_whole(view, QPushButton)
        user.show_tab(view.split)
        for kind in (FieldBox, ShareBar, SplitTable):
            assert_whole(view.split, kind)
        assert view.split.table.horizontalScrollBar().maximum() == 0
        assert view.split.table.viewport().height() >= 3 * view.split.table.rowHeight(0)
        user.show_tab(view.fit)
        lines = (one for kind in (FieldBox, AdviceLine) for one in view.fit.findChildren(kind))
        assert all(one.width() >= one.minimumSizeHint().width() for one in lines if one.isVisible())
        assert all(card.picture_rect().width() >= 110 for card in view.fit.cards.values())
        user.show_tab(view.browser)
        for kind in (QLineEdit, QComboBox):
            assert_whole(view.browser.filter, kind)
        for boxes in (view.split.fields.boxes, view.fit.fields.boxes):
            assert not any(box.help.is_elided for box in boxes.values())
        user.select("train/red/000.png")
        assert_whole(view.browser.bar, QToolButton)
    view.locked.hide()
    for bar in (view.outdated, view.notice):
        bar.say("many words " * 20)
    for size in SIZES:
        resize(user, *size)
        for panel in (view.fit, view.split, view.findings, view.browser):
            user.show_tab(panel)
            qapp.processEvents()  # the layout's
            assert view.height() == size[1], "the page does not scroll"
            for bar in (view.outdated, view.notice):
                assert bar.words.height() >= bar.words.heightForWidth(bar.words.width())
            assert_whole(view, QPushButton)
        assert view.browser.grid.height() > 140


def test_each_way_to_classes_is_within_reach(user: User) -> None:
    user.open(good_folder(user.root, f"{LONG}-still-open"))
    flat = flat_folder(user.root / LONG, PETS)
    write_table(flat / "labels.csv", [("file", "class"), *((name, name[:3]) for name in PETS)])
    user.open_flat(flat)
    view = user.page.label
    for size in SIZES:
        resize(user, *size)
        for way in ("names", "table", "hand"):
            click(view.cards[way])
            settle(user.qtbot, view)
            assert view.way == way
            for kind in (QPushButton, QComboBox, QAbstractItemView):
                assert_whole(view, kind)


# -- the end --------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", HELD)
def test_the_window_closes_in_the_middle_of_its_jobs(jobs: str, tmp_path: Path) -> None:
    flat = jobs == "labels"
    folder = flat_folder(tmp_path / "pets", PETS) if flat else good_folder(tmp_path)
    script = ["-X", "faulthandler", "-m", "tests.support.window.closing", jobs, str(folder)]
    command = [sys.executable, *script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    said = [line for line in done.stderr.splitlines() if "propagateSizeHints" not in line]
    assert (done.returncode, said) == (0, [])


def test_a_page_that_goes_away_waits_for_its_jobs(
    qtbot: QtBot, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, gate = threading.Event(), threading.Event()
    report = split_words.report

    def wait(*values: Any) -> object:
        begun.set()
        gate.wait()
        return report(*values)

    monkeypatch.setattr(split_words, "report", wait)
    page = DataPage(session)
    page.show()
    open_folder(qtbot, session, good_folder(tmp_path))
    page.dataset.tabs.setCurrentWidget(page.dataset.split)
    session.change("dataset.group_by", "prefix:_")
    qtbot.waitUntil(begun.is_set)
    page.destroyed.connect(lambda: gate.set())
    page.deleteLater()
    QCoreApplication.sendPostedEvents(page, QEvent.Type.DeferredDelete)
    assert gate.is_set()
    session.change("dataset.split_seed", 3)  # nobody listens any more
    session.undo()
