"""A radio button: hit anywhere, and its ring seen in light and dark."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.base import theme
from gui.controls.inputs import Radio


@pytest.fixture(params=["light", "dark"])
def app(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[QApplication]:
    theme.apply(qapp, request.param)
    yield qapp
    theme.apply(qapp, "system")


def test_a_click_behind_its_words_chooses_it(qtbot: QtBot) -> None:
    radio = Radio("Off")
    qtbot.addWidget(radio)
    radio.resize(200, 24)
    qtbot.mouseClick(radio, Qt.MouseButton.LeftButton, pos=QPoint(190, 12))
    assert radio.isChecked()


@pytest.mark.parametrize("is_chosen", [True, False])
def test_its_ring_stands_out(qtbot: QtBot, app: QApplication, is_chosen: bool) -> None:
    radio = Radio("")
    qtbot.addWidget(radio)
    radio.setChecked(is_chosen)
    radio.resize(20, 20)
    image = radio.grab().toImage()
    ground = app.palette().color(QPalette.ColorRole.Window)
    seen = (image.pixelColor(x, y) for x in range(20) for y in range(20))
    assert max(theme.contrast(color, ground) for color in seen) > 3
