"""The kept epoch's accuracy says how the epoch was chosen."""

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from core.events import StageStarted
from core.history import fold
from gui.widgets.score_card import ScoreCard
from tests.gui.scripted import two_stages


@pytest.mark.parametrize(
    ("keep", "share", "origin"),
    [
        ("accuracy", "91.1 %", "best epoch so far: 2, chosen on these pictures"),
        ("last", "83.3 %", "epoch 3, the last, whose weights are kept"),
    ],
)
def test_only_a_chosen_epoch_is_called_chosen(
    qtbot: QtBot, keep: str, share: str, origin: str
) -> None:
    card = ScoreCard()
    qtbot.addWidget(card)
    events = [
        replace(one, keep=keep) if isinstance(one, StageStarted) else one for one in two_stages()
    ]
    card.show_history(fold(events))
    assert card.share.text().replace("\xa0", " ") == share
    assert card.origin.text().replace("\n", " ") == origin
