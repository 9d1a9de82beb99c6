"""A list of numbers is read as people write it, and never becomes another list."""

import pytest
from pytestqt.qtbot import QtBot

from gui.controls.number_fields import NumbersField


def typed(qtbot: QtBot, text: str, **more: bool) -> tuple[NumbersField, list[object]]:
    """A field in which a person types ``text``, and the values that it told."""
    field = NumbersField(minimum=1, maximum=100, most=3, **more)
    qtbot.addWidget(field)
    heard: list[object] = []
    field.value_changed.connect(heard.append)
    qtbot.keyClicks(field, text)
    return field, heard


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("64", [64]),
        ("64, 32", [64, 32]),
        ("64,32,16", [64, 32, 16]),
        (" 64 ; 32 ", [64, 32]),
        ("64 32", [64, 32]),
        ("64, ", [64]),
        ("none", []),
        ("None", []),
    ],
)
def test_lists_are_read_as_people_write_them(qtbot: QtBot, text: str, value: list[int]) -> None:
    field, heard = typed(qtbot, text)
    assert (field.is_valid, field.value, field.text()) == (True, value, text)
    assert heard[-1] == value


@pytest.mark.parametrize("text", ["0", "101", "1,2,3,4", "64.5", "-1", "6 x 4", "nothing", ","])
def test_what_is_no_such_list_is_marked_and_changes_nothing(qtbot: QtBot, text: str) -> None:
    field, _ = typed(qtbot, text)
    assert not field.is_valid
    assert field.value is None
    assert "3 numbers from 1 to 100 at most" in field.toolTip()


def test_none_can_be_out(qtbot: QtBot) -> None:
    field, _ = typed(qtbot, "none", may_be_none=False)
    assert not field.is_valid
    assert "none" not in field.allowed()


def test_an_empty_field_is_the_default_and_says_which(qtbot: QtBot) -> None:
    field, heard = typed(qtbot, "64")
    field.set_default([])
    field.clear()
    field.textEdited.emit("")
    assert field.value is None
    assert heard[-1] is None
    assert field.placeholderText() == "none (default)"
    field.set_default((8, 4))
    assert field.placeholderText() == "8, 4 (default)"


def test_what_a_recipe_holds_is_written_so_that_it_is_read_again(qtbot: QtBot) -> None:
    field = NumbersField()
    qtbot.addWidget(field)
    field.set_value((4096, 4096))
    assert field.text() == "4096, 4096"
    assert field.parsed() == (True, [4096, 4096])
    field.set_value(())
    assert field.parsed() == (True, [])
    field.set_value(None)
    assert field.text() == ""
