"""Fewer blocks kept, and stages that fit them."""

import pytest

from core.recipe import files as recipes
from core.recipe.presets import PRESETS, preset
from gui.model.weights import at_depth


@pytest.mark.parametrize("name", ["fine-tune-last", "fine-tune-all", "gradual-thawing"])
def test_a_recipe_transfers_as_before(name: str) -> None:
    repaired = at_depth(PRESETS[name].apply(recipes.make({})), 3)
    assert repaired is not None
    assert repaired.model.depth == 3
    assert preset(repaired) == name


def test_what_else_a_stage_thaws_stays() -> None:
    recipe = recipes.make({"stages": [{}, {"thawed": [1, 3, 5], "epochs": 7}]})
    repaired = at_depth(recipe, 4)
    assert repaired is not None
    assert [stage.thawed for stage in repaired.stages] == [(), (1, 3)]
    assert repaired.stages[1].epochs == 7


def test_nothing_is_offered_where_it_would_be_no_recipe() -> None:
    assert at_depth(recipes.make({}), 9) is None
