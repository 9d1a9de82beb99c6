"""What several runs' curves say at one place of the axis they share."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from core.reports.plots.comparison_figure import Curve


@dataclass(frozen=True)
class Row:
    """One run: the place in its points of the epoch that was the last to end by then, None where
    none had; ``ended``: the run's epochs were all over before."""

    curve: Curve
    place: int | None
    ended: bool


@dataclass(frozen=True)
class ComparisonReading:
    """All runs at ``x``, where an epoch of some run ended."""

    x: float
    rows: tuple[Row, ...]


def places(curves: Sequence[Curve]) -> list[float]:
    """Where any run's epoch ended, in order."""
    return sorted({x for one in curves for x in one.points.x})


def reading(curves: Sequence[Curve], x: float) -> ComparisonReading | None:
    """What all runs had reached at the place nearest to ``x``; None without any epoch."""
    there = places(curves)
    if not there:
        return None
    nearest = min(there, key=lambda one: abs(one - x))
    return ComparisonReading(nearest, tuple(_row(one, nearest) for one in curves))


def _row(curve: Curve, x: float) -> Row:
    ends = curve.points.x
    after = bisect_right(ends, x)
    return Row(curve, after - 1 if after else None, bool(ends) and ends[-1] < x)
