"""What torchrun tells each of the processes it starts: its place among all of them.

https://docs.pytorch.org/docs/stable/elastic/run.html lists the variables.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

THREADS = "OMP_NUM_THREADS"
_ID = "TORCHELASTIC_RUN_ID"


@dataclass(frozen=True)
class Place:
    """One process among the ``size`` of a training: its ``rank``, from 0.

    ``local_rank`` and ``local_size`` are the same on its own machine; ``restarts`` counts how
    often torchrun has started all of them again, after one was lost.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1
    restarts: int = 0

    @property
    def is_first(self) -> bool:
        """Whether this is the one that writes the run and talks to the person."""
        return self.rank == 0

    def part(self, count: int) -> range:
        """This rank's share of ``count`` things, contiguous and in rank order.

        The first ranks take one more where they don't divide: 32 by 3 gives 11, 11 and 10. Where
        there are more ranks than things, the last ones get none.
        """
        each, left = divmod(count, self.size)
        first = self.rank * each + min(self.rank, left)
        return range(first, first + each + (self.rank < left))


def place(environment: Mapping[str, str] = os.environ) -> Place | None:
    """Where torchrun put this process; None where it was started in the ordinary way."""
    if _ID not in environment:
        return None
    return Place(
        rank=int(environment["RANK"]),
        size=int(environment["WORLD_SIZE"]),
        local_rank=int(environment["LOCAL_RANK"]),
        local_size=int(environment["LOCAL_WORLD_SIZE"]),
        restarts=int(environment.get("TORCHELASTIC_RESTART_COUNT", "0")),
    )


def threads_each(place: Place, cores: int, environment: Mapping[str, str] = os.environ) -> int:
    """How many threads each process should use where a machine has ``cores``.

    torchrun itself sets one for each, unless a person has set a number, which is then kept.
    """
    told = environment.get(THREADS, "1")
    if told != "1":
        return int(told) if told.isdecimal() else 1
    return max(1, cores // place.local_size)
