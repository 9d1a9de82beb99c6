"""A class is typed or chosen; which one it will be is said before."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from gui.data.classes import ClassDialog

CLASSES = {"hat": 48, "Stop sign": 1, "shirt": 3, "t-shirt": 5}
_Keys = Qt.Key


def opened(qtbot: QtBot, *, may_be_new: bool = True) -> ClassDialog:
    dialog = ClassDialog("Class of 3 pictures:", "Put into class", CLASSES, may_be_new=may_be_new)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def listed(dialog: ClassDialog) -> list[str]:
    model = dialog.list.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def can_accept(dialog: ClassDialog) -> bool:
    return dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled()


def test_typing_narrows_the_list_and_says_what_it_is(qtbot: QtBot) -> None:
    dialog = opened(qtbot)
    assert listed(dialog) == list(CLASSES)
    assert not can_accept(dialog)
    qtbot.keyClicks(dialog.field, "SHIRT")
    assert listed(dialog) == ["shirt", "t-shirt"]
    assert dialog.note.text() == "shirt has 3 pictures"
    qtbot.keyClicks(dialog.field, "y")
    assert dialog.note.text() == "SHIRTy is a new class"
    assert listed(dialog) == []


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("hat", "hat"),
        ("HAT", "hat"),
        ("stop  SIGN ", "Stop sign"),
        ("  new one ", "new one"),
        ("la\u0301", "l\u00e1"),
    ],
)
def test_enter_takes_what_is_typed(qtbot: QtBot, typed: str, name: str) -> None:
    dialog = opened(qtbot)
    dialog.field.setText(typed)
    with qtbot.waitSignal(dialog.chosen) as told:
        qtbot.keyClick(dialog.field, _Keys.Key_Return)
    assert told.args == [name]
    assert not dialog.isVisible()


def test_nothing_typed_is_no_class(qtbot: QtBot) -> None:
    dialog = opened(qtbot)
    dialog.field.setText("   ")
    with qtbot.assertNotEmitted(dialog.chosen):
        qtbot.keyClick(dialog.field, _Keys.Key_Return)
    assert dialog.isVisible()


def test_down_goes_through_the_list(qtbot: QtBot) -> None:
    dialog = opened(qtbot)
    qtbot.keyClicks(dialog.field, "sh")
    for expected in ("shirt", "t-shirt", "t-shirt"):
        qtbot.keyClick(dialog.field, _Keys.Key_Down)
        assert dialog.field.text() == expected
    assert listed(dialog) == ["shirt", "t-shirt"]
    with qtbot.waitSignal(dialog.chosen) as told:
        qtbot.keyClick(dialog.field, _Keys.Key_Return)
    assert told.args == ["t-shirt"]


def test_a_click_takes_a_class_of_the_list(qtbot: QtBot) -> None:
    dialog = opened(qtbot)
    place = dialog.list.visualRect(dialog.list.model().index(1, 0)).center()
    qtbot.mouseClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert dialog.field.text() == "Stop sign"
    assert dialog.note.text() == "Stop sign has 1 picture"
    assert can_accept(dialog)


def test_a_merge_takes_classes_only_that_are_there(qtbot: QtBot) -> None:
    dialog = opened(qtbot, may_be_new=False)
    dialog.field.setText("shir")
    assert dialog.note.text() == "There is no such class"
    assert not can_accept(dialog)
    dialog.field.setText("shirt")
    assert can_accept(dialog)
