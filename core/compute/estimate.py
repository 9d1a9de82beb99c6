"""Expected time, memory and disk space of a recipe on this machine, from a short measurement.

``core.compute.speed`` measures. This module only calculates and imports no PyTorch, so the window
can ask at every change. It also keeps the measurements in ``machine.json``.

Memory is what training takes on top of the program itself: what PyTorch keeps for a step's
gradient, and the copies made for a checkpoint. ``docs/performance.md`` compares it with
measurements.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from pathlib import Path
from time import monotonic
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from core.common import files
from core.compute.feature_plan import (
    Key,
    Part,
    memory_budget,
    passes,
    plan,
    reads_again,
    share_out,
    sizes,
)
from core.recipe import network, vgg16
from core.recipe.config import RunConfig, StageConfig, boundary
from core.recipe.network import HeadPlan

REFERENCE_SIZE = 224
MEASUREMENT = "machine.json"
# Images whose gradient is computed at once at 224 px; an accelerator needs more to be full.
GRADIENT_MICRO_BATCH, ACCELERATOR_GRADIENT_MICRO_BATCH = 4, 32
LARGEST_COUNT = 1024  # threads or pictures, as a recipe allows
LARGEST_MICRO_BATCH = 64
_REMEMBERED = 16
# A head computes in float32, from features that are converted first. Measured on one core in
# pieces of 8 and 16: a weight of a fully connected layer 2.4e-10 to 4.5e-10 s in training, most
# of it traffic, and 5e-11 forward; a convolution's multiplications twice as slow as the ConvNet's.
_FEATURE_SECONDS = 1e-9  # a direction
_WEIGHT_SECONDS = 3e-10  # where nothing was measured
_FORWARD_SHARE = 0.2
_FULL_PRECISION = 2.0
_CLASSES = 10  # hardly any head's cost rests on them
_BATCH_SECONDS = 0.002  # whatever is in it
_VALIDATION_BATCH = 16
_ROOM_SECONDS = 5.0  # the window asks at every change of a recipe


Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)]
Count = Annotated[int, Field(ge=1, le=LARGEST_COUNT, strict=True)]
Precision = Annotated[str, Field(pattern="^(bfloat16|float32)$")]


@dataclass(frozen=True)
class Speed:
    """Seconds an image takes at 224 px, measured on this machine.

    ``forward`` per block, frozen pass; ``training`` is how many times its forward pass a
    thawed block costs (forward, backward), and ``per_weight`` what each of its weights adds
    whatever the image's size; ``decode`` is one image from disk. The
    choices that change bits are remembered with it: ``threads``, ``micro_batch`` (images in
    a frozen pass) and ``precision``. ``key`` names the device and the versions it was measured
    with; ``device`` is cpu, cuda or mps.
    """

    forward: Annotated[
        tuple[Seconds, ...], Field(min_length=vgg16.BLOCK_COUNT, max_length=vgg16.BLOCK_COUNT)
    ]
    training: Seconds
    decode: Seconds
    threads: Count
    micro_batch: Count
    precision: Precision
    key: str = ""
    per_weight: Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)] = 0.0
    device: str = "cpu"

    def frozen_pass(self, first: int, last: int, image_size: int) -> float:
        """Seconds for blocks ``first + 1`` to ``last`` on one picture, no gradients."""
        return sum(self.forward[first:last]) * _area(image_size)

    def trained(self, first: int, last: int, image_size: int) -> float:
        """Seconds for a training step of those blocks on one picture."""
        weights = sum(block.parameters for block in vgg16.BLOCKS[first:last])
        passed = self.frozen_pass(first, last, image_size) * self.training
        return passed + weights * self.per_weight

    def head(self, layers: HeadPlan) -> tuple[float, float]:
        """Seconds for a training step and for a forward pass of a head on one picture."""
        seen = layers.inputs * _FEATURE_SECONDS
        weights = layers.parameters * (self.per_weight or _WEIGHT_SECONDS)
        block = vgg16.BLOCKS[-1]
        rate = _FULL_PRECISION * self.forward[-1] / block.multiplications(REFERENCE_SIZE)
        convolved = rate * sum(one.multiplications(layers.side) for one in layers.convolutions)
        trained = 3 * seen + weights + convolved * self.training
        return trained, seen + weights * _FORWARD_SHARE + convolved


@dataclass(frozen=True)
class Estimate:
    """Expected seconds of a run. ``epochs`` is one later epoch of each stage; ``extra`` is how
    much longer each of its epochs takes, computing features that are then kept (its last ones
    may be left out); ``tested`` what the test pictures take after each stage."""

    total: float
    epochs: tuple[float, ...]
    extra: tuple[tuple[float, ...], ...] = ()
    tested: tuple[float, ...] = ()

    @property
    def features(self) -> float:
        """What it takes to compute features that are then kept."""
        return sum(map(sum, self.extra))

    @property
    def first_point(self) -> float:
        """When the run's first epoch is on the curve."""
        return self.epochs[0] + self.extra[0][0]


def estimate(
    config: RunConfig,
    speed: Speed,
    train: int,
    validation: int,
    held: Mapping[tuple[Key, Part], int] | None = None,
    test: int = 0,
) -> Estimate:
    """The seconds of ``config``, started now, on ``train`` and ``validation`` pictures, and on
    ``test`` ones after each stage (where the last epoch is kept; else after some of its epochs).

    ``held`` counts pictures whose features are on disk already.
    """
    plans = plan(config)
    size = config.dataset.image_size
    kept = _kept_keys(sizes(plans, size, number_bytes(config, speed), train, validation + test))
    epochs, extra, tested = [], [], []
    learned = passes(plans, train, validation, kept, held)
    evaluated = passes(plans, 0, test, kept, _as_validation(held or {}))
    for one, counted, after in zip(plans, learned, evaluated, strict=True):
        picture = speed.frozen_pass(0, one.boundary, size) + speed.decode
        learning = _learning(config, one.boundary, speed, train, validation)
        epochs.append(learning + counted.later * picture)
        extra.append(tuple((passed - counted.later) * picture for passed in counted.epochs))
        tested.append(after.first * picture + _evaluating(config, one.boundary, speed, test))
    total = sum(
        stage.epochs * seconds for stage, seconds in zip(config.stages, epochs, strict=True)
    )
    total += sum(map(sum, extra)) + sum(tested)
    return Estimate(total, tuple(epochs), tuple(extra), tuple(tested))


def _as_validation(held: Mapping[tuple[Key, Part], int]) -> dict[tuple[Key, Part], int]:
    """The test pictures of ``held``, which are kept as those of validation are."""
    return {(key, "validation"): count for (key, part), count in held.items() if part == "test"}


def budgets() -> tuple[int, int]:
    """Bytes on disk and in memory that features of a run started now could take."""
    return kept_room(), memory_budget()


def kept_room() -> int:
    """Bytes on disk that a run started now could fill; asked of the system every few seconds."""
    # Here: it brings NumPy, which the window need not wait for.
    from core.compute.cache import budget as cache_budget

    return _room(cache_budget.root(), monotonic() // _ROOM_SECONDS)


@lru_cache(maxsize=1)
def _room(root: Path, now: float) -> int:
    from core.compute.cache import budget as cache_budget

    return cache_budget.room()


def _kept_keys(needed: Sequence[tuple[Key, int]]) -> list[Key]:
    kept = []
    for budget in budgets():
        some, needed = share_out(needed, budget)
        kept += some
    return kept


def at_once(micro_batch: int, image_size: int) -> int:
    """As many pixels at once as in a ``micro_batch`` that suits 224 px, in images of
    ``image_size``; at most ``LARGEST_MICRO_BATCH`` images.

    For the gradient too: each piece also costs a pass over all the weights. Block 5 took 6.1 ms
    an image of 64 px in pieces of 8, and 3.2 ms in pieces of 32.
    """
    images = round(micro_batch * (REFERENCE_SIZE / image_size) ** 2)
    return max(1, min(LARGEST_MICRO_BATCH, images))


def gradient_at_once(device: str, image_size: int) -> int:
    """Images of ``image_size`` whose gradient is computed at once on ``device``."""
    on_processor = device == "cpu"
    fitting = GRADIENT_MICRO_BATCH if on_processor else ACCELERATOR_GRADIENT_MICRO_BATCH
    return at_once(fitting, image_size)


def number_bytes(config: RunConfig, speed: Speed | None) -> int:
    """The bytes of one number in a feature; what the recipe leaves open is as ``speed`` was
    measured, or else single precision."""
    measured = speed.precision if speed is not None else "float32"
    precision = measured if config.precision == "auto" else config.precision
    return 2 if precision == "bfloat16" else 4


def _learning(config: RunConfig, start: int, speed: Speed, train: int, validation: int) -> float:
    """Seconds of one epoch from features after ``start`` blocks that are there."""
    size, depth = config.dataset.image_size, config.model.depth
    trained, _ = speed.head(network.of_recipe(config, _CLASSES))
    batches = ceil(train / config.batch_size) + ceil(validation / _VALIDATION_BATCH)
    seconds = train * (speed.trained(start, depth, size) + trained)
    seconds += _evaluating(config, start, speed, validation)
    return seconds + batches * _BATCH_SECONDS


def _evaluating(config: RunConfig, start: int, speed: Speed, pictures: int) -> float:
    """Seconds in which so many pictures pass from features after ``start`` blocks to the end."""
    _, passed = speed.head(network.of_recipe(config, _CLASSES))
    return pictures * (
        speed.frozen_pass(start, config.model.depth, config.dataset.image_size) + passed
    )


def _area(image_size: int) -> float:
    return (image_size / REFERENCE_SIZE) ** 2


def remembered(key: str, folder: Path | None = None) -> Speed | None:
    """The measurement kept for this machine, if one was made with the same versions."""
    return _kept(folder).get(key)


def remember(speed: Speed, folder: Path | None = None) -> None:
    """Keep the measurement for the next start, beside those of other ``key``s: a start with
    other threads must not forget the usual one's choices. Raises ``OSError``."""
    kept = _kept(folder)
    kept.pop(speed.key, None)
    machines = _Machines(machines=[*kept.values(), speed][-_REMEMBERED:])
    folder = folder or files.cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    files.replace(folder / MEASUREMENT, machines.model_dump_json(indent=2).encode())


class _Machines(BaseModel):
    version: Literal[3] = 3
    machines: list[Speed]


def _kept(folder: Path | None) -> dict[str, Speed]:
    with suppress(OSError, ValidationError):
        data = ((folder or files.cache_folder()) / MEASUREMENT).read_bytes()
        return {one.key: one for one in _Machines.model_validate_json(data).machines}
    return {}


_FLOAT, _INDEX = 4, 8  # bytes: of a weight; of the place of a pooling's maximum
# Numbers that the optimizers keep of each weight.
_STATES = {"sgd": 1, "adam": 2, "adamw": 2, "rmsprop": 1}
# Fitted to measured trainings: of threads, kernels and buffers; and the share of what the smaller
# of two moments took that the allocator has not given back when the larger one comes.
_LIBRARIES, _NOT_GIVEN_BACK = 40_000_000, 0.4
# As core.compute.loaders and core.training.learner have them, which need PyTorch: pictures that
# are decoded ahead, and those that are held back until the head's scale is known.
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
    number = number_bytes(config, speed)
    learning = head.parameters + network.thawed_parameters(config, stage_index)
    device = speed.device if speed is not None else "cpu"
    gradient = min(config.batch_size, gradient_at_once(device, size))
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
    return at_once(speed.micro_batch, config.dataset.image_size)


def _pictures(config: RunConfig, start: int, number: int) -> int:
    """Pictures that are decoded ahead, and a batch's features."""
    size = config.dataset.image_size
    picture = vgg16.feature_count(0, size)
    feature = vgg16.feature_count(start, size) * number if start else picture
    return PICTURES_AHEAD * picture + max(config.batch_size, SCALE_PICTURES) * feature


@dataclass(frozen=True)
class StageFacts:
    """What learns in a stage and what that takes.

    ``trainable`` and ``frozen`` count weights and biases of network and head. Features are kept
    after ``boundary`` leading frozen blocks and take ``kept_bytes`` (0: nothing is kept, since
    all is thawed or every epoch's pictures are new ones). ``passed`` are frozen blocks behind a
    thawed one: they stay as they are, but the gradient has to pass them, so that they are
    computed in every epoch.
    """

    trainable: int
    frozen: int
    boundary: int
    passed: tuple[int, ...]
    kept_bytes: int
    memory: MemoryNeed


def stage_facts(
    config: RunConfig,
    stage_index: int,
    speed: Speed | None,
    train: int,
    validation: int,
    classes: int,
) -> StageFacts:
    """The facts of a stage for ``classes`` classes; ``speed`` None as long as nothing was
    measured."""
    depth, stage = config.model.depth, config.stages[stage_index]
    thawed = network.thawed_parameters(config, stage_index)
    start = boundary(stage.thawed, depth)
    (alone,) = plans = plan(config.model_copy(update={"stages": (stage,)}))
    number = number_bytes(config, speed)
    features = sizes(plans, config.dataset.image_size, number, train, validation)
    return StageFacts(
        trainable=network.head_parameters(config, classes) + thawed,
        frozen=network.backbone_parameters(config) - thawed,
        boundary=start,
        passed=tuple(n for n in range(start + 1, depth + 1) if n not in stage.thawed),
        kept_bytes=sum(count for key, count in features if key.boundary and not alone.is_fresh),
        memory=memory_need(config, speed, classes, stage_index),
    )


def kept_bytes(config: RunConfig, speed: Speed | None, train: int, held_out: int) -> int:
    """Bytes that a run on so many pictures keeps on disk where there is room (``kept_room``):
    features, and the pictures themselves where it needs them again."""
    plans = plan(config)
    needed = sizes(plans, config.dataset.image_size, number_bytes(config, speed), train, held_out)
    features = {key: count for key, count in needed if key.boundary}
    pictures = train + held_out if reads_again(plans, features) else 0
    return sum(features.values()) + pictures * vgg16.feature_count(0, config.dataset.image_size)
