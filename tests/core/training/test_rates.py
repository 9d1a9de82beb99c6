"""Learning rates: schedules, patience, each head's default, and the finder's curve and its run."""

import itertools
import math
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from itertools import pairwise
from math import exp, inf, log, nan
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.common.messages import InputError, ThawError
from core.compute.cache import budget as cache_budget
from core.compute.features.source import FeatureBatch
from core.dataset.summary import DatasetSummary, scan
from core.recipe import files as recipes
from core.recipe.config import RunConfig, Schedule, StageConfig
from core.recipe.heads import HEADS, REFERENCE_FEATURES, HeadKind
from core.runs.events import CacheProgress, EpochFinished, Event, Score
from core.training import rate_finder
from core.training import stage as training_stage
from core.training.rate_curve import (
    HIGHEST,
    LOWEST,
    RateCurve,
    RateFound,
    RateTried,
    longest_fall,
    rates,
    steady,
    valley,
)
from core.training.rates import (
    Progress,
    factor,
    learning_rates,
    out_of_patience,
    planned,
)
from core.training.stage import StageTrainer
from tests.support import ROOT
from tests.support.pictures import PictureFolder
from tests.support.training import NewRuns, small_recipe

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


# -- schedules ---


@given(STAGES, STEPS, LOSSES)
def test_no_rate_is_above_the_recipes(stage: StageConfig, steps: int, losses: list[float]) -> None:
    for epoch in range(stage.epochs):
        for step in range(steps):
            assert 0 <= factor(stage, Progress(epoch, step, steps, losses[:epoch])) <= 1


@given(STAGES, STEPS)
def test_the_planned_curve_is_followed_while_the_loss_falls(stage: StageConfig, steps: int) -> None:
    falling = [1 / (epoch + 1) for epoch in range(stage.epochs)]
    done = [
        factor(stage, Progress(epoch, step, steps, falling[:epoch]))
        for epoch in range(stage.epochs)
        for step in range(steps)
    ]
    assert planned(stage, steps) == done
    assert len(done) == stage.epochs * steps
    assert done[0] > 0, "the first step already learns"


@given(st.floats(min_value=2, max_value=10), STEPS)
def test_a_warm_up_rises_evenly_from_nearly_nothing(epochs: float, steps: int) -> None:
    curve = planned(StageConfig(epochs=20, warmup_epochs=epochs, schedule="constant"), steps)
    assert curve[0] == pytest.approx(1 / (epochs * steps))
    for one, other in pairwise(curve[: int(epochs * steps)]):
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
def test_thawed_blocks_warm_up_by_default(stage: StageConfig, epochs: float) -> None:
    assert stage.warmup() == pytest.approx(epochs)
    curve = planned(stage, 20)
    assert curve.index(max(curve)) == pytest.approx(20 * epochs, abs=1)


def test_an_extension_does_not_warm_up_again() -> None:
    short, longer = (StageConfig(epochs=one, thawed=(5,), schedule="constant") for one in (2, 10))
    extended = Progress(1, 1, 4, cycles=[range(2), range(2, 10)])
    assert factor(longer, extended) == factor(short, Progress(1, 1, 4)) == 1
    assert factor(longer, Progress(1, 1, 4)) < 1


def test_steps_fall_at_whole_epochs_and_a_constant_rate_never() -> None:
    curve = planned(stage("step", epochs=7, decay_every=3, decay_factor=0.5), 2)
    assert curve == [1.0] * 6 + [0.5] * 6 + [0.25] * 2
    assert planned(stage("constant", epochs=3), 4) == [1.0] * 12


def test_a_cosine_is_pytorchs_and_begins_to_fall_after_the_warm_up() -> None:
    curve = planned(stage("cosine", epochs=8), 7)
    theirs = _pytorch(lambda one: torch.optim.lr_scheduler.CosineAnnealingLR(one, 56), 56)
    assert curve == pytest.approx(theirs)
    warm = planned(stage("cosine", epochs=10, warmup_epochs=2), 10)
    assert warm[19] == warm[20] == 1
    assert warm[60] == pytest.approx(0.5)


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
    assert (curve[0], max(curve)) == (pytest.approx(1 / 25), 1)
    assert curve[-1] < 1e-5
    warm = stage("one-cycle", epochs=30, warmup_epochs=5)
    assert planned(warm, total // 30) == curve, "it has a rise of its own"


def _pytorch(schedule: Callable[..., object], steps: int) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(()))], lr=1.0)
    scheduler = schedule(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()  # type: ignore[attr-defined]
    return rates


@given(LOSSES, st.integers(min_value=1, max_value=6), st.floats(min_value=0.1, max_value=0.9))
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
    whole = stage(schedule, epochs=11)  # as the recipe has it after the extensions

    def at(epoch: int) -> float:
        return factor(whole, Progress(epoch, 1, 3, cycles=CYCLES))

    def alone(epochs: int) -> object:
        return pytest.approx(planned(stage(schedule, epochs=epochs), 3)[1::3])

    assert [at(one) for one in range(4)] == planned(stage(schedule, epochs=10), 3)[1:12:3]
    assert [at(one) for one in range(4, 9)] == alone(5)
    assert [at(one) for one in range(9, 11)] == alone(2)


@pytest.mark.parametrize("schedule", ["constant", "step", "plateau"])
def test_a_schedule_without_an_end_goes_on_in_an_extension(schedule: Schedule) -> None:
    whole = stage(schedule, epochs=11, decay_every=2)
    for epoch in range(11):
        losses = [1.0] * epoch
        extended = factor(whole, Progress(epoch, 1, 3, losses, CYCLES))
        assert extended == factor(whole, Progress(epoch, 1, 3, losses))


# -- patience ---


def _epochs(losses: list[float], accuracies: list[float] | None = None) -> list[EpochFinished]:
    pairs = zip(losses, accuracies or [0.5] * len(losses), strict=True)
    return [
        EpochFinished(1, number, Score(1.0, 0.5, 10), Score(loss, accuracy, 10))
        for number, (loss, accuracy) in enumerate(pairs, start=1)
    ]


@given(LOSSES, st.integers(min_value=1, max_value=9))
def test_patience_lasts_so_many_epochs_without_a_fall(losses: list[float], patience: int) -> None:
    assert not out_of_patience(StageConfig(), _epochs(losses)), "a stage without patience"
    watching = StageConfig(patience=patience)
    for end in range(len(losses) + 1):
        best = min(losses[:end], default=0.0)
        is_over = end > 0 and end - 1 - losses.index(best) >= patience
        assert out_of_patience(watching, _epochs(losses[:end])) == is_over


def test_patience_may_watch_accuracy_and_an_extension_has_all_of_it() -> None:
    watching = StageConfig(patience=2, watch="accuracy")
    falling = [0.3, 0.2, 0.1]
    assert out_of_patience(watching, _epochs(falling, [0.5, 0.5, 0.5]))
    assert not out_of_patience(watching, _epochs(falling, [0.5, 0.5, 0.6]))
    watching = StageConfig(patience=3)
    losses = [1.0, 2.0, 2.0, 2.0]
    assert out_of_patience(watching, _epochs(losses))
    assert not out_of_patience(watching, _epochs(losses), since=4)
    assert not out_of_patience(watching, _epochs([*losses, 2.0, 2.0]), since=4)
    assert out_of_patience(watching, _epochs([*losses, 2.0, 2.0, 2.0]), since=4)


# -- defaults ---

OPTIMIZERS = ("sgd", "adam", "adamw", "rmsprop")
KINDS = tuple(kind for kind, facts in HEADS.items() if facts.has_gradient)
FEATURES = st.integers(min_value=1, max_value=4_000_000)


@given(st.tuples(FEATURES, FEATURES), st.sampled_from(KINDS), st.sampled_from(OPTIMIZERS))
def test_a_default_never_grows_with_the_features(
    pair: tuple[int, int], kind: HeadKind, optimizer: str
) -> None:
    fewer, more = sorted(pair)
    rate = HEADS[kind].default_rate(fewer, optimizer)
    assert rate >= HEADS[kind].default_rate(more, optimizer)
    assert float(f"{rate:.2g}") == rate
    named = recipes.changed(RunConfig(), "stages.0.learning_rate", rate)
    assert named.stages[0].learning_rate == rate, "a recipe may name it"


@pytest.mark.parametrize(("kind", "optimizer"), list(itertools.product(KINDS, OPTIMIZERS)))
def test_the_rate_falls_over_the_sizes_that_a_person_can_choose(
    kind: HeadKind, optimizer: str
) -> None:
    sizes = [512 * (size // 32) ** 2 for size in (64, 96, 128, 224, 512)]
    found = [HEADS[kind].default_rate(features, optimizer) for features in sizes]
    evened_out = optimizer == "sgd" and kind in ("fc", "conv")  # by the hidden layers
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == (1 if evened_out else len(sizes))


def test_an_explicit_rate_wins_and_thawed_blocks_learn_at_their_share_of_it() -> None:
    alone, together = (learning_rates(RunConfig(), number)[0] for number in (0, 1))
    assert together == pytest.approx(0.3 * alone, rel=0.05), "by default, to two digits"
    recipe = recipes.changed(RunConfig(), "stages.1.learning_rate", 0.02)
    assert learning_rates(recipe, 1) == (0.02, pytest.approx(0.004))
    assert learning_rates(recipe, 0) == (
        HEADS["softmax"].default_rate(REFERENCE_FEATURES, "adamw"),
        0.0,
    )
    recipe = recipes.changed(RunConfig(), "stages.1.backbone_factor", 0.5)
    head, backbone = learning_rates(recipe, 1)
    assert backbone == pytest.approx(head * 0.5)


def test_size_depth_and_pooling_decide_the_default() -> None:
    small = recipes.changed(RunConfig(), "dataset.image_size", 64)
    assert learning_rates(small, 0)[0] == HEADS["softmax"].default_rate(2048, "adamw")
    shallow = recipes.make({"model": {"depth": 3}, "stages": [{}]})
    assert learning_rates(shallow, 0)[0] == HEADS["softmax"].default_rate(256 * 28 * 28, "adamw")

    def rate(kind: HeadKind, pooling: str) -> float:
        head = {"kind": kind, "pooling": pooling}
        return learning_rates(recipes.make({"model": {"head": head}, "stages": [{}]}), 0)[0]

    for kind in ("softmax", "one-vs-rest", "svm", "fc"):
        assert rate(kind, "flatten") == HEADS[kind].default_rate(25_088, "adamw")
        assert rate(kind, "average") == rate(kind, "max") == HEADS[kind].default_rate(512, "adamw")
        assert rate(kind, "both") == HEADS[kind].default_rate(1024, "adamw")
    assert rate("conv", "average") == rate("conv", "flatten"), "its convolutions see all"


def test_rates_load_without_torch() -> None:
    code = "import sys, core.training.rates, core.recipe.network; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


# -- the finder's curve ---


def curve_of(losses: list[float], steps: int = 80) -> RateCurve:
    curve = RateCurve(steps)
    for rate, loss in zip(rates(steps), losses, strict=False):
        curve.add(rate, loss)
        if curve.is_over:
            break
    return curve


def test_rates_grow_by_the_same_factor_from_the_lowest_to_the_highest() -> None:
    tried = rates(81)
    assert (tried[0], tried[-1]) == (LOWEST, pytest.approx(HIGHEST))
    assert all(b / a == pytest.approx(10**0.1) for a, b in pairwise(tried))


def test_the_suggestion_is_where_the_loss_falls_and_not_where_it_turns() -> None:
    """A loss that falls from 2 to 0.2 between rates of 1e-4 and 1e-2, and explodes at 1."""
    losses = [0.2 + 1.8 / (1 + (rate / 1e-3) ** 2) + (rate / 0.5) ** 3 for rate in rates()]
    found = curve_of(losses).suggestion()
    assert found is not None
    assert 3e-4 < found < 5e-3


def test_a_tiny_fall_before_the_real_one_is_no_part_of_it() -> None:
    def loss(rate: float) -> float:
        return 2 - 1e-7 * log(rate / LOWEST) - 1.8 * (1 - exp(-rate / 1e-2))

    tried = [rate for rate in rates() if rate < 1e-1]
    found = valley(tried, [loss(rate) for rate in tried])
    assert found is not None
    assert found > 5e-4


def test_a_bump_on_the_way_down_does_not_end_it() -> None:
    tried = rates(9)
    assert valley(tried, [5, 4, 3, 3.5, 2, 1, 0.5, 3, 9]) == float(f"{tried[2]:.1e}")


@pytest.mark.parametrize("slope", [0, 0.01, -1e-4])
def test_a_loss_that_never_falls_suggests_nothing(slope: float) -> None:
    for steps in (0, 1, 80):
        assert curve_of([2 + slope * step for step in range(steps)]).suggestion() is None


def test_the_curve_ends_when_the_loss_is_much_worse_or_after_the_last_step() -> None:
    curve = curve_of([2.0] * 10 + [1.0] * 20 + [50.0] * 50)
    assert curve.is_over
    assert 30 < len(curve.tried) < 40
    assert curve.tried[-1].steps == 80
    assert curve_of([2.0] * 80).is_over
    assert not curve_of([2.0] * 79).is_over
    for loss in (nan, inf):
        curve = curve_of([2.0, 1.0, loss, 1.0])
        assert curve.is_over
        assert [one.loss for one in curve.tried] == [2.0, 1.0]


def test_one_lucky_batch_moves_the_smoothed_loss_little() -> None:
    curve = curve_of([2.0] * 20 + [0.0] + [2.0] * 20)
    assert [one.smoothed for one in curve.tried[:20]] == pytest.approx([2.0] * 20)
    assert min(one.smoothed for one in curve.tried) > 1.5


@given(st.lists(st.integers(-20, 20), max_size=9))
def test_the_longest_fall_is_the_longest(losses: list[int]) -> None:
    way = longest_fall([float(one) for one in losses])
    assert all(a < b and losses[a] > losses[b] for a, b in pairwise(way))
    lengths: list[int] = []
    for place, loss in enumerate(losses):
        before = [lengths[n] for n in range(place) if losses[n] > loss]
        lengths.append(1 + max(before, default=0))
    assert len(way) == max(lengths, default=0)


# Random weights on photographs of ten classes: the last step before the loss leaps is the best.
ON_PHOTOGRAPHS = [
    *[(1e-7 * 1.3664**step, 2.3026) for step in range(23)],
    (1.31e-4, 2.3028),
    (1.80e-4, 2.2993),
    (2.45e-4, 2.2928),
    (3.35e-4, 2.3362),
    (4.58e-4, 2.3267),
]


def test_random_weights_whose_loss_hardly_fell_get_a_rate() -> None:
    tried, losses = zip(*ON_PHOTOGRAPHS, strict=True)
    assert valley(tried, losses) is None
    assert steady(tried, losses) == pytest.approx(2.4e-5, rel=0.05)
    trembling = [2.3026 - 0.002 * (step % 7 == 3) for step in range(80)]
    assert steady(rates(80), trembling) is None


# -- the finder's run ---

SHALLOW = ("model.depth=2", 'stages=[{"epochs":2},{"epochs":1,"thawed":[2]}]')


def find(recipe: RunConfig, summary: DatasetSummary, *more: Any, **named: Any) -> Iterator[Any]:
    return rate_finder.find(recipe, rate_finder.dataset_of(recipe, summary), *more, **named)


def found(
    recipe: RunConfig, folder: Path, stage: int = 1, steps: int = 40
) -> tuple[list[RateTried], RateFound]:
    told = list(find(recipe, scan(folder), stage - 1, steps=steps))
    assert not any(isinstance(one, EpochFinished) for one in told)
    assert isinstance(told[-1], RateFound)
    return [one for one in told if isinstance(one, RateTried)], told[-1]


def test_a_rate_is_suggested_that_trains(make: NewRuns, colors: Path) -> None:
    tried, end = found(small_recipe(*SHALLOW), colors)
    assert [one.step for one in tried] == list(range(1, len(tried) + 1))
    assert tried[0].loss == pytest.approx(np.log(3), rel=1e-3), "a new head knows nothing"
    assert (end.stage, end.from_start) == (1, False)
    assert end.rate is not None
    assert 1e-5 < end.rate < 1
    settings = 'stages=[{"epochs":3}]', f"stages.0.learning_rate={end.rate}"
    run, _ = make.trained("model.depth=2", *settings, on=colors)
    assert run.history.best.validation.accuracy >= 5 / 6  # red, green and blue noise


def test_a_thawed_stage_is_tried_from_the_start_and_says_so(colors: Path) -> None:
    tried, end = found(small_recipe(*SHALLOW), colors, stage=2)
    assert (end.stage, end.from_start) == (2, True)
    assert tried[0].loss == pytest.approx(np.log(3), rel=1e-3)
    assert {one.steps for one in tried} == {40}
    assert min(one.smoothed for one in tried) < tried[0].loss
    high = small_recipe(*SHALLOW, "stages.0.optimizer=sgd", "stages.0.momentum=0")
    assert len(found(high, colors)[0]) < 40, "too high a rate ends it early"


def test_the_same_seed_finds_the_same(colors: Path) -> None:
    recipe = small_recipe(*SHALLOW, "augmentation.rotation=20")
    first = found(recipe, colors, steps=10)
    assert found(recipe, colors, steps=10) == first
    other = small_recipe(*SHALLOW, "augmentation.rotation=20", "seed=1")
    assert found(other, colors, steps=10) != first


def test_few_images_come_in_another_order(colors: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, ...]] = []
    step = StageTrainer.step

    def noting(
        self: StageTrainer, item: FeatureBatch, over_run: int, factor: float
    ) -> Generator[Event, None, tuple[float, int]]:
        seen.append(item.positions)
        return step(self, item, over_run, factor)

    monkeypatch.setattr(StageTrainer, "step", noting)
    found(small_recipe(*SHALLOW, "batch_size=9"), colors, steps=4)
    assert [len(one) for one in seen] == [9, 9, 9, 9]
    assert set(seen[0] + seen[1]) == set(seen[2] + seen[3]) == set(range(18))
    assert seen[:2] != seen[2:]


def test_a_training_after_it_has_the_same_bits(make: NewRuns, colors: Path) -> None:
    head = ("model.head.kind=fc", "model.head.hidden=[8]", "model.head.dropout=0.5")
    views = ("augmentation.rotation=20", "augmentation.cached_views=2", "balanced_sampling=true")
    recipe = small_recipe(*SHALLOW, *head, *views)
    states: tuple[Callable[[], object], ...] = (
        lambda: torch.get_rng_state().tolist(),
        lambda: repr(np.random.get_state()),
        random.getstate,
    )
    written = []
    for name in ("without", "after"):
        cache_budget.clear()
        if name == "after":
            before = [state() for state in states]
            found(recipe, colors, stage=1, steps=8)
            found(recipe, colors, stage=2, steps=3)
            assert [state() for state in states] == before, "no global generator moved"
        run, _ = make.trained(*SHALLOW, *head, *views, on=colors)
        names = ("best.safetensors", "predictions.csv")
        written.append([(run.directory / one).read_bytes() for one in names])
    assert written[0] == written[1]


def test_only_features_are_written_which_training_uses(
    make: NewRuns, colors: Path, home: Path
) -> None:
    recipe, summary = small_recipe(*SHALLOW), scan(colors)
    images = {path: path.stat().st_mtime_ns for path in colors.rglob("*")}
    first = list(find(recipe, summary, 0, steps=8))
    assert {path: path.stat().st_mtime_ns for path in colors.rglob("*")} == images
    files = [path for path in home.rglob("*") if path.is_file()]
    assert files
    assert all(cache_budget.root() in path.parents for path in files)
    progress = [one for one in first if isinstance(one, CacheProgress)]
    assert progress[-1].done == progress[-1].total == 18
    again = list(find(recipe, summary, 0, steps=8))
    assert not any(isinstance(one, CacheProgress) for one in again)
    _, events = make.trained(*SHALLOW, on=colors)
    left = [one for one in events if isinstance(one, CacheProgress) and one.stage == 1]
    assert {one.total for one in left} == {6}, "training has only validation left to compute"


def test_only_tried_images_are_read_and_lost_ones_left_out(picture_folder: PictureFolder) -> None:
    summary = scan(picture_folder(classes=2, per_class=20))
    read: set[Path] = set()
    read_bytes = Path.read_bytes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "read_bytes", lambda path: read.add(path) or read_bytes(path))
        list(find(small_recipe(*SHALLOW), summary, 0, steps=3))
    tried = [path for path in read if summary.folder in path.parents]
    assert len(tried) == 12
    tried[0].unlink()
    told = list(find(small_recipe(*SHALLOW), summary, 0, steps=3))
    assert sum(isinstance(one, RateTried) for one in told) == 3


@pytest.mark.parametrize("kind", [CacheProgress, RateTried])
def test_a_stop_is_heard_at_once(colors: Path, kind: type) -> None:
    stop, told = threading.Event(), list[bool]()

    def pull() -> None:
        for one in find(small_recipe(*SHALLOW), scan(colors), 1, stop):
            told.append(stop.is_set())
            if isinstance(one, kind):
                stop.set()

    with pytest.raises(ThawError) as caught:
        pull()
    assert caught.value.code == "stopped"
    assert sum(told) <= 1


def test_without_validation_or_memory_nothing_is_tried(
    colors: Path, picture_folder: PictureFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = scan(picture_folder(classes=2, per_class=1))
    with pytest.raises(InputError) as without:
        list(find(small_recipe(), summary, 0))
    assert "validation" in without.value.code
    with pytest.raises(InputError) as without:
        list(
            find(
                small_recipe("model.head.kind=nearest-mean", 'stages=[{"epochs":1}]'),
                scan(colors),
                0,
            )
        )
    assert without.value.code == "rate_without_gradient"
    monkeypatch.setattr(training_stage, "training_step", Mock(side_effect=MemoryError))
    with pytest.raises(ThawError) as caught:
        list(find(small_recipe(*SHALLOW), scan(colors), 0))
    assert caught.value.code == "out_of_memory"
