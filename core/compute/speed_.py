"""Measures this machine for a few seconds; the answer is remembered for the next start."""

import contextlib
import logging
import os
import platform
import threading
from collections.abc import Collection, Generator, Iterator
from dataclasses import replace
from pathlib import Path

import torch

from core.common.messages import ThawError
from core.compute import devices, estimate
from core.compute import speed as compute_speed
from core.compute.estimate import NOT_MEASURED, REFERENCE_SIZE, Speed
from core.model import backbone
from core.model.backbone import FrozenPass, Stopped
from core.recipe import vgg16
from core.runs.events import Preparing

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
    with compute_speed.threads_set(_START_THREADS):
        dtype = _known_dtype(known) if known else compute_speed.faster_dtype(network, stop)
        frozen = FrozenPass(network, dtype, stop)
        threads = (
            known.threads if known else compute_speed.best_threads(frozen, dtype, _START_THREADS)
        )
    with compute_speed.threads_set(threads):
        micro_batch = known.micro_batch if known else compute_speed.best_micro_batch(frozen, dtype)
        works = [
            compute_speed.forward(frozen, number, micro_batch, dtype)
            for number in range(1, vgg16.BLOCK_COUNT + 1)
        ]
        attention = compute_speed.Attention(threads)
        with attention.given():
            forward = tuple(compute_speed.timed(work) / micro_batch for work in works)
        network.freeze_except([vgg16.BLOCK_COUNT])
        gradient = (
            known.gradient_micro_batch
            if known
            else compute_speed.best_gradient_micro_batch(network, dtype)
        )
        whole, smallest = (  # the second is the weights' share
            compute_speed.timed(compute_speed.training(network, dtype, size, gradient)) / gradient
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
    with compute_speed.threads_set(speed.threads):
        sizes[boundary] = compute_speed.best_deeper_micro_batch(
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
