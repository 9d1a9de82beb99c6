"""The open folder looked at anew on the Data page: another limit, files that changed."""

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.data.page import DataPage
from gui.session.session import Session
from tests.support.pictures import COLORS, draw
from tests.support.window.data_page import (
    LEAK,
    SlowScan,
    click,
    counts,
    findings,
    findings_title,
    good_folder,
    leaky_folder,
    look_closely,
    retype,
    show_tab,
)

# -- another limit --------------------------------------------------------------------------


def test_a_smaller_limit_makes_large_pictures_problems_until_it_is_undone(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    folder = good_folder(tmp_path)
    Image.new("RGB", (300, 200), COLORS["red"]).save(folder / "train" / "red" / "large.png")
    look_closely(qtbot, session, folder)
    assert findings_title(page) == "Findings"
    field = page.dataset.fit.fields.megapixels
    show_tab(qtbot, page, page.dataset.fit)
    retype(qtbot, field, "0.05")
    with qtbot.waitSignal(session.pictures_edited):
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert counts(page)[2] == ["red", "10", "5", "0"]
    assert findings(page) == ["1 file cannot be used"]
    with qtbot.waitSignal(session.pictures_edited):
        session.undo()
    assert counts(page)[2] == ["red", "11", "5", "0"]
    assert findings_title(page) == "Findings"
    assert field.text() == "200"


def test_a_limit_that_leaves_no_picture_is_said_until_there_are_some(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    look_closely(qtbot, session, good_folder(tmp_path))
    field = page.dataset.fit.fields.megapixels
    show_tab(qtbot, page, page.dataset.fit)
    for way in ("undo", "another value"):
        retype(qtbot, field, "0.001")
        with qtbot.waitSignal(session.scan_failed):
            qtbot.keyClick(field, Qt.Key.Key_Return)
        assert page.view == "dataset"
        assert field.isVisible(), "where it was typed it can be mended"
        assert "None of the 30 pictures" in page.dataset.notice.text
        assert "as it was before" in page.dataset.notice.text
        with qtbot.waitSignal(session.pictures_edited):
            if way == "undo":
                session.undo()
            else:
                retype(qtbot, field, "1")
                qtbot.keyClick(field, Qt.Key.Key_Return)
        assert not page.dataset.notice.isVisible()
        assert page.view == "dataset"
        assert page.dataset.counts.text().startswith("30 pictures")


# -- a changed folder -----------------------------------------------------------------------


def test_a_folder_changed_elsewhere_is_told_when_one_comes_back(
    qtbot: QtBot, qapp: QApplication, session: Session, page: DataPage, tmp_path: Path
) -> None:
    folder = good_folder(tmp_path)
    look_closely(qtbot, session, folder)
    outdated = page.dataset.outdated
    state = Qt.ApplicationState
    with qtbot.waitSignal(session.looks.folder_changed):
        qapp.applicationStateChanged.emit(state.ApplicationActive)
    assert not outdated.isVisible(), "all is as it was"
    draw(folder / "train" / "red" / "new.png", COLORS["red"], 99)
    qapp.applicationStateChanged.emit(state.ApplicationInactive)
    with qtbot.waitSignal(session.looks.folder_changed):
        qapp.applicationStateChanged.emit(state.ApplicationActive)
    assert outdated.isVisible()
    assert "1 picture added (train/red/new.png)" in outdated.text
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, outdated.button)
    assert not outdated.isVisible()
    assert counts(page)[2] == ["red", "11", "5", "0"]


def test_a_reading_called_off_leaves_what_was_said_and_known(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = leaky_folder(tmp_path)
    look_closely(qtbot, session, folder)
    draw(folder / "train" / "red" / "new.png", COLORS["red"], 99)
    with qtbot.waitSignal(session.looks.folder_changed):
        session.check_folder()
    monkeypatch.setattr("gui.session.open_dataset.look_through", SlowScan())
    click(qtbot, page.dataset.outdated.button)
    qtbot.waitUntil(lambda: page.view == "scan")
    click(qtbot, page.scan.cancel)
    assert page.view == "dataset"
    assert page.dataset.outdated.isVisible()
    assert findings(page) == [LEAK]
    assert not session.looks.is_busy


def test_a_folder_that_is_gone_is_told(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    folder = good_folder(tmp_path)
    look_closely(qtbot, session, folder)
    folder.rename(tmp_path / "moved")
    with qtbot.waitSignal(session.looks.failed):
        session.check_folder()
    assert "There is no folder" in page.dataset.notice.text
