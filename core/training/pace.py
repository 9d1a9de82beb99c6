"""How long an epoch takes, and how fast the frozen blocks' outputs come."""

from statistics import median

from core.common.stopwatch import Stopwatch
from core.runs.events import CacheProgress

EPOCH_BATCHES_MEASURED = 2  # the first step warms up


class Pace:
    """Counts the pictures of a stage's first pass and times the epochs that follow.

    Each of ``computed``, ``learned`` and ``validated`` ends what was done since the last.
    """

    def __init__(self, stage: int, watch: Stopwatch) -> None:
        self._stage, self._watch = stage, watch
        self._began = 0.0
        self._done = self._total = 0
        self._computing = 0.0
        self._learned: list[float] = []
        self._batches = 0

    @property
    def seconds(self) -> float:
        """What this epoch took, without sleeps and pauses, until the last thing that ended."""
        return self._watch.seconds - self._began

    def begin(self, train: int, validation: int) -> None:
        """An epoch begins that has to compute so many pictures that will be kept."""
        self._watch.restart()
        self._began = self._watch.seconds
        self._done, self._total = 0, train + validation
        self._computing = 0.0

    def learned(self, batches: int) -> None:
        """One of ``batches`` batches is learned; its features, if not kept, are part of that."""
        self._learned.append(self._watch.tick("learned"))
        self._batches = batches

    def validated(self) -> None:
        """The network has been validated."""
        self._watch.tick("validated")

    def computed(self, pictures: int) -> CacheProgress | None:
        """``pictures`` more are done; None where nothing is being kept."""
        if not self._total:
            return None
        self._computing += self._watch.tick("computed")
        self._done = min(self._total, self._done + pictures)
        left = self._computing / self._done * (self._total - self._done)
        return CacheProgress(
            self._stage, self._done, self._total, round(left, 1), self._epoch_seconds()
        )

    def _epoch_seconds(self) -> float | None:
        steps = self._learned[1:]
        if len(steps) < EPOCH_BATCHES_MEASURED:
            return None
        return round(median(steps) * self._batches, 2)
