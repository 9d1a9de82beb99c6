"""A recipe's field: named, explained, limited as the recipe limits it, and marked."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.recipe.config import Config, HeadConfig, StageConfig
from gui.controls.inputs import SwitchField
from gui.controls.number_fields import CheckedEdit
from gui.controls.setting_fields import ChoiceField, Setting, SettingField, setting_control
from gui.recipe import fields
from gui.recipe import heads as recipe_heads

SETTINGS = {StageConfig: fields.stage_settings(), HeadConfig: recipe_heads.settings()}
FIELDS = [(config, name) for config, settings in SETTINGS.items() for name in settings]


def made(qtbot: QtBot, config: type[Config], name: str) -> SettingField:
    setting: Setting = SETTINGS[config][name]
    field = SettingField(setting, setting_control(config, name, setting))
    qtbot.addWidget(field)
    field.show()
    return field


def test_every_field_of_a_stage_and_of_a_head_has_its_words() -> None:
    assert set(SETTINGS[StageConfig]) | {"thawed"} == set(StageConfig.model_fields)
    assert set(SETTINGS[HeadConfig]) == set(HeadConfig.model_fields)


@pytest.mark.parametrize(("config", "name"), [one for one in FIELDS if one[1] != "kind"])
def test_a_field_has_a_name_a_sentence_and_a_numbers_unit_and_range(
    qtbot: QtBot, config: type[Config], name: str
) -> None:
    field = made(qtbot, config, name)
    field.set_value(getattr(config(), name))
    assert field.name.text()
    assert field.control.accessibleName() == field.name.text()
    assert len(field.control.toolTip()) > 20
    assert field.control.toolTip() == field.name.toolTip()
    assert field.help.text or isinstance(field.control, SwitchField)
    if isinstance(field.control, CheckedEdit):
        assert field.unit.text()
        assert field.control.limits() in field.control.toolTip()


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [("weight_decay", "0.05", 0.05), ("epochs", "7", 7), ("clip_norm", "2", 2.0)],
)
def test_a_typed_number_is_told(qtbot: QtBot, name: str, typed: str, value: float) -> None:
    field = made(qtbot, StageConfig, name)
    field.set_value(1)
    field.control.setFocus()
    field.control.selectAll()  # type: ignore[attr-defined]
    heard: list[object] = []
    field.changed.connect(heard.append)
    qtbot.keyClicks(field.control, typed)
    assert heard[-1] == value


def test_a_chosen_value_is_told_and_its_words_are_shown(qtbot: QtBot) -> None:
    field = made(qtbot, StageConfig, "schedule")
    field.set_value("constant")
    assert isinstance(field.control, ChoiceField)
    assert field.help.text == "always the same"
    with qtbot.waitSignal(field.changed) as told:
        qtbot.keyClick(field.control, Qt.Key.Key_End)
    assert told.args == ["plateau"]
    field.set_value("plateau")
    assert field.help.text == "falls when loss stays"


def test_a_switch_is_told(qtbot: QtBot) -> None:
    field = made(qtbot, StageConfig, "augment")
    field.set_value(True)
    with qtbot.waitSignal(field.changed) as told:
        qtbot.mouseClick(field.control, Qt.MouseButton.LeftButton)
    assert told.args == [False]


@pytest.mark.parametrize(
    ("name", "typed", "limits"),
    [
        ("dropout", "1", "from 0 to 0.95"),
        ("hidden", "0", "8 numbers from 1 to 16384 at most"),
        ("l2", "-1", "from 0 to 1000"),
    ],
)
def test_a_value_out_of_range_is_answered_with_the_range(
    qtbot: QtBot, name: str, typed: str, limits: str
) -> None:
    field = made(qtbot, HeadConfig, name)
    control = field.control
    assert isinstance(control, CheckedEdit)
    assert field.told == ""
    control.setFocus()
    control.selectAll()
    qtbot.keyClicks(control, typed)
    assert field.told == f"Allowed: {limits}"
    assert field.help.isHidden()
    control.selectAll()
    qtbot.keyClicks(control, "0.5" if name != "hidden" else "5")
    assert field.told == ""
    assert not field.help.isHidden()


@pytest.mark.parametrize(
    ("config", "name", "value", "words"),
    [
        (StageConfig, "optimizer", "sgd", "SGD"),
        (StageConfig, "weight_decay", 1e-4, "1e-4"),
        (StageConfig, "patience", None, "never"),
        (StageConfig, "learning_rate", None, "2e-4 (default)"),
        (StageConfig, "augment", True, "on"),
        (HeadConfig, "hidden", [4096, 64], "4096, 64"),
        (HeadConfig, "hidden", [], "none"),
    ],
)
def test_the_mark_tells_the_cards_value_and_puts_it_back(
    qtbot: QtBot, config: type[Config], name: str, value: Any, words: str
) -> None:
    field = made(qtbot, config, name)
    if name == "learning_rate":
        field.set_default(2e-4)
    assert not field.mark.isVisible()
    field.set_mark(True, value)
    assert field.mark.isVisible()
    assert f"has {words} here" in field.mark.toolTip()
    with qtbot.waitSignal(field.put_back):
        qtbot.mouseClick(field.mark, Qt.MouseButton.LeftButton)
    field.set_mark(False)
    assert not field.mark.isVisible()


def test_what_is_wrong_stands_in_place_of_the_help(qtbot: QtBot) -> None:
    field = made(qtbot, StageConfig, "label_smoothing")
    field.set_error("A margin has no label.")
    assert (field.told, field.error) == ("A margin has no label.", "A margin has no label.")
    assert field.help.isHidden()
    field.set_error("")
    assert field.told == ""
    assert not field.help.isHidden()


def test_a_field_without_effect_says_why(qtbot: QtBot) -> None:
    field = made(qtbot, StageConfig, "block_decay")
    field.set_used(False, "no block is thawed")
    assert not field.control.isEnabled()
    assert field.help.text == "no block is thawed"
    assert "no block is thawed" in field.control.toolTip()
    field.set_used(True)
    assert field.control.isEnabled()
    assert "no block" not in field.control.toolTip()


def test_what_is_half_typed_goes_when_another_value_is_looked_at(qtbot: QtBot) -> None:
    field = made(qtbot, StageConfig, "weight_decay")
    field.set_value(0.5)
    control = field.control
    assert isinstance(control, CheckedEdit)
    control.selectAll()
    qtbot.keyClicks(control, "x")
    field.set_value(0.5)
    assert control.text() == "x"  # it is still being typed
    field.set_value(0.5, afresh=True)
    assert (control.text(), field.told) == ("0.5", "")
