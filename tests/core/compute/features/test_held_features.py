"""What a recipe would find kept of its features, before it is trained."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from core.compute import devices, estimate, speed
from core.compute.cache import budget as cache_budget
from core.compute.estimate import Speed
from core.compute.feature_plan import Key
from core.compute.features import store as feature_store
from core.dataset.split import split
from core.dataset.summary import scan
from core.images import load as images
from core.recipe.config import RunConfig
from core.runs import images as run_images
from core.runs.run import Run
from tests.support.pictures import COLORS, PictureFolder, draw
from tests.support.training import events_of, new_run, small_recipe

HEAD = 'stages=[{"epochs":2}]'
OPEN = ("threads=null", "precision=auto", "micro_batch=null")
SPEED = Speed((0.02,) * 5, 3.0, 0.003, 1, 8, "float32")


@pytest.fixture
def run(picture_folder: PictureFolder, tmp_path: Path) -> Run:
    """One that has trained a head on six pictures of three blocks."""
    made = new_run(picture_folder(classes=2, per_class=6), tmp_path / "run", recipe())
    list(events_of(made))
    return made


def recipe(*settings: str) -> RunConfig:
    return small_recipe("model.depth=3", HEAD, *settings)


def held(run: Run, config: RunConfig) -> Mapping[object, int]:
    parts = split(scan(run.folder), config.dataset)
    known = run_images.contents_of_last_run(run.folder, [run.directory])
    given = {"train": parts.train, "validation": parts.validation}
    return feature_store.held(config, given, known)  # type: ignore[arg-type]


def test_what_a_run_kept_is_found_by_the_next_one_whatever_its_head(run: Run) -> None:
    everything = {(Key(3, 0), "train"): 10, (Key(3, 0), "validation"): 2}
    assert held(run, run.config) == everything
    assert held(run, recipe("stages.0.learning_rate=0.01", "seed=3", "batch_size=2")) == everything
    other_split = held(run, recipe("dataset.validation_fraction=0.5"))
    assert sum(other_split.values()) == 12


@pytest.mark.parametrize(
    "setting",
    [
        "model.weights=none",
        "model.depth=2",
        "dataset.image_size=64",
        "dataset.fit=crop",
        "micro_batch=4",
        'stages=[{"epochs":1,"thawed":[3]}]',
    ],
)
def test_what_would_have_other_bits_is_not_there(run: Run, setting: str) -> None:
    assert held(run, recipe(setting)) == {}


def test_no_file_is_read_and_what_changed_since_is_not_counted(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(run.folder / "red" / "new.png", COLORS["red"], 99)
    trained = run.used("train")[0]
    (run.folder / trained.path).touch()
    monkeypatch.setattr(images, "read_bytes", None)  # whoever calls it fails
    assert sum(held(run, run.config).values()) == 11
    cache_budget.clear()
    assert held(run, run.config) == {}


def test_kept_views_are_found_by_their_augmentation(run: Run, tmp_path: Path) -> None:
    views = ("augmentation.rotation=10", "augmentation.cached_views=2")
    kept = new_run(run.folder, tmp_path / "views", recipe(*views))
    list(events_of(kept))
    found = held(kept, recipe(*views))
    assert [found[Key(3, 0, view), "train"] for view in (0, 1)] == [10, 10]
    turned = held(kept, recipe("augmentation.rotation=20", "augmentation.cached_views=2"))
    assert set(turned) == {(Key(3, 0), "train"), (Key(3, 0), "validation")}


def test_nothing_is_measured_to_tell_a_price(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "measure", None)  # whoever calls it fails
    assert held(run, recipe(*OPEN)) == {}


def test_what_a_recipe_leaves_open_is_what_its_run_decides(run: Run, tmp_path: Path) -> None:
    estimate.remember(replace(SPEED, key=speed._key(devices.choose("auto"))))
    assert held(run, recipe(*OPEN)) == {}, "small pictures pass in larger numbers"
    opened = new_run(run.folder, tmp_path / "opened", recipe(*OPEN))
    list(events_of(opened))
    assert sum(held(opened, opened.config).values()) == 12


def test_the_newest_run_on_the_folder_tells_the_contents(
    run: Run, tmp_path: Path, picture_folder: PictureFolder
) -> None:
    elsewhere = new_run(picture_folder(name="other"), tmp_path / "elsewhere", recipe())
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "environment.json").write_bytes(b"{")
    directories = [elsewhere.directory, damaged, run.directory, tmp_path / "gone"]
    known = run_images.contents_of_last_run(run.folder, directories)
    assert known == {one.path: one for one in run.pictures}
    assert run_images.contents_of_last_run(tmp_path, directories) == {}


def test_what_is_there_makes_a_run_cheaper(run: Run) -> None:
    cold, warm = (
        estimate.estimate(run.config, SPEED, 10, 2, held=there)
        for there in ({}, held(run, run.config))
    )
    assert cold.features > 0
    assert warm.features == 0
    assert warm.first_point < cold.first_point / 5
