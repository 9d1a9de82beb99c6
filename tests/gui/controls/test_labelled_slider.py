"""A slider and its number are one value."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gui.controls.sliders import LabelledSlider


@pytest.fixture
def row(qtbot: QtBot) -> LabelledSlider:
    row = LabelledSlider(0, 1, 0.05, name="Flip", unit="%")
    qtbot.addWidget(row)
    row.show()
    return row


def test_moving_the_slider_changes_the_number(qtbot: QtBot, row: LabelledSlider) -> None:
    with qtbot.waitSignal(row.value_changed) as told:
        qtbot.keyClick(row.slider, Qt.Key.Key_Right)
    assert told.args == [0.05]
    assert row.value == 0.05
    assert row.field.text() == "0.05"


def test_typing_moves_the_slider_and_may_lie_between_its_steps(
    qtbot: QtBot, row: LabelledSlider
) -> None:
    heard: list[float] = []
    row.value_changed.connect(heard.append)
    row.field.selectAll()
    qtbot.keyClicks(row.field, "0,52")
    assert heard[-1] == 0.52
    assert row.value == 0.52
    assert row.slider.value() == 10
    assert row.field.text() == "0,52"


def test_what_is_not_allowed_changes_nothing(qtbot: QtBot, row: LabelledSlider) -> None:
    row.set_value(0.5)
    with qtbot.assertNotEmitted(row.value_changed):
        row.field.selectAll()
        qtbot.keyClicks(row.field, "7")
    assert row.value == 0.5
    assert not row.field.is_valid


def test_setting_the_value_says_nothing(qtbot: QtBot, row: LabelledSlider) -> None:
    with qtbot.assertNotEmitted(row.value_changed):
        row.set_value(0.333)
    assert row.value == 0.333
    assert row.slider.value() == 7


def test_it_has_a_name_and_a_unit(row: LabelledSlider) -> None:
    assert row.slider.accessibleName() == row.field.accessibleName() == "Flip (%)"
    assert [label.text() for label in row.findChildren(QLabel)] == ["%"]
