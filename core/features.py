"""The features that training and validation need: computed from pictures, or kept ones.

Every pass through frozen blocks takes the same number of pictures at once, the last one
filled up: within one shape a picture's features don't depend on the pictures beside it, so
kept and recomputed features are the same bits, in whatever batches they are asked for.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from core.backbone import Backbone, FrozenPass
from core.events import Notice
from core.feature_cache import Key, MemoryStore, StagePlan, memory_budget
from core.images import ImageError
from core.loaders import Augmenting, PictureBatch, PictureLoader
from core.micro_batches import Halved, halving
from core.numerics import Numerics

SHEET_PICTURES = 64  # as many as one looks at; a batch may hold thousands


@dataclass(frozen=True)
class FeatureBatch:
    """Some pictures whose features are there; ``pictures`` has the first of them (uint8
    [S, S, 3]) where they had to be read for it.

    ``read`` gives the features of some positions: a batch may hold a whole epoch, and no
    second copy of it is made.
    """

    positions: tuple[int, ...]
    read: Callable[[Sequence[int]], Tensor]
    pictures: tuple[Tensor, ...] = ()

    def features(self, piece: slice) -> Tensor:
        """Features [N, C, H, W] of the pictures in ``piece``, channels last in memory."""
        return self.read(self.positions[piece])


@dataclass(frozen=True)
class Computed:
    """So many more pictures went through the frozen blocks."""

    pictures: int


@dataclass(frozen=True)
class Skipped:
    """Pictures of one batch that could not be read; they take no further part in the run."""

    failed: tuple[tuple[int, ImageError], ...]


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
    ) -> Iterator[FeatureBatch | Computed | Skipped | Halved]:
        """A batch for each group at the stage's boundary; between them what was computed."""
        key = self._plans[self._stage - 1].key
        held = augmenting is None and all(
            self.store.holds(key, one) for group in groups for one in group
        )
        if held:
            for group in groups:
                yield FeatureBatch(tuple(group), partial(self.store.get, key))
            return
        keep = self._kept_now() if augmenting is None else []
        gathered = _Gathered(groups)
        for batch in self._loader.batches(self._pieces(groups), augmenting):
            if batch.positions:
                work = partial(self._compute, batch, keep, key.boundary)
                rows = yield from halving(work, self._numerics, "micro_batch")
                if augmenting is not None or not self.store.holds(key, batch.positions[0]):
                    gathered.rows.update(zip(batch.positions, rows, strict=True))
                yield Computed(len(batch.positions))
            gathered.add(batch)
            for positions, failed in gathered.complete():
                if failed:
                    yield Skipped(failed)
                if positions:
                    yield self._batch(key, positions, gathered)

    def _pieces(self, groups: Sequence[Sequence[int]]) -> Iterator[Sequence[int]]:
        positions = [one for group in groups for one in group]
        for first in range(0, len(positions), self._numerics.micro_batch):
            yield positions[first : first + self._numerics.micro_batch]

    def _batch(self, key: Key, positions: tuple[int, ...], gathered: "_Gathered") -> FeatureBatch:
        pictures = tuple(gathered.first[one] for one in positions if one in gathered.first)
        if positions[0] not in gathered.rows:
            return FeatureBatch(positions, partial(self.store.get, key), pictures)
        rows = {one: gathered.rows.pop(one) for one in positions}
        return FeatureBatch(positions, partial(self._stacked, key.boundary, rows), pictures)

    def _kept_now(self) -> list[Key]:
        """Keys whose features the blocks give as they are now, for this stage or a later one."""
        boundary, version = self._plans[self._stage - 1].key.boundary, self._stage
        return [
            key for key in self.store.keys if key.boundary <= boundary and key.version < version
        ]

    def _compute(self, batch: PictureBatch, keep: Sequence[Key], boundary: int) -> Tensor:
        """What stands at the boundary [N, H, W, C]; for boundary 0 the pictures themselves."""
        if boundary == 0:
            return batch.pictures
        size = self._numerics.micro_batch
        parts = [
            self._passed(
                batch.pictures[first : first + size],
                batch.positions[first : first + size],
                {key.boundary: key for key in keep},
                boundary,
            )
            for first in range(0, len(batch.positions), size)  # one, unless memory ran out
        ]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _passed(
        self, pictures: Tensor, positions: Sequence[int], kept: Mapping[int, Key], boundary: int
    ) -> Tensor:
        """One micro-batch's features [N, H, W, C] in the processor's memory."""
        assert self._frozen is not None
        whole = self._numerics.place(filled(pictures, self._numerics.micro_batch))
        inputs = self._backbone.normalise(whole).to(self._numerics.dtype)
        values = inputs
        for number, output in self._frozen(inputs, 0, boundary):
            values = output
            if number in kept:
                for position, row in zip(positions, output.cpu(), strict=False):
                    self.store.put(kept[number], position, row)
        return values[: len(positions)].cpu().permute(0, 2, 3, 1)

    def _stacked(
        self, boundary: int, rows: Mapping[int, Tensor], positions: Sequence[int]
    ) -> Tensor:
        values = torch.stack([rows[position] for position in positions])
        if boundary == 0:
            values = self._numerics.place(values)
            return self._backbone.normalise(values).to(self._numerics.dtype)
        return values.permute(0, 3, 1, 2)


class _Gathered:
    """Pictures that came one piece after the other, until all of their group have.

    ``rows`` has what stands at the boundary [H, W, C] where no store keeps it; ``first`` the
    first pictures of the pass.
    """

    def __init__(self, groups: Sequence[Sequence[int]]) -> None:
        self._groups = deque(groups)
        self._came = 0
        self._failed: dict[int, ImageError] = {}
        self.rows: dict[int, Tensor] = {}
        self.first: dict[int, Tensor] = {}

    def add(self, batch: PictureBatch) -> None:
        self._came += len(batch.positions) + len(batch.failed)
        self._failed.update(batch.failed)
        if len(self.first) < SHEET_PICTURES:
            self.first.update(zip(batch.positions, batch.pictures, strict=True))

    def complete(self) -> Iterator[tuple[tuple[int, ...], tuple[tuple[int, ImageError], ...]]]:
        """The groups whose pictures have all come, in order: the readable ones, the others."""
        while self._groups and len(self._groups[0]) <= self._came:
            group = self._groups.popleft()
            self._came -= len(group)
            failed = [(one, self._failed[one]) for one in group if one in self._failed]
            yield tuple(one for one in group if one not in self._failed), tuple(failed)


def filled(values: Tensor, size: int) -> Tensor:
    """``values`` [N, ...], N from 1 to ``size``, as [size, ...]: the last row again and again."""
    missing = size - len(values)
    if not missing:
        return values
    return torch.cat([values, values[-1:].expand(missing, *values.shape[1:])])


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
