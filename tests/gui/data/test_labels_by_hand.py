"""Labelling by hand: with the mouse, with the keyboard, and taken back."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from gui.data.images.dialog import PictureDialog
from gui.data.labels import by_hand
from gui.data.labels.by_hand import LabelByHand, RenameDialog
from gui.shell.menus import UndoKeys
from tests.support.window.acting import click
from tests.support.window.data_page import emitted, green, numbers, on_screen

NAMES = [f"IMG_{number}.jpg" for number in range(6)]
_Key = Qt.Key
_Shift, _Control = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def hand(qtbot: QtBot) -> LabelByHand:
    made = LabelByHand(load=green)
    made.show_pictures(Path("images"), NAMES)
    on_screen(qtbot, made, 900, 500, lambda one: one.grid.close_thumbnails())
    made.grid.setFocus()
    return made


@pytest.fixture
def all_shown(hand: LabelByHand) -> LabelByHand:
    """All images, not those without a class alone."""
    hand.filter.setCurrentIndex(0)
    return hand


def tiles(hand: LabelByHand) -> list[str]:
    """What stands under the images."""
    return [item.caption.replace("\n", " ").strip() for item in hand.grid.items]


def buttons(hand: LabelByHand) -> list[str]:
    """Key and class of what can be clicked."""
    shown = [one for one in hand.classes.buttons if one.isVisible()]
    return [f"{one.key} {one.name}".strip() for one in shown]


def give(hand: LabelByHand, rows: list[int], name: str) -> None:
    hand.grid.select_rows(rows)
    hand.give(name)


# -- giving classes -------------------------------------------------------------------------


def test_select_type_enter(qtbot: QtBot, hand: LabelByHand) -> None:
    QTest.keyClick(hand.grid, _Key.Key_Home)
    QTest.keyClick(hand.grid, _Key.Key_Right, _Shift)
    assert numbers(hand.classes.selected.text()) == [2]
    with qtbot.waitSignal(hand.changed):
        QTest.keyClicks(hand.grid, "c")
        assert hand.classes.field.hasFocus()
        QTest.keyClicks(hand.classes.field, "at")
        QTest.keyClick(hand.classes.field, _Key.Key_Return)
    assert hand.labels == {"IMG_0.jpg": "cat", "IMG_1.jpg": "cat"}
    assert numbers(hand.done.text()) == [2, 6]
    assert hand.classes.field.text() == ""
    assert hand.grid.hasFocus()


def test_what_is_labelled_leaves_the_list_and_the_next_is_selected(hand: LabelByHand) -> None:
    assert numbers(hand.filter.currentText()) == [6]
    hand.grid.select_rows([1, 2], 2)
    hand.give("cat")
    assert tiles(hand) == ["IMG_0.jpg", "IMG_3.jpg", "IMG_4.jpg", "IMG_5.jpg"]
    assert hand.selected == ["IMG_3.jpg"]
    assert hand.classes.hint.text.endswith(" → cat")
    assert numbers(hand.classes.hint.text) == [2]
    for _ in range(3):
        QTest.keyClick(hand.grid, _Key.Key_1)
    assert hand.labels == dict.fromkeys(NAMES[1:], "cat")
    assert hand.selected == ["IMG_0.jpg"]
    QTest.keyClick(hand.grid, _Key.Key_1)
    assert tiles(hand) == []
    assert numbers(hand.classes.selected.text()) == []


def test_among_all_images_classes_are_given_by_number_and_by_click(
    all_shown: LabelByHand,
) -> None:
    hand = all_shown
    give(hand, [0, 4], "dog")
    assert hand.selected == ["IMG_0.jpg", "IMG_4.jpg"], "they stay in the list"
    assert tiles(hand)[:2] == ["IMG_0.jpg dog", "IMG_1.jpg"]
    assert [item.badge for item in hand.grid.items][:2] == ["right", None]
    give(hand, [1], "cat")
    assert buttons(hand) == ["1 dog", "2 cat"]
    hand.grid.select_rows([2], 2)
    QTest.keyClick(hand.grid, _Key.Key_2)
    assert hand.labels["IMG_2.jpg"] == "cat"
    hand.grid.select_rows([3], 3)
    click(hand.classes.buttons[0])
    assert hand.labels["IMG_3.jpg"] == "dog"
    assert hand.grid.hasFocus()
    spoken = hand.classes.buttons[0].accessibleName()
    assert (spoken.startswith("dog"), numbers(spoken)) == (True, [3, 1])


def test_a_number_without_a_class_begins_a_name(hand: LabelByHand) -> None:
    hand.grid.select_rows([0], 0)
    QTest.keyClicks(hand.grid, "7")
    assert hand.classes.field.text() == "7"
    QTest.keyClick(hand.classes.field, _Key.Key_Return)
    hand.grid.select_rows([0], 0)
    QTest.keyClicks(hand.grid, "7")
    assert hand.labels == {"IMG_0.jpg": "7", "IMG_1.jpg": "7"}


def test_a_known_class_is_meant_whatever_its_capitals(hand: LabelByHand) -> None:
    give(hand, [0], "Lá bàng")
    give(hand, [0], "lá  bàng ")
    assert hand.labels == {"IMG_0.jpg": "Lá bàng", "IMG_1.jpg": "Lá bàng"}


@pytest.mark.parametrize("key", [_Key.Key_Delete, _Key.Key_Backspace])
def test_a_class_is_taken_away(all_shown: LabelByHand, key: Qt.Key) -> None:
    hand = all_shown
    give(hand, [0, 1], "cat")
    hand.grid.select_rows([0], 0)
    QTest.keyClick(hand.grid, key)
    assert hand.labels == {"IMG_1.jpg": "cat"}
    assert numbers(hand.classes.hint.text) == [1]


def test_without_a_selection_nothing_happens_and_says_why(hand: LabelByHand) -> None:
    usual = hand.classes.hint.text
    QTest.keyClicks(hand.classes.field, "cat")
    assert not hand.classes.give.isEnabled()
    assert emitted(hand.changed, QTest.keyClick, hand.classes.field, _Key.Key_Return) is None
    assert hand.classes.hint.text not in ("", usual)
    assert hand.classes.field.text() == "cat"


def test_more_classes_than_keys_or_buttons(
    hand: LabelByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_hand, "MOST_BUTTONS", 12)
    names = [f"image {number}" for number in range(20)]
    hand.show_pictures(Path("p"), names, {name: f"class {name[6:]}" for name in names})
    assert buttons(hand)[:9] == [f"{number + 1} class {number}" for number in range(9)]
    assert buttons(hand)[9:] == ["class 9", "class 10", "class 11"]
    assert numbers(hand.classes.more.text) == [8]
    assert numbers(hand.classes.heading.text()) == [20]


# -- looking at some ------------------------------------------------------------------------


def test_one_class_only_can_be_looked_at(all_shown: LabelByHand) -> None:
    hand = all_shown
    give(hand, [1, 3], "cat")
    hand.classes.buttons[0].menu().actions()[1].trigger()
    assert tiles(hand) == ["IMG_1.jpg cat", "IMG_3.jpg cat"]
    assert hand.filter.currentText().startswith("cat ")
    assert numbers(hand.filter.currentText()) == [2]
    hand.filter.setCurrentIndex(2)  # with a class
    assert numbers(hand.filter.currentText()) == [2]
    hand.rename("cat", "lion")
    assert tiles(hand) == ["IMG_1.jpg lion", "IMG_3.jpg lion"]


@pytest.mark.parametrize("key", [_Key.Key_Return, _Key.Key_Space])
def test_an_image_can_be_seen_large(hand: LabelByHand, key: Qt.Key) -> None:
    hand.grid.select_rows([2], 2)
    QTest.keyClick(hand.grid, key)
    dialog = hand.findChild(PictureDialog)
    assert isinstance(dialog, PictureDialog)
    assert dialog.path.text == str(Path("images") / "IMG_2.jpg")
    assert dialog.words.text()
    QTest.keyClick(dialog, _Key.Key_Escape)


# -- renaming and merging -------------------------------------------------------------------


def test_a_class_is_renamed_or_merged_in_a_dialog(all_shown: LabelByHand) -> None:
    hand = all_shown
    for row, name in enumerate(("dog", "cat", "kitten")):
        give(hand, [row], name)
    hand.classes.buttons[2].menu().actions()[0].trigger()
    dialog = hand.findChild(RenameDialog)
    assert isinstance(dialog, RenameDialog)
    dialog.setTextValue("kitty")
    renamed = dialog.okButtonText(), dialog.labelText()
    dialog.setTextValue("cat")
    assert dialog.okButtonText() != renamed[0]
    assert dialog.labelText() != renamed[1]
    assert dialog.labelText().index("kitten") < dialog.labelText().index("cat")
    dialog.accept()
    assert buttons(hand) == ["1 dog", "2 cat"]
    assert hand.labels["IMG_2.jpg"] == "cat"
    hand.undo()
    assert buttons(hand) == ["1 dog", "2 cat", "3 kitten"]


def test_a_class_is_taken_away_from_all_its_images(hand: LabelByHand) -> None:
    give(hand, [0, 1, 2], "cat")
    hand.classes.buttons[0].menu().actions()[2].trigger()
    assert hand.labels == {}
    assert numbers(hand.classes.heading.text()) == []
    assert buttons(hand) == []


# -- undo -----------------------------------------------------------------------------------


def test_undo_is_of_the_classes_wherever_the_focus_is(qtbot: QtBot, hand: LabelByHand) -> None:
    """The window's own undo, which is the recipe's, does not hear it."""
    window = QMainWindow()
    qtbot.addWidget(window)
    keys = UndoKeys(QApplication.instance(), window)  # type: ignore[arg-type]
    recipe_undone: list[bool] = []
    undo = window.addAction("Undo")
    undo.setShortcut("Ctrl+Z")
    undo.triggered.connect(recipe_undone.append)
    window.setCentralWidget(hand)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    give(hand, [0], "cat")
    give(hand, [0], "dog")
    for widget in (hand.grid, hand.classes.field):
        widget.setFocus()
        QTest.keyClick(widget, _Key.Key_Z, _Control)
    assert hand.labels == {}
    assert not hand.classes.undo.isEnabled()
    click(hand.classes.redo)
    assert hand.labels == {"IMG_0.jpg": "cat"}
    hand.filter.setFocus()
    QTest.keyClick(hand.filter, _Key.Key_Z, _Control)
    assert hand.labels == {}
    assert not recipe_undone
    window.takeCentralWidget()
    keys.deleteLater()


def test_what_is_being_typed_is_undone_in_its_field(hand: LabelByHand) -> None:
    give(hand, [0], "cat")
    hand.classes.field.setFocus()
    QTest.keyClicks(hand.classes.field, "dog")
    QTest.keyClick(hand.classes.field, _Key.Key_Z, _Control)
    assert hand.classes.field.text() == ""
    assert hand.labels == {"IMG_0.jpg": "cat"}
