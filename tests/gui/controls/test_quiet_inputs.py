"""The wheel scrolls the page, not the value that passes under the pointer."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.controls.inputs import QuietComboBox, QuietSlider, QuietSpinBox
from gui.controls.number_fields import NumberField
from gui.controls.sliders import LabelledRange, RangeSlider


def wheel_down(widget: QWidget) -> None:
    window = widget.window()
    place = QPointF(widget.mapTo(window, widget.rect().center()))
    QTest.wheelEvent(window.windowHandle(), place, QPoint(0, -120))


def value_of(widget: QWidget) -> object:
    if isinstance(widget, QComboBox):
        return widget.currentIndex()
    if isinstance(widget, RangeSlider):
        return widget.low, widget.high
    if isinstance(widget, NumberField):
        return widget.value
    assert isinstance(widget, QuietSpinBox | QuietSlider)
    return widget.value()


def make(kind: type[QWidget]) -> QWidget:
    if kind is RangeSlider:
        slider = RangeSlider(0, 1, 0.1)
        slider.set_range(0.5, 0.8)
        return slider
    if kind is NumberField:
        return NumberField(5, integer=True)
    widget = kind()
    if isinstance(widget, QComboBox):
        widget.addItems(["a", "b", "c"])
        widget.setCurrentIndex(1)
    elif isinstance(widget, QuietSpinBox | QuietSlider):
        widget.setValue(50)
    return widget


KINDS = [QuietSpinBox, QuietSlider, QuietComboBox, RangeSlider, NumberField]


def in_a_page(qtbot: QtBot, widget: QWidget) -> QScrollArea:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.addWidget(widget)
    layout.addSpacing(2000)
    area = QScrollArea()
    area.setWidget(page)
    area.setWidgetResizable(True)
    qtbot.addWidget(area)
    area.resize(300, 200)
    area.show()
    area.activateWindow()
    area.setFocus()
    qtbot.waitUntil(area.hasFocus)
    return area


@pytest.mark.parametrize("kind", KINDS)
def test_the_wheel_scrolls_the_page(qtbot: QtBot, kind: type[QWidget]) -> None:
    widget = make(kind)
    area = in_a_page(qtbot, widget)
    before = value_of(widget)
    wheel_down(widget)
    assert value_of(widget) == before
    assert area.verticalScrollBar().value() > 0


@pytest.mark.parametrize("kind", [QuietSpinBox, QuietSlider, QuietComboBox, RangeSlider])
def test_with_the_focus_the_wheel_changes_the_value(qtbot: QtBot, kind: type[QWidget]) -> None:
    widget = make(kind)
    area = in_a_page(qtbot, widget)
    before = value_of(widget)
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus)
    wheel_down(widget)
    assert value_of(widget) != before
    assert area.verticalScrollBar().value() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_wheel_does_not_take_the_focus(kind: type[QWidget], qtbot: QtBot) -> None:
    widget = make(kind)
    qtbot.addWidget(widget)
    assert widget.focusPolicy() in (Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.TabFocus)


def test_a_row_with_a_range_lets_the_wheel_through(qtbot: QtBot) -> None:
    row = LabelledRange(0, 1, 0.1)
    area = in_a_page(qtbot, row)
    wheel_down(row.slider)
    wheel_down(row.low_field)
    assert (row.low, row.high) == (0, 1)
    assert area.verticalScrollBar().value() > 0
