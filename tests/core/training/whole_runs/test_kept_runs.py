"""Runs that find what earlier runs left on disk: no work twice, and never another result."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.compute.cache import budget as cache_budget
from core.compute.cache.records import Entry, Writer
from core.compute.features import source as feature_source
from core.recipe import vgg16
from core.runs.events import CacheProgress, Event, Notice, RunStarted
from tests.support.pictures import COLORS, PictureFolder, draw
from tests.support.training import epochs_without_time, events_of, new_run, small_recipe

STAGES = 'stages=[{"epochs":2},{"epochs":1,"thawed":[3]}]'
VIEWS = ("augmentation.rotation=30", "augmentation.cached_views=2", STAGES)


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
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

    def __init__(self, folder: Path, directory: Path, patch: pytest.MonkeyPatch) -> None:
        self._folder, self._directory, self._count = folder, directory, 0
        self.passed: list[int] = []
        passed = feature_source.FeatureSource._passed

        def counted(source: feature_source.FeatureSource, *arguments: object) -> object:
            self.passed.append(len(arguments[1]))  # type: ignore[arg-type]
            return passed(source, *arguments)  # type: ignore[arg-type]

        patch.setattr(feature_source.FeatureSource, "_passed", counted)

    def __call__(self, *settings: str, until: Callable[[Event], bool] | None = None) -> Result:
        self._count += 1
        self.passed.clear()
        directory = self._directory / str(self._count)
        run = new_run(self._folder, directory, small_recipe("model.depth=3", *settings))
        seen = []
        pulled = events_of(run)
        for event in pulled:
            seen.append(event)
            if until is not None and until(event):
                pulled.close()
                break
        names = ("best.safetensors", "predictions.csv", "first-batch.png")
        files = {one: (directory / one).read_bytes() for one in names if (directory / one).exists()}
        return Result(seen, files)


@pytest.fixture
def runs(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    return Runs(folder, tmp_path / "runs", monkeypatch)


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
        ("stages.0.learning_rate=0.01", "stages.0.optimizer=sgd"),
        ("stages.0.epochs=4", "batch_size=3"),
        ("seed=8",),
        ("dataset.split_seed=3", "dataset.validation_fraction=0.4"),
        ("class_weights=true",),
        ("stages.1.thawed=[]",),
        ('stages=[{"epochs":1,"thawed":[3]},{"epochs":1,"thawed":[3]}]',),
    ],
)
def test_what_leaves_the_frozen_blocks_alone_computes_nothing(
    runs: Runs, settings: tuple[str, ...]
) -> None:
    runs(STAGES)
    assert runs.passed
    changed = runs(STAGES, *settings)
    assert runs.passed == []
    cache_budget.clear()
    assert_same(changed, runs(STAGES, *settings))
    assert runs.passed


def test_another_thawed_block_above_the_boundary_computes_nothing(runs: Runs) -> None:
    runs('stages=[{"epochs":1,"thawed":[2]}]')
    runs('stages=[{"epochs":1,"thawed":[2,3]}]')
    assert runs.passed == []


@pytest.mark.parametrize(
    "setting", ["dataset.image_size=64", "dataset.fit=crop", "micro_batch=4", "model.weights=none"]
)
def test_what_changes_the_features_computes_them(runs: Runs, setting: str) -> None:
    runs(STAGES)
    runs(STAGES, setting)
    assert sum(runs.passed) == 12


def test_pictures_that_are_skipped_take_no_room_from_those_that_are_kept(
    runs: Runs, folder: Path
) -> None:
    for number in range(6, 24):
        draw(folder / "red" / f"{number}.png", COLORS["red"], number)
    thirty = 30 * vgg16.feature_count(3, 32) * 4  # at boundary 2 a picture takes twice as much
    cache_budget.choose_budget(thirty * 3 // 2)

    def lose(event: Event) -> bool:
        if isinstance(event, RunStarted):
            for number in range(6, 24):
                (folder / "red" / f"{number}.png").unlink()
        return False

    stages = 'stages=[{"epochs":1},{"epochs":1,"thawed":[1]},{"epochs":2,"thawed":[3]}]'
    assert set(runs(stages, until=lose).codes) == {"picture_skipped"}


def test_one_more_picture_computes_one_picture(runs: Runs, folder: Path) -> None:
    runs(STAGES)
    draw(folder / "red" / "new.png", COLORS["red"], 99)
    runs(STAGES)
    assert runs.passed == [1]


def test_a_picture_under_another_name_computes_nothing(runs: Runs, folder: Path) -> None:
    runs(STAGES)
    (folder / "red" / "000.png").rename(folder / "red" / "other.png")
    runs(STAGES)
    assert runs.passed == []


@pytest.mark.parametrize("settings", [(STAGES,), VIEWS])
def test_a_run_that_was_broken_off_leaves_the_rest_to_the_next(
    runs: Runs, settings: tuple[str, ...]
) -> None:
    cold = runs(*settings)
    whole = sum(runs.passed)
    cache_budget.clear()
    runs(*settings, until=lambda event: isinstance(event, CacheProgress))
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
def test_a_disk_without_room_changes_no_bit(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, settings: tuple[str, ...], memory: int
) -> None:
    cold = runs(*settings)
    cache_budget.choose_budget(0)
    cache_budget.clear()
    monkeypatch.setattr(feature_source, "memory_budget", lambda: memory)
    bypassed = runs(*settings)
    expected = "features_bypassed_disk" if memory else "features_not_kept"
    assert set(bypassed.codes) == {expected}
    assert_same(bypassed, cold)


def test_a_run_may_take_the_room_of_the_run_before(runs: Runs) -> None:
    runs(STAGES)
    before = cache_budget.usage()
    cache_budget.choose_budget(sum(one.bytes for one in before) * 3 // 2)
    changed = runs(STAGES, "dataset.fit=crop")
    assert changed.codes == []


@pytest.mark.parametrize(("settings", "memory"), [((STAGES,), 0), (VIEWS, 10**9)])
def test_a_disk_that_fills_up_midway_changes_no_bit(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, settings: tuple[str, ...], memory: int
) -> None:
    cold = runs(*settings)
    cache_budget.clear()
    append, left = Writer.append, [13]

    def filling(writer: Writer, name: bytes, check: bytes, data: memoryview) -> Entry:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        return append(writer, name, check, data)

    monkeypatch.setattr(Writer, "append", filling)
    monkeypatch.setattr(feature_source, "memory_budget", lambda: memory)
    full = runs(*settings)
    assert full.codes.count("features_disk_failed") == 1
    assert_same(full, cold)


def test_kept_views_are_computed_once_each(runs: Runs) -> None:
    first = runs(*VIEWS)
    assert sum(runs.passed) == 12 + 10, "ten pictures train on two views, two validate"
    assert "augmented_features" not in first.codes
    more = runs(*VIEWS, "stages.0.epochs=4", "seed=4")
    assert runs.passed == []
    assert len(epochs_without_time(more.events)) == 5


def test_fresh_augmentation_decodes_each_picture_once(
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
