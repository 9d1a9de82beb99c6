"""The download of published weights: its size first, a bar, and every way it may end."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from core.model.weights import download as weight_download
from gui.model.download import DownloadDialog
from gui.session.session import Session
from tests.support.download_server import Server, publishing

NAME = "torchvision-v1"
CONTENTS = bytes(range(256)) * 8000
Show = Callable[[], DownloadDialog]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with publishing(monkeypatch, NAME, CONTENTS) as one:
        yield one


@pytest.fixture
def show(qtbot: QtBot, session: Session, server: Server) -> Show:
    def make() -> DownloadDialog:
        session.change("model.weights", NAME)
        dialog = DownloadDialog(session, NAME)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return make


def click(qtbot: QtBot, button: QPushButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def left() -> list[Path]:
    """What is in the folder of weights, but for the lock."""
    folder = weight_download.place(NAME).parent
    return [one for one in folder.glob("*") if one.suffix != ".lock"]


def test_the_size_is_told_before_anything_is_asked_for(show: Show, server: Server) -> None:
    dialog = show()
    assert "2.0\xa0MB come from 127.0.0.1" in dialog.why.text()
    assert not dialog.bar.isVisible()
    assert server.asked == []


def test_it_downloads_and_says_when_the_weights_are_ready(qtbot: QtBot, show: Show) -> None:
    dialog = show()
    with qtbot.waitSignal(dialog.ready):
        click(qtbot, dialog.download_button)
    assert dialog.isHidden()
    assert weight_download.verified(NAME).read_bytes() == CONTENTS


def test_the_bar_says_how_far_it_is(qtbot: QtBot, show: Show, server: Server) -> None:
    server.mode = "stuck"
    dialog = show()
    click(qtbot, dialog.download_button)
    qtbot.waitUntil(lambda: dialog.bar.value() == 500)
    assert dialog.bar.isVisible()
    assert dialog.state.text() == "1.0\xa0MB of 2.0\xa0MB"
    assert not dialog.download_button.isEnabled()
    dialog.reject()


def test_cancel_leaves_nothing_behind(qtbot: QtBot, show: Show, server: Server) -> None:
    server.mode = "stuck"
    dialog = show()
    click(qtbot, dialog.download_button)
    qtbot.waitUntil(lambda: dialog.bar.value() == 500)
    assert left()
    with qtbot.assertNotEmitted(dialog.ready):
        click(qtbot, dialog.cancel_button)
        qtbot.waitUntil(lambda: not left())
    assert dialog.isHidden()


def test_escape_cancels_too(qtbot: QtBot, show: Show, server: Server) -> None:
    server.mode = "silent"
    dialog = show()
    click(qtbot, dialog.download_button)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.is_busy
    assert dialog.isHidden()


def test_a_window_that_goes_keeps_what_has_come(
    qtbot: QtBot, session: Session, server: Server
) -> None:
    server.mode = "stuck"
    dialog = DownloadDialog(session, NAME)
    dialog.show()
    click(qtbot, dialog.download_button)
    qtbot.waitUntil(lambda: dialog.bar.value() == 500)
    dialog.deleteLater()
    qtbot.waitUntil(lambda: not isValid(dialog))
    assert [one.suffix for one in left()] == [".part"]


def test_offline_one_sentence_offers_the_built_in_weights(
    qtbot: QtBot, show: Show, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = show()
    monkeypatch.setattr(weight_download, "BASE", "http://127.0.0.1:9")
    click(qtbot, dialog.download_button)
    qtbot.waitUntil(lambda: not dialog.is_busy)
    assert dialog.problem.text.startswith("The download is not possible: 127.0.0.1:9 was not")
    assert dialog.problem.text.endswith("The built-in weights need no network.")
    with qtbot.waitSignal(dialog.ready):
        click(qtbot, dialog.built_in_button)
    assert session.recipe.model.weights == "imagenet"
    assert dialog.isHidden()


def test_a_wrong_checksum_is_told_and_another_try_may_help(
    qtbot: QtBot, show: Show, server: Server
) -> None:
    server.contents = bytes(len(CONTENTS))
    dialog = show()
    click(qtbot, dialog.download_button)
    qtbot.waitUntil(lambda: not dialog.is_busy)
    assert "its checksum is wrong" in dialog.problem.text
    assert left() == []
    server.contents = CONTENTS
    assert dialog.download_button.text() == "Try again"
    with qtbot.waitSignal(dialog.ready):
        click(qtbot, dialog.download_button)
    assert weight_download.find(NAME) is not None


def test_what_was_cut_off_is_gone_on_with(qtbot: QtBot, show: Show, server: Server) -> None:
    server.mode = "cut"
    dialog = show()
    click(qtbot, dialog.download_button)
    qtbot.waitUntil(lambda: not dialog.is_busy)
    assert "1.0 of 2.0 MB. Another try goes on from there." in dialog.problem.text
    server.mode = "whole"
    with qtbot.waitSignal(dialog.ready):
        click(qtbot, dialog.download_button)
    assert server.asked == ["", f"bytes={len(CONTENTS) // 2}-"]
