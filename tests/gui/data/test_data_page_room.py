"""Everything on the Data page is within reach, whatever the window's size."""

import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from gui.data.classes import ClassTable
from gui.data.page import DataPage
from gui.session.labelling import Way
from gui.session.session import Session
from tests.support.window.browsing import messy_folder
from tests.support.window.data_page import (
    SIZES,
    assert_whole,
    click,
    good_folder,
    look_closely,
    select,
    show_tab,
    split_folder,
)
from tests.support.window.datasets import SLOW
from tests.support.window.fakes import open_folder
from tests.support.window.label_view import PETS, flat_folder, settle, write_table


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_way_out_of_a_scan_is_within_reach(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    tmp_path: Path,
    gate: threading.Event,
    width: int,
    height: int,
) -> None:
    page.resize(width, height)
    with qtbot.waitSignal(session.scan_outlined):
        session.open_folder(split_folder(tmp_path / "signs"))
    qtbot.waitUntil(lambda: page.scan.width() == width)
    assert_whole(page.scan, QPushButton)
    assert_whole(page.scan, ClassTable)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_start_is_within_reach_after_a_failure(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path, width: int, height: int
) -> None:
    with qtbot.waitSignal(session.scan_failed):
        session.open_folder(tmp_path / "a folder with quite a long name that is not there")
    page.resize(width, height)
    qtbot.waitUntil(lambda: page.start.width() == width)
    assert_whole(page.start, QPushButton)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_everything_is_within_reach_in_each_tab(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path, width: int, height: int
) -> None:
    session.engine.speed = SLOW
    folder = good_folder(tmp_path, "a folder with quite a long name that goes on and on and on")
    (folder / "train" / "red" / "zero.jpg").write_bytes(b"")
    look_closely(qtbot, session, folder)
    page.resize(width, height)
    view = page.dataset
    view.locked.show()
    qtbot.waitUntil(lambda: view.width() == width)
    assert view.tabs.tabBar().width() <= view.tabs.width()
    for panel in (view.browser, view.findings, view.split, view.fit):
        show_tab(qtbot, page, panel)
        qtbot.waitUntil(lambda: not view.fit.is_waiting)
        assert_whole(view, QPushButton)
        assert view.table.height() > 120
    for boxes in (view.split.fields.boxes, view.fit.fields.boxes):
        assert not any(box.help.is_elided for box in boxes.values())
    show_tab(qtbot, page, view.browser)
    assert view.browser.grid.height() > 200
    select(qtbot, page, "train/red/000.png")
    assert_whole(view.browser.bar, QToolButton)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_bars_with_news_leave_room_for_what_is_below(
    qtbot: QtBot,
    qapp: QApplication,
    session: Session,
    page: DataPage,
    tmp_path: Path,
    width: int,
    height: int,
) -> None:
    page.resize(width, height)
    look_closely(qtbot, session, messy_folder(tmp_path / "messy"))
    view = page.dataset
    for bar in (view.outdated, view.notice):
        bar.say("What is to be said here is long enough to fill more than one line. " * 3)
    for panel in (view.fit, view.split, view.findings, view.browser):
        show_tab(qtbot, page, panel)
        qapp.processEvents()  # the layout's
        assert view.height() == height, "the page does not scroll"
        for bar in (view.outdated, view.notice):
            assert bar.words.height() >= bar.words.heightForWidth(bar.words.width())
        assert_whole(view, QPushButton)
    assert view.browser.grid.height() > 140


@pytest.mark.parametrize("way", ["names", "table", "hand"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_each_way_to_classes_is_within_reach(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    tmp_path: Path,
    way: Way,
    width: int,
    height: int,
) -> None:
    open_folder(qtbot, session, good_folder(tmp_path, "a folder with a long name, still open"))
    flat = flat_folder(tmp_path / "a flat folder with quite a long name, too", PETS)
    write_table(flat / "labels.csv", [("file", "class"), *((name, name[:3]) for name in PETS)])
    with qtbot.waitSignal(session.scan_failed):
        session.open_folder(flat)
    view = page.label
    settle(qtbot, view)
    page.resize(width, height)
    qtbot.waitUntil(lambda: view.width() == width)
    click(qtbot, view.cards[way])
    qtbot.waitUntil(lambda: view.way == way and view.is_still)
    for kind in (QPushButton, QAbstractItemView):
        assert_whole(view, kind)
