"""``compare`` and ``report`` on the command line."""

import json
from pathlib import Path

import pytest

from core.cli import main as cli
from core.runs.run import Run
from tests.support.pictures import PictureFolder
from tests.support.runs import trained_run

Output = pytest.CaptureFixture[str]


@pytest.fixture
def runs(picture_folder: PictureFolder, tmp_path: Path) -> list[Run]:
    folder = picture_folder(classes=2, per_class=8)
    return [
        trained_run(folder, tmp_path / "flips", [False, False], accuracies=(0.25,)),
        trained_run(folder, tmp_path / "plain", [False], "seed=7"),
    ]


def _places(runs: list[Run]) -> list[str]:
    return [str(one.directory) for one in runs]


def test_compare_tells_figures_differences_and_the_test(runs: list[Run], capsys: Output) -> None:
    assert cli.main(["compare", *_places(runs)]) == 0
    told = capsys.readouterr().out
    assert "what differs  flips  plain" in told
    assert "seed          0      7" in told
    assert "no difference beyond chance (p = 1)." in told


def test_compare_as_json_has_every_number(runs: list[Run], capsys: Output) -> None:
    assert cli.main(["compare", *_places(runs), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in data["runs"]] == ["flips", "plain"]
    assert data["runs"][0]["best"]["images"] == 4
    assert {"key": "seed", "name": "seed", "values": [0, 7]} in data["differences"]
    assert data["pairs"][0]["only_second"] == 1


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("a.html", b"<!doctype"),
        ("a.csv", b"\xef\xbb\xbf"),
        ("a.png", b"\x89PNG"),
        ("a.pdf", b"%PDF"),
    ],
)
@pytest.mark.parametrize("count", [1, 2])
def test_report_writes_what_the_suffix_says(
    runs: list[Run], tmp_path: Path, name: str, start: bytes, count: int
) -> None:
    file = tmp_path / name
    assert cli.main(["report", *_places(runs)[:count], "-o", str(file)]) == 0
    assert file.read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "report.docx"], ".html, .csv"),
        ([], "name a file with -o"),
    ],
)
def test_report_says_what_it_could_write(
    runs: list[Run], capsys: Output, words: list[str], said: str
) -> None:
    assert cli.main(["report", *_places(runs), *words]) == 2
    assert said.lower() in capsys.readouterr().err.lower()


def test_a_place_that_cannot_be_written_is_named(runs: list[Run], capsys: Output) -> None:
    place = runs[0].directory / "config.json" / "report.html"
    assert cli.main(["report", _places(runs)[0], "-o", str(place)]) == 1
    assert "report.html cannot be written" in capsys.readouterr().err


def test_one_run_is_nothing_to_compare(runs: list[Run], capsys: Output) -> None:
    assert cli.main(["compare", _places(runs)[0]]) == 2
    assert "two runs or more" in capsys.readouterr().err
