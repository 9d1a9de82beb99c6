"""Two handles, by mouse and by keyboard."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.controls.sliders import RangeSlider

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def slider(qtbot: QtBot) -> RangeSlider:
    slider = RangeSlider(-180, 180, 1)
    qtbot.addWidget(slider)
    slider.set_range(-30, 45)
    slider.resize(374, slider.sizeHint().height())
    slider.show()
    return slider


def ends(slider: RangeSlider) -> tuple[float, float]:
    return slider.low, slider.high


def at(slider: RangeSlider, value: float) -> QPoint:
    """Where a handle stands for ``value``, measured by moving one there."""
    probe = RangeSlider(-180, 180, 1)
    probe.resize(slider.size())
    probe.set_range(value, value)
    return probe._handle(0).center()


def drag(qtbot: QtBot, slider: RangeSlider, start: float, end: float) -> None:
    qtbot.mousePress(slider, LEFT, pos=at(slider, start))
    qtbot.mouseMove(slider, at(slider, end))
    qtbot.mouseRelease(slider, LEFT, pos=at(slider, end))


def test_a_dragged_handle_tells_the_range(qtbot: QtBot, slider: RangeSlider) -> None:
    with qtbot.waitSignal(slider.range_changed) as told:
        drag(qtbot, slider, -30, -90)
    assert told.args[0] == pytest.approx(-90, abs=1)
    assert told.args[1] == 45
    drag(qtbot, slider, 45, 120)
    assert ends(slider) == pytest.approx((-90, 120), abs=1)


def test_handles_do_not_cross(qtbot: QtBot, slider: RangeSlider) -> None:
    drag(qtbot, slider, -30, 100)
    assert ends(slider) == (45, 45)


@pytest.mark.parametrize(("target", "expected"), [(-60, (-60, 20)), (60, (20, 60))])
def test_handles_on_one_spot_come_apart_either_way(
    qtbot: QtBot, slider: RangeSlider, target: float, expected: tuple[float, float]
) -> None:
    slider.set_range(20, 20)
    qtbot.mouseClick(slider, LEFT, pos=at(slider, target))
    assert ends(slider) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("end", [-180, 180])
def test_handles_at_one_end_come_apart(qtbot: QtBot, slider: RangeSlider, end: float) -> None:
    slider.set_range(end, end)
    drag(qtbot, slider, end, 0)
    assert sorted(map(abs, ends(slider))) == pytest.approx([0, 180], abs=1)


def test_a_click_moves_the_nearer_handle(qtbot: QtBot, slider: RangeSlider) -> None:
    qtbot.mouseClick(slider, LEFT, pos=at(slider, 100))
    assert ends(slider) == pytest.approx((-30, 100), abs=1)


def test_keys_move_the_handle_with_the_focus(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    before, slider, after = QLineEdit(), RangeSlider(0, 1, 0.1), QLineEdit()
    layout = QVBoxLayout(page)
    for widget in (before, slider, after):
        layout.addWidget(widget)
    page.show()
    page.activateWindow()
    before.setFocus()
    qtbot.waitUntil(before.hasFocus)

    qtbot.keyClick(before, Qt.Key.Key_Tab)
    assert slider.hasFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert ends(slider) == (0.3, 1)
    qtbot.keyClick(slider, Qt.Key.Key_Tab)
    assert slider.hasFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Left)
    assert ends(slider) == (0.3, 0.9)
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    assert ends(slider) == (0.3, 0.3)
    qtbot.keyClick(slider, Qt.Key.Key_End)
    assert ends(slider) == (0.3, 1)
    qtbot.keyClick(slider, Qt.Key.Key_Tab)
    assert after.hasFocus()
    qtbot.keyClick(after, Qt.Key.Key_Backtab)
    qtbot.keyClick(slider, Qt.Key.Key_PageDown)
    assert ends(slider) == (0.3, 0.3)
    qtbot.keyClick(slider, Qt.Key.Key_Backtab)
    qtbot.keyClick(slider, Qt.Key.Key_Backtab)
    assert before.hasFocus()


def test_setting_the_range_says_nothing_and_keeps_odd_values(
    qtbot: QtBot, slider: RangeSlider
) -> None:
    with qtbot.assertNotEmitted(slider.range_changed):
        slider.set_range(-12.5, 33.25)
    assert ends(slider) == (-12.5, 33.25)
    assert "−12.5" in slider.accessibleDescription()
    with pytest.raises(ValueError, match="low must not be above high"):
        slider.set_range(2, 1)


def test_the_handles_show_where_the_range_is(slider: RangeSlider) -> None:
    before = slider.grab().toImage()
    slider.set_range(-30, 46 + 20)
    assert slider.grab().toImage() != before


def test_the_handle_with_the_focus_is_seen(qtbot: QtBot, slider: RangeSlider) -> None:
    slider.activateWindow()
    slider.clearFocus()
    plain = slider.grab().toImage()
    slider.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(slider.hasFocus)
    low = slider.grab().toImage()
    qtbot.keyClick(slider, Qt.Key.Key_Tab)
    assert low != plain
    assert slider.grab().toImage() not in (low, plain)
