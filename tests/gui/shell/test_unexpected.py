"""An error that nobody caught is told once, with its details, and never kills the window."""

import logging
import sys
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from gui.shell.unexpected import UnexpectedErrors


@pytest.fixture
def errors(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[UnexpectedErrors]:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    errors = UnexpectedErrors()
    errors.install()
    yield errors
    if errors.dialog is not None:
        errors.dialog.close()


def _fail(reason: str) -> None:
    try:
        raise ZeroDivisionError(reason)
    except ZeroDivisionError:
        sys.excepthook(*sys.exc_info())


def test_it_is_logged_and_shown_with_details_to_copy(
    qtbot: QtBot, errors: UnexpectedErrors, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        _fail("a bug")
    assert "ZeroDivisionError" in caplog.text
    assert errors.dialog is not None
    assert errors.dialog.text() == "Something went wrong that Thaw did not expect: a bug"
    copy = next(one for one in errors.dialog.findChildren(QPushButton) if "Copy" in one.text())
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert "ZeroDivisionError: a bug" in QGuiApplication.clipboard().text()
    assert errors.dialog.isVisible()


def test_a_flood_of_errors_is_one_dialog(qtbot: QtBot, errors: UnexpectedErrors) -> None:
    _fail("first")
    dialog = errors.dialog
    _fail("second")
    assert errors.dialog is dialog
    assert dialog is not None
    assert "first" in dialog.text()
    dialog.close()
    assert errors.dialog is None
    _fail("third")
    assert errors.dialog is not None
    assert "third" in errors.dialog.text()


def test_an_error_in_another_thread_is_shown_too(qtbot: QtBot, errors: UnexpectedErrors) -> None:
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: errors.dialog is not None)
    assert errors.dialog is not None
    assert "division by zero" in errors.dialog.text()


def test_a_known_error_keeps_its_own_sentence(qtbot: QtBot, errors: UnexpectedErrors) -> None:
    error = ThawError("folder_missing", path="/gone")
    sys.excepthook(type(error), error, None)
    assert errors.dialog is not None
    assert errors.dialog.text() == "There is no folder /gone"


def test_quietly_an_error_goes_to_its_listener(qtbot: QtBot, errors: UnexpectedErrors) -> None:
    heard: list[ThawError] = []
    errors.quietly(heard.append)
    _fail("a bug")
    assert [one.code for one in heard] == ["unexpected"]
    assert errors.dialog is None
