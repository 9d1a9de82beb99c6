import json
import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.common.messages import SENTENCES, InputError, ThawError
from core.dataset.edits import Edits
from core.dataset.split import split, to_json
from core.dataset.summary import Problem, ProblemCode, scan
from core.recipe.config import DatasetConfig
from tests.support.trees import PICTURE, TEXT, class_files, write


def refused(folder: Path, **options: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        scan(folder, **options)
    assert str(caught.value)
    return caught.value


def test_bad_files_are_problems_with_their_reason(tmp_path: Path) -> None:
    write(tmp_path, class_files("cat", "dog"))
    write(
        tmp_path,
        {
            "cat/empty.jpg": b"",
            "cat/text.jpg": TEXT,
            "dog/cut.png": PICTURE[:50],
            "dog/notes.txt": TEXT,
            "dog/really a png.jpg": PICTURE,
        },
    )
    summary = scan(tmp_path)
    assert [(one.path, one.code.value, one.message) for one in summary.problems] == [
        ("cat/empty.jpg", "empty_file", "the file is empty"),
        ("cat/text.jpg", "not_an_image", "not a picture, whatever its name says"),
        ("dog/cut.png", "truncated_image", "the picture is cut short"),
    ]
    assert (summary.found, len(summary.samples), summary.ignored) == (11, 7, 1)


def test_damage_in_the_middle_shows_when_every_picture_is_decoded(
    tmp_path: Path,
) -> None:
    write(tmp_path, class_files("cat", "dog"))
    damaged = bytearray(PICTURE)
    damaged[PICTURE.index(b"IDAT") + 5] ^= 0xFF
    write(tmp_path, {"dog/damaged.png": bytes(damaged)})
    assert scan(tmp_path).problems == ()
    assert [one.path for one in scan(tmp_path, verify=True).problems] == ["dog/damaged.png"]


def test_folders_that_are_no_dataset(tmp_path: Path) -> None:
    assert refused(write(tmp_path / "a", [])).code == "no_classes"
    assert refused(write(tmp_path / "b", {"cat/x.txt": TEXT, "dog/x.txt": TEXT})).code == (
        "no_classes"
    )
    flat = refused(write(tmp_path / "c", ["Katze_01.png", "Katze_02.png", "Hund_01.png"]))
    assert flat.code == "no_classes_flat"
    assert "3 pictures" in str(flat)
    assert str(Path("c", "Hund", "picture.jpg").as_posix()) in str(flat)
    one = refused(write(tmp_path / "d", [*class_files("cat"), "loose.png"]))
    assert (one.code, one.values["name"]) == ("one_class", "cat")
    alone = write(tmp_path / "e", {**dict.fromkeys(class_files("cat"), PICTURE), "dog/x.png": b""})
    assert refused(alone).code == "one_class"
    broken = refused(write(tmp_path / "f", dict.fromkeys(class_files("cat", "dog"), TEXT)))
    assert broken.code == "no_readable_pictures"
    assert "cat/0.png: not a picture" in str(broken)


def test_class_warnings_where_validation_will_be_cut(tmp_path: Path) -> None:
    files = dict.fromkeys(class_files("cat", "dog"), PICTURE)
    write(tmp_path, {**files, "fox/only.png": PICTURE, "owl/bad.png": TEXT, "bee/x.txt": TEXT})
    summary = scan(tmp_path)
    assert summary.classes == ("cat", "dog", "fox")
    assert [(one.path, one.code.value) for one in summary.warnings] == [
        ("bee", "empty_class"),
        ("fox", "single_picture_class"),
        ("owl", "empty_class"),
    ]
    assert "bee" in summary.warnings[0].message
    assert summary.ignored == 1


def test_class_warnings_where_the_folder_has_splits(tmp_path: Path) -> None:
    files = class_files("train/cat", "train/dog", "val/cat", "val/owl", "test/bee", count=1)
    summary = scan(write(tmp_path, files))
    assert [(one.path, one.code.value) for one in summary.warnings] == [
        ("test/bee", "class_not_trained"),
        ("train/dog", "class_not_validated"),
        ("val/owl", "class_not_trained"),
    ]


def test_progress_ends_at_the_total(tmp_path: Path) -> None:
    write(tmp_path, class_files("cat", "dog", count=250))
    seen: list[tuple[int, int]] = []
    scan(tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 500), (200, 500), (400, 500), (500, 500)]


@pytest.mark.parametrize("verify", [False, True])
def test_stop_ends_the_scan(tmp_path: Path, verify: bool) -> None:
    write(tmp_path, class_files("cat", "dog", count=120))
    stop = threading.Event()
    with pytest.raises(ThawError) as caught:
        scan(tmp_path, stop=stop, verify=verify, progress=lambda *_: stop.set())
    assert caught.value.code == "stopped"


def test_a_folder_that_goes_while_it_is_scanned(tmp_path: Path) -> None:
    root = write(tmp_path / "data", class_files("cat", "dog"))
    gone = refused(root, progress=lambda done, _: shutil.rmtree(root, ignore_errors=True))
    assert gone.code == "folder_missing"


def test_the_scan_as_json(tmp_path: Path) -> None:
    files = dict.fromkeys(class_files("train/cat", "train/dog", "test/dog", count=5), PICTURE)
    write(tmp_path / "Pets", {**files, "train/dog/bad.jpg": TEXT, "README": TEXT})
    summary = scan(tmp_path / "Pets")
    assert to_json(summary, split(summary, DatasetConfig())) == {
        "folder": "Pets",
        "layout": "splits",
        "images": 15,
        "found": 17,
        "excluded": 0,
        "ignored": 1,
        "classes": [
            {"name": "cat", "train": 4, "validation": 1, "test": 0},
            {"name": "dog", "train": 4, "validation": 1, "test": 5},
        ],
        "problems": [
            {
                "path": "train/dog/bad.jpg",
                "code": "not_an_image",
                "detail": "not a picture, whatever its name says",
            }
        ],
        "warnings": [],
    }


def test_every_problem_has_a_sentence() -> None:
    values = dict.fromkeys(("name", "reason", "megapixels", "limit", "width", "height"), "x")
    assert {code.value for code in ProblemCode} <= set(SENTENCES)
    assert all(Problem("x", code, values).message for code in ProblemCode)


NO_DATASET = {"no_classes", "no_classes_flat", "one_class", "no_readable_pictures"}
NAMES = st.sampled_from(
    ["cat", "dog", "Lá bàng", "it's 🍁", "train", "Val", "test", ".git"]
    # Elsewhere such names are forbidden, or the same as others.
    + ["La\u0301 ba\u0300ng", "x\ny", "n" * 255, os.fsdecode(b"caf\xe9")]
    * (sys.platform == "linux")
)
FILES = st.sampled_from(["1.png", "2.JPG", "á.png", ".3.png", "n.txt", "Thumbs.db", "d.png", "x"])
CONTENTS = st.sampled_from([PICTURE, PICTURE, PICTURE, TEXT, b"", PICTURE[:50]])
TREES = st.dictionaries(
    st.tuples(st.lists(NAMES, max_size=3).map(tuple), FILES).map(
        lambda one: "/".join((*one[0], one[1]))
    ),
    CONTENTS,
    max_size=30,
)


@settings(max_examples=60)
@given(TREES, st.booleans(), st.sets(st.integers(0, 29)), st.sets(st.integers(0, 29)))
def test_counts_add_up_for_any_folder(
    tree: dict[str, bytes], verify: bool, left_out: set[int], labelled: set[int]
) -> None:
    def chosen(numbers: set[int]) -> list[str]:
        return [path for number, path in enumerate(tree) if number in numbers]

    edits = Edits().excluding(chosen(left_out)).labelling(chosen(labelled), "owl")
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder) / "data", tree)
        hidden = sum("/.git/" in f"/{path}" for path in tree)
        refusal: InputError | None = None
        try:
            summary = scan(root, verify=verify, edits=edits)
        except InputError as error:
            refusal = error
        if refusal is not None:
            assert refusal.code in NO_DATASET
            str(refusal).encode("utf-8")
            return
        used, problems = len(summary.samples), len(summary.problems)
        counted = used + problems + len(summary.excluded) + summary.ignored
        assert summary.found == counted == len(tree) - hidden
        assert len(summary.classes) >= 2
        assert {sample.label for sample in summary.samples} == set(range(len(summary.classes)))
        parts = split(summary, DatasetConfig())
        assert len(parts.train) + len(parts.validation) + len(parts.test) == used
        text = json.dumps(to_json(summary, parts), ensure_ascii=False)
        text.encode("utf-8")
