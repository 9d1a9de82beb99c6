"""``resume`` as a person types it: what it says, what it does, how it exits."""

import json
import os
import signal
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from core.cli import main as cli
from core.cli.options import OK, WRONG_INPUT
from core.common import lazy
from core.runs import places
from core.runs.run import Run
from tests.support import ROOT
from tests.support.pictures import PictureFolder
from tests.support.resuming import same_result
from tests.support.training import SMALL, events_of, new_run, small_recipe

SMALLEST = ("model.weights=none", "model.depth=1", 'stages=[{"epochs":2}]')


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder(classes=2, per_class=4)


def test_a_finished_run_says_so_and_exits_0(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe("stages.0.epochs=1"))
    list(events_of(run))
    before = (run.directory / "history.jsonl").read_bytes()
    assert cli.main(["resume", str(run.directory)]) == OK
    assert "finished: 2 epochs" in capsys.readouterr().out
    assert cli.main(["resume", str(run.directory), "--events"]) == OK
    assert capsys.readouterr().out == ""
    assert (run.directory / "history.jsonl").read_bytes() == before


def test_a_finished_run_can_be_extended(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe("stages.0.epochs=1"))
    list(events_of(run))
    assert cli.main(["resume", str(run.directory), "--extend", "1", "--events"]) == OK
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    epochs = [one for one in events if one["event"] == "EpochFinished"]
    assert [(one["stage"], one["epoch"]) for one in epochs] == [(2, 2)]
    assert cli.main(["resume", str(run.directory), "--extend", "5000"]) == WRONG_INPUT


def test_a_run_that_trains_elsewhere_is_left_alone(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe())
    with places.held(run.directory):
        before = {path: path.read_bytes() for path in run.directory.iterdir() if path.is_file()}
        assert cli.main(["resume", str(run.directory)]) == WRONG_INPUT
        assert str(os.getpid()) in capsys.readouterr().err
        assert cli.main(["resume", str(run.directory), "--extend", "2"]) == WRONG_INPUT
        after = {path: path.read_bytes() for path in run.directory.iterdir() if path.is_file()}
    assert before == after


def test_what_another_process_trained_before_the_lock_was_free_counts(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = new_run(folder, tmp_path / "run", small_recipe(*SMALLEST))
    held = places.held

    def waited_for(directory: Path) -> AbstractContextManager[None]:
        monkeypatch.setattr(places, "held", held)
        list(events_of(Run.open(directory)))
        return held(directory)

    monkeypatch.setattr(places, "held", waited_for)
    assert cli.main(["resume", str(run.directory)]) == OK
    assert "finished: 2 epochs" in capsys.readouterr().out


def test_nobody_gets_a_run_between_its_opening_and_its_training(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, load, held = tmp_path / "run", lazy.load, []

    def slow(name: str) -> object:
        held.append(places.is_held(directory))
        return load(name)

    monkeypatch.setattr(lazy, "load", slow)
    settings = [part for one in (*SMALL[:-2], *SMALLEST) for part in ("--set", one)]
    assert cli.main(["train", str(folder), "--run", str(directory), *settings]) == OK
    assert cli.main(["resume", str(directory), "--extend", "1"]) == OK
    assert held == [True, True]
    assert not places.is_held(directory)


@pytest.mark.parametrize("more", [(), ("--extend", "2")])
def test_a_run_whose_loss_was_no_number_is_not_trained_into_it_again(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...]
) -> None:
    stages = (
        'stages=[{"epochs":1},{"epochs":2,"thawed":[5],"optimizer":"sgd","learning_rate":10,'
        '"backbone_factor":10}]'
    )
    run = new_run(folder, tmp_path / "run", small_recipe(stages))
    assert list(events_of(run))[-1].code == "not_finite"
    before = (run.directory / "history.jsonl").read_bytes()
    capsys.readouterr()
    assert cli.main(["resume", str(run.directory), *more]) == WRONG_INPUT
    said = capsys.readouterr().err
    assert "smaller learning rate than 10:" in said
    assert (run.directory / "history.jsonl").read_bytes() == before
    advice = said.partition("python main.py ")[2].split()
    assert advice[-1] == "stages.1.learning_rate=1"
    advice[-1] = "stages.1.learning_rate=1e-5"
    assert cli.main([*advice, "--run", str(tmp_path / "anew")]) == OK
    assert len(Run.open(tmp_path / "anew").history.epochs) == 3


def test_what_is_no_run_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["resume", str(tmp_path / "nothing")]) == WRONG_INPUT
    assert "nothing" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGKILL")
def test_three_kills_leave_no_trace_in_the_result(folder: Path, tmp_path: Path) -> None:
    # enough epochs that none of the processes is done before its kill arrives
    stages = 'stages=[{"epochs":6},{"epochs":4,"thawed":[5]}]'
    settings = [part for one in (*SMALL[:-2], stages) for part in ("--set", one)]
    whole = new_run(folder, tmp_path / "whole", small_recipe(stages))
    list(events_of(whole))
    run = tmp_path / "run"
    _kill_at("BatchFinished", "train", str(folder), "--run", str(run), *settings)
    _kill_at("EpochFinished", "resume", str(run))
    assert Run.open(run).state == "interrupted"
    _kill_at("StageStarted", "resume", str(run))  # stage 2's
    with _thaw("resume", str(run), "--events") as process:
        process.communicate()
    assert process.returncode == OK
    same_result(run, whole.directory)


def _kill_at(event: str, *arguments: str) -> None:
    with _thaw(*arguments, "--events") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == event:
                break
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "it must not have ended before"


def _thaw(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(ROOT / "main.py"), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE)
