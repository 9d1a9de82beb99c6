"""What each stage's best epoch answers, and what the last one gained over the head alone."""

import csv
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from core.common.statistics import mcnemar, newcombe
from core.reports.comparison import gain_told, points_shown
from core.runs import archive, evaluation
from core.runs.events import BatchFinished, EpochFinished, StageCompared, StageStarted, to_json
from core.runs.history import History, fold
from core.runs.places import stage_predictions
from core.runs.run import Run, extend
from tests.support.pictures import draw_folder
from tests.support.resuming import go_on, same_result, stop_at
from tests.support.training import events_of, new_run, small_recipe

WITH_TEST = "dataset.test_fraction=0.3"
EPOCHS = ("stages.0.epochs=3", "stages.1.epochs=3")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_folder(tmp_path_factory.mktemp("data") / "pictures", 3, 12)


@pytest.fixture(scope="module")
def run(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """With a test split, trained to its end."""
    place = tmp_path_factory.mktemp("runs") / "run"
    run = new_run(folder, place, small_recipe(*EPOCHS, WITH_TEST))
    for _ in events_of(run):
        pass
    return Run.open(place)


def _right(run: Run, stage: int, part: str) -> dict[str, bool]:
    """By path, read as a person with a spreadsheet would."""
    parts = {one.path: one.split for one in run.pictures}
    text = (run.directory / stage_predictions(stage)).read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return {
        row["path"]: row["label"] == row["predicted"] for row in rows if parts[row["path"]] == part
    }


def test_each_stage_keeps_what_its_kept_epoch_answers(run: Run) -> None:
    assert [run.history.best_of(stage) for stage in (1, 2)] == run.history.epochs[2::3]
    _predictions_are_of_the_kept_epochs(run)


@pytest.mark.parametrize("keep", ["accuracy", "last"])
def test_also_where_the_stage_ends_early(folder: Path, tmp_path: Path, keep: str) -> None:
    early = '"epochs":9,"learning_rate":1e-9,"patience":2,"watch":"accuracy"'
    settings = f'stages=[{{{early},"keep":"{keep}"}},{{"epochs":1,"thawed":[5]}}]'
    run = new_run(folder, tmp_path / "run", small_recipe(settings, WITH_TEST))
    for _ in events_of(run):
        pass
    assert [one.epoch for one in run.history.epochs] == [1, 2, 3, 1]
    _predictions_are_of_the_kept_epochs(run)


def test_also_where_later_epochs_are_worse(folder: Path, tmp_path: Path) -> None:
    wild = '"optimizer":"sgd","learning_rate":0.5,"momentum":0.9,"schedule":"constant"'
    stages = f'stages=[{{{wild},"epochs":5}},{{"epochs":1,"thawed":[1],"learning_rate":1e-9}}]'
    smallest = "model.weights=none", "model.depth=1"
    run = new_run(folder, tmp_path / "run", small_recipe(*smallest, stages, WITH_TEST))
    for _ in events_of(run):
        pass
    best = run.history.best_of(1)
    assert best is not None
    assert best.validation.correct != run.history.epochs[4].validation.correct
    _predictions_are_of_the_kept_epochs(run)


def test_a_stage_that_is_extended_and_stopped_leaves_none_of_an_epoch_that_is_not_kept(
    folder: Path, tmp_path: Path, run: Run
) -> None:
    shutil.copytree(run.directory, tmp_path / "run")
    other = Run.open(tmp_path / "run")
    extend(other, 3)
    stop_at(other, lambda one: isinstance(one, EpochFinished) and one.epoch == 4)
    assert not (other.directory / stage_predictions(2)).exists()
    go_on(other.directory)
    _predictions_are_of_the_kept_epochs(Run.open(other.directory))


def _predictions_are_of_the_kept_epochs(run: Run) -> None:
    for stage in (1, 2):
        best = run.history.best_of(stage)
        assert best is not None
        validated = _right(run, stage, "validation")
        assert sum(validated.values()) == best.validation.correct
        assert len(_right(run, stage, "test")) == len(run.used("test")) > 0
    assert run.history.best is not None
    kept = evaluation.of_run(run)
    path = run.directory / stage_predictions(run.history.best.stage)
    of_stage = evaluation.read_predictions(path, run.classes)
    assert of_stage.predictions[: kept.total] == kept.predictions


def test_test_images_are_compared_where_there_are_any(run: Run) -> None:
    before, after = (_right(run, stage, "test") for stage in (1, 2))
    counts = [(before[path], after[path]) for path in before]
    assert run.history.compared == StageCompared(
        stage=2,
        before=1,
        part="test",
        both=counts.count((True, True)),
        only_before=counts.count((True, False)),
        only_after=counts.count((False, True)),
        neither=counts.count((False, False)),
    )


def test_else_those_of_validation(folder: Path, tmp_path: Path) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe())
    events = list(events_of(run))
    (compared,) = [one for one in events if isinstance(one, StageCompared)]
    assert compared.part == "validation"
    assert compared.images == len(run.used("validation"))


def test_a_test_image_changes_no_weight(folder: Path, tmp_path: Path, run: Run) -> None:
    """The same training and validation images without the test split: the same network."""
    other = new_run(folder, tmp_path / "run", run.config)
    other.pictures = tuple(one for one in other.pictures if one.split != "test")
    other.write_dataset()
    for _ in events_of(other):
        pass
    first, second = (one.directory / "best.safetensors" for one in (run, other))
    assert first.read_bytes() == second.read_bytes()


def test_a_feature_extractor_is_compared_with_nothing(folder: Path, tmp_path: Path) -> None:
    stages = 'stages=[{"epochs":1}]'
    events = list(events_of(new_run(folder, tmp_path / "run", small_recipe(stages))))
    assert not [one for one in events if isinstance(one, StageCompared)]


def test_a_resumed_run_says_the_same(folder: Path, tmp_path: Path, run: Run) -> None:
    other = new_run(folder, tmp_path / "run", run.config)
    stop_at(other, lambda one: isinstance(one, BatchFinished) and one.stage == 2)
    go_on(other.directory)
    same_result(other.directory, run.directory)


def test_a_run_that_ended_before_it_was_said_says_it_when_resumed(
    folder: Path, tmp_path: Path, run: Run
) -> None:
    other = new_run(folder, tmp_path / "run", run.config)
    steps = events_of(other)
    while True:  # killed between the last checkpoint and the comparison
        event = next(steps)
        if isinstance(event, StageCompared):
            break
    history = other.directory / "history.jsonl"
    text = history.read_bytes().splitlines(keepends=True)
    cut = [line for line in text if b"StageCompared" not in line]
    steps.close()
    history.write_bytes(b"".join(cut))
    go_on(other.directory)
    assert Run.open(other.directory).history.compared == run.history.compared


def test_it_travels_in_an_archive(tmp_path: Path, run: Run) -> None:
    saved = archive.save(run.directory, tmp_path / "run.thaw.zip")
    place = archive.open_archive(saved.path, tmp_path)
    for stage in (1, 2):
        name = stage_predictions(stage)
        assert (place / name).read_bytes() == (run.directory / name).read_bytes()
    assert Run.open(place).history.compared == run.history.compared


@pytest.mark.parametrize("wrong", [{"part": "train"}, {"only_after": -1}])
def test_a_comparison_that_cannot_be_is_refused_in_an_archive(wrong: dict[str, object]) -> None:
    compared = replace(StageCompared(2, 1, "test", 5, 1, 2, 3), **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"another type|fewer than no"):
        archive.check_event((to_json(compared) + "\n").encode())


def _told(
    compared: StageCompared, keep: str = "accuracy", keep_before: str = ""
) -> tuple[str, dict[str, object]]:
    stages = [StageStarted(1, keep=keep_before or keep), StageStarted(2, keep=keep)]
    history = fold([*stages, compared])
    told = gain_told(history, points_shown)
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
    said, values = _told(compared)
    assert said == code
    assert (mcnemar(only_before, only_after) < 0.05) == (code != "gain_chance")
    _, inner = values["told"]  # type: ignore[misc]
    low, high = newcombe(300, only_before, only_after, 40)
    gain = (only_after - only_before) / compared.images
    assert inner["gain"] == points_shown(gain)  # type: ignore[index]
    assert inner["low"] == points_shown(low)  # type: ignore[index]
    assert inner["high"] == points_shown(high)  # type: ignore[index]


@pytest.mark.parametrize(
    ("part", "keep", "where"),
    [
        ("test", "accuracy", "gain_on_test"),
        ("validation", "accuracy", "gain_on_chosen"),
        ("validation", "last", "gain_on_validation"),
    ],
)
def test_it_says_on_which_images(
    part: Literal["validation", "test"], keep: str, where: str
) -> None:
    _, values = _told(StageCompared(2, 1, part, 50, 1, 2, 3), keep)
    assert values["where"] == (where, {"images": "56"})
    _, values = _told(StageCompared(2, 1, part, 50, 1, 2, 3), "last", "accuracy")
    half = "gain_on_half_chosen" if part == "validation" else "gain_on_test"
    assert values["where"] == (half, {"images": "56"})


def test_nothing_is_said_where_nothing_was_compared() -> None:
    assert gain_told(History(), points_shown) is None
