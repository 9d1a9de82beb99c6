"""Rates that rise and fall: what each schedule promises, at any place, and in PyTorch's words."""

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.recipe.config import Schedule, StageConfig
from core.runs.events import EpochFinished, Score
from core.training.rates import Progress, factor, out_of_patience, planned

SCHEDULES: list[Schedule] = ["constant", "step", "cosine", "one-cycle", "plateau"]
STAGES = st.builds(
    StageConfig,
    epochs=st.integers(min_value=1, max_value=60),
    schedule=st.sampled_from(SCHEDULES),
    thawed=st.sampled_from([(), (5,)]),
    warmup_epochs=st.none() | st.floats(min_value=0, max_value=10),
    decay_every=st.integers(min_value=1, max_value=20),
    decay_factor=st.floats(min_value=0.01, max_value=0.99),
)
STEPS = st.integers(min_value=1, max_value=12)
LOSSES = st.lists(st.floats(min_value=0, max_value=10), max_size=40)


def stage(schedule: Schedule, **fields: object) -> StageConfig:
    return StageConfig.model_validate({"schedule": schedule, **fields})


@given(STAGES, STEPS, LOSSES)
def test_no_rate_is_ever_above_the_one_that_was_asked_for(
    stage: StageConfig, steps: int, losses: list[float]
) -> None:
    assert len(planned(stage, steps)) == stage.epochs * steps
    for epoch in range(stage.epochs):
        for step in range(steps):
            assert 0 <= factor(stage, Progress(epoch, step, steps, losses[:epoch])) <= 1


@given(STAGES, STEPS)
def test_the_first_step_already_learns(stage: StageConfig, steps: int) -> None:
    assert planned(stage, steps)[0] > 0


@given(STAGES, STEPS)
def test_the_planned_curve_is_what_is_done_while_loss_keeps_falling(
    stage: StageConfig, steps: int
) -> None:
    falling = [1 / (epoch + 1) for epoch in range(stage.epochs)]
    done = [
        factor(stage, Progress(epoch, step, steps, falling[:epoch]))
        for epoch in range(stage.epochs)
        for step in range(steps)
    ]
    assert planned(stage, steps) == done


@given(STAGES, STEPS)
def test_rates_rise_to_their_peak_and_then_only_fall(stage: StageConfig, steps: int) -> None:
    curve = planned(stage, steps)
    if stage.schedule == "step":  # it may fall while it still gets warm
        peak = min(len(curve), math.ceil(stage.warmup() * steps))
    else:
        peak = curve.index(max(curve))
        assert all(one <= other + 1e-12 for one, other in pairwise(curve[: peak + 1]))
    assert all(one >= other - 1e-12 for one, other in pairwise(curve[peak:]))


@given(st.floats(min_value=2, max_value=10), STEPS)
def test_a_warm_up_rises_evenly_from_nearly_nothing(epochs: float, steps: int) -> None:
    stage = StageConfig(epochs=20, warmup_epochs=epochs, schedule="constant")
    curve = planned(stage, steps)
    assert curve[0] == pytest.approx(1 / (epochs * steps))
    rising = curve[: int(epochs * steps)]
    for one, other in pairwise(rising):
        assert other - one == pytest.approx(curve[0])
    assert all(one == 1 for one in curve[math.ceil(epochs * steps) :])


@pytest.mark.parametrize(
    ("stage", "epochs"),
    [
        (StageConfig(epochs=20), 0),
        (StageConfig(epochs=10, thawed=(5,)), 2),
        (StageConfig(epochs=60, thawed=(1, 2, 3, 4, 5)), 2),
        (StageConfig(epochs=4, thawed=(5,)), 1.2),
        (StageConfig(epochs=10, thawed=(5,), warmup_epochs=0.0), 0),
        (StageConfig(epochs=10, warmup_epochs=2.0), 2),
    ],
)
def test_thawed_blocks_get_warm_by_default(stage: StageConfig, epochs: float) -> None:
    assert stage.warmup() == pytest.approx(epochs)
    curve = planned(stage, 20)
    assert curve.index(max(curve)) == pytest.approx(20 * epochs, abs=1)


def test_a_longer_stage_got_as_warm_as_it_was_planned() -> None:
    """An extension by eight epochs doesn't begin the warm-up of a longer stage anew."""
    short, longer = (StageConfig(epochs=one, thawed=(5,), schedule="constant") for one in (2, 10))
    extended = Progress(1, 1, 4, cycles=[range(2), range(2, 10)])
    assert factor(longer, extended) == factor(short, Progress(1, 1, 4)) == 1
    assert factor(longer, Progress(1, 1, 4)) < 1


def test_a_constant_rate_is_exactly_the_one_that_was_asked_for() -> None:
    assert planned(stage("constant", epochs=3), 4) == [1.0] * 12


def test_steps_fall_at_whole_epochs() -> None:
    curve = planned(stage("step", epochs=7, decay_every=3, decay_factor=0.5), 2)
    assert curve == [1.0] * 6 + [0.5] * 6 + [0.25] * 2


def test_a_cosine_is_half_at_half_time_and_nothing_at_the_end() -> None:
    curve = planned(stage("cosine", epochs=10), 100)
    assert curve[0] == 1
    assert curve[500] == pytest.approx(0.5)
    assert 0 < curve[-1] < 1e-5


def test_a_cosine_begins_to_fall_when_it_is_warm() -> None:
    curve = planned(stage("cosine", epochs=10, warmup_epochs=2), 10)
    assert curve[19] == curve[20] == 1
    assert curve[60] == pytest.approx(0.5)


@pytest.mark.parametrize("steps", [1, 7])
def test_a_cosine_is_pytorchs(steps: int) -> None:
    assert planned(stage("cosine", epochs=8), steps) == pytest.approx(
        _pytorch(lambda one: torch.optim.lr_scheduler.CosineAnnealingLR(one, 8 * steps), 8 * steps)
    )


def test_one_cycle_is_pytorchs() -> None:
    # there the first and the last step stand at the ends, here a step at what is done before it
    total = 3000
    curve = planned(stage("one-cycle", epochs=30), total // 30)
    other = _pytorch(
        lambda one: torch.optim.lr_scheduler.OneCycleLR(
            one, max_lr=1.0, total_steps=total, cycle_momentum=False
        ),
        total,
    )
    assert curve == pytest.approx(other, abs=2e-3)
    assert curve[0] == pytest.approx(1 / 25)
    assert max(curve) == 1
    assert curve[-1] < 1e-5


def test_one_cycle_has_a_rise_of_its_own() -> None:
    assert planned(stage("one-cycle", epochs=10, warmup_epochs=5), 3) == planned(
        stage("one-cycle", epochs=10), 3
    )


def _pytorch(schedule: object, steps: int) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(()))], lr=1.0)
    scheduler = schedule(optimizer)  # type: ignore[operator]
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


@given(
    LOSSES,
    st.integers(min_value=1, max_value=6),
    st.floats(min_value=0.1, max_value=0.9),
)
def test_plateaus_are_pytorchs(losses: list[float], every: int, share: float) -> None:
    one = stage("plateau", epochs=100, decay_every=every, decay_factor=share)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(()))], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=share, patience=every - 1, threshold=0, eps=0
    )
    for epoch, loss in enumerate(losses):
        found = factor(one, Progress(epoch, losses=losses[:epoch]))
        assert found == pytest.approx(optimizer.param_groups[0]["lr"])
        scheduler.step(loss)


CYCLES = (range(10), range(4, 9), range(9, 11))  # ended early with the fourth, extended twice


@pytest.mark.parametrize("schedule", ["cosine", "one-cycle"])
def test_an_extension_has_a_cycle_of_its_own(schedule: Schedule) -> None:
    first = stage(schedule, epochs=10)
    whole = stage(schedule, epochs=11)  # as the recipe has it after the extensions

    def at(epoch: int) -> float:
        return factor(whole, Progress(epoch, 1, 3, cycles=CYCLES))

    def alone(epochs: int) -> object:
        return pytest.approx(planned(stage(schedule, epochs=epochs), 3)[1::3])

    assert [at(one) for one in range(4)] == planned(first, 3)[1:12:3]
    assert [at(one) for one in range(4, 9)] == alone(5)
    assert [at(one) for one in range(9, 11)] == alone(2)


@pytest.mark.parametrize("schedule", ["constant", "step", "plateau"])
def test_what_has_no_end_just_goes_on_in_an_extension(schedule: Schedule) -> None:
    whole = stage(schedule, epochs=11, decay_every=2)
    losses = [1.0] * 11
    for epoch in range(11):
        extended = factor(whole, Progress(epoch, 1, 3, losses[:epoch], CYCLES))
        assert extended == factor(whole, Progress(epoch, 1, 3, losses[:epoch]))


def _epochs(losses: list[float], accuracies: list[float] | None = None) -> list[EpochFinished]:
    pairs = zip(losses, accuracies or [0.5] * len(losses), strict=True)
    return [
        EpochFinished(1, number, Score(1.0, 0.5, 10), Score(loss, accuracy, 10))
        for number, (loss, accuracy) in enumerate(pairs, start=1)
    ]


def test_without_patience_a_stage_never_ends_early() -> None:
    assert not out_of_patience(StageConfig(), _epochs([1.0] * 100))


@pytest.mark.parametrize(
    ("losses", "is_over"),
    [
        ([1.0], False),
        ([1.0, 1.0, 1.0], False),
        ([1.0, 1.0, 1.0, 1.0], True),
        ([1.0, 2.0, 3.0, 0.9], False),
        ([1.0, 0.9, 0.95, 0.9, 1.1], True),
        ([1.0, 0.9, 0.8, 0.7], False),
    ],
)
def test_patience_lasts_so_many_epochs_without_a_lower_loss(
    losses: list[float], is_over: bool
) -> None:
    assert out_of_patience(StageConfig(patience=3), _epochs(losses)) is is_over


def test_patience_may_watch_accuracy() -> None:
    watching = StageConfig(patience=2, watch="accuracy")
    falling = [0.3, 0.2, 0.1]
    assert out_of_patience(watching, _epochs(falling, [0.5, 0.5, 0.5]))
    assert not out_of_patience(watching, _epochs(falling, [0.5, 0.5, 0.6]))


def test_an_extension_has_all_its_patience() -> None:
    watching = StageConfig(patience=3)
    losses = [1.0, 2.0, 2.0, 2.0]
    assert out_of_patience(watching, _epochs(losses))
    assert not out_of_patience(watching, _epochs(losses), since=4)
    assert not out_of_patience(watching, _epochs([*losses, 2.0, 2.0]), since=4)
    assert out_of_patience(watching, _epochs([*losses, 2.0, 2.0, 2.0]), since=4)


@given(LOSSES, st.integers(min_value=1, max_value=9))
def test_patience_is_over_once_and_not_before(losses: list[float], patience: int) -> None:
    watching = StageConfig(patience=patience)
    over = [out_of_patience(watching, _epochs(losses[:end])) for end in range(len(losses) + 1)]
    for end in range(min(patience + 1, len(over))):
        assert not over[end], "the first epoch is always better than none"
    for end, is_over in enumerate(over):
        best = min(losses[:end], default=0.0)
        assert is_over == (end > 0 and end - 1 - losses.index(best) >= patience)
