"""How much memory a recipe takes: more for what needs more, and the sizes that are known."""

import pytest

from core.compute import loaders
from core.compute.estimate import (
    PICTURES_AHEAD,
    SCALE_PICTURES,
    MemoryNeed,
    Speed,
    largest_need,
    memory_need,
)
from core.recipe import files as recipes
from core.recipe import network, vgg16
from core.recipe.config import RunConfig
from core.training import learner

SPEED = Speed((0.02, 0.02, 0.02, 0.02, 0.01), 3.0, 0.003, 2, 4, "bfloat16", "this machine")
SINGLE = Speed((0.02, 0.02, 0.02, 0.02, 0.01), 3.0, 0.003, 2, 4, "float32", "this machine")
BACKBONE = 14_714_688  # weights and biases of VGG16's convolutions


def made(*settings: str) -> RunConfig:
    return recipes.load([], settings)


def need(*settings: str, speed: Speed | None = SPEED, stage: int = 1) -> MemoryNeed:
    return memory_need(made(*settings), speed, classes=8, stage_index=stage)


def test_each_weight_that_learns_has_a_gradient_and_the_optimizers_numbers() -> None:
    config = made("stages.1.thawed=[5]")
    learning = network.thawed_parameters(config, 1) + network.head_parameters(config, 8)
    for optimizer, numbers in (("adamw", 2), ("adam", 2), ("rmsprop", 1), ("sgd", 1)):
        found = need("stages.1.thawed=[5]", f"stages.1.optimizer={optimizer}")
        assert found.gradients == 4 * learning
        assert found.optimizer == 4 * numbers * learning
    plain = need("stages.1.optimizer=sgd", "stages.1.momentum=0")
    assert plain.optimizer == 0


def test_the_network_is_there_once_and_in_the_number_format_that_computes() -> None:
    head = network.head_parameters(made(), 8)
    assert need("stages.1.thawed=[]", speed=SINGLE).weights == 4 * (BACKBONE + head)
    assert need("stages.1.thawed=[]").weights == 4 * (BACKBONE + head) + 2 * BACKBONE
    everything = need("stages.1.thawed=[1,2,3,4,5]")
    assert everything.weights == 4 * (BACKBONE + head) + 4 * BACKBONE


def test_every_block_more_that_is_thawed_needs_more() -> None:
    totals = [need(f"stages.1.thawed={list(range(first, 6))}").total for first in range(6, 0, -1)]
    assert totals == sorted(totals)
    assert len(set(totals)) == 6


def test_a_frozen_block_behind_a_thawed_one_holds_activations_too() -> None:
    gap, whole = need("stages.1.thawed=[1]"), need("stages.1.thawed=[1,2,3,4,5]")
    assert gap.activations == whole.activations
    assert gap.optimizer < whole.optimizer


def test_as_many_pixels_at_once_need_as_much_whatever_the_pictures_size() -> None:
    settings = ("stages.1.thawed=[1,2,3,4,5]", "batch_size=128")
    large, small = (need(*settings, f"dataset.image_size={size}") for size in (224, 128))
    assert small.activations == pytest.approx(large.activations, rel=0.1)
    few = need(*settings, "batch_size=1", "dataset.image_size=128")
    assert few.activations < small.activations / 10, "no more at once than there are in a batch"


def test_a_wide_head_shows() -> None:
    classic = need("model.head.kind=fc", "model.head.hidden=[4096,4096]", stage=0)
    hidden = 25_088 * 4096 + 4096 + 4096 * 4096 + 4096
    assert classic.gradients > 4 * hidden
    more = (classic.total - need(stage=0).total) / hidden
    assert 15.8 < more < 16.2 + 4, "weights, gradients, two moments, and no copy to write them"
    piece = need("model.head.kind=fc", "model.head.hidden=[4096,4096]", "batch_size=4", stage=0)
    widest = 25_088 * 4096 + 4096
    assert classic.activations > 4 * widest > piece.activations, "a batch in pieces has a second"


def test_a_checkpoint_copies_what_has_changed_and_the_optimizers_numbers() -> None:
    blocks = {number: vgg16.BLOCKS[number - 1].parameters for number in (4, 5)}
    settings = ("stages=[{},{},{}]", "stages.0.thawed=[4]", "stages.1.thawed=[5]")
    assert need(*settings, stage=0).writing == 4 * 3 * blocks[4]
    assert need(*settings, stage=1).writing == 4 * (blocks[4] + 3 * blocks[5])
    assert need(*settings, stage=2).writing == 4 * (blocks[4] + blocks[5])


def test_single_precision_holds_twice_the_activations() -> None:
    settings = ("stages.1.thawed=[3,4,5]",)
    half, single = need(*settings).activations, need(*settings, speed=SINGLE).activations
    assert 1.5 < single / half < 2
    assert need(*settings, "precision=float32").activations == single


def test_the_worst_stage_counts() -> None:
    config = made('stages=[{},{"thawed":[4,5]},{"thawed":[5]}]')
    assert largest_need(config, SPEED, 8) == memory_need(config, SPEED, 8, 1)


def test_the_total_is_that_of_the_worst_moment() -> None:
    for found in (need(), need("stages.1.thawed=[1,2,3,4,5]", "batch_size=256")):
        parts = (found.weights, found.gradients, found.optimizer, found.pictures)
        assert found.total > sum(parts) + max(found.activations, found.writing)


def test_something_is_said_before_anything_was_measured() -> None:
    assert need(speed=None).total == need(speed=None, stage=1).total > 0


def test_it_counts_the_pictures_that_training_holds() -> None:
    assert loaders.PICTURES_AHEAD == PICTURES_AHEAD
    assert learner.SCALE_PICTURES == SCALE_PICTURES
