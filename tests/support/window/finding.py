"""A stand-in for the learning-rate finder, whose steps a test tells."""

import queue
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from core.common.messages import ThawError
from core.dataset.summary import DatasetSummary
from core.recipe.config import RunConfig
from core.runs.events import CacheProgress
from core.training.rate_curve import RateFound, RateTried, rates

Told = RateTried | RateFound | CacheProgress | ThawError


class FakeFinder:
    """Stands for ``core.training.rate_finder.find``: says what it is told to, until ``RateFound``,
    an error, or a stop. ``asked`` are the recipe and the stage of each call."""

    def __init__(self) -> None:
        self.asked: list[tuple[RunConfig, int]] = []
        self.stopped = threading.Event()
        self._told: queue.Queue[Told] = queue.Queue()

    def say(self, *told: Told) -> None:
        for one in told:
            self._told.put(one)

    def __call__(
        self, config: RunConfig, summary: DatasetSummary, stage: int, stop: threading.Event
    ) -> Iterator[Told]:
        self.asked.append((config, stage))
        while True:
            try:
                told = self._told.get(timeout=0.005)
            except queue.Empty:
                if stop.is_set():
                    self.stopped.set()
                    raise ThawError("stopped") from None
                continue
            if isinstance(told, ThawError):
                raise told
            yield told
            if isinstance(told, RateFound):
                return


def replace_finder(monkeypatch: pytest.MonkeyPatch) -> FakeFinder:
    """Let a ``FakeFinder`` take the place of ``core.training.rate_finder``, and of torch with
    it."""
    fake = FakeFinder()
    monkeypatch.setitem(sys.modules, "core.training.rate_finder", SimpleNamespace(find=fake))
    return fake


def steps(count: int = 80) -> list[RateTried]:
    """The first steps of a curve that falls in the middle and rises at the end."""
    tried = []
    for number, rate in enumerate(rates()[:count]):
        loss = 2.0 - 1.5 * min(max((number - 40) / 20, 0), 1) + max(number - 70, 0) / 5
        tried.append(RateTried(number + 1, 80, rate, loss + 0.1, loss))
    return tried
