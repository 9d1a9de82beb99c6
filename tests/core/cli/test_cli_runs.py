"""``runs`` and ``archive`` on the command line."""

import json
from pathlib import Path

import pytest

from core.cli import main as cli
from core.cli.options import OK
from core.common import files
from core.recipe.config import RunConfig, StageConfig
from core.runs import list as run_list
from core.runs.list import RunLabel
from tests.support.made_runs import made_run
from tests.support.pictures import PictureFolder


@pytest.fixture
def run(picture_folder: PictureFolder) -> Path:
    """A run in the default place."""
    return made_run(picture_folder(per_class=5), files.runs_folder() / "leaf").directory


def test_the_list_says_how_each_run_went(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_list.write_label(run, RunLabel("Leaves", star=True))
    (run.parent / "broken").mkdir()
    (run.parent / "broken" / "config.json").write_text("{}")
    assert cli.main(["runs"]) == OK
    printed = capsys.readouterr().out
    line = next(one for one in printed.splitlines() if "Leaves" in one)
    for words in (
        "* Leaves",
        "2026-03-01 10:00",
        "pictures",
        "2/4",
        "75.0 % (68.6 to 80.5) of 200",
    ):
        assert words in line
    assert "chosen as the best on these pictures" in printed
    assert "broken: The run at" in printed


def test_an_epoch_that_was_kept_as_the_last_is_not_called_the_best(
    picture_folder: PictureFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = RunConfig(stages=(StageConfig(epochs=2, keep="last"),))
    made_run(picture_folder(per_class=5), files.runs_folder() / "leaf", recipe=recipe)
    assert cli.main(["runs"]) == OK
    assert "of 200, last epoch" in capsys.readouterr().out


def test_scripts_get_every_run_as_json(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["runs", "--json", "--folder", str(run.parent)]) == OK
    (one,) = json.loads(capsys.readouterr().out)["runs"]
    assert (one["run"], one["state"], one["best"]["images"]) == ("leaf", "finished", 200)
    assert one["stages"] == [{"epochs": 2, "thawed": []}, {"epochs": 2, "thawed": [5]}]


def test_without_runs_it_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["runs"]) == OK
    assert "No runs" in capsys.readouterr().out


def test_a_run_goes_to_another_machine_as_one_file(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["archive", "leaf", "-o", str(tmp_path / "leaf.thaw.zip")]) == OK
    assert "last name only" in capsys.readouterr().out
    there = str(tmp_path / "there")
    words = ["runs", "--folder", there, "--open", str(tmp_path / "leaf.thaw.zip")]
    assert cli.main(words) == OK
    assert "leaf" in capsys.readouterr().out
    assert cli.main(["runs", "--folder", there, "--open", str(tmp_path / "no.zip")]) == 2
    assert "There is no file" in capsys.readouterr().err
