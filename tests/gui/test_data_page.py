"""The Data page on a session: ways to open pictures, reading them, and what goes wrong."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from core import scanning
from core.images import Header
from gui.pages.data import DataPage
from gui.session import Session
from gui.widgets.class_table import ClassTable
from tests.gui.data_page import (
    SIZES,
    SlowScan,
    assert_whole,
    captions,
    click,
    counts,
    drag,
    findings,
    findings_title,
    press,
    retype,
    rows,
    show_tab,
    split_folder,
)
from tests.gui.fakes import open_folder
from tests.gui.label_view import PETS, flat_folder
from tests.pictures import COLORS, PictureFolder, draw, draw_folder


@pytest.fixture
def slow_scan(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowScan]:
    made = SlowScan()
    monkeypatch.setattr("gui.dataset_jobs.look_through", made)
    yield made
    made.may_go_on.set()


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


# -- reading --------------------------------------------------------------------------------


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


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """While it is not set, no file's header is read."""
    made, check = threading.Event(), scanning.check

    def check_later(path: Path, **options: bool | float) -> Header:
        made.wait()
        return check(path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(scanning, "check", check_later)
    yield made
    made.set()


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


def test_a_scan_called_off_leaves_the_open_pictures(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_folder(qtbot, session, picture_folder())
    slow = SlowScan()
    monkeypatch.setattr("gui.dataset_jobs.look_through", slow)
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
