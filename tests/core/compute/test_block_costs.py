"""What thawing costs: more with each block, and the same as the estimate says of the recipe."""

import pytest

from core.compute import estimate
from core.compute.cache import budget as cache_budget
from core.compute.estimate import Speed, block_costs, stage_facts
from core.recipe import files as recipes
from core.recipe import network, vgg16
from core.recipe.config import RunConfig

SPEED = Speed((0.02, 0.02, 0.02, 0.02, 0.01), 3.0, 0.003, 2, 4, "bfloat16", "this machine")
TRAIN, VALIDATION, CLASSES = 384, 96, 8


def made(*settings: str) -> RunConfig:
    return recipes.load([], settings)


@pytest.fixture(autouse=True)
def _plenty_of_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_budget, "room", lambda: 10**12)
    estimate._room.cache_clear()


def seconds(*settings: str, stage: int = 0) -> list[float]:
    found = block_costs(made(*settings), stage, SPEED, TRAIN, VALIDATION)
    return [one.seconds for one in found]


def test_there_is_a_cost_for_all_frozen_and_for_each_block_that_is_kept() -> None:
    assert len(seconds()) == 6
    assert len(seconds("model.depth=3", "stages.1.thawed=[]")) == 4


def test_each_earlier_block_costs_more() -> None:
    frozen, *from_here_on = seconds()
    assert from_here_on == sorted(from_here_on, reverse=True)
    assert frozen < from_here_on[-1] / 10


def test_the_cost_is_that_of_a_recipe_which_thaws_from_there_on() -> None:
    config = made('stages=[{"epochs":7,"thawed":[4,5]}]')
    expected = estimate.estimate(config, SPEED, TRAIN, VALIDATION)
    found = block_costs(config, 0, SPEED, TRAIN, VALIDATION)[4]
    assert found.seconds == expected.epochs[0]
    assert found.more_at_first == expected.features


def test_fresh_pictures_make_frozen_blocks_cost_too_and_kept_views_only_at_first() -> None:
    plain = block_costs(made(), 1, SPEED, TRAIN, VALIDATION)[0]
    settings = ("augmentation.rotation=10", "augmentation.cached_views=4")
    fresh = block_costs(made(settings[0]), 1, SPEED, TRAIN, VALIDATION)[0]
    kept = block_costs(made(*settings), 1, SPEED, TRAIN, VALIDATION)[0]
    assert fresh.seconds > 20 * plain.seconds
    assert kept.seconds == plain.seconds
    views = (4 * TRAIN + VALIDATION) / (TRAIN + VALIDATION)
    assert kept.more_at_first == pytest.approx(views * plain.more_at_first)


def test_a_stage_without_augmentation_is_cheap_whatever_the_recipe_augments() -> None:
    settings = ("augmentation.rotation=10", "stages.1.augment=false")
    assert seconds(*settings, stage=1) == seconds(stage=1)
    assert seconds(*settings, stage=0) != seconds(stage=0)


def test_the_facts_of_a_stage_add_up() -> None:
    config = made("stages.1.thawed=[4,5]")
    for index in (0, 1):
        facts = stage_facts(config, index, SPEED, TRAIN, VALIDATION, CLASSES)
        total = network.backbone_parameters(config) + network.head_parameters(config, CLASSES)
        assert facts.trainable + facts.frozen == total
    assert facts.boundary == 3
    assert facts.passed == ()
    blocks = sum(block.parameters for block in vgg16.BLOCKS[3:])
    assert facts.trainable == blocks + 25_088 * CLASSES + CLASSES


def test_features_are_kept_at_the_boundary() -> None:
    facts = stage_facts(made("stages.1.thawed=[4,5]"), 1, SPEED, TRAIN, VALIDATION, CLASSES)
    assert facts.kept_bytes == (TRAIN + VALIDATION) * 256 * 28 * 28 * 2
    for setting in ("stages.1.thawed=[1]", "augmentation.rotation=10"):
        facts = stage_facts(made(setting), 1, SPEED, TRAIN, VALIDATION, CLASSES)
        assert facts.kept_bytes == 0
    views = ("augmentation.rotation=10", "augmentation.cached_views=2")
    facts = stage_facts(made(*views), 0, SPEED, TRAIN, VALIDATION, CLASSES)
    assert facts.kept_bytes == (2 * TRAIN + VALIDATION) * 25_088 * 2


def test_a_thawed_block_below_frozen_ones_lets_nothing_be_kept_behind_it() -> None:
    facts = stage_facts(made("stages.1.thawed=[2,4]"), 1, SPEED, TRAIN, VALIDATION, CLASSES)
    assert facts.boundary == 1
    assert facts.passed == (3, 5)


def test_facts_are_there_before_anything_was_measured() -> None:
    facts = stage_facts(made(), 0, None, TRAIN, VALIDATION, CLASSES)
    assert facts.kept_bytes == (TRAIN + VALIDATION) * 25_088 * 4
    assert facts.memory.total > 0
