"""Text that doesn't fit is cut off, never lost."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.controls.labels import ElidedLabel

LONG = "480 pictures of 8 classes in a folder with a long name"


def test_short_room_gives_an_ellipsis_and_a_tooltip(qtbot: QtBot) -> None:
    label = ElidedLabel(LONG)
    qtbot.addWidget(label)
    label.resize(100, 20)
    label.show()
    assert label.shown_text.endswith("…")
    assert label.toolTip() == LONG
    assert label.text == label.accessibleName() == LONG


def test_with_room_all_is_shown(qtbot: QtBot) -> None:
    label = ElidedLabel(LONG)
    qtbot.addWidget(label)
    label.resize(label.sizeHint())
    label.show()
    assert label.shown_text == LONG
    assert label.toolTip() == ""


def test_the_middle_may_be_left_out(qtbot: QtBot) -> None:
    label = ElidedLabel(LONG, mode=Qt.TextElideMode.ElideMiddle)
    qtbot.addWidget(label)
    label.resize(100, 20)
    label.show()
    assert label.shown_text.startswith("480")
    assert label.shown_text.endswith(LONG[-2:])


def test_another_text_is_drawn_on_one_line(qtbot: QtBot) -> None:
    label = ElidedLabel("one")
    qtbot.addWidget(label)
    label.resize(200, 20)
    label.show()
    before = label.grab().toImage()
    label.set_text("two\nlines")
    assert label.text == "two lines"
    assert label.grab().toImage() != before


def test_names_in_a_text_share_what_room_there_is(qtbot: QtBot) -> None:
    text = "a street sign that points left → one that points right"
    names = text.split(" → ")
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.set_text(text, names, tip="32 of 40 look alike")
    label.resize(160, 20)
    label.show()
    first, second = label.shown_text.split(" → ")
    assert first.startswith("a st")
    assert first.endswith("left")
    assert second.startswith("one")
    assert second.endswith("ght")
    assert label.fontMetrics().horizontalAdvance(label.shown_text) <= 160
    assert label.toolTip() == "32 of 40 look alike"
    assert label.accessibleName() == text
    label.resize(label.sizeHint())
    assert label.shown_text == text


def test_a_name_with_a_line_break_is_shortened_too(qtbot: QtBot) -> None:
    names = ("a sign that\npoints left", "a sign that\npoints right")
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.set_text(" → ".join(names), names)
    label.resize(160, 20)
    first, second = label.shown_text.split(" → ")
    assert first.startswith("a s")
    assert first.endswith("left")
    assert second.endswith("ght")


def test_a_short_name_leaves_its_room_to_a_long_one(qtbot: QtBot) -> None:
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.set_text(
        "ab → a name far too long for this place", ["ab", "a name far too long for this place"]
    )
    label.resize(160, 20)
    assert label.shown_text.startswith("ab → a name")
    assert label.shown_text.endswith("place")
