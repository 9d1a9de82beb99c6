"""The rail: which step is shown, what each says, and the keys that move along it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QToolButton
from pytestqt.qtbot import QtBot

from gui.shell.rail import NARROW, STEPS, WIDE, StepRail, StepState, StepStatus


@pytest.fixture
def rail(qtbot: QtBot) -> StepRail:
    rail = StepRail()
    qtbot.addWidget(rail)
    rail.resize(WIDE, 500)
    rail.show()
    qtbot.waitExposed(rail)
    rail.set_current("data")
    return rail


def _step(rail: StepRail, step: str) -> QAbstractButton:
    return rail.findChildren(QAbstractButton, options=Qt.FindChildOption.FindDirectChildrenOnly)[
        STEPS.index(step)
    ]


def test_a_click_asks_for_a_step(qtbot: QtBot, rail: StepRail) -> None:
    with qtbot.waitSignal(rail.chosen) as chosen:
        qtbot.mouseClick(_step(rail, "model"), Qt.MouseButton.LeftButton)
    assert chosen.args == ["model"]
    assert rail.current == "model"


def test_showing_a_step_asks_for_none(qtbot: QtBot, rail: StepRail) -> None:
    with qtbot.assertNotEmitted(rail.chosen):
        rail.set_current("train")
    assert rail.current == "train"


def test_arrow_keys_go_through_the_steps(qtbot: QtBot, rail: StepRail) -> None:
    chosen = []
    rail.chosen.connect(chosen.append)
    _step(rail, "data").setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        qtbot.keyClick(rail.focusWidget(), key)
    assert chosen == ["augment", "model", "augment"]


def test_a_screen_reader_hears_name_state_and_line(rail: StepRail) -> None:
    rail.set_status("augment", StepStatus(StepState.SET, "rotation, scale"))
    step = _step(rail, "augment")
    assert step.accessibleName() == "2 Augment"
    assert step.accessibleDescription() == "set: rotation, scale"


def test_each_state_and_the_current_step_look_different(rail: StepRail) -> None:
    step = _step(rail, "results")
    looks = []
    for state in StepState:
        rail.set_status("results", StepStatus(state, "a line"))
        looks.append(step.grab().toImage())
    rail.set_current("results")
    looks.append(step.grab().toImage())
    rail.set_status("results", StepStatus(state, "another line"))
    looks.append(step.grab().toImage())
    assert all(first != second for n, first in enumerate(looks) for second in looks[:n])


def test_states_differ_without_colour(rail: StepRail) -> None:
    step, shapes = _step(rail, "data"), set()
    for state in StepState:
        rail.set_status("data", StepStatus(state, "a line"))
        image = step.grab().toImage()
        corner = [(x, y) for x in range(WIDE - 40, WIDE - 4) for y in range(image.height())]
        ground = image.pixelColor(WIDE - 6, 4).lightness()
        ink = (place for place in corner if abs(image.pixelColor(*place).lightness() - ground) > 30)
        shapes.add(frozenset(ink))
    assert len(shapes) == len(StepState)
    assert all(shapes)


def test_without_room_only_icons_are_left_and_tips_tell_the_rest(rail: StepRail) -> None:
    rail.set_status("data", StepStatus(StepState.SET, "480 · 8 classes"))
    assert _step(rail, "data").toolTip() == ""
    rail.set_narrow(True)
    assert rail.is_icons_only
    assert rail.width() == NARROW
    assert _step(rail, "data").toolTip() == "1 Data (set): 480 · 8 classes"
    rail.set_narrow(False)
    assert rail.width() == WIDE


def test_a_line_that_is_cut_off_is_in_the_tip(rail: StepRail) -> None:
    line = "flip, rotation, scale, crop, translation"
    rail.set_status("augment", StepStatus(StepState.SET, line))
    assert line in _step(rail, "augment").toolTip()


def test_its_button_asks_to_fold_and_to_unfold(qtbot: QtBot, rail: StepRail) -> None:
    button = rail.findChild(QToolButton)
    with qtbot.waitSignal(rail.collapse_asked) as asked:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked.args == [True]
    rail.set_collapsed(True)
    assert rail.width() == NARROW
    with qtbot.waitSignal(rail.collapse_asked) as asked:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked.args == [False]
