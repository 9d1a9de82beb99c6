"""Every other command: ``scan``, ``sample``, ``cache``, ``runs``, ``compare``, ``experiment``."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.cli import main as cli
from core.cli.options import FAILED, WRONG_INPUT
from core.common import files
from core.compute.cache import budget as cache_budget
from core.compute.cache.records import RecordStore
from core.dataset import edits as dataset_edits
from core.dataset import sample as sample_files
from core.dataset.edits import Edits
from core.dataset.scan import look_through
from core.experiments import run as experiment_run
from core.experiments.run import ExperimentEvent, ExperimentFinished, ExperimentStarted
from core.runs import list as run_list
from core.runs.list import RunLabel
from core.runs.run import Run
from core.training.control import Control
from tests.support import ROOT
from tests.support.experiments import HIGH, LOW, SPEED, recorded
from tests.support.pictures import PICTURE, TEXT, PictureFolder, class_files, draw_folder, write
from tests.support.runs import recorded_run
from tests.support.training import SMALL
from tests.support.wording import said

SETTINGS = [
    word
    for setting in (*SMALL, "model.depth=1", 'stages=[{"epochs":1}]')
    for word in ("--set", setting)
]


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder(classes=3, per_class=6)


# -- the program ----------------------------------------------------------------------------


def test_each_command_has_the_options_that_the_readme_lists(thaw: Any) -> None:
    section = (ROOT / "README.md").read_text("utf-8").partition("## From the command line")[2]
    listed = section.split("```")[1].replace("\n  ", " ").strip().splitlines()
    assert {line.split()[2] for line in listed} == cli.COMMANDS.keys()
    for line in listed:
        known = set(re.findall(r"--[a-z-]+|-[a-z]\b", thaw(line.split()[2], "--help").out))
        assert set(re.findall(r"(?<![\w-])(?:--[a-z-]+|-[a-z]\b)", line)) <= known, line


def test_numbers_places_and_commands_that_are_none_exit_2(folder: Path, thaw: Any) -> None:
    long = "x" * 300  # the system allows no such name
    assert "thaw: " in thaw.refusal("scan", long)
    assert "thaw: " in thaw.refusal("train", folder, "--run", long)
    assert "thaw: " in thaw.refusal("predict", long, "picture.jpg")
    for words in (
        *(["predict", "run", "picture.jpg", "--top", number] for number in ("0", "-3", "many")),
        *(["cache", f"--budget={number}"] for number in ("-1", "much", "nan", "inf", "")),
        *(["experiment", "x", "--minutes", number] for number in ("0", "long")),
        ["experiment", "x", "--seeds", "0"],
        ["experiment", "x", "--target", "1.5"],
        ["scan", "x", "--max-megapixels", "0"],
        ["train", "x", "--run", ""],
        ["evaluate", "x"],
    ):
        assert words[0] in thaw.refusal(*words)
    assert cache_budget.chosen_budget() is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="asks for a disk without space")
def test_output_that_cannot_be_written_is_one_sentence(folder: Path) -> None:
    command, pipe = [sys.executable, "main.py", "scan", str(folder)], subprocess.PIPE
    with open("/dev/full", "w") as full:
        answer = subprocess.run(command, cwd=ROOT, stdout=full, stderr=pipe, text=True)
    assert answer.returncode == FAILED
    assert "No space left" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_sample_writes_its_classes(
    tmp_path: Path, thaw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[Path] = []
    monkeypatch.setattr(sample_files, "write", wanted.append)
    assert thaw("sample", tmp_path / "signs").out.split()[0] == "480"
    assert wanted == [tmp_path / "signs"]


# -- scan -----------------------------------------------------------------------------------


@pytest.fixture
def flat(tmp_path: Path, picture_folder: PictureFolder) -> Path:
    """Pictures of two colours, all in one folder, and one that no table names."""
    place = tmp_path / "flat"
    place.mkdir()
    for file in sorted(picture_folder(classes=2, per_class=6).rglob("*.*")):
        shutil.copy(file, place / f"{file.parent.name}{file.name}")
    write(place, {"odd.png": PICTURE, "notes.txt": TEXT})
    return place


def adds_up(result: dict[str, Any]) -> bool:
    used = sum(one["train"] + one["validation"] + one["test"] for one in result["classes"])
    parts = used, result["excluded"], len(result["problems"]), result["ignored"]
    return bool(used == result["images"] and sum(parts) == result["found"])


def found(result: dict[str, Any], name: str) -> list[tuple[str, str]]:
    return [(one["path"], one["code"]) for one in result[name]]


def test_a_messy_folder_is_shown_whole(folder: Path, thaw: Any) -> None:
    write(folder, {"red/empty.jpg": b"", "red/notes.txt": TEXT, "loose.png": PICTURE})
    Image.new("RGB", (2, 2)).save(folder / "red" / "dot.png")
    result = thaw.json("scan", folder)
    assert adds_up(result)
    assert (result["found"], result["images"], result["ignored"]) == (22, 19, 2)
    assert [one["name"] for one in result["classes"]] == ["blue", "green", "red"]
    empty = ("red/empty.jpg", "empty_file")
    assert found(result, "problems") == [empty]
    assert found(result, "warnings") == [("red/dot.png", "tiny_image")]
    assert result["duplicates"] is None
    text = thaw("scan", folder).out
    assert {"empty_file", "tiny_image"} <= said(text)
    assert "red/empty.jpg: " in text
    (red,) = (line.split() for line in text.splitlines() if line.startswith("red "))
    assert sum(map(int, red[1:])) in (7, 14)
    Image.new("RGB", (1500, 1000)).save(folder / "red" / "large.png")
    assert thaw.json("scan", folder)["images"] == 20
    result = thaw.json("scan", folder, "--max-megapixels", 1)
    assert adds_up(result)
    assert found(result, "problems") == [empty, ("red/large.png", "image_too_large")]


def test_duplicates_are_named_with_their_scope(tmp_path: Path, thaw: Any) -> None:
    names = class_files("train/cat", "train/dog", "val/cat", "val/dog")
    root = write(tmp_path / "pets", dict.fromkeys(names, PICTURE))
    for number, one in enumerate(names):
        Image.effect_mandelbrot((64, 64), (-2, -1.5, 1, 1.5), 3 + number).save(root / one)
    shutil.copy(root / "train/cat/0.png", root / "val/cat/copy.png")
    shutil.copy(root / "train/dog/1.png", root / "train/cat/copy.png")
    result = thaw.json("scan", root, "--duplicates")
    exact = [one for one in result["duplicates"] if one["kind"] == "exact"]
    assert [(one["paths"], one["scope"]) for one in exact] == [
        (["train/cat/0.png", "val/cat/copy.png"], "across-splits"),
        (["train/cat/copy.png", "train/dog/1.png"], "across-classes"),
    ]
    lines = thaw("scan", root, "--duplicates").out.splitlines()
    leak, twice = (
        next(n for n, one in enumerate(lines) if path in one)
        for path in ("val/cat/copy", "train/cat/copy")
    )
    assert lines[leak - 1] != lines[twice - 1], "a leak reads differently"


@pytest.mark.parametrize("command", ["scan", "train"])
def test_folders_that_cannot_train_exit_2_with_the_reason(
    flat: Path, tmp_path: Path, picture_folder: PictureFolder, thaw: Any, command: str
) -> None:
    (tmp_path / "empty").mkdir()
    one_class = picture_folder(classes=1, name="one")
    for place in (tmp_path / "missing", tmp_path / "empty", one_class):
        assert str(place) in thaw.refusal(command, place)
    printed = thaw(command, flat, code=WRONG_INPUT)
    assert printed.out == ""
    assert f"{flat}/green/picture.jpg" in printed.err
    assert "labels_may_help" in said(printed.err)


def test_images_that_are_too_few_exit_2_and_such_as_cannot_be_decoded_are_no_missing_folder(
    tmp_path: Path, thaw: Any
) -> None:
    few = write(tmp_path / "few", class_files("cat", "dog", count=1))
    assert thaw.json("scan", few, code=WRONG_INPUT)["images"] == 2
    damaged = bytearray(PICTURE)
    damaged[PICTURE.index(b"IDAT") + 5] ^= 0xFF
    names = class_files("cat", "dog")
    place = write(tmp_path / "damaged", dict.fromkeys(names, bytes(damaged)))
    assert thaw.json("scan", place, "--duplicates")["duplicates"] == []


def test_a_table_makes_classes_and_a_run_gives_it_back(
    flat: Path, tmp_path: Path, thaw: Any
) -> None:
    labels, place = tmp_path / "labels.csv", tmp_path / "run"
    lines = [f"{file.name};{file.name[:3]}" for file in sorted(flat.glob("*0*"))]
    labels.write_text("Datei;Klasse\n" + "\n".join([*lines, "gone.png;red"]), "utf-16")
    result = thaw.json("scan", flat, "--labels", labels)
    counts = {one["name"]: one["train"] + one["validation"] for one in result["classes"]}
    assert counts == {"gre": 6, "red": 6}
    assert adds_up(result)
    assert result["ignored"] == 2
    by_table = [str(flat), "--labels", str(labels)]
    told = thaw("scan", *by_table).err
    assert {"labels_read", "labels_missing_rows", "labels_unlisted"} <= said(told)
    for words in ("12 of 13", "Datei", "Klasse", "gone.png", "odd.png"):
        assert words in told
    thaw("train", *by_table, "--run", place, *SETTINGS)
    run = Run.open(place)
    assert run.classes == ("gre", "red")
    again = thaw.json("scan", flat, "--labels", place / "dataset.csv")
    assert again["images"] == 12
    used = {one["name"]: (one["train"], one["validation"]) for one in again["classes"]}
    parts = [[one.label for one in run.used(part)] for part in ("train", "validation")]
    assert list(used.values()) == [
        (parts[0].count(label), parts[1].count(label)) for label in range(2)
    ]


def test_a_table_that_gives_no_class_is_refused(flat: Path, thaw: Any) -> None:
    told = thaw.refusal("scan", flat, "--labels", flat / "no.csv")
    assert "table_missing" in said(told)
    other = flat.parent / "other.csv"
    other.write_text("name,kind\nx1.jpg,cat\nx2.jpg,dog\n", "utf-8")
    told = thaw.refusal("scan", flat, "--labels", other)
    assert "labels_match_nothing" in said(told)
    assert "name" in told
    assert "x1.jpg" in told


def test_what_was_decided_in_the_window_is_followed(
    folder: Path, tmp_path: Path, thaw: Any
) -> None:
    found = look_through(folder)
    edits = Edits().excluding(["red/000.png"], "leak").labelling(["red/001.jpg"], "blue")
    dataset_edits.save(found, edits)
    result = thaw.json("scan", folder)
    assert (result["images"], result["excluded"]) == (17, 1)
    assert adds_up(result)
    assert "--as-is" in thaw("scan", folder).err
    assert thaw.json("scan", folder, "--as-is")["images"] == 18
    thaw("train", folder, "--run", tmp_path / "run", *SETTINGS)
    run = Run.open(tmp_path / "run")
    row = next(one for one in run.pictures if one.path == "red/000.png")
    assert (row.status, row.reason) == ("excluded", "leak")
    assert all(one.path != row.path for part in ("train", "validation") for one in run.used(part))
    others = [file.path for file in found.files if file.class_name != "red"]
    dataset_edits.save(found, Edits().excluding(others))
    assert "--as-is" in thaw.refusal("scan", folder)
    thaw("scan", folder, "--as-is")


# -- cache ----------------------------------------------------------------------------------

FEATURES = {"kind": "features", "image_size": 224, "boundary": 4}
USED = int(datetime(2024, 1, 2, 12).timestamp())  # noon, wherever it runs


@pytest.fixture
def cached() -> Path:
    """A store of features, last used on 2 January 2024."""
    store = RecordStore(cache_budget.root(), 500_000, FEATURES)
    for number in range(3):
        store.put(number.to_bytes(32, "little"), bytes(500_000))
    store.close()
    os.utime(store.folder / "used", (USED, USED))
    return store.folder


def test_the_cache_is_shown_and_cleared(cached: Path, thaw: Any) -> None:
    printed = thaw("cache").out
    assert "1.5 MB" in printed
    assert str(cached.parent) in printed
    row = printed.splitlines()[-1]
    assert row.split()[:4] == ["features", "1.5", "MB", "2024-01-02"]
    assert "224 px" in row
    assert row.endswith(" 4")
    answer = thaw.json("cache")
    (kept,) = cache_budget.usage()
    assert answer["bytes"] == kept.bytes
    assert answer["budget"] == pytest.approx(cache_budget.budget(), rel=0.01)
    (one,) = answer["kept"]
    assert one.pop("about") == {**FEATURES, "record_bytes": 500_000, "format": 1}
    names = ("name", "kind", "bytes", "last_used", "in_use")
    values = (cached.name, "features", kept.bytes, USED, False)
    assert one == dict(zip(names, values, strict=True))
    removed, kept_now, *_ = thaw("cache", "--clear").out.splitlines()
    assert "1.5 MB" in removed
    assert "0.0 MB" in kept_now
    assert not cached.exists()
    assert thaw.json("cache", "--clear")["freed"] == 0


def test_the_budget_is_remembered_and_followed(
    cached: Path, tmp_path: Path, thaw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert thaw.json("cache")["budget_chosen"] is False
    assert thaw.json("cache", "--budget", "2.5")["budget"] == 2_500_000_000
    assert thaw.json("cache")["budget_chosen"] is True
    assert "2.5 GB" in thaw("cache").out
    assert thaw.json("cache", "--budget", "0.001")["kept"] == []
    assert not cached.exists()
    assert thaw.json("cache", "--budget", "auto")["budget_chosen"] is False
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(files, "cache_folder", lambda: tmp_path / "file")
    assert thaw.refusal("cache", "--budget", "1", code=FAILED).startswith("thaw: ")


# -- runs and archive -----------------------------------------------------------------------


def test_the_list_says_how_each_run_went(folder: Path, thaw: Any) -> None:
    assert str(files.runs_folder()) in thaw("runs").out
    chosen = ["stages.0.keep=accuracy"]
    run = recorded_run(folder, files.runs_folder() / "leaf", settings=chosen).directory
    recorded_run(folder, run.parent / "kept", settings=["stages.0.keep=last"])
    run_list.write_label(run, RunLabel("Leaves", star=True))
    (run.parent / "broken").mkdir()
    (run.parent / "broken" / "config.json").write_text("{}")
    printed = thaw("runs").out
    line, last = (
        next(one for one in printed.splitlines() if name in one) for name in ("Leaves", "kept")
    )
    score = "75.0 % (68.6 to 80.5) of 200"
    for words in ("* Leaves", "2026-03-01 10:00", "pictures", "2/3", score):
        assert words in line
    assert last.partition(score)[2] != line.partition(score)[2], "it was not chosen by its score"
    assert "run_unreadable" in said(printed)
    data = thaw.json("runs", "--folder", run.parent)
    one = next(one for one in data["runs"] if one["run"] == "leaf")
    assert (one["state"], one["best"]["images"]) == ("finished", 200)
    assert one["stages"] == [{"epochs": 2, "thawed": []}, {"epochs": 1, "thawed": [5]}]


def test_a_run_goes_to_another_machine_as_one_file(folder: Path, tmp_path: Path, thaw: Any) -> None:
    recorded_run(folder, files.runs_folder() / "leaf")
    file, opening = tmp_path / "leaf.thaw.zip", ["runs", "--folder", tmp_path / "there", "--open"]
    told = thaw("archive", "leaf", "-o", file).out
    assert str(folder) in told, "it has only the name of this place"
    assert "leaf" in thaw(*opening, file).out
    assert "archive_missing" in said(thaw.refusal(*opening, tmp_path / "no.zip"))


# -- compare and report ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The places of two runs, which no test changes."""
    home = tmp_path_factory.mktemp("compared")
    images = draw_folder(home / "images", 2, 8)
    recorded_run(images, home / "flips", (0.25, 0.5), right=[False, False])
    recorded_run(images, home / "plain", right=[False], settings=["seed=7"])
    return [str(home / "flips"), str(home / "plain")]


def test_compare_shows_figures_differences_and_the_test(runs: list[str], thaw: Any) -> None:
    told = thaw("compare", *runs).out
    rows = [line.split() for line in told.splitlines()]
    assert ["seed", "0", "7"] in rows
    assert {"compare_chance", "compare_mcnemar"} <= said(told)
    data = thaw.json("compare", *runs)
    assert [one["name"] for one in data["runs"]] == ["flips", "plain"]
    assert data["runs"][0]["best"]["images"] == 4
    assert {"key": "seed", "name": "seed", "values": [0, 7]} in data["differences"]
    assert data["pairs"][0]["only_second"] == 1
    assert "compare_one" in said(thaw.refusal("compare", runs[0]))


def test_report_writes_what_the_suffix_says_or_says_what_it_could_write(
    runs: list[str], tmp_path: Path, thaw: Any
) -> None:
    starts = {"a.html": b"<!doctype", "a.csv": b"\xef\xbb\xbf", "a.png": b"\x89PNG"}
    for count in (1, 2):
        for name, start in starts.items():
            thaw("report", *runs[:count], "-o", tmp_path / name)
            assert (tmp_path / name).read_bytes().startswith(start)
    assert ".html, .csv" in thaw.refusal("report", *runs, "-o", "report.docx")
    assert "report_without_place" in said(thaw.refusal("report", *runs))
    place = Path(runs[0]) / "config.json" / "report.html"
    assert str(place) in thaw.refusal("report", runs[0], "-o", place, code=FAILED)


# -- experiment -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One whose runs are all done, on two classes; no test changes it."""
    home = tmp_path_factory.mktemp("experiment")
    images = draw_folder(home / "images", 2, 10)
    return recorded(images, home / "x", {"frozen": [*HIGH], "thawed": [*LOW]})


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine was measured, and nothing is trained."""

    def run(directory: Path, _control: Control) -> Iterator[ExperimentEvent]:
        yield ExperimentStarted(directory, 6, 6, 0.0)
        yield ExperimentFinished("finished")

    monkeypatch.setattr(experiment_run, "run", run)
    monkeypatch.setattr("core.compute.speed.of_this_machine", lambda *_: SPEED)


@pytest.mark.usefixtures("scripted")
def test_the_card_says_what_differs_as_text_files_and_json(
    experiment: Path, tmp_path: Path, thaw: Any
) -> None:
    figure, page = tmp_path / "figure.png", tmp_path / "page.html"
    resume = ["experiment", "--resume", str(experiment)]
    told = thaw(*resume, "--figure", figure, "-o", page).out
    for code in ("experiment_start_first", "experiment_end_first"):
        (line,) = (line for line in told.splitlines() if code in said(line))
        assert line.startswith("Frozen")
        assert "thawed" in line
    assert "61.0 % (58.5 – 63.5 %)" in told
    assert figure.is_file()
    assert "61.0 % (58.5 – 63.5 %)" in page.read_text("utf-8")
    data = thaw.json(*resume, "--target", "0.8")
    assert data["pairs"][0]["start"] == "first"
    assert data["arms"][0]["epochs_to"] == [2, 3, 2]
    assert data["target"] == 0.8


@pytest.mark.usefixtures("scripted")
def test_the_time_is_said_before_anything_is_written(
    folder: Path, tmp_path: Path, thaw: Any
) -> None:
    place = tmp_path / "x"
    asked = ["experiment", str(folder), "--estimate", "--minutes", "0.1", "--out", str(place)]
    told = thaw(*asked).err
    assert {"experiment_transfer", "experiment_too_short"} <= said(told)
    for words in ("32 px", "4 epochs", "1 seed", "0.1"):
        assert words in told
    assert not place.exists()


def test_wrong_usage_is_one_sentence(thaw: Any) -> None:
    nowhere = ["--resume", "nowhere"]
    for more, named in (
        ([], "experiment_needs_folder"),
        (["--resume", "x", "--epochs", "3"], "--epochs"),
        (nowhere, "experiment_missing"),
        ([*nowhere, "-o", "x.doc"], "x.doc"),
    ):
        (told,) = thaw.refusal("experiment", *more).splitlines()
        assert named in told or named in said(told)
