"""Folders and files that are dropped, and the keyboard's way to the same."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from gui.controls.drop_area import DropArea


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    folder, picture = tmp_path / "Bäume", tmp_path / "a b.png"
    folder.mkdir()
    picture.write_bytes(b"")
    return [folder, picture]


def shown(qtbot: QtBot, area: DropArea) -> DropArea:
    qtbot.addWidget(area)
    area.show()
    return area


def mime_of(paths: list[Path]) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def enter(area: DropArea, mime: QMimeData) -> bool:
    event = QDragEnterEvent(
        QPoint(9, 9),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    event.ignore()
    QApplication.sendEvent(area, event)
    return event.isAccepted()


def drop(area: DropArea, mime: QMimeData) -> None:
    event = QDropEvent(
        QPointF(9, 9),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(area, event)


@pytest.mark.parametrize(("mode", "expected"), [("folder", 0), ("files", 1)])
def test_what_fits_the_mode_is_taken(
    qtbot: QtBot, paths: list[Path], mode: str, expected: int
) -> None:
    area = shown(qtbot, DropArea("Drop here", mode="folder" if mode == "folder" else "files"))
    mime = mime_of(paths)
    plain = area.grab().toImage()
    assert enter(area, mime)
    assert area.is_highlighted
    assert area.grab().toImage() != plain
    with qtbot.waitSignal(area.dropped) as told:
        drop(area, mime)
    assert told.args == [[paths[expected]]]
    assert not area.is_highlighted


def test_what_does_not_fit_is_refused(qtbot: QtBot, paths: list[Path]) -> None:
    area = shown(qtbot, DropArea("Drop a folder here"))
    words = QMimeData()
    words.setText("words")
    web = QMimeData()
    web.setUrls([QUrl("https://example.org/folder")])
    for mime in (words, web, mime_of(paths[1:]), mime_of([paths[0] / "gone"])):
        assert not enter(area, mime)
        assert not area.is_highlighted
        with qtbot.assertNotEmitted(area.dropped):
            drop(area, mime)


def test_dragging_away_ends_the_highlight(qtbot: QtBot, paths: list[Path]) -> None:
    area = shown(qtbot, DropArea("Drop here"))
    mime = mime_of(paths)
    enter(area, mime)
    QApplication.sendEvent(area, QDragLeaveEvent())
    assert not area.is_highlighted


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_the_keyboard_opens_it_too(qtbot: QtBot, key: Qt.Key) -> None:
    area = shown(qtbot, DropArea("Drop here"))
    with qtbot.waitSignal(area.activated):
        qtbot.keyClick(area, key)
    assert area.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_a_click_opens_it_but_one_on_its_button_does_not(qtbot: QtBot) -> None:
    area = shown(qtbot, DropArea("Drop here", "One folder a class"))
    button = QPushButton("Try the sample")
    area.add_button(button)
    with qtbot.waitSignal(area.activated):
        qtbot.mouseClick(area, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    with qtbot.assertNotEmitted(area.activated), qtbot.waitSignal(button.clicked):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    with qtbot.assertNotEmitted(area.activated):
        qtbot.mouseClick(area, Qt.MouseButton.RightButton, pos=QPoint(5, 5))


def test_its_words_are_read_aloud_and_change(qtbot: QtBot) -> None:
    area = shown(qtbot, DropArea("Drop here", "One folder a class"))
    assert area.accessibleName() == "Drop here"
    before = area.grab().toImage()
    area.set_title("Drop another")
    area.set_hint("")
    assert area.accessibleName() == "Drop another"
    assert area.grab().toImage() != before
