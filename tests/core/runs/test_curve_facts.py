"""What is said of a run's curves."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.common.statistics import wilson
from core.runs.events import EpochFinished, RunFinished, RunStarted, Score, StageStarted
from core.runs.history import (
    EPOCHS_ABOVE,
    History,
    Overfitting,
    RunningMean,
    elapsed,
    fold,
    overfitting,
    pictures_per_second,
    smoothed,
    wilson_band,
)

Losses = Sequence[tuple[float, float]]  # training, validation


def run(*stages: Losses, accuracy: float = 0.5) -> History:
    history = fold([RunStarted(epochs=tuple(map(len, stages)))])
    for number, losses in enumerate(stages, start=1):
        history.add(StageStarted(number))
        for epoch, (train, validation) in enumerate(losses, start=1):
            scores = Score(train, accuracy, 40), Score(validation, accuracy, 10)
            history.add(EpochFinished(number, epoch, *scores, seconds=2.0))
    return history


GOOD = [(1.0, 1.0), (0.8, 0.9), (0.7, 0.8)]
WORSE = [*GOOD, (0.6, 0.85), (0.5, 0.9), (0.4, 0.95)]


def test_three_epochs_above_the_lowest_loss_are_overfitting() -> None:
    assert overfitting(run(WORSE[:-1])) is None
    assert overfitting(run(WORSE)) == Overfitting(epoch=6, best=3, lowest=3, first=4, last=6)


def test_what_is_known_stays_known_and_the_gap_grows() -> None:
    longer = run([*WORSE, (0.3, 0.9), (0.35, 0.81)])
    assert overfitting(longer) == Overfitting(epoch=6, best=3, lowest=3, first=4, last=8)


def test_a_training_loss_that_does_not_fall_is_something_else() -> None:
    assert overfitting(run([*GOOD, (0.6, 0.85), (0.5, 0.9), (0.7, 0.95)])) is None
    late = run([*GOOD, (0.6, 0.85), (0.5, 0.9), (0.7, 0.95), (0.4, 0.9)])
    assert overfitting(late) == Overfitting(epoch=7, best=3, lowest=3, first=4, last=7)


def test_a_loss_that_is_as_low_again_takes_it_back() -> None:
    assert overfitting(run([*WORSE, (0.3, 0.8)])) is None
    assert overfitting(run([*WORSE, (0.3, 0.7)])) is None
    assert overfitting(run(WORSE, [(0.3, 0.7)])) is None, "another stage made up for it"


def test_of_equally_low_losses_the_last_counts() -> None:
    twice = [(1.0, 1.0), (0.9, 0.8), *WORSE[2:]]
    assert overfitting(run(twice)) == Overfitting(epoch=6, best=2, lowest=3, first=4, last=6)


def test_each_stage_has_a_lowest_loss_of_its_own() -> None:
    above = [(0.6, 0.85), (0.5, 0.9), (0.4, 0.95)]
    assert overfitting(run(GOOD, above)) is None, "three above the stage before, two above its own"
    found = overfitting(run(GOOD, [*above, (0.3, 0.9)]))
    assert found == Overfitting(epoch=7, best=3, lowest=4, first=5, last=7)


def test_the_first_stage_that_overfits_is_told() -> None:
    found = overfitting(run(WORSE, [(0.4, 0.9), (0.3, 1.0), (0.2, 1.1), (0.1, 1.2)]))
    assert found is not None
    assert (found.epoch, found.last) == (6, 6)


def test_the_kept_epoch_is_the_one_of_the_recipes_rule() -> None:
    history = fold([RunStarted(epochs=(6,)), StageStarted(1, keep="last")])
    for one in run(WORSE).epochs:
        history.add(one)
    assert overfitting(history) == Overfitting(epoch=6, best=6, lowest=3, first=4, last=6)


def test_before_the_first_epoch_there_is_nothing_to_tell() -> None:
    assert overfitting(History()) is None
    assert wilson_band(History()) == []
    assert elapsed(History()) == 0.0


LOSS = st.sampled_from([0.1, 0.2, 0.3, 0.4, 0.5])
STAGE = st.lists(st.tuples(LOSS, LOSS), min_size=1, max_size=9)


@given(st.lists(STAGE, min_size=1, max_size=3))
def test_what_is_called_overfitting_is(stages: list[Losses]) -> None:
    found = overfitting(run(*stages))
    if found is None:
        return
    flat = [one for stage in stages for one in stage]
    ends = [sum(map(len, stages[: n + 1])) for n in range(len(stages))]
    end = next(one for one in ends if one >= found.lowest)
    assert found.first == found.lowest + 1
    assert found.last == end, "the gap ends with its stage"
    assert found.first + EPOCHS_ABOVE - 1 <= found.epoch <= found.last
    assert all(one > flat[found.lowest - 1][1] for _, one in flat[found.lowest :])
    assert flat[found.epoch - 1][0] < flat[found.epoch - EPOCHS_ABOVE - 1][0]
    assert found.best <= len(flat)


@given(STAGE)
def test_it_is_said_at_the_epoch_at_which_it_is_known(losses: Losses) -> None:
    found = overfitting(run(losses))
    if found is not None:
        at, before = (overfitting(run(losses[: found.epoch - n])) for n in (0, 1))
        assert at is not None
        assert (at.epoch, at.lowest) == (found.epoch, found.lowest)
        assert before is None or before.lowest != found.lowest


@given(st.lists(LOSS, min_size=4, max_size=9), st.data())
def test_a_validation_loss_that_never_rises_is_never_overfitting(
    validation: list[float], data: st.DataObject
) -> None:
    train = data.draw(st.lists(LOSS, min_size=len(validation), max_size=len(validation)))
    falling = sorted(validation, reverse=True)
    assert overfitting(run(list(zip(train, falling, strict=True)))) is None


@given(st.integers(1, 5), st.integers(3, 6))
def test_a_rise_while_training_falls_is_always_told(before: int, after: int) -> None:
    numbers = range(1, before + after + 1)
    losses = [(1 / n, 1 / n if n <= before else 1.0 + n) for n in numbers]
    found = overfitting(run(losses))
    assert found is not None
    assert (found.lowest, found.epoch) == (before, before + EPOCHS_ABOVE)


FINITE = st.floats(-1e6, 1e6)
WEIGHT = st.floats(0, 0.999)


@given(st.lists(FINITE, max_size=30), WEIGHT)
def test_a_smoothed_curve_stays_within_what_it_smooths(values: list[float], weight: float) -> None:
    found = smoothed(values, weight)
    assert len(found) == len(values)
    assert found[:1] == pytest.approx(values[:1], abs=1e-6)
    for place, one in enumerate(found, start=1):
        assert min(values[:place]) - 1e-5 <= one <= max(values[:place]) + 1e-5


@given(st.lists(FINITE, max_size=10))
def test_without_a_weight_the_curve_is_what_was_measured(values: list[float]) -> None:
    assert smoothed(values, 0) == values


@given(FINITE, WEIGHT, st.integers(1, 30))
def test_a_flat_curve_stays_flat(value: float, weight: float, count: int) -> None:
    assert smoothed([value] * count, weight) == pytest.approx([value] * count, rel=1e-9, abs=1e-9)


@given(st.lists(FINITE, min_size=1, max_size=20), WEIGHT)
def test_the_mean_is_that_of_the_formula(values: list[float], weight: float) -> None:
    count = len(values)
    shares = [weight ** (count - 1 - n) for n in range(count)]
    mean = sum(a * b for a, b in zip(shares, values, strict=True)) / sum(shares)
    assert smoothed(values, weight)[-1] == pytest.approx(mean, rel=1e-9, abs=1e-4)


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 0.95)), min_size=1, max_size=20))
def test_each_value_can_have_a_weight_of_its_own(pairs: list[tuple[float, float]]) -> None:
    mean = RunningMean()
    found = [mean.add(value, keep) for value, keep in pairs][-1]
    keeps = [keep for _, keep in pairs]
    shares = [(1 - keep) * math.prod(keeps[n + 1 :]) for n, keep in enumerate(keeps)]
    told = sum(share * value for share, (value, _) in zip(shares, pairs, strict=True))
    assert found == pytest.approx(told / sum(shares), rel=1e-9, abs=1e-9)


def test_values_that_are_no_numbers_count_for_nothing() -> None:
    found = smoothed([1.0, math.nan, math.inf, 3.0], 0.5)
    assert math.isnan(found[1])
    assert found[2] == math.inf
    assert [found[0], found[3]] == smoothed([1.0, 3.0], 0.5)


@pytest.mark.parametrize("weight", [-0.1, 1.0, math.nan])
def test_another_weight_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="weight"):
        smoothed([1.0], weight)


def test_the_band_is_that_of_each_epochs_pictures() -> None:
    band = wilson_band(run(GOOD))
    assert band == [wilson(5, 10)] * 3


def test_pictures_per_second_counts_both_parts_and_their_seconds() -> None:
    assert pictures_per_second(run(GOOD).epochs[0]) == (40 + 10) / 2
    untold = EpochFinished(1, 1, Score(1.0, 0.5, 40), Score(1.0, 0.5, 10))
    assert pictures_per_second(untold) is None


def test_a_run_took_its_epochs_until_it_has_ended() -> None:
    history = run(GOOD)
    assert elapsed(history) == 6.0
    history.add(RunFinished("stopped", seconds=6.5))
    assert elapsed(history) == 6.5
