"""The message above the page."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from gui.base import theme
from gui.controls.notices import MessageBar


def test_it_is_hidden_until_there_is_something_to_say(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    assert bar.isHidden()
    assert bar.text == ""
    bar.show_error("The folder has gone")
    assert bar.isVisible()
    assert bar.text == bar.accessibleName() == "The folder has gone"
    bar.show_error("And so has the other")
    assert bar.text == "And so has the other"
    qtbot.mouseClick(bar.findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert bar.isHidden()
    assert bar.text == ""


def test_a_path_with_brackets_is_not_taken_for_markup(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_error("There is no folder <b>bold</b>")
    label = next(one for one in bar.findChildren(QLabel) if one.text())
    assert label.textFormat() is Qt.TextFormat.PlainText


def test_it_stays_readable_when_the_theme_changes(qtbot: QtBot) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_error("The folder has gone")
    try:
        for scheme in ("dark", "light"):
            theme.apply(app, scheme)
            QApplication.processEvents()
            palette = bar.palette()
            ground, ink = palette.window().color(), palette.windowText().color()
            assert theme.contrast(ground, ink) >= 4.5
            assert (ground.lightness() < 128) == (scheme == "dark")
    finally:
        theme.apply(app, "system")
