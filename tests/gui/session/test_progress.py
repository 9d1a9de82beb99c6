"""How far a run is, how long it still takes, and what its epochs took."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compute.estimate import Estimate
from core.recipe import files as recipes
from core.recipe.config import RunConfig, StageConfig
from core.runs.events import (
    BatchFinished,
    CacheProgress,
    EpochFinished,
    Event,
    RunExtended,
    RunFinished,
    RunResumed,
    RunStarted,
    Score,
    StageEnded,
    StageStarted,
)
from core.runs.history import fold
from gui.session.progress import MeasuredEpochs, of_run

RECIPE = RunConfig(stages=(StageConfig(epochs=4), StageConfig(epochs=2, thawed=(5,))))
EXPECTED = Estimate(40.0, 21.0, 20.0, epochs=(1.0, 8.0), extra=((20.0, 0.0, 0.0, 0.0), ()))
VIEWS = Estimate(52.0, 13.0, 32.0, epochs=(1.0, 8.0), extra=((12.0, 10.0, 10.0, 0.0), ()))
STARTED: list[Event] = [RunStarted(epochs=(4, 2)), StageStarted(1, 4)]


def _epoch(stage: int, epoch: int, seconds: float) -> EpochFinished:
    score = Score(0.5, 0.5, 10)
    return EpochFinished(stage, epoch, score, score, seconds=seconds)


def test_before_the_first_event_it_is_what_was_estimated() -> None:
    now = of_run(fold([]), RECIPE, EXPECTED)
    assert (now.stage, now.stages, now.share, now.seconds_left) == (0, 2, 0.0, 40.0)
    assert of_run(fold([]), RECIPE, None).seconds_left is None
    assert of_run(fold(STARTED), RECIPE, None).seconds_left is None


def test_while_features_are_computed_their_own_time_counts() -> None:
    computing = CacheProgress(1, done=30, total=120, seconds_left=15.0, epoch_seconds=0.5)
    now = of_run(fold([*STARTED, computing]), RECIPE, EXPECTED)
    assert now.seconds_left == pytest.approx(15 + 3 * 0.5 + 2 * 8)
    assert now.share == pytest.approx((20 + 1) * 0.25 / 40)
    assert (now.epoch, now.epochs) == (1, 4)


def test_features_without_a_time_yet_take_what_was_estimated() -> None:
    computing = CacheProgress(1, done=60, total=120)
    now = of_run(fold([*STARTED, computing]), RECIPE, EXPECTED)
    assert now.seconds_left == pytest.approx((20 + 1) / 2 + 3 * 1 + 2 * 8)


def test_measured_epochs_replace_the_estimate_and_the_first_is_left_out() -> None:
    history = fold([*STARTED, _epoch(1, 1, 30.0), _epoch(1, 2, 2.0)])
    now = of_run(history, RECIPE, EXPECTED)
    assert (now.stage, now.epoch) == (1, 3)
    assert now.seconds_left == pytest.approx(2 * 2.0 + 2 * 8)
    history.add(BatchFinished(1, 3, batch=5, batches=10))
    now = of_run(history, RECIPE, EXPECTED)
    assert (now.batch, now.batches) == (5, 10)
    assert now.seconds_left == pytest.approx(1.5 * 2.0 + 2 * 8)
    history.add(_epoch(1, 3, 2.0))
    assert of_run(history, RECIPE, EXPECTED).batch == 0


def test_views_that_are_yet_to_be_computed_are_ahead() -> None:
    computing = CacheProgress(1, done=60, total=120, seconds_left=6.0, epoch_seconds=0.5)
    now = of_run(fold([*STARTED, computing]), RECIPE, VIEWS)
    assert now.seconds_left == pytest.approx(6 + 3 * 0.5 + 2 * 10 + 2 * 8)
    assert now.share == pytest.approx(13 / 2 / 52)
    assert now.passes_left == 2
    now = of_run(fold([*STARTED, _epoch(1, 1, 13.0)]), RECIPE, VIEWS)
    assert now.seconds_left == pytest.approx(3 * 1 + 2 * 10 + 2 * 8)
    assert now.share == pytest.approx(13 / 52)
    assert now.passes_left == 1
    history = fold([*STARTED, *(_epoch(1, number, 11.0) for number in (1, 2, 3))])
    assert of_run(history, RECIPE, VIEWS).passes_left == 0


@pytest.mark.parametrize(
    ("seconds", "left"),
    [
        ([1.0], 3 * 1 + 2 * 8),  # the views were on disk already
        ([1.0 + 2 * 12], 3 * 1 + 2 * 20 + 2 * 8),  # a busy machine computes the others as slowly
        ([13.0, 11.0, 11.0], 1 + 2 * 8),  # these say nothing of the epochs without a view
    ],
)
def test_an_epoch_with_a_view_predicts_other_views_only(seconds: list[float], left: float) -> None:
    epochs = [_epoch(1, number, one) for number, one in enumerate(seconds, 1)]
    assert of_run(fold([*STARTED, *epochs]), RECIPE, VIEWS).seconds_left == pytest.approx(left)


def test_a_pass_that_is_slower_than_expected_tells_of_those_to_come() -> None:
    started = RunStarted(epochs=(4, 2), train_images=100, validation_images=20)
    slow = CacheProgress(1, done=60, total=120, seconds_left=18.0, epoch_seconds=0.5)
    now = of_run(fold([started, StageStarted(1, 4), slow]), RECIPE, VIEWS)
    assert now.seconds_left == pytest.approx(18 + 3 * 0.5 + 3 * 2 * 10 + 2 * 8)


def test_features_that_a_later_stage_computes_are_ahead_until_then() -> None:
    later = Estimate(60.0, 21.0, 40.0, epochs=(1.0, 8.0), extra=((20.0,), (20.0,)))
    trained = [*STARTED, *(_epoch(1, number, 1.0) for number in (1, 2, 3, 4))]
    now = of_run(fold([*STARTED, CacheProgress(1, 1, 2)]), RECIPE, later)
    assert now.seconds_left == pytest.approx(21 / 2 + 3 + 20 + 2 * 8)
    assert of_run(fold(trained), RECIPE, later).share == pytest.approx(24 / 60)


def test_the_last_stage_has_its_own_pace_and_needs_no_estimate_then() -> None:
    epochs = [_epoch(1, number, 1.0) for number in (1, 2, 3, 4)]
    history = fold([*STARTED, *epochs, StageStarted(2, 2)])
    now = of_run(history, RECIPE, EXPECTED)
    assert (now.stage, now.epoch, now.epochs) == (2, 1, 2)
    assert now.seconds_left == pytest.approx(2 * 8)
    assert now.share == pytest.approx((20 + 4) / 40)
    history.add(_epoch(2, 1, 6.0))
    assert of_run(history, RECIPE, None).seconds_left == pytest.approx(6.0)
    history.add(RunFinished("stopped"))
    now = of_run(history, RECIPE, EXPECTED)
    assert (now.share, now.seconds_left) == (1.0, 0.0)


def test_a_stage_that_a_person_ended_counts_with_the_epochs_it_did() -> None:
    events = [*STARTED, _epoch(1, 1, 1.0), StageEnded(1, 2), _epoch(1, 2, 1.0)]
    now = of_run(fold([*events, StageStarted(2, 2)]), RECIPE, EXPECTED)
    assert (now.stage, now.epoch, now.epochs) == (2, 1, 2)
    assert now.seconds_left == pytest.approx(2 * 8)
    assert now.share == pytest.approx((20 + 2) / (20 + 2 + 16))


def test_a_run_that_goes_on_with_more_epochs_has_them_ahead() -> None:
    trained = [*STARTED, *(_epoch(1, number, 1.0) for number in (1, 2, 3, 4)), StageStarted(2, 2)]
    trained += [_epoch(2, 1, 6.0), _epoch(2, 2, 6.0), RunFinished("finished")]
    longer = RunConfig(stages=(StageConfig(epochs=4), StageConfig(epochs=5, thawed=(5,))))
    goes_on = [RunExtended(2, 3), RunResumed(2, 3, epochs=6)]
    now = of_run(fold([*trained, *goes_on]), longer, None)
    assert (now.stage, now.epoch, now.epochs) == (2, 3, 5)
    assert now.seconds_left == pytest.approx(3 * 6.0)
    assert now.share < 1


@settings(max_examples=30)
@given(
    epochs=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    features=st.floats(0, 100),
    seconds=st.lists(st.floats(0.01, 100), min_size=4, max_size=4),
    estimated=st.booleans(),
)
def test_the_share_only_grows_and_ends_at_one(
    epochs: list[int], features: float, seconds: list[float], estimated: bool
) -> None:
    recipe = RunConfig(stages=tuple(StageConfig(epochs=count) for count in epochs))
    each = tuple(seconds[: len(epochs)])
    total = features + sum(count * one for count, one in zip(epochs, each, strict=True))
    extra = tuple((features / len(each),) for _ in each)
    expected = Estimate(total, 0.0, features, each, extra) if estimated else None
    events: list[Event] = []
    shares = []
    for stage, count in enumerate(epochs, start=1):
        events.append(StageStarted(stage, count))
        for epoch in range(1, count + 1):
            events.append(BatchFinished(stage, epoch, batch=1, batches=2))
            shares.append(of_run(fold(events), recipe, expected).share)
            events.append(_epoch(stage, epoch, 1.0))
            shares.append(of_run(fold(events), recipe, expected).share)
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    assert shares[-1] == pytest.approx(1)


# -- measured epochs ------------------------------------------------------------------------

PLANNED = Estimate(20 * 1.0 + 10 * 4.0 + 8.0, 9.0, 8.0, (1.0, 4.0), (8.0, 0.0))


def measured(*seconds: Sequence[float]) -> MeasuredEpochs:
    """Of a run whose stages' epochs took ``seconds``."""
    epochs = [
        _epoch(stage, number, one)
        for stage, taken in enumerate(seconds, 1)
        for number, one in enumerate(taken, 1)
    ]
    return MeasuredEpochs.of_run(RunConfig(), fold([RunStarted(epochs=(20, 10)), *epochs]))


def test_a_stage_takes_what_its_later_epochs_took() -> None:
    seen = measured([9.0, 2.0, 2.5, 2.2])
    assert seen.seconds_of(RunConfig(), 0) == 2.2  # not the first, which computed features
    assert seen.seconds_of(RunConfig(), 1) is None
    refined = seen.refined(PLANNED, RunConfig())
    assert refined == replace(PLANNED, epochs=(2.2, 4.0), total=PLANNED.total + 20 * (2.2 - 1.0))
    assert measured([9.0]).refined(PLANNED, RunConfig()) == PLANNED


@pytest.mark.parametrize(
    ("key", "value", "seconds"),
    [
        ("stages.0.thawed", [4, 5], None),
        ("dataset.image_size", 64, None),
        ("batch_size", 8, None),
        ("model.head.kind", "fc", None),
        ("augmentation.rotation", 10, None),
        ("stages.0.epochs", 3, 2.0),
        ("stages.0.learning_rate", 0.01, 2.0),
        ("seed", 4, 2.0),
    ],
)
def test_what_changes_the_time_of_epochs(key: str, value: object, seconds: float | None) -> None:
    seen = measured([9.0, 2.0, 2.0])
    assert seen.seconds_of(recipes.changed(RunConfig(), key, value), 0) == seconds


def test_any_stage_that_thaws_the_same_is_of_the_same_kind() -> None:
    seen = measured([9.0, 2.0, 2.0], [5.0, 5.0])
    turned = recipes.make({"stages": [{"thawed": [5]}, {}]})
    assert [seen.seconds_of(turned, number) for number in (0, 1)] == [5.0, 2.0]
