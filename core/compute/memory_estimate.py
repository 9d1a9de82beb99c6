"""How much memory training a recipe takes, on top of what the program takes without it.

Pure arithmetic, so that the window can ask at every change: what PyTorch keeps for a step's
gradient, and what is copied when a checkpoint is written. ``docs/performance.md`` holds it
against what was measured.
"""

from dataclasses import dataclass

from core.compute.estimate import GRADIENT_MICRO_BATCH, Speed, number_bytes, pictures_at_once
from core.recipe import network, vgg16
from core.recipe.config import RunConfig, StageConfig, boundary
from core.recipe.network import HeadPlan

_FLOAT, _INDEX = 4, 8  # bytes: of a weight; of the place of a pooling's maximum
# Numbers that the optimizers keep of each weight.
_STATES = {"sgd": 1, "adam": 2, "adamw": 2, "rmsprop": 1}
# Fitted to measured trainings: of threads, kernels and buffers; and the share of what the smaller
# of two moments took that the allocator has not given back when the larger one comes.
_LIBRARIES, _NOT_GIVEN_BACK = 40_000_000, 0.4
# As core.loaders and core.head_scale have them, which need PyTorch: pictures that are decoded
# ahead, and those that are held back until the head's scale is known.
PICTURES_AHEAD, SCALE_PICTURES = 64, 32


@dataclass(frozen=True)
class MemoryNeed:
    """Bytes that a stage's training takes at most, by what they are for.

    ``weights`` of the network, with the copies in which frozen blocks and mixed precision
    compute; ``gradients``; ``optimizer``: what it keeps of each weight that learns;
    ``activations`` of the pictures whose gradient is computed at once, or of those that pass the
    frozen blocks at once; ``pictures`` and features that are held for a batch; ``writing``: the
    copies that are made for a checkpoint. Features that the disk has no room for, and
    that are kept in memory, come on top.
    """

    weights: int
    gradients: int
    optimizer: int
    activations: int
    pictures: int
    writing: int

    @property
    def total(self) -> int:
        """At the worst moment."""
        always = self.weights + self.gradients + self.optimizer + self.pictures + _LIBRARIES
        smaller, larger = sorted((self.activations, self.writing))
        return always + larger + round(_NOT_GIVEN_BACK * smaller)


def memory_need(
    config: RunConfig, speed: Speed | None, classes: int, stage_index: int
) -> MemoryNeed:
    """What ``config.stages[stage_index]`` takes for ``classes`` classes on the machine that
    ``speed`` was measured on (None: by the recipe alone)."""
    size, depth = config.dataset.image_size, config.model.depth
    stage, head = config.stages[stage_index], network.of_recipe(config, classes)
    start = boundary(stage.thawed, depth)
    number = number_bytes(config, speed) if speed is not None else _number(config)
    learning = head.parameters + network.thawed_parameters(config, stage_index)
    at_once = speed.gradient_micro_batch if speed is not None else GRADIENT_MICRO_BATCH
    gradient = min(config.batch_size, pictures_at_once(at_once, size))
    return MemoryNeed(
        weights=_weights(config, start, number, head),
        gradients=_FLOAT * learning,
        optimizer=_FLOAT * _states(stage) * learning,
        activations=max(
            gradient * _trained(start, depth, size, number, head)
            + _FLOAT * (_widest(head) if gradient < config.batch_size else 0),
            _frozen_at_once(config, speed) * _passed(start, size, number),
        ),
        pictures=_pictures(config, start, number),
        writing=_FLOAT * _written(config, stage_index),
    )


def largest_need(config: RunConfig, speed: Speed | None, classes: int) -> MemoryNeed:
    """That of the stage that takes the most."""
    needs = [memory_need(config, speed, classes, index) for index in range(len(config.stages))]
    return max(needs, key=lambda one: one.total)


def _number(config: RunConfig) -> int:
    return 2 if config.precision == "bfloat16" else _FLOAT


def _states(stage: StageConfig) -> int:
    if stage.optimizer == "sgd" and not stage.momentum:
        return 0
    return _STATES[stage.optimizer]


def _widest(head: HeadPlan) -> int:
    """Numbers of the head's largest layer, whose gradient of a piece of a batch is there beside
    that of the pieces before until it is added."""
    return max(layer.parameters for layer in head.connected)


def _written(config: RunConfig, stage_index: int) -> int:
    """Numbers that lie otherwise in memory than in a checkpoint, channels last: the weights of
    all blocks that have changed, and what the optimizer keeps of those that learn."""
    stages = config.stages[: stage_index + 1]
    changed = {block for one in stages for block in one.thawed}
    weights = sum(vgg16.BLOCKS[block - 1].parameters for block in changed)
    return weights + _states(stages[-1]) * network.thawed_parameters(config, stage_index)


def _weights(config: RunConfig, start: int, number: int, head: HeadPlan) -> int:
    """The network, the frozen pass's copy where it is of another number format, and that of
    mixed precision, which is made anew for each step."""
    whole = network.backbone_parameters(config)
    needed = _FLOAT * (whole + head.parameters)
    if number != _FLOAT:
        blocks = vgg16.BLOCKS[start : config.model.depth]
        needed += number * (whole + sum(block.parameters for block in blocks))
    return needed


def _trained(start: int, depth: int, size: int, number: int, head: HeadPlan) -> int:
    """Bytes for the gradient of one picture: what every layer gave, and twice the largest of
    that on the way back."""
    kept = vgg16.feature_count(start, size) * number
    largest = 0
    for block in vgg16.BLOCKS[start:depth]:
        side = block.input_side(size)
        for layer in block.convolutions:
            output = layer.out_channels * side * side * number
            kept += output
            largest = max(largest, output)
        kept += vgg16.feature_count(block.number, size) * (number + _INDEX)
    convolved = sum(layer.out_channels for layer in head.convolutions) * head.side**2
    connected = sum(layer.inputs + layer.outputs for layer in head.connected)
    return kept + 2 * largest + _FLOAT * (convolved + 2 * connected)


def _passed(end: int, size: int, number: int) -> int:
    """Bytes for one picture in the frozen blocks: a layer's input and output, the picture as it
    is normalised."""
    outputs = (
        layer.out_channels * block.input_side(size) ** 2
        for block in vgg16.BLOCKS[:end]
        for layer in block.convolutions
    )
    return 2 * number * max(outputs, default=0) + 3 * _FLOAT * vgg16.feature_count(0, size)


def _frozen_at_once(config: RunConfig, speed: Speed | None) -> int:
    if config.micro_batch is not None or speed is None:
        return config.micro_batch or 1
    return pictures_at_once(speed.micro_batch, config.dataset.image_size)


def _pictures(config: RunConfig, start: int, number: int) -> int:
    """Pictures that are decoded ahead, and a batch's features."""
    size = config.dataset.image_size
    picture = vgg16.feature_count(0, size)
    feature = vgg16.feature_count(start, size) * number if start else picture
    return PICTURES_AHEAD * picture + max(config.batch_size, SCALE_PICTURES) * feature
