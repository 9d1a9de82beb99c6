"""What is asked of a running training, from any thread."""

import threading

from core.training.control import Control


def test_a_bare_event_still_stops() -> None:
    stop = threading.Event()
    control = Control(stop)
    stop.set()
    assert control.stop.is_set()


def test_asks_are_kept_until_they_are_heard_or_taken_back() -> None:
    control = Control()
    control.finish_epoch()
    control.next_stage()
    assert control.finishes_epoch
    assert control.ends_stage
    control.stage_begins()
    assert control.finishes_epoch, "stopping after the epoch was asked of the run, not the stage"
    assert not control.ends_stage
    control.take_back()
    assert not control.finishes_epoch
    assert not control.stop.is_set()
