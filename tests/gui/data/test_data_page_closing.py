"""The window is closed, or its page goes away, in the middle of a job: all ends cleanly."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from gui.data.page import DataPage
from gui.data.split import words as split_words
from gui.session.session import Session
from tests.support import ROOT
from tests.support.window.closing import HELD
from tests.support.window.data_page import good_folder
from tests.support.window.fakes import open_folder
from tests.support.window.label_view import PETS, flat_folder


@pytest.mark.parametrize("job", HELD)
def test_the_window_closes_in_the_middle_of_a_job(job: str, tmp_path: Path) -> None:
    flat = job == "labels"
    folder = flat_folder(tmp_path / "pets", PETS) if flat else good_folder(tmp_path)
    done = subprocess.run(
        [
            sys.executable,
            "-X",
            "faulthandler",
            "-m",
            "tests.support.window.closing",
            job,
            str(folder),
        ],
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
