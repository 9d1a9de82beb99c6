"""VGG16 and the heads as data, against torchvision, Keras and the network built of them."""

import subprocess
import sys

import pytest
import torch
import torchvision
from torch import nn

from core.model import heads
from core.recipe import files as recipes
from core.recipe import network, vgg16
from core.recipe.config import HeadConfig, HeadKind, RunConfig
from core.recipe.vgg16 import BLOCKS, CLASSIFIER, feature_count, feature_shape
from tests.support import ROOT


@pytest.fixture(scope="module")
def reference() -> torchvision.models.VGG:
    with torch.device("meta"):
        return torchvision.models.vgg16()


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _convolutions() -> list[vgg16.Convolution]:
    return [convolution for block in BLOCKS for convolution in block.convolutions]


def test_names_are_those_of_keras() -> None:
    counts = (2, 2, 3, 3, 3)
    names = [f"block{b}_conv{n}" for b, count in enumerate(counts, 1) for n in range(1, count + 1)]
    assert [convolution.name for convolution in _convolutions()] == names
    assert [block.name for block in BLOCKS] == [f"block{number}" for number in range(1, 6)]


def test_every_convolution_stands_where_torchvision_has_it_and_each_block_ends_at_a_pooling(
    reference: torchvision.models.VGG,
) -> None:
    layers = list(enumerate(reference.features))
    theirs = [
        (i, one.in_channels, one.out_channels) for i, one in layers if isinstance(one, nn.Conv2d)
    ]
    ours = [(one.index, one.in_channels, one.out_channels) for one in _convolutions()]
    assert ours == theirs
    poolings = [i for i, one in layers if isinstance(one, nn.MaxPool2d)]
    assert [block.convolutions[-1].index + 2 for block in BLOCKS] == poolings


def test_parameters_are_counted_as_torch_counts_them(reference: torchvision.models.VGG) -> None:
    for convolution in _convolutions():
        assert convolution.parameters == _parameters(reference.features[convolution.index])
    assert sum(block.parameters for block in BLOCKS) == _parameters(reference.features)
    linear = [layer for layer in reference.classifier if isinstance(layer, nn.Linear)]
    assert [layer.parameters for layer in CLASSIFIER] == [_parameters(layer) for layer in linear]
    assert [(layer.inputs, layer.outputs) for layer in CLASSIFIER] == [
        (layer.in_features, layer.out_features) for layer in linear
    ]


@pytest.mark.parametrize("image_size", [32, 96, 224, 512])
def test_shapes_and_multiplications_are_those_of_a_forward_pass(
    reference: torchvision.models.VGG, image_size: int
) -> None:
    pixels = torch.empty(1, 3, image_size, image_size, device="meta")
    assert feature_shape(0, image_size) == tuple(pixels.shape[1:])
    boundary = multiplications = 0
    for layer in reference.features:
        pixels = layer(pixels)
        if isinstance(layer, nn.Conv2d):
            multiplications += pixels.numel() * layer.weight[0].numel()
        if isinstance(layer, nn.MaxPool2d):
            boundary += 1
            assert feature_shape(boundary, image_size) == tuple(pixels.shape[1:])
            assert feature_count(boundary, image_size) == pixels.numel()
    assert boundary == vgg16.BLOCK_COUNT
    assert image_size // vgg16.STRIDE == pixels.shape[-1]
    assert sum(block.multiplications(image_size) for block in BLOCKS) == multiplications


# -- heads ----------------------------------------------------------------------------------


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


def test_vggs_own_layers_are_a_head_and_an_image_costs_its_weights_at_each_place() -> None:
    assert feature_count(vgg16.BLOCK_COUNT, 224) == CLASSIFIER[0].inputs
    own = network.plan(HeadConfig(kind="fc", hidden=(4096, 4096)), (512, 7, 7), 1000)
    # the published VGG16's fc1, fc2 and fc3: 138,357,544 parameters less the convolutions'
    assert own.parameters == 138_357_544 - 14_714_688
    config = HeadConfig(kind="conv", channels=(4,), hidden=(5,), pooling="average")
    plan = network.plan(config, (8, 2, 2), 3)
    assert plan.multiplications == 4 * 8 * 9 * (2 * 2) + 4 * 5 + 5 * 3


# -- a recipe's network ---------------------------------------------------------------------


def test_a_recipes_depth_and_size_decide_what_the_head_sees() -> None:
    assert network.of_recipe(RunConfig(), 8).inputs == 25_088
    assert network.head_parameters(RunConfig(), 8) == 25_088 * 8 + 8
    data = {"depth": 3, "head": {"kind": "fc", "pooling": "both"}}
    recipe = recipes.make({"model": data, "dataset": {"image_size": 64}, "stages": [{}]})
    assert network.of_recipe(recipe, 8).inputs == 2 * 256


def test_the_backbone_and_a_stage_have_the_parameters_of_their_blocks() -> None:
    assert network.backbone_parameters(RunConfig()) == 14_714_688  # as Keras counts them
    shallow = recipes.make({"model": {"depth": 1}, "stages": [{}]})
    assert network.backbone_parameters(shallow) == (3 * 9 + 1) * 64 + (64 * 9 + 1) * 64
    recipe = recipes.changed(RunConfig(), "stages.1.thawed", [1, 5])
    assert network.thawed_parameters(recipe, 0) == 0
    assert network.thawed_parameters(recipe, 1) == 38_720 + 7_079_424


def test_it_loads_without_torch() -> None:
    code = "import sys, core.recipe.network; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
