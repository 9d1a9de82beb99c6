"""Measures this machine for a few seconds, and chooses what changes bits by short trials.

The answer is remembered for the next start. Every choice is made once and kept, so each needs a
clear gain.
"""

import contextlib
import logging
import os
import platform
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from time import perf_counter, thread_time
from typing import TypeVar

import torch
from torch import Tensor

from core.common.messages import ThawError
from core.compute import devices, estimate
from core.compute.estimate import REFERENCE_SIZE, Speed, gradient_at_once
from core.model import backbone
from core.model.backbone import Backbone, FrozenPass, Stopped
from core.recipe import vgg16
from core.runs.events import Preparing

MICRO_BATCHES = (2, 4, 8)
ACCELERATOR_MICRO_BATCHES = (8, 16, 32, 64)  # such a device needs more to be full
DECODE_SECONDS = 0.003  # a 500 px JPEG to a 224 px image; hidden behind the network anyway
_BFLOAT16_GAIN = 1.2  # below this, float32's precision is worth more than the time
_CLEARLY = 1.05  # a difference above what repeated timings differ by
_ROUNDS = 3
_SMT = Path("/sys/devices/system/cpu/smt/active")
_LISTEN_SECONDS = 0.1
_START_THREADS = torch.get_num_threads()  # a run may set others later

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_Name = TypeVar("_Name")
_Work = Callable[[], object]


def faster_dtype(network: Backbone, stop: threading.Event) -> torch.dtype:
    """bfloat16 where the device multiplies it clearly faster.

    On the processor by the time of one thread: with another program busy the time that passes
    told the opposite (a gain of 1.0 where it is 2.1).
    """
    pictures, clock = 1, thread_time
    if _is_accelerator(network):
        pictures, clock = ACCELERATOR_MICRO_BATCHES[0], perf_counter
    works = {
        dtype: forward_trial(FrozenPass(network, dtype, stop), vgg16.BLOCK_COUNT, pictures, dtype)
        for dtype in (torch.float32, torch.bfloat16)
    }
    try:
        with threads_set(1):
            _warm(works.values())
            seconds = in_turns(works, _ROUNDS, clock)
    except (RuntimeError, TypeError):  # an accelerator without bfloat16
        return torch.float32
    is_faster = sum(seconds[torch.float32]) > _BFLOAT16_GAIN * sum(seconds[torch.bfloat16])
    return torch.bfloat16 if is_faster else torch.float32


def best_threads(frozen: FrozenPass, dtype: torch.dtype, every: int) -> int:
    """``every``, or half of them where two may share a core and that is clearly faster."""
    half = every // 2
    if not half or frozen.device.type != "cpu" or not _may_share_cores():
        return every
    block = forward_trial(frozen, vgg16.BLOCK_COUNT - 1, MICRO_BATCHES[0], dtype)
    works = {count: partial(_with_threads, count, block) for count in (every, half)}
    _warm(works.values())
    seconds = in_turns(works, _ROUNDS)
    return half if min(seconds[every]) > _CLEARLY * min(seconds[half]) else every


def best_micro_batch(frozen: FrozenPass, dtype: torch.dtype) -> int:
    """For the frozen pass, the smallest that no larger one beats clearly; block 1 moves the most
    memory. Sizes without memory are left out."""
    works: dict[int, _Work] = {}
    for size in MICRO_BATCHES if frozen.device.type == "cpu" else ACCELERATOR_MICRO_BATCHES:
        try:
            work = forward_trial(frozen, 1, size, dtype)
            work()
        except (RuntimeError, MemoryError) as error:
            if not works or not devices.is_out_of_memory(error):
                raise
            break
        works[size] = work
    each = {size: min(times) / size for size, times in in_turns(works, _ROUNDS).items()}
    limit = min(each.values()) * _CLEARLY
    return next(size for size in works if each[size] <= limit)


def forward_trial(frozen: FrozenPass, number: int, pictures: int, dtype: torch.dtype) -> _Work:
    """Work: one block on some pictures."""
    inputs = _inputs(number, pictures, dtype, REFERENCE_SIZE).to(frozen.device)

    def work() -> None:
        frozen.final(inputs, number - 1, number)
        devices.finish(frozen.device.type)

    return work


def gradient_trial(network: Backbone, dtype: torch.dtype, image_size: int, images: int) -> _Work:
    """Work: the last block on some images, forward and backward; gradients add up, as those of a
    batch's pieces do."""
    last, device = vgg16.BLOCK_COUNT, next(network.parameters()).device
    inputs = _inputs(last, images, dtype, image_size).to(device)

    def work() -> None:
        with torch.autocast(device.type, torch.bfloat16, enabled=dtype == torch.bfloat16):
            loss = network(inputs, last - 1).float().square().mean()
        loss.backward()
        devices.finish(device.type)

    return work


def timed(work: _Work) -> float:
    """The shortest of two calls after a first one: what else the machine does only adds."""
    work()
    return min(in_turns({"": work}, 2)[""])


def in_turns(
    works: Mapping[_Name, _Work], rounds: int, clock: Callable[[], float] = perf_counter
) -> dict[_Name, list[float]]:
    """The seconds of each call, in turns: what else the machine does meets all of them alike."""
    seconds: dict[_Name, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            started = clock()
            work()
            seconds[name].append(clock() - started)
    return seconds


@contextlib.contextmanager
def threads_set(count: int) -> Iterator[None]:
    """PyTorch's threads are ``count`` inside."""
    before = torch.get_num_threads()
    if count != before:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        if count != before:
            torch.set_num_threads(before)


def _with_threads(count: int, work: _Work) -> None:
    with threads_set(count):
        work()


def _may_share_cores() -> bool:
    """Whether two of the processor's threads may be one core's, as far as the system tells."""
    if platform.machine().lower() in ("arm64", "aarch64"):
        return False
    with contextlib.suppress(OSError):
        return _SMT.read_text("ascii").strip() != "0"
    return True


def _warm(works: Iterable[_Work]) -> None:
    for work in works:
        work()


def _is_accelerator(network: Backbone) -> bool:
    return next(network.parameters()).device.type != "cpu"


def _inputs(number: int, pictures: int, dtype: torch.dtype, image_size: int) -> Tensor:
    """Random inputs [N, C, H, W] of one block."""
    shape = vgg16.feature_shape(number - 1, image_size)
    values = torch.rand((pictures, *shape), generator=torch.Generator().manual_seed(number))
    return values.to(dtype, memory_format=torch.channels_last)


def of_this_machine(
    stop: threading.Event | None = None,
    folder: Path | None = None,
    afresh: bool = False,
    device: str | None = None,
) -> Speed:
    """The remembered measurement, or a new one that is then remembered.

    ``device`` None is the one that a recipe gets which leaves it open. ``afresh`` times the
    blocks again and keeps the faster times, since what else a machine does only adds to them;
    what changes bits (threads, micro-batch, precision) stays as it was remembered. Raises
    ``ThawError`` (stopped) when ``stop`` is set meanwhile.
    """
    stop = stop or threading.Event()
    device = device or devices.choose("auto")
    key = _key(device)
    with _alone(stop):
        found = estimate.remembered(key, folder)
        if found is None or afresh:
            known = [found] if found is not None else []
            try:
                found = min([measure(stop, key, found, device), *known], key=_seconds)
            except Stopped:
                raise ThawError("stopped") from None
            _keep(found, folder)
    if stop.is_set():
        raise ThawError("stopped")
    return found


def measuring(
    stop: threading.Event | None = None, folder: Path | None = None, device: str | None = None
) -> Generator[Preparing, None, Speed]:
    """``of_this_machine``, telling of a measurement before it is made."""
    if _lock.locked() or remembered(folder, device) is None:
        yield Preparing("preparing_speed")
    return of_this_machine(stop, folder, device=device)


def remembered(folder: Path | None = None, device: str | None = None) -> Speed | None:
    """What an earlier start measured, if it was the same machine, versions and threads."""
    return estimate.remembered(_key(device or devices.choose("auto")), folder)


def measure(
    stop: threading.Event, key: str = "", known: Speed | None = None, device: str = "cpu"
) -> Speed:
    """Time random VGG16 blocks at 224 px, with the choices of ``known`` or the fastest ones.

    Raises ``Stopped``.
    """
    network = backbone.load("none", vgg16.BLOCK_COUNT, seed=0).to(device)
    network.watch(stop)
    with threads_set(_START_THREADS):
        dtype = _known_dtype(known) if known else faster_dtype(network, stop)
        frozen = FrozenPass(network, dtype, stop)
        threads = known.threads if known else best_threads(frozen, dtype, _START_THREADS)
    with threads_set(threads):
        micro_batch = known.micro_batch if known else best_micro_batch(frozen, dtype)
        works = [
            forward_trial(frozen, number, micro_batch, dtype)
            for number in range(1, vgg16.BLOCK_COUNT + 1)
        ]
        forward = tuple(timed(work) / micro_batch for work in works)
        network.freeze_except([vgg16.BLOCK_COUNT])
        images = gradient_at_once(device, REFERENCE_SIZE)
        whole, smallest = (  # the second is the weights' share
            timed(gradient_trial(network, dtype, size, images)) / images
            for size in (REFERENCE_SIZE, vgg16.STRIDE)
        )
    return Speed(
        forward=forward,
        training=max(1.0, (whole - smallest) / forward[-1]),
        decode=DECODE_SECONDS,
        threads=threads,
        micro_batch=micro_batch,
        precision="bfloat16" if dtype == torch.bfloat16 else "float32",
        key=key,
        per_weight=smallest / vgg16.BLOCKS[-1].parameters,
        device=device,
    )


def _seconds(speed: Speed) -> float:
    return sum(speed.forward)


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _key(device: str) -> str:
    accelerator = "" if device == "cpu" else f"{device} {devices.title(device)}, "
    return (
        f"{accelerator}{processor()}, {_usable_cores()} of {os.cpu_count()} cores, "
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


def _keep(speed: Speed, folder: Path | None) -> None:
    try:
        estimate.remember(speed, folder)
    except OSError as error:
        _log.warning("the measurement could not be kept: %s", error)


def _known_dtype(known: Speed) -> torch.dtype:
    return torch.bfloat16 if known.precision == "bfloat16" else torch.float32
