"""One stage: its optimizer, the head's scale, validation, lost images, its pace and its rules."""

import json
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors import safe_open
from torch import nn

from core.common.stopwatch import Stopwatch, WorkClock
from core.compute import estimate, numerics
from core.compute.cache import budget as cache_budget
from core.compute.features import source as feature_source
from core.compute.loaders import PictureLoader
from core.images import load as images
from core.model import backbone
from core.model.heads import head as heads
from core.recipe.config import StageConfig
from core.runs.evaluation import Result
from core.runs.events import (
    BatchFinished,
    CacheProgress,
    EpochFinished,
    Event,
    Notice,
    RunFinished,
    Score,
    StageEnded,
    StageStarted,
    unheard,
)
from core.runs.run import Run, extend
from core.training import step as training_step
from core.training import train as training
from core.training.checkpoint import Position
from core.training.control import Control
from core.training.learner import StageOptimizer
from core.training.rates import Progress, block_rates, factor, planned
from core.training.setup import Setup, batch_groups, prepare
from core.training.stage import Pace
from core.training.train import train
from core.training.validation import Evaluator
from tests.support.pictures import PictureFolder
from tests.support.training import SMALLEST, NewRuns, epochs_without_time, events_of, small_recipe

ONE_EPOCH = 'stages=[{"epochs":1}]'


def epochs_of(events: list[Event]) -> list[EpochFinished]:
    return [event for event in events if isinstance(event, EpochFinished)]


# -- optimizer ---

BEGIN = Progress(0)
STILL = '"learning_rate":0.5,"optimizer":"sgd","weight_decay":0,"warmup_epochs":0'


class Steps:
    """A stage's optimizer over a small head and three random blocks, whose gradients are given."""

    def __init__(self, stage: str) -> None:
        self.config = small_recipe(
            "model.weights=none", "model.depth=3", f"stages=[{{{STILL},{stage}}}]"
        )
        self.network = backbone.load("none", 3, seed=0)
        self.network.freeze_except(self.config.stages[0].thawed)
        self.head = nn.Linear(2, 2, bias=False)
        setup: Any = SimpleNamespace(head=self.head, backbone=self.network, config=self.config)
        self.optimizer = StageOptimizer(setup, 1)

    def moved(self, gradient: float, progress: Progress = BEGIN) -> dict[str, float]:
        """How far each part's numbers go in a step where each has this ``gradient``."""
        parts = {"head": self.head, **{str(one): self.network.block(one) for one in (1, 2, 3)}}
        firsts = {name: next(part.parameters()) for name, part in parts.items()}
        before = {name: one.detach().clone() for name, one in firsts.items()}
        for one in [*self.head.parameters(), *self.network.parameters()]:
            one.grad = torch.full_like(one, gradient) if one.requires_grad else None
        stage = self.config.stages[0]
        self.optimizer.scale(factor(stage, progress))
        self.optimizer.step(stage.clip_norm)
        return {
            name: float((before[name] - one.detach()).double().mean())
            for name, one in firsts.items()
        }


@pytest.mark.parametrize("thawed", [(), (1,), (1, 2, 3)])
def test_each_block_before_the_last_learns_slower(thawed: tuple[int, ...]) -> None:
    """One that thaws alone has the rate of its place."""
    stage = '"backbone_factor":0.2,"block_decay":0.5,"momentum":0'
    steps = Steps(f'"thawed":{list(thawed)},{stage}')
    rates = {one: {3: 0.1, 2: 0.05, 1: 0.025}[one] for one in thawed}
    assert block_rates(steps.config, 0) == pytest.approx(rates)
    assert steps.optimizer.planned_rates == pytest.approx((0.5, max(rates.values(), default=0)))
    expected = {"head": 0.5, **{str(one): rates.get(one, 0) for one in (1, 2, 3)}}
    assert steps.moved(1.0) == pytest.approx(expected, rel=1e-3)
    assert steps.optimizer.rates == steps.optimizer.planned_rates


def test_a_schedule_changes_all_rates_alike() -> None:
    stage = '"thawed":[3],"backbone_factor":0.2,"momentum":0,"epochs":9,"schedule":"step"'
    steps = Steps(f'{stage},"decay_every":2,"decay_factor":0.5')
    assert steps.moved(1.0, Progress(4, 1, 3)) == pytest.approx(
        {"head": 0.125, "3": 0.025, "2": 0, "1": 0}, rel=1e-3
    )
    assert steps.optimizer.rates == pytest.approx((0.125, 0.025))
    assert steps.optimizer.planned_rates == pytest.approx((0.5, 0.1)), "of the stage"
    assert steps.moved(1.0, Progress(0))["head"] == pytest.approx(0.5), "not of what was before"


def test_momentum_and_weight_decay_are_the_stages() -> None:
    for momentum, second in ((0.0, 0.5), (0.9, 0.95)):
        steps = Steps(f'"momentum":{momentum}')
        assert steps.moved(1.0)["head"] == pytest.approx(0.5)
        assert steps.moved(1.0)["head"] == pytest.approx(second)
    plain, decayed = Steps('"thawed":[3]'), Steps('"thawed":[3],"weight_decay":0.5')
    for one in (plain, decayed):
        nn.init.ones_(one.head.weight)
    assert plain.moved(0.0) == {"head": 0, "3": 0, "2": 0, "1": 0}
    moved = decayed.moved(0.0)
    assert (moved["head"], moved["2"]) == (pytest.approx(0.25), 0), "block 2 is frozen"


def test_gradients_of_head_and_blocks_are_clipped_together() -> None:
    stage = '"thawed":[1],"backbone_factor":1,"momentum":0'
    free, limited, roomy = (
        Steps(f"{stage}{limit}") for limit in ("", ',"clip_norm":0.01', ',"clip_norm":1000')
    )
    numbers = sum(one.numel() for one in limited.optimizer.trainable)
    norm = numbers**0.5 * 0.01  # that of gradients of 0.01
    assert norm > 1
    moved = limited.moved(0.01)
    assert moved["head"] == pytest.approx(0.5 * 0.01 * 0.01 / norm, rel=1e-3)
    for one in (free, roomy):
        assert one.moved(0.01)["head"] == pytest.approx(0.5 * 0.01)


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw", "rmsprop"])
def test_every_optimizer_takes_every_field(name: str) -> None:
    fields = f'"optimizer":"{name}","momentum":0,"block_decay":0.5,"clip_norm":1,"thawed":[1,3]'
    moved = Steps(fields).moved(1.0)
    assert moved["head"] > 0
    assert moved["2"] == 0 < moved["1"] < moved["3"]


# -- steps ---


def scale_of(run: Run) -> float:
    with safe_open(run.directory / "best.safetensors", framework="pt") as file:
        scale: float = json.loads(file.metadata()["thaw"])["feature_scale"]
        return scale


def rms_of_first(run: Run, count: int) -> float:
    """The RMS of the features of the first ``count`` images that the run learned from."""
    used = run.used("train")
    keys = [one.key for one in used]
    order = batch_groups(range(len(used)), keys, len(used), run.config.seed, 0)[0]
    network = backbone.load("imagenet", 2, seed=0)
    pixels = [
        torch.from_numpy(images.load(run.folder / used[one].path, 32, "stretch"))
        for one in order[:count]
    ]
    with torch.no_grad():
        return heads.rms(network(network.normalise(torch.stack(pixels))))


@pytest.mark.parametrize("batch_size", [1, 32])
def test_the_scale_rests_on_32_images_whatever_the_batch_size_or_on_all(
    make: NewRuns, picture_folder: PictureFolder, colors: Path, batch_size: int
) -> None:
    folder = picture_folder(classes=3, per_class=16)
    settings = ("model.depth=2", ONE_EPOCH, f"batch_size={batch_size}")
    few, _ = make.trained(*settings, on=colors)
    assert scale_of(few) == pytest.approx(rms_of_first(few, 18), rel=1e-4)
    run, events = make.trained(*settings, on=folder)
    assert events[0].train_images == 39
    assert scale_of(run) == pytest.approx(rms_of_first(run, 32), rel=1e-4)
    batches = [event.images for event in events if isinstance(event, BatchFinished)]
    assert sum(batches) == 39
    assert max(batches) == batch_size, "images held back for the scale keep their batches"


def test_a_batch_is_the_same_step_in_one_piece_or_in_uneven_ones(
    make: NewRuns, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own / "green" / "000.png").unlink()  # five images train: a batch of five, or three and two
    found = []
    for size in (3, 64):
        monkeypatch.setattr(estimate, "LARGEST_MICRO_BATCH", size)
        stages = 'stages=[{"epochs":2,"thawed":[2],"optimizer":"sgd","learning_rate":1e-3}]'
        settings = ("model.depth=2", stages, "batch_size=11", "class_weights=true")
        found.append(epochs_of(make.trained(*settings, on=own)[1]))
    for one, other in zip(*found, strict=True):
        assert one.train.loss == pytest.approx(other.train.loss, rel=1e-4)
        assert one.validation.loss == pytest.approx(other.validation.loss, rel=1e-4)


def test_a_stop_in_the_gradient_ends_autocast(
    make: NewRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = 'stages=[{"epochs":1,"thawed":[1]}]'
    run, stop = make.new(*SMALLEST, stages, "precision=bfloat16", "batch_size=2"), threading.Event()

    def stopping(_device: str) -> torch.autocast:
        stop.set()
        return numerics.full_precision()

    monkeypatch.setattr(training_step, "full_precision", stopping)
    events = list(events_of(run, stop))
    assert isinstance(events[-1], RunFinished)
    assert events[-1].outcome == "stopped"
    assert not any(isinstance(event, BatchFinished) for event in events)
    assert not torch.is_autocast_enabled("cpu")


def test_a_nearest_mean_is_the_mean_of_a_classs_features(make: NewRuns, colors: Path) -> None:
    settings = ("model.depth=2", "model.head.kind=nearest-mean", "batch_size=5")
    run, events = make.trained(*settings, 'stages=[{"epochs":1}]', on=colors)
    (epoch,) = epochs_of(events)
    assert epoch.validation.accuracy == 1.0, "the images have one colour each"
    assert {one.learning_rate for one in events if isinstance(one, BatchFinished)} == {None}
    used, network = run.used("train"), backbone.load("imagenet", 2, seed=0)
    pixels = [torch.from_numpy(images.load(run.folder / one.path, 32, "stretch")) for one in used]
    with torch.no_grad():
        features = network(network.normalise(torch.stack(pixels))).flatten(1)
    labels = torch.tensor([one.label for one in used])
    means = torch.stack([features[labels == number].mean(0) for number in range(3)])
    expected = torch.nn.functional.normalize(means)
    with safe_open(run.directory / "best.safetensors", framework="pt") as file:
        assert torch.allclose(file.get_tensor("head.weight"), expected, atol=1e-5)


# -- validation ---


def validated(setup: Setup, folder: Path, *skipped: int) -> tuple[Score, Result]:
    stop = threading.Event()
    with PictureLoader(folder, setup.pictures, setup.config.dataset, stop) as loader:
        source = setup.features(loader, Control(stop))
        source.begin_stage(1)
        evaluator = Evaluator(setup, source, setup.plans[0].boundary, stop)
        return unheard(evaluator.validate(skipped))


@pytest.mark.parametrize("thawed", ["[]", "[3]", "[1]"])
@pytest.mark.parametrize("micro_batch", [3, 64])
def test_what_stands_beside_an_image_does_not_change_its_probabilities(
    make: NewRuns, picture_folder: PictureFolder, thawed: str, micro_batch: int
) -> None:
    folder = picture_folder(classes=2, per_class=18)
    settings = ("model.depth=3", "dataset.validation_fraction=0.5", "model.head.kind=one-vs-rest")
    stages = f'stages=[{{"thawed":{thawed}}}]'
    run = make.new(*settings, stages, f"micro_batch={micro_batch}", on=folder)
    setup = prepare(run.config, run, threading.Event())
    torch.nn.init.normal_(setup.head.weight, std=1e-3, generator=torch.Generator().manual_seed(1))
    score, result = validated(setup, folder)
    assert score.images == 18  # one group of sixteen and one of two
    assert len({one.probabilities for one in result.predictions}) == 18
    whole = {one.path: one.probabilities for one in result.predictions}
    score, result = validated(setup, folder, setup.validation[0], *setup.validation[3:6])
    assert score.images == 14
    assert {one.path: one.probabilities for one in result.predictions}.items() <= whole.items()


# -- lost images ---


def break_files(run: Run, part: str, count: int) -> list[str]:
    paths = [one.path for one in run.used(part)[:count]]
    for path in paths:
        (run.folder / path).unlink()
    return paths


def test_of_many_lost_images_the_first_are_named_and_the_others_counted(
    make: NewRuns, picture_folder: PictureFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = picture_folder(classes=2, per_class=50)
    run = make.new(*SMALLEST, ONE_EPOCH, "batch_size=16", on=folder)
    lost = break_files(run, "train", 40)
    marked: list[Mapping[str, str]] = []
    mark_skipped = Run.mark_skipped

    def counted(run: Run, reasons: Mapping[str, str]) -> None:
        marked.append(reasons)
        mark_skipped(run, reasons)

    monkeypatch.setattr(Run, "mark_skipped", counted)
    events = list(events_of(run))
    assert epochs_of(events)[0].train.images == 40
    notices = [event for event in events if isinstance(event, Notice)]
    named = [one.values["path"] for one in notices if one.code == "picture_skipped"]
    rest = [one.values["count"] for one in notices if one.code == "pictures_skipped"]
    assert 20 <= len(named) <= 22
    assert set(named) < set(lost)
    assert len(named) + sum(rest) == 40
    assert 1 not in rest, "one image has a name"
    assert len(notices) == len(named) + len(rest)
    assert len(marked) <= 5, "dataset.csv is written once a batch"
    table = (run.directory / "dataset.csv").read_text("utf-8").splitlines()
    assert {line.split(",")[0] for line in table if ",skipped,file_missing," in line} == set(lost)


def test_epochs_measured_on_other_validation_images_are_said(
    make: NewRuns, picture_folder: PictureFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feature_source, "memory_budget", lambda: 0)
    cache_budget.choose_budget(0)
    folder = picture_folder(classes=3, per_class=8)
    run = make.new(*SMALLEST, 'stages=[{"epochs":3}]', on=folder)
    events, changed = [], "validation_changed"
    for event in events_of(run):
        events.append(event)
        if isinstance(event, EpochFinished) and event.epoch == 1:
            break_files(run, "validation", 2)
    (said,) = (n for n, one in enumerate(events) if getattr(one, "code", "") == changed)
    assert events[said].values == {"before": 6, "after": 4}
    assert [one.validation.images for one in epochs_of(events)] == [6, 4, 4]
    assert said < events.index(epochs_of(events)[1])


# -- pace ---

NIGHT = 8 * 3600.0


class Epoch:
    """An epoch of 40 training and 10 validation images, on a clock that is told to move."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pace = Pace(1, Stopwatch(lambda: self.now))
        self.pace.begin(40, 10)

    def computed(self, seconds: float) -> CacheProgress:
        self.now += seconds
        progress = self.pace.computed(10)
        assert progress is not None
        return progress

    def learned(self, seconds: float) -> None:
        self.now += seconds
        self.pace.learned(batches=4)


def test_a_sleep_spoils_neither_the_time_left_nor_the_epoch() -> None:
    epoch = Epoch()
    epoch.computed(2.0)
    epoch.learned(0.5)
    progress = epoch.computed(2.0 + NIGHT)
    assert (progress.done, progress.total) == (20, 50)
    assert progress.seconds_left == pytest.approx(6.0), "steps between don't count"
    epoch.learned(0.5 + NIGHT)
    epoch.now += 1.0
    epoch.pace.validated()
    assert epoch.pace.seconds == pytest.approx(2 + 0.5 + 2 + 0.5 + 1)


def test_a_later_epoch_is_foreseen_from_the_steps_and_counts_nothing_before_it() -> None:
    epoch = Epoch()
    for step in (9.0, 0.5, 0.5):  # the first warms up
        assert epoch.computed(2.0).epoch_seconds is None
        epoch.learned(step)
    assert epoch.computed(2.0).epoch_seconds == pytest.approx(4 * 0.5)
    epoch.now += 7
    epoch.pace.begin(0, 0)
    assert epoch.pace.seconds == 0
    epoch.now += 2
    assert epoch.pace.computed(10) is None, "nothing is cached: it is part of a step"
    epoch.learned(0.5)
    assert epoch.pace.seconds == pytest.approx(2.5)


class Wall:
    """A clock that moves by a millisecond whenever it is asked, and as a test says."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    clock = Wall()
    monkeypatch.setattr(training, "WorkClock", lambda: WorkClock(clock))
    return clock


def test_a_sleeping_laptop_spoils_no_seconds(
    make: NewRuns, monkeypatch: pytest.MonkeyPatch, wall: Wall
) -> None:
    learned, nights = Position.learned, iter([0, NIGHT] * 20)

    def sleeping(*arguments: Any) -> None:
        learned(*arguments)
        wall.now += next(nights)

    monkeypatch.setattr(Position, "learned", sleeping)
    _, events = make.trained(*SMALLEST, ONE_EPOCH, "batch_size=2")
    assert max(one.seconds for one in epochs_of(events)) < 1
    assert wall.now > NIGHT
    assert events[-1].seconds < 2


@pytest.mark.parametrize("pause", [15.0, NIGHT])
def test_a_pause_counts_for_neither_epoch_nor_run(make: NewRuns, wall: Wall, pause: float) -> None:
    run = make.new(*SMALLEST, 'stages=[{"epochs":2}]', "batch_size=2")
    stop, events = threading.Event(), []
    for event in events_of(run, stop):
        wall.now += pause
        events.append(event)
        if isinstance(event, BatchFinished) and (event.epoch, event.batch) == (2, 2):
            stop.set()
    for event in events_of(Run.open(run.directory)):
        wall.now += pause
        events.append(event)
    ends = [one.seconds for one in events if isinstance(one, RunFinished)]
    assert len(ends) == 2
    assert 0 < ends[0] < ends[1] < 2, "the second with what the run took before"
    assert max(one.seconds for one in epochs_of(events)) < 1


# -- rules that a person sets ---

# It overshoots, so that later epochs are worse, and not by chance.
WILD = '"optimizer":"sgd","learning_rate":0.5,"momentum":0.9,"weight_decay":0,"schedule":"constant"'
# The same with thawed blocks, whose numbers would soon be no numbers.
WILD_BLOCKS = '"optimizer":"adam","learning_rate":0.05,"backbone_factor":0.1,"weight_decay":0'
UNMOVED = '"learning_rate":1e-9,"watch":"accuracy"'  # no epoch is better than the first


def smallest(make: NewRuns, *stages: str, on: Path | None = None) -> tuple[Run, list[Event]]:
    listed = ",".join(f"{{{one}}}" for one in stages)
    run, events = make.trained(*SMALLEST, f"stages=[{listed}]", on=on)
    assert (events[-1].outcome, events[-1].code) == ("finished", "")
    return run, events


def test_reported_rates_follow_the_plan(make: NewRuns) -> None:
    stage = '"schedule":"cosine","warmup_epochs":1,"learning_rate":1e-3'
    run, events = smallest(make, f'"epochs":3,"thawed":[1],"backbone_factor":0.5,{stage}')
    batches = [one for one in events if isinstance(one, BatchFinished)]
    curve = planned(run.config.stages[0], batches[0].batches)
    assert [one.learning_rate for one in batches] == pytest.approx([1e-3 * one for one in curve])
    assert [one.backbone_learning_rate for one in batches] == pytest.approx(
        [5e-4 * one for one in curve]
    )
    (started,) = (one for one in events if isinstance(one, StageStarted))
    assert (started.learning_rate, started.backbone_learning_rate) == (1e-3, 5e-4)
    assert Run.open(run.directory).history.batches == batches, "a replay shows the same"


def test_a_plateau_lowers_the_rate_once_validation_stops_falling(
    make: NewRuns, colors: Path
) -> None:
    stage = f'{WILD},"epochs":8,"schedule":"plateau","decay_every":2,"decay_factor":0.25'
    run, events = smallest(make, stage, on=colors)
    best, waited, factor = float("inf"), 0, 1.0
    for epoch, loss in enumerate((one.validation.loss for one in run.history.epochs), start=1):
        batches = (one for one in events if isinstance(one, BatchFinished))
        assert {one.learning_rate for one in batches if one.epoch == epoch} == {0.5 * factor}
        waited = 0 if loss < best else waited + 1
        best = min(best, loss)
        if waited == 2:
            factor, waited = factor / 4, 0
    assert factor < 1, "it did lower it"


def test_smoothed_labels_leave_losses_plain(make: NewRuns, colors: Path) -> None:
    still = '"epochs":1,"learning_rate":1e-9'
    plain, _ = smallest(make, still, on=colors)
    smoothed, _ = smallest(make, f'{still},"label_smoothing":0.5', on=colors)
    for one, other in zip(plain.history.epochs, smoothed.history.epochs, strict=True):
        assert other.train.loss == pytest.approx(one.train.loss)
        assert other.validation.loss == pytest.approx(one.validation.loss)
    surest = []
    for share in (0, 0.5):
        stage = f'"epochs":8,"learning_rate":0.1,"label_smoothing":{share}'
        run, _ = smallest(make, stage, on=colors)
        surest.append(run.history.epochs[-1].train.loss)
    assert surest[0] < surest[1], "nobody who learns from smoothed labels becomes as sure"


def test_a_stage_ends_when_its_patience_does_and_says_why(make: NewRuns, colors: Path) -> None:
    run, events = smallest(make, f'{WILD},"epochs":30,"patience":2', '"epochs":1', on=colors)
    (ended,) = (one for one in events if isinstance(one, StageEnded))
    losses = [one.validation.loss for one in run.history.epochs if one.stage == 1]
    assert ended == StageEnded(1, len(losses), "patience")
    assert 3 <= len(losses) < 30
    assert min(losses[-2:]) >= min(losses[:-2])
    (said,) = (one for one in events if isinstance(one, Notice))
    values = {"stage": 1, "epoch": len(losses), "since": len(losses) - 2}
    assert said == Notice("stage_ended_loss", values)
    last = run.history.epochs[-1]
    assert (last.stage, last.epoch) == (2, 1), "the next stage follows"
    assert Run.open(run.directory).history.planned == (len(losses), 1)


def test_an_extended_stage_has_its_patience_again(make: NewRuns) -> None:
    planned, events = smallest(make, f'"epochs":4,{UNMOVED},"patience":3')
    assert len(planned.history.epochs) == 4
    assert not any(isinstance(one, StageEnded | Notice) for one in events), "as was planned"
    run, events = smallest(make, f'"epochs":20,{UNMOVED},"patience":3')
    assert len(run.history.epochs) == 4
    assert [one.code for one in events if isinstance(one, Notice)] == ["stage_ended_accuracy"]
    extend(run, 10)
    list(events_of(run))
    assert len(run.history.epochs) == 4 + 3
    assert Run.open(run.directory).is_finished


def test_a_person_can_still_end_a_stage_that_has_patience(make: NewRuns) -> None:
    run, control = make.new(*SMALLEST, f'stages=[{{"epochs":9,{UNMOVED},"patience":5}}]'), Control()
    events = []
    for event in train(run.config, run, control=control):
        events.append(event)
        if isinstance(event, BatchFinished):
            control.ends_stage = True
    assert [one for one in events if isinstance(one, StageEnded | Notice)] == [StageEnded(1, 1)]


@pytest.mark.parametrize("keep", ["auto", "loss", "last"])
def test_the_epoch_that_the_rule_says_is_the_one_that_is_kept(
    make: NewRuns, colors: Path, keep: str
) -> None:
    run, events = smallest(make, f'{WILD},"epochs":5,"keep":"{keep}"', on=colors)
    scores = [one.validation for one in run.history.epochs]
    best = max(range(5), key=lambda one: (scores[one].accuracy, -scores[one].loss))
    lowest = min(range(5), key=lambda one: scores[one].loss)
    kept = {"auto": best, "loss": lowest, "last": 4}[keep]  # auto: at a constant rate
    history = Run.open(run.directory).history
    assert history.best is not None
    assert history.best.epoch == kept + 1
    marked = [one.epoch for one in epochs_of(events) if one.is_best]
    assert marked[-1] == kept + 1
    assert marked == list(range(1, 6)) if keep == "last" else len(marked) < 5
    short, _ = smallest(make, f'{WILD},"epochs":{kept + 1},"keep":"last"', on=colors)
    assert (run.directory / "best.safetensors").read_bytes() == (
        short.directory / "best.safetensors"
    ).read_bytes()


@pytest.mark.parametrize(
    ("stage", "rule"),
    [
        (StageConfig(), "last"),
        (StageConfig(schedule="one-cycle"), "last"),
        (StageConfig(schedule="constant"), "accuracy"),
        (StageConfig(schedule="step"), "accuracy"),
        (StageConfig(schedule="plateau"), "accuracy"),
        (StageConfig(patience=3), "accuracy"),
        (StageConfig(keep="loss"), "loss"),
        (StageConfig(schedule="constant", keep="last"), "last"),
    ],
)
def test_the_last_epoch_is_kept_where_the_rates_come_to_rest(stage: StageConfig, rule: str) -> None:
    assert stage.kept_by == rule


def test_a_stage_begins_with_the_weights_that_are_asked_for(make: NewRuns, colors: Path) -> None:
    wild = f'{WILD_BLOCKS},"epochs":5,"thawed":[1],"keep":"loss"'
    still = '"epochs":1,"learning_rate":1e-10,"keep":"last"'
    found = {}
    for name in ("last", "best"):
        run, _ = smallest(make, wild, f'{still},"start_from":"{name}"', on=colors)
        *first, second = run.history.epochs
        losses = [one.validation.loss for one in first]
        assert losses.index(min(losses)) != 4, "they are not the same weights"
        found[name] = second.validation.loss, losses
    assert found["last"][0] == pytest.approx(found["last"][1][-1], rel=1e-4)
    assert found["best"][0] == pytest.approx(min(found["best"][1]), rel=1e-4)


def test_a_first_stage_has_no_best_to_begin_with(make: NewRuns) -> None:
    runs = (smallest(make, f'"epochs":2,"start_from":"{one}"')[0] for one in ("last", "best"))
    first, second = ((one.directory / "best.safetensors").read_bytes() for one in runs)
    assert first == second


def test_weights_that_are_gone_when_they_are_asked_for_end_the_run(make: NewRuns) -> None:
    stages = 'stages=[{"epochs":1},{"epochs":1,"start_from":"best"}]'
    run = make.new(*SMALLEST, stages)
    path = run.directory / "best.safetensors"
    for event in events_of(run):
        if isinstance(event, EpochFinished):
            path.write_bytes(path.read_bytes()[:100])
    last = run.history.finished
    assert last is not None
    assert (last.outcome, last.code, last.values["path"]) == ("failed", "read_failed", str(path))


# Block 1 learns what is worse, stays so for a stage, and is put back: the third and the fourth
# stage begin behind the same block, which is another one.
PUT_BACK = (
    "model.depth=2",
    'stages=[{"epochs":1},'
    '{"epochs":1,"thawed":[1],"optimizer":"sgd","learning_rate":0.05,"keep":"loss"},'
    '{"epochs":2,"thawed":[2],"learning_rate":1e-10,"keep":"loss"},'
    '{"epochs":2,"thawed":[2],"start_from":"best","learning_rate":1e-4,"keep":"last"},'
    '{"epochs":1,"start_from":"best","learning_rate":1e-4,"keep":"last"}]',
)


@pytest.mark.parametrize("views", [0, 2])
def test_features_of_blocks_that_were_put_back_are_never_stale(
    make: NewRuns, colors: Path, monkeypatch: pytest.MonkeyPatch, views: int
) -> None:
    settings = [*SMALLEST, *PUT_BACK]
    if views:
        settings += ["augmentation.rotation=20", f"augmentation.cached_views={views}"]
    kept, _ = make.trained(*settings, on=colors)
    best = [one.is_best for one in kept.history.epochs]
    assert best[:4] == [True, False, False, False], "what is put back is another block 1"
    cache_budget.choose_budget(0)
    in_memory, _ = make.trained(*settings, on=colors)
    monkeypatch.setattr(feature_source, "memory_budget", lambda: 0)
    nowhere, _ = make.trained(*settings, on=colors)
    expected = epochs_without_time(list(kept.history.epochs))
    for one in (in_memory, nowhere):
        assert epochs_without_time(list(one.history.epochs)) == expected
        for name in ("best.safetensors", "predictions.csv"):
            assert (one.directory / name).read_bytes() == (kept.directory / name).read_bytes()


@pytest.mark.parametrize("rotation", [0, 30])
def test_balanced_sampling_shows_each_class_as_often_as_the_other(
    make: NewRuns, unequal: Path, rotation: int
) -> None:
    settings = (*SMALLEST, "balanced_sampling=true", "batch_size=6", 'stages=[{"epochs":2}]')
    run, events = make.trained(*settings, f"augmentation.rotation={rotation}", on=unequal)
    for epoch in (1, 2):
        seen: Counter[tuple[str, int]] = Counter()
        for one in events:
            if isinstance(one, BatchFinished) and one.epoch == epoch:
                repeats = one.repeats or (0,) * len(one.pictures)
                seen.update(zip(one.pictures, repeats, strict=True))
        count = len(run.used("train"))
        assert sum(seen.values()) == count == run.history.epochs[epoch - 1].train.images
        assert max(seen.values()) == 1, "an image and its repeat are one step each"
        classes = Counter(path.partition("/")[0] for path, _ in seen)
        assert abs(classes["red"] - classes["green"]) <= 1
    assert run.history.epochs[0].validation.images == len(run.used("validation"))


def test_to_stop_after_the_epoch_is_asked_of_the_run_and_not_of_the_stage() -> None:
    control = Control(finishes_epoch=True, ends_stage=True)
    control.stage_begins()
    assert (control.finishes_epoch, control.ends_stage) == (True, False)
