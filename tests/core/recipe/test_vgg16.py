"""VGG16 as data against torchvision's own module, which is never given any memory."""

import pytest
import torch
import torchvision
from torch import nn

from core.recipe import vgg16
from core.recipe.vgg16 import BLOCKS, CLASSIFIER, feature_count, feature_shape

# As the layers are named by Keras, in the order in which a picture goes through them.
KERAS_NAMES = [
    "block1_conv1",
    "block1_conv2",
    "block2_conv1",
    "block2_conv2",
    "block3_conv1",
    "block3_conv2",
    "block3_conv3",
    "block4_conv1",
    "block4_conv2",
    "block4_conv3",
    "block5_conv1",
    "block5_conv2",
    "block5_conv3",
]


@pytest.fixture(scope="module")
def reference() -> torchvision.models.VGG:
    with torch.device("meta"):
        return torchvision.models.vgg16()


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _convolutions() -> list[vgg16.Convolution]:
    return [convolution for block in BLOCKS for convolution in block.convolutions]


def test_names_are_those_of_keras() -> None:
    assert [convolution.name for convolution in _convolutions()] == KERAS_NAMES
    assert [block.name for block in BLOCKS] == [f"block{number}" for number in range(1, 6)]


def test_every_convolution_stands_where_torchvision_has_it(
    reference: torchvision.models.VGG,
) -> None:
    theirs = [
        (index, layer.in_channels, layer.out_channels)
        for index, layer in enumerate(reference.features)
        if isinstance(layer, nn.Conv2d)
    ]
    ours = [(one.index, one.in_channels, one.out_channels) for one in _convolutions()]
    assert ours == theirs


def test_each_block_ends_where_torchvision_pools(reference: torchvision.models.VGG) -> None:
    poolings = [i for i, layer in enumerate(reference.features) if isinstance(layer, nn.MaxPool2d)]
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
def test_shapes_are_those_of_a_forward_pass(
    reference: torchvision.models.VGG, image_size: int
) -> None:
    pixels = torch.empty(1, 3, image_size, image_size, device="meta")
    assert feature_shape(0, image_size) == tuple(pixels.shape[1:])
    boundary = 0
    for layer in reference.features:
        pixels = layer(pixels)
        if isinstance(layer, nn.MaxPool2d):
            boundary += 1
            assert feature_shape(boundary, image_size) == tuple(pixels.shape[1:])
            assert feature_count(boundary, image_size) == pixels.numel()
    assert boundary == vgg16.BLOCK_COUNT
    assert image_size // vgg16.STRIDE == pixels.shape[-1]


def test_the_first_cut_off_layer_takes_the_last_blocks_features() -> None:
    assert feature_count(vgg16.BLOCK_COUNT, 224) == CLASSIFIER[0].inputs


@pytest.mark.parametrize("image_size", [64, 224])
def test_multiplications_are_those_of_each_convolutions_output(
    reference: torchvision.models.VGG, image_size: int
) -> None:
    pixels = torch.empty(1, 3, image_size, image_size, device="meta")
    counted = 0
    for layer in reference.features:
        pixels = layer(pixels)
        if isinstance(layer, nn.Conv2d):
            counted += pixels.numel() * layer.weight[0].numel()
    assert sum(block.multiplications(image_size) for block in BLOCKS) == counted
