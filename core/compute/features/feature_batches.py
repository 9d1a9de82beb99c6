"""What a source of features gives: batches, and between them what was computed or lost."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from core.compute.repeats import picture_of
from core.images.errors import ImageError


@dataclass(frozen=True)
class FeatureBatch:
    """Some pictures whose features are there, at positions that may be those of repeats
    (``core.repeats``).

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
