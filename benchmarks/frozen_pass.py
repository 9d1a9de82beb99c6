"""The pass through the frozen blocks, beside its convolutions alone and torchvision's module."""

import threading
from collections.abc import Callable
from statistics import median

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor
from torchvision.models import vgg

from benchmarks import Row, interleaved
from core.compute import speed
from core.model import backbone
from core.model.backbone import Backbone, FrozenPass
from core.recipe import vgg16

SIDE = 224
PASSES = 8
TARGET = 1.12
MATRIX = 4096


def run() -> list[Row]:
    """Medians in ms a picture at 224 px, in this machine's number format and micro-batch."""
    measured = speed.of_this_machine()
    dtype = torch.bfloat16 if measured.precision == "bfloat16" else torch.float32
    network = backbone.load("imagenet", vgg16.BLOCK_COUNT, seed=0)
    pixels = torch.randint(0, 256, (measured.micro_batch, SIDE, SIDE, 3), dtype=torch.uint8)
    frozen = FrozenPass(network, dtype, threading.Event())
    inputs = network.normalise(pixels).to(dtype)

    def ours() -> Tensor:
        return frozen.final(inputs, 0, vgg16.BLOCK_COUNT)

    alone = _convolutions(network, inputs, dtype)
    name = f"frozen pass, {measured.precision}, {measured.micro_batch} at once"
    rows = [_row(f"{name}, beside its 13 convolutions", ours, alone, measured.micro_batch)]
    plain = _torchvision(network, network.normalise(pixels).contiguous())
    row = _row(f"{name}, beside torchvision's in float32", ours, plain, measured.micro_batch)
    rows.append(Row(row.what, row.ours, row.unit, "reported", row.reference, row.ratio))
    return [*rows, _rate(rows[0].ours, dtype)]


def _row(
    what: str, ours: Callable[[], object], reference: Callable[[], object], pictures: int
) -> Row:
    mine, other = interleaved([ours] * PASSES, [reference] * PASSES)
    first, second = (1000 * median(one) / pictures for one in (mine, other))
    ratio = median(one / two for one, two in zip(mine, other, strict=True))
    return Row(what, first, "ms", f"<= {TARGET}", second, ratio, ratio <= TARGET)


def _convolutions(network: Backbone, inputs: Tensor, dtype: torch.dtype) -> Callable[[], object]:
    """Each convolution on the input that it has in the network, and nothing between them."""
    values, calls = inputs.to(memory_format=torch.channels_last), []
    with torch.no_grad():
        for layer in network.features:
            if isinstance(layer, torch.nn.Conv2d):
                weight = layer.weight.detach().to(dtype, memory_format=torch.channels_last)
                assert layer.bias is not None
                bias = layer.bias.detach().to(dtype)
                calls.append((values, weight, bias))
                values = F.conv2d(values, weight, bias, padding=1)
            else:
                values = layer(values.clone())

    def alone() -> None:
        with torch.no_grad():
            for one, weight, bias in calls:
                F.conv2d(one, weight, bias, padding=1)

    return alone


def _torchvision(network: Backbone, inputs: Tensor) -> Callable[[], object]:
    features = vgg.vgg16(weights=None, init_weights=False).features
    features.load_state_dict(network.features.state_dict())

    def plain() -> Tensor:
        with torch.no_grad():
            output: Tensor = features(inputs)
        return output

    return plain


def _rate(milliseconds: float, dtype: torch.dtype) -> Row:
    """The share of what a large matrix multiplication reaches in the same number format."""
    matrix = torch.rand(MATRIX, MATRIX).to(dtype)
    seconds, _ = interleaved([lambda: matrix @ matrix] * 3, [lambda: None] * 3)
    reached = 2 * MATRIX**3 / median(seconds) / 1e9
    work = 2 * sum(block.multiplications(SIDE) for block in vgg16.BLOCKS)
    ours = work / (milliseconds / 1000) / 1e9
    return Row(
        "its multiplications a second, beside a 4096 x 4096 product",
        ours,
        "GFLOP/s",
        "reported",
        reached,
        ours / reached,
    )
