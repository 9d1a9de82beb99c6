"""Fields whose limits are the recipe's own."""

import json

import pytest
from pytestqt.qtbot import QtBot

from core.recipe import files as recipes
from core.recipe.config import Config, HeadConfig, RunConfig, StageConfig
from gui.controls.setting_fields import limited_field, limited_list

FIELDS: list[tuple[type[Config], str, str]] = [
    (StageConfig, "epochs", "stages.0.epochs"),
    (StageConfig, "learning_rate", "stages.0.learning_rate"),
    (StageConfig, "backbone_factor", "stages.0.backbone_factor"),
    (StageConfig, "momentum", "stages.0.momentum"),
    (StageConfig, "decay_factor", "stages.0.decay_factor"),
    (StageConfig, "patience", "stages.0.patience"),
    (HeadConfig, "l2", "model.head.l2"),
    (RunConfig, "batch_size", "batch_size"),
    (RunConfig, "seed", "seed"),
]
NUMBERS = ("0", "-1", "0.5", "1", "10", "11", "1000", "1001", "4097", str(2**63 - 1), str(2**63))


@pytest.mark.parametrize(("model", "name", "key"), FIELDS)
def test_a_field_takes_what_the_recipe_takes(
    qtbot: QtBot, model: type[Config], name: str, key: str
) -> None:
    field = limited_field(model, name)
    qtbot.addWidget(field)
    for number in NUMBERS:
        field.clear()
        qtbot.keyClicks(field, number)
        try:
            recipes.changed(RunConfig(), key, json.loads(number))
        except recipes.RecipeError:
            assert not field.is_valid, f"{name} took {number}"
        else:
            assert field.is_valid, f"{name} refused {number}"


def test_a_field_may_be_empty_where_the_recipe_has_a_default_of_its_own(qtbot: QtBot) -> None:
    optional, needed = (limited_field(StageConfig, one) for one in ("clip_norm", "weight_decay"))
    for field, may in ((optional, True), (needed, False)):
        qtbot.addWidget(field)
        qtbot.keyClicks(field, "1")
        field.clear()
        field.textEdited.emit("")
        assert field.is_valid is may


@pytest.mark.parametrize("name", ["hidden", "channels"])
@pytest.mark.parametrize(
    "text", ["0", "1", "2048", "2049", "16384", "16385", "1, 2, 3, 4", "1, 2, 3, 4, 5", "8," * 9]
)
def test_a_list_takes_what_the_recipe_takes(qtbot: QtBot, name: str, text: str) -> None:
    field = limited_list(HeadConfig, name)
    qtbot.addWidget(field)
    qtbot.keyClicks(field, text)
    value = [int(part) for part in text.split(",") if part]
    try:
        recipes.changed(RunConfig(), "model.head", {"kind": "conv", name: value})
    except recipes.RecipeError:
        assert not field.is_valid
    else:
        assert field.value == value
