"""One stage: its steps, the head's scale, pictures that fail, how a stop leaves it."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from core.compute import numerics
from core.compute.cache import budget as cache_budget
from core.compute.features import source as feature_source
from core.images import load as images
from core.model import backbone, heads
from core.runs.events import BatchFinished, EpochFinished, Event, Notice, RunFinished
from core.runs.run import Run
from core.training import stage
from core.training.setup import batch_groups
from tests.support.pictures import PictureFolder
from tests.support.training import events_of, new_run, small_recipe

ONE_EPOCH = 'stages=[{"epochs":1}]'


def trained(folder: Path, directory: Path, *settings: str) -> tuple[Run, list[Event]]:
    run = new_run(folder, directory, small_recipe(*settings))
    return run, list(events_of(run))


def scale_of(run: Run) -> float:
    with safe_open(run.directory / "best.safetensors", framework="pt") as file:
        scale: float = json.loads(file.metadata()["thaw"])["feature_scale"]
        return scale


def epochs_of(events: list[Event]) -> list[EpochFinished]:
    return [event for event in events if isinstance(event, EpochFinished)]


def rms_of_first(run: Run, count: int) -> float:
    """The RMS of the features of the first ``count`` pictures that the run learned from."""
    pictures = run.used("train")
    keys = [one.key for one in pictures]
    order = batch_groups(range(len(pictures)), keys, len(pictures), run.config.seed, 0)[0]
    network = backbone.load("imagenet", 5, seed=0)
    pixels = [
        torch.from_numpy(images.load(run.folder / pictures[one].path, 32, "stretch"))
        for one in order[:count]
    ]
    with torch.no_grad():
        return heads.rms(network(network.normalise(torch.stack(pixels))))


@pytest.mark.parametrize("batch_size", [1, 16, 32])
def test_the_scale_rests_on_32_pictures_whatever_the_batch_size(
    picture_folder: PictureFolder, tmp_path: Path, batch_size: int
) -> None:
    folder = picture_folder(classes=3, per_class=16)
    run, events = trained(folder, tmp_path / "run", ONE_EPOCH, f"batch_size={batch_size}")
    assert events[0].train_images == 39
    assert scale_of(run) == pytest.approx(rms_of_first(run, 32), rel=1e-4)
    batches = [event.images for event in events if isinstance(event, BatchFinished)]
    assert sum(batches) == 39
    assert max(batches) == batch_size, "pictures held back for the scale keep their batches"


def test_the_scale_rests_on_all_pictures_where_there_are_fewer(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    folder = picture_folder(classes=3, per_class=8)
    run, _ = trained(folder, tmp_path / "run", ONE_EPOCH)
    assert scale_of(run) == pytest.approx(rms_of_first(run, 18), rel=1e-4)


def test_a_batch_is_the_same_step_in_one_piece_or_in_uneven_ones(
    picture_folder: PictureFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = picture_folder(classes=3, per_class=8)
    # 18 pictures: a batch of 11 in pieces of 4, 4 and 3, and one of 7 in pieces of 4 and 3
    stages = 'stages=[{"epochs":2,"thawed":[5],"optimizer":"sgd","learning_rate":1e-3}]'
    found = []
    for size in (4, 64):
        monkeypatch.setattr(numerics, "LARGEST_MICRO_BATCH", size)
        _, events = trained(folder, tmp_path / str(size), stages, "batch_size=11")
        found.append(epochs_of(events))
    for one, other in zip(*found, strict=True):
        assert one.train.loss == pytest.approx(other.train.loss, rel=1e-4)
        assert one.validation.loss == pytest.approx(other.validation.loss, rel=1e-4)


def test_a_stop_in_the_gradient_leaves_the_number_format_as_it_was(
    picture_folder: PictureFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = 'stages=[{"epochs":1,"thawed":[5]}]'
    recipe = small_recipe(stages, "precision=bfloat16", "batch_size=2")
    run, stop = new_run(picture_folder(), tmp_path / "run", recipe), threading.Event()

    def stopping(_device: str) -> torch.autocast:
        stop.set()
        return numerics.full_precision()

    monkeypatch.setattr(stage, "full_precision", stopping)
    events = list(events_of(run, stop))
    assert isinstance(events[-1], RunFinished)
    assert events[-1].outcome == "stopped"
    assert not any(isinstance(event, BatchFinished) for event in events)
    assert not torch.is_autocast_enabled("cpu")


def break_files(run: Run, part: str, count: int) -> list[str]:
    paths = [one.path for one in run.used(part)[:count]]
    for path in paths:
        (run.folder / path).unlink()
    return paths


def test_of_many_lost_pictures_the_first_are_named_and_the_others_counted(
    picture_folder: PictureFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = picture_folder(classes=2, per_class=50)
    run = new_run(folder, tmp_path / "run", small_recipe(ONE_EPOCH, "batch_size=16"))
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
    assert 1 not in rest, "one picture has a name"
    assert len(notices) == len(named) + len(rest)
    assert len(marked) <= 5, "dataset.csv is written once a batch"
    table = (run.directory / "dataset.csv").read_text("utf-8").splitlines()
    assert {line.split(",")[0] for line in table if ",skipped,file_missing," in line} == set(lost)


def test_a_stop_ends_the_telling_of_lost_pictures(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    folder = picture_folder(classes=2, per_class=20)
    recipe = small_recipe(ONE_EPOCH, "batch_size=32")
    run, stop = new_run(folder, tmp_path / "run", recipe), threading.Event()
    break_files(run, "train", 12)
    events = []
    for event in events_of(run, stop):
        events.append(event)
        if isinstance(event, Notice):
            stop.set()
    assert events[-1].outcome == "stopped"
    assert sum(isinstance(event, Notice) for event in events) == 1
    assert sum(one.status == "skipped" for one in Run.open(run.directory).pictures) == 12


def test_epochs_measured_on_other_validation_pictures_are_said(
    picture_folder: PictureFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feature_source, "memory_budget", lambda: 0)
    cache_budget.choose_budget(0)
    folder = picture_folder(classes=3, per_class=8)
    run = new_run(folder, tmp_path / "run", small_recipe('stages=[{"epochs":4}]'))
    events = []
    for event in events_of(run):
        events.append(event)
        if isinstance(event, EpochFinished) and event.epoch == 2:
            break_files(run, "validation", 2)
    said = [one for one in events if isinstance(one, Notice) and one.code == "validation_changed"]
    assert [one.values for one in said] == [{"before": 6, "after": 4}]
    assert [one.validation.images for one in epochs_of(events)] == [6, 6, 4, 4]
    third = next(n for n, one in enumerate(events) if one == epochs_of(events)[2])
    assert events.index(said[0]) < third


def test_validation_pictures_lost_from_the_start_change_nothing(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    folder = picture_folder(classes=3, per_class=8)
    run = new_run(folder, tmp_path / "run", small_recipe())
    break_files(run, "validation", 2)
    codes = [event.code for event in events_of(run) if isinstance(event, Notice)]
    assert codes == ["picture_skipped", "picture_skipped"]
