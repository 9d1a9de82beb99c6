"""Which runs of an experiment are done, whatever a crash left of their summaries."""

import json
from pathlib import Path

import pytest

from core.experiments import run as experiment_run
from core.experiments.budget import Costs
from core.experiments.experiment import Place
from core.experiments.run import Progress, RateChosen, done_runs
from core.runs.events import RunFinished
from core.runs.places import SUMMARY
from core.runs.run import Run
from tests.support.experiments import HIGH, LOW, SPEED, begun, recorded
from tests.support.pictures import PictureFolder


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder(classes=2, per_class=10)


def test_a_seed_that_diverged_is_done(folder: Path, tmp_path: Path) -> None:
    directory = recorded(folder, tmp_path / "x", {"frozen": [*HIGH], "thawed": [*LOW]})
    place = Place(directory)
    run = Run.open(place.run("thawed", 2))
    run.append(RunFinished("failed", code="not_finite"))
    assert done_runs(directory, place.read()) == 6
    costs = Costs((0.0, 0.0), (10.0, 10.0), (10.0, 10.0))
    progress = Progress(place, place.read(), costs)
    assert progress.runs_done == 6
    assert progress.seconds_left == 0


def test_a_quick_first_piece_is_not_taken_for_the_pace_of_the_rest(
    folder: Path, tmp_path: Path
) -> None:
    directory = recorded(folder, tmp_path / "x", {"frozen": [], "thawed": [*LOW]})
    place = Place(directory)
    costs = Costs((100.0, 100.0), (100.0, 100.0), (100.0, 100.0))
    progress = Progress(place, place.read(), costs)
    before = progress.seconds_left
    share, left = progress.after(RateChosen("frozen", 1, 0.01, True)) or (0.0, 0.0)
    assert share > 0
    assert before / 3 < left < before - 100


def test_a_run_that_failed_otherwise_is_not(folder: Path, tmp_path: Path) -> None:
    directory = recorded(folder, tmp_path / "x", {"frozen": [*HIGH], "thawed": [*LOW]})
    place = Place(directory)
    Run.open(place.run("thawed", 2)).append(RunFinished("failed", code="write_failed"))
    assert done_runs(directory, place.read()) == 5


def test_a_summary_that_a_crash_left_behind_is_mended(folder: Path, tmp_path: Path) -> None:
    directory = recorded(folder, tmp_path / "x", {"frozen": [*HIGH], "thawed": [*LOW]})
    place = Place(directory)
    summaries = [place.run("thawed", seed) / SUMMARY for seed in (0, 1)]
    right = summaries[0].read_bytes()
    summaries[0].write_text(json.dumps({**json.loads(right), "state": "running"}))
    summaries[1].unlink()
    assert done_runs(directory, place.read()) == 6
    assert summaries[0].read_bytes() == right
    assert json.loads(summaries[1].read_bytes())["state"] == "finished"


def test_going_on_mends_it_too(folder: Path, tmp_path: Path) -> None:
    curves = [one[:2] for one in HIGH]  # as many epochs as the recipes have
    directory = recorded(folder, tmp_path / "x", {"frozen": curves, "thawed": curves})
    place = Place(directory)
    place.write(place.read().model_copy(update={"finder_steps": 0}))
    summary = place.run("thawed", 0) / SUMMARY
    right = summary.read_bytes()
    summary.write_text(json.dumps({**json.loads(right), "state": "running"}))
    list(experiment_run.run(directory, speed=SPEED))
    assert summary.read_bytes() == right


def test_nothing_is_done_of_one_that_was_only_begun(folder: Path, tmp_path: Path) -> None:
    directory = begun(folder, tmp_path / "x")
    assert done_runs(directory, Place(directory).read()) == 0
