"""Batches of the features that training and validation need: computed from images, or kept.

Every pass through frozen blocks takes the same number of images at once, the last one filled up.
Within one shape an image's features don't depend on the images beside it, so kept and recomputed
features are the same bits, in whatever batches they are asked for.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from core.common.messages import ThawError
from core.compute import feature_plan
from core.compute.cache.records import MissingError
from core.compute.feature_plan import Key, StagePlan, memory_budget
from core.compute.features.store import DiskStore, FeatureStore
from core.compute.loaders import (
    Augmenting,
    KeptPictures,
    PictureBatch,
    PictureLoader,
    picture_of,
)
from core.compute.numerics import Halved, Numerics, halving
from core.images.errors import ImageError
from core.model.backbone import Backbone, FrozenPass
from core.runs.events import Notice


@dataclass(frozen=True)
class FeatureBatch:
    """Some pictures whose features are there, at positions that may be those of repeats
    (``core.compute.loaders``).

    ``read`` gives the features of some positions: a batch may hold a whole epoch, and no
    second copy of it is made.
    """

    positions: tuple[int, ...]
    read: Callable[[Sequence[int]], Tensor]
    among: tuple[int, ...] | None = None

    @property
    def whole(self) -> tuple[int, ...]:
        """The positions of the batch that this is a part of, where several ranks share it."""
        return self.positions if self.among is None else self.among

    @property
    def pictures(self) -> tuple[int, ...]:
        """The position of each one's picture itself."""
        return tuple(map(picture_of, self.positions))

    def features(self, piece: slice) -> Tensor:
        """Features [N, C, H, W] of the pictures in ``piece``, channels last in memory."""
        return self.read(self.positions[piece])


@dataclass(frozen=True)
class Computed:
    """So many more pictures went through the frozen blocks."""

    pictures: int


@dataclass(frozen=True)
class Skipped:
    """Pictures of one batch that could not be read; they take no further part in the run.

    ``left_out`` counts what the batch lacks: their repeats in it too, and those of pictures that
    could not be read before.
    """

    failed: tuple[tuple[int, ImageError], ...]
    left_out: int


class Gathered:
    """Pictures that come one piece after the other, until all that a group wants have.

    ``came`` counts those that came of what the groups wanted. ``rows`` has what stands at the
    boundary [H, W, C] where no store keeps it; ``failed`` why a position could not be read;
    ``lost`` counts what was kept and turned out not to be there.
    """

    def __init__(self, groups: Sequence[Sequence[int]], wanted: Sequence[Sequence[int]]) -> None:
        self._groups = deque(zip(groups, map(len, wanted), strict=True))
        self.came = 0
        self.rows: dict[int, Tensor] = {}
        self.failed: dict[int, ImageError] = {}
        self.lost = 0
        self._gone: set[int] = set()

    def complete(self) -> Iterator[Sequence[int]]:
        """The groups whose pictures have all come, in order."""
        while self._groups and self._groups[0][1] <= self.came:
            group, wanted = self._groups.popleft()
            self.came -= wanted
            yield group

    def left(self, group: Sequence[int]) -> tuple[tuple[int, ...], Skipped | None]:
        """The positions of a complete group that can be given, and what the others lack.

        A picture that could not be read is left out of its group and of those after it, so that
        it makes no difference which repeats came together.
        """
        failed = {picture_of(one): self.failed[one] for one in group if one in self.failed}
        failed = {one: error for one, error in failed.items() if one not in self._gone}
        self._gone.update(failed)
        positions = tuple(one for one in group if picture_of(one) not in self._gone)
        out = len(group) - len(positions)
        return positions, Skipped(tuple(failed.items()), out) if out else None


SHEET_PICTURES = 64  # as many as one looks at; a batch may hold thousands


class FeatureSource:
    """Gives batches of features at a stage's boundary, each picture computed once if it can be.

    ``plans`` has what each stage needs; ``train`` and ``validation`` are positions in the run's
    pictures. Features of pictures that are augmented afresh are never kept; these pictures are
    themselves, in ``kept``, and so are those whose features find no room. Use as a context
    manager: it owns files.
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
        disk: DiskStore | None = None,
        kept: KeptPictures | None = None,
    ) -> None:
        self._loader, self._backbone, self._numerics = loader, backbone, numerics
        self._plans, self._stop, self._kept = plans, stop, kept
        self._frozen: FrozenPass | None = None
        self._stage = 0
        self._image_size = image_size
        needed = feature_plan.needed(plans, train, validation)
        self.store = FeatureStore(needed, image_size, numerics.dtype, self._budget(), disk)

    def __enter__(self) -> "FeatureSource":
        return self

    def __exit__(self, *_: object) -> None:
        self._loader.kept = None
        if self._kept is not None:
            self._kept.close()
        self.store.close()

    def notices(self) -> Iterator[Notice]:
        """What a person should know before the first epoch."""
        if any(one.is_fresh and one.boundary for one in self._plans):
            yield Notice("augmented_features")

    def begin_stage(self, number: int) -> None:
        """Move to stage ``number`` (from 1): take its frozen blocks as they are now, forget
        stale features."""
        self._stage = number
        self._frozen = FrozenPass(self._backbone, self._numerics.dtype, self._stop)
        later = {key for one in self._plans[number - 1 :] for key in one.needs()}
        self.store.drop([key for key in self.store.keys if key not in later])
        self.store.open(key for key in later if key.version < number)
        again = feature_plan.reads_again(self._plans[number - 1 :], self.store.keys)
        if self._kept is not None and self._loader.kept is None and again:
            self._loader.kept = self._kept if self._kept.make_room() else None

    def missing(self, positions: Sequence[int], augmenting: Augmenting | None = None) -> int:
        """How many of ``positions`` are still to be computed and will then be kept."""
        key = self._key(augmenting)
        if key is None:
            return 0
        return sum(
            self.store.keeps(key, one) and not self.store.holds(key, one) for one in positions
        )

    def batches(
        self, groups: Sequence[Sequence[int]], augmenting: Augmenting | None = None
    ) -> Iterator[FeatureBatch | Computed | Skipped | Halved | Notice]:
        """A batch for each group at the stage's boundary, empty where none of it could be read;
        between them what was computed.

        A group's positions may be those of repeats (``core.compute.loaders``)."""
        key = self._key(augmenting)
        self.store.check_disk()
        wanted = list(self._wanted(key, groups))
        gathered = Gathered(groups, wanted)
        yield from self._complete(key, augmenting, gathered)
        for batch in self._loader.batches(self._pieces(wanted), augmenting):
            yield from self._add(key, batch, gathered)
            gathered.came += len(batch.positions) + len(batch.failed)
            yield from self._complete(key, augmenting, gathered)
        if gathered.lost:
            yield Notice("kept_damaged", {"count": gathered.lost})

    def pictures(
        self, positions: Sequence[int], augmenting: Augmenting | None = None
    ) -> Tensor | None:
        """Those pictures, uint8 [N, S, S, 3], as the frozen blocks get them, to be looked at."""
        batch = next(self._loader.batches([positions], augmenting))
        return batch.pictures if len(batch.positions) else None

    def _budget(self) -> int:
        """Bytes of memory that features may take."""
        return memory_budget()

    def _key(self, augmenting: Augmenting | None) -> Key | None:
        """What such pictures are kept as; None where they are not."""
        plan = self._plans[self._stage - 1]
        if augmenting is None:
            return plan.key
        return None if plan.is_fresh else replace(plan.key, view=augmenting.view)

    def _wanted(self, key: Key | None, groups: Sequence[Sequence[int]]) -> Iterator[list[int]]:
        """What is to be computed for each group: what is not there, and of a picture that will
        be kept then only the first of its repeats."""
        coming: set[int] = set()
        for group in groups:
            wanted = []
            for one in group:
                picture = picture_of(one)
                if key is not None:
                    if picture in coming or self.store.holds(key, picture):
                        continue
                    if self.store.keeps(key, picture):
                        coming.add(picture)
                wanted.append(one)
            yield wanted

    def _pieces(self, groups: Sequence[Sequence[int]]) -> Iterator[Sequence[int]]:
        positions = [one for group in groups for one in group]
        for first in range(0, len(positions), self._numerics.micro_batch):
            yield positions[first : first + self._numerics.micro_batch]

    def _add(
        self, key: Key | None, batch: PictureBatch, gathered: Gathered
    ) -> Iterator[Computed | Halved | Notice]:
        """Compute some pictures; what no store keeps stays in ``gathered``."""
        gathered.failed.update(batch.failed)
        if not batch.positions:
            return
        work = partial(self._compute, batch.positions, batch.pictures, self._made(key))
        rows = yield from halving(work, self._numerics)
        for position, row in zip(batch.positions, rows, strict=True):
            if key is None or not self.store.holds(key, picture_of(position)):
                gathered.rows[position] = row
        yield Computed(len(batch.positions))
        yield from self.store.notices()

    def _complete(
        self, key: Key | None, augmenting: Augmenting | None, gathered: Gathered
    ) -> Iterator[FeatureBatch | Computed | Skipped | Halved | Notice]:
        """The batches that can be given now. What is kept is read here for the first time."""
        yield from self.store.notices()
        for group in gathered.complete():
            held = {picture_of(one): one for one in group if one not in gathered.rows}
            lost = self.store.lost(key, list(held)) if key is not None and held else []
            gathered.lost += len(lost)
            again = [held[picture] for picture in lost]
            for batch in self._loader.batches(self._pieces([again]), augmenting):
                yield from self._add(key, batch, gathered)
            positions, skipped = gathered.left(group)
            if skipped is not None:
                yield skipped
            rows = {one: gathered.rows.pop(one) for one in positions if one in gathered.rows}
            yield FeatureBatch(positions, partial(self._read, key, augmenting, rows))

    def _made(self, key: Key | None) -> list[Key]:
        """What of it the pass that computes ``key`` keeps, for this stage or a later one."""
        if key is None:
            return []
        return [
            one
            for one in self.store.keys
            if one.boundary <= key.boundary and one.view == key.view and one.version < self._stage
        ]

    def _compute(self, positions: Sequence[int], pictures: Tensor, keep: Sequence[Key]) -> Tensor:
        """What stands at the boundary [N, H, W, C]; for boundary 0 the pictures themselves."""
        boundary = self._plans[self._stage - 1].boundary
        if boundary == 0:
            return pictures
        size = self._numerics.micro_batch
        parts = [
            self._passed(
                pictures[first : first + size],
                positions[first : first + size],
                {key.boundary: key for key in keep},
                boundary,
            )
            for first in range(0, len(positions), size)
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
                    self.store.put(kept[number], picture_of(position), row)
        return values[: len(positions)].cpu().permute(0, 2, 3, 1)

    def _read(
        self,
        key: Key | None,
        augmenting: Augmenting | None,
        rows: Mapping[int, Tensor],
        positions: Sequence[int],
    ) -> Tensor:
        """Features [N, C, H, W]: those in ``rows`` [H, W, C], the others from the store."""
        if key is not None and not rows and key.boundary:
            return self._kept_or_again(key, augmenting, positions)
        others = [one for one in positions if one not in rows]
        if key is not None and others:
            again = self._kept_or_again(key, augmenting, others).permute(0, 2, 3, 1)
            rows = {**rows, **dict(zip(others, again, strict=True))}
        values = torch.stack([rows[position] for position in positions])
        if self._plans[self._stage - 1].boundary == 0:
            values = self._numerics.place(values)
            return self._backbone.normalise(values).to(self._numerics.dtype)
        return values.permute(0, 3, 1, 2)

    def _kept_or_again(
        self, key: Key, augmenting: Augmenting | None, positions: Sequence[int]
    ) -> Tensor:
        """What the store has; computed again where somebody has removed it meanwhile.

        Raises ``ThawError`` (read_failed) where the picture itself is no longer what it was:
        within a step it is too late to leave it out.
        """
        try:
            return self.store.get(key, list(map(picture_of, positions)))
        except MissingError:
            batch = next(self._loader.batches([positions], augmenting))
        if batch.failed:
            position, error = batch.failed[0]
            path = str(self._loader.path(position))
            raise ThawError("read_failed", path=path, reason=str(error))
        rows = self._compute(batch.positions, batch.pictures, self._made(key))
        return rows.permute(0, 3, 1, 2)


def filled(values: Tensor, size: int) -> Tensor:
    """``values`` [N, ...], N from 1 to ``size``, as [size, ...]: the last row again and again."""
    missing = size - len(values)
    if not missing:
        return values
    return torch.cat([values, values[-1:].expand(missing, *values.shape[1:])])
