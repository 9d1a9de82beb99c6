"""How long a recipe will take on this machine, from a short measurement.

``core.speed`` measures, this module only multiplies, so the window can ask at every change.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from core import files, vgg16
from core.config import RunConfig, StageConfig, boundary

REFERENCE_SIZE = 224
MEASUREMENT = "machine.json"
VERSION = 1


@dataclass(frozen=True)
class Speed:
    """Seconds a picture takes at 224 px, measured on this machine.

    ``forward`` per block, frozen pass; ``training`` is how many times its forward pass a
    thawed block costs (forward, backward, update); ``decode`` is one picture from disk. The
    choices that change bits are remembered with it: ``threads``, ``micro_batch`` (pictures in
    a frozen pass) and ``precision``. ``key`` names the versions it was measured with.
    """

    forward: tuple[float, ...]
    training: float
    decode: float
    threads: int
    micro_batch: int
    precision: str
    key: str = ""

    def frozen_pass(self, first: int, last: int, image_size: int) -> float:
        """Seconds for blocks ``first + 1`` to ``last`` on one picture, no gradients."""
        return sum(self.forward[first:last]) * _area(image_size)

    def trained(self, first: int, last: int, image_size: int) -> float:
        """Seconds for a training step of those blocks on one picture."""
        return self.frozen_pass(first, last, image_size) * self.training


@dataclass(frozen=True)
class Estimate:
    """Expected seconds of a run. ``features`` is computing the frozen blocks once, within
    stage 1's first epoch; ``first_point`` is when that epoch is on the curve; ``epochs`` is
    one later epoch of each stage."""

    total: float
    first_point: float
    features: float
    epochs: tuple[float, ...]


def estimate(config: RunConfig, speed: Speed, train: int, validation: int) -> Estimate:
    """The seconds of ``config`` on ``train`` and ``validation`` pictures."""
    epochs = tuple(_epoch(config, stage, speed, train, validation) for stage in config.stages)
    passes = _first_passes(config, speed, train, validation)
    total = sum(
        stage.epochs * seconds for stage, seconds in zip(config.stages, epochs, strict=True)
    )
    return Estimate(total + sum(passes), epochs[0] + passes[0], sum(passes), epochs)


def _epoch(
    config: RunConfig, stage: StageConfig, speed: Speed, train: int, validation: int
) -> float:
    size, depth = config.dataset.image_size, config.model.depth
    start = boundary(stage.thawed, depth)
    head = _head_seconds(config)
    seconds = train * (speed.trained(start, depth, size) + 3 * head)
    seconds += validation * (speed.frozen_pass(start, depth, size) + head)
    if config.augments(stage) or start == 0:
        seconds += train * (speed.frozen_pass(0, start, size) + speed.decode)
    return seconds


def _first_passes(config: RunConfig, speed: Speed, train: int, validation: int) -> list[float]:
    """Seconds that each stage's first epoch takes longer, computing what is then kept."""
    size, depth = config.dataset.image_size, config.model.depth
    passes, kept, kept_validation = [], False, False
    for stage in config.stages:
        start = boundary(stage.thawed, depth)
        one = speed.frozen_pass(0, start, size) + speed.decode
        seconds = 0.0
        if start and not kept_validation:
            seconds, kept_validation = seconds + validation * one, True
        if start and not kept and not config.augments(stage):
            seconds, kept = seconds + train * one, True
        passes.append(seconds)
    return passes


def _head_seconds(config: RunConfig) -> float:
    # a matrix-vector product bound by memory, about 1 GB/s a core in the worst case measured
    features = vgg16.feature_count(config.model.depth, config.dataset.image_size)
    return features * 1e-8


def _area(image_size: int) -> float:
    return (image_size / REFERENCE_SIZE) ** 2


def remembered(key: str, folder: Path | None = None) -> Speed | None:
    """The measurement kept for this machine, if it was made with the same versions."""
    try:
        data = json.loads(((folder or files.cache_folder()) / MEASUREMENT).read_text("utf-8"))
        if data.pop("version") != VERSION:
            return None
        data["forward"] = tuple(data["forward"])
        speed = Speed(**data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    good = len(speed.forward) == vgg16.BLOCK_COUNT and _positive(speed.forward)
    return speed if good and speed.key == key else None


def remember(speed: Speed, folder: Path | None = None) -> None:
    """Keep the measurement for the next start. Raises ``OSError``."""
    folder = folder or files.cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"version": VERSION, **asdict(speed)}, indent=2)
    files.replace(folder / MEASUREMENT, text.encode())


def _positive(values: Sequence[float]) -> bool:
    return all(isinstance(value, float) and value > 0 for value in values)
