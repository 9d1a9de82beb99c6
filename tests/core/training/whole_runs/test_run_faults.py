"""What goes wrong around a training: each fault is said in words, and costs nothing once mended."""

import errno
import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from core.common import files
from core.common.messages import ThawError, sentence
from core.compute.cache import budget as cache_budget
from core.runs.events import BatchFinished, EpochFinished, Event, Notice, RunFinished, RunResumed
from core.runs.run import Run, extend
from core.training import learner
from core.training import train as training
from tests.support.pictures import draw_folder
from tests.support.resuming import go_on, same_result
from tests.support.training import events_of, new_run, small_recipe

STAGES = 'stages=[{"epochs":3},{"epochs":1,"thawed":[1],"learning_rate":0.001}]'
SMALLEST = ("model.weights=none", "model.depth=1")
RECIPE = small_recipe(*SMALLEST, STAGES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_folder(tmp_path_factory.mktemp("data") / "pictures", classes=2, per_class=4)


@pytest.fixture(scope="module")
def whole(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run that nothing disturbs."""
    run = new_run(folder, tmp_path_factory.mktemp("runs") / "whole", RECIPE)
    assert list(events_of(run))[-1].outcome == "finished"
    return run


def failing(
    work: Callable[..., None], error: OSError, name: str, times: int
) -> Callable[..., None]:
    """``work`` on a path, which fails from its ``times``-th time on at files of that name."""
    count = itertools.count(1)

    def run(path: Path, *arguments: object, **options: object) -> None:
        if name in (path.name, path.parent.name) and next(count) >= times:
            raise error
        work(path, *arguments, **options)

    return run


@pytest.mark.parametrize(
    ("function", "name", "times", "number"),
    [
        ("replace", "environment.json", 1, errno.ENOSPC),
        ("replace", "first-batch.png", 1, errno.ENOSPC),
        ("replace", "best.safetensors", 1, errno.ENOSPC),
        ("replace", "best.safetensors", 2, errno.EROFS),
        ("replace", "predictions.csv", 1, errno.ENOSPC),
        ("replace", "predictions-stage-1.csv", 1, errno.ENOSPC),
        ("replace", "predictions-stage-2.csv", 1, errno.EROFS),
        ("replace", "summary.json", 2, errno.ENOSPC),
        ("replace", "checkpoints", 1, errno.ENOSPC),
        ("replace", "checkpoints", 2, errno.ENOENT),
        ("replace", "stage-2-start.safetensors", 1, errno.ENOSPC),
        ("append_line", "history.jsonl", 1, errno.EROFS),
        ("append_line", "history.jsonl", 9, errno.ENOSPC),
    ],
)
def test_a_write_that_fails_ends_the_run_in_words_and_a_resumed_run_makes_up_for_it(
    folder: Path,
    tmp_path: Path,
    whole: Run,
    function: str,
    name: str,
    times: int,
    number: int,
) -> None:
    run = new_run(folder, tmp_path / "run", RECIPE)
    error = OSError(number, os.strerror(number))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, function, failing(getattr(files, function), error, name, times))
        last = list(events_of(run))[-1]
    assert isinstance(last, RunFinished)
    assert (last.outcome, last.code) == ("failed", "write_failed")
    assert os.strerror(number) in sentence(last.code, last.values)
    assert name in last.values["path"]
    assert Run.open(run.directory).state in ("failed", "interrupted")
    go_on(run.directory)
    same_result(run.directory, whole.directory)


def test_a_checkpoint_that_a_stop_cannot_write_costs_only_its_batches(
    folder: Path, tmp_path: Path, whole: Run
) -> None:
    run = new_run(folder, tmp_path / "run", RECIPE)
    events = events_of(run)
    while not (isinstance(event := next(events), EpochFinished) and event.epoch == 2):
        pass
    next(events)
    with pytest.MonkeyPatch.context() as patch:
        full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        patch.setattr(files, "replace", failing(files.replace, full, "checkpoints", 1))
        events.close()
    assert Run.open(run.directory).state == "stopped"
    go_on(run.directory)
    same_result(run.directory, whole.directory)


def test_pictures_that_were_away_for_a_while(folder: Path, tmp_path: Path) -> None:
    own = shutil.copytree(folder, tmp_path / "pictures")
    recipe = small_recipe(*SMALLEST, STAGES, "augmentation.rotation=5")
    whole = new_run(own, tmp_path / "whole", recipe)
    list(events_of(whole))
    run = new_run(own, tmp_path / "run", recipe)
    events = events_of(run)
    while not isinstance(next(events), EpochFinished):
        pass
    events.close()
    own.rename(tmp_path / "away")
    last = list(events_of(Run.open(run.directory)))[-1]
    assert (last.outcome, last.code) == ("failed", "folder_vanished")
    assert str(own) in sentence(last.code, last.values)
    (tmp_path / "away").rename(own)
    go_on(run.directory)
    same_result(run.directory, whole.directory)


def gone(picture: Path) -> None:
    picture.unlink()


def changed(picture: Path) -> None:
    other = next(one for one in picture.parent.iterdir() if one.suffix == picture.suffix)
    picture.write_bytes(other.read_bytes() + b"another now")


@pytest.mark.parametrize(
    ("harm", "reason"),
    [(gone, "the file has gone"), (changed, "the file is not the one that the run began with")],
)
def test_a_picture_that_is_gone_or_another_when_the_run_goes_on_is_skipped_and_listed(
    folder: Path, tmp_path: Path, harm: Callable[[Path], None], reason: str
) -> None:
    own = shutil.copytree(folder, tmp_path / "pictures")
    run = new_run(own, tmp_path / "run", small_recipe(*SMALLEST, STAGES))
    events = events_of(run)
    next(events)
    events.close()
    lost = run.used("train")[0].path
    harm(own / lost)
    resumed = go_on(run.directory)
    told = [one for one in resumed if isinstance(one, Notice) and one.code == "picture_skipped"]
    assert [sentence(one.code, one.values) for one in told] == [f"{lost} was skipped: {reason}"]
    opened = Run.open(run.directory)
    assert [one.path for one in opened.pictures if one.status == "skipped"] == [lost]
    assert {one.train.images for one in opened.history.epochs} == {5}


def test_a_picture_that_is_lost_is_told_once_though_the_run_is_stopped_there(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learner, "SCALE_PICTURES", 2)
    own = shutil.copytree(folder, tmp_path / "pictures")
    run = new_run(own, tmp_path / "run", small_recipe(*SMALLEST, STAGES, "batch_size=2"))
    same = new_run(own, tmp_path / "same", run.config)
    batches = [one for one in events_of(same) if isinstance(one, BatchFinished)]
    lost = batches[1].pictures[0]  # before it, a batch is learned that the stop keeps
    (own / lost).write_bytes(b"no picture")
    cache_budget.clear()
    events = events_of(run)
    while not (isinstance(event := next(events), Notice) and event.code == "picture_skipped"):
        pass
    events.close()
    go_on(run.directory)
    told = [one for one in Run.open(run.directory).history.notices if one == event]
    assert len(told) == 1


def test_what_was_left_out_is_said_again_by_a_run_that_starts_over(
    folder: Path, tmp_path: Path
) -> None:
    own = shutil.copytree(folder, tmp_path / "pictures")
    (own / "red" / "broken.png").write_bytes(b"no picture")
    run = new_run(own, tmp_path / "run", RECIPE)
    events = events_of(run)
    next(events)
    killed = shutil.copytree(run.directory, tmp_path / "killed")  # before any checkpoint
    events.close()
    go_on(killed)
    assert "files_left_out" in [one.code for one in Run.open(killed).history.notices]


def test_a_disk_that_is_full_when_a_picture_is_lost_ends_the_run_and_loses_nothing_else(
    folder: Path, tmp_path: Path
) -> None:
    own = shutil.copytree(folder, tmp_path / "pictures")
    runs = [new_run(own, tmp_path / name, RECIPE) for name in ("whole", "run")]
    (own / runs[0].used("train")[0].path).unlink()
    whole, run = runs
    assert list(events_of(whole))[-1].outcome == "finished"
    with pytest.MonkeyPatch.context() as patch:
        full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        patch.setattr(files, "replace", failing(files.replace, full, "dataset.csv", 1))
        last = list(events_of(run))[-1]
    assert (last.outcome, last.code) == ("failed", "write_failed")
    assert last.values["path"] == str(run.directory / "dataset.csv")
    go_on(run.directory)
    same_result(run.directory, whole.directory)
    assert Run.open(run.directory).pictures == Run.open(whole.directory).pictures


@pytest.mark.parametrize(
    ("function", "name"), [("replace", "config.json"), ("append_line", "history.jsonl")]
)
def test_a_run_that_a_full_disk_kept_from_being_extended_is_as_good_as_before(
    folder: Path, tmp_path: Path, whole: Run, function: str, name: str
) -> None:
    directory = shutil.copytree(whole.directory, tmp_path / "run")
    with pytest.MonkeyPatch.context() as patch:
        full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        patch.setattr(files, function, failing(getattr(files, function), full, name, 1))
        with pytest.raises(ThawError) as error:
            extend(Run.open(directory), 1)
    assert error.value.code == "write_failed"
    run = Run.open(directory)
    assert len(run.history.epochs) == len(whole.history.epochs)
    if run.is_finished:
        extend(run, 1)
    go_on(directory)
    assert len(Run.open(directory).history.epochs) == len(whole.history.epochs) + 1


def test_a_loss_that_is_no_number_is_placed_and_the_best_network_kept(
    folder: Path, tmp_path: Path
) -> None:
    stages = (
        'stages=[{"epochs":1},{"epochs":2,"thawed":[5],"optimizer":"sgd","learning_rate":10,'
        '"backbone_factor":10}]'
    )
    run = new_run(folder, tmp_path / "run", small_recipe(stages))
    seen: list[Event] = []
    for event in events_of(run):
        seen.append(event)
        if isinstance(event, EpochFinished):
            best = (run.directory / "best.safetensors").read_bytes()
    last = seen[-1]
    assert isinstance(last, RunFinished)
    assert last.code == "not_finite"
    text = sentence(last.code, last.values)
    assert "stage 2" in text
    assert "epoch" in text
    assert f"batch {last.values['batch']}" in text
    assert "smaller learning rate than 10" in text
    assert (run.directory / "best.safetensors").read_bytes() == best
    again = list(events_of(Run.open(run.directory)))[-1]
    place = ("stage", "epoch", "batch", "value")
    assert [again.values[name] for name in place] == [last.values[name] for name in place]


def test_memory_that_runs_out_within_a_step_ends_the_run_on_its_last_checkpoint(
    folder: Path, tmp_path: Path, whole: Run
) -> None:
    count = itertools.count(1)
    optimizer = learner.optimizer

    def short_of_memory(*arguments: Any) -> torch.optim.Optimizer:
        made = optimizer(*arguments)
        step = made.step

        def half_done() -> None:
            if next(count) == 4:
                with torch.no_grad():
                    made.param_groups[0]["params"][0].add_(1)
                raise torch.OutOfMemoryError("CUDA out of memory.")
            step()

        made.step = half_done
        return made

    run = new_run(folder, tmp_path / "run", RECIPE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learner, "optimizer", short_of_memory)
        last = list(events_of(run))[-1]
    assert isinstance(last, RunFinished)
    assert last.outcome == "failed"
    text = sentence(last.code, last.values)
    assert "stage 1, epoch 2, batch 2" in text
    assert "resume the run" in text
    resumed = go_on(run.directory)
    assert resumed[0] == RunResumed(1, 2, 0, 1), "after the last whole epoch"
    same_result(run.directory, whole.directory)


def test_a_run_whose_folder_was_deleted_ends_in_words(folder: Path, tmp_path: Path) -> None:
    run = new_run(folder, tmp_path / "run", RECIPE)
    events = events_of(run)
    next(events)
    shutil.rmtree(run.directory)
    last = list(events)[-1]
    assert isinstance(last, RunFinished)
    assert (last.outcome, last.code) == ("failed", "write_failed")


@pytest.mark.parametrize("jump", [1e6, -1e6])
def test_a_clock_that_jumps_changes_nothing(
    folder: Path, tmp_path: Path, whole: Run, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    clock = itertools.count(0, jump)
    monkeypatch.setattr(training, "monotonic", lambda: next(clock))
    run = new_run(folder, tmp_path / "run", RECIPE)
    list(events_of(run))
    same_result(run.directory, whole.directory)
