"""Whole trainings and the features of frozen blocks: what is cached, and memory that runs out."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor

from core.compute.cache import budget as cache_budget
from core.compute.cache.records import RecordStore
from core.compute.features import source as feature_source
from core.compute.numerics import Halved, Numerics, halving
from core.model import backbone
from core.model.backbone import Backbone, FrozenPass
from core.runs.events import CacheProgress, EpochFinished, Event, Notice
from core.training import setup as training_setup
from tests.support.pictures import COLORS, PictureFolder, draw
from tests.support.training import (
    NewRuns,
    epochs_without_time,
    events_of,
    trained,
)

# -- cached features ---

STAGES = 'stages=[{"epochs":2},{"epochs":1,"thawed":[2]}]'
FILES = ("best.safetensors", "predictions.csv", "first-batch.png")
VIEWS = ("augmentation.rotation=30", "augmentation.cached_views=2", STAGES)


@pytest.fixture
def images(picture_folder: PictureFolder) -> Path:
    return picture_folder(classes=2, per_class=6)


@dataclass
class Result:
    """What a person would compare of two runs."""

    events: list[Event]
    files: dict[str, bytes]

    @property
    def codes(self) -> list[str]:
        return [one.code for one in self.events if isinstance(one, Notice)]


class Runs:
    """Makes a new run at each call, with what the ones before left."""

    def __init__(self, make: NewRuns, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._make, self._folder = make, folder
        self.passed: list[int] = []
        passed = feature_source.FeatureSource._passed

        def counted(source: feature_source.FeatureSource, *arguments: object) -> object:
            self.passed.append(len(arguments[1]))  # type: ignore[arg-type]
            return passed(source, *arguments)  # type: ignore[arg-type]

        patch.setattr(feature_source.FeatureSource, "_passed", counted)

    def __call__(self, *settings: str, until: Callable[[Event], bool] | None = None) -> Result:
        self.passed.clear()
        run = self._make.new("model.depth=2", *settings, on=self._folder)
        seen, stop = [], threading.Event()
        for event in events_of(run, stop):
            seen.append(event)
            if until is not None and until(event):
                stop.set()
        paths = (run.directory / one for one in FILES)
        return Result(seen, {one.name: one.read_bytes() for one in paths if one.exists()})


@pytest.fixture
def runs(make: NewRuns, images: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    return Runs(make, images, monkeypatch)


def assert_same(one: Result, other: Result) -> None:
    assert epochs_without_time(one.events) == epochs_without_time(other.events)
    assert one.files.keys() == other.files.keys() != set()
    assert [name for name in one.files if one.files[name] != other.files[name]] == []


def test_the_same_recipe_again_computes_nothing_and_gives_the_same(runs: Runs) -> None:
    first = runs(STAGES)
    assert sum(runs.passed) == 12
    again = runs(STAGES)
    assert runs.passed == []
    assert not any(isinstance(one, CacheProgress) for one in again.events)
    assert_same(again, first)


@pytest.mark.parametrize(
    "settings",
    [
        ("stages.0.learning_rate=0.01", "stages.0.optimizer=sgd", "class_weights=true"),
        ("stages.0.epochs=4", "batch_size=3", "seed=8"),
        ("dataset.split_seed=3", "dataset.validation_fraction=0.4"),
        ("stages.1.thawed=[]",),
        ('stages=[{"epochs":1,"thawed":[2]},{"epochs":1,"thawed":[2]}]',),
        ("model.depth=3", 'stages=[{"epochs":1,"thawed":[2,3]}]'),
    ],
)
def test_what_leaves_frozen_blocks_alone_computes_nothing(
    runs: Runs, settings: tuple[str, ...]
) -> None:
    runs(STAGES)
    assert runs.passed
    changed = runs(STAGES, *settings)
    assert runs.passed == []
    cache_budget.clear()
    assert_same(changed, runs(STAGES, *settings))
    assert runs.passed


@pytest.mark.parametrize(
    "setting", ["dataset.image_size=64", "dataset.fit=crop", "micro_batch=4", "model.weights=none"]
)
def test_what_changes_the_features_computes_them(runs: Runs, setting: str) -> None:
    runs(STAGES)
    runs(STAGES, setting)
    assert sum(runs.passed) == 12


def test_one_more_image_computes_one_and_another_name_none(runs: Runs, images: Path) -> None:
    runs(STAGES)
    draw(images / "red" / "new.png", COLORS["red"], 99)
    runs(STAGES)
    assert runs.passed == [1]
    (images / "red" / "000.png").rename(images / "red" / "other.png")
    runs(STAGES)
    assert runs.passed == []


@pytest.mark.parametrize("settings", [(STAGES,), VIEWS])
def test_a_broken_off_run_leaves_the_rest_to_the_next(
    runs: Runs, settings: tuple[str, ...]
) -> None:
    cold = runs(*settings)
    whole = sum(runs.passed)
    cache_budget.clear()
    stopped = runs(*settings, until=lambda event: isinstance(event, CacheProgress))
    assert stopped.events[-1].outcome == "stopped"
    assert epochs_without_time(stopped.events) == []
    before = sum(runs.passed)
    assert 0 < before < whole
    half = runs(*settings)
    assert sum(runs.passed) == whole - before
    assert_same(half, cold)


@pytest.mark.parametrize("settings", [(STAGES,), VIEWS])
def test_a_damaged_cache_changes_no_bit(runs: Runs, settings: tuple[str, ...]) -> None:
    cold = runs(*settings)
    for file in cache_budget.root().rglob("*.data"):
        content = bytearray(file.read_bytes())
        content[len(content) // 3] ^= 0x40
        file.write_bytes(content)
    damaged = runs(*settings)
    assert "kept_damaged" in damaged.codes
    assert 0 < sum(runs.passed) < 12, "only what was damaged"
    assert_same(damaged, cold)


@pytest.mark.parametrize(("settings", "memory"), [((STAGES,), 0), (VIEWS, 10**9)])
def test_a_disk_without_room_or_that_fills_up_midway_changes_no_bit(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, settings: tuple[str, ...], memory: int
) -> None:
    cold = runs(*settings)
    monkeypatch.setattr(feature_source, "memory_budget", lambda: memory)
    with monkeypatch.context() as patch:
        append, left = RecordStore._append, [13]

        def filling(store: RecordStore, name: bytes, check: bytes, data: memoryview) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise OSError(28, "No space left on device")
            append(store, name, check, data)

        patch.setattr(RecordStore, "_append", filling)
        cache_budget.clear()
        full = runs(*settings)
    assert full.codes.count("features_disk_failed") == 1
    assert_same(full, cold)
    cache_budget.choose_budget(0)
    cache_budget.clear()
    bypassed = runs(*settings)
    assert set(bypassed.codes) == {"features_bypassed_disk" if memory else "features_not_kept"}
    assert_same(bypassed, cold)


@pytest.mark.parametrize(("batch_size", "micro_batch"), [(5, 2), (1, 8)])
def test_features_without_any_room_are_computed_again_with_the_same_result(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, batch_size: int, micro_batch: int
) -> None:
    settings = (STAGES, f"batch_size={batch_size}", f"micro_batch={micro_batch}")
    cached = runs(*settings)
    cache_budget.choose_budget(0)
    cache_budget.clear()
    monkeypatch.setattr(feature_source, "memory_budget", lambda: 0)
    again = runs(*settings)
    assert again.codes == ["features_not_kept", "features_not_kept"]
    assert_same(again, cached)


def test_a_run_may_take_the_room_of_the_run_before(runs: Runs) -> None:
    runs(STAGES)
    before = cache_budget.usage()
    cache_budget.choose_budget(sum(one.bytes for one in before) * 3 // 2)
    assert runs(STAGES, "dataset.fit=crop").codes == []


def test_cached_views_are_computed_once_each(runs: Runs) -> None:
    first = runs(*VIEWS)
    assert sum(runs.passed) == 12 + 10, "ten images train on two views, two validate"
    assert "augmented_features" not in first.codes
    more = runs(*VIEWS, "stages.0.epochs=4", "seed=4")
    assert runs.passed == []
    assert len(epochs_without_time(more.events)) == 5


def test_fresh_augmentation_decodes_an_image_once(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = ("augmentation.rotation=30", STAGES)
    cache_budget.choose_budget(0)
    bypassed = runs(*fresh)
    cache_budget.choose_budget(10**9)
    cold = runs(*fresh)
    monkeypatch.setattr("core.images.load.prepare", None)  # another decode would fail
    warm = runs(*fresh)
    assert_same(cold, bypassed)
    assert_same(warm, bypassed)


# -- memory that runs out ---

Limit = Callable[[type, str, int], None]
HALVED = "micro_batch_halved"
TWO = (
    "model.depth=3",
    "batch_size=16",
    'stages=[{"epochs":1},{"epochs":1,"thawed":[3],"optimizer":"sgd","learning_rate":1e-3}]',
)


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> Limit:
    """Lets a pass of the network have no memory for more than so many images at once."""
    text = "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"
    on_gpu = torch.OutOfMemoryError("CUDA out of memory.")
    errors = {Backbone: RuntimeError(text), FrozenPass: on_gpu}

    def patch(owner: type, name: str, most: int) -> None:
        original = getattr(owner, name)

        def limited(self: object, inputs: Tensor, *args: int) -> object:
            if len(inputs) > most:
                raise errors[owner]
            return original(self, inputs, *args)

        monkeypatch.setattr(owner, name, limited)

    return patch


FROZEN, GRADIENT = (FrozenPass, "_block"), (Backbone, "forward")


def halvings(events: list[Event]) -> list[object]:
    return [one.values["pictures"] for one in events if getattr(one, "code", "") == HALVED]


def losses(events: list[Event]) -> list[float]:
    epochs = [event for event in events if isinstance(event, EpochFinished)]
    assert len(epochs) == 2
    return [loss for one in epochs for loss in (one.train.loss, one.validation.loss)]


@pytest.fixture(scope="module")
def plain(colors: Path, tmp_path_factory: pytest.TempPathFactory) -> object:
    """The losses of a run that had all the memory it wanted."""
    run, events = trained(colors, tmp_path_factory.mktemp("runs") / "plain", *TWO)
    assert halvings(events) == []
    assert run.environment["micro_batch"] == 8
    return pytest.approx(losses(events), rel=1e-4)


@pytest.mark.parametrize("room", [True, False])
def test_the_frozen_pass_goes_on_with_fewer(
    make: NewRuns,
    colors: Path,
    limit: Limit,
    monkeypatch: pytest.MonkeyPatch,
    plain: object,
    room: bool,
) -> None:
    if not room:
        monkeypatch.setattr(feature_source, "memory_budget", lambda: 0)
    limit(*FROZEN, 3)
    run, events = make.trained(*TWO, on=colors)
    assert halvings(events) == [4, 2], "once for the run: it stays with what fits"
    assert run.environment["micro_batch"] == 2
    assert losses(events) == plain


def test_the_gradient_uses_fewer(make: NewRuns, colors: Path, limit: Limit, plain: object) -> None:
    limit(*GRADIENT, 2)
    run, events = make.trained(*TWO, on=colors)
    assert halvings(events) == [8, 4, 2], "halves of the batch of 16"
    sizes = run.environment["gradient_micro_batch"], run.environment["micro_batch"]
    assert sizes == (2, 8)
    assert losses(events) == plain


def test_micro_batches_change_no_result(make: NewRuns, colors: Path, plain: object) -> None:
    _, events = make.trained(*TWO, "micro_batch=1", on=colors)
    assert losses(events) == plain


def test_where_one_image_is_too_much_the_run_says_so(make: NewRuns, limit: Limit) -> None:
    limit(*FROZEN, 0)
    _, events = make.trained(*TWO)
    assert halvings(events) == [4, 2, 1]
    assert (events[-1].outcome, events[-1].code) == ("failed", "out_of_memory")


def test_validation_alone_can_run_out_too(make: NewRuns, colors: Path, limit: Limit) -> None:
    everything = 'stages=[{"epochs":1,"thawed":[1,2]}]'
    limit(*FROZEN, 5)  # nothing is frozen: only validation passes there
    _, events = make.trained("model.depth=2", everything, "batch_size=16", on=colors)
    assert halvings(events) == [4]
    assert events[-1].outcome == "finished"


def test_each_stage_takes_as_many_as_suit_its_thawed_blocks(
    make: NewRuns, colors: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = {"1": 5}
    monkeypatch.setattr(
        training_setup, "of_environment", lambda *_: Numerics(1, 8, "float32", "cpu", 16, sizes)
    )
    passed: dict[int, set[int]] = {}
    forward = Backbone.forward

    def seen(self: Backbone, inputs: Tensor, start: int = 0) -> Tensor:
        passed.setdefault(start, set()).add(len(inputs))
        return forward(self, inputs, start)

    monkeypatch.setattr(Backbone, "forward", seen)
    stages = 'stages=[{"epochs":1,"thawed":[3]},{"epochs":1,"thawed":[2,3]}]'
    run, events = make.trained("model.depth=3", stages, "batch_size=16", on=colors)
    assert events[-1].outcome == "finished"
    assert {start: max(counts) for start, counts in passed.items()} == {2: 16, 1: 5}
    assert run.environment["gradient_micro_batch"] == 16
    assert run.environment["gradient_micro_batches"] == sizes


def test_another_error_is_not_tried_again() -> None:
    calls: list[int] = []

    def work() -> None:
        calls.append(1)
        raise RuntimeError("size mismatch")

    with pytest.raises(RuntimeError, match="size mismatch"):
        list(halving(work, Numerics(1, 8, "float32")))
    assert calls == [1]


def test_work_that_takes_fewer_anyway_halves_what_it_takes() -> None:
    numerics = Numerics(1, 64, "float32")

    def work() -> None:
        if min(16, numerics.micro_batch) > 8:
            raise MemoryError

    assert list(halving(work, numerics, at_most=16)) == [Halved(8)]


def test_less_memory_for_a_gradient_is_less_for_every_gradient() -> None:
    sizes = {"0": 4, "2": 16, "3": 16}
    numerics = Numerics(1, 64, "float32", gradient_micro_batch=32, gradient_micro_batches=sizes)
    seen = []

    def work(boundary: int) -> None:
        seen.append(numerics.at_once(boundary))
        if seen[-1] > 6:
            raise MemoryError

    assert list(halving(partial(work, 2), numerics, 2)) == [Halved(8), Halved(4)]
    assert [numerics.at_once(one) for one in (0, 2, 3, 4, 5)] == [4, 4, 4, 4, 4]
    assert numerics.at_once() == 64


def test_the_network_of_a_frozen_pass_stays_where_it_is() -> None:
    network = backbone.load("none", 1, seed=0).to("meta")
    frozen = FrozenPass(network, torch.bfloat16, threading.Event())
    output = frozen.final(torch.zeros(2, 3, 32, 32), 0, 1)
    assert output.device.type == "meta"
    assert output.shape == (2, 64, 16, 16)
