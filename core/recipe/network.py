"""A recipe's network in numbers: the layers of the head, and how many parameters are trained.

All of it is plain data, worked out without PyTorch and without weights.
"""

from dataclasses import dataclass
from math import prod

from core.recipe import vgg16
from core.recipe.config import HeadConfig, Pooling, RunConfig
from core.recipe.heads import HEADS
from core.recipe.vgg16 import Convolution, FullyConnected


@dataclass(frozen=True)
class HeadPlan:
    """New convolutions of ``side`` x ``side`` features, then fully connected layers.

    A layer's name is that of its tensors after ``head.``; the last one's are ``weight`` and
    ``bias`` alone. ``l2`` is how much the last layer's squared weights count, ``norms`` whether
    layer normalisation follows each hidden layer.
    """

    side: int
    convolutions: tuple[Convolution, ...]
    hidden: tuple[FullyConnected, ...]
    last: FullyConnected
    l2: float
    norms: bool = False

    @property
    def inputs(self) -> int:
        """How many numbers of one picture the first layer sees."""
        if self.convolutions:
            return self.convolutions[0].in_channels * self.side**2
        return self.connected[0].inputs

    @property
    def connected(self) -> tuple[FullyConnected, ...]:
        """The fully connected layers."""
        return *self.hidden, self.last

    @property
    def parameters(self) -> int:
        """Weights and biases, and layer normalisation's two numbers for each of its inputs."""
        convolved = sum(layer.parameters for layer in self.convolutions)
        connected = sum(layer.parameters for layer in self.connected)
        norms = sum(2 * layer.outputs for layer in self.hidden) if self.norms else 0
        return convolved + connected + norms

    @property
    def multiplications(self) -> int:
        """Multiply-accumulates of one forward pass of one picture."""
        convolved = sum(layer.multiplications(self.side) for layer in self.convolutions)
        return convolved + sum(layer.inputs * layer.outputs for layer in self.connected)


def plan(config: HeadConfig, shape: tuple[int, int, int], classes: int) -> HeadPlan:
    """The head of ``config`` for ``classes`` classes on features of ``shape`` (C, H, W)."""
    channels, side, _ = shape
    convolutions = []
    for number, outputs in enumerate(config.new_channels):
        convolutions.append(Convolution(f"convolutions.{number}", number, channels, outputs))
        channels = outputs
    inputs = pooled_count(config.pooling, (channels, side, side))
    hidden = []
    for number, width in enumerate(config.hidden_widths):
        hidden.append(FullyConnected(f"hidden.{number}", inputs, width))
        inputs = width
    last = FullyConnected("", inputs, classes)
    l2 = HEADS[config.kind].default_l2(inputs) if config.l2 is None else config.l2
    return HeadPlan(side, tuple(convolutions), tuple(hidden), last, l2, config.layer_norm)


def of_recipe(config: RunConfig, classes: int) -> HeadPlan:
    """The head of a recipe's network."""
    shape = vgg16.feature_shape(config.model.depth, config.dataset.image_size)
    return plan(config.model.head, shape, classes)


def pooled_count(pooling: Pooling, shape: tuple[int, int, int]) -> int:
    """How many numbers ``pooling`` leaves of features of ``shape`` (C, H, W)."""
    channels = shape[0]
    match pooling:
        case "flatten":
            return prod(shape)
        case "both":
            return 2 * channels
        case "average" | "max":
            return channels


def head_parameters(config: RunConfig, classes: int) -> int:
    """All numbers that the new head learns, for ``classes`` classes."""
    return of_recipe(config, classes).parameters


def backbone_parameters(config: RunConfig) -> int:
    """Weights and biases of the blocks that are kept."""
    return sum(block.parameters for block in vgg16.BLOCKS[: config.model.depth])


def thawed_parameters(config: RunConfig, stage_index: int) -> int:
    """Weights and biases of the blocks that ``config.stages[stage_index]`` thaws."""
    numbers = config.stages[stage_index].thawed
    return sum(vgg16.BLOCKS[number - 1].parameters for number in numbers)
