"""How many blocks are kept."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.model.weights import DepthField


@pytest.fixture
def field(qtbot: QtBot) -> DepthField:
    field = DepthField()
    qtbot.addWidget(field)
    field.show()
    field.set_value(5)
    return field


def test_a_click_asks_and_the_depth_that_is_shown_is_marked(
    qtbot: QtBot, field: DepthField
) -> None:
    with qtbot.waitSignal(field.value_changed) as asked:
        qtbot.mouseClick(field.choices[3], Qt.MouseButton.LeftButton)
    assert asked.args == [3]
    field.set_value(3)
    assert [depth for depth, one in field.choices.items() if one.isChecked()] == [3]
    assert "Textures" in field.words.text()


def test_the_help_says_general_and_specific(field: DepthField) -> None:
    assert "which all pictures have" in field.hint.text()
    assert len({field.set_value(depth) or field.words.text() for depth in range(1, 6)}) == 5


def test_what_a_file_lacks_cannot_be_chosen(field: DepthField) -> None:
    field.set_value(2)
    field.set_most(3)
    assert [depth for depth, one in field.choices.items() if one.isEnabled()] == [1, 2, 3]
    assert field.choices[4].toolTip() == "The file holds the first 3 blocks only"
    field.set_most(5)
    assert field.choices[5].isEnabled()
