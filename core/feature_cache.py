"""The frozen blocks' outputs, kept so that each picture passes them once.

This store lives in memory, for one run. The trainer only uses ``holds``, ``get``, ``put`` and
``drop``, so a store on disk can take its place.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

import psutil
import torch
from torch import Tensor

from core import vgg16
from core.config import RunConfig, boundary

SHARE_OF_FREE_MEMORY = 0.25


@dataclass(frozen=True, order=True)
class Key:
    """Outputs after ``boundary`` blocks, as those blocks were after stage ``version``
    (0: as the run started), the last one before that changed any of them."""

    boundary: int
    version: int


@dataclass(frozen=True)
class StagePlan:
    """Where a stage's features stand, and whether its training pictures are augmented."""

    key: Key
    augmented: bool

    @property
    def boundary(self) -> int:
        return self.key.boundary


def plan(config: RunConfig) -> list[StagePlan]:
    """The features that each stage of a recipe needs."""
    plans = []
    for number, stage in enumerate(config.stages):
        start = boundary(stage.thawed, config.model.depth)
        changed = [
            earlier + 1
            for earlier, one in enumerate(config.stages[:number])
            if min(one.thawed, default=vgg16.BLOCK_COUNT + 1) <= start
        ]
        plans.append(StagePlan(Key(start, max(changed, default=0)), config.augments(stage)))
    return plans


def picture_bytes(key: Key, image_size: int, dtype: torch.dtype) -> int:
    """Memory for one picture's features, in bytes."""
    return vgg16.feature_count(key.boundary, image_size) * dtype.itemsize


class MemoryStore:
    """Features of ``pictures`` pictures (by position), for some keys, in memory.

    Keys that don't fit into ``budget`` bytes are not held; ``left_out`` has them with the
    bytes they would need. Boundary 0 is the picture itself and never held.
    """

    def __init__(
        self,
        needed: Iterable[tuple[Key, Sequence[int]]],
        image_size: int,
        dtype: torch.dtype,
        budget: int,
    ) -> None:
        self._image_size, self._dtype = image_size, dtype
        self._rows: dict[Key, dict[int, int]] = {}
        self._values: dict[Key, Tensor] = {}
        self._filled: dict[Key, set[int]] = {}
        self.left_out: list[tuple[Key, int]] = []
        # the deepest first: they are the smallest and spare the most work
        for key, positions in sorted(needed, key=lambda pair: -pair[0].boundary):
            size = len(positions) * picture_bytes(key, image_size, dtype)
            if key.boundary == 0 or not positions:
                continue
            if size > budget:
                self.left_out.append((key, size))
                continue
            budget -= size
            self._rows[key] = {position: row for row, position in enumerate(positions)}
            self._filled[key] = set()

    def keeps(self, key: Key, position: int) -> bool:
        """Whether there is room for this picture's features."""
        return position in self._rows.get(key, ())

    def holds(self, key: Key, position: int) -> bool:
        """Whether this picture's features are there."""
        return position in self._filled.get(key, ())

    def put(self, key: Key, position: int, features: Tensor) -> None:
        """Keep one picture's features [C, H, W], where there is room."""
        if not self.keeps(key, position):
            return
        if key not in self._values:
            channels, height, width = vgg16.feature_shape(key.boundary, self._image_size)
            shape = (len(self._rows[key]), height, width, channels)
            self._values[key] = torch.empty(shape, dtype=self._dtype)
        self._values[key][self._rows[key][position]] = features.permute(1, 2, 0)
        self._filled[key].add(position)

    def get(self, key: Key, positions: Sequence[int]) -> Tensor:
        """Features [N, C, H, W] of pictures that it holds, channels last in memory."""
        rows = self._rows[key]
        index = torch.tensor([rows[position] for position in positions])
        return self._values[key].index_select(0, index).permute(0, 3, 1, 2)

    def drop(self, unneeded: Iterable[Key]) -> None:
        """Free the memory of some keys."""
        for key in unneeded:
            self._rows.pop(key, None)
            self._values.pop(key, None)
            self._filled.pop(key, None)

    @property
    def keys(self) -> tuple[Key, ...]:
        """What it may hold, the deepest boundary first."""
        return tuple(self._rows)

    @property
    def bytes(self) -> int:
        """Memory in use."""
        return sum(prod(one.shape) * one.element_size() for one in self._values.values())


def memory_budget() -> int:
    """Bytes that features may take: a quarter of what is free now."""
    return int(psutil.virtual_memory().available * SHARE_OF_FREE_MEMORY)
