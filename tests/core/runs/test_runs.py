"""A run's directory: written before anything trains, read back, never overwritten."""

import csv
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.common import files
from core.common.messages import InputError, ThawError, sentence
from core.runs import images as run_images
from core.runs import places
from core.runs.events import EpochFinished, RunFinished, Score
from core.runs.run import Run
from tests.support import ROOT
from tests.support.pictures import PictureFolder
from tests.support.training import new_run, small_recipe


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
    assert list(rows[0]) == list(run_images.COLUMNS)
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
    from core.dataset.summary import scan

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
    first = places.new_directory("Lá bàng / leaves", tmp_path)
    first.mkdir()
    second = places.new_directory("Lá bàng / leaves", tmp_path)
    assert first != second
    assert first.name.startswith("Lá-bàng-leaves-")


def test_a_name_means_a_run_in_the_default_place(home: Path) -> None:
    place = files.runs_folder() / "mine"
    place.mkdir(parents=True)
    (place / "config.json").touch()
    assert places.find("mine") == place
    assert places.find(str(place)) == place


@pytest.mark.skipif(os.name != "posix", reason="permissions are another thing on Windows")
def test_other_people_may_read_a_run(folder: Path, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        run = new_run(folder, tmp_path / "run", small_recipe())
        modes = {one.stat().st_mode & 0o777 for one in run.directory.iterdir()}
    finally:
        os.umask(before)
    assert modes == {0o644}


def test_nothing_of_a_run_that_could_not_begin_stays(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "run"

    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(files, "replace", full)
        with pytest.raises(InputError) as error:
            new_run(folder, directory, small_recipe())
    assert error.value.code == "run_folder_unwritable"
    assert not directory.exists()
    new_run(folder, directory, small_recipe())


def test_of_two_runs_in_one_place_only_one_begins(folder: Path, tmp_path: Path) -> None:
    from core.dataset.summary import scan

    summary, directory = scan(folder), tmp_path / "run"
    directory.mkdir()
    with places.claimed(directory, folder), pytest.raises(InputError) as error:
        Run.create(directory, small_recipe(), summary)
    assert error.value.code == "run_folder_taken"


def test_other_peoples_files_are_never_written_over(folder: Path, tmp_path: Path) -> None:
    directory = tmp_path / "mine"
    directory.mkdir()
    (directory / "dataset.csv").write_text("precious")
    with pytest.raises(InputError) as error:
        new_run(folder, directory, small_recipe())
    assert error.value.code == "run_folder_taken"
    assert [one.name for one in directory.iterdir()] == ["dataset.csv"]
    assert (directory / "dataset.csv").read_text() == "precious"


@pytest.mark.parametrize("inside", [".", "red", "run"])
def test_a_run_never_lies_among_the_pictures(folder: Path, inside: str) -> None:
    with pytest.raises(InputError) as error:
        new_run(folder, folder / inside, small_recipe())
    assert error.value.code == "run_inside_dataset"
    assert not (folder / "run").exists()


def test_what_the_scan_left_out_is_told(folder: Path, tmp_path: Path) -> None:
    (folder / "red" / "zero.png").write_bytes(b"")
    (folder / "empty").mkdir()
    run = new_run(folder, tmp_path / "run", small_recipe())
    told = {notice.code: sentence(notice.code, notice.values) for notice in run.notices}
    assert "red/zero.png (the file is empty)" in told["files_left_out"]
    assert "empty" in told["empty_class"]


def test_a_half_line_that_a_full_disk_left_is_cut_off(folder: Path, tmp_path: Path) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe())
    run.append(epoch(1, 0.5))
    path = run.directory / "history.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"event": "EpochFin')
    run.append(RunFinished("failed"))
    assert path.read_bytes().startswith(whole)
    assert Run.open(run.directory).history == run.history


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_FSIZE stands for a full disk")
def test_a_disk_that_fills_within_a_line_leaves_whole_lines(folder: Path, tmp_path: Path) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe())
    run.append(epoch(1, 0.5))
    code = f"""
import resource, signal, sys
from pathlib import Path
from core.runs.events import Notice
from core.runs.run import Run
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
run = Run.open(Path({str(run.directory)!r}))
size = (run.directory / "history.jsonl").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, resource.RLIM_INFINITY))
try:
    run.append(Notice("stopped", {{"text": "x" * 100}}))
except Exception as error:
    print(error.code)
"""
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "write_failed"
    run.append(RunFinished("failed"))
    assert Run.open(run.directory).history == run.history


def test_names_with_line_ends_come_back(folder: Path, tmp_path: Path) -> None:
    odd = 'red/a\rb\nc, "d".png'
    (folder / odd).write_bytes((folder / "red" / "000.png").read_bytes())
    run = new_run(folder, tmp_path / "run", small_recipe())
    assert Run.open(run.directory).pictures == run.pictures
    assert odd in [one.path for one in run.pictures]


def test_a_cut_table_of_pictures_is_a_clear_error(folder: Path, tmp_path: Path) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe())
    table = run.directory / "dataset.csv"
    table.write_bytes(table.read_bytes()[:-40])
    with pytest.raises(InputError) as error:
        Run.open(run.directory)
    assert error.value.code == "run_unreadable"


def test_a_folder_that_is_no_run_does_not_hide_a_named_run(
    folder: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(folder, files.runs_folder() / "mine", small_recipe())
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    assert places.find("mine") == run.directory
