"""What changes bits: threads, number format and the frozen pass's micro-batch.

Decided once for a run and kept in its ``environment.json``.
"""

import platform
import threading
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

from core import speed
from core.config import RunConfig
from core.estimate import REFERENCE_SIZE, Speed
from core.messages import ThawError

GRADIENT_MICRO_BATCH = 8  # pictures whose activations are held at once for the gradient
LARGEST_MICRO_BATCH = 64


@dataclass(frozen=True)
class Numerics:
    """``precision`` is bfloat16 or float32; ``micro_batch`` counts pictures in a frozen pass."""

    threads: int
    micro_batch: int
    precision: str
    device: str = "cpu"

    @property
    def dtype(self) -> torch.dtype:
        """The number format of features and of the frozen blocks."""
        return torch.bfloat16 if self.precision == "bfloat16" else torch.float32

    @property
    def is_mixed(self) -> bool:
        """Whether training runs under autocast."""
        return self.dtype != torch.float32

    def apply(self) -> None:
        """Set torch's threads for this process."""
        if torch.get_num_threads() != self.threads:
            torch.set_num_threads(self.threads)

    def autocast(self) -> torch.autocast:
        return torch.autocast(self.device, torch.bfloat16, enabled=self.is_mixed)


def full_precision() -> torch.autocast:
    """A part of an autocast region that computes in float32."""
    return torch.autocast("cpu", enabled=False)


def decide(config: RunConfig, stop: threading.Event | None = None) -> Numerics:
    """What the recipe says, and where it says nothing what was measured on this machine.

    Raises ``ThawError`` (stopped) when ``stop`` is set meanwhile.
    """
    threads, micro_batch, precision = config.threads, config.micro_batch, config.precision
    measured: Speed | None = None
    if threads is None or micro_batch is None or precision == "auto":
        measured = speed.of_this_machine(stop)
        threads = threads or measured.threads
        micro_batch = micro_batch or _scaled(measured.micro_batch, config.dataset.image_size)
    if stop is not None and stop.is_set():
        raise ThawError("stopped")
    used = measured.precision if measured and precision == "auto" else precision
    return Numerics(threads, micro_batch, used)


def _scaled(micro_batch: int, image_size: int) -> int:
    """As many pixels at once as were measured to be best, in pictures of this size."""
    return max(1, min(LARGEST_MICRO_BATCH, round(micro_batch * (REFERENCE_SIZE / image_size) ** 2)))


def environment(numerics: Numerics) -> dict[str, Any]:
    """For ``environment.json``: the choices, the machine and the versions."""
    names = ("thaw", "torch", "torchvision", "numpy", "opencv-python-headless", "pillow")
    return {
        **asdict(numerics),
        "gradient_micro_batch": GRADIENT_MICRO_BATCH,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": speed.processor(),
        "versions": {name: _version(name) for name in names},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
