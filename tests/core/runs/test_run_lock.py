"""One process trains a run; a dead one holds nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import filelock
import pytest

from core.common.messages import InputError
from core.runs import places
from core.runs import run as runs
from core.runs.run import Run
from tests.support import ROOT
from tests.support.pictures import PictureFolder
from tests.support.training import events_of, new_run, small_recipe

HOLD = (
    "import sys; from pathlib import Path; from core.runs import places\n"
    "with places.held(Path(sys.argv[1])):\n"
    "    print('held', flush=True); sys.stdin.read()"
)


def test_a_second_one_is_told_who_has_it(tmp_path: Path) -> None:
    with places.held(tmp_path):
        assert places.is_held(tmp_path)
        with pytest.raises(InputError) as error, places.held(tmp_path):
            pass
    assert error.value.code == "run_in_use"
    assert str(os.getpid()) in str(error.value)
    assert not places.is_held(tmp_path)
    assert not (tmp_path / "owner.json").exists()


def test_asking_at_the_same_moment_keeps_nobody_from_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = filelock.FileLock(tmp_path / "lock")
    asking.acquire()
    monkeypatch.setattr("time.sleep", lambda _: asking.release())
    with places.held(tmp_path):
        assert not asking.is_locked


def test_what_a_killed_process_held_is_free_again(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"
        with pytest.raises(InputError) as error, places.held(tmp_path):
            pass
        assert error.value.values["pid"] == str(holder.pid)
        holder.kill()
        holder.wait()
    assert (tmp_path / "owner.json").exists(), "nobody was left to take it away"
    with places.held(tmp_path):
        assert json.loads((tmp_path / "owner.json").read_bytes())["pid"] == os.getpid()


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)
    with pytest.raises(InputError) as error, places.held(tmp_path):
        pass
    assert error.value.code == "run_folder_unwritable"
    assert "Permission denied" in str(error.value)


def test_a_training_holds_its_run_until_it_ends(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    run = new_run(picture_folder(), tmp_path / "runs" / "run", small_recipe("stages.0.epochs=1"))
    assert [one.directory for one in runs.interrupted(tmp_path / "runs")] == [run.directory]
    events = events_of(run)
    next(events)
    assert Run.open(run.directory).state == "running"
    assert runs.interrupted(tmp_path / "runs") == []
    lines = (run.directory / "history.jsonl").read_bytes()
    with pytest.raises(InputError):
        next(events_of(Run.open(run.directory)))
    assert (run.directory / "history.jsonl").read_bytes() == lines
    events.close()
    assert Run.open(run.directory).state == "stopped"


def test_only_runs_that_were_killed_are_offered_the_newest_first(tmp_path: Path) -> None:
    def summary(name: str, state: str, created: str) -> None:
        (tmp_path / name).mkdir()
        data = {"state": state, "created": created, "dataset": "leaves", "epochs": 3}
        text = json.dumps({**data, "planned_epochs": 30})
        (tmp_path / name / "summary.json").write_text(text)

    summary("old", "running", "2030-01-01T10:00:00+00:00")
    summary("done", "finished", "2030-01-02T10:00:00+00:00")
    summary("stopped", "stopped", "2030-01-02T10:00:00+00:00")
    summary("new", "running", "2030-01-03T10:00:00+00:00")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "summary.json").write_bytes(b"{")
    found = runs.interrupted(tmp_path)
    assert [one.directory.name for one in found] == ["new", "old"]
    assert (found[0].dataset, found[0].epochs, found[0].planned_epochs) == ("leaves", 3, 30)
    assert runs.interrupted(tmp_path / "nothing") == []
