"""A head's layers and counts, as plain data, against the network that is built of them."""

import subprocess
import sys

import pytest
import torch

from core.model import heads
from core.recipe import files as recipes
from core.recipe import network
from core.recipe.config import HeadConfig, HeadKind, RunConfig
from tests.support import ROOT

CONFIGS = [
    HeadConfig(kind=kind, pooling=pooling)
    for kind in ("softmax", "one-vs-rest", "svm", "fc", "conv")
    for pooling in ("flatten", "average", "max", "both")
] + [
    HeadConfig(kind="fc", hidden=(9, 4), layer_norm=True),
    HeadConfig(kind="fc", hidden=()),
    HeadConfig(kind="conv", channels=(6, 3), hidden=(5,), layer_norm=True, pooling="both"),
]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda one: one.model_dump_json(exclude_unset=True))
def test_counts_are_those_of_the_network(config: HeadConfig) -> None:
    plan = network.plan(config, (8, 2, 2), 3)
    head = heads.build(config, (8, 2, 2), 3, seed=0)
    assert plan.parameters == sum(one.numel() for one in head.parameters())
    first = [*head.convolutions, *head.hidden, head][0].weight
    inputs = first[0].numel() // 9 * 4 if config.kind == "conv" else first.shape[1]
    assert plan.inputs == inputs
    assert tuple(head.weight.shape) == (3, plan.last.inputs)


@pytest.mark.parametrize("kind", ["softmax", "one-vs-rest"])
def test_logistic_regressions_are_held_back_alike_however_many_features(kind: HeadKind) -> None:
    weights = {}
    for side in (1, 7):
        head = heads.build(HeadConfig(kind=kind), (512, side, side), 3, seed=0)
        with torch.no_grad():  # weights that give features of one the same logits
            head.weight.fill_(1 / (512 * side**2))
        weights[side] = head.penalty().item()
    assert weights[1] == pytest.approx(weights[7], rel=0.05)
    assert weights[1] > 0


@pytest.mark.parametrize("value", [0.0, 0.5])
def test_a_named_l2_wins(value: float) -> None:
    assert network.plan(HeadConfig(l2=value), (512, 7, 7), 3).l2 == value


def test_vggs_own_layers_are_a_head_too() -> None:
    config = HeadConfig(kind="fc", hidden=(4096, 4096))
    plan = network.plan(config, (512, 7, 7), 1000)
    # the published VGG16's fc1, fc2 and fc3: 138,357,544 parameters less the convolutions'
    assert plan.parameters == 138_357_544 - 14_714_688


def test_a_picture_costs_a_multiplication_for_each_weight_and_place() -> None:
    config = HeadConfig(kind="conv", channels=(4,), hidden=(5,), pooling="average")
    plan = network.plan(config, (8, 2, 2), 3)
    assert plan.multiplications == 4 * 8 * 9 * (2 * 2) + 4 * 5 + 5 * 3


def test_a_recipes_depth_and_size_decide_what_the_head_sees() -> None:
    assert network.of_recipe(RunConfig(), 8).inputs == 25_088
    data = {"depth": 3, "head": {"kind": "fc", "pooling": "both"}}
    recipe = recipes.make({"model": data, "dataset": {"image_size": 64}, "stages": [{}]})
    assert network.of_recipe(recipe, 8).inputs == 2 * 256


def test_it_loads_without_torch() -> None:
    code = "import sys, core.recipe.network; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
