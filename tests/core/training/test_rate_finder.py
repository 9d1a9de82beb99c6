"""The learning-rate finder: it suggests a rate that trains, and leaves everything as it was."""

import random
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from core.common.messages import InputError, ThawError
from core.compute.cache import budget as cache_budget
from core.dataset.summary import scan
from core.recipe.config import RunConfig
from core.runs.events import CacheProgress, EpochFinished
from core.training import rate_finder as training_rate_finder
from core.training.rate_curve import RateFound, RateTried
from tests.support.pictures import PictureFolder
from tests.support.training import events_of, new_run, small_recipe

SHALLOW = ("model.depth=3", "stages.1.thawed=[3]")  # a third of the time


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder(classes=3, per_class=8)


def found(
    recipe: RunConfig, folder: Path, stage: int = 1, steps: int = 40
) -> tuple[list[RateTried], RateFound]:
    told = list(training_rate_finder.find(recipe, scan(folder), stage - 1, steps=steps))
    tried = [one for one in told if isinstance(one, RateTried)]
    assert isinstance(told[-1], RateFound)
    return tried, told[-1]


def test_the_loss_is_drawn_against_growing_rates_and_one_is_suggested(folder: Path) -> None:
    tried, end = found(small_recipe(*SHALLOW), folder)
    assert [one.step for one in tried] == list(range(1, len(tried) + 1))
    assert tried[0].loss == pytest.approx(np.log(3), rel=1e-3), "a new head knows nothing"
    assert end.stage == 1
    assert not end.from_start
    assert end.rate is not None
    assert 1e-5 < end.rate < 1


def test_the_suggested_rate_trains(folder: Path, tmp_path: Path) -> None:
    _, end = found(small_recipe(*SHALLOW), folder)
    recipe = small_recipe(*SHALLOW, 'stages=[{"epochs":3}]', f"stages.0.learning_rate={end.rate}")
    run = new_run(folder, tmp_path / "run", recipe)
    list(events_of(run))
    assert run.history.best is not None
    assert run.history.best.validation.accuracy >= 5 / 6  # red, green and blue noise


def test_a_thawed_stage_is_tried_from_the_start_and_says_so(folder: Path) -> None:
    tried, end = found(small_recipe(*SHALLOW), folder, stage=2)
    assert end.stage == 2
    assert end.from_start
    assert tried[0].loss == pytest.approx(np.log(3), rel=1e-3)
    assert {one.steps for one in tried} == {40}
    assert min(one.smoothed for one in tried) < tried[0].loss


def test_too_high_a_rate_ends_it_early(folder: Path) -> None:
    recipe = small_recipe(*SHALLOW, "stages.0.optimizer=sgd", "stages.0.momentum=0")
    tried, _ = found(recipe, folder)
    assert len(tried) < 40


def test_it_tells_the_same_each_time(folder: Path) -> None:
    recipe = small_recipe(*SHALLOW, "augmentation.rotation=20")
    assert found(recipe, folder, steps=10) == found(recipe, folder, steps=10)
    other = small_recipe(*SHALLOW, "augmentation.rotation=20", "seed=1")
    assert found(other, folder, steps=10) != found(recipe, folder, steps=10)


def test_few_pictures_come_again_in_another_order(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, ...]] = []
    gradient = training_rate_finder._Trying._gradient

    def noting(self: object, batch: object, epoch: int) -> tuple[float, int]:
        seen.append(batch.positions)  # type: ignore[attr-defined]
        return gradient(self, batch, epoch)  # type: ignore[arg-type]

    monkeypatch.setattr(training_rate_finder._Trying, "_gradient", noting)
    found(small_recipe(*SHALLOW, "batch_size=9"), folder, steps=4)
    assert [len(one) for one in seen] == [9, 9, 9, 9]
    assert set(seen[0] + seen[1]) == set(seen[2] + seen[3]) == set(range(18))
    assert seen[:2] != seen[2:]


def test_no_global_generator_moves(folder: Path) -> None:
    states: tuple[Callable[[], object], ...] = (
        lambda: torch.get_rng_state().tolist(),
        lambda: repr(np.random.get_state()),
        random.getstate,
    )
    before = [state() for state in states]
    head = ("model.head.kind=fc", "model.head.hidden=[8]", "model.head.dropout=0.5")
    recipe = small_recipe(*SHALLOW, *head, "augmentation.rotation=20", "balanced_sampling=true")
    found(recipe, folder, stage=2, steps=6)
    assert [state() for state in states] == before


def test_a_training_after_it_has_the_same_bits(folder: Path, tmp_path: Path) -> None:
    recipe = small_recipe(*SHALLOW, "augmentation.rotation=20", "augmentation.cached_views=2")
    written = []
    for name in ("without", "after"):
        cache_budget.clear()
        if name == "after":
            found(recipe, folder, stage=1, steps=8)
            found(recipe, folder, stage=2, steps=3)
        run = new_run(folder, tmp_path / name, recipe)
        list(events_of(run))
        names = ("best.safetensors", "predictions.csv")
        written.append([(run.directory / one).read_bytes() for one in names])
    assert written[0] == written[1]


def test_nothing_is_written_but_what_is_kept_for_later(folder: Path, home: Path) -> None:
    pictures = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    found(small_recipe(*SHALLOW), folder, steps=4)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == pictures
    files = [path for path in home.rglob("*") if path.is_file()]
    assert files
    assert all(cache_budget.root() in path.parents for path in files)


def test_features_that_are_there_are_not_computed_again(folder: Path, tmp_path: Path) -> None:
    recipe, summary = small_recipe(*SHALLOW), scan(folder)
    first = list(training_rate_finder.find(recipe, summary, 0, steps=8))
    progress = [one for one in first if isinstance(one, CacheProgress)]
    assert progress[-1].done == progress[-1].total == 18
    again = list(training_rate_finder.find(recipe, summary, 0, steps=8))
    assert not any(isinstance(one, CacheProgress) for one in again)
    run = new_run(folder, tmp_path / "run", recipe)
    left = [one for one in events_of(run) if isinstance(one, CacheProgress) and one.stage == 1]
    assert {one.total for one in left} == {6}, "training has only validation left to compute"


def test_a_large_folder_is_not_read_beyond_what_is_tried(
    picture_folder: PictureFolder,
) -> None:
    summary = scan(picture_folder(classes=2, per_class=20))
    read: set[Path] = set()
    read_bytes = Path.read_bytes

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "read_bytes", lambda path: read.add(path) or read_bytes(path))
        list(training_rate_finder.find(small_recipe(*SHALLOW), summary, 0, steps=3))
    assert len([path for path in read if summary.folder in path.parents]) == 12


@pytest.mark.parametrize("kind", [CacheProgress, RateTried])
def test_a_stop_is_heard_at_once(folder: Path, kind: type) -> None:
    stop, told = threading.Event(), list[bool]()

    def pull() -> None:
        for one in training_rate_finder.find(small_recipe(*SHALLOW), scan(folder), 1, stop):
            told.append(stop.is_set())
            if isinstance(one, kind):
                stop.set()

    with pytest.raises(ThawError) as caught:
        pull()
    assert caught.value.code == "stopped"
    assert sum(told) <= 1


def test_a_picture_that_went_away_is_left_out(folder: Path) -> None:
    summary = scan(folder)
    (folder / summary.samples[0].path).unlink()
    tried = [
        one
        for one in training_rate_finder.find(
            small_recipe(*SHALLOW, "stages=[{}]"), summary, 0, steps=6
        )
        if isinstance(one, RateTried)
    ]
    assert len(tried) == 6


def test_without_validation_there_is_nothing_to_try(picture_folder: PictureFolder) -> None:
    summary = scan(picture_folder(classes=2, per_class=1))
    with pytest.raises(InputError, match="validation"):
        list(training_rate_finder.find(small_recipe(), summary, 0))


def test_memory_that_ran_out_is_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(training_rate_finder._Trying, "_gradient", fails)
    with pytest.raises(ThawError) as caught:
        list(training_rate_finder.find(small_recipe(*SHALLOW), scan(folder), 0))
    assert caught.value.code == "out_of_memory"


def test_it_says_nothing_of_epochs(folder: Path) -> None:
    told = training_rate_finder.find(small_recipe(*SHALLOW), scan(folder), 0, steps=4)
    assert not any(isinstance(one, EpochFinished) for one in told)
