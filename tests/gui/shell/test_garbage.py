"""Cycles are collected, and never in a worker thread."""

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from gui.shell.app import GarbageCollector


class _Cycle(QObject):
    def __init__(self, died_in: list[int]) -> None:
        super().__init__()
        self.me = self
        weakref.finalize(self, lambda: died_in.append(threading.get_ident()))


@pytest.fixture
def collector(qtbot: QtBot) -> Iterator[GarbageCollector]:
    collector = GarbageCollector()
    yield collector
    gc.unfreeze()


def test_a_worker_never_collects(qtbot: QtBot, collector: GarbageCollector) -> None:
    died_in: list[int] = []
    _Cycle(died_in)
    kept: list[list[int]] = []
    busy = threading.Thread(target=lambda: kept.extend([number] for number in range(50_000)))
    busy.start()
    busy.join()
    assert died_in == []
    qtbot.waitUntil(lambda: bool(died_in))
    assert died_in == [threading.get_ident()]


def test_what_stays_is_never_looked_at_again(collector: GarbageCollector) -> None:
    before = len(gc.get_objects())
    collector.forget_what_stays()
    assert gc.get_freeze_count() >= before // 2
    assert len(gc.get_objects()) < before // 2


def test_while_it_waits_nothing_is_collected_and_later_what_is_new(
    qtbot: QtBot, collector: GarbageCollector
) -> None:
    died_in: list[int] = []
    _Cycle(died_in)
    collector.wait()
    assert len(died_in) == 1  # what was garbage already
    _Cycle(died_in)
    kept = [[number] for number in range(50_000)]
    qtbot.wait_until(lambda: gc.get_count()[0] > gc.get_threshold()[0])
    collector.forget_what_stays()
    _Cycle(died_in)
    more = [[number] for number in range(50_000)]
    qtbot.waitUntil(lambda: len(died_in) == 2)
    assert len(kept) == len(more)
