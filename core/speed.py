"""Measures this machine for a second or two; the answer is remembered for the next start."""

import contextlib
import logging
import os
import platform
import threading
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import torch
from torch import Tensor

from core import backbone, estimate, vgg16
from core.backbone import Backbone, FrozenPass, Stopped
from core.estimate import REFERENCE_SIZE, Speed
from core.messages import ThawError

MICRO_BATCHES = (2, 4, 8)
DECODE_SECONDS = 0.003  # a 500 px JPEG to a 224 px picture; hidden behind the network anyway
_TRIED_BLOCK = 3  # in the middle: neither the widest nor the deepest
_BFLOAT16_GAIN = 1.2  # below this, float32's precision is worth more than the time

_CLEARLY = 1.05  # a difference above what repeated timings differ by

_REPEATS = 2

_log = logging.getLogger(__name__)
_lock = threading.Lock()


def of_this_machine(
    stop: threading.Event | None = None, folder: Path | None = None, afresh: bool = False
) -> Speed:
    """The remembered measurement, or a new one that is then remembered.

    ``afresh`` times the blocks again, since a machine may have been busy the last time; what
    changes bits (threads, micro-batch, precision) stays as it was remembered. Raises
    ``ThawError`` (stopped) when ``stop`` is set meanwhile.
    """
    key = _key()
    with _lock:  # a second caller waits for the first one's answer
        found = estimate.remembered(key, folder)
        if found is not None and not afresh:
            return found
        try:
            speed = measure(stop or threading.Event(), key, found)
        except Stopped:
            raise ThawError("stopped") from None
        try:
            estimate.remember(speed, folder)
        except OSError as error:
            _log.warning("the measurement could not be kept: %s", error)
        return speed


def measure(stop: threading.Event, key: str = "", known: Speed | None = None) -> Speed:
    """Time random VGG16 blocks at 224 px, with the choices of ``known`` or the fastest ones.

    Raises ``Stopped``.
    """
    network = backbone.load("none", vgg16.BLOCK_COUNT, seed=0)
    if known is None:
        dtype = _faster_dtype(network, stop)
        frozen = FrozenPass(network, dtype, stop)
        threads, micro_batch = torch.get_num_threads(), _best_micro_batch(frozen, dtype)
    else:
        dtype = torch.bfloat16 if known.precision == "bfloat16" else torch.float32
        frozen = FrozenPass(network, dtype, stop)
        threads, micro_batch = known.threads, known.micro_batch
    forward = tuple(
        _forward_seconds(frozen, number, micro_batch, dtype)
        for number in range(1, vgg16.BLOCK_COUNT + 1)
    )
    training = _training_seconds(network, dtype, stop) / forward[-1]
    return Speed(
        forward=forward,
        training=max(1.0, training),
        decode=DECODE_SECONDS,
        threads=threads,
        micro_batch=micro_batch,
        precision="bfloat16" if dtype == torch.bfloat16 else "float32",
        key=key,
    )


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _key() -> str:
    return f"{processor()}, {os.cpu_count()} cores, torch {torch.__version__}"


def _faster_dtype(network: Backbone, stop: threading.Event) -> torch.dtype:
    """bfloat16 where the processor multiplies it clearly faster."""
    seconds = {
        dtype: _forward_seconds(FrozenPass(network, dtype, stop), _TRIED_BLOCK, 2, dtype)
        for dtype in (torch.float32, torch.bfloat16)
    }
    gain = seconds[torch.float32] / seconds[torch.bfloat16]
    return torch.bfloat16 if gain > _BFLOAT16_GAIN else torch.float32


def _best_micro_batch(frozen: FrozenPass, dtype: torch.dtype) -> int:
    """The smallest that no larger one beats clearly; block 1 moves the most memory."""
    seconds = {size: _forward_seconds(frozen, 1, size, dtype) for size in MICRO_BATCHES}
    limit = min(seconds.values()) * _CLEARLY
    return next(size for size in MICRO_BATCHES if seconds[size] <= limit)


def _forward_seconds(frozen: FrozenPass, number: int, pictures: int, dtype: torch.dtype) -> float:
    """Seconds a picture for one block."""
    inputs = _inputs(number, pictures, dtype)
    return _timed(lambda: frozen.final(inputs, number - 1, number)) / pictures


def _training_seconds(network: Backbone, dtype: torch.dtype, stop: threading.Event) -> float:
    """Seconds a picture for the last block, forward and backward with its update."""
    last = vgg16.BLOCK_COUNT
    network.freeze_except([last])
    pictures = 8
    inputs = _inputs(last, pictures, dtype)
    weights = [one for one in network.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=1e-9, fused=True)

    def step() -> None:
        if stop.is_set():
            raise Stopped
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
            loss = network(inputs, last - 1).float().square().mean()
        loss.backward()

    def batch() -> None:
        step()
        optimizer.step()
        optimizer.zero_grad()

    return _timed(batch) / pictures


def _inputs(number: int, pictures: int, dtype: torch.dtype) -> Tensor:
    channels, height, width = vgg16.feature_shape(number - 1, REFERENCE_SIZE)
    values = torch.rand(
        (pictures, channels, height, width), generator=torch.Generator().manual_seed(number)
    )
    return values.to(dtype, memory_format=torch.channels_last)


def _timed(work: Callable[[], object]) -> float:
    """The shortest of a few calls: what else the machine does only adds. The first warms up."""
    work()
    seconds = []
    for _ in range(_REPEATS):
        started = perf_counter()
        work()
        seconds.append(perf_counter() - started)
    return min(seconds)
