"""Class weights or balanced sampling, and why one would want either."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.dataset.health import Balance
from core.recipe import files as recipes
from core.recipe.config import RunConfig
from gui.model.settings import ClassesPanel

NAMES = ("class_weights", "balanced_sampling")


@pytest.fixture
def panel(qtbot: QtBot) -> ClassesPanel:
    made = ClassesPanel()
    qtbot.addWidget(made)
    made.resize(700, 120)
    made.show_recipe(RunConfig(), 3)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.mark.parametrize("name", NAMES)
def test_a_switch_is_told_with_its_key(qtbot: QtBot, panel: ClassesPanel, name: str) -> None:
    with qtbot.waitSignal(panel.changed) as told:
        qtbot.mouseClick(panel.fields[name].control, Qt.MouseButton.LeftButton)
    assert told.args == [name, True]


@pytest.mark.parametrize(("name", "other"), [NAMES, NAMES[::-1]])
def test_one_of_the_two_excludes_the_other_and_says_so(
    panel: ClassesPanel, name: str, other: str
) -> None:
    assert "one of the two" in panel.note.text()
    panel.show_recipe(recipes.changed(RunConfig(), name, True), 3)
    assert panel.fields[name].control.isEnabled()
    assert not panel.fields[other].control.isEnabled()
    assert panel.field_name(name) in panel.fields[other].help.text
    panel.show_recipe(RunConfig(), 3)
    assert panel.fields[other].control.isEnabled()


def test_how_unequal_the_classes_are_is_said_in_a_line(panel: ClassesPanel) -> None:
    assert panel.imbalance.isHidden()
    panel.show_balance(Balance("retriever", 812, "shiba", 40))
    words = "retriever has 812 training pictures, shiba has 40: 20 times as many."
    assert panel.imbalance.text == words
    panel.show_balance(Balance("a", 90, "b", 60))
    assert "1.5 times as many" in panel.imbalance.text
    panel.show_balance(Balance("a", 90, "b", 90))
    assert panel.imbalance.text == "All classes have 90 training pictures."
    panel.show_balance(None)
    assert panel.imbalance.isHidden()
