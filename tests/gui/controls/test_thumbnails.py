"""What was looked at last is kept longest."""

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.controls import thumbnails
from gui.controls.thumbnails import Thumbnails

A, B, C = Path("a.png"), Path("b.png"), Path("c.png")


def test_the_one_seen_longest_ago_goes_first(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "CACHE_BYTES", 2 * 8 * 8 * 4)
    made = Thumbnails(lambda row: True, lambda path, edge: np.zeros((edge, edge, 3), np.uint8))
    made.reset(8)
    for row, path in enumerate((A, B)):
        with qtbot.waitSignal(made.changed) as told:
            assert made.get(path, row) is None
        assert told.args == [row]
    assert made.get(A, 0) is not None
    with qtbot.waitSignal(made.changed):
        made.get(C, 2)
    kept = {path for path in (A, C) if made.get(path, 0) is not None}
    assert kept == {A, C}
    assert made.get(B, 1) is None
    made.close()


def test_after_closing_nothing_more_is_made(qapp: QApplication) -> None:
    asked: list[Path] = []

    def load(path: Path, edge: int) -> np.ndarray:
        asked.append(path)
        return np.zeros((edge, edge, 3), np.uint8)

    made = Thumbnails(lambda row: True, load)
    made.reset(8)
    made.close()
    assert made.get(A, 0) is None
    made._pool.waitForDone()
    assert asked == []


def test_a_replaced_file_gets_a_picture_of_its_own(qtbot: QtBot) -> None:
    shade = 10

    def load(path: Path, edge: int) -> np.ndarray:
        return np.full((edge, edge, 3), shade, np.uint8)

    made = Thumbnails(lambda row: True, load)
    made.reset(8)
    for version, color in ((1, 10), (2, 200)):
        shade = color
        with qtbot.waitSignal(made.changed):
            assert made.get(A, 0, version) is None
        pixmap = made.get(A, 0, version)
        assert pixmap is not None
        assert pixmap.toImage().pixelColor(0, 0).red() == color
    assert made.get(A, 0, 1) is not None
    made.close()


def test_what_was_being_made_at_a_reset_is_not_made_twice(qtbot: QtBot) -> None:
    gate, asked = threading.Event(), []

    def load(path: Path, edge: int) -> np.ndarray:
        asked.append(path)
        gate.wait(10)
        return np.zeros((edge, edge, 3), np.uint8)

    made = Thumbnails(lambda row: True, load)
    made.reset(8)
    made.get(A, 0)
    made.reset(8)
    made.get(A, 7)
    with qtbot.waitSignal(made.changed) as told:
        gate.set()
    assert told.args == [7]
    assert made.get(A, 7) is not None
    assert asked == [A]
    made.close()
