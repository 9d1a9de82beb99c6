"""Short trials on this machine that choose what changes bits; ``core.speed`` remembers them.

Every choice is made once and kept, so each asks for a clear gain, and says the plain answer
where other programs kept the processor busy.
"""

import contextlib
import platform
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from time import perf_counter, process_time, thread_time
from typing import TypeVar

import torch
from torch import Tensor

from core.compute import devices
from core.compute.estimate import GRADIENT_MICRO_BATCH, REFERENCE_SIZE
from core.model.backbone import Backbone, FrozenPass
from core.recipe import vgg16

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
        dtype: forward(FrozenPass(network, dtype, stop), vgg16.BLOCK_COUNT, pictures, dtype)
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
    block = forward(frozen, vgg16.BLOCK_COUNT - 1, MICRO_BATCHES[0], dtype)
    works = {count: partial(_with_threads, count, block) for count in (every, half)}
    _warm(works.values())
    seconds, was_quiet = _in_quiet(works, {count: count for count in works})
    is_faster = min(seconds[every]) > _CLEARLY * min(seconds[half])
    return half if is_faster and was_quiet else every


def best_micro_batch(frozen: FrozenPass, dtype: torch.dtype) -> int:
    """For the frozen pass; block 1 moves the most memory."""
    if frozen.device.type != "cpu":
        return _smallest_good(
            {one: partial(forward, frozen, 1, one, dtype) for one in ACCELERATOR_MICRO_BATCHES}
        )
    works = {one: partial(forward, frozen, 1, one, dtype) for one in MICRO_BATCHES}
    return _smallest_good(works, if_busy=MICRO_BATCHES[0])


def best_gradient_micro_batch(network: Backbone, dtype: torch.dtype) -> int:
    """For the gradient of the last block, which is what most recipes thaw."""
    work = partial(training, network, dtype, REFERENCE_SIZE)
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


def forward(frozen: FrozenPass, number: int, pictures: int, dtype: torch.dtype) -> _Work:
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


def training(network: Backbone, dtype: torch.dtype, image_size: int, pictures: int) -> _Work:
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
