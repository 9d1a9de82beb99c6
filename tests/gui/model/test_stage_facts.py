"""The facts beside a stage: the numbers are core's, the words say what they mean."""

import pytest

from core.compute import estimate
from core.recipe import files as recipes
from core.recipe import network
from core.recipe.config import RunConfig
from gui.base import words as base_words
from gui.model.costs import Fact, FreeMemory, facts
from tests.support.window.fakes import SPEED

GIGABYTE = 10**9
ENOUGH = FreeMemory(8 * GIGABYTE)


def told(
    recipe: RunConfig,
    index: int = 0,
    seconds: float | None = 12.0,
    measured: bool = False,
    free: FreeMemory = ENOUGH,
) -> dict[str, Fact]:
    found = estimate.stage_facts(recipe, index, SPEED, 80, 20, 3)
    return {one.name: one for one in facts(found, 3, seconds, measured, free)}


def test_what_trains_and_what_is_frozen_is_the_whole_network() -> None:
    found = told(RunConfig(), 1)
    head = network.head_parameters(RunConfig(), 3)
    assert found["trainable"].value == base_words.parameters(7_079_424 + head)
    assert base_words.count(7_079_424 + head) in found["trainable"].hint
    assert base_words.count(14_714_688 - 7_079_424) in found["frozen"].hint


def test_before_the_classes_are_known_it_is_the_head_that_trains() -> None:
    found = estimate.stage_facts(RunConfig(), 0, None, 1, 0, 0)
    trainable = facts(found, None, None, False, ENOUGH)[0]
    assert trainable.in_words() == "only the head trains"


def test_the_boundary_is_told_with_the_room_that_features_take() -> None:
    found = told(RunConfig(), 1)["kept"]
    assert found.in_words() == "features kept after block 4"
    assert 100 * 14 * 14 * 512 * 4 == 40_140_800
    assert "40\N{NO-BREAK SPACE}MB" in found.hint
    everything = told(recipes.make({"stages": [{"thawed": [1, 2, 3, 4, 5]}]}))
    assert everything["kept"].in_words() == "features kept: none"


def test_new_pictures_in_every_epoch_have_no_features_that_are_kept() -> None:
    found = told(recipes.changed(RunConfig(), "augmentation.rotation", 9))["kept"]
    assert found.value == "none"


def test_frozen_blocks_behind_a_thawed_one_are_explained() -> None:
    found = told(recipes.make({"stages": [{"thawed": [1]}]}))
    assert "block 2–5" in found["frozen"].hint
    assert "gradient" in found["frozen"].hint
    assert "gradient" not in told(RunConfig(), 1)["frozen"].hint


def test_an_epoch_says_whether_it_was_measured() -> None:
    assert told(RunConfig())["epoch"].value == base_words.duration(12.0)
    assert "Expected" in told(RunConfig())["epoch"].hint
    assert "measured in the present run" in told(RunConfig(), measured=True)["epoch"].hint
    assert "epoch" not in told(RunConfig(), seconds=None)


def test_more_memory_than_there_is_is_doubtful() -> None:
    enough, short = (
        told(RunConfig(), 1)["memory"],
        told(RunConfig(), 1, free=FreeMemory(10**8))["memory"],
    )
    assert not enough.is_doubtful
    assert short.is_doubtful
    assert "Only" in short.hint
    assert enough.value == short.value
    assert "free on this machine" in enough.hint


def test_on_a_graphics_card_its_own_memory_counts() -> None:
    enough = told(RunConfig(), 1, free=FreeMemory(8 * GIGABYTE, on_card=True))["memory"]
    short = told(RunConfig(), 1, free=FreeMemory(10**8, on_card=True))["memory"]
    assert "8.0\N{NO-BREAK SPACE}GB are free on the graphics card" in enough.hint
    assert not enough.is_doubtful
    assert short.is_doubtful
    assert "Only" in short.hint


@pytest.mark.parametrize("name", ["weights", "gradients", "optimizer"])
def test_the_hint_says_what_the_memory_is_for(name: str) -> None:
    assert name in told(RunConfig(), 1)["memory"].hint
