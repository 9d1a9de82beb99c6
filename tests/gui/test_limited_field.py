"""Fields whose limits are the recipe's own."""

import pytest
from pytestqt.qtbot import QtBot

from core import recipes
from core.config import Config, RunConfig, StageConfig
from gui.widgets.limited_field import limited_field

FIELDS: list[tuple[type[Config], str, str, bool]] = [
    (StageConfig, "epochs", "stages.0.epochs", True),
    (StageConfig, "learning_rate", "stages.0.learning_rate", False),
    (StageConfig, "backbone_factor", "stages.0.backbone_factor", False),
    (RunConfig, "batch_size", "batch_size", True),
    (RunConfig, "seed", "seed", True),
]


@pytest.mark.parametrize(("model", "name", "key", "integer"), FIELDS)
def test_a_field_takes_what_the_recipe_takes(
    qtbot: QtBot, model: type[Config], name: str, key: str, integer: bool
) -> None:
    field = limited_field(model, name, integer=integer)
    qtbot.addWidget(field)
    for number in ("0", "-1", "1", "10", "11", "1000", "1001", "4097", str(2**63 - 1), str(2**63)):
        field.clear()
        qtbot.keyClicks(field, number)
        try:
            recipes.changed(RunConfig(), key, int(number))
        except recipes.RecipeError:
            assert not field.is_valid, f"{name} took {number}"
        else:
            assert field.is_valid, f"{name} refused {number}"
