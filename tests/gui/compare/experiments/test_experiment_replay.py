"""An experiment plays back in a window of its own."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gui.compare.experiments.replay import ExperimentReplay
from tests.support.made_experiments import made_experiment


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> ExperimentReplay:
    """It plays an experiment of two arms, and was just paused."""
    made = ExperimentReplay(made_experiment(tmp_path))
    qtbot.addWidget(made)
    with qtbot.waitSignal(made.began):
        made.show()
    made.player.pause()
    return made


def test_all_curves_grow_together(window: ExperimentReplay) -> None:
    lengths = []
    for position in (0.0, 1.0, 2.0):
        window.player.seek(position)
        assert window.curves.shown is not None
        lengths.append([[len(c) for c in arm.curves] for arm in window.curves.shown.arms])
    assert lengths == [[[n, n], [n, n]] for n in (0, 1, 2)]
    assert not window.shows_card


def test_the_card_comes_at_the_end_and_goes_with_a_seek(window: ExperimentReplay) -> None:
    window.player.seek(1e9)
    assert window.shows_card
    assert window.card.table.rowCount() == 2
    window.player.seek(1.0)
    assert not window.shows_card


def test_the_axes_have_room_for_all_of_it_from_the_beginning(
    qtbot: QtBot, window: ExperimentReplay
) -> None:
    window.player.seek(1.0)
    qtbot.waitUntil(lambda: window.curves.is_settled, timeout=20_000)
    plot = window.curves._plot
    assert plot is not None
    assert plot.figure.axes[0].get_xlim()[1] > 3


def test_it_says_that_nothing_is_trained(window: ExperimentReplay) -> None:
    said = window.bar.detail.text
    assert "Nothing is trained now" in said
    assert "2 seeds" in said
    assert "100 pictures" in said


def test_what_cannot_be_read_says_why(qtbot: QtBot, tmp_path: Path) -> None:
    window = ExperimentReplay(tmp_path)
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.failed) as failed:
        window.show()
    assert failed.args[0].code == "experiment_missing"
    assert not window.player.is_playing
