"""How long a recipe will take on this machine, from a short measurement.

``core.speed`` measures, this module only multiplies, so the window can ask at every change.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from math import ceil, inf, isfinite
from pathlib import Path
from time import monotonic
from typing import Any

from core.common import files
from core.compute.feature_plan import Key, Part, memory_budget, passes, plan, share_out, sizes
from core.recipe import network, vgg16
from core.recipe.config import RunConfig
from core.recipe.network import HeadPlan

REFERENCE_SIZE = 224
MEASUREMENT = "machine.json"
VERSION = 3
GRADIENT_MICRO_BATCH = 8  # where nothing was measured
DEEPEST_BOUNDARY = vgg16.BLOCK_COUNT - 1  # the last block alone is thawed
NOT_MEASURED = (0,) * DEEPEST_BOUNDARY
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


@dataclass(frozen=True)
class Speed:
    """Seconds a picture takes at 224 px, measured on this machine.

    ``forward`` per block, frozen pass; ``training`` is how many times its forward pass a
    thawed block costs (forward, backward), and ``per_weight`` what each of its weights adds
    whatever the picture's size (gradient, update); ``decode`` is one picture from disk. The
    choices that change bits are remembered with it: ``threads``, ``micro_batch`` (pictures in
    a frozen pass), ``precision``, ``gradient_micro_batch`` (pictures whose gradient is computed
    at once where the last block alone is thawed) and ``gradient_micro_batches`` (the same by the
    number of leading frozen blocks where that is lower; 0 where no recipe has needed it yet).
    ``key`` names the device and the versions it was measured with. ``quiet``: no other program
    kept the processor busy meanwhile, which makes everything look slower.
    """

    forward: tuple[float, ...]
    training: float
    decode: float
    threads: int
    micro_batch: int
    precision: str
    key: str = ""
    per_weight: float = 0.0
    gradient_micro_batch: int = GRADIENT_MICRO_BATCH
    quiet: bool = True
    gradient_micro_batches: tuple[int, ...] = NOT_MEASURED

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
    may be left out), ``passes`` the sum of each stage's, and ``features`` the sum of those;
    ``first_point`` is when the run's first epoch is on the curve."""

    total: float
    first_point: float
    features: float
    epochs: tuple[float, ...]
    extra: tuple[tuple[float, ...], ...] = ()

    @property
    def passes(self) -> tuple[float, ...]:
        return tuple(sum(stage) for stage in self.extra)


def estimate(
    config: RunConfig,
    speed: Speed,
    train: int,
    validation: int,
    budget: int | Sequence[int] | None = None,
    held: Mapping[tuple[Key, Part], int] | None = None,
) -> Estimate:
    """The seconds of ``config`` on ``train`` and ``validation`` pictures.

    ``budget`` is how many bytes features may take, or how many in each of several places; None:
    as a run started now would give them (``budgets``). ``held`` counts pictures whose features
    are on disk already.
    """
    plans = plan(config)
    size = config.dataset.image_size
    needed = sizes(plans, size, number_bytes(config, speed), train, validation)
    places = budgets() if budget is None else (budget,) if isinstance(budget, int) else budget
    kept = _kept_keys(needed, places)
    epochs, extra, first_point = [], [], 0.0
    for one, counted in zip(plans, passes(plans, train, validation, kept, held), strict=True):
        picture = speed.frozen_pass(0, one.boundary, size) + speed.decode
        learning = _learning(config, one.boundary, speed, train, validation)
        epochs.append(learning + counted.later * picture)
        extra.append(tuple((passed - counted.later) * picture for passed in counted.epochs))
        if one is plans[0]:
            first_point = learning + counted.first * picture
    total = sum(
        stage.epochs * seconds for stage, seconds in zip(config.stages, epochs, strict=True)
    )
    features = sum(map(sum, extra))
    return Estimate(total + features, first_point, features, tuple(epochs), tuple(extra))


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


def _kept_keys(needed: Sequence[tuple[Key, int]], budgets: Sequence[int]) -> list[Key]:
    kept = []
    for budget in budgets:
        some, needed = share_out(needed, budget)
        kept += some
    return kept


def pictures_at_once(micro_batch: int, image_size: int, largest: int = LARGEST_MICRO_BATCH) -> int:
    """As many pixels at once as in a ``micro_batch`` that was measured to be best at 224 px, in
    pictures of ``image_size``; ``largest`` pictures at most.

    For the gradient too: each piece also costs a pass over all the weights. Block 5 took 6.1 ms
    a picture of 64 px in pieces of 8, and 3.2 ms in pieces of 32.
    """
    return max(1, min(largest, round(micro_batch * (REFERENCE_SIZE / image_size) ** 2)))


def number_bytes(config: RunConfig, speed: Speed) -> int:
    """The bytes of one number in a feature."""
    precision = speed.precision if config.precision == "auto" else config.precision
    return 2 if precision == "bfloat16" else 4


def _learning(config: RunConfig, start: int, speed: Speed, train: int, validation: int) -> float:
    """Seconds of one epoch from features after ``start`` blocks that are there."""
    size, depth = config.dataset.image_size, config.model.depth
    trained, passed = speed.head(network.of_recipe(config, _CLASSES))
    batches = ceil(train / config.batch_size) + ceil(validation / _VALIDATION_BATCH)
    seconds = train * (speed.trained(start, depth, size) + trained)
    seconds += validation * (speed.frozen_pass(start, depth, size) + passed)
    return seconds + batches * _BATCH_SECONDS


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
    machines = [asdict(one) for one in [*kept.values(), speed][-_REMEMBERED:]]
    folder = folder or files.cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"version": VERSION, "machines": machines}, indent=2)
    files.replace(folder / MEASUREMENT, text.encode())


def _kept(folder: Path | None) -> dict[str, Speed]:
    try:
        data = json.loads(((folder or files.cache_folder()) / MEASUREMENT).read_text("utf-8"))
        entries = list(data["machines"]) if data["version"] == VERSION else []
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    speeds = [_read(entry) for entry in entries]
    return {speed.key: speed for speed in speeds if speed is not None}


def _read(entry: Any) -> Speed | None:
    try:
        told = {"quiet": False, **entry}  # what does not tell may have been measured any time
        for name in ("forward", "gradient_micro_batches"):
            if name in told:
                told[name] = tuple(told[name])
        speed = Speed(**told)
    except TypeError:
        return None
    return speed if _is_valid(speed) else None


def _is_valid(speed: Speed) -> bool:
    """Whether every field is what a measurement can give; the file may hold anything."""
    seconds = (*speed.forward, speed.training, speed.decode)
    counts = (speed.threads, speed.micro_batch, speed.gradient_micro_batch)
    return (
        len(speed.forward) == vgg16.BLOCK_COUNT
        and all(isinstance(one, float) and isfinite(one) and one > 0 for one in seconds)
        and isinstance(speed.per_weight, float)
        and 0 <= speed.per_weight < inf
        and all(type(one) is int and 1 <= one <= LARGEST_COUNT for one in counts)
        and len(speed.gradient_micro_batches) == DEEPEST_BOUNDARY
        and all(
            type(one) is int and 0 <= one <= LARGEST_COUNT for one in speed.gradient_micro_batches
        )
        and speed.precision in ("bfloat16", "float32")
        and isinstance(speed.key, str)
        and isinstance(speed.quiet, bool)
    )
