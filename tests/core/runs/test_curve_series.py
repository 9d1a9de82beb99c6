"""A run's points against epochs, time and pictures."""

import pytest

from core.common.statistics import wilson
from core.runs.events import EpochFinished, RunStarted, Score, StageEnded
from core.runs.history import History, fold, series


def _epoch(stage: int, epoch: int, right: int, seconds: float) -> EpochFinished:
    return EpochFinished(
        stage, epoch, Score(0.9, 0.4, 30), Score(0.5, right / 10, 10), seconds=seconds
    )


def _history() -> History:
    """Two stages, the first of them ended early."""
    return fold(
        [
            RunStarted(epochs=(5, 2)),
            _epoch(1, 1, 3, 10.0),
            StageEnded(1, 2),
            _epoch(1, 2, 8, 2.0),
            _epoch(2, 1, 7, 4.0),
        ]
    )


@pytest.mark.parametrize(
    ("axis", "places"),
    [("epochs", (1, 2, 3)), ("time", (10, 12, 16)), ("pictures", (30, 60, 90))],
)
def test_places(axis: str, places: tuple[float, ...]) -> None:
    assert series(_history(), axis, "accuracy").x == places  # type: ignore[arg-type]


def test_values_intervals_and_the_kept_epoch() -> None:
    found = series(_history(), "epochs", "accuracy")
    assert found.validation == (0.3, 0.8, 0.7)
    assert (found.low[1], found.high[1]) == wilson(8, 10)
    assert found.best == 1
    losses = series(_history(), "epochs", "loss")
    assert (losses.validation[0], losses.train[0], losses.low) == (0.5, 0.9, ())


def test_nothing_yet() -> None:
    assert series(History(), "time", "loss").x == ()
