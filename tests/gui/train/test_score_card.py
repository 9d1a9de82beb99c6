"""The score beside the curves: whose epoch it is, and whether anybody chose it."""

import pytest
from pytestqt.qtbot import QtBot

from core.runs.events import (
    EpochFinished,
    Event,
    RunFinished,
    Score,
    StageCompared,
    StageStarted,
)
from core.runs.history import fold
from gui.results.score import ResultScore
from gui.train.side import ScoreCard


def origin(qtbot: QtBot, keep: str, epochs: int, *more: Event) -> str:
    card = ScoreCard()
    qtbot.addWidget(card)
    told = [
        EpochFinished(1, number, Score(0.1, 1.0, 40), Score(number / 10, 0.9, 10))
        for number in range(1, epochs + 1)
    ]
    card.show_history(fold([StageStarted(1, keep=keep), *told, *more]))
    assert card.accessibleDescription().endswith(card.origin.text())
    return card.origin.text().replace("\n", " ")


@pytest.mark.parametrize(
    ("keep", "so_far", "at_the_end"),
    [
        (
            "accuracy",
            "best epoch so far: 1, chosen on these pictures",
            "best epoch: 1, chosen on these pictures",
        ),
        (
            "loss",
            "lowest loss so far: epoch 1, chosen on these pictures",
            "epoch of lowest loss: 1, chosen on these pictures",
        ),
        (
            "last",
            "last epoch so far: 3, not picked by its score",
            "last epoch: 3, not picked by its score",
        ),
    ],
)
def test_it_says_how_the_epoch_was_chosen(
    qtbot: QtBot, keep: str, so_far: str, at_the_end: str
) -> None:
    assert origin(qtbot, keep, 3) == so_far
    assert origin(qtbot, keep, 3, RunFinished("finished", 1, 1)) == at_the_end


def test_one_alone_was_not_chosen(qtbot: QtBot) -> None:
    assert origin(qtbot, "accuracy", 1) == "the only epoch so far"
    assert origin(qtbot, "accuracy", 1, RunFinished("stopped", 1, 1)) == "the only epoch"


@pytest.mark.parametrize("make", [ScoreCard, ResultScore])
def test_it_says_what_the_last_stage_gained(
    qtbot: QtBot, make: type[ScoreCard | ResultScore]
) -> None:
    card = make()
    qtbot.addWidget(card)
    events = [
        StageStarted(1),
        EpochFinished(1, 1, Score(0.1, 1.0, 40), Score(0.3, 0.8, 10)),
        StageStarted(2),
        EpochFinished(2, 1, Score(0.1, 1.0, 40), Score(0.2, 0.9, 10)),
    ]
    card.show_history(fold(events))
    assert card.gain.isHidden()
    card.show_history(fold([*events, StageCompared(2, 1, "test", 320, 7, 25, 20)]))
    assert not card.gain.isHidden()
    for figure in ("+4.8", "+1.9", "+8.0", "p = 0.0021", "372"):
        assert figure in card.gain.text()
        assert figure in card.accessibleDescription()
