"""``scan`` and the tables of labels on the command line."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.cli import main as cli
from core.cli.options import OK, WRONG_INPUT
from core.dataset import edits as dataset_edits
from core.dataset.edits import Edits
from core.dataset.scan import look_through
from core.runs.run import Run
from tests.support.pictures import PictureFolder
from tests.support.training import SMALL
from tests.support.trees import PICTURE, TEXT, class_files, write

Output = pytest.CaptureFixture[str]
SETTINGS = [word for setting in SMALL for word in ("--set", setting)]


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder(classes=3, per_class=6)


@pytest.fixture
def flat(tmp_path: Path, picture_folder: PictureFolder) -> Path:
    """Pictures of two colours, all in one folder, and one that no table names."""
    place = tmp_path / "flat"
    place.mkdir()
    for file in sorted(picture_folder(classes=2, per_class=6).rglob("*.*")):
        shutil.copy(file, place / f"{file.parent.name}{file.name}")
    write(place, {"odd.png": PICTURE, "notes.txt": TEXT})
    return place


def table(flat: Path, place: Path) -> Path:
    lines = [f"{file.name};{file.name[:3]}" for file in sorted(flat.glob("*0*"))]
    place.write_text("Datei;Klasse\n" + "\n".join([*lines, "gone.png;red"]), "utf-16")
    return place


def scanned(capsys: Output, *words: object, code: int = OK) -> dict[str, Any]:
    assert cli.main(["scan", *map(str, words), "--json"]) == code
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def adds_up(result: dict[str, Any]) -> bool:
    used = sum(one["train"] + one["validation"] + one["test"] for one in result["classes"])
    parts = used, result["excluded"], len(result["problems"]), result["ignored"]
    return bool(used == result["images"] and sum(parts) == result["found"])


def test_a_messy_folder_is_told_whole(folder: Path, capsys: Output) -> None:
    write(folder, {"red/empty.jpg": b"", "red/notes.txt": TEXT, "loose.png": PICTURE})
    Image.new("RGB", (2, 2)).save(folder / "red" / "dot.png")
    result = scanned(capsys, folder)
    assert adds_up(result)
    assert (result["found"], result["images"], result["ignored"]) == (22, 19, 2)
    assert [one["code"] for one in result["problems"]] == ["empty_file"]
    assert [(one["path"], one["code"]) for one in result["warnings"]] == [
        ("red/dot.png", "tiny_image")
    ]
    assert result["duplicates"] is None


def test_duplicates_are_named_with_their_scope(tmp_path: Path, capsys: Output) -> None:
    files = [
        f"{part}/{name}/{n}.png"
        for part in ("train", "val")
        for name in ("cat", "dog")
        for n in range(3)
    ]
    root = write(tmp_path / "pets", dict.fromkeys(files, PICTURE))
    for number, one in enumerate(files):
        Image.effect_mandelbrot((64, 64), (-2, -1.5, 1, 1.5), 3 + number).save(root / one)
    shutil.copy(root / "train/cat/0.png", root / "val/cat/copy.png")
    shutil.copy(root / "train/dog/1.png", root / "train/cat/copy.png")
    result = scanned(capsys, root, "--duplicates")
    exact = [one for one in result["duplicates"] if one["kind"] == "exact"]
    assert exact == [
        {
            "paths": ["train/cat/0.png", "val/cat/copy.png"],
            "kind": "exact",
            "scope": "across-splits",
        },
        {
            "paths": ["train/cat/copy.png", "train/dog/1.png"],
            "kind": "exact",
            "scope": "across-classes",
        },
    ]
    assert cli.main(["scan", str(root), "--duplicates"]) == OK
    printed = capsys.readouterr().out
    assert "both trains and validates" in printed
    assert "val/cat/copy.png" in printed


def test_a_larger_picture_than_allowed_is_a_problem(folder: Path, capsys: Output) -> None:
    Image.new("RGB", (1500, 1000)).save(folder / "red" / "large.png")
    assert scanned(capsys, folder)["problems"] == []
    result = scanned(capsys, folder, "--max-megapixels", 1)
    assert [(one["path"], one["code"]) for one in result["problems"]] == [
        ("red/large.png", "image_too_large")
    ]
    assert adds_up(result)


def test_a_flat_folder_is_refused_in_its_own_names(flat: Path, capsys: Output) -> None:
    for command in ("scan", "train"):
        assert cli.main([command, str(flat)]) == WRONG_INPUT
        printed = capsys.readouterr()
        assert printed.out == ""
        assert f"{flat}/green/picture.jpg" in printed.err
        assert "--labels FILE" in printed.err


def test_a_table_makes_classes(flat: Path, tmp_path: Path, capsys: Output) -> None:
    labels = table(flat, tmp_path / "labels.csv")
    result = scanned(capsys, flat, "--labels", labels)
    assert [(one["name"], one["train"] + one["validation"]) for one in result["classes"]] == [
        ("gre", 6),
        ("red", 6),
    ]
    assert adds_up(result)
    assert result["ignored"] == 2
    assert cli.main(["scan", str(flat), "--labels", str(labels)]) == OK
    told = capsys.readouterr().err
    assert "12 of 13 pictures stand in the table (columns Datei and Klasse)" in told
    assert "1 rows name no picture of this folder: gone.png" in told
    assert "odd.png" in told


def test_a_table_that_is_not_there_is_one_sentence(flat: Path, capsys: Output) -> None:
    assert cli.main(["scan", str(flat), "--labels", str(flat / "no.csv")]) == WRONG_INPUT
    assert "no.csv" in capsys.readouterr().err


def test_a_table_of_other_pictures_says_what_was_looked_for(
    flat: Path, tmp_path: Path, capsys: Output
) -> None:
    other = tmp_path / "other.csv"
    other.write_text("name,kind\nx1.jpg,cat\nx2.jpg,dog\n", "utf-8")
    assert cli.main(["scan", str(flat), "--labels", str(other)]) == WRONG_INPUT
    told = capsys.readouterr().err
    assert "its column name was taken" in told
    assert "x1.jpg, where the folder has" in told


def test_training_by_a_table_lists_its_pictures(flat: Path, tmp_path: Path, capsys: Output) -> None:
    labels, place = table(flat, tmp_path / "labels.csv"), tmp_path / "run"
    words = ["train", str(flat), "--labels", str(labels), "--run", str(place), *SETTINGS]
    assert cli.main(words) == OK
    run = Run.open(place)
    assert run.classes == ("gre", "red")
    assert len(run.used("train")) + len(run.used("validation")) == 12
    # what a run used can be given back as a table
    capsys.readouterr()
    again = scanned(capsys, flat, "--labels", place / "dataset.csv")
    assert again["images"] == 12
    used = {one["name"]: (one["train"], one["validation"]) for one in again["classes"]}
    parts = [[one.label for one in run.used(part)] for part in ("train", "validation")]
    assert used == {
        name: (parts[0].count(label), parts[1].count(label))
        for label, name in enumerate(run.classes)
    }


def test_what_was_decided_in_the_window_is_followed(folder: Path, capsys: Output) -> None:
    edits = Edits().excluding(["red/000.png"]).labelling(["red/001.jpg"], "blue")
    dataset_edits.save(look_through(folder), edits)
    result = scanned(capsys, folder)
    assert (result["images"], result["excluded"]) == (17, 1)
    assert adds_up(result)
    assert cli.main(["scan", str(folder)]) == OK
    printed = capsys.readouterr()
    assert "1 picture excluded by hand" in printed.out
    assert "--as-is" in printed.err
    assert scanned(capsys, folder, "--as-is")["images"] == 18


def test_excluded_pictures_do_not_train_and_stay_listed(
    folder: Path, tmp_path: Path, capsys: Output
) -> None:
    dataset_edits.save(look_through(folder), Edits().excluding(["red/000.png"], "leak"))
    place = tmp_path / "run"
    assert cli.main(["train", str(folder), "--run", str(place), *SETTINGS]) == OK
    run = Run.open(place)
    row = next(one for one in run.pictures if one.path == "red/000.png")
    assert (row.status, row.reason) == ("excluded", "leak")
    assert all(one.path != row.path for part in ("train", "validation") for one in run.used(part))


def test_exit_2_where_too_few_pictures_are_left_to_validate(tmp_path: Path, capsys: Output) -> None:
    root = write(tmp_path, class_files("cat", "dog", count=1))
    assert cli.main(["scan", str(root), "--json"]) == WRONG_INPUT
    printed = capsys.readouterr()
    assert json.loads(printed.out)["images"] == 2
    assert "No picture is left for validation" in printed.err


def test_what_was_decided_in_the_window_is_named_where_it_leaves_no_dataset(
    folder: Path, capsys: Output
) -> None:
    scanned = look_through(folder)
    others = [file.path for file in scanned.files if file.class_name != "red"]
    dataset_edits.save(scanned, Edits().excluding(others))
    assert cli.main(["scan", str(folder)]) == WRONG_INPUT
    assert "--as-is" in capsys.readouterr().err
    assert cli.main(["scan", str(folder), "--as-is"]) == OK


def test_pictures_of_which_none_can_be_decoded_are_no_missing_folder(
    tmp_path: Path, capsys: Output
) -> None:
    damaged = bytearray(PICTURE)
    damaged[PICTURE.index(b"IDAT") + 5] ^= 0xFF
    names = class_files("cat", "dog")
    place = write(tmp_path / "damaged", dict.fromkeys(names, bytes(damaged)))
    assert scanned(capsys, place, "--duplicates")["duplicates"] == []
