"""The training loop: what it yields and writes, how it ends, and what goes wrong around it."""

import csv
import errno
import itertools
import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal
from unittest.mock import Mock

import pytest
import torch

from core.common import files
from core.common.messages import ThawError, sentence
from core.common.statistics import mcnemar, newcombe
from core.compute.cache import budget as cache_budget
from core.reports.comparison import gain_told, points_shown
from core.runs import archive, evaluation, history
from core.runs.events import (
    BatchFinished,
    CacheProgress,
    EpochFinished,
    Event,
    RunFinished,
    RunResumed,
    RunStarted,
    StageCompared,
    StageStarted,
    to_json,
)
from core.runs.history import History, fold
from core.runs.places import stage_predictions
from core.runs.run import Run, extend
from core.training import learner
from core.training import train as training
from tests.support import ROOT
from tests.support.pictures import PictureFolder
from tests.support.resuming import go_on, same_result, stop_at
from tests.support.training import (
    SMALLEST,
    TWO_STAGES,
    NewRuns,
    epochs_without_time,
    events_of,
    trained,
)

BEST = "best.safetensors"
DEPTH_3 = ("model.depth=3", 'stages=[{"epochs":2},{"epochs":1,"thawed":[3]}]')
ROTATED = (*TWO_STAGES, "augmentation.rotation=20")


# -- what it yields and writes ---


@pytest.fixture(scope="module")
def done(colors: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[Event]]:
    return trained(colors, tmp_path_factory.mktemp("runs") / "run", *DEPTH_3)


def test_two_stages_from_start_to_result(done: tuple[Run, list[Event]]) -> None:
    run, events = done
    assert isinstance(events[0], RunStarted)
    assert (events[0].train_images, events[0].validation_images) == (18, 6)
    assert events[0].majority == pytest.approx(1 / 3)
    stages = [event for event in events if isinstance(event, StageStarted)]
    assert [(one.stage, one.thawed, one.boundary) for one in stages] == [(1, (), 3), (2, (3,), 2)]
    assert stages[0].trainable_parameters == 4 * 4 * 256 * 3 + 3
    assert stages[1].backbone_learning_rate == pytest.approx(stages[1].learning_rate / 5)
    epochs = [event for event in events if isinstance(event, EpochFinished)]
    assert [(one.stage, one.epoch) for one in epochs] == [(1, 1), (1, 2), (2, 1)]
    assert all(one.train.images == 18 and one.validation.images == 6 for one in epochs)
    batches = [one for one in events if isinstance(one, BatchFinished)][:5]
    right = sum(one.accuracy * one.images for one in batches)
    assert right == pytest.approx(epochs[0].train.accuracy * 18)
    best = run.history.best
    assert best is not None
    assert events[-1] == RunFinished("finished", best.stage, best.epoch, events[-1].seconds)
    assert best.validation.accuracy >= 5 / 6  # red, green and blue noise
    path = run.directory / "history.jsonl"
    assert path.read_text("utf-8").splitlines() == [to_json(event) for event in events]
    assert history.read(path) == run.history
    summary = json.loads((run.directory / "summary.json").read_text("utf-8"))
    assert (summary["state"], summary["best"]["images"]) == ("finished", 6)


def test_losses_come_while_features_are_computed(
    make: NewRuns, picture_folder: PictureFolder
) -> None:
    folder = picture_folder(classes=3, per_class=20)
    _, events = make.trained(*DEPTH_3, "stages.0.epochs=1", on=folder)
    first_batch = next(n for n, one in enumerate(events) if isinstance(one, BatchFinished))
    before = [one for one in events[:first_batch] if isinstance(one, CacheProgress)]
    assert before[-1].done == 32, "as many as the head's scale rests on"
    progress = [one for one in events[first_batch:] if isinstance(one, CacheProgress)]
    assert progress[-1].done == progress[-1].total == 60
    assert all(one.stage == 1 for one in progress), "stage 2 needs no pass of its own"


@pytest.mark.parametrize("keep", ["accuracy", "last"])
def test_progress_counts_test_images_from_the_epoch_that_needs_them(
    make: NewRuns, keep: str
) -> None:
    stages = f'stages=[{{"epochs":2,"keep":"{keep}"}}]'
    run, events = make.trained(*SMALLEST, stages, WITH_TEST)
    train, validation, test = (len(run.used(part)) for part in ("train", "validation", "test"))
    progress = [one for one in events if isinstance(one, CacheProgress)]
    assert progress[0].total == train + validation + (test if keep == "accuracy" else 0)
    assert sum(one.total for one in progress if one.done == one.total) == train + validation + test
    assert test


def test_the_same_recipe_gives_the_same_bits(make: NewRuns) -> None:
    first, events = make.trained(*ROTATED)
    again, events_again = make.trained(*ROTATED)
    assert epochs_without_time(events) == epochs_without_time(events_again)
    for name in (BEST, "predictions.csv", "first-batch.png"):
        assert (first.directory / name).read_bytes() == (again.directory / name).read_bytes()
    other, events_other = make.trained(*ROTATED, "seed=1")
    assert epochs_without_time(events) != epochs_without_time(events_other)
    assert other.used("validation") == first.used("validation"), "the split's seed is its own"


# -- how it ends ---


def until(run: Run, kind: type[Event]) -> Any:
    """The events of training ``run``, once the first of ``kind`` has come."""
    events = events_of(run)
    while not isinstance(next(events), kind):
        pass
    return events


def test_a_loss_that_is_no_number_is_placed_and_the_best_network_kept(make: NewRuns) -> None:
    wild = '"optimizer":"sgd","learning_rate":10,"backbone_factor":10,"schedule":"one-cycle"'
    stages = f'stages=[{{"epochs":1}},{{"epochs":2,"thawed":[1,2,3],{wild}}}]'
    run = make.new("model.depth=3", stages)
    seen: list[Event] = []
    for event in events_of(run):
        seen.append(event)
        if isinstance(event, EpochFinished):
            best = (run.directory / BEST).read_bytes()
    last = seen[-1]
    assert (last.code, last.values["stage"]) == ("not_finite", "2")
    assert last.values["rate"] == "10", "the one to lower, not a twenty-fifth of it"
    assert int(last.values["epoch"]) >= 1
    assert int(last.values["batch"]) >= 1
    assert (run.directory / BEST).read_bytes() == best
    again = list(events_of(Run.open(run.directory)))[-1]
    place = ("stage", "epoch", "batch", "value")
    assert [again.values[name] for name in place] == [last.values[name] for name in place]


# -- files that cannot be written ---


def failing(
    work: Callable[..., None], name: str, times: int = 1, number: int = errno.ENOSPC
) -> Callable[..., None]:
    """``work`` on a path, which fails from its ``times``-th time on at files of that name."""
    count = itertools.count(1)

    def run(path: Path, *arguments: object, **options: object) -> None:
        if name in (path.name, path.parent.name) and next(count) >= times:
            raise OSError(number, os.strerror(number))
        work(path, *arguments, **options)

    return run


@pytest.mark.parametrize(
    ("function", "name", "times", "number"),
    [
        ("replace", "environment.json", 1, errno.ENOSPC),
        ("replace", "first-batch.png", 1, errno.ENOSPC),
        ("replace", BEST, 1, errno.ENOSPC),
        ("replace", BEST, 2, errno.EROFS),
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
def test_a_write_that_fails_ends_the_run_until_it_is_resumed(
    make: NewRuns, whole: Run, function: str, name: str, times: int, number: int
) -> None:
    run = make.new(*TWO_STAGES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, function, failing(getattr(files, function), name, times, number))
        last = list(events_of(run))[-1]
    assert (last.outcome, last.code) == ("failed", "write_failed")
    assert os.strerror(number) in sentence(last.code, last.values)
    assert name in last.values["path"]
    assert Run.open(run.directory).state in ("failed", "interrupted")
    go_on(run.directory)
    same_result(run.directory, whole.directory)


def test_a_stop_that_cannot_write_costs_only_its_batches(make: NewRuns, whole: Run) -> None:
    run = make.new(*TWO_STAGES)
    events = until(run, EpochFinished)
    next(events)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "replace", failing(files.replace, "checkpoints"))
        events.close()
    assert Run.open(run.directory).state == "stopped"
    go_on(run.directory)
    same_result(run.directory, whole.directory)


@pytest.mark.parametrize(
    ("function", "name"), [("replace", "config.json"), ("append_line", "history.jsonl")]
)
def test_a_full_disk_keeps_a_run_from_being_extended(
    copied: Run, whole: Run, function: str, name: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, function, failing(getattr(files, function), name))
        with pytest.raises(ThawError) as error:
            extend(copied, 1)
    assert error.value.code == "write_failed"
    run = Run.open(copied.directory)
    assert len(run.history.epochs) == len(whole.history.epochs)
    if run.is_finished:
        extend(run, 1)
    go_on(run.directory)
    assert len(Run.open(run.directory).history.epochs) == len(whole.history.epochs) + 1


def test_a_full_disk_as_an_image_is_lost_loses_nothing_else(make: NewRuns, own: Path) -> None:
    whole, run = (make.new(*TWO_STAGES, on=own) for name in "ab")
    (own / whole.used("train")[0].path).unlink()
    assert list(events_of(whole))[-1].outcome == "finished"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "replace", failing(files.replace, "dataset.csv"))
        last = list(events_of(run))[-1]
    assert (last.outcome, last.code) == ("failed", "write_failed")
    assert last.values["path"] == str(run.directory / "dataset.csv")
    go_on(run.directory)
    same_result(run.directory, whole.directory)
    assert Run.open(run.directory).pictures == Run.open(whole.directory).pictures


def test_a_run_whose_folder_was_deleted_fails(make: NewRuns) -> None:
    run = make.new(*TWO_STAGES)
    events = until(run, RunStarted)
    shutil.rmtree(run.directory)
    last = list(events)[-1]
    assert (last.outcome, last.code) == ("failed", "write_failed")


# -- images that go or change ---


def test_a_folder_that_vanishes_may_come_back(make: NewRuns, own: Path, tmp_path: Path) -> None:
    whole, _ = make.trained(*ROTATED, on=own)
    cache_budget.choose_budget(0)  # or it would go on with the images that it has cached
    run = make.new(whole.config, on=own)
    events = []
    for event in events_of(run):
        events.append(event)
        if isinstance(event, EpochFinished):
            own.rename(tmp_path / "away")
    for last in (events[-1], list(events_of(Run.open(run.directory)))[-1]):
        assert (last.outcome, last.code) == ("failed", "folder_vanished")
        assert last.values["path"] == str(own)
    assert (run.directory / BEST).exists()
    (tmp_path / "away").rename(own)
    go_on(run.directory)
    same_result(run.directory, whole.directory)
    cache_budget.choose_budget(10**9)
    make.trained(*ROTATED, on=own)
    run = make.new(*ROTATED, on=own)
    events = until(run, RunStarted)
    own.rename(tmp_path / "away")
    assert list(events)[-1].outcome == "finished", "whose images are cached needs no folder"
    same_result(run.directory, whole.directory)


def test_an_image_that_is_gone_or_another_by_now_is_skipped(make: NewRuns, own: Path) -> None:
    run = make.new(*TWO_STAGES, on=own)
    until(run, RunStarted).close()
    gone, other, validated = [
        *(one.path for one in run.used("train")[:2]),
        run.used("validation")[0].path,
    ]
    (own / gone).unlink()
    (own / other).write_bytes((own / validated).read_bytes() + b"another now")
    (own / validated).write_bytes((own / validated).read_bytes()[:200])
    expected = {gone: "file_missing", other: "picture_changed", validated: "picture_changed"}
    told = [one for one in go_on(run.directory) if getattr(one, "code", "") == "picture_skipped"]
    assert {one.values["path"]: one.values["code"] for one in told} == expected
    assert len(told) == 3
    opened = Run.open(run.directory)
    skipped = {one.path: one.reason for one in opened.pictures if one.status == "skipped"}
    assert skipped == expected
    counts = {(one.train.images, one.validation.images) for one in opened.history.epochs}
    assert counts == {(4, 1)}


def test_a_run_that_starts_over_says_what_was_left_out(
    make: NewRuns, own: Path, tmp_path: Path
) -> None:
    (own / "red" / "broken.png").write_bytes(b"no image")
    run = make.new(*TWO_STAGES, on=own)
    events = until(run, RunStarted)
    killed = shutil.copytree(run.directory, tmp_path / "killed")  # before any checkpoint
    events.close()
    go_on(killed)
    assert "files_left_out" in [one.code for one in Run.open(killed).history.notices]


# -- memory and clock ---


def test_memory_that_runs_out_within_a_step_ends_the_run(make: NewRuns, whole: Run) -> None:
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

    run = make.new(*TWO_STAGES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learner, "optimizer", short_of_memory)
        last = list(events_of(run))[-1]
    assert (last.outcome, last.code) == ("failed", "out_of_memory_step")
    assert last.values == {"stage": "1", "epoch": "2", "batch": "2"}
    resumed = go_on(run.directory)
    assert resumed[0] == RunResumed(1, 2, 0, 1), "after the last whole epoch"
    same_result(run.directory, whole.directory)


@pytest.mark.parametrize("jump", [1e6, -1e6])
def test_a_clock_that_jumps_changes_nothing(
    make: NewRuns, whole: Run, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    clock = itertools.count(0, jump)
    monkeypatch.setattr(training, "monotonic", lambda: next(clock))
    run, _ = make.trained(*TWO_STAGES)
    same_result(run.directory, whole.directory)


# -- what each stage's best epoch answers, and what the last stage gained ---

WITH_TEST = "dataset.test_fraction=0.3"
GAIN = (*DEPTH_3, "stages.0.epochs=2", "stages.1.epochs=2", WITH_TEST)


@pytest.fixture(scope="module")
def gained(colors: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """With a test split, trained to its end."""
    run, _ = trained(colors, tmp_path_factory.mktemp("runs") / "run", *GAIN)
    return Run.open(run.directory)


def _right(run: Run, stage: int, part: str) -> dict[str, bool]:
    """By path, read as a person with a spreadsheet would."""
    parts = {one.path: one.split for one in run.pictures}
    text = (run.directory / stage_predictions(stage)).read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return {
        row["path"]: row["label"] == row["predicted"] for row in rows if parts[row["path"]] == part
    }


def _predictions_are_of_the_kept_epochs(run: Run) -> None:
    for stage in (1, 2):
        best = run.history.best_of(stage)
        assert best is not None
        assert sum(_right(run, stage, "validation").values()) == best.validation.correct
        assert len(_right(run, stage, "test")) == len(run.used("test")) > 0
    assert run.history.best is not None
    kept = evaluation.of_run(run)
    path = run.directory / stage_predictions(run.history.best.stage)
    of_stage = evaluation.read_predictions(path, run.classes)
    assert of_stage.predictions[: kept.total] == kept.predictions


def test_each_stage_keeps_what_its_kept_epoch_answers(gained: Run) -> None:
    assert [gained.history.best_of(stage) for stage in (1, 2)] == gained.history.epochs[1::2]
    _predictions_are_of_the_kept_epochs(gained)


EARLY = '"epochs":9,"learning_rate":1e-9,"patience":2,"watch":"accuracy"'
WORSE = '"epochs":5,"optimizer":"sgd","learning_rate":0.5,"momentum":0.9,"schedule":"constant"'


@pytest.mark.parametrize("stage", [f'{EARLY},"keep":"accuracy"', f'{EARLY},"keep":"last"', WORSE])
def test_also_where_it_ends_early_or_gets_worse(make: NewRuns, colors: Path, stage: str) -> None:
    stages = f'stages=[{{{stage}}},{{"epochs":1,"thawed":[1],"learning_rate":1e-9}}]'
    run, _ = make.trained(*SMALLEST, stages, WITH_TEST, on=colors)
    first = [one for one in run.history.epochs if one.stage == 1]
    if stage == WORSE:
        best = run.history.best_of(1)
        assert best is not None
        assert best.validation.correct != first[-1].validation.correct
    else:
        assert 3 <= run.history.ended[1] == len(first) < 9
    _predictions_are_of_the_kept_epochs(run)


def test_an_extended_and_stopped_stage_keeps_no_answers(tmp_path: Path, gained: Run) -> None:
    other = Run.open(Path(shutil.copytree(gained.directory, tmp_path / "run")))
    extend(other, 2)
    stop_at(other, lambda one: isinstance(one, EpochFinished) and one.epoch == 3)
    assert not (other.directory / stage_predictions(2)).exists()
    go_on(other.directory)
    _predictions_are_of_the_kept_epochs(Run.open(other.directory))


def test_stages_are_compared_on_test_images(
    make: NewRuns, gained: Run, done: tuple[Run, list[Event]]
) -> None:
    before, after = (_right(gained, stage, "test") for stage in (1, 2))
    counts = [(before[path], after[path]) for path in before]
    assert gained.history.compared == StageCompared(
        stage=2,
        before=1,
        part="test",
        both=counts.count((True, True)),
        only_before=counts.count((True, False)),
        only_after=counts.count((False, True)),
        neither=counts.count((False, False)),
    )
    run, events = done
    (compared,) = [one for one in events if isinstance(one, StageCompared)]
    assert (compared.part, compared.images) == ("validation", len(run.used("validation")))
    _, events = make.trained(*SMALLEST, 'stages=[{"epochs":1}]')
    assert not [one for one in events if isinstance(one, StageCompared)]


def test_a_test_image_changes_no_weight(make: NewRuns, colors: Path, gained: Run) -> None:
    """The same training and validation images without the test split: the same network."""
    other = make.new(gained.config, on=colors)
    other.pictures = tuple(one for one in other.pictures if one.split != "test")
    other.write_dataset()
    list(events_of(other))
    assert (other.directory / BEST).read_bytes() == (gained.directory / BEST).read_bytes()


def test_the_comparison_travels_in_an_archive(tmp_path: Path, gained: Run) -> None:
    saved = archive.save(gained.directory, tmp_path / "run.thaw.zip")
    place = archive.open_archive(saved.path, tmp_path)
    for stage in (1, 2):
        name = stage_predictions(stage)
        assert (place / name).read_bytes() == (gained.directory / name).read_bytes()
    assert Run.open(place).history.compared == gained.history.compared


def _told(compared: StageCompared, keep: str, keep_before: str = "") -> tuple[str, dict[str, Any]]:
    stages = [StageStarted(1, keep=keep_before or keep), StageStarted(2, keep=keep)]
    told = gain_told(fold([*stages, compared]), points_shown)
    assert told is not None
    return told[0], dict(told[1])


@pytest.mark.parametrize(
    ("only_before", "only_after", "code"),
    [
        (7, 25, "gain_beyond"),
        (25, 7, "gain_worse"),
        (7, 9, "gain_chance"),
        (0, 5, "gain_chance"),  # p = 0.0625
        (0, 6, "gain_beyond"),
        (0, 0, "gain_chance"),
    ],
)
def test_a_gain_is_one_beyond_chance(only_before: int, only_after: int, code: str) -> None:
    compared = StageCompared(2, 1, "test", 300, only_before, only_after, 40)
    said, values = _told(compared, "accuracy")
    assert said == code
    assert (mcnemar(only_before, only_after) < 0.05) == (code != "gain_chance")
    _, inner = values["told"]
    low, high = newcombe(300, only_before, only_after, 40)
    gain = (only_after - only_before) / compared.images
    shown = [inner[name] for name in ("gain", "low", "high")]
    assert shown == [points_shown(one) for one in (gain, low, high)]


@pytest.mark.parametrize(
    ("part", "keep", "keep_before", "where"),
    [
        ("test", "last", "accuracy", "gain_on_test"),
        ("validation", "accuracy", "", "gain_on_chosen"),
        ("validation", "last", "accuracy", "gain_on_half_chosen"),
        ("validation", "last", "", "gain_on_validation"),
    ],
)
def test_a_gain_says_on_which_images(
    part: Literal["validation", "test"], keep: str, keep_before: str, where: str
) -> None:
    compared = StageCompared(2, 1, part, 50, 1, 2, 3)
    assert _told(compared, keep, keep_before)[1]["where"] == (where, {"images": "56"})
    assert gain_told(History(), points_shown) is None


def test_the_page_for_notebooks_runs(
    colors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "docs" / "notebook.md").read_text("utf-8")
    training, classifying = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len([line for line in training.splitlines() if line]) == 10
    monkeypatch.chdir(tmp_path)
    shutil.copytree(colors, "my-images")
    shutil.copy(next(colors.rglob("*.png")), "image.jpg")
    plot, said = Mock(), list[tuple[str, float]]()
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", plot)
    small = training.replace("image_size=96", "image_size=32").replace(":20", ":2")
    names: dict[str, Any] = {"print": lambda *words: said.append(words)}
    exec(small + classifying, names)
    run: Run = names["run"]
    assert plot.plot.call_args.args == ([one.validation.accuracy for one in run.history.epochs],)
    assert {name for name, _ in said} == set(run.classes)
    assert Run.open(tmp_path / "my-run").state == "finished"
