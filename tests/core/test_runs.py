"""A run's directory: written before anything trains, read back, never overwritten."""

import csv
import json
import os
import threading
from pathlib import Path

import pytest

from core import runs
from core.events import EpochFinished, RunFinished, Score
from core.messages import InputError, ThawError
from core.runs import Run
from tests.pictures import PictureFolder
from tests.training import new_run, small_recipe


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder(classes=2, per_class=5)


def epoch(number: int, accuracy: float) -> EpochFinished:
    return EpochFinished(1, number, Score(1.0, 0.5, 8), Score(1.0, accuracy, 2))


def test_the_recipe_and_the_pictures_are_on_disk_at_once(folder: Path, tmp_path: Path) -> None:
    (folder / "red" / "broken.jpg").write_bytes(b"")
    run = new_run(folder, tmp_path / "deep" / "run", small_recipe("seed=5"))
    assert json.loads((run.directory / "config.json").read_text("utf-8"))["seed"] == 5
    text = (run.directory / "dataset.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert list(rows[0]) == list(runs.DATASET_COLUMNS)
    used = [row for row in rows if row["status"] == "used"]
    assert len(used) == 10
    assert {row["split"] for row in used} == {"train", "validation"}
    assert all(len(row["hash"]) == 32 and int(row["size"]) > 0 for row in used)
    broken = next(row for row in rows if row["status"] != "used")
    assert (broken["path"], broken["reason"]) == ("red/broken.jpg", "empty_file")


def test_opens_as_it_was_written(folder: Path, tmp_path: Path) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe("dataset.split_seed=3"))
    run.append(epoch(1, 0.5))
    opened = Run.open(run.directory)
    assert opened.config == run.config
    assert opened.pictures == run.pictures
    assert opened.classes == ("green", "red")
    assert opened.folder == folder
    assert opened.history == run.history


def test_a_run_is_never_overwritten(folder: Path, tmp_path: Path) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe())
    before = (run.directory / "config.json").read_bytes()
    with pytest.raises(InputError) as error:
        new_run(folder, run.directory, small_recipe("seed=9"))
    assert error.value.code == "run_exists"
    assert "resume" in str(error.value)
    assert (run.directory / "config.json").read_bytes() == before


def test_a_place_that_cannot_be_written_is_named(folder: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(InputError) as error:
        new_run(folder, blocked / "run", small_recipe())
    assert error.value.code == "run_folder_unwritable"
    assert str(blocked) in str(error.value)


def test_creating_can_be_stopped(folder: Path, tmp_path: Path) -> None:
    from core.dataset import scan

    stop = threading.Event()
    stop.set()
    with pytest.raises(ThawError) as error:
        Run.create(tmp_path / "run", small_recipe(), scan(folder), stop)
    assert error.value.code == "stopped"


def test_summary_follows_each_epoch(folder: Path, tmp_path: Path) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe())

    def summary() -> dict[str, object]:
        return json.loads((run.directory / "summary.json").read_text("utf-8"))

    assert (summary()["state"], summary()["best"]) == ("running", None)
    run.append(epoch(1, 0.5))
    run.append(epoch(2, 1.0))
    run.append(epoch(3, 0.5))
    assert (summary()["epochs"], summary()["best"]["epoch"]) == (3, 2)
    run.append(RunFinished("stopped"))
    assert summary()["state"] == "stopped"


def test_skipped_pictures_stay_listed_but_are_not_used(folder: Path, tmp_path: Path) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe())
    path = run.used("train")[0].path
    run.mark_skipped({path: "truncated_image"})
    opened = Run.open(run.directory)
    assert path not in [one.path for one in opened.used("train")]
    row = next(one for one in opened.pictures if one.path == path)
    assert (row.status, row.reason) == ("skipped", "truncated_image")


@pytest.mark.parametrize("name", ["config.json", "environment.json", "dataset.csv"])
def test_a_damaged_run_is_one_clear_error(folder: Path, tmp_path: Path, name: str) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe())
    (run.directory / name).write_bytes(b"{,\xff")
    with pytest.raises(InputError):
        Run.open(run.directory)


def test_missing_runs_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        Run.open(tmp_path / "nothing")
    assert error.value.code == "run_missing"


def test_new_places_are_new_and_readable(tmp_path: Path) -> None:
    first = runs.new_directory("Lá bàng / leaves", tmp_path)
    first.mkdir()
    second = runs.new_directory("Lá bàng / leaves", tmp_path)
    assert first != second
    assert first.name.startswith("Lá-bàng-leaves-")


def test_a_name_means_a_run_in_the_default_place(home: Path) -> None:
    from core import files

    place = files.runs_folder() / "mine"
    place.mkdir(parents=True)
    assert runs.find("mine") == place
    assert runs.find(str(place)) == place


@pytest.mark.skipif(os.name != "posix", reason="permissions are another thing on Windows")
def test_other_people_may_read_a_run(folder: Path, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        run = new_run(folder, tmp_path / "run", small_recipe())
        modes = {one.stat().st_mode & 0o777 for one in run.directory.iterdir()}
    finally:
        os.umask(before)
    assert modes == {0o644}
