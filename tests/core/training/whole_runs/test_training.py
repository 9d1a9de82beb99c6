"""The loop: what it yields, what it writes, what stays frozen, how it ends."""

import json
import threading
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.common import files
from core.compute.cache import budget as cache_budget
from core.compute.features import source as feature_source
from core.model import backbone
from core.runs import history
from core.runs.events import (
    BatchFinished,
    CacheProgress,
    EpochFinished,
    Event,
    Notice,
    RunFinished,
    RunStarted,
    StageStarted,
    to_json,
)
from core.runs.run import Run
from tests.support.pictures import PictureFolder
from tests.support.training import epochs_without_time, events_of, new_run, small_recipe


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder(classes=3, per_class=8)


def trained(folder: Path, directory: Path, *settings: str) -> tuple[Run, list[Event]]:
    run = new_run(folder, directory, small_recipe(*settings))
    return run, list(events_of(run))


def test_two_stages_from_start_to_result(folder: Path, tmp_path: Path) -> None:
    run, events = trained(folder, tmp_path / "run")
    assert isinstance(events[0], RunStarted)
    assert events[0].train_images == 18
    assert events[0].validation_images == 6
    assert events[0].majority == pytest.approx(1 / 3)
    stages = [event for event in events if isinstance(event, StageStarted)]
    assert [(one.stage, one.thawed, one.boundary) for one in stages] == [(1, (), 5), (2, (5,), 4)]
    assert stages[0].trainable_parameters == 512 * 3 + 3
    assert stages[1].backbone_learning_rate == pytest.approx(stages[1].learning_rate / 5)
    epochs = [event for event in events if isinstance(event, EpochFinished)]
    assert [(one.stage, one.epoch) for one in epochs] == [(1, 1), (1, 2), (2, 1)]
    assert all(one.train.images == 18 and one.validation.images == 6 for one in epochs)
    assert events[-1] == RunFinished(
        "finished", run.history.best.stage, run.history.best.epoch, events[-1].seconds
    )
    assert run.history.best.validation.accuracy >= 5 / 6  # red, green and blue noise


def test_the_history_on_disk_is_what_was_yielded(folder: Path, tmp_path: Path) -> None:
    run, events = trained(folder, tmp_path / "run")
    lines = (run.directory / "history.jsonl").read_text("utf-8").splitlines()
    assert lines == [to_json(event) for event in events]
    assert history.read(run.directory / "history.jsonl") == run.history
    summary = json.loads((run.directory / "summary.json").read_text("utf-8"))
    assert summary["state"] == "finished"
    assert summary["best"]["images"] == 6


def test_batch_losses_come_while_features_are_still_computed(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    folder = picture_folder(classes=3, per_class=20)
    _, events = trained(folder, tmp_path / "run", "stages.0.epochs=1")
    first_batch = next(n for n, one in enumerate(events) if isinstance(one, BatchFinished))
    before = [one for one in events[:first_batch] if isinstance(one, CacheProgress)]
    assert before[-1].done == 32, "as many as the head's scale rests on"
    progress = [one for one in events[first_batch:] if isinstance(one, CacheProgress)]
    assert progress[-1].done == progress[-1].total == 60
    assert all(one.stage == 1 for one in progress), "stage 2 needs no pass of its own"


def test_only_the_thawed_block_changes(folder: Path, tmp_path: Path) -> None:
    run, _ = trained(folder, tmp_path / "run", "stages.1.learning_rate=0.01", "stages.0.epochs=1")
    before = backbone.load("imagenet", 5, seed=0).state_dict()
    best = run.history.best
    after = load_file(run.directory / "best.safetensors")
    changed = {name for name, one in before.items() if not torch.equal(one, after[name])}
    if best.stage == 1:
        assert changed == set()
    else:
        assert changed == {
            f"features.{index}.{kind}" for index in (24, 26, 28) for kind in ("weight", "bias")
        }


@pytest.mark.parametrize("thawed", ["[1]", "[2,4]", "[1,2,3,4,5]"])
def test_any_set_of_blocks_can_thaw(folder: Path, tmp_path: Path, thawed: str) -> None:
    stage = f'stages=[{{"epochs":1,"thawed":{thawed},"backbone_factor":10}}]'
    run, events = trained(folder, tmp_path / "run", stage)
    assert events[-1].outcome == "finished"
    before = backbone.load("imagenet", 5, seed=0)
    after = load_file(run.directory / "best.safetensors")
    changed = {
        number
        for number in range(1, 6)
        for name, one in before.block(number).named_parameters()
        if not torch.equal(one, after[_saved_name(before, number, name)])
    }
    assert changed == set(json.loads(thawed))


def _saved_name(network: backbone.Backbone, block: int, name: str) -> str:
    index, kind = name.split(".")
    layer = network.block(block)[int(index)]
    place = next(n for n, one in enumerate(network.features) if one is layer)
    return f"features.{place}.{kind}"


def test_the_same_recipe_gives_the_same_bits(folder: Path, tmp_path: Path) -> None:
    first, events = trained(folder, tmp_path / "first", "augmentation.rotation=20")
    again, events_again = trained(folder, tmp_path / "again", "augmentation.rotation=20")
    assert epochs_without_time(events) == epochs_without_time(events_again)
    for name in ("best.safetensors", "predictions.csv", "first-batch.png"):
        assert (first.directory / name).read_bytes() == (again.directory / name).read_bytes()
    other, events_other = trained(folder, tmp_path / "other", "augmentation.rotation=20", "seed=1")
    assert epochs_without_time(events) != epochs_without_time(events_other)
    assert [one.path for one in other.used("validation")] == [
        one.path for one in first.used("validation")
    ], "the seed of the training must not move the split"


@pytest.mark.parametrize(("batch_size", "micro_batch"), [(5, 2), (1, 8)])
def test_features_that_do_not_fit_are_computed_again_with_the_same_result(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    batch_size: int,
    micro_batch: int,
) -> None:
    settings = (f"batch_size={batch_size}", f"micro_batch={micro_batch}", "stages.0.epochs=2")
    first, kept = trained(folder, tmp_path / "kept", *settings)
    cache_budget.choose_budget(0)
    cache_budget.clear()
    monkeypatch.setattr(feature_source, "memory_budget", lambda: 0)
    second, recomputed = trained(folder, tmp_path / "recomputed", *settings)
    assert epochs_without_time(kept) == epochs_without_time(recomputed)
    for name in ("best.safetensors", "predictions.csv", "first-batch.png"):
        assert (first.directory / name).read_bytes() == (second.directory / name).read_bytes()
    notices = [event.code for event in recomputed if isinstance(event, Notice)]
    assert notices == ["features_not_kept", "features_not_kept"]


def test_micro_batches_do_not_change_the_result(folder: Path, tmp_path: Path) -> None:
    settings = ("batch_size=16", "stages.0.epochs=1", "stages.1.learning_rate=1e-3")
    _, small = trained(folder, tmp_path / "small", *settings, "micro_batch=1")
    _, large = trained(folder, tmp_path / "large", *settings, "micro_batch=16")
    for one, other in zip(epochs_without_time(small), epochs_without_time(large), strict=True):
        assert one["validation"].loss == pytest.approx(other["validation"].loss, rel=1e-3)


def test_augmentation_trains_on_other_pictures_each_epoch_but_validates_on_the_same(
    folder: Path, tmp_path: Path
) -> None:
    settings = ("augmentation.rotation=40", 'stages=[{"epochs":3,"learning_rate":1e-9}]')
    _, events = trained(folder, tmp_path / "run", *settings)
    epochs = [event for event in events if isinstance(event, EpochFinished)]
    # with next to no learning, validation stays; the augmented batches' features don't
    assert len({round(one.validation.loss, 4) for one in epochs}) == 1
    stage = next(event for event in events if isinstance(event, StageStarted))
    assert stage.augmented
    assert not stage.cached


@pytest.mark.parametrize("kind", [CacheProgress, BatchFinished, EpochFinished, StageStarted])
def test_a_stop_at_any_event_ends_the_run_with_what_it_has(
    folder: Path, tmp_path: Path, kind: type[Event]
) -> None:
    run, stop = new_run(folder, tmp_path / "run", small_recipe()), threading.Event()
    seen = []
    for event in events_of(run, stop):
        seen.append(event)
        if isinstance(event, kind):
            stop.set()
    assert isinstance(seen[-1], RunFinished)
    assert seen[-1].outcome == "stopped"
    assert sum(isinstance(one, EpochFinished) for one in seen) == (kind is EpochFinished)
    assert (run.directory / "best.safetensors").exists() == (kind is EpochFinished)


def test_a_reader_that_goes_away_leaves_a_stopped_run(folder: Path, tmp_path: Path) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe())
    events = events_of(run)
    while not isinstance(next(events), EpochFinished):
        pass
    events.close()
    found = history.read(run.directory / "history.jsonl")
    assert found.finished is not None
    assert found.finished.outcome == "stopped"
    assert len(found.epochs) == 1


def test_a_picture_that_breaks_after_the_scan_is_skipped_and_listed(
    folder: Path, tmp_path: Path
) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe())
    broken = [run.used("train")[2].path, run.used("validation")[0].path]
    for path in broken:
        (folder / path).write_bytes((folder / path).read_bytes()[:200])
    events = list(events_of(run))
    assert events[-1].outcome == "finished"
    notices = {event.values["path"] for event in events if isinstance(event, Notice)}
    assert notices == set(broken)
    epoch = next(event for event in events if isinstance(event, EpochFinished))
    assert (epoch.train.images, epoch.validation.images) == (17, 5)
    table = (run.directory / "dataset.csv").read_text("utf-8").splitlines()
    assert sum(",skipped," in line for line in table) == 2


def test_a_folder_that_vanishes_fails_the_run_and_keeps_the_best(
    folder: Path, tmp_path: Path
) -> None:
    cache_budget.choose_budget(0)  # or it would go on with the pictures that it has kept
    run = new_run(folder, tmp_path / "run", small_recipe("augmentation.rotation=5"))
    events = []
    for event in events_of(run):
        events.append(event)
        if isinstance(event, EpochFinished):
            folder.rename(tmp_path / "moved")
    assert events[-1].outcome == "failed"
    assert events[-1].code == "folder_vanished"
    assert (run.directory / "best.safetensors").exists()


def test_a_run_goes_on_without_its_folder_when_all_it_needs_is_kept(
    folder: Path, tmp_path: Path
) -> None:
    _, whole = trained(folder, tmp_path / "whole", "augmentation.rotation=5")
    run = new_run(folder, tmp_path / "run", small_recipe("augmentation.rotation=5"))
    events = []
    for event in events_of(run):
        events.append(event)
        if isinstance(event, RunStarted):
            folder.rename(tmp_path / "moved")
    assert events[-1].outcome == "finished"
    assert epochs_without_time(events) == epochs_without_time(whole)


def test_a_loss_that_explodes_is_explained(folder: Path, tmp_path: Path) -> None:
    stage = 'stages=[{"epochs":3,"thawed":[5],"optimizer":"sgd","learning_rate":10,'
    more = '"backbone_factor":10,"schedule":"one-cycle"}]'
    _, events = trained(folder, tmp_path / "run", stage + more)
    assert events[-1].code == "not_finite"
    assert events[-1].values["stage"] == "1"
    assert events[-1].values["rate"] == "10", "the one to lower, not a twenty-fifth of it"


def test_a_full_disk_fails_the_run_in_words(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe())
    events = events_of(run)
    seen = [next(events)]

    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(files, "replace", full)
    seen += list(events)
    assert seen[-1].outcome == "failed"
    assert seen[-1].code == "write_failed"
    assert "No space left" in seen[-1].values["reason"]


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw", "rmsprop"])
def test_every_optimizer_learns(folder: Path, tmp_path: Path, name: str) -> None:
    stage = f'stages=[{{"epochs":4,"optimizer":"{name}"}}]'
    _, events = trained(folder, tmp_path / "run", stage)
    epochs = [event for event in events if isinstance(event, EpochFinished)]
    assert epochs[-1].train.loss < epochs[0].train.loss
    assert epochs[-1].validation.accuracy >= 5 / 6


def test_random_weights_train_too(folder: Path, tmp_path: Path) -> None:
    _, events = trained(
        folder,
        tmp_path / "run",
        "model.weights=none",
        'stages=[{"epochs":1,"thawed":[1,2,3,4,5],"learning_rate":1e-4,"backbone_factor":1}]',
    )
    epoch = next(event for event in events if isinstance(event, EpochFinished))
    assert epoch.train.loss < 3, "a random network must start near log(3), not far above"
