"""The weights and the optimizer's state that a training changes, by name, and back again."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load
from torch import Tensor, nn

from core.common.messages import ThawError
from core.runs.places import BEST, read_failed
from core.runs.run import Run
from core.training.distributed import Group
from core.training.setup import Setup

_OPTIMIZER = "optimizer."


def capture(setup: Setup, optimizer: torch.optim.Optimizer, stage: int) -> dict[str, Tensor]:
    """What ``stage`` and those before it changed; the others are those that the run
    began with.

    The tensors are the live ones: to be written before the next step.
    """
    tensors = {f"head.{name}": one for name, one in setup.head.state_dict().items()}
    for number in sorted(_thawed(setup, stage)):
        for name, one in setup.backbone.block(number).state_dict().items():
            tensors[f"block{number}.{name}"] = one
    for index, state in optimizer.state_dict()["state"].items():
        for name, value in state.items():
            if value is not None:
                tensors[f"{_OPTIMIZER}{index}.{name}"] = torch.as_tensor(value)
    return tensors


@torch.no_grad()
def restore_network(setup: Setup, tensors: Mapping[str, Tensor]) -> None:
    """Put captured weights back; which of them learn is the stage's business."""
    parts: dict[str, nn.Module] = {"head": setup.head}
    for number in range(1, setup.backbone.depth + 1):
        parts[f"block{number}"] = setup.backbone.block(number)
    for full_name, value in tensors.items():
        part, _, name = full_name.partition(".")
        if part in parts:
            parts[part].state_dict()[name].copy_(value)
    setup.is_scaled = True


@torch.no_grad()
def restore_best(setup: Setup, run: Run) -> None:
    """Put the weights that ``run`` keeps into the network of every rank.

    The head's scale is not among them: it is the run's, as it was measured once. Raises
    ``ThawError`` (read_failed).
    """
    path = run.directory / BEST
    try:
        parts = {"features": setup.backbone.features, "head": setup.head}
        with _kept(setup.group, path) as kept:
            for part, module in parts.items():
                for name, parameter in module.named_parameters():
                    parameter.copy_(kept(f"{part}.{name}"))
    except OSError as error:
        raise read_failed(path, error) from None
    except (SafetensorError, KeyError, RuntimeError) as error:
        raise ThawError("read_failed", path=str(path), reason=str(error)) from None


@contextlib.contextmanager
def _kept(group: Group, path: Path) -> Iterator[Callable[[str], Tensor]]:
    """What gives the tensors of the file that the first rank has, by name."""
    if group.is_alone:  # one at a time: all of a wide head are half a gigabyte
        path.stat()  # safetensors has an error of its own for a file that has gone
        with safe_open(path, framework="pt") as file:
            yield file.get_tensor
        return
    yield load(group.from_first(path.read_bytes() if group.is_first else b"")).__getitem__


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Put a captured state back into a new optimizer over the same parameters."""
    parameters = [one for group in optimizer.param_groups for one in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for full_name, value in tensors.items():
        if not full_name.startswith(_OPTIMIZER):
            continue
        number, _, name = full_name.removeprefix(_OPTIMIZER).partition(".")
        parameter = parameters[int(number)]
        # copied, for the file may only be mapped; and laid out in memory as its parameter is
        like = parameter if value.shape == parameter.shape else value
        own = torch.empty_like(like, requires_grad=False).copy_(value)
        state.setdefault(int(number), {})[name] = own
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def _thawed(setup: Setup, stage: int) -> set[int]:
    return {block for one in setup.config.stages[:stage] for block in one.thawed}
