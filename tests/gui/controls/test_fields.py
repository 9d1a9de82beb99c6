"""Fields: numbers read as people write them, limited as the recipe limits them, and marked."""

import json
from collections.abc import Iterator
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.recipe import files as recipes
from core.recipe.config import Config, HeadConfig, RunConfig, StageConfig
from gui.controls.inputs import SwitchField
from gui.controls.number_fields import CheckedEdit, NumberField, NumbersField, shortest
from gui.controls.setting_fields import (
    SettingField,
    limited_field,
    limited_list,
    setting_control,
)
from gui.recipe import fields as recipe_fields

KEYS = Qt.Key
Shown = TypeVar("Shown", bound=QWidget)


@pytest.fixture(params=["en_US", "vi_VN", "de_DE"])
def locale(request: pytest.FixtureRequest) -> Iterator[str]:
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield request.param
    QLocale.setDefault(before)


def shown(qtbot: QtBot, widget: Shown) -> Shown:
    qtbot.addWidget(widget)
    widget.show()
    return widget


def type_over(qtbot: QtBot, field: CheckedEdit, text: str) -> list[object]:
    """Replace all text by typing; what ``value_changed`` emitted meanwhile."""
    heard: list[object] = []
    field.value_changed.connect(heard.append)
    field.selectAll()
    if text:
        qtbot.keyClicks(field, text)
    else:
        qtbot.keyClick(field, KEYS.Key_Delete)
    field.value_changed.disconnect(heard.append)
    return heard


def in_window(qtbot: QtBot, field: QWidget) -> QWidget:
    """A window that has ``field`` with the focus in it."""
    window = QWidget()
    field.setParent(window)
    shown(qtbot, window)
    window.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    return window


# -- a number ---------------------------------------------------------------------------------


def test_typed_numbers_are_read_in_every_locale(qtbot: QtBot, locale: str) -> None:
    field = shown(qtbot, NumberField(42.0))
    for value, texts in (
        (0.001, ("0.001", "0,001")),
        (1e-4, ("1e-4", "1E-4")),
        (0.0025, ("2,5e-3",)),
        (0.5, (".5",)),
        (1.0, ("1.000", "1,000")),
        (-3.0, ("-3",)),
        (7.0, (" 7 ",)),
    ):
        for text in texts:
            field.set_value(42.0, keep_text=False)
            assert type_over(qtbot, field, text)[-1] == value
            assert (field.text(), field.value, field.is_valid) == (text, value, True)


def test_unreadable_text_stays_and_is_marked(qtbot: QtBot, locale: str) -> None:
    unreadable = "abc|1.000,5|1,000.5|1 000|1e|--1|1e-4x|nan|inf|1e999|"
    for text in unreadable.split("|"):
        field = shown(qtbot, NumberField(42.0))
        field.selectAll()
        field.insert(text)
        field.textEdited.emit(text)
        assert (field.text(), field.value, field.is_valid) == (text, 42.0, False)
        assert "1e-4" in field.toolTip()
        assert field.accessibleDescription() == field.toolTip()


def test_a_whole_number_takes_digits_only_and_keeps_its_limits(qtbot: QtBot) -> None:
    field = shown(qtbot, NumberField(20, integer=True, minimum=1, maximum=30))
    for text in ("31", "0", "2.0", "1e1", "3,0", "1.000"):
        type_over(qtbot, field, text)
        assert (field.text(), field.is_valid) == (text, False)
        assert "1" in field.toolTip()
        assert "30" in field.toolTip()
    assert type_over(qtbot, field, "7")[-1] == 7
    assert isinstance(field.value, int)


def test_the_least_and_the_largest_value_may_be_out(qtbot: QtBot) -> None:
    for end, side in (("0", "minimum"), ("10", "maximum")):
        inclusive = NumberField(5.0, minimum=0, maximum=10)
        for excluded in (False, True):
            field = NumberField(5.0, minimum=0, maximum=10, **{f"exclusive_{side}": excluded})
            type_over(qtbot, shown(qtbot, field), end)
            assert field.is_valid is not excluded
            assert (field.limits() != inclusive.limits()) is excluded
            assert (field.limits() in field.toolTip()) is excluded


def test_an_optional_field_may_be_empty_and_shows_its_default(
    qtbot: QtBot,
) -> None:
    field = shown(qtbot, NumberField(0.5, optional=True, default=4.9e-4))
    assert type_over(qtbot, field, "") == [None]
    assert field.value is None
    assert field.is_valid
    whole = field.placeholderText()
    assert "4.9e-4" in whole
    width = field.fontMetrics().horizontalAdvance(whole)
    assert field.sizeHint().width() > width
    field.resize(width, field.height())
    assert field.placeholderText() == "4.9e-4"
    field.resize(width + 30, field.height())
    assert field.placeholderText() == whole != "4.9e-4"


def test_each_key_that_makes_another_number_within_the_limits_is_told(qtbot: QtBot) -> None:
    field = shown(qtbot, NumberField(45.0, minimum=0, maximum=180))
    assert type_over(qtbot, field, "1e-4") == [1.0, 45.0, 1e-4]  # "1e" is no number yet
    type_over(qtbot, field, "45")
    assert type_over(qtbot, field, "999") == [9.0, 99.0, 45.0]
    assert (field.value, field.text(), field.is_valid) == (45.0, "999", False)
    qtbot.keyClick(field, KEYS.Key_Backspace)
    assert (field.value, field.is_valid) == (99.0, True)
    type_over(qtbot, field, "60")
    qtbot.keyClick(field, KEYS.Key_Return)
    assert type_over(qtbot, field, "600")[-1] == 60.0  # what was typed and left
    with qtbot.waitSignal(field.value_changed) as told:
        field.set_limits(0, 1000)
    assert told.args == [600.0]
    assert field.is_valid


def test_leaving_restores_the_value_in_force_and_the_mark_goes(qtbot: QtBot) -> None:
    field = NumberField(45.0, maximum=180)
    field.set_hint("the rate")
    window = in_window(qtbot, field)
    other = NumberField(1.0, parent=window)
    other.show()
    plain = field.grab().toImage()
    for text in ("999", "abc", ""):
        field.setFocus()
        with qtbot.waitSignal(field.validity_changed) as told:
            type_over(qtbot, field, text)
        assert told.args == [field.is_valid] == [False]
        assert field.toolTip() != "the rate"
        assert field.grab().toImage() != plain
        with (
            qtbot.assertNotEmitted(field.value_changed),
            qtbot.waitSignal(field.validity_changed) as told,
        ):
            qtbot.keyClick(field, KEYS.Key_Tab)
        assert told.args == [True]
        assert other.hasFocus()
        assert (field.text(), field.value, field.is_valid) == ("45", 45.0, True)
        assert field.toolTip() == "the rate"


def test_setting_the_value_emits_nothing_and_does_not_disturb_what_is_typed(qtbot: QtBot) -> None:
    field = shown(qtbot, NumberField(5.0))
    with qtbot.assertNotEmitted(field.value_changed):
        field.set_value(1e-4)
    assert field.text() == "1e-4"
    type_over(qtbot, field, "0,10")
    field.set_value(0.1)
    assert field.text() == "0,10"
    type_over(qtbot, field, "x")
    field.set_value(field.value)
    assert (field.text(), field.is_valid) == ("x", False)
    field.set_value(0.2)
    assert (field.text(), field.is_valid) == ("0.2", True)


def test_up_and_down_step_within_the_limits(qtbot: QtBot) -> None:
    field = shown(qtbot, NumberField(2, integer=True, minimum=1, maximum=3))
    heard: list[object] = []
    field.value_changed.connect(heard.append)
    for key in (KEYS.Key_Up, KEYS.Key_Up, KEYS.Key_Down, KEYS.Key_Down, KEYS.Key_Down):
        qtbot.keyClick(field, key)
    assert heard == [3, 2, 1]
    for stepping, after in (
        (NumberField(0.2, step=0.1), "0.3"),
        (NumberField(10, integer=True, step=5), "15"),
        (NumberField(0.2), "0.2"),
    ):
        qtbot.keyClick(shown(qtbot, stepping), KEYS.Key_Up)
        assert stepping.text() == after


def test_undo_belongs_to_the_window_while_the_text_is_readable(qtbot: QtBot) -> None:
    field, undone = NumberField(5.0), []
    window = in_window(qtbot, field)
    undo = QShortcut(QKeySequence(QKeySequence.StandardKey.Undo), window)
    undo.activated.connect(lambda: undone.append(None))
    for text in ("1", "x"):
        type_over(qtbot, field, text)
        qtbot.keySequence(field, QKeySequence(QKeySequence.StandardKey.Undo))
        assert undone == [None]
    assert field.text() == "1"


def test_shown_numbers_are_short_with_the_comma_of_the_locale(locale: str) -> None:
    texts = ["0", "224", "0.1", "0.001", "1e-4", "2.5e-4", "-1e-5", "1e22", "0.3333333333333333"]
    comma = "." if locale == "en_US" else ","
    assert [shortest(float(text)) for text in texts] == [one.replace(".", comma) for one in texts]
    assert [shortest(value) for value in (0, 20.0, 123456789)] == ["0", "20", "123456789"]


@given(st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=50)
def test_shown_numbers_lose_no_digit(value: float) -> None:
    assert float(shortest(value)) == value


# -- a list of numbers ------------------------------------------------------------------------


@pytest.fixture
def numbers(qtbot: QtBot) -> NumbersField:
    return shown(qtbot, NumbersField(minimum=1, maximum=100, most=3))


def test_lists_are_read_as_people_write_them(qtbot: QtBot, numbers: NumbersField) -> None:
    for value, texts in (
        ([], ("none", "None")),
        ([64], ("64", "64, ")),
        ([64, 32], ("64, 32", " 64 ; 32 ", "64 32", "64,32")),
    ):
        for text in texts:
            numbers.set_value(None)
            assert type_over(qtbot, numbers, text)[-1] == value
            assert (numbers.is_valid, numbers.value, numbers.text()) == (True, value, text)
    for value, text in (((40, 50), "40, 50"), ((), "none"), (None, "")):
        numbers.set_value(value)
        assert numbers.text() == text  # which is read again
        assert value is None or numbers.parsed() == (True, list(value))


@pytest.mark.parametrize("text", ["0", "101", "1,2,3,4", "64.5", "-1", "6 x 4", "nothing", ","])
def test_what_is_no_such_list_is_marked_and_changes_nothing(
    qtbot: QtBot, numbers: NumbersField, text: str
) -> None:
    type_over(qtbot, numbers, text)
    assert not numbers.is_valid
    assert numbers.value is None
    assert all(limit in numbers.toolTip() for limit in ("3", "1", "100"))


def test_none_can_be_out_and_an_empty_list_is_the_default(
    qtbot: QtBot, numbers: NumbersField
) -> None:
    field = shown(qtbot, NumbersField(may_be_none=False))
    type_over(qtbot, field, "none")
    assert not field.is_valid
    assert "none" not in field.allowed()
    type_over(qtbot, numbers, "64")
    numbers.set_default([])
    assert type_over(qtbot, numbers, "")[-1] is None
    assert numbers.value is None
    assert "none" in numbers.placeholderText()
    numbers.set_default((8, 4))
    assert "8, 4" in numbers.placeholderText()


# -- the limits of the recipe -----------------------------------------------------------------


def takes(key: str, value: object) -> bool:
    try:
        recipes.changed(RunConfig(), key, value)
    except recipes.RecipeError:
        return False
    return True


NAMES = [
    "epochs",
    "learning_rate",
    "backbone_factor",
    "momentum",
    "decay_factor",
    "patience",
    "clip_norm",
]


@pytest.mark.parametrize(
    ("model", "place", "name"),
    [(StageConfig, "stages.0.", name) for name in NAMES]
    + [(HeadConfig, "model.head.", "l2"), (RunConfig, "", "batch_size"), (RunConfig, "", "seed")],
)
def test_a_field_takes_what_the_recipe_takes(
    qtbot: QtBot, model: type[Config], place: str, name: str
) -> None:
    field = limited_field(model, name)
    qtbot.addWidget(field)
    numbers = ["0", "-1", "0.5", "1", "10", "11", "1000", "1001", "4097", str(2**63 - 1)]
    for number in (*numbers, str(2**63)):
        type_over(qtbot, field, number)
        assert field.is_valid == takes(place + name, json.loads(number)), number
    type_over(qtbot, field, "")
    assert field.is_valid == takes(place + name, None)


@pytest.mark.parametrize("name", ["hidden", "channels"])
def test_a_list_takes_what_the_recipe_takes(qtbot: QtBot, name: str) -> None:
    field = limited_list(HeadConfig, name)
    qtbot.addWidget(field)
    lists = [[0], [1], [2048], [2049], [16384], [16385], [1, 2, 3, 4], [1, 2, 3, 4, 5], [8] * 9]
    for value in lists:
        type_over(qtbot, field, ", ".join(map(str, value)))
        assert field.is_valid == takes("model.head", {"kind": "conv", name: value})
        assert not field.is_valid or field.value == value


# -- a setting: name, unit, help and mark -----------------------------------------------------

SETTINGS = {
    config: {
        name: recipe_fields.setting(config, name, part)
        for name in config.model_fields
        if name != "thawed"
    }
    for config, part in ((StageConfig, "stages."), (HeadConfig, "model.head."))
}


def made(qtbot: QtBot, config: type[Config], name: str) -> SettingField:
    setting = SETTINGS[config][name]
    return shown(qtbot, SettingField(setting, setting_control(config, name, setting)))


@pytest.mark.parametrize("config", SETTINGS)
def test_every_field_of_a_stage_and_of_a_head_has_its_words_unit_and_range(
    qtbot: QtBot, config: type[Config]
) -> None:
    elsewhere = {"thawed"} & set(config.model_fields)
    assert set(SETTINGS[config]) == set(config.model_fields) - elsewhere
    for name in set(SETTINGS[config]) - {"kind"}:
        field = made(qtbot, config, name)
        field.set_value(getattr(config(), name))
        assert field.control.accessibleName() == field.name.text() != ""
        assert field.control.toolTip() == field.name.toolTip() != ""
        assert field.help.text or isinstance(field.control, SwitchField)
        if isinstance(field.control, CheckedEdit):
            assert field.unit.text()
            assert field.control.limits() in field.control.toolTip()


def test_a_chosen_value_and_a_switch_are_told_and_its_words_are_shown(qtbot: QtBot) -> None:
    field, choices = made(qtbot, StageConfig, "schedule"), SETTINGS[StageConfig]["schedule"].choices
    field.set_value("constant")
    assert field.help.text == choices["constant"].words
    with qtbot.waitSignal(field.changed) as told:
        qtbot.keyClick(field.control, KEYS.Key_End)
    assert told.args == ["plateau"]
    field.set_value("plateau")
    assert field.help.text == choices["plateau"].words
    number = made(qtbot, StageConfig, "weight_decay")
    number.set_value(1)
    heard: list[object] = []
    number.changed.connect(heard.append)
    type_over(qtbot, number.control, "0.05")  # type: ignore[arg-type]
    assert heard[-1] == 0.05
    switch = made(qtbot, StageConfig, "augment")
    switch.set_value(True)
    with qtbot.waitSignal(switch.changed) as told:
        qtbot.mouseClick(switch.control, Qt.MouseButton.LeftButton)
    assert told.args == [False]


@pytest.mark.parametrize(
    ("name", "wrong", "right"), [("dropout", "1", "0.5"), ("hidden", "0", "5"), ("l2", "-1", "0.5")]
)
def test_a_value_out_of_range_is_answered_with_the_range_until_another_is_looked_at(
    qtbot: QtBot, name: str, wrong: str, right: str
) -> None:
    field = made(qtbot, HeadConfig, name)
    control = field.control
    assert field.told == ""
    type_over(qtbot, control, wrong)
    assert control.limits() in field.told
    assert field.help.isHidden()
    type_over(qtbot, control, right)
    assert field.told == ""
    assert not field.help.isHidden()
    value = control.parsed()[1]
    type_over(qtbot, control, "x")
    field.set_value(value)
    assert control.text() == "x"  # it is still being typed
    field.set_value(value, afresh=True)
    assert (control.text(), field.told) == (right, "")


def test_the_mark_tells_the_value_of_the_preset_and_puts_it_back(qtbot: QtBot) -> None:
    for config, name, value, words in (
        (StageConfig, "optimizer", "sgd", "SGD"),
        (StageConfig, "weight_decay", 1e-4, "1e-4"),
        (StageConfig, "learning_rate", None, "2e-4"),
        (StageConfig, "augment", True, ""),
        (HeadConfig, "hidden", [4096, 64], "4096, 64"),
        (HeadConfig, "hidden", [], "none"),
    ):
        field = made(qtbot, config, name)
        if name == "learning_rate":
            field.set_default(2e-4)
        assert not field.mark.isVisible()
        field.set_mark(True, value)
        assert field.mark.isVisible()
        told = field.mark.toolTip()
        assert words in told
        if name == "augment":  # another value is named otherwise
            field.set_mark(True, not value)
            assert field.mark.toolTip() != told
        with qtbot.waitSignal(field.put_back):
            qtbot.mouseClick(field.mark, Qt.MouseButton.LeftButton)
        field.set_mark(False)
        assert not field.mark.isVisible()


def test_an_error_stands_in_place_of_the_help(qtbot: QtBot) -> None:
    field = made(qtbot, StageConfig, "block_decay")
    for error in ("A margin has no label.", ""):
        field.set_error(error)
        assert (field.told, field.error) == (error, error)
        assert field.help.isHidden() == bool(error)
    for used in (False, True):
        field.set_used(used, "" if used else "nothing is thawed")
        assert field.control.isEnabled() == used
        assert (field.help.text == "nothing is thawed") != used
        assert ("nothing is thawed" in field.control.toolTip()) != used
