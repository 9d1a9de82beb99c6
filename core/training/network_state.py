"""How far each block has come since its stage began, against a copy of it in the run.

The copy is ``checkpoints/stage-<n>-start.safetensors``: the weights that the stage's thawed
blocks began it with, written once, before its first step. So a run that was killed, resumed or
extended has the same figures, bit for bit, as one that never stopped.
"""

import contextlib
import math
from collections.abc import Collection
from pathlib import Path

import numpy as np
from torch import Tensor

from core.common import files
from core.model.backbone import Backbone
from core.runs.places import CHECKPOINTS, write_failed
from core.training import checked_tensors

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
        try:
            self._path.parent.mkdir(exist_ok=True)
            files.replace(self._path, checked_tensors.parts(about, self._weights()))
        except OSError as error:
            raise write_failed(self._path, error) from None

    def measure(self) -> tuple[float, ...] | None:
        """One entry a kept block: the L2 norm of its change over its norm when the stage began
        (over 1, where all of it was 0 then). Exactly 0 for a frozen block, which is not looked
        at. None where the copy is missing or damaged.

        Sums are of float64, in one order whatever the threads; one layer at a time is in memory.
        """
        now = self._weights()
        squares = {block: np.zeros(2) for block in self._thawed}  # of the change, at the start
        try:
            for name, then in checked_tensors.stream(self._path) if now else ():
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

    def _weights(self) -> dict[str, Tensor]:
        """Those of the thawed blocks, live, by block and name."""
        return {
            f"block{number}.{name}": one
            for number in sorted(self._thawed)
            for name, one in self._backbone.block(number).state_dict().items()
        }


def _file(directory: Path, stage: int | str) -> Path:
    return directory / CHECKPOINTS / f"stage-{stage}-start.safetensors"


def _block(name: str) -> int:
    return int(name.partition(".")[0].removeprefix("block"))


def _squares(now: Tensor, then: np.ndarray) -> np.ndarray:
    """The sums of squares of the difference and of ``then``."""
    values = now.detach().cpu().contiguous().numpy()
    if values.shape != then.shape:
        raise ValueError("the network has another shape")
    values, then = values.reshape(-1), then.reshape(-1)
    sums = np.zeros(2)
    for start in range(0, len(then), _CHUNK):
        before = then[start : start + _CHUNK].astype(np.float64)
        change = values[start : start + _CHUNK] - before
        sums += np.square(change).sum(), np.square(before).sum()
    return sums


def _ratio(change: float, start: float) -> float:
    return math.sqrt(change) / (math.sqrt(start) or 1.0)
