"""The pinned pictures in a row, and the button that pins."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from core.dataset.summary import Sample
from gui.augment.chooser import PictureChooser, PinRow
from gui.base import theme
from tests.support.window.tiles import shown

FOLDER = Path("pictures")
RED, BLUE = Sample("red/0.png", 0), Sample("blue/1.png", 1)


def load(path: Path, edge: int) -> NDArray[np.uint8]:
    return np.full((edge, edge, 3), 200 if path.parts[1] == "red" else 20, np.uint8)


@pytest.fixture
def row(qtbot: QtBot) -> PinRow:
    made = PinRow(load)
    shown(qtbot, made, 600, 50)
    made.show_pins(FOLDER, [RED, BLUE], {0: "Red", 1: "Blue"}.__getitem__)
    return made


def test_pins_are_seen_and_named(qtbot: QtBot, row: PinRow) -> None:
    assert [button.toolTip().splitlines()[0] for button in row.buttons] == [
        "Red · red/0.png",
        "Blue · blue/1.png",
    ]
    assert "To unpin it: right click, or Delete" in row.buttons[0].toolTip()
    middle = row.buttons[0].rect().center()
    qtbot.waitUntil(lambda: row.buttons[0].grab().toImage().pixelColor(middle).name() == "#c8c8c8")
    assert row.isVisible()


def test_the_sign_before_the_pins_follows_the_scheme(row: PinRow, qapp: QApplication) -> None:
    sign = next(one for one in row.findChildren(QLabel))
    try:
        drawn = []
        for scheme in theme.SCHEMES[1:]:
            theme.apply(qapp, scheme)
            qapp.processEvents()
            image = sign.pixmap().toImage()
            centers = (image.pixelColor(x, y) for x in range(16) for y in range(16))
            drawn.append({one.lightness() for one in centers if one.alpha() == 255})
        light, dark = drawn
        assert max(light) < 100 < min(dark)
    finally:
        theme.apply(qapp, "system")


def test_a_click_or_enter_chooses(qtbot: QtBot, row: PinRow) -> None:
    with qtbot.waitSignal(row.chosen) as chosen:
        qtbot.mouseClick(row.buttons[1], Qt.MouseButton.LeftButton)
    assert chosen.args == [BLUE]
    with qtbot.waitSignal(row.chosen) as chosen:
        qtbot.keyClick(row.buttons[0], Qt.Key.Key_Return)
    assert chosen.args == [RED]


def test_delete_and_the_menu_unpin(qtbot: QtBot, row: PinRow) -> None:
    with qtbot.waitSignal(row.unpinned) as unpinned:
        qtbot.keyClick(row.buttons[0], Qt.Key.Key_Delete)
    assert unpinned.args == [RED]
    with qtbot.waitSignal(row.unpinned) as unpinned:
        row.buttons[1].context_menu.actions()[0].trigger()
    assert unpinned.args == [BLUE]


def test_the_picture_that_is_looked_at_is_marked(row: PinRow) -> None:
    row.show_current(BLUE)
    assert [button.isChecked() for button in row.buttons] == [False, True]
    row.show_current(Sample("red/9.png", 0))
    assert not any(button.isChecked() for button in row.buttons)


def test_without_pins_there_is_no_row(row: PinRow) -> None:
    row.show_pins(FOLDER, [BLUE])
    assert len(row.buttons) == 1
    row.show_pins(FOLDER, [])
    assert not row.isVisible()
    assert row.buttons == []


def test_the_choosers_button_pins_and_unpins(qtbot: QtBot) -> None:
    chooser = PictureChooser()
    shown(qtbot, chooser, 600, 40)
    assert not chooser.pin.isVisible()
    chooser.show_pinned(False)
    with qtbot.waitSignal(chooser.pin_asked) as asked:
        qtbot.mouseClick(chooser.pin, Qt.MouseButton.LeftButton)
    assert asked.args == [True]
    chooser.show_pinned(True)
    with qtbot.waitSignal(chooser.pin_asked) as asked:
        qtbot.keyClick(chooser.pin, Qt.Key.Key_Space)
    assert asked.args == [False]
    chooser.show_pinned(False, may_pin=False)
    assert not chooser.pin.isEnabled()
    assert "unpin one first" in chooser.pin.toolTip()
    with qtbot.assertNotEmitted(chooser.stepped):
        chooser.show_pinned(True, may_pin=False)
    assert chooser.pin.isEnabled()
