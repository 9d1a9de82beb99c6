"""Benchmarks: what the budgets promise, each beside its reference, measured in one run.

``python -m benchmarks [WORD ...]`` runs every module here, or those whose names hold one of the
words. Each has one function, ``run() -> list[Row]``. ``probes`` holds what they start or compare
with; ``head_table`` is a command of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parents[1]  # of the checkout


@dataclass(frozen=True)
class Row:
    """One line of the table. ``ratio`` is what ``target`` speaks of, where that is a ratio;
    ``met`` is None where the figure is only reported."""

    what: str
    ours: float
    unit: str
    target: str = ""
    reference: float | None = None
    ratio: float | None = None
    met: bool | None = None


def interleaved(
    ours: Sequence[Callable[[], object]], reference: Sequence[Callable[[], object]]
) -> tuple[list[float], list[float]]:
    """The seconds of each call, taken in turns, so that a busy machine slows both alike.

    Each is called once before it is timed.
    """
    seconds: tuple[list[float], list[float]] = ([], [])
    for pair in zip(ours, reference, strict=True):
        for call in pair:
            call()
        for call, into in zip(pair, seconds, strict=True):
            start = perf_counter()
            call()
            into.append(perf_counter() - start)
    return seconds
