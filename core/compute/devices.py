"""Where the network computes: the processor, an NVIDIA card (CUDA) or an Apple GPU (MPS)."""

import os

import torch
from torch import Tensor

from core.common.messages import InputError
from core.compute import memory

ACCELERATORS = ("cuda", "mps")  # the first that works is taken

# What PyTorch's allocators say beside ``torch.OutOfMemoryError``, by device and system.
_OUT_OF_MEMORY = (
    "out of memory",
    "not enough memory",
    "can't allocate memory",
    "_ALLOC_FAILED",  # cuBLAS and cuDNN
)


def choose(asked: str) -> str:
    """The device for a recipe's ``device``: cpu, cuda or mps; for ``auto`` the fastest there is.

    Raises ``InputError`` (device_missing) where the one that is asked for is not there.
    """
    if asked == "auto":
        return next((one for one in ACCELERATORS if works(one)), "cpu")
    if not works(asked):
        raise InputError("device_missing", device=asked)
    return asked


def works(device: str) -> bool:
    """Whether this PyTorch can compute there: a card may be too old for it."""
    if device == "cpu":
        return True
    if not (torch.cuda if device == "cuda" else torch.backends.mps).is_available():
        return False
    try:
        return bool((torch.ones(1, device=device) + 1).item() == 2)
    except RuntimeError:
        return False


def title(device: str) -> str:
    """The accelerator's name, as far as the system tells it; empty for the processor."""
    if device == "cuda":
        return str(torch.cuda.get_device_name())
    return "Apple GPU" if device == "mps" else ""


def prepare(device: str) -> None:
    """Let the same work give the same bits: cuDNN and cuBLAS are free to choose otherwise.

    https://docs.pytorch.org/docs/stable/notes/randomness.html
    """
    if device == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.backends.cudnn.benchmark = False
        torch.backends.cudnn.deterministic = True


def place(values: Tensor, device: str) -> Tensor:
    """``values`` on ``device``; a copy to CUDA goes on while the processor does other things."""
    if values.device.type == device:
        return values
    if device == "cuda":
        return values.pin_memory().to(device, non_blocking=True)
    return values.to(device)


def finish(device: str) -> None:
    """Wait until the accelerator has done all it was given."""
    if device == "cuda":
        torch.cuda.synchronize()
    elif device == "mps":
        torch.mps.synchronize()


def free_unused(device: str) -> None:
    """Give back the accelerator's memory that PyTorch only holds for later."""
    if device == "cuda":
        torch.cuda.empty_cache()
    elif device == "mps":
        torch.mps.empty_cache()


def peak_memory(device: str) -> int:
    """The most bytes that this process has had since it began: in memory, and its tensors on a
    CUDA device with that. On MPS they lie in the process's own memory."""
    return memory.peak() + (torch.cuda.max_memory_allocated() if device == "cuda" else 0)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether ``error`` says that a computation found no memory, on any device."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(one in str(error) for one in _OUT_OF_MEMORY)
