"""Features among several ranks: each reads and computes its share, and all end with all of it.

Every rank asks for the same batches at the same time. What is kept is computed before the first
batch, shared out evenly: into the one cache where the ranks have the same folder, and sent from
rank to rank where they have not.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from core.compute.cache.records import MissingError
from core.compute.feature_plan import Key
from core.compute.features.source import Computed, FeatureBatch, FeatureSource, Skipped
from core.compute.loaders import Augmenting, picture_of, pictures_of
from core.compute.numerics import Halved
from core.images.errors import ImageError
from core.model.backbone import Stopped
from core.recipe import vgg16
from core.runs.events import Notice
from core.training.distributed import SharedControl

_MICRO_BATCHES_A_ROUND = 4  # between two looks at whether some rank was asked to stop
_ROWS_AT_ONCE = 16  # pictures whose features are sent together

_Item = FeatureBatch | Computed | Skipped | Halved | Notice
_NOTHING, _WANTS, _HOLDS = range(3)


@dataclass(frozen=True)
class _Part:
    """This rank's part of a batch: its features, if it has any, and what could not be read."""

    batch: FeatureBatch | None = None
    skipped: Skipped | None = None

    @property
    def failed(self) -> tuple[tuple[int, ImageError], ...]:
        return self.skipped.failed if self.skipped else ()

    @property
    def positions(self) -> int:
        """How many there is an answer for."""
        given = len(self.batch.positions) if self.batch else 0
        return given + (self.skipped.left_out if self.skipped else 0)


class SharedFeatureSource(FeatureSource):
    """Gives each rank its part of every batch; ``FeatureBatch.whole`` has all of it.

    ``Skipped`` and ``Computed`` are those of all ranks. Raises ``Stopped`` on all of them at
    the same place.
    """

    def __init__(self, control: SharedControl, *given: Any) -> None:
        self._control, self._group = control, control.group
        super().__init__(*given)
        self._round = _MICRO_BATCHES_A_ROUND * self._numerics.micro_batch

    def batches(
        self, groups: Sequence[Sequence[int]], augmenting: Augmenting | None = None
    ) -> Iterator[_Item]:
        key = self._key(augmenting)
        failed: set[int] = set()
        if key is not None and key.boundary:
            for made in self._share_out(key, pictures_of(groups), augmenting):
                if isinstance(made, Skipped):
                    failed.update(position for position, _ in made.failed)
                yield made
        left = [[one for one in group if picture_of(one) not in failed] for group in groups]
        left = [group for group in left if group]
        parts = [[group[one] for one in self._group.part(len(group))] for group in left]
        rest = iter(left)
        for item in self._in_parts(parts, augmenting):
            if not isinstance(item, _Part):
                yield item
                continue
            lost = self._union(item.failed, *self._settle(len(item.failed)))
            lost = tuple(pair for pair in lost if pair[0] not in failed)
            failed.update(position for position, _ in lost)
            group = next(rest)
            whole = tuple(one for one in group if picture_of(one) not in failed)
            if lost:
                yield Skipped(lost, len(group) - len(whole))
            if whole:
                mine = item.batch or FeatureBatch((), _no_rows)
                there = tuple(one for one in mine.positions if picture_of(one) not in failed)
                yield replace(mine, positions=there, among=whole)

    def _budget(self) -> int:
        return super()._budget() // self._group.place.local_size

    def _share_out(
        self, key: Key, positions: Sequence[int], augmenting: Augmenting | None
    ) -> Iterator[Computed | Skipped | Halved | Notice]:
        """Compute what some rank lacks and will keep, each rank a part of it."""
        self.store.open([key], positions)
        self.store.refresh()
        lacking = self._lacking(key, positions)
        if not lacking:
            return
        each = self._group.part(len(lacking))
        mine = [lacking[one] for one in each]
        rounds = -(-len(lacking) // (self._group.size * self._round))
        parts = [mine[one * self._round : (one + 1) * self._round] for one in range(rounds)]
        computed = 0
        for item in self._in_parts(parts, augmenting):
            if isinstance(item, Computed):
                computed += item.pictures
            elif isinstance(item, _Part):
                failures, everywhere = self._settle(len(item.failed), computed)
                computed = 0
                lost = self._union(item.failed, failures)
                if everywhere:
                    yield Computed(int(everywhere))
                if lost:
                    yield Skipped(lost, len(lost))
            elif not isinstance(item, FeatureBatch):
                yield item
        self.store.refresh()
        for one in self._made_anywhere(key):
            self._send(one, lacking)
        yield from self.store.notices()

    def _lacking(self, key: Key, positions: Sequence[int]) -> list[int]:
        """Those of ``positions`` that some rank would keep and does not have."""
        wants = [self.store.keeps(key, one) and not self.store.holds(key, one) for one in positions]
        counts = self._group.sums(*map(float, wants))
        return [one for one, count in zip(positions, counts, strict=True) if count]

    def _in_parts(
        self, parts: Sequence[Sequence[int]], augmenting: Augmenting | None
    ) -> Iterator[_Item | _Part]:
        """What this rank does for its ``parts``, a ``_Part`` after each, empty ones too."""
        items = super().batches([part for part in parts if part], augmenting)
        for part in parts:
            answered = _Part()
            while answered.positions < len(part):
                item = next(items)
                if isinstance(item, FeatureBatch):
                    answered = replace(answered, batch=item)
                elif isinstance(item, Skipped):
                    answered = replace(answered, skipped=item)
                else:
                    yield item
            yield answered
        yield from items

    def _settle(self, *numbers: float) -> list[float]:
        """Each number summed over the ranks. Raises ``Stopped`` where one was asked to stop."""
        summed = self._control.settle(*numbers)
        if self._control.stop.is_set():
            raise Stopped
        return summed

    def _union(
        self, failed: Sequence[tuple[int, ImageError]], count: float
    ) -> tuple[tuple[int, ImageError], ...]:
        """``failed`` of all ranks, in rank order, a picture once; ``count`` is how many those
        are."""
        if not count:
            return ()
        lines = [
            json.dumps([position, error.code, error.values], default=str)
            for position, error in failed
        ]
        text = "".join(f"{line}\n" for line in lines).encode()
        letters = self._group.gathered(torch.tensor(list(text), dtype=torch.uint8))
        told = list(map(json.loads, letters.numpy().tobytes().decode().splitlines()))
        errors = {position: ImageError(code, **values) for position, code, values in told[::-1]}
        return tuple((one, errors[one]) for one in dict.fromkeys(position for position, *_ in told))

    def _made_anywhere(self, key: Key) -> list[Key]:
        """What a pass that computes ``key`` gives for this stage or a later one, whatever this
        rank has room for."""
        needed = {one for plan in self._plans[self._stage - 1 :] for one in plan.needs()}
        return sorted(
            one
            for one in needed
            if 0 < one.boundary <= key.boundary
            and one.view == key.view
            and one.version < self._stage
        )

    def _send(self, key: Key, positions: Sequence[int]) -> None:
        """Let each rank that lacks features get them from the first rank that has them."""
        states = torch.tensor([self._state(key, one) for one in positions], dtype=torch.uint8)
        everywhere = self._group.gathered(states[None])
        wanted = (everywhere == _WANTS).any(0)
        owners = (everywhere == _HOLDS).int().argmax(0)
        held = (everywhere == _HOLDS).any(0)
        for rank in range(self._group.size):
            sent = [
                position
                for position, *told in zip(positions, wanted, held, owners == rank, strict=True)
                if all(told)
            ]
            for first in range(0, len(sent), _ROWS_AT_ONCE):
                self._send_some(key, sent[first : first + _ROWS_AT_ONCE], rank)

    def _state(self, key: Key, position: int) -> int:
        if self.store.holds(key, position):
            return _HOLDS
        return _WANTS if self.store.keeps(key, position) else _NOTHING

    def _send_some(self, key: Key, positions: Sequence[int], rank: int) -> None:
        channels, height, width = vgg16.feature_shape(key.boundary, self._image_size)
        values = torch.zeros((len(positions), height, width, channels), dtype=self._numerics.dtype)
        is_there = torch.ones(1, dtype=torch.uint8)
        if rank == self._group.rank:
            try:
                values.copy_(self.store.get(key, positions).permute(0, 2, 3, 1))
            except MissingError:  # it was removed meanwhile: it is computed where it is needed
                is_there.zero_()
        self._group.from_rank(rank, is_there)
        if not is_there:
            return
        self._group.from_rank(rank, values.view(torch.uint8))
        for position, row in zip(positions, values.permute(0, 3, 1, 2), strict=True):
            if self._state(key, position) == _WANTS:
                self.store.put(key, position, row)


def _no_rows(_: Sequence[int]) -> Tensor:
    raise IndexError("this rank has no part of the batch")
