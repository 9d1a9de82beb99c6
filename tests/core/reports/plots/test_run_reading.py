"""What the curves say at one epoch."""

import pytest

from core.reports.plots.points import reading
from core.runs.events import BatchFinished, StageStarted
from core.runs.history import History, fold
from tests.support.window.scripted import STARTED, epoch, two_stages


@pytest.mark.parametrize(("where", "position"), [(-3.0, 1), (1.4, 1), (2.6, 3), (99.0, 3)])
def test_the_nearest_ended_epoch_is_read(where: float, position: int) -> None:
    found = reading(fold(two_stages()), where)
    assert found is not None
    assert found.position == position


def test_before_an_epoch_has_ended_there_is_nothing_to_read() -> None:
    assert reading(History(), 1.0) is None
    assert reading(fold(two_stages()[:4]), 1.0) is None


def test_the_rates_are_those_of_the_epochs_last_step() -> None:
    steps = [BatchFinished(1, 1, one, 2, 4, 1.0, 0.5, (), (), 0.1 / one, 0.0) for one in (1, 2)]
    begun = [STARTED, StageStarted(1, 2, augmented=True)]
    later = BatchFinished(1, 2, 1, 2, 4, 1.0, 0.5, (), (), 0.7, 0.0)
    found = reading(fold([*begun, *steps, epoch(1, 1, 90), later]), 1.0)
    assert found is not None
    assert (found.head_rate, found.backbone_rate, found.augmented) == (0.05, 0.0, True)


def test_a_history_without_batches_has_no_rates() -> None:
    found = reading(fold([STARTED, StageStarted(1, 2), epoch(1, 1, 90)]), 1.0)
    assert found is not None
    assert found.head_rate is None
