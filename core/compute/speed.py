"""Measures this machine for a few seconds, and chooses what changes bits by short trials.

The answer is remembered for the next start. Every choice is made once and kept, so each needs a
clear gain. Where other programs keep the processor busy, the default is chosen.
"""

import contextlib
import logging
import os
import platform
import threading
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter, process_time, thread_time
from typing import TypeVar

import torch
from torch import Tensor

from core.common.messages import ThawError
from core.compute import devices, estimate
from core.compute.estimate import GRADIENT_MICRO_BATCH, NOT_MEASURED, REFERENCE_SIZE, Speed
from core.model import backbone
from core.model.backbone import Backbone, FrozenPass, Stopped
from core.recipe import vgg16
from core.runs.events import Preparing

MICRO_BATCHES = (2, 4, 8)
GRADIENT_MICRO_BATCHES = (8, 16)  # fewer were slower wherever they were tried
ACCELERATOR_MICRO_BATCHES = (8, 16, 32, 64)  # such a device needs more to be full
_BFLOAT16_GAIN = 1.2  # below this, float32's precision is worth more than the time
_QUIET = 0.8  # the least share of its threads' time that a trial must have had
_HOPELESS = 0.6  # of that share: a second round would not bring it up
_CLEARLY = 1.05  # a difference above what repeated timings differ by
_ROUNDS = 3
_SMT = Path("/sys/devices/system/cpu/smt/active")

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
    seconds, was_quiet = _in_quiet(works, {count: count for count in works})
    is_faster = min(seconds[every]) > _CLEARLY * min(seconds[half])
    return half if is_faster and was_quiet else every


def best_micro_batch(frozen: FrozenPass, dtype: torch.dtype) -> int:
    """For the frozen pass; block 1 moves the most memory."""
    if frozen.device.type != "cpu":
        return _smallest_good(
            {
                one: partial(forward_trial, frozen, 1, one, dtype)
                for one in ACCELERATOR_MICRO_BATCHES
            }
        )
    works = {one: partial(forward_trial, frozen, 1, one, dtype) for one in MICRO_BATCHES}
    return _smallest_good(works, if_busy=MICRO_BATCHES[0])


def best_gradient_micro_batch(network: Backbone, dtype: torch.dtype) -> int:
    """For the gradient of the last block, which is what most recipes thaw."""
    work = partial(training_trial, network, dtype, REFERENCE_SIZE)
    if _is_accelerator(network):
        return _smallest_good({one: partial(work, one) for one in ACCELERATOR_MICRO_BATCHES})
    works = {one: partial(work, one) for one in GRADIENT_MICRO_BATCHES}
    return _smallest_good(works, if_busy=GRADIENT_MICRO_BATCH)


def best_deeper_micro_batch(
    network: Backbone, dtype: torch.dtype, boundary: int, at_most: int
) -> int:
    """For the gradient of all blocks after ``boundary``: the part of ``at_most``, the last
    block's, that suits them. The earlier ones move more memory for each picture, and their
    weights, which a piece passes once whatever it holds, are few.
    """
    network.freeze_except(range(boundary + 1, vgg16.BLOCK_COUNT + 1))
    sizes = sorted({max(1, at_most // part) for part in (4, 2, 1)})
    works = {one: partial(gradient, network, dtype, boundary, one) for one in sizes}
    return _smallest_good(works, if_busy=None if _is_accelerator(network) else at_most)


def forward_trial(frozen: FrozenPass, number: int, pictures: int, dtype: torch.dtype) -> _Work:
    """Work: one block on some pictures."""
    inputs = _inputs(number, pictures, dtype, REFERENCE_SIZE).to(frozen.device)

    def work() -> None:
        frozen.final(inputs, number - 1, number)
        devices.finish(frozen.device.type)

    return work


def gradient(network: Backbone, dtype: torch.dtype, boundary: int, pictures: int) -> _Work:
    """Work: the blocks after ``boundary`` on some pictures, forward and backward; gradients add
    up, as those of a batch's pieces do."""
    device = next(network.parameters()).device
    inputs = _inputs(boundary + 1, pictures, dtype, REFERENCE_SIZE).to(device)

    def work() -> None:
        _backward(network, inputs, boundary, dtype)
        devices.finish(device.type)

    return work


def training_trial(network: Backbone, dtype: torch.dtype, image_size: int, pictures: int) -> _Work:
    """Work: the last block on some pictures, forward and backward with its update."""
    last, device = vgg16.BLOCK_COUNT, next(network.parameters()).device
    inputs = _inputs(last, pictures, dtype, image_size).to(device)
    weights = [one for one in network.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=1e-9, fused=True)

    def step() -> None:
        _backward(network, inputs, last - 1, dtype)
        optimizer.step()
        optimizer.zero_grad()
        devices.finish(device.type)

    return step


def timed(work: _Work) -> float:
    """The shortest of two calls after a first one: what else the machine does only adds."""
    work()
    return min(in_turns({"": work}, 2)[""])


class Attention:
    """How much of the processor the work under ``given`` had: other programs may want it too."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._worked = self._passed = 0.0

    @contextlib.contextmanager
    def given(self) -> Iterator[None]:
        """Count what is done inside, by ``threads`` threads."""
        worked, passed = process_time(), perf_counter()
        yield
        self._worked += process_time() - worked
        self._passed += perf_counter() - passed

    @property
    def was_undivided(self) -> bool:
        """Whether the threads had the processor for them."""
        return self._worked >= _QUIET * self._threads * self._passed


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


def _smallest_good(makers: Mapping[int, Callable[[], _Work]], if_busy: int | None = None) -> int:
    """Of works for so many pictures the smallest that no larger one beats clearly.

    ``if_busy`` where the work is the processor's and other programs had some of it: waiting for
    each other's threads costs small batches the most. Sizes without memory are left out.
    """
    works: dict[int, _Work] = {}
    for size, make in makers.items():
        try:
            work = make()
            work()
        except (RuntimeError, MemoryError) as error:
            if not works or not devices.is_out_of_memory(error):
                raise
            break
        works[size] = work
    seconds, was_quiet = _in_quiet(works, dict.fromkeys(works, torch.get_num_threads()))
    if if_busy is not None and not was_quiet:
        return if_busy
    each = {size: min(seconds[size]) / size for size in works}
    limit = min(each.values()) * _CLEARLY
    return next(size for size in works if each[size] <= limit)


def _in_quiet(
    works: Mapping[int, _Work], threads: Mapping[int, int]
) -> tuple[dict[int, list[float]], bool]:
    """The seconds of each call, and whether their ``threads`` had the processor for them; where
    they had not, no more rounds are made."""
    seconds: dict[int, list[float]] = {name: [] for name in works}
    began, share = process_time(), 1.0
    for _ in range(_ROUNDS):
        for name, values in in_turns(works, 1).items():
            seconds[name] += values
        needed = sum(threads[name] * sum(values) for name, values in seconds.items())
        share = (process_time() - began) / needed
        if share < _HOPELESS:
            break
    return seconds, share >= _QUIET


def _backward(network: Backbone, inputs: Tensor, boundary: int, dtype: torch.dtype) -> None:
    mixed = torch.autocast(inputs.device.type, torch.bfloat16, enabled=dtype == torch.bfloat16)
    with mixed:
        loss = network(inputs, boundary).float().square().mean()
    loss.backward()


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


DECODE_SECONDS = 0.003  # a 500 px JPEG to a 224 px picture; hidden behind the network anyway
_LISTEN_SECONDS = 0.1
_START_THREADS = torch.get_num_threads()  # a run may set others later

_log = logging.getLogger(__name__)
_lock = threading.Lock()


def of_this_machine(
    stop: threading.Event | None = None,
    folder: Path | None = None,
    afresh: bool = False,
    device: str | None = None,
    boundaries: Collection[int] = (),
    known: Speed | None = None,
) -> Speed:
    """The remembered measurement, or a new one that is then remembered.

    ``device`` None is the one that a recipe gets which leaves it open. ``boundaries`` are those
    below the last block's whose gradient's micro-batch is asked for. ``afresh`` times the
    blocks again, since a machine may have been busy the last time; what changes bits (threads,
    micro-batches, precision) stays as it was remembered, and so do the times where it is busy
    now. ``known`` is taken where nothing is remembered. Raises ``ThawError`` (stopped) when
    ``stop`` is set meanwhile.
    """
    stop = stop or threading.Event()
    device = device or devices.choose("auto")
    key = _key(device)
    with _alone(stop):
        found = estimate.remembered(key, folder) or known
        if found is None or afresh:
            with _stopping():
                found = _better(found, measure(stop, key, found, device))
            _keep(found, folder)
        for one in sorted(boundaries):
            if not found.gradient_micro_batches[one]:
                with _stopping():
                    found = _with_gradient(found, one, stop, device)
                _keep(found, folder)
    if stop.is_set():
        raise ThawError("stopped")
    return found


def measuring(
    stop: threading.Event | None = None,
    folder: Path | None = None,
    device: str | None = None,
    boundaries: Collection[int] = (),
) -> Generator[Preparing, None, Speed]:
    """``of_this_machine``, telling of each measurement before it is made."""
    if _lock.locked() or remembered(folder, device) is None:
        yield Preparing("preparing_speed")
    found = of_this_machine(stop, folder, device=device)
    for one in sorted(boundaries):
        if not found.gradient_micro_batches[one]:
            yield Preparing("preparing_gradient", {"block": one + 1})
            found = of_this_machine(stop, folder, device=device, boundaries=(one,), known=found)
    return found


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
        attention = Attention(threads)
        with attention.given():
            forward = tuple(timed(work) / micro_batch for work in works)
        network.freeze_except([vgg16.BLOCK_COUNT])
        gradient = (
            known.gradient_micro_batch if known else best_gradient_micro_batch(network, dtype)
        )
        whole, smallest = (  # the second is the weights' share
            timed(training_trial(network, dtype, size, gradient)) / gradient
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
        gradient_micro_batch=gradient,
        gradient_micro_batches=known.gradient_micro_batches if known else NOT_MEASURED,
        quiet=device != "cpu" or attention.was_undivided,
    )


def _with_gradient(speed: Speed, boundary: int, stop: threading.Event, device: str) -> Speed:
    """``speed``, and the micro-batch for the gradient of all blocks after ``boundary``."""
    network = backbone.load("none", vgg16.BLOCK_COUNT, seed=0).to(device)
    network.watch(stop)
    sizes = list(speed.gradient_micro_batches)
    with threads_set(speed.threads):
        sizes[boundary] = best_deeper_micro_batch(
            network, _known_dtype(speed), boundary, speed.gradient_micro_batch
        )
    return replace(speed, gradient_micro_batches=tuple(sizes))


@contextlib.contextmanager
def _stopping() -> Iterator[None]:
    """A stop that the network hears inside is one in words."""
    try:
        yield
    except Stopped:
        raise ThawError("stopped") from None


def _better(known: Speed | None, found: Speed) -> Speed:
    """``found``, unless other programs slowed it and ``known`` is nearer to the machine's own
    speed."""
    if known is None or found.quiet:
        return found
    return known if known.quiet or sum(known.forward) <= sum(found.forward) else found


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
