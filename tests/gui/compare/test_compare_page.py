"""The Compare page: tabs that are made when they are first shown."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gui.compare.page import ComparePage
from gui.session.session import Session
from gui.shell.window import MainWindow
from tests.support.made_runs import made_run
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import FakePage


@pytest.fixture
def archive(picture_folder: PictureFolder, tmp_path: Path) -> Path:
    """A run in one file."""
    from core.runs import archive as runs_archive

    run = made_run(picture_folder(per_class=5), tmp_path / "elsewhere" / "leaf")
    return runs_archive.save(run.directory, tmp_path / "leaf").path


def test_only_what_is_shown_is_made(qtbot: QtBot, session: Session) -> None:
    page = ComparePage(session)
    qtbot.addWidget(page)
    assert page.tab == "runs"
    assert list(page.views) == ["runs"]


def test_ticked_runs_stand_side_by_side_and_others_can_be_chosen(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, tmp_path: Path
) -> None:
    pictures = picture_folder(per_class=5)
    session.settings.runs_folder = tmp_path / "runs"
    runs = [made_run(pictures, tmp_path / "runs" / name).directory for name in ("a", "b")]
    page = ComparePage(session)
    qtbot.addWidget(page)
    page.views["runs"].compare_asked.emit(runs)
    assert page.tab == "compare"
    assert page.views["compare"].directories == tuple(runs)
    page.views["compare"].runs_asked.emit()
    assert page.tab == "runs"
    qtbot.waitUntil(lambda: not page.views["compare"].is_busy)


def test_a_run_in_one_file_opens_in_the_list(
    qtbot: QtBot, session: Session, archive: Path, tmp_path: Path
) -> None:
    session.settings.runs_folder = tmp_path / "runs"
    window = MainWindow(session)
    qtbot.addWidget(window)
    window.show()
    with qtbot.waitSignal(window.archives.opened):
        window.open_path(archive)
    assert window.step == "compare"
    page = window.page
    assert isinstance(page, ComparePage)
    qtbot.waitUntil(lambda: len(page.views["runs"].table.selected) == 1)
    assert page.views["runs"].table.selected[0].directory == tmp_path / "runs" / "leaf"


def test_a_file_that_is_no_run_is_said_above_the_page(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    window = MainWindow(session, FakePage)
    qtbot.addWidget(window)
    window.show()
    (tmp_path / "bad.thaw.zip").write_bytes(b"nothing")
    with qtbot.waitSignal(window.archives.failed):
        window.open_path(tmp_path / "bad.thaw.zip")
    assert "is no zip file" in window.messages.text
