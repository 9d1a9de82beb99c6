"""From a history to the points of its curves."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reports.plots.points import (
    MOST_POINTS,
    BatchPoints,
    Curves,
    nice_ceiling,
    nice_floor,
    shown_epochs,
    smoothed_by_stage,
    stage_starts,
)
from core.runs.events import (
    BatchFinished,
    RunExtended,
    RunResumed,
    RunStarted,
    StageEnded,
    StageStarted,
)
from core.runs.history import History, fold
from tests.support.window.scripted import STARTED, batches, epoch, two_stages


def test_batches_stand_where_they_were_within_their_epoch() -> None:
    points = BatchPoints()
    points.follow(fold(two_stages()))
    assert points.losses() == ([0.5, 1.0, 1.5, 2.0, 2.5, 3.0], [1.0] * 6)
    assert points.accuracies()[1] == [50.0] * 6


def test_many_batches_are_thinned_out_and_stay_where_they_are() -> None:
    history, points = fold([STARTED]), BatchPoints()
    for event in batches(1, 1, 2 * MOST_POINTS + 1):
        history.add(event)
    points.follow(history)
    x, _ = points.losses()
    assert points.step == 4
    assert MOST_POINTS / 2 <= len(x) <= MOST_POINTS
    assert set(x) <= {one / (2 * MOST_POINTS + 1) for one in range(1, 2 * MOST_POINTS + 2)}


def test_another_history_begins_anew() -> None:
    points = BatchPoints()
    points.follow(fold(two_stages()))
    points.follow(fold([STARTED, *batches(1, 1, 4)[:1]]))
    assert points.losses() == ([0.25], [1.0])


def test_a_loss_that_is_no_number_does_not_stretch_the_axis() -> None:
    history = fold([STARTED, BatchFinished(1, 1, 1, 2, 4, 3.0), BatchFinished(1, 1, 2, 2, 4)])
    history.add(BatchFinished(1, 2, 1, 2, 4, float("inf")))
    history.add(BatchFinished(1, 2, 2, 2, 4, float("nan")))
    points = BatchPoints()
    points.follow(history)
    assert points.highest_loss == 3.0


def test_epochs_are_counted_over_the_whole_run() -> None:
    accuracies, losses = shown_epochs(fold(two_stages()))
    assert accuracies.x == [1, 2, 3]
    assert accuracies.validation == pytest.approx([50.0, 100 * 164 / 180, 100 * 150 / 180])
    assert losses == Curves([1, 2, 3], [0.75, 0.25, 0.25], [1.5, 0.5, 0.5])


def test_a_stage_begins_where_the_ones_before_it_end() -> None:
    assert stage_starts(History()) == ()
    three = RunStarted(epochs=(2, 3, 1), thawed=((), (5,), (4, 5)))
    begun = StageStarted(2, 3, (5,), trainable_parameters=7)
    starts = stage_starts(fold([three, begun]))
    assert starts == ((0, (), 0), (2, (5,), 7), (5, (4, 5), 0))


@given(st.floats(1e-5, 1e6))
def test_an_axis_ends_above_its_highest_value_but_not_far(value: float) -> None:
    assert value < nice_ceiling(value) <= 2 * value


@given(st.floats(1e-8, 1e6))
def test_a_logarithmic_axis_begins_below_its_lowest_value_but_not_far(value: float) -> None:
    floor = nice_floor(value)
    assert value / 2.6 < floor <= value * (1 + 1e-6)


def test_smoothing_begins_anew_with_each_stage() -> None:
    history = fold(two_stages())
    assert smoothed_by_stage(history, [3.0, 1.0, 8.0], 0.5) == pytest.approx([3.0, 5 / 3, 8.0])
    points = BatchPoints()
    points.follow(fold([STARTED, *_losses(1, 8.0, 8.0), *_losses(2, 2.0, 2.0)]))
    x, losses = points.smoothed(0.9)[1]
    assert x == [0.5, 1.0, 2.5, 3.0]
    assert losses == pytest.approx([8.0, 8.0, 2.0, 2.0])


def test_batches_are_smoothed_over_as_many_epochs_as_the_curve() -> None:
    """A batch as long as an epoch keeps the whole weight; ten batches share it."""
    points = BatchPoints()
    points.follow(fold([STARTED, *_losses(1, 1.0, 3.0)]))
    keep = 0.81 ** (1 / 2)
    assert points.smoothed(0.81)[1][1] == pytest.approx([1.0, (keep + 3) / (1 + keep)])


def test_a_rate_of_nothing_is_not_drawn() -> None:
    steps = [
        BatchFinished(1, 1, 1, 2, 4, 1.0, 0.5, (), (), 1e-3, 0.0),
        BatchFinished(1, 1, 2, 2, 4, 1.0, 0.5, (), (), 5e-4, 1e-5),
    ]
    points = BatchPoints()
    points.follow(fold([STARTED, *steps]))
    head, backbone = points.rates()
    assert head == ([0.5, 1.0], [1e-3, 5e-4])
    assert math.isnan(backbone[1][0])
    assert backbone[1][1] == 1e-5
    assert points.rate_range() == (1e-5, 1e-3)


def _losses(stage: int, *losses: float) -> list[BatchFinished]:
    """The batches of a stage's first epoch."""
    return [
        BatchFinished(stage, 1, number, len(losses), 4, loss, 0.5)
        for number, loss in enumerate(losses, start=1)
    ]


def test_after_a_stage_that_a_person_ended_the_next_one_follows_at_once() -> None:
    events = [STARTED, StageStarted(1, 2), StageEnded(1, 1), epoch(1, 1, 90), StageStarted(2, 3)]
    history = fold([*events, *batches(2, 1, 2), epoch(2, 1, 120)])
    points = BatchPoints()
    points.follow(history)
    assert points.losses()[0] == [1.5, 2.0]
    assert shown_epochs(history)[0].x == [1, 2]
    assert stage_starts(history) == ((0, (), 0), (1, (5,), 0))


def test_more_epochs_follow_the_last_one() -> None:
    history = fold([*two_stages(), epoch(2, 2, 150), epoch(2, 3, 150), RunExtended(2, 1)])
    history.add(epoch(2, 4, 150))
    assert shown_epochs(history)[0].x == [1, 2, 3, 4, 5, 6]
    assert sum(history.planned) == 6


def test_what_a_resumed_run_does_again_is_drawn_once() -> None:
    history, points = fold(two_stages()), BatchPoints()
    points.follow(history)
    history.add(RunResumed(1, 2, epochs=1))
    points.follow(history)
    assert points.losses()[0] == [0.5, 1.0]
    assert shown_epochs(history)[0].x == [1]
