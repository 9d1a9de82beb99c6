"""Schedules, patience, weights that are put back and balanced batches go on after a stop or a
crash as if none had come: bit for bit."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.runs.events import (
    BatchFinished,
    EpochFinished,
    Event,
    Notice,
    RunResumed,
    StageEnded,
    StageStarted,
)
from core.runs.history import History, fold
from core.runs.run import Run, extend
from tests.support.crashes import every_crash
from tests.support.pictures import draw_folder
from tests.support.resuming import go_on, same_result, stop_at
from tests.support.training import events_of, new_run, small_recipe

# Every field at once; the second stage runs out of patience, the third begins with what was best.
STAGES = (
    'stages=[{"epochs":2,"thawed":[2,3],"optimizer":"sgd","learning_rate":0.01,"momentum":0.8,'
    '"block_decay":0.5,"schedule":"one-cycle","clip_norm":1,"label_smoothing":0.1,"keep":"loss"},'
    '{"epochs":9,"optimizer":"adam","learning_rate":0.05,"thawed":[3],"schedule":"plateau",'
    '"decay_every":1,"decay_factor":0.9,"patience":1,"keep":"loss"},'
    '{"epochs":2,"thawed":[1],"learning_rate":0.001,"schedule":"cosine","warmup_epochs":0.5,'
    '"start_from":"best","keep":"last"}]'
)
SETTINGS = (
    "model.depth=3",
    "augmentation.rotation=10",
    "balanced_sampling=true",
    "batch_size=5",
    STAGES,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight red pictures and four green ones."""
    folder = draw_folder(tmp_path_factory.mktemp("data") / "pictures", classes=2, per_class=8)
    for file in sorted((folder / "green").iterdir())[4:]:
        file.unlink()
    return folder


@pytest.fixture(scope="module")
def whole(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run that nothing interrupts."""
    run = new_run(folder, tmp_path_factory.mktemp("runs") / "whole", small_recipe(*SETTINGS))
    assert list(events_of(run))[-1].outcome == "finished"
    history = run.history
    assert history.ended.keys() == {2}, "patience ran out in the second stage alone"
    assert any(one.repeats for one in history.batches)
    before = [one for one in history.epochs if one.stage < 3]
    assert not before[-1].is_best, "what the third stage begins with is not the last"
    return run


def rates(history: History) -> list[tuple[int, int, int, float | None, float | None]]:
    return [
        (one.stage, one.epoch, one.batch, one.learning_rate, one.backbone_learning_rate)
        for one in history.batches
    ]


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(
            lambda one: isinstance(one, BatchFinished) and (one.epoch, one.batch) == (2, 1),
            id="in the middle of a cycle",
        ),
        pytest.param(
            lambda one: isinstance(one, BatchFinished) and (one.stage, one.epoch) == (2, 2),
            id="while patience runs out",
        ),
        pytest.param(lambda one: isinstance(one, StageEnded), id="as patience ran out"),
        pytest.param(
            lambda one: isinstance(one, StageStarted) and one.stage == 3,
            id="as weights were put back",
        ),
        pytest.param(
            lambda one: isinstance(one, BatchFinished) and one.stage == 3, id="while it gets warm"
        ),
        pytest.param(
            lambda one: isinstance(one, EpochFinished) and one.stage == 3, id="after a newer best"
        ),
    ],
)
def test_a_stopped_run_goes_on_as_if_it_never_had(
    folder: Path, tmp_path: Path, whole: Run, place: Callable[[Event], bool]
) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe(*SETTINGS))
    before = stop_at(run, place)
    events = go_on(run.directory)
    same_result(run.directory, whole.directory)
    found = Run.open(run.directory).history
    assert rates(found) == rates(whole.history)
    assert found.ended == whole.history.ended
    live = fold([*before, *events])
    assert (live.epochs, live.ended, live.best) == (found.epochs, found.ended, found.best)


def test_what_was_put_back_is_kept_before_anything_else(
    folder: Path, tmp_path: Path, whole: Run
) -> None:
    """The third stage's own best is on disk, and its line and checkpoint are not."""
    run = new_run(folder, tmp_path / "run", small_recipe(*SETTINGS))
    stop_at(run, lambda one: isinstance(one, StageStarted) and one.stage == 3)
    shutil.copy(whole.directory / "best.safetensors", run.directory)
    assert go_on(run.directory)[0] == RunResumed(3, 1, 0, len(whole.history.epochs) - 2)
    same_result(run.directory, whole.directory)


# The smallest network there is. The second stage begins with what was best, and its epoch takes
# that place: a crash after that must not make it begin with itself.
SMALL_RECIPE = small_recipe(
    "model.weights=none",
    "model.depth=1",
    "balanced_sampling=true",
    "batch_size=8",
    'stages=[{"epochs":6,"thawed":[1],"optimizer":"adam","learning_rate":0.05,"keep":"loss",'
    '"patience":1,"schedule":"cosine"},'
    '{"epochs":1,"start_from":"best","keep":"last","learning_rate":0.01,"schedule":"one-cycle"}]',
)


def test_a_crash_at_any_write_leaves_no_trace_in_the_result(folder: Path, tmp_path: Path) -> None:
    run = new_run(folder, tmp_path / "run", SMALL_RECIPE)
    with every_crash(run.directory, tmp_path / "crashes") as crashes:
        go_on(run.directory)
    history = Run.open(run.directory).history
    first = [one for one in history.epochs if one.stage == 1]
    assert not first[-1].is_best
    assert len(first) < 6
    assert len(crashes.names) > 30
    for number, name in enumerate(crashes.names):
        go_on(crashes[number])
        try:
            same_result(crashes[number], run.directory)
        except AssertionError as error:
            raise AssertionError(f"a crash before: {name}") from error


EXTENDED = small_recipe(
    "model.weights=none",
    "model.depth=1",
    'stages=[{"epochs":1},{"epochs":2,"schedule":"cosine","learning_rate":0.01}]',
)


def test_an_extension_that_starts_over_has_the_schedule_that_it_had(
    folder: Path, tmp_path: Path
) -> None:
    whole, again = (new_run(folder, tmp_path / name, EXTENDED) for name in ("whole", "again"))
    for run in (whole, again):
        go_on(run.directory)
        extend(run, 2)
    go_on(whole.directory)
    for path in (again.directory / "checkpoints").iterdir():
        path.write_bytes(path.read_bytes()[:-7])
    go_on(again.directory)
    same_result(again.directory, whole.directory)
    found, expected = (Run.open(run.directory).history for run in (again, whole))
    assert rates(found) == rates(expected)


def test_an_extension_goes_on_in_its_middle(folder: Path, tmp_path: Path) -> None:
    whole, run = (new_run(folder, tmp_path / name, EXTENDED) for name in ("whole", "run"))
    for one in (whole, run):
        go_on(one.directory)
        extend(one, 2)
    go_on(whole.directory)
    stop_at(run, lambda one: isinstance(one, BatchFinished) and one.epoch == 4)
    go_on(run.directory)
    same_result(run.directory, whole.directory)
    assert rates(Run.open(run.directory).history) == rates(Run.open(whole.directory).history)


def test_a_picture_that_broke_stays_out_of_later_batches_after_a_stop(
    tmp_path: Path, folder: Path
) -> None:
    own = shutil.copytree(folder, tmp_path / "pictures")
    min((own / "green").iterdir()).unlink()  # so that the others come twice an epoch
    recipe = small_recipe(
        "model.weights=none",
        "model.depth=1",
        "balanced_sampling=true",
        "augmentation.rotation=10",
        'stages=[{"epochs":2,"thawed":[1],"learning_rate":0.001}]',
    )
    run, whole = (new_run(own, tmp_path / name, recipe) for name in ("run", "whole"))
    broken = own / next(one.path for one in run.used("train") if one.path.startswith("green"))
    data = broken.read_bytes()
    broken.write_bytes(b"\x89PNG no picture")
    list(events_of(whole))
    told: list[Event] = []

    def has_lost_it(event: Event) -> bool:
        told.append(event)
        return isinstance(event, BatchFinished) and any(isinstance(one, Notice) for one in told)

    stop_at(run, has_lost_it)
    broken.write_bytes(data)  # it comes back, but the run has gone on without
    go_on(run.directory)
    same_result(run.directory, whole.directory)
    images = [one.train.images for one in whole.history.epochs]
    assert images[0] == images[1] - 1 == len(whole.used("train")) - 1
