"""The list of runs: from their summaries, damaged ones too."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.common.statistics import wilson
from core.recipe.config import RunConfig, StageConfig
from core.runs import history, places
from core.runs import list as run_list
from core.runs.places import SUMMARY
from tests.support.made_runs import made_run
from tests.support.pictures import PictureFolder


@pytest.fixture
def runs(picture_folder: PictureFolder, tmp_path: Path) -> Path:
    """A folder with a run that finished and a newer one that was killed."""
    pictures = picture_folder(per_class=5)
    made_run(pictures, tmp_path / "runs" / "done")
    later = "2026-03-02T10:00:00+01:00"
    made_run(pictures, tmp_path / "runs" / "cut", accuracies=(0.6,), outcome="", created=later)
    return tmp_path / "runs"


def test_every_run_tells_what_a_list_shows(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "read", lambda path: pytest.fail(f"{path} was read"))
    cut, done = run_list.of_folder(runs)
    assert (cut.name, cut.state, done.name, done.state) == (
        "cut",
        "interrupted",
        "done",
        "finished",
    )
    assert (done.dataset, done.classes, done.preset) == ("pictures", 2, "fine-tune-last")
    assert [(one.epochs, one.thawed) for one in done.stages] == [(2, ()), (2, (5,))]
    assert (done.epochs, done.planned_epochs, done.seconds) == (2, 4, 90.0)
    assert cut.seconds == 30.0
    assert done.best is not None
    assert (done.best.epoch, done.best.accuracy, done.best.images) == (2, 0.75, 200)
    assert done.best.interval == wilson(150, 200)


@pytest.mark.parametrize(
    ("keep", "accuracies", "chosen_by", "earlier"),
    [
        ("last", (0.75, 0.5), "last", "accuracy"),
        ("loss", (0.5, 0.75), "loss", "accuracy"),
        ("accuracy", (0.5, 0.75), "accuracy", "accuracy"),
        ("accuracy", (0.5,), "", ""),
    ],
)
def test_the_list_tells_how_an_epoch_came_to_be_kept(
    picture_folder: PictureFolder,
    tmp_path: Path,
    keep: Any,
    accuracies: tuple[float, ...],
    chosen_by: str,
    earlier: str,
) -> None:
    recipe = RunConfig(stages=(StageConfig(epochs=2, keep=keep),))
    run = made_run(
        picture_folder(per_class=5), tmp_path / "run", accuracies=accuracies, recipe=recipe
    )
    listed = run_list.of_directory(run.directory)
    assert listed is not None
    assert listed.best is not None
    assert listed.best.chosen_by == chosen_by
    data = json.loads((run.directory / SUMMARY).read_bytes())
    del data["best"]["chosen_by"]  # as versions before have it
    (run.directory / SUMMARY).write_text(json.dumps(data))
    listed = run_list.of_directory(run.directory)
    assert listed is not None
    assert listed.best is not None
    assert listed.best.chosen_by == earlier


def test_a_summary_of_an_earlier_version_lacks_only_what_it_never_told(runs: Path) -> None:
    file = runs / "done" / SUMMARY
    data = json.loads(file.read_bytes())
    for name in ("seconds", "stages", "head", "classes"):
        del data[name]
    file.write_text(json.dumps(data))
    done = run_list.of_directory(runs / "done")
    assert done is not None
    assert (done.state, done.seconds, done.stages) == ("finished", 0.0, ())
    assert done.best is not None


def test_a_run_that_some_process_holds_trains_now(runs: Path) -> None:
    with places.held(runs / "cut"), places.held(runs / "done"):
        assert [one.state for one in run_list.of_folder(runs)] == ["running", "running"]
    assert [one.state for one in run_list.of_folder(runs)] == ["interrupted", "finished"]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"state": "finished"}', b"\xff" * 9, None])
def test_a_lost_summary_is_made_again_from_the_run(runs: Path, damage: bytes | None) -> None:
    before = run_list.of_directory(runs / "done")
    if damage is None:
        (runs / "done" / SUMMARY).unlink()
    else:
        (runs / "done" / SUMMARY).write_bytes(damage)
    assert run_list.of_directory(runs / "done") == before


@pytest.mark.parametrize("lost", ["environment.json", "config.json"])
def test_a_damaged_run_is_listed_with_the_reason(runs: Path, lost: str) -> None:
    (runs / "done" / lost).unlink()
    (runs / "done" / SUMMARY).unlink()
    damaged = next(one for one in run_list.of_folder(runs) if one.name == "done")
    assert damaged.state == "damaged"
    assert damaged.error is not None
    assert lost in str(damaged.error)


def test_other_folders_are_no_runs(runs: Path) -> None:
    (runs / "notes").mkdir()
    (runs / "begun").mkdir()
    (runs / "begun" / "history.jsonl").touch()
    (runs / "experiments" / "one" / "runs").mkdir(parents=True)
    (runs / "a file.txt").touch()
    assert [one.name for one in run_list.of_folder(runs)] == ["cut", "done"]
    assert run_list.of_folder(runs / "nowhere") == []
