"""Two numbers and a slider with two handles are one range."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.controls.number_fields import NumberField
from gui.controls.sliders import LabelledRange


@pytest.fixture
def row(qtbot: QtBot) -> LabelledRange:
    row = LabelledRange(-180, 180, 1, name="Rotation", unit="°")
    qtbot.addWidget(row)
    row.set_range(-30, 30)
    row.show()
    return row


def type_over(qtbot: QtBot, field: NumberField, text: str) -> None:
    field.selectAll()
    qtbot.keyClicks(field, text)


def test_moving_a_handle_changes_its_number(qtbot: QtBot, row: LabelledRange) -> None:
    with qtbot.waitSignal(row.range_changed) as told:
        qtbot.keyClick(row.slider, Qt.Key.Key_Right)
    assert told.args == [-29, 30]
    assert (row.low_field.text(), row.high_field.text()) == ("−29", "30")


def test_typing_moves_the_handles(qtbot: QtBot, row: LabelledRange) -> None:
    heard: list[tuple[float, float]] = []
    row.range_changed.connect(lambda low, high: heard.append((low, high)))
    type_over(qtbot, row.high_field, "45,5")
    assert heard[-1] == (-30, 45.5)
    assert (row.low, row.high) == (-30, 45.5)


def test_ends_in_the_wrong_order_are_marked(qtbot: QtBot, row: LabelledRange) -> None:
    type_over(qtbot, row.low_field, "50")
    assert not row.low_field.is_valid
    assert "30" in row.low_field.toolTip()
    assert row.low <= row.high == 30


def test_a_marked_end_counts_once_the_other_allows_it(qtbot: QtBot, row: LabelledRange) -> None:
    type_over(qtbot, row.low_field, "50")
    type_over(qtbot, row.high_field, "60")
    assert row.low_field.is_valid
    assert (row.low, row.high) == (50, 60)


def test_setting_the_range_says_nothing(qtbot: QtBot, row: LabelledRange) -> None:
    type_over(qtbot, row.low_field, "50")
    with qtbot.assertNotEmitted(row.range_changed):
        row.set_range(-10, 90)
    assert (row.low_field.value, row.high_field.value) == (-10, 90)
    assert row.low_field.is_valid


def test_rendering_again_does_not_disturb_what_is_typed(qtbot: QtBot, row: LabelledRange) -> None:
    type_over(qtbot, row.high_field, "40,0")
    row.set_range(row.low, row.high)
    assert row.high_field.text() == "40,0"


def test_all_three_controls_have_names(row: LabelledRange) -> None:
    names = [one.accessibleName() for one in (row.slider, row.low_field, row.high_field)]
    assert names == ["Rotation", "Rotation, lowest", "Rotation, highest"]
