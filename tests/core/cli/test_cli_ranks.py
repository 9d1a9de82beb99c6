"""The command line in processes that torchrun starts."""

import json
import os
import subprocess
from pathlib import Path

import psutil
import pytest

from core.cli import main as cli
from core.cli.options import WRONG_INPUT
from core.runs.history import read
from core.runs.run import Run
from tests.support import ROOT
from tests.support.pictures import PictureFolder
from tests.support.ranks import PATIENCE, torchrun
from tests.support.training import SMALL, events_of, new_run, small_recipe

EPOCHS = "stages.0.epochs=6"
STARTED = {"RANK": "0", "WORLD_SIZE": "2", "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "2"}


def test_a_training_in_several_processes_must_be_told_where_its_run_is(
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in {**STARTED, "TORCHELASTIC_RUN_ID": "none"}.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["train", str(picture_folder())]) == WRONG_INPUT
    assert "--run DIR" in capsys.readouterr().err
    monkeypatch.setenv("RANK", "1")
    with pytest.raises(SystemExit) as caught:
        cli.main(["train", "."])
    assert caught.value.code == WRONG_INPUT
    assert not capsys.readouterr().err, "one process says it"


def test_torchrun_starts_a_lost_training_again_and_it_goes_on(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    folder, directory = picture_folder(classes=3, per_class=4), tmp_path / "run"
    settings = [part for one in (*SMALL, EPOCHS) for part in ("--set", one)]
    command = ["train", str(folder), "--run", str(directory), "--events", *settings]
    with (
        (tmp_path / "errors").open("w") as errors,
        subprocess.Popen(
            torchrun(2, *command, restarts=1),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            told = _kill_a_rank_after_an_epoch(process)
        finally:
            process.kill()
    assert process.returncode == 0, (tmp_path / "errors").read_text()
    resumed = [one for one in told if one["event"] == "RunResumed"]
    assert len(resumed) == 1
    assert told[-1]["outcome"] == "finished"
    alone = new_run(folder, tmp_path / "alone", small_recipe(EPOCHS))
    assert [*events_of(alone)][-1].outcome == "finished"
    _assert_equal(directory, alone)


def _kill_a_rank_after_an_epoch(process: subprocess.Popen[str]) -> list[dict[str, object]]:
    """What is told until the process ends."""
    assert process.stdout is not None
    told: list[dict[str, object]] = []
    killed = False
    for line in process.stdout:
        told.append(json.loads(line))
        if told[-1]["event"] == "EpochFinished" and not killed:
            killed = True
            _rank(process.pid, 1).kill()
    process.wait(PATIENCE)
    return told


def _rank(torchrun: int, rank: int) -> psutil.Process:
    children = psutil.Process(torchrun).children(recursive=True)
    return next(one for one in children if one.environ().get("RANK") == str(rank))


def _assert_equal(directory: Path, alone: Run) -> None:
    """Every epoch is there once, and as one process has it."""
    history = read(directory / "history.jsonl")
    assert history == Run.open(directory).history
    assert [(one.stage, one.epoch) for one in history.epochs] == [
        (one.stage, one.epoch) for one in alone.history.epochs
    ]
    losses = [one.validation.loss for one in history.epochs]
    assert losses == pytest.approx([one.validation.loss for one in alone.history.epochs], rel=1e-3)
    assert os.listdir(directory / "checkpoints") != []
