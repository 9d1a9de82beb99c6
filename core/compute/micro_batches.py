"""How many pictures pass through the network at once, and fewer where memory runs out."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TypeVar

from core.compute import devices
from core.compute.numerics import Numerics

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Halved:
    """Memory ran out: from now on so many pictures pass at once."""

    pictures: int


def halving(
    work: Callable[[], _Result],
    numerics: Numerics,
    boundary: int | None = None,
    at_most: int | None = None,
) -> Generator[Halved, None, _Result]:
    """What ``work`` returns, which passes as many pictures at once as ``numerics`` says: through
    frozen blocks, or for the gradient after ``boundary`` of them.

    Where memory runs out, it says half as many and ``work`` is done again from its start; each
    time yields ``Halved``. Where one picture alone is too much, the error goes on. ``at_most``
    is the most that ``work`` takes at once whatever ``numerics`` says.
    """
    while True:
        try:
            return work()
        except (RuntimeError, MemoryError) as error:
            pictures = numerics.at_once(boundary)
            pictures = min(pictures, at_most or pictures) // 2
            if not pictures or not devices.is_out_of_memory(error):
                raise
        # only now that the error is gone, and with it the tensors of its frames
        devices.free_unused(numerics.device)
        numerics.limit(pictures, boundary)
        yield Halved(pictures)


def slices(count: int, size: int) -> Iterator[slice]:
    """``count`` pictures in parts of ``size``, the last one perhaps smaller."""
    for first in range(0, count, size):
        yield slice(first, first + size)
