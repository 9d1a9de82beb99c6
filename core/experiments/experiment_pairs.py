"""Which of an experiment's arms can be told apart: by start, by slope, by end level.

Each mark of each pair is tested over the seeds: by Student's t of the differences, seed by seed,
where both arms have the same seeds, else by Welch's. All tests of one card are corrected for
their number (Holm), so that the chance that it tells any equal arms apart stays below 5 %.
Fewer than three seeds never tell them apart, and neither does a difference of no more than one
picture (of the slope: one epoch), which is as fine as it is measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Literal

from core.common.statistics import holm
from core.experiments.experiment_classes import Gap
from core.experiments.experiment_statistics import FEWEST_FOR_INTERVAL, Band, difference

if TYPE_CHECKING:
    from core.experiments.marks import ArmMarks

# The first of a pair is higher (or steeper), the second is, their difference may be none, there
# are too few seeds to tell, or an arm has not left the chance level.
Verdict = Literal["first", "second", "not_told_apart", "one_seed", "two_seeds", "at_chance"]
LIMIT = 0.05


@dataclass(frozen=True)
class Compared:
    """Two arms set against each other: who starts higher, is steeper, ends higher. ``p`` has for
    each of these marks that was tested its p, corrected for the number of tests; ``gap`` is the
    class that sets them furthest apart, where their ends are told apart and it is known."""

    first: str
    second: str
    start: Verdict
    slope: Verdict
    end: Verdict
    p: Mapping[str, float]
    gap: Gap | None = None


@dataclass(frozen=True)
class _Mark:
    """A mark of a pair. ``told`` where it cannot be tested; else the first arm is ahead by
    ``ahead`` on the average, measured no finer than ``finest``."""

    told: Verdict | None = None
    ahead: float = 0.0
    p: float = 1.0
    finest: float = 0.0

    def verdict(self, p: float) -> Verdict:
        """What can be said where the corrected p is this."""
        if self.told is not None:
            return self.told
        if p >= LIMIT or abs(self.ahead) <= self.finest * (1 + 1e-9):
            return "not_told_apart"
        return "first" if self.ahead > 0 else "second"


def compare(arms: Mapping[str, ArmMarks], pairs: Sequence[tuple[str, str]]) -> list[Compared]:
    """The pairs of which both arms are there, their tests corrected for how many there are."""
    there = [(first, second) for first, second in pairs if first in arms and second in arms]
    marks = [_marks(arms[first], arms[second]) for first, second in there]
    tested = [one for some in marks for one in some.values() if one.told is None]
    corrected = iter(holm([one.p for one in tested]))
    made = []
    for (first, second), some in zip(there, marks, strict=True):
        p = {name: next(corrected) for name, one in some.items() if one.told is None}
        start, slope, end = (one.verdict(p.get(name, 1.0)) for name, one in some.items())
        made.append(Compared(first, second, start, slope, end, p))
    return made


def _marks(first: ArmMarks, second: ArmMarks) -> dict[str, _Mark]:
    paired, picture = first.seeds == second.seeds, 1 / max(first.images, 1)
    return {
        "start": _mark(first.start.values, second.start.values, picture, paired=paired),
        "slope": _slope(first, second, paired=paired),
        "end": _end(first.end, second.end, picture, paired=paired),
    }


def _mark(first: Sequence[float], second: Sequence[float], finest: float, *, paired: bool) -> _Mark:
    fewest = min(len(first), len(second))
    if fewest < FEWEST_FOR_INTERVAL:
        return _Mark("one_seed" if fewest == 1 else "two_seeds")
    found = difference(first, second, paired=paired)
    return _Mark(None, found.mean, found.p, finest)


def _end(first: Band | None, second: Band | None, picture: float, *, paired: bool) -> _Mark:
    if first is None or second is None:
        return _Mark("at_chance")
    return _mark(first.values, second.values, picture, paired=paired)


def _slope(first: ArmMarks, second: ArmMarks, *, paired: bool) -> _Mark:
    """Fewer epochs to the target are steeper. A seed that did not reach it within the epochs that
    all seeds of both arms have counts as one that would have in the next: it can only have
    needed more."""
    if first.at_chance or second.at_chance:
        return _Mark("at_chance")
    longest = min(map(len, (*first.curves, *second.curves)))
    quick, slow = ([min(at or inf, longest + 1) for at in one.epochs_to] for one in (first, second))
    return _mark(slow, quick, 1, paired=paired)
