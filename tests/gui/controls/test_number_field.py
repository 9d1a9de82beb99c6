"""A number field reads what people write, and never makes another number of it."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.controls.number_fields import NumberField, shortest


@pytest.fixture(params=["en_US", "vi_VN", "de_DE"])
def locale(request: pytest.FixtureRequest) -> Iterator[str]:
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield request.param
    QLocale.setDefault(before)


def shown(qtbot: QtBot, field: NumberField) -> NumberField:
    qtbot.addWidget(field)
    field.show()
    return field


def type_over(qtbot: QtBot, field: NumberField, text: str) -> list[object]:
    """Replace all text by typing; what ``value_changed`` said meanwhile."""
    heard: list[object] = []
    field.value_changed.connect(heard.append)
    field.selectAll()
    if text:
        qtbot.keyClicks(field, text)
    else:
        qtbot.keyClick(field, Qt.Key.Key_Delete)
    field.value_changed.disconnect(heard.append)
    return heard


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.001", 0.001),
        ("0,001", 0.001),
        ("1e-4", 1e-4),
        ("1E-4", 1e-4),
        ("2,5e-3", 0.0025),
        (".5", 0.5),
        ("1.000", 1.0),
        ("1,000", 1.0),
        ("-3", -3.0),
        (" 7 ", 7.0),
    ],
)
def test_typed_numbers_are_read_in_every_locale(
    qtbot: QtBot, locale: str, text: str, value: float
) -> None:
    field = shown(qtbot, NumberField(42.0))
    heard = type_over(qtbot, field, text)
    assert field.value == value
    assert heard[-1] == value
    assert field.is_valid
    assert field.text() == text


@pytest.mark.parametrize(
    "text", ["abc", "1.000,5", "1,000.5", "1 000", "1e", "--1", "1e-4x", "nan", "inf", "1e999", ""]
)
def test_unreadable_text_stays_and_is_marked(qtbot: QtBot, locale: str, text: str) -> None:
    field = shown(qtbot, NumberField(42.0))
    qtbot.keyClick(field, Qt.Key.Key_End)
    field.selectAll()
    field.insert(text)
    field.textEdited.emit(text)
    assert field.text() == text
    assert field.value == 42.0
    assert not field.is_valid
    assert "1e-4" in field.toolTip()
    assert field.accessibleDescription() == field.toolTip()


def test_the_mark_goes_with_the_mistake(qtbot: QtBot) -> None:
    field = shown(qtbot, NumberField(0.5))
    field.set_hint("the rate")
    plain = field.grab().toImage()
    with qtbot.waitSignal(field.validity_changed) as told:
        type_over(qtbot, field, "x")
    assert told.args == [False]
    assert field.grab().toImage() != plain
    with qtbot.waitSignal(field.validity_changed) as told:
        type_over(qtbot, field, "0.5")
    assert told.args == [True]
    assert field.toolTip() == "the rate"


@pytest.mark.parametrize("text", ["31", "0", "2.0", "1e1", "3,0", "1.000"])
def test_a_whole_number_takes_digits_only_and_keeps_its_limits(qtbot: QtBot, text: str) -> None:
    field = shown(qtbot, NumberField(20, integer=True, minimum=1, maximum=30))
    type_over(qtbot, field, text)
    assert not field.is_valid
    assert field.text() == text
    assert "whole" in field.toolTip()
    assert "1" in field.toolTip()
    assert "30" in field.toolTip()


def test_a_whole_number_is_an_int(qtbot: QtBot) -> None:
    field = shown(qtbot, NumberField(20, integer=True))
    assert type_over(qtbot, field, "7") == [7]
    assert isinstance(field.value, int)


@pytest.mark.parametrize("exclusive", [True, False])
def test_the_least_value_may_be_out(qtbot: QtBot, exclusive: bool) -> None:
    field = shown(qtbot, NumberField(1.0, minimum=0, maximum=10, exclusive_minimum=exclusive))
    type_over(qtbot, field, "0")
    assert field.is_valid is not exclusive
    assert ("more than 0" in field.toolTip()) is exclusive


@pytest.mark.parametrize("exclusive", [True, False])
def test_the_largest_value_may_be_out(qtbot: QtBot, exclusive: bool) -> None:
    field = shown(qtbot, NumberField(0.5, minimum=0, maximum=1, exclusive_maximum=exclusive))
    type_over(qtbot, field, "1")
    assert field.is_valid is not exclusive
    assert ("at least 0, less than 1" in field.toolTip()) is exclusive


def test_an_optional_field_may_be_empty_and_shows_its_default(qtbot: QtBot) -> None:
    field = shown(qtbot, NumberField(0.5, optional=True, default=1e-4))
    assert type_over(qtbot, field, "") == [None]
    assert field.value is None
    assert field.is_valid
    assert field.placeholderText() == "1e-4 (default)"
    assert field.sizeHint().width() > field.fontMetrics().horizontalAdvance("1e-4 (default)")


def test_where_there_is_little_room_a_default_is_its_number_alone(qtbot: QtBot) -> None:
    field = shown(qtbot, NumberField(optional=True, default=4.9e-4))
    words = field.fontMetrics().horizontalAdvance("4.9e-4 (default)")
    field.resize(words, field.height())
    assert field.placeholderText() == "4.9e-4"
    field.resize(words + 30, field.height())
    assert field.placeholderText() == "4.9e-4 (default)"


def test_each_key_that_makes_another_number_is_told(qtbot: QtBot) -> None:
    field = shown(qtbot, NumberField(5.0))
    assert type_over(qtbot, field, "1e-4") == [1.0, 5.0, 1e-4]  # "1e" is no number yet
    assert type_over(qtbot, field, "20") == [2.0, 20.0]


def test_nothing_of_a_number_out_of_range_is_taken(qtbot: QtBot) -> None:
    field = shown(qtbot, NumberField(45.0, minimum=0, maximum=180))
    assert type_over(qtbot, field, "999") == [9.0, 99.0, 45.0]
    assert (field.value, field.text(), field.is_valid) == (45.0, "999", False)
    qtbot.keyClick(field, Qt.Key.Key_Backspace)
    assert (field.value, field.is_valid) == (99.0, True)


@pytest.mark.parametrize("text", ["999", "abc", ""])
def test_on_leaving_the_value_in_force_takes_the_place_of_the_text(qtbot: QtBot, text: str) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    field, other = NumberField(45.0, maximum=180, parent=window), NumberField(1.0, parent=window)
    window.show()
    window.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    type_over(qtbot, field, text)
    assert not field.is_valid
    with qtbot.assertNotEmitted(field.value_changed):
        qtbot.keyClick(field, Qt.Key.Key_Tab)
    assert other.hasFocus()
    assert (field.text(), field.value, field.is_valid) == ("45", 45.0, True)
    assert field.toolTip() == ""


def test_what_was_typed_and_left_is_what_a_later_mistake_goes_back_to(qtbot: QtBot) -> None:
    field = shown(qtbot, NumberField(45.0, maximum=180))
    type_over(qtbot, field, "60")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert type_over(qtbot, field, "600")[-1] == 60.0


def test_setting_the_value_says_nothing(qtbot: QtBot) -> None:
    field = shown(qtbot, NumberField(5.0))
    with qtbot.assertNotEmitted(field.value_changed):
        field.set_value(1e-4)
    assert field.text() == "1e-4"


def test_rendering_again_does_not_disturb_what_is_typed(qtbot: QtBot) -> None:
    field = shown(qtbot, NumberField(5.0))
    type_over(qtbot, field, "0,10")
    field.set_value(0.1)
    assert field.text() == "0,10"
    type_over(qtbot, field, "x")
    field.set_value(field.value)
    assert field.text() == "x"
    assert not field.is_valid
    field.set_value(0.2)
    assert field.text() == "0.2"
    assert field.is_valid


def test_up_and_down_step_within_the_limits(qtbot: QtBot) -> None:
    field = shown(qtbot, NumberField(2, integer=True, minimum=1, maximum=3))
    heard: list[object] = []
    field.value_changed.connect(heard.append)
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(field, key)
    assert heard == [3, 2, 1]
    tenths = shown(qtbot, NumberField(0.2, step=0.1))
    qtbot.keyClick(tenths, Qt.Key.Key_Up)
    assert tenths.text() == "0.3"


def test_new_limits_take_what_they_now_allow(qtbot: QtBot) -> None:
    field = shown(qtbot, NumberField(1.0, minimum=0, maximum=2))
    type_over(qtbot, field, "5")
    with qtbot.waitSignal(field.value_changed) as told:
        field.set_limits(0, 10)
    assert told.args == [5.0]
    assert field.is_valid


def test_undo_is_the_window_s_while_the_text_is_readable(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    field = NumberField(5.0, parent=window)
    undone: list[None] = []
    undo = QShortcut(QKeySequence(QKeySequence.StandardKey.Undo), window)
    undo.activated.connect(lambda: undone.append(None))
    window.show()
    window.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    type_over(qtbot, field, "1")
    qtbot.keySequence(field, QKeySequence(QKeySequence.StandardKey.Undo))
    assert undone == [None]
    type_over(qtbot, field, "x")
    qtbot.keySequence(field, QKeySequence(QKeySequence.StandardKey.Undo))
    assert undone == [None]
    assert field.text() == "1"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (224, "224"),
        (20.0, "20"),
        (0.1, "0.1"),
        (0.001, "0.001"),
        (0.0001, "1e-4"),
        (0.00025, "2.5e-4"),
        (-1e-5, "-1e-5"),
        (1e22, "1e22"),
        (123456789, "123456789"),
        (1 / 3, "0.3333333333333333"),
    ],
)
def test_shown_numbers_are_short(value: float, text: str) -> None:
    assert shortest(value) == text


def test_a_decimal_comma_is_shown_where_the_locale_has_one(locale: str) -> None:
    assert shortest(2.5) == ("2.5" if locale == "en_US" else "2,5")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_shown_numbers_lose_no_digit(value: float) -> None:
    assert float(shortest(value)) == value
