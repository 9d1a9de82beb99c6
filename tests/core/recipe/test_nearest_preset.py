"""A recipe that was changed still belongs to a preset, and can go back to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.recipe import files as recipes
from core.recipe.config import RunConfig
from core.recipe.presets import PRESETS, differences, nearest, put_all_back


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_nearest_to_itself_whatever_was_followed(name: str) -> None:
    config = PRESETS[name].apply(RunConfig())
    assert {nearest(config, before) for before in (None, *PRESETS)} == {name}


@pytest.mark.parametrize(
    ("thawed", "name"),
    [
        ([[], [4, 5]], "fine-tune-last"),
        ([[], [2, 3, 4, 5]], "fine-tune-all"),
        ([[], [1]], "fine-tune-last"),
        ([[], [5], [4, 5], [3, 4, 5], [2, 3, 4, 5]], "gradual-thawing"),
        ([[], [5], [4, 5]], "fine-tune-last"),
        ([[5]], "feature-extractor"),
    ],
)
def test_other_blocks_are_near_to_what_thaws_about_as_many(
    thawed: list[list[int]], name: str
) -> None:
    config = recipes.make({"stages": [{"thawed": blocks} for blocks in thawed]})
    assert nearest(config) == name


def test_of_two_that_are_as_near_the_one_that_was_followed_stays() -> None:
    config = recipes.make({"stages": [{}, {"thawed": [3, 4, 5]}]})
    assert nearest(config, "fine-tune-last") == "fine-tune-last"
    assert nearest(config, "fine-tune-all") == "fine-tune-all"


def test_random_weights_are_near_to_the_one_from_scratch() -> None:
    data = {"model": {"weights": "none"}, "stages": [{"thawed": [2, 3, 4, 5]}]}
    assert nearest(recipes.make(data)) == "from-scratch"


@given(st.sampled_from(sorted(PRESETS)), st.sampled_from(sorted(PRESETS)), st.booleans())
def test_all_that_differs_goes_back_and_nothing_else(name: str, of: str, deep: bool) -> None:
    config = PRESETS[name].apply(RunConfig(seed=7, batch_size=5))
    if deep:
        config = recipes.changed(config, "model.head", {"kind": "fc", "hidden": [4096, 4096]})
    config = recipes.changed(config, "stages.0.epochs", 3)
    back = put_all_back(config, of)
    assert differences(back, of) == ()
    assert (back.seed, back.batch_size) == (7, 5)
