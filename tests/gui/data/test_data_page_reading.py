"""The Data page while a folder is read: names and counts at once, how far, the way out."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gui.data.page import DataPage
from gui.session.session import Session
from tests.support.pictures import COLORS, PictureFolder, draw, draw_folder
from tests.support.window.data_page import SlowScan, captions, click, counts, rows, split_folder
from tests.support.window.fakes import open_folder
from tests.support.window.label_view import PETS, flat_folder


@pytest.fixture
def slow_scan(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowScan]:
    made = SlowScan()
    monkeypatch.setattr("gui.session.open_dataset.look_through", made)
    yield made
    made.may_go_on.set()


def test_a_scan_shows_how_far_it_is_and_can_be_called_off(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    slow_scan: SlowScan,
    picture_folder: PictureFolder,
) -> None:
    session.open_folder(picture_folder())
    assert page.view == "scan"
    assert page.scan.heading.text == "Reading pictures…"
    qtbot.waitUntil(lambda: page.scan.count.text() == "3 of 10 pictures")
    assert (page.scan.bar.value(), page.scan.bar.maximum()) == (3, 10)
    click(qtbot, page.scan.cancel)
    assert not session.is_scanning
    assert page.view == "start"


def test_classes_and_counts_stand_there_before_any_file_is_read(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path, gate: threading.Event
) -> None:
    folder = split_folder(tmp_path / "signs")
    with qtbot.waitSignal(session.scan_outlined):
        session.open_folder(folder)
    scan = page.scan
    assert page.view == "scan"
    assert scan.names.text == "12 pictures · 2 classes"
    assert rows(scan.table) == [
        ["All classes", "6", "4", "2"],
        ["green", "3", "2", "1"],
        ["red", "3", "2", "1"],
    ]
    assert scan.table.isVisible()
    assert not scan.table.selectionModel().hasSelection()
    with qtbot.waitSignal(session.dataset_changed):
        gate.set()
    assert page.view == "dataset"
    assert len(captions(page)) == 12
    session.open_folder(tmp_path / "gone")
    assert not scan.table.isVisibleTo(scan), "the folder before has nothing to do with this"


def test_pictures_without_class_folders_are_counted_at_once(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path, gate: threading.Event
) -> None:
    folder = flat_folder(tmp_path / "flat", PETS)
    with qtbot.waitSignal(session.scan_outlined):
        session.open_folder(folder)
    assert page.scan.names.text == "8 pictures · no class folders"
    assert not page.scan.table.isVisible()
    gate.set()


def test_a_scan_called_off_leaves_the_open_pictures(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_folder(qtbot, session, picture_folder())
    slow = SlowScan()
    monkeypatch.setattr("gui.session.open_dataset.look_through", slow)
    session.open_folder(picture_folder(name="others"))
    qtbot.waitUntil(lambda: page.view == "scan")
    click(qtbot, page.scan.cancel)
    assert page.view == "dataset"
    assert page.dataset.title.text == "pictures"
    assert session.summary is not None
    assert session.summary.name == "pictures"


def test_reload_finds_what_is_new(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    folder = picture_folder(per_class=4)
    open_folder(qtbot, session, folder)
    draw(folder / "red" / "new.png", COLORS["red"], seed=99)
    draw_folder(folder / "more", classes=1, per_class=3)
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, page.dataset.reload)
    assert page.dataset.counts.text().startswith("12 pictures · 3 classes")
    assert [row[0] for row in counts(page)] == ["All classes", "green", "more", "red"]
