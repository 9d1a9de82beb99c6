"""Takes and restores the weights and optimizer state that training changes, by name.

It also measures how far each block has moved since its stage began, against
``checkpoints/stage-<n>-start.safetensors``: the weights that the stage's thawed blocks began with,
written once, before its first step. So a run that was killed, resumed or extended has the same
figures, bit for bit, as one that never stopped.
"""

import contextlib
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.common import files
from core.common.messages import ThawError
from core.model import tensor_file
from core.model.backbone import Backbone
from core.model.heads.head import Head
from core.runs.places import BEST, CHECKPOINTS, telling
from core.runs.run import Run
from core.training.setup import Setup

SCHEMA = 1
_CHUNK = 1 << 15  # numbers at a time, so that they stay in the processor's cache


class BlockChanges:
    """The changes of one stage's blocks. ``directory`` is the run's."""

    def __init__(
        self, directory: Path, backbone: Backbone, stage: int, thawed: Collection[int]
    ) -> None:
        self._path, self._stage = _file(directory, stage), stage
        self._backbone, self._thawed = backbone, thawed

    def begin(self) -> None:
        """Keep the thawed blocks as they are now. Raises ``ThawError`` (write_failed)."""
        if not self._thawed:
            return
        about = {"schema": SCHEMA, "stage": self._stage}
        weights = _of_blocks(self._backbone, self._thawed)
        with telling("write_failed", self._path):
            self._path.parent.mkdir(exist_ok=True)
            files.replace(self._path, tensor_file.parts(about, weights, checked=True))

    def measure(self) -> tuple[float, ...] | None:
        """One entry a kept block: the L2 norm of its change over its norm when the stage began
        (over 1, where all of it was 0 then). Exactly 0 for a frozen block, which is not looked
        at. None where the copy is missing or damaged.

        Sums are of float64, in one order whatever the threads; one layer at a time is in memory.
        """
        now = _of_blocks(self._backbone, self._thawed)
        squares = {block: np.zeros(2) for block in self._thawed}  # of the change, at the start
        try:
            start = tensor_file.read(self._path, checked=True)[1] if now else {}
            for name, then in start.items():
                squares[_block(name)] += _squares(now.pop(name), then)
        except (OSError, ValueError, KeyError):
            return None
        if now:
            return None
        numbers = range(1, self._backbone.depth + 1)
        return tuple(_ratio(*squares[one]) if one in squares else 0.0 for one in numbers)

    @staticmethod
    def prune(directory: Path, kept: Collection[int]) -> None:
        """Drop from a run the copies of all stages but those; what cannot be deleted stays."""
        pattern, paths = _file(directory, "*"), {_file(directory, stage) for stage in kept}
        for path in set(pattern.parent.glob(pattern.name)) - paths:
            with contextlib.suppress(OSError):
                path.unlink()


def _of_blocks(backbone: Backbone, blocks: Iterable[int]) -> dict[str, Tensor]:
    """The live weights of ``blocks``, by block and name."""
    return {
        f"block{number}.{name}": one
        for number in blocks
        for name, one in backbone.block(number).state_dict().items()
    }


def _of_head(head: Head) -> dict[str, Tensor]:
    return {f"head.{name}": one for name, one in head.state_dict().items()}


def _file(directory: Path, stage: int | str) -> Path:
    return directory / CHECKPOINTS / f"stage-{stage}-start.safetensors"


def _block(name: str) -> int:
    return int(name.partition(".")[0].removeprefix("block"))


def _squares(now: Tensor, then: Tensor) -> np.ndarray:
    """The sums of squares of the difference and of ``then``."""
    values = now.detach().cpu().contiguous().numpy()
    if values.shape != then.shape:
        raise ValueError("the network has another shape")
    values, was = values.reshape(-1), then.numpy().reshape(-1)
    sums = np.zeros(2)
    for start in range(0, len(was), _CHUNK):
        before = was[start : start + _CHUNK].astype(np.float64)
        change = values[start : start + _CHUNK] - before
        sums += np.square(change).sum(), np.square(before).sum()
    return sums


def _ratio(change: float, start: float) -> float:
    return math.sqrt(change) / (math.sqrt(start) or 1.0)


_OPTIMIZER = "optimizer."


def capture(setup: Setup, optimizer: torch.optim.Optimizer, stage: int) -> dict[str, Tensor]:
    """What ``stage`` and those before it changed; the others are those that the run
    began with.

    The tensors are the live ones: to be written before the next step.
    """
    thawed = {block for one in setup.config.stages[:stage] for block in one.thawed}
    tensors = _of_head(setup.head) | _of_blocks(setup.backbone, thawed)
    for index, state in optimizer.state_dict()["state"].items():
        for name, value in state.items():
            if value is not None:
                tensors[f"{_OPTIMIZER}{index}.{name}"] = torch.as_tensor(value)
    return tensors


@torch.no_grad()
def restore_network(setup: Setup, tensors: Mapping[str, Tensor]) -> None:
    """Put captured weights back; which of them learn is the stage's business."""
    blocks = range(1, setup.backbone.depth + 1)
    live = _of_head(setup.head) | _of_blocks(setup.backbone, blocks)
    for name, value in tensors.items():
        if not name.startswith(_OPTIMIZER):
            live[name].copy_(value)
    setup.head.is_scaled = True


def best_parts(setup: Setup) -> Iterator[tensor_file.Part]:
    """``best.safetensors``: ``features.*`` by torchvision's names and ``head.*``, in float32; to
    be written before the next step."""
    backbone, config = setup.backbone, setup.config
    about = {
        "schema": 1,
        "classes": list(setup.classes),
        "image_size": config.dataset.image_size,
        "fit": config.dataset.fit,
        "background_color": list(config.dataset.background_color),
        "mean": list(backbone.mean),
        "std": list(backbone.std),
        "depth": backbone.depth,
        **setup.head.description(),
    }
    return tensor_file.parts(about, _parameters(setup))


def _parameters(setup: Setup) -> dict[str, Tensor]:
    """What ``best.safetensors`` holds, live."""
    parts = {"features": setup.backbone.features, "head": setup.head}
    return {
        f"{part}.{name}": one
        for part, module in parts.items()
        for name, one in module.named_parameters()
    }


@torch.no_grad()
def restore_best(setup: Setup, run: Run) -> None:
    """Put the weights that ``run`` keeps into the network of every rank.

    The head's scale is not among them: it is the run's, as it was measured once. Raises
    ``ThawError`` (read_failed).
    """
    path, group = run.directory / BEST, setup.group
    try:
        if group.is_alone:
            _, best = tensor_file.read(path)
        else:
            data = group.from_first(path.read_bytes() if group.is_first else b"")
            _, best = tensor_file.of_bytes(data)
        for name, parameter in _parameters(setup).items():
            parameter.copy_(best[name])
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ThawError("read_failed", path=path, reason=error) from None


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
