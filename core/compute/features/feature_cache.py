"""The frozen blocks' outputs in memory, kept so that each picture passes them once."""

from collections.abc import Iterable, Mapping, Sequence
from math import prod

import torch
from torch import Tensor

from core.compute.feature_plan import Key, picture_bytes, share_out
from core.recipe import vgg16


class MemoryStore:
    """Features of some pictures (by position) for some keys, for one run.

    Of ``needed`` those are held that ``share_out`` gives room in ``budget`` bytes.
    """

    def __init__(
        self,
        needed: Mapping[Key, Sequence[int]],
        image_size: int,
        dtype: torch.dtype,
        budget: int,
    ) -> None:
        self._image_size, self._dtype, self._left = image_size, dtype, budget
        self._rows: dict[Key, dict[int, int]] = {}
        self._values: dict[Key, Tensor] = {}
        self._filled: dict[Key, set[int]] = {}
        sizes = [(key, self._size(key, len(some))) for key, some in needed.items()]
        for key in share_out(sizes, budget)[0]:
            self.add(key, needed[key])

    def add(self, key: Key, positions: Sequence[int]) -> bool:
        """Whether there is room for ``key`` from now on."""
        size = self._size(key, len(positions))
        if key in self._rows or size > self._left:
            return key in self._rows
        self._left -= size
        self._rows[key] = {position: row for row, position in enumerate(positions)}
        self._filled[key] = set()
        return True

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
            self._left += self._size(key, len(self._rows.pop(key, ())))
            self._values.pop(key, None)
            self._filled.pop(key, None)

    @property
    def keys(self) -> tuple[Key, ...]:
        """What it may hold, the deepest boundary first."""
        return tuple(self._rows)

    def _size(self, key: Key, pictures: int) -> int:
        return pictures * picture_bytes(key, self._image_size, self._dtype.itemsize)

    @property
    def bytes(self) -> int:
        """Memory in use."""
        return sum(prod(one.shape) * one.element_size() for one in self._values.values())
