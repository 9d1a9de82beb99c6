"""The list of runs, from their summaries; their labels; and the trash."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from send2trash import TrashPermissionError

from core.common import files
from core.common.messages import ThawError
from core.common.statistics import wilson
from core.recipe.config import RunConfig, StageConfig
from core.runs import history, places
from core.runs import list as run_list
from core.runs.list import ABOUT, RunLabel, move_to_trash
from core.runs.places import SUMMARY
from tests.support.pictures import draw_folder
from tests.support.runs import recorded_run

RECIPE = RunConfig(stages=(StageConfig(epochs=2), StageConfig(epochs=2, thawed=(5,))))


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_folder(tmp_path_factory.mktemp("listed") / "images", 2, 5)


@pytest.fixture(scope="module")
def made(images: Path) -> Path:
    folder, later = images.parent / "runs", "2026-03-02T10:00:00+01:00"
    recorded_run(images, folder / "done", recipe=RECIPE)
    recorded_run(images, folder / "cut", (0.6,), recipe=RECIPE, outcome=None, created=later)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A folder with a run that finished and a newer one that was killed."""
    return shutil.copytree(made, tmp_path / "runs")


def test_every_run_shows_how_it_went(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "read", lambda path: pytest.fail(f"{path} was read"))
    cut, done = run_list.of_folder(folder)
    assert (cut.name, cut.state) == ("cut", "interrupted")
    assert (done.name, done.state) == ("done", "finished")
    assert (done.dataset, done.classes, done.preset) == ("images", 2, "fine-tune-last")
    assert [(one.epochs, one.thawed) for one in done.stages] == [(2, ()), (2, (5,))]
    assert (done.epochs, done.planned_epochs, done.seconds) == (2, 4, 60.0)
    assert cut.seconds == 30.0
    assert (done.best.epoch, done.best.accuracy, done.best.images) == (2, 0.75, 200)
    assert done.best.interval == wilson(150, 200)


@pytest.mark.parametrize(
    ("keep", "accuracies", "chosen_by", "earlier"),
    [
        ("last", (0.75, 0.5), "last", "accuracy"),
        ("loss", (0.5, 0.75), "loss", "accuracy"),
        ("accuracy", (0.5,), "", ""),
    ],
)
def test_the_list_says_how_an_epoch_was_kept(
    images: Path, tmp_path: Path, keep: Any, accuracies: Any, chosen_by: str, earlier: str
) -> None:
    recipe = RunConfig(stages=(StageConfig(epochs=2, keep=keep),))
    run = recorded_run(images, tmp_path / "run", accuracies, recipe=recipe).directory
    assert run_list.of_directory(run).best.chosen_by == chosen_by
    data = json.loads((run / SUMMARY).read_bytes())
    del data["best"]["chosen_by"]  # as versions before have it
    (run / SUMMARY).write_text(json.dumps(data))
    assert run_list.of_directory(run).best.chosen_by == earlier


def test_a_summary_of_an_earlier_version_lacks_only_what_it_never_held(folder: Path) -> None:
    file = folder / "done" / SUMMARY
    data = json.loads(file.read_bytes())
    for name in ("seconds", "stages", "head", "classes"):
        del data[name]
    file.write_text(json.dumps(data))
    done = run_list.of_directory(folder / "done")
    assert (done.state, done.seconds, done.stages) == ("finished", 0.0, ())
    assert done.best is not None


def test_a_run_that_some_process_holds_is_running(folder: Path) -> None:
    with places.held(folder / "cut"), places.held(folder / "done"):
        assert [one.state for one in run_list.of_folder(folder)] == ["running", "running"]
    assert [one.state for one in run_list.of_folder(folder)] == ["interrupted", "finished"]


def test_a_lost_summary_is_made_again_from_the_run(folder: Path) -> None:
    run, before = folder / "done", run_list.of_directory(folder / "done")
    for damage in (b"", b"{", b"[]", b'{"state": "finished"}', b"\xff" * 9):
        (run / SUMMARY).write_bytes(damage)
        assert run_list.of_directory(run) == before
    (run / SUMMARY).unlink()
    assert run_list.of_directory(run) == before
    for lost in ("environment.json", "config.json"):
        (run / SUMMARY).unlink(missing_ok=True)
        (run / lost).rename(run / "lost")
        damaged = next(one for one in run_list.of_folder(folder) if one.name == "done")
        assert (damaged.state, lost in str(damaged.error)) == ("damaged", True)
        (run / "lost").rename(run / lost)


def test_other_folders_are_no_runs(folder: Path) -> None:
    (folder / "notes").mkdir()
    (folder / "begun").mkdir()
    (folder / "begun" / "history.jsonl").touch()
    (folder / "experiments" / "one" / "runs").mkdir(parents=True)
    (folder / "a file.txt").touch()
    assert [one.name for one in run_list.of_folder(folder)] == ["cut", "done"]
    assert run_list.of_folder(folder / "nowhere") == []


# -- labels ---------------------------------------------------------------------------------


def test_a_label_comes_back(tmp_path: Path) -> None:
    assert run_list.read_label(tmp_path) == RunLabel()
    label = RunLabel("Müller’s  best\nrun ", "first line\nsecond", star=True)
    kept = run_list.write_label(tmp_path, label)
    assert kept == RunLabel("Müller’s best run", "first line\nsecond", star=True)
    assert run_list.read_label(tmp_path) == kept
    assert [one.name for one in tmp_path.iterdir()] == [ABOUT]
    (tmp_path / ABOUT).write_text('{"name": "old", "colour": "red"}')
    run_list.write_label(tmp_path, RunLabel("new"))
    assert json.loads((tmp_path / ABOUT).read_bytes())["colour"] == "red", "of a later version"
    for damage in (b"", b"{", b"[1]", b'{"name": 5, "note": null, "star": "yes"}'):
        (tmp_path / ABOUT).write_bytes(damage)
        assert run_list.read_label(tmp_path) == RunLabel()


def test_a_full_disk_leaves_the_old_label(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    run_list.write_label(tmp_path, RunLabel("old"))
    monkeypatch.setattr(files, "sync_file", full)
    with pytest.raises(ThawError) as error:
        run_list.write_label(tmp_path, RunLabel("new"))
    assert "No space left" in str(error.value)
    assert run_list.read_label(tmp_path) == RunLabel("old")


# -- the trash ------------------------------------------------------------------------------


def test_a_run_goes_to_the_trash_unless_it_is_running_or_there_is_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise TrashPermissionError(str(path))

    def refused() -> str:
        with pytest.raises(ThawError) as error:
            move_to_trash(run)
        return error.value.code

    run = folder / "done"
    monkeypatch.setattr("send2trash.send2trash", refuse)
    assert refused() == "run_trash_failed"
    monkeypatch.setattr("send2trash.send2trash", lambda path: path.rename(folder / "trash"))
    with places.held(run):
        assert refused() == "run_in_use"
    assert run.exists()
    move_to_trash(run)
    assert not run.exists()
    assert (folder / "trash" / "config.json").exists()
    assert refused() == "run_missing"
