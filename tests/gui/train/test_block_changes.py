"""A frozen block is seen to stand still."""

from dataclasses import replace

from pytestqt.qtbot import QtBot

from core.runs.events import EpochFinished, StageStarted
from core.runs.history import History, fold
from gui.train.block_changes import BlockChanges
from tests.support.window.scripted import STARTED, epoch


def history(*changes: float) -> History:
    ended: EpochFinished = replace(epoch(2, 1, 150), block_changes=changes)
    return fold([STARTED, StageStarted(1, 2), epoch(1, 1, 90), StageStarted(2, 3, (5,)), ended])


def test_a_frozen_block_says_so_and_is_exactly_0(qtbot: QtBot) -> None:
    card = BlockChanges()
    qtbot.addWidget(card)
    card.show_history(history(0.0, 0.0, 0.0, 0.0, 0.0173))
    assert not card.isHidden()
    assert card.heading.text() == "Change since stage 2 began"
    heard = card.accessibleDescription().replace("\xa0", " ")
    assert heard == "; ".join(
        [*(f"block {number}: 0, frozen" for number in (1, 2, 3, 4)), "block 5: 1.73 %"]
    )


def test_the_least_change_is_not_called_0(qtbot: QtBot) -> None:
    card = BlockChanges()
    qtbot.addWidget(card)
    card.show_history(history(1e-9, 0.0, 0.0, 0.0, 1e-9))
    first, *_, last = card.accessibleDescription().replace("\xa0", " ").split("; ")
    assert first == "block 1: 0.01 %, though frozen"
    assert last == "block 5: 0.01 %"


def test_a_history_that_does_not_tell_shows_nothing(qtbot: QtBot) -> None:
    card = BlockChanges()
    qtbot.addWidget(card)
    card.show_history(history())
    assert card.isHidden()
