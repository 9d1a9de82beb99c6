"""Sleeps and pauses don't count as work, whatever the clock does."""

import pytest

from core.common.stopwatch import Stopwatch


class Clock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def ticked(*gaps: float, kind: str = "step") -> Stopwatch:
    clock = Clock()
    watch = Stopwatch(clock)
    for gap in gaps:
        clock.now += gap
        watch.tick(kind)
    return watch


def test_work_adds_up() -> None:
    assert ticked(1.0, 2.0, 15.0, 0.5).seconds == pytest.approx(18.5)


def test_a_night_counts_as_one_more_step() -> None:
    assert ticked(1.0, 1.2, 1.1, 8 * 3600.0, 1.1).seconds == pytest.approx(1 + 1.2 + 1.1 * 3)


def test_a_clock_that_jumps_back_takes_nothing_away() -> None:
    assert ticked(1.0, 1.0, -3600.0, 1.0).seconds == pytest.approx(3.0)


def test_slow_work_is_no_sleep() -> None:
    assert ticked(300.0, 310.0, 290.0, 2000.0).seconds == pytest.approx(2900.0)


def test_each_kind_has_its_own_usual() -> None:
    clock = Clock()
    watch = Stopwatch(clock)
    for _ in range(3):
        for kind, gap in (("piece", 0.2), ("step", 600.0)):
            clock.now += gap
            watch.tick(kind)
    assert watch.seconds == pytest.approx(1800.6)


def test_a_machine_that_became_slower_is_believed_after_a_while() -> None:
    watch = ticked(*[1.0] * 9, *[60.0] * 20)
    assert watch.seconds > 9 + 14 * 60


def test_what_passes_before_a_restart_does_not_count() -> None:
    clock = Clock()
    watch = Stopwatch(clock)
    clock.now += 5
    watch.restart()
    clock.now += 1
    assert watch.tick("step") == pytest.approx(1.0)
    assert watch.seconds == pytest.approx(1.0)
