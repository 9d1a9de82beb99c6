"""What changes a run's bits: device, threads, number format and the number of images at once.

The choices are made once for a run and kept in its ``environment.json``. Only the number of images
at once changes later: it is halved where memory runs out.
"""

import platform
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any, TypeVar

import torch
from pydantic import Field, TypeAdapter, ValidationError
from torch import Tensor

from core.common.messages import ThawError
from core.compute import devices, speed
from core.compute.estimate import (
    GRADIENT_MICRO_BATCH,
    Count,
    Precision,
    Speed,
    at_once,
    gradient_at_once,
)
from core.recipe.config import RunConfig
from core.runs.events import Notice, Preparing

_VERSIONS = ("thaw", "torch", "torchvision", "numpy", "opencv-python-headless", "pillow")
# The machine's part of ``environment.json`` that results depend on, beside the versions.
_COMPARED = (
    *("device", "accelerator", "processor", "instructions"),
    *("threads", "micro_batch", "gradient_micro_batch", "gradient_micro_batches"),
    *("precision", "processes"),
)


@dataclass
class Numerics:
    """``precision`` is bfloat16 or float32; ``micro_batch`` counts images in a frozen pass,
    ``gradient_micro_batch`` those whose activations are held at once for the gradient. Runs of
    earlier versions may have others for some numbers of leading frozen blocks, in
    ``gradient_micro_batches``.

    One object for the whole run: a micro-batch that finds no memory is halved in it.
    """

    threads: Count
    micro_batch: Count
    precision: Precision
    device: Annotated[str, Field(pattern="^(cpu|cuda|mps)$")] = "cpu"
    gradient_micro_batch: Count = GRADIENT_MICRO_BATCH
    gradient_micro_batches: dict[Annotated[str, Field(pattern=r"^\d+$")], Count] = field(
        default_factory=dict
    )

    def at_once(self, boundary: int | None = None) -> int:
        """The images that pass at once: for the gradient after ``boundary`` frozen blocks, or
        through frozen blocks."""
        if boundary is None:
            return self.micro_batch
        return self.gradient_micro_batches.get(str(boundary), self.gradient_micro_batch)

    def limit(self, images: int, boundary: int | None = None) -> None:
        """Let so many pass at once through frozen blocks, or for any gradient."""
        if boundary is None:
            self.micro_batch = images
            return
        self.gradient_micro_batch = min(images, self.gradient_micro_batch)
        self.gradient_micro_batches = {
            other: min(one, images) for other, one in self.gradient_micro_batches.items()
        }

    @property
    def dtype(self) -> torch.dtype:
        """The number format of features and of the frozen blocks."""
        return torch.bfloat16 if self.precision == "bfloat16" else torch.float32

    @property
    def is_mixed(self) -> bool:
        """Whether training runs under autocast."""
        return self.dtype != torch.float32

    def apply(self) -> None:
        """Set torch's threads and the device's choices for this process."""
        if torch.get_num_threads() != self.threads:
            torch.set_num_threads(self.threads)
        devices.prepare(self.device)

    def autocast(self) -> torch.autocast:
        """A region that computes in the run's number format."""
        return torch.autocast(self.device, torch.bfloat16, enabled=self.is_mixed)

    def place(self, values: Tensor) -> Tensor:
        """``values`` on the run's device."""
        return devices.place(values, self.device)


def full_precision(device: str = "cpu") -> torch.autocast:
    """A part of an autocast region that computes in float32."""
    return torch.autocast(device, enabled=False)


def deciding(
    config: RunConfig, stop: threading.Event | None = None
) -> Generator[Preparing, None, Numerics]:
    """What the recipe says, and where it says nothing what was measured on this machine; what is
    still to be measured is told.

    Raises ``InputError`` (device_missing), and ``ThawError`` (stopped) when ``stop`` is set
    meanwhile.
    """
    device = devices.choose(config.device)
    measured: Speed | None = None
    if _leaves_open(config):
        measured = yield from speed.measuring(stop, device=device)
    if stop is not None and stop.is_set():
        raise ThawError("stopped")
    return _decided(config, device, measured)


def without_measuring(config: RunConfig) -> Numerics | None:
    """What ``deciding`` would come to; None where the machine would have to be measured first.

    Raises ``InputError`` (device_missing).
    """
    device = devices.choose(config.device)
    measured = speed.remembered(device=device)
    if measured is None and _leaves_open(config):
        return None
    return _decided(config, device, measured)


def _leaves_open(config: RunConfig) -> bool:
    return config.threads is None or config.micro_batch is None or config.precision == "auto"


def _decided(config: RunConfig, device: str, measured: Speed | None) -> Numerics:
    threads, micro_batch, precision = config.threads, config.micro_batch, str(config.precision)
    size = config.dataset.image_size
    if measured is not None:
        threads = threads or measured.threads
        micro_batch = micro_batch or at_once(measured.micro_batch, size)
        precision = measured.precision if precision == "auto" else precision
    assert threads is not None
    assert micro_batch is not None
    return Numerics(threads, micro_batch, precision, device, gradient_at_once(device, size))


def of_environment(environment: Mapping[str, Any]) -> Numerics | None:
    """What a run was begun with; None where ``environment`` does not say it, or where this
    machine lacks the device."""
    try:
        begun = TypeAdapter(Numerics).validate_python(dict(environment))
    except ValidationError:
        return None
    return begun if devices.works(begun.device) else None


def environment(numerics: Numerics, processes: int = 1) -> dict[str, Any]:
    """For ``environment.json``: the choices, the machine and the versions."""
    return {
        **asdict(numerics),
        "processes": processes,
        "accelerator": devices.title(numerics.device),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": speed.processor(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "versions": {name: _version(name) for name in _VERSIONS},
    }


def difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> Notice | None:
    """What of a run's ``environment`` is no longer as it was, so that its results may differ
    in their last digits; None where nothing is, or ``before`` is that of a new run."""
    listed = ", ".join(f"{name}: {old} → {new}" for name, old, new in _changed(before, now))
    return Notice("environment_differs", {"listed": listed}) if listed else None


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name in _COMPARED:
        if name in before and before[name] != now[name]:
            yield name, before[name] or "–", now[name] or "–"
    versions = before.get("versions")
    if isinstance(versions, Mapping):
        for name in _VERSIONS:
            if name in versions and versions[name] != now["versions"][name]:
                yield name, versions[name], now["versions"][name]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Halved:
    """Memory ran out: from now on so many pictures pass at once."""

    pictures: int


def halving(
    work: Callable[[], _Result],
    numerics: Numerics,
    boundary: int | None = None,
    at_most: int | None = None,
) -> Generator[Halved, None, _Result]:
    """What ``work`` returns, which passes as many pictures at once as ``numerics`` says: through
    frozen blocks, or for the gradient after ``boundary`` of them.

    Where memory runs out, it says half as many and ``work`` is done again from its start; each
    time yields ``Halved``. Where one picture alone is too much, the error goes on. ``at_most``
    is the most that ``work`` takes at once whatever ``numerics`` says.
    """
    while True:
        try:
            return work()
        except (RuntimeError, MemoryError) as error:
            pictures = numerics.at_once(boundary)
            pictures = min(pictures, at_most or pictures) // 2
            if not pictures or not devices.is_out_of_memory(error):
                raise
        # only now that the error is gone, and with it the tensors of its frames
        devices.free_unused(numerics.device)
        numerics.limit(pictures, boundary)
        yield Halved(pictures)


def slices(count: int, size: int) -> Iterator[slice]:
    """``count`` pictures in parts of ``size``, the last one perhaps smaller."""
    for first in range(0, count, size):
        yield slice(first, first + size)
