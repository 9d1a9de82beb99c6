"""Measures this machine for a second or two; the answer is remembered for the next start."""

import contextlib
import logging
import os
import platform
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from time import perf_counter, process_time, thread_time
from typing import TypeVar

import torch
from torch import Tensor

from core import backbone, estimate, vgg16
from core.backbone import Backbone, FrozenPass, Stopped
from core.estimate import REFERENCE_SIZE, Speed
from core.messages import ThawError

MICRO_BATCHES = (2, 4, 8)
DECODE_SECONDS = 0.003  # a 500 px JPEG to a 224 px picture; hidden behind the network anyway
_BFLOAT16_GAIN = 1.2  # below this, float32's precision is worth more than the time
_QUIET = 0.8  # the least share of its threads' time that a measurement must have had
_CLEARLY = 1.05  # a difference above what repeated timings differ by
_REPEATS = 2
_ROUNDS = 3  # for what is chosen once and kept
_LISTEN_SECONDS = 0.1
_START_THREADS = torch.get_num_threads()  # a run may set others later

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_Name = TypeVar("_Name")


def of_this_machine(
    stop: threading.Event | None = None,
    folder: Path | None = None,
    afresh: bool = False,
    device: str | None = None,
) -> Speed:
    """The remembered measurement, or a new one that is then remembered.

    ``afresh`` times the blocks again, since a machine may have been busy the last time; what
    changes bits (threads, micro-batch, precision) stays as it was remembered. Raises
    ``ThawError`` (stopped) when ``stop`` is set meanwhile.
    """
    stop = stop or threading.Event()
    key = _key()
    with _alone(stop):
        found = estimate.remembered(key, folder)
        if found is None or afresh:
            try:
                found = measure(stop, key, found)
            except Stopped:
                raise ThawError("stopped") from None
            _keep(found, folder)
    if stop.is_set():
        raise ThawError("stopped")
    return found


def remembered(folder: Path | None = None) -> Speed | None:
    """What an earlier start measured, if it was the same machine, versions and threads."""
    return estimate.remembered(_key(), folder)


def measure(stop: threading.Event, key: str = "", known: Speed | None = None) -> Speed:
    """Time random VGG16 blocks at 224 px, with the choices of ``known`` or the fastest ones.

    Raises ``Stopped``.
    """
    threads = known.threads if known else _START_THREADS
    network = backbone.load("none", vgg16.BLOCK_COUNT, seed=0)
    network.watch(stop)
    with _threads(threads):
        dtype = _known_dtype(known) if known else _faster_dtype(network, stop)
        frozen = FrozenPass(network, dtype, stop)
        micro_batch = known.micro_batch if known else _best_micro_batch(frozen, dtype)
        forward = tuple(
            _timed(_forward(frozen, number, micro_batch, dtype)) / micro_batch
            for number in range(1, vgg16.BLOCK_COUNT + 1)
        )
        network.freeze_except([vgg16.BLOCK_COUNT])
        whole = _training_seconds(network, dtype, REFERENCE_SIZE)
        smallest = _training_seconds(network, dtype, vgg16.STRIDE)  # the weights' share
    return Speed(
        forward=forward,
        training=max(1.0, (whole - smallest) / forward[-1]),
        decode=DECODE_SECONDS,
        threads=threads,
        micro_batch=micro_batch,
        precision="bfloat16" if dtype == torch.bfloat16 else "float32",
        key=key,
        per_weight=smallest / vgg16.BLOCKS[-1].parameters,
    )


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _key() -> str:
    return (
        f"{processor()}, {_usable_cores()} of {os.cpu_count()} cores, "
        f"{_START_THREADS} threads, torch {torch.__version__}"
    )


def _usable_cores() -> int | None:
    """The cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


@contextlib.contextmanager
def _alone(stop: threading.Event) -> Iterator[None]:
    """One measurement at a time: a second caller waits for the first one's answer."""
    while not _lock.acquire(timeout=_LISTEN_SECONDS):
        if stop.is_set():
            raise ThawError("stopped")
    try:
        yield
    finally:
        _lock.release()


@contextlib.contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    if count != before:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        if count != before:
            torch.set_num_threads(before)


def _keep(speed: Speed, folder: Path | None) -> None:
    try:
        estimate.remember(speed, folder)
    except OSError as error:
        _log.warning("the measurement could not be kept: %s", error)


def _known_dtype(known: Speed) -> torch.dtype:
    return torch.bfloat16 if known.precision == "bfloat16" else torch.float32


def _faster_dtype(network: Backbone, stop: threading.Event) -> torch.dtype:
    """bfloat16 where the processor multiplies it clearly faster.

    By the processor time of one thread: with another program busy the time that passes told
    the opposite (a gain of 1.0 where it is 2.1), and the choice stays.
    """
    last = vgg16.BLOCK_COUNT
    with _threads(1):
        seconds = _in_turns(
            {
                dtype: _forward(FrozenPass(network, dtype, stop), last, 1, dtype)
                for dtype in (torch.float32, torch.bfloat16)
            },
            _ROUNDS,
            thread_time,
        )
    is_faster = sum(seconds[torch.float32]) > _BFLOAT16_GAIN * sum(seconds[torch.bfloat16])
    return torch.bfloat16 if is_faster else torch.float32


def _best_micro_batch(frozen: FrozenPass, dtype: torch.dtype) -> int:
    """The smallest that no larger one beats clearly; block 1 moves the most memory.

    The smallest of all where other programs kept the processor busy: waiting for each other's
    threads costs small batches the most, and the choice stays.
    """
    works = {size: _forward(frozen, 1, size, dtype) for size in MICRO_BATCHES}
    passed, used = perf_counter(), process_time()
    seconds = _in_turns(works, _ROUNDS)
    passed, used = perf_counter() - passed, process_time() - used
    if used < _QUIET * passed * torch.get_num_threads():
        return MICRO_BATCHES[0]
    each = {size: min(seconds[size]) / size for size in MICRO_BATCHES}
    limit = min(each.values()) * _CLEARLY
    return next(size for size in MICRO_BATCHES if each[size] <= limit)


def _forward(
    frozen: FrozenPass, number: int, pictures: int, dtype: torch.dtype
) -> Callable[[], object]:
    """Work: one block on some pictures."""
    inputs = _inputs(number, pictures, dtype, REFERENCE_SIZE)
    return lambda: frozen.final(inputs, number - 1, number)


def _training_seconds(network: Backbone, dtype: torch.dtype, image_size: int) -> float:
    """Seconds a picture for the last block, forward and backward with its update."""
    last = vgg16.BLOCK_COUNT
    pictures = 8
    inputs = _inputs(last, pictures, dtype, image_size)
    weights = [one for one in network.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=1e-9, fused=True)

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
            loss = network(inputs, last - 1).float().square().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return _timed(step) / pictures


def _inputs(number: int, pictures: int, dtype: torch.dtype, image_size: int) -> Tensor:
    """Random inputs [N, C, H, W] of one block."""
    shape = vgg16.feature_shape(number - 1, image_size)
    values = torch.rand((pictures, *shape), generator=torch.Generator().manual_seed(number))
    return values.to(dtype, memory_format=torch.channels_last)


def _timed(work: Callable[[], object]) -> float:
    """The shortest of a few calls: what else the machine does only adds."""
    return min(_in_turns({"": work}, _REPEATS)[""])


def _in_turns(
    works: Mapping[_Name, Callable[[], object]],
    rounds: int,
    clock: Callable[[], float] = perf_counter,
) -> dict[_Name, list[float]]:
    """The seconds of each call, in turns: what else the machine does meets all of them alike.
    The first calls warm up."""
    for work in works.values():
        work()
    seconds: dict[_Name, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            started = clock()
            work()
            seconds[name].append(clock() - started)
    return seconds
