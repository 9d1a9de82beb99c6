"""How long is left: told while features are computed, and not spoilt by a sleep."""

import threading
from pathlib import Path
from typing import Any

import pytest

from core.common.stopwatch import Stopwatch, WorkClock
from core.runs.events import BatchFinished, CacheProgress, EpochFinished, RunFinished
from core.runs.run import Run
from core.training import train as training
from core.training.checkpoint import Position
from core.training.stage import Pace
from tests.support.pictures import PictureFolder
from tests.support.training import events_of, new_run, small_recipe

NIGHT = 8 * 3600.0


class Epoch:
    """An epoch of 40 training and 10 validation pictures, on a clock that is told to move."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pace = Pace(1, Stopwatch(lambda: self.now))
        self.pace.begin(40, 10)

    def computed(self, seconds: float, pictures: int = 10) -> CacheProgress:
        self.now += seconds
        progress = self.pace.computed(pictures)
        assert progress is not None
        return progress

    def learned(self, seconds: float) -> None:
        self.now += seconds
        self.pace.learned(batches=4)


def test_the_time_left_is_that_of_the_features() -> None:
    epoch = Epoch()
    epoch.computed(2.0)
    epoch.learned(0.5)
    progress = epoch.computed(2.0)
    assert (progress.done, progress.total) == (20, 50)
    assert progress.seconds_left == pytest.approx(6.0), "steps between don't count"


def test_a_later_epoch_is_foreseen_from_the_steps() -> None:
    epoch = Epoch()
    for step in (9.0, 0.5, 0.5):  # the first warms up
        assert epoch.computed(2.0).epoch_seconds is None
        epoch.learned(step)
    assert epoch.computed(2.0).epoch_seconds == pytest.approx(4 * 0.5)


def test_a_sleep_spoils_neither_the_time_left_nor_the_epoch() -> None:
    epoch = Epoch()
    epoch.computed(2.0)
    epoch.learned(0.5)
    progress = epoch.computed(2.0 + NIGHT)
    assert progress.seconds_left == pytest.approx(6.0)
    epoch.learned(0.5 + NIGHT)
    epoch.now += 1.0
    epoch.pace.validated()
    assert epoch.pace.seconds == pytest.approx(2 + 0.5 + 2 + 0.5 + 1)


def test_what_passes_between_epochs_belongs_to_none() -> None:
    epoch = Epoch()
    epoch.learned(1.0)
    epoch.now += 7
    epoch.pace.begin(0, 0)
    assert epoch.pace.seconds == 0
    epoch.learned(1.0)
    assert epoch.pace.seconds == pytest.approx(1.0)


def test_where_nothing_is_kept_computing_is_part_of_a_step() -> None:
    epoch = Epoch()
    epoch.pace.begin(0, 0)
    epoch.now += 2
    assert epoch.pace.computed(10) is None
    epoch.learned(0.5)
    assert epoch.pace.seconds == pytest.approx(2.5)


class Wall:
    """A clock that moves by a millisecond whenever it is asked, and as a test says."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    clock = Wall()
    monkeypatch.setattr(training, "WorkClock", lambda: WorkClock(clock))
    return clock


def test_a_laptop_that_sleeps_while_it_trains_spoils_no_seconds(
    picture_folder: PictureFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wall: Wall
) -> None:
    learned, nights = Position.learned, iter([0, NIGHT] * 20)

    def sleeping(*arguments: Any) -> None:
        learned(*arguments)
        wall.now += next(nights)

    monkeypatch.setattr(Position, "learned", sleeping)
    run = new_run(picture_folder(), tmp_path / "run", small_recipe("batch_size=2"))
    events = list(events_of(run))
    assert max(one.seconds for one in events if isinstance(one, EpochFinished)) < 1
    assert wall.now > NIGHT
    assert events[-1].seconds < 2


@pytest.mark.parametrize("pause", [15.0, NIGHT])
def test_a_pause_counts_neither_for_its_epoch_nor_for_the_run(
    picture_folder: PictureFolder, tmp_path: Path, wall: Wall, pause: float
) -> None:
    run = new_run(picture_folder(), tmp_path / "run", small_recipe("batch_size=2"))
    stop, events = threading.Event(), []
    for event in events_of(run, stop):
        wall.now += pause
        events.append(event)
        if isinstance(event, BatchFinished) and (event.epoch, event.batch) == (2, 2):
            stop.set()
    for event in events_of(Run.open(run.directory)):
        wall.now += pause
        events.append(event)
    ends = [one.seconds for one in events if isinstance(one, RunFinished)]
    assert len(ends) == 2
    assert 0 < ends[0] < ends[1] < 2, "the second with what the run took before"
    assert max(one.seconds for one in events if isinstance(one, EpochFinished)) < 1
