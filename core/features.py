"""The features that training and validation need: computed from pictures, or kept ones."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.backbone import Backbone, FrozenPass
from core.events import Notice
from core.feature_cache import Key, MemoryStore, StagePlan, memory_budget
from core.images import ImageError
from core.loaders import Augmenting, PictureLoader
from core.numerics import Numerics


@dataclass(frozen=True)
class FeatureBatch:
    """Features [N, C, H, W] of some pictures; ``pictures`` (uint8 [N, S, S, 3]) where they
    had to be read for it."""

    positions: tuple[int, ...]
    features: Tensor
    pictures: Tensor | None = None


@dataclass(frozen=True)
class Computed:
    """So many more pictures went through the frozen blocks."""

    pictures: int


@dataclass(frozen=True)
class Skipped:
    """A picture that could not be read; it takes no further part in the run."""

    position: int
    error: ImageError


class FeatureSource:
    """Gives batches of features at a stage's boundary, each picture computed once if it can be.

    ``plans`` has what each stage needs; ``train`` and ``validation`` are positions in
    ``pictures``. Features of augmented pictures are never kept.
    """

    def __init__(
        self,
        loader: PictureLoader,
        backbone: Backbone,
        numerics: Numerics,
        plans: Sequence[StagePlan],
        train: Sequence[int],
        validation: Sequence[int],
        image_size: int,
        stop: threading.Event,
    ) -> None:
        self._loader, self._backbone, self._numerics = loader, backbone, numerics
        self._plans, self._stop = plans, stop
        self._frozen: FrozenPass | None = None
        self._stage = 0
        wanted: dict[Key, set[int]] = {}
        for one in plans:
            wanted.setdefault(one.key, set()).update(validation)
            if not one.augmented:
                wanted[one.key].update(train)
        self._budget = memory_budget()
        self.store = MemoryStore(
            [(key, sorted(positions)) for key, positions in wanted.items()],
            image_size,
            numerics.dtype,
            self._budget,
        )

    def notices(self) -> Iterator[Notice]:
        """What a person should know before the first epoch."""
        for key, size in self.store.left_out:
            values = {"boundary": key.boundary, "needed": _megabytes(size)}
            yield Notice("features_not_kept", {**values, "budget": _megabytes(self._budget)})
        if any(one.augmented and one.boundary for one in self._plans):
            yield Notice("augmented_features")

    def begin_stage(self, number: int) -> None:
        """Move to stage ``number`` (from 1): take its frozen blocks, forget stale features."""
        self._stage = number
        self._frozen = FrozenPass(self._backbone, self._numerics.dtype, self._stop)
        later = {one.key for one in self._plans[number - 1 :]}
        self.store.drop([key for key in self.store.keys if key not in later])

    def missing(self, positions: Sequence[int]) -> int:
        """How many of ``positions`` are still to be computed and will then be kept."""
        key = self._plans[self._stage - 1].key
        return sum(
            self.store.keeps(key, one) and not self.store.holds(key, one) for one in positions
        )

    def batches(
        self, groups: Sequence[Sequence[int]], augmenting: Augmenting | None = None
    ) -> Iterator[FeatureBatch | Computed | Skipped]:
        """A batch for each group at the stage's boundary; between them what was computed."""
        key = self._plans[self._stage - 1].key
        held = augmenting is None and all(
            self.store.holds(key, one) for group in groups for one in group
        )
        if held:
            for group in groups:
                yield FeatureBatch(tuple(group), self.store.get(key, group))
            return
        keep = self._kept_now() if augmenting is None else []
        for batch in self._loader.batches(groups, augmenting):
            for position, error in batch.failed:
                yield Skipped(position, error)
            parts = []
            for first in range(0, len(batch.positions), self._numerics.micro_batch):
                piece = slice(first, first + self._numerics.micro_batch)
                positions, pixels = batch.positions[piece], batch.pictures[piece]
                parts.append(self._compute(pixels, positions, keep, key.boundary))
                yield Computed(len(positions))
            if parts:
                yield FeatureBatch(batch.positions, torch.cat(parts), batch.pictures)

    def _kept_now(self) -> list[Key]:
        """Keys whose features the blocks give as they are now, for this stage or a later one."""
        boundary, version = self._plans[self._stage - 1].key.boundary, self._stage
        return [
            key for key in self.store.keys if key.boundary <= boundary and key.version < version
        ]

    def _compute(
        self, pixels: Tensor, positions: Sequence[int], keep: Sequence[Key], boundary: int
    ) -> Tensor:
        assert self._frozen is not None
        values = self._backbone.normalise(pixels).to(self._numerics.dtype)
        kept = {key.boundary: key for key in keep}
        for number, values in self._frozen(values, 0, boundary):  # noqa: B020
            if number in kept:
                for row, position in enumerate(positions):
                    self.store.put(kept[number], position, values[row])
        return values


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
