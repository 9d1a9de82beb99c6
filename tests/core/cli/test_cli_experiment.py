"""``experiment`` on the command line: what is said before, meanwhile and in the end."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.cli import main as cli
from core.cli.options import OK, WRONG_INPUT
from core.experiments import run as experiment_run
from core.experiments.run import ExperimentEvent, ExperimentFinished, ExperimentStarted
from core.training.control import Control
from tests.support.experiments import HIGH, LOW, SPEED, recorded
from tests.support.pictures import PictureFolder


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder(classes=2, per_class=10)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine was measured, and nothing is trained."""

    def run(directory: Path, _control: Control) -> Iterator[ExperimentEvent]:
        yield ExperimentStarted(directory, 6, 6, 0.0)
        yield ExperimentFinished("finished")

    monkeypatch.setattr(experiment_run, "run", run)
    monkeypatch.setattr("core.compute.speed.of_this_machine", lambda *_: SPEED)


@pytest.mark.usefixtures("scripted")
def test_the_card_says_what_can_be_told_apart(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = recorded(folder, tmp_path / "x", {"frozen": [*HIGH], "thawed": [*LOW]})
    figure = tmp_path / "figure.png"
    page = tmp_path / "page.html"
    files = ["--figure", str(figure), "-o", str(page)]
    assert cli.main(["experiment", "--resume", str(place), *files]) == OK
    told = capsys.readouterr().out
    assert "Frozen starts higher than thawed." in told
    assert "Frozen ends higher than thawed." in told
    assert "61.0 % (58.5 – 63.5 %)" in told
    assert figure.is_file()
    assert "61.0 % (58.5 – 63.5 %)" in page.read_text("utf-8")


@pytest.mark.usefixtures("scripted")
def test_the_same_as_json(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = recorded(folder, tmp_path / "x", {"frozen": [*HIGH], "thawed": [*LOW]})
    assert cli.main(["experiment", "--resume", str(place), "--json", "--target", "0.8"]) == OK
    data = json.loads(capsys.readouterr().out)
    assert data["pairs"][0]["start"] == "first"
    assert data["arms"][0]["epochs_to"] == [2, 3, 2]
    assert data["target"] == 0.8


@pytest.mark.usefixtures("scripted")
def test_the_time_is_said_before_anything_is_written(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "x"
    asked = ["experiment", str(folder), "--estimate", "--minutes", "0.1", "--out", str(place)]
    assert cli.main(asked) == OK
    told = capsys.readouterr().err
    assert "Transfer against scratch: pictures of 32 px, 4 epochs, 1 seed: about" in told
    assert "0.1 minutes are too short" in told
    assert not place.exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "Name the folder"),
        (["--resume", "x", "--epochs", "3"], "--epochs cannot be changed"),
        (["--resume", "nowhere"], "no experiment"),
        (["--resume", "nowhere", "-o", "x.doc"], "x.doc"),
    ],
)
def test_wrong_usage_is_one_sentence(
    more: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["experiment", *more]) == WRONG_INPUT
    assert said in capsys.readouterr().err
