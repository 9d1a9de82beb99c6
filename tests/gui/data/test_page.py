"""The Data page with a dataset open: what it shows, its part of the recipe, its room, its end."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLineEdit,
    QPushButton,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gui.controls.labels import AdviceLine
from gui.controls.layouts import ScrollColumn
from gui.controls.setting_fields import FieldBox
from gui.data.classes import ClassTable
from gui.data.page import DataPage
from gui.data.split import words as split_words
from gui.data.split.table import ShareBar, SplitTable
from gui.session.labelling import Way
from gui.session.session import Session
from tests.support import ROOT
from tests.support.pictures import draw_folder
from tests.support.window.acting import click, retype
from tests.support.window.browsing import messy_folder
from tests.support.window.closing import HELD
from tests.support.window.data_page import (
    PETS,
    SIZES,
    User,
    assert_whole,
    flat_folder,
    good_folder,
    numbers,
    settle,
    split_folder,
    write_table,
)
from tests.support.window.datasets import SLOW
from tests.support.window.fakes import open_folder, replace_training


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
    fields = user.view.split.fields
    user.show_tab(user.view.split)
    enabled = [field.isEnabled() for field in (fields.validation, fields.test, fields.seed)]
    assert enabled == [False, True, True]
    retype(fields.test, "0,25")
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


def test_a_class_of_few_images_is_shown_from_its_finding(user: User) -> None:
    folder = good_folder(user.root)
    for number in range(3):
        (folder / "train" / "red" / f"00{number}.png").unlink()
    user.open(folder)
    user.press("few_training", "filter:class:1")
    assert user.view.browser.grid.hasFocus()
    assert user.view.table.chosen == 1
    assert user.view.browser.filter.heading.text == "red"
    assert len(user.captions) == 12


def test_a_click_on_a_tab_puts_the_cursor_into_no_field(user: User) -> None:
    user.open(good_folder(user.root))
    view = user.view
    user.select("train/red/000.png")
    for panel in (view.split, view.fit, view.findings, view.browser):
        user.show_tab(panel)
        assert view.tabs.tabBar().hasFocus()


# -- the recipe's part ----------------------------------------------------------------------


def test_shares_and_seed_change_counts_and_images_at_once(user: User) -> None:
    user.open(user.draw(classes=2, per_class=10))
    user.click_row(1)
    fields = user.view.split.fields
    user.show_tab(user.view.split)
    retype(fields.validation, "0,5")
    assert user.session.recipe.dataset.validation_fraction == 0.5
    assert user.sizes == [20, 2, 10, 10, 0]
    assert user.counts[1] == ["green", "5", "5", "0"]
    assert numbers(user.view.layout_found.text) == [50]
    words = [caption.split("\n")[1] for caption in user.captions]
    assert words.count("validation") == 5
    user.session.undo()
    assert user.counts[1] == ["green", "8", "2", "0"]
    assert fields.validation.text() == "0.2"
    assert user.view.browser.filter.heading.text == "green"
    before = user.captions
    retype(fields.seed, "7")
    assert user.session.recipe.dataset.split_seed == 7
    assert user.captions != before
    assert user.sizes == [20, 2, 16, 4, 0]


def test_what_the_recipe_refuses_is_said_at_the_field(user: User) -> None:
    user.open(user.draw(per_class=10))
    panel, key = user.view.split, "dataset.test_fraction"
    user.show_tab(panel)
    panel.changed.emit(key, 0.9)
    assert user.session.recipe.dataset.test_fraction == 0
    assert panel.problem.isVisible()
    assert panel.problem.text.startswith(f"{panel.field_name(key)} ")
    assert numbers(panel.problem.text)[:2] == [0.9, 0.75]
    assert panel.fields.boxes[key].error
    retype(panel.fields.test, "0.1")
    assert not panel.problem.isVisible()
    assert not panel.fields.boxes[key].error


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


def test_a_run_that_trains_locks_its_recipe(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    training, session = replace_training(monkeypatch), user.session
    user.open(user.draw(per_class=10))
    assert not user.view.locked.isVisible()
    with user.qtbot.waitSignal(session.training_started):
        session.start_training()
    assert user.view.locked.isVisible()
    user.show_tab(user.view.split)
    retype(user.view.split.fields.validation, "0.5")
    assert user.sizes == [20, 2, 10, 10, 0]
    assert session.running_recipe.dataset.validation_fraction == 0.2
    with user.qtbot.waitSignal(session.training_finished):
        training.may_finish.set()
    assert not user.view.locked.isVisible()


# -- room -----------------------------------------------------------------------------------


LONG = "a-folder-with-quite-a-long-name-that-goes-on-and-on-and-on"


def resize(user: User, width: int, height: int) -> None:
    """As large as what is left of the window, and laid out."""
    user.page.resize(width, height)
    for view in (user.page.start, user.page.scan, user.page.label, user.view):
        if view.isVisible():
            user.qtbot.waitUntil(lambda view=view: view.width() == width)


def assert_fit(panel: QWidget, *kinds: type[QWidget]) -> None:
    """Each visible one of ``kinds`` has the room that it needs in the panel's column."""
    column = panel.findChild(ScrollColumn)
    assert column.horizontalScrollBar().maximum() == 0
    inside = column.widget()
    for part in (one for kind in kinds for one in panel.findChildren(kind) if one.isVisible()):
        assert part.width() >= part.minimumSizeHint().width(), part
        assert inside.rect().contains(QRect(part.mapTo(inside, QPoint()), part.size())), part


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


def test_everything_is_within_reach_in_each_tab(user: User) -> None:
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
            user.qtbot.waitUntil(lambda: not view.fit.is_waiting)
            assert_whole(view, QPushButton)
            assert view.table.height() > 120
        user.show_tab(view.split)
        assert_fit(view.split, FieldBox, ShareBar, SplitTable)
        assert view.split.table.horizontalScrollBar().maximum() == 0
        assert view.split.table.viewport().height() >= 3 * view.split.table.rowHeight(0)
        user.show_tab(view.fit)
        assert_fit(view.fit, FieldBox, AdviceLine)
        assert all(card.picture_rect().width() >= 110 for card in view.fit.cards.values())
        user.show_tab(view.browser)
        for kind in (QLineEdit, QComboBox):
            assert_whole(view.browser.filter, kind)
        for boxes in (view.split.fields.boxes, view.fit.fields.boxes):
            assert not any(box.help.is_elided for box in boxes.values())
        assert view.browser.grid.height() > 200
        user.select("train/red/000.png")
        assert_whole(view.browser.bar, QToolButton)


def test_bars_with_news_leave_room_for_what_is_below(user: User, qapp: QApplication) -> None:
    user.look_closely(messy_folder(user.root / "messy"))
    view = user.view
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
    view, ways = user.page.label, tuple[Way, ...](("names", "table", "hand"))
    for size in SIZES:
        resize(user, *size)
        for way in ways:
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
    done = subprocess.run(
        [sys.executable, *script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
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
