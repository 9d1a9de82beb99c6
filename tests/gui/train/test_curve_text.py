"""The window's words around the curves are those of files, in its language."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from PySide6.QtGui import QPalette

from core.reports.words import ENGLISH
from core.runs.events import StageStarted
from core.runs.history import fold
from gui.recipe import words as recipe_words
from gui.train import curve_canvas
from tests.support.window.scripted import two_stages


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.24, 0.9999, 1.0])
def test_shares_are_written_alike(share: float) -> None:
    assert recipe_words.curve_words().baseline(share).replace("\xa0", " ") == ENGLISH.baseline(
        share
    )


@pytest.mark.parametrize("thawed", [(), (5,), (4, 5), (3, 4, 5), (1, 5), (1, 2, 3, 4, 5)])
def test_blocks_are_named_alike(thawed: Sequence[int]) -> None:
    told = recipe_words.curve_words().stage(2, thawed, 5, 1)
    assert told == ENGLISH.stage(2, thawed, 5, 1)


@pytest.mark.parametrize("count", [1, 9999, 10_000, 99_960, 125_445, 14_714_688, 1_234_567_890])
def test_parameters_are_written_alike(count: int) -> None:
    told = recipe_words.curve_words().stage(1, (), 5, count)[0]
    assert told.replace("\xa0", " ") == ENGLISH.stage(1, (), 5, count)[0]


@pytest.mark.parametrize(
    ("keep", "said"),
    [("accuracy", "best epoch"), ("loss", "epoch of lowest loss"), ("last", "last epoch")],
)
def test_the_legend_says_how_the_epoch_came_to_be_kept(keep: str, said: str) -> None:
    events = [
        replace(one, keep=keep) if isinstance(one, StageStarted) else one for one in two_stages()
    ]
    legend = curve_canvas.legend_words(fold(events), QPalette()).replace("\N{NO-BREAK SPACE}", " ")
    assert legend.endswith(f"</span> {said}")
