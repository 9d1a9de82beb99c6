"""What was looked at last is kept longest."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.widgets import thumbnails
from gui.widgets.thumbnails import Thumbnails

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
