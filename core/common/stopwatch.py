"""Clocks that count working time alone: a sleeping computer and a paused training are left out."""

import contextlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter

FAR = 10  # so many times the usual is no work any more
SHORTEST_SLEEP = 20.0  # seconds; less spoils no estimate
_USUAL_OF = 9  # so few that a machine that really became slower is believed soon


class WorkClock:
    """A clock of seconds, but for those that passed inside ``away``."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._away = 0.0

    def __call__(self) -> float:
        return self._clock() - self._away

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """What is done inside is somebody else's: training waits to be pulled on."""
        left = self._clock()
        try:
            yield
        finally:
            self._away += self._clock() - left


class Stopwatch:
    """Adds up the seconds between ticks.

    A gap far above the usual one of its kind counts as the usual. The system's clocks differ
    in whether they go on in a sleep, and some jump; so the gaps decide, whatever the clock.
    """

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self.seconds = 0.0
        self._clock = clock
        self._last = clock()
        self._gaps: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_USUAL_OF))

    def restart(self) -> None:
        """Count from now on: what passed since the last tick was something else."""
        self._last = self._clock()

    def tick(self, kind: str) -> float:
        """Something of this kind is done; the seconds that count for it."""
        now = self._clock()
        gap, self._last = max(0.0, now - self._last), now
        known = self._gaps[kind]
        usual = median(known) if known else gap
        known.append(gap)
        counted = usual if gap > max(SHORTEST_SLEEP, FAR * usual) else gap
        self.seconds += counted
        return counted
