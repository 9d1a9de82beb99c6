"""The present epoch's seconds, without pauses."""

from types import SimpleNamespace
from typing import cast

from PySide6.QtCore import QObject, Signal

from gui.session.session import Session
from gui.train.shown_run import RunClock
from tests.support.window.scripted import batches, epoch


class _Signals(QObject):
    training_started = Signal()
    training_steered = Signal()
    event_received = Signal(object)
    training_finished = Signal()
    is_training = False
    is_paused = False


def test_it_counts_work_alone() -> None:
    session, now = _Signals(), SimpleNamespace(seconds=100.0)
    clock = RunClock(cast(Session, session), clock=lambda: now.seconds)
    assert clock.seconds == 0
    session.training_started.emit()
    now.seconds = 104.0
    session.event_received.emit(batches(1, 1, 1)[0])
    assert clock.seconds == 4
    session.is_paused = True
    session.training_steered.emit()
    now.seconds = 160.0
    assert clock.seconds == 4
    session.is_paused = False
    session.training_steered.emit()
    now.seconds = 161.0
    assert clock.seconds == 5
    session.event_received.emit(epoch(1, 1, 90))
    now.seconds = 162.0
    assert clock.seconds == 1
    session.training_finished.emit()
    now.seconds = 200.0
    assert clock.seconds == 0
