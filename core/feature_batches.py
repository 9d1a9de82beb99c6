"""What a source of features gives: batches, and between them what was computed or lost."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from core.images import ImageError


@dataclass(frozen=True)
class FeatureBatch:
    """Some pictures whose features are there.

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


class Gathered:
    """Pictures that come one piece after the other, until all that a group wants have.

    ``came`` counts those that came of what the groups wanted. ``rows`` has what stands at the
    boundary [H, W, C] where no store keeps it; ``failed`` why a picture could not be read;
    ``lost`` counts what was kept and turned out not to be there.
    """

    def __init__(self, groups: Sequence[Sequence[int]], wanted: Sequence[Sequence[int]]) -> None:
        self._groups = deque(zip(groups, map(len, wanted), strict=True))
        self.came = 0
        self.rows: dict[int, Tensor] = {}
        self.failed: dict[int, ImageError] = {}
        self.lost = 0

    def complete(self) -> Iterator[Sequence[int]]:
        """The groups whose pictures have all come, in order."""
        while self._groups and self._groups[0][1] <= self.came:
            group, wanted = self._groups.popleft()
            self.came -= wanted
            yield group
