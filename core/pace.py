"""How fast the frozen blocks' outputs come, for the person who waits."""

from statistics import median
from time import perf_counter

from core.events import CacheProgress

EPOCH_BATCHES_MEASURED = 2  # the first step warms up


class Pace:
    """Counts the pictures of a stage's first pass and times the epochs that follow."""

    def __init__(self, stage: int) -> None:
        self._stage = stage
        self._done = self._total = 0
        self._began = 0.0
        self._learned: list[float] = []
        self._batches = 0

    def begin(self, train: int, validation: int) -> None:
        """An epoch begins that has to compute so many pictures that will be kept."""
        self._done, self._total = 0, train + validation
        self._began = perf_counter()

    def learned(self, seconds: float, batches: int) -> None:
        """A batch of ``batches`` took so long once its features were there."""
        self._learned.append(seconds)
        self._batches = batches

    def computed(self, pictures: int) -> CacheProgress | None:
        """``pictures`` more are done; None where nothing is being kept."""
        if not self._total:
            return None
        self._done = min(self._total, self._done + pictures)
        seconds = (perf_counter() - self._began - sum(self._learned)) / self._done
        return CacheProgress(
            self._stage,
            self._done,
            self._total,
            round(max(0.0, seconds) * (self._total - self._done), 1),
            self._epoch_seconds(),
        )

    def _epoch_seconds(self) -> float | None:
        steps = self._learned[1:]
        if len(steps) < EPOCH_BATCHES_MEASURED:
            return None
        return round(median(steps) * self._batches, 2)
