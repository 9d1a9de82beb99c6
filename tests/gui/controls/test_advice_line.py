"""A sentence that may be a warning."""

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from gui.base import theme
from gui.controls.labels import AdviceLine, Kind


def test_it_is_hidden_while_there_is_nothing_to_say(qtbot: QtBot) -> None:
    line = AdviceLine()
    qtbot.addWidget(line)
    assert line.isHidden()
    line.show_words("Crop loses <b>much</b>.", "warning")
    assert line.isVisible()
    assert line.text == line.accessibleName() == "Crop loses <b>much</b>."
    line.show_words("")
    assert line.isHidden()


@pytest.mark.parametrize("kind", ["warning", "wrong"])
def test_a_warning_stays_readable_when_the_theme_changes(qtbot: QtBot, kind: Kind) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    line = AdviceLine()
    qtbot.addWidget(line)
    line.show_words("Crop loses much.", kind)
    icon, label = line.findChildren(QLabel)
    try:
        for scheme in ("dark", "light"):
            theme.apply(app, scheme)
            QApplication.processEvents()
            ground, ink = line.palette().window().color(), label.palette().windowText().color()
            assert theme.contrast(ground, ink) >= 4.5
            assert icon.isVisible()
    finally:
        theme.apply(app, "system")
    line.show_words("Nothing is lost.")
    assert not icon.isVisible()
