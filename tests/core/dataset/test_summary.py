"""What a scan, a person's decisions and the headers make of a folder: counts, problems, health."""

import json
import os
import shutil
import sys
import tempfile
import threading
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.common import files
from core.common.messages import SENTENCES, InputError
from core.dataset import edits as dataset_edits
from core.dataset.edits import Edits, Reason
from core.dataset.folder import SPLITS, Scanned, ScannedFile
from core.dataset.health import ASPECT_EDGES, SIDE_EDGES, Health, Spread, report
from core.dataset.scan import look_through
from core.dataset.split import split, to_json
from core.dataset.summary import DatasetSummary, Problem, ProblemCode, Sample, scan, summarize
from core.images.load import Header
from core.recipe.config import DatasetConfig
from tests.support.pictures import PICTURE, TEXT, class_files, refusal, write

PETS = class_files("cat", "dog")


def codes(problems: Sequence[Problem]) -> list[tuple[str, str]]:
    return [(one.path, one.code.value) for one in problems]


# -- problems ---------------------------------------------------------------------------------


def test_bad_files_are_problems_with_their_reason(tmp_path: Path) -> None:
    write(tmp_path, PETS)
    bad = {"cat/empty.jpg": b"", "cat/text.jpg": TEXT, "dog/cut.png": PICTURE[:50]}
    write(tmp_path, {**bad, "dog/notes.txt": TEXT, "dog/really a png.jpg": PICTURE})
    summary = scan(tmp_path)
    assert codes(summary.problems) == [
        ("cat/empty.jpg", "empty_file"),
        ("cat/text.jpg", "not_an_image"),
        ("dog/cut.png", "truncated_image"),
    ]
    assert [one.message for one in summary.problems] == [
        SENTENCES[code] for _, code in codes(summary.problems)
    ]
    assert (summary.found, len(summary.samples), summary.ignored) == (11, 7, 1)
    damaged = bytearray(PICTURE)
    damaged[PICTURE.index(b"IDAT") + 5] ^= 0xFF
    write(tmp_path, {"dog/damaged.png": bytes(damaged)})
    assert scan(tmp_path).problems == summary.problems
    verified = look_through(tmp_path, verify=True)
    assert ("dog/damaged.png", "unreadable_image") in codes(summarize(verified).problems)


@pytest.mark.parametrize(
    ("tree", "code", "values"),
    [
        ({}, "no_classes", ()),
        ({"cat/x.txt": TEXT, "dog/x.txt": TEXT}, "no_classes", ()),
        (["Katze_01.png", "Katze_02.png", "Hund_01.png"], "no_classes_flat", ("3", "data/Hund")),
        ([*class_files("cat"), "loose.png"], "one_class", ("cat",)),
        ({**dict.fromkeys(class_files("cat"), PICTURE), "dog/x.png": b""}, "one_class", ("cat",)),
        (dict.fromkeys(PETS, TEXT), "no_readable_pictures", ("cat/0.png",)),
    ],
)
def test_no_datasets(tmp_path: Path, tree: Any, code: str, values: tuple[str, ...]) -> None:
    error = refusal(scan, write(tmp_path / "data", tree))
    assert error.code == code
    assert all(value in str(error) for value in values)


def test_warnings_where_validation_will_be_cut(tmp_path: Path) -> None:
    tree = dict.fromkeys(PETS, PICTURE)
    write(tmp_path, {**tree, "fox/only.png": PICTURE, "owl/bad.png": TEXT, "bee/x.txt": TEXT})
    Image.new("RGB", (1, 1)).save(tmp_path / "cat" / "dot.png")
    summary = scan(tmp_path)
    assert summary.classes == ("cat", "dog", "fox")
    assert by_class(summary) == {"cat": 4, "dog": 3, "fox": 1}
    assert codes(summary.warnings) == [
        ("bee", "empty_class"),
        ("fox", "single_picture_class"),
        ("owl", "empty_class"),
        ("cat/dot.png", "tiny_image"),
    ]
    assert "bee" in summary.warnings[0].message
    assert "1 x 1" in summary.warnings[-1].message
    assert summary.ignored == 1


def test_class_warnings_where_the_folder_has_splits(tmp_path: Path) -> None:
    names = class_files("train/cat", "train/dog", "val/cat", "val/owl", "test/bee", count=1)
    assert codes(scan(write(tmp_path, names)).warnings) == [
        ("test/bee", "class_not_trained"),
        ("train/dog", "class_not_validated"),
        ("val/owl", "class_not_trained"),
    ]


def test_progress_ends_at_the_total_and_stop_ends_the_scan(tmp_path: Path) -> None:
    write(tmp_path, class_files("cat", "dog", count=120))
    seen: list[tuple[int, int]] = []
    look_through(tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 240), (200, 240), (240, 240)]
    stop = threading.Event()
    error = refusal(look_through, tmp_path, stop=stop, progress=lambda *_: stop.set())
    assert error.code == "stopped"
    vanish = {"progress": lambda *_: shutil.rmtree(tmp_path, ignore_errors=True)}
    gone = refusal(look_through, tmp_path, **vanish)
    assert gone.code == "folder_missing"


def test_the_scan_as_json(tmp_path: Path) -> None:
    tree = dict.fromkeys(class_files("train/cat", "train/dog", "test/dog", count=5), PICTURE)
    write(tmp_path / "Pets", {**tree, "train/dog/bad.jpg": TEXT, "README": TEXT})
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
                "detail": SENTENCES["not_an_image"],
            }
        ],
        "warnings": [],
    }


def test_every_problem_has_a_sentence() -> None:
    values = dict.fromkeys(("name", "reason", "megapixels", "limit", "width", "height"), "x")
    assert all(Problem("x", code, values).message for code in ProblemCode)


NO_DATASET = {"no_classes", "no_classes_flat", "one_class", "no_readable_pictures"}
FOLDERS = st.sampled_from(
    ["cat", "dog", "Lá bàng", "it's 🍁", "train", "Val", "test", ".git"]
    # Elsewhere such names are forbidden, or the same as others.
    + ["La\u0301 ba\u0300ng", "x\ny", "n" * 255, os.fsdecode(b"caf\xe9")]
    * (sys.platform == "linux")
)
FILES = st.sampled_from(["1.png", "2.JPG", "á.png", ".3.png", "n.txt", "Thumbs.db", "d.png", "x"])
CONTENTS = st.sampled_from([PICTURE, PICTURE, PICTURE, TEXT, b"", PICTURE[:50]])
TREES = st.dictionaries(
    st.tuples(st.lists(FOLDERS, max_size=3), FILES).map(lambda one: "/".join((*one[0], one[1]))),
    CONTENTS,
    max_size=30,
)


@settings(max_examples=40)
@given(TREES, st.booleans(), st.sets(st.integers(0, 29)), st.sets(st.integers(0, 29)))
def test_counts_add_up_for_any_folder(
    tree: dict[str, bytes], verify: bool, left_out: set[int], labelled: set[int]
) -> None:
    paths = dict(enumerate(tree))
    edits = Edits().excluding([paths[one] for one in left_out & paths.keys()])
    edits = edits.labelling([paths[one] for one in labelled & paths.keys()], "owl")
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder) / "data", tree)
        hidden = sum("/.git/" in f"/{path}" for path in tree)
        error: InputError | None = None
        try:
            summary = summarize(look_through(root, also=edits.labels, verify=verify), edits)
        except InputError as caught:
            error = caught
        if error is not None:
            assert error.code in NO_DATASET
            str(error).encode("utf-8")
            return
        used, problems = len(summary.samples), len(summary.problems)
        counted = used + problems + len(summary.excluded) + summary.ignored
        assert summary.found == counted == len(tree) - hidden
        assert len(summary.classes) >= 2
        assert {sample.label for sample in summary.samples} == set(range(len(summary.classes)))
        parts = split(summary, DatasetConfig())
        assert len(parts.train) + len(parts.validation) + len(parts.test) == used
        json.dumps(to_json(summary, parts), ensure_ascii=False).encode("utf-8")


# -- what a person decided --------------------------------------------------------------------

PATHS = class_files("cat", "dog", "owl", count=4)
LOOSE = ["loose.png"]
OWLS = [path for path in PATHS if path.startswith("owl")]


def made_up() -> Scanned:
    found = [ScannedFile(path, path.partition("/")[0], None) for path in PATHS]
    found += [ScannedFile(path, None, None) for path in LOOSE]
    return Scanned(Path("pets"), "classes", tuple(found), 2, {})


def by_class(summary: DatasetSummary) -> dict[str, int]:
    names = [summary.classes[one.label] for one in summary.samples]
    return {name: names.count(name) for name in summary.classes}


def test_excluded_images_are_counted_apart() -> None:
    summary = summarize(made_up(), Edits().excluding(["cat/0.png"], Reason.DUPLICATE))
    assert by_class(summary) == {"cat": 3, "dog": 4, "owl": 4}
    excluded = [(one.path, one.class_name, one.reason) for one in summary.excluded]
    assert excluded == [("cat/0.png", "cat", "duplicate")]
    assert (summary.found, summary.ignored) == (15, 3)


def test_a_class_without_images_left_is_no_class() -> None:
    edits = Edits().excluding(OWLS)
    assert summarize(made_up(), edits).classes == ("cat", "dog")
    assert refusal(summarize, made_up(), edits.excluding(PATHS[:4])).code == "one_class"


def test_merging_renaming_and_labelling_by_hand() -> None:
    merged = Edits().labelling(OWLS, "dog")
    assert by_class(summarize(made_up(), merged)) == {"cat": 4, "dog": 8}
    renamed = merged.labelling(OWLS, "Eule").labelling(LOOSE, "Eule")
    assert by_class(summarize(made_up(), renamed)) == {"cat": 4, "dog": 4, "Eule": 5}
    back = by_class(summarize(made_up(), renamed.labelling(OWLS, "")))
    assert back == {"cat": 4, "dog": 4, "Eule": 1, "owl": 4}


def test_an_assigned_image_does_not_make_a_split_of_its_own() -> None:
    summary = summarize(made_up(), Edits().assigning(["cat/0.png"], "validation"))
    assert summary.own_splits == frozenset()
    assert [one.path for one in summary.samples if one.pinned] == ["cat/0.png"]
    assert not any(one.pinned for one in summarize(made_up()).samples)


def test_a_table_that_parts_every_image_is_the_split() -> None:
    labels = {path: path[:3] for path in PATHS}
    splits = {path: SPLITS[number % 3] for number, path in enumerate(PATHS)}
    summary = summarize(made_up(), Edits(labels=labels, splits=splits, only_listed=True))
    assert summary.own_splits == set(SPLITS)
    assert not any(one.pinned for one in summary.samples)
    partly = Edits(labels=labels, splits={PATHS[0]: "test"}, only_listed=True)
    assert summarize(made_up(), partly).own_splits == frozenset()


def test_a_flat_folder_becomes_a_dataset_by_its_labels(tmp_path: Path) -> None:
    names = [f"{name}_{number}.png" for name in ("cat", "dog") for number in range(3)]
    tree = {**dict.fromkeys(names, PICTURE), "cat_9.png": TEXT, "odd.png": PICTURE, "x.txt": TEXT}
    scanned = look_through(write(tmp_path, tree))
    assert scanned.layout == "flat"
    labels = {one.path: one.path[:3] for one in scanned.files if "_" in one.path}
    summary = summarize(scanned, Edits(labels=labels))
    assert by_class(summary) == {"cat": 3, "dog": 3}
    assert [one.path for one in summary.problems] == ["cat_9.png"]
    assert (summary.found, summary.ignored) == (9, 2)


def test_a_class_that_was_renamed_away_is_not_told_to_be_empty(tmp_path: Path) -> None:
    scanned = look_through(write(tmp_path, [*PATHS, "bee/x.txt"]))
    for edits in (Edits().labelling(OWLS, "dog"), Edits().excluding(OWLS)):
        assert codes(summarize(scanned, edits).warnings) == [("bee", "empty_class")]


def test_what_another_window_decided_meanwhile_is_followed() -> None:
    before = Edits().excluding(["a", "b"]).accepting(["c"])
    after = before.including(["a"]).labelling(["d", "e"], "cat").assigning(["d"], "test")
    own = before.excluding(["f"]).labelling(["e"], "dog").accepting(["g"])
    merged = own.following(before, after)
    assert set(merged.excluded) == {"b", "f"}
    assert merged.labels == {"d": "cat", "e": "dog"}
    assert merged.splits == {"d": "test"}
    assert merged.accepted == {"c", "g"}


# -- decisions are kept beside the folder, never in it ----------------------------------------


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    return write(tmp_path / "Pets", class_files("cat", "dog", "owl"))


def again(folder: Path) -> tuple[Scanned, Edits]:
    """The folder as the next start finds it."""
    scanned = look_through(folder)
    return scanned, dataset_edits.edits_of(scanned, dataset_edits.read(folder))


def kept(folder: Path, edits: Edits) -> Edits:
    """What is left of ``edits`` after they were saved."""
    dataset_edits.save(look_through(folder), edits)
    return again(folder)[1]


def test_decisions_come_back_and_the_folder_stays_as_it_was(pets: Path) -> None:
    before = sorted(os.walk(pets))
    edits = (
        Edits()
        .excluding(["cat/0.png"], Reason.LEAK)
        .labelling(["dog/1.png"], 'Hündin, "groß"\n')
        .assigning(["owl/2.png"], "test")
        .accepting(["owl/0.png", "owl/1.png"])
    )
    assert kept(pets, edits) == edits
    assert sorted(os.walk(pets)) == before


def test_every_image_stands_in_the_table(pets: Path) -> None:
    write(pets, {"cat/empty.png": b"", "loose.png": PICTURE})
    scanned = look_through(pets)
    lines = dataset_edits.write(scanned, Edits().excluding(["dog/0.png"])).decode().splitlines()
    assert lines[:2] == ["path,label,split,status,reason", "cat/0.png,cat,,used,"]
    assert len(lines) == 12
    assert {
        "cat/empty.png,cat,,problem,empty_file",
        "dog/0.png,dog,,excluded,by_hand",
        "loose.png,,,ignored,",
    } <= {*lines}


def test_without_decisions_nothing_is_kept(pets: Path) -> None:
    edits = Edits().excluding(["cat/0.png"])
    assert kept(pets, edits) == edits
    assert dataset_edits.kept_file(pets).is_file()
    assert kept(pets, edits.including(["cat/0.png"])).is_empty
    assert not list(files.data_folder().rglob("*.csv"))


def test_an_image_that_is_away_for_a_while_stays_excluded(pets: Path) -> None:
    edits = Edits().excluding(["cat/0.png"]).labelling(["dog/0.png"], "cat")
    for name in ("cat/0.png", "dog/0.png", "owl/0.png"):
        (pets / name).unlink()
    assert kept(pets, edits) == edits
    assert b"owl/0.png" not in dataset_edits.write(*again(pets))
    write(pets, ["cat/0.png", "dog/0.png"])
    assert again(pets)[1] == edits


def test_a_new_image_follows_its_renamed_class(pets: Path) -> None:
    dataset_edits.save(look_through(pets), Edits().labelling(OWLS[:3], "Eule"))
    summary = summarize(*again(write(pets, ["owl/new.png", "cat/new.png"])))
    assert by_class(summary) == {"cat": 4, "dog": 3, "Eule": 4}


def test_a_table_that_leaves_images_out_comes_back(pets: Path) -> None:
    labels = {"cat/0.png": "cat", "dog/0.png": "pet", "owl/0.png": "bird"}
    edits = Edits(labels=labels, only_listed=True)
    assert kept(pets, edits) == edits
    summary = summarize(*again(pets))
    assert (len(summary.samples), summary.ignored) == (3, 6)


def test_splits_of_the_folder_are_no_decisions(tmp_path: Path) -> None:
    names = class_files("train/cat", "train/dog", "val/cat", "val/dog")
    folder = write(tmp_path / "parted", names)
    edits = Edits().assigning(["val/cat/0.png"], "train")
    assert kept(folder, edits) == edits
    moved = next(one for one in summarize(*again(folder)).samples if one.path == "val/cat/0.png")
    assert (moved.split, moved.pinned) == ("train", True)


def test_a_name_unpacked_on_a_mac_is_recognised(tmp_path: Path) -> None:
    composed = unicodedata.normalize("NFC", "Lá bàng/ảnh.png")
    scanned = look_through(write(tmp_path / "one", [composed, *class_files("cat")]))
    table = dataset_edits.write(scanned, Edits().excluding([composed]))
    other = write(tmp_path / "two", [unicodedata.normalize("NFD", composed), *class_files("cat")])
    place = dataset_edits.kept_file(other)
    place.parent.mkdir(parents=True)
    place.write_bytes(table)
    there, found = again(other)
    assert [unicodedata.normalize("NFC", one) for one in found.excluded] == [composed]
    assert found.excluded.keys() <= {file.path for file in there.files}


@pytest.mark.parametrize("content", [b"", b"path,label\n", b'path,label,split,status,reason\n"x'])
def test_a_damaged_table_is_moved_aside(pets: Path, content: bytes) -> None:
    place = dataset_edits.kept_file(pets)
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    assert dataset_edits.read(pets) == ()
    assert place.with_suffix(".damaged").read_bytes() == content


def test_two_folders_of_one_name_have_tables_of_their_own(tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "Bilder 1", tmp_path / "b" / "Bilder 1"
    assert dataset_edits.kept_file(first) != dataset_edits.kept_file(second)
    assert "Bilder-1" in str(dataset_edits.kept_file(first))


def test_an_unreadable_table_is_kept(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    kept(pets, Edits().excluding(["cat/0.png"]))
    file = dataset_edits.kept_file(pets)
    before = file.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", fail)
        assert dataset_edits.read(pets) == ()
    kept(pets, Edits().excluding(["dog/0.png"]))
    assert before in [one.read_bytes() for one in file.parent.iterdir()]


# -- health -----------------------------------------------------------------------------------

CLASSES = ("cat", "dog", "fox")


def looked_at(samples: Sequence[Sample], **more: Any) -> Health:
    dataset = DatasetSummary(
        *(Path("images"), "splits", CLASSES, tuple(samples), (), (), 0, len(samples)),
        own_splits=frozenset(one.split for one in samples) | {"validation", "test"},
    )
    return report(dataset, split(dataset, DatasetConfig()), **more)


def pictures(*headers: Header | None, suffix: str = ".jpg") -> list[Sample]:
    """One training image of the first class for each of ``headers``."""
    return [Sample(f"cat/{n}{suffix}", 0, header=one) for n, one in enumerate(headers)]


def sized(*sizes: tuple[int, int], turned: bool = False, **more: Any) -> Health:
    return looked_at(pictures(*(Header("JPEG", *size, "RGB", turned) for size in sizes)), **more)


def classes(*counts: tuple[int, int]) -> Health:
    """Of a dataset of so many (training, validation) images of each class."""
    return looked_at(
        [
            Sample(f"{part}/{label}/{number}.jpg", label, part)
            for label, count in enumerate(counts)
            for part, total in zip(SPLITS, count, strict=False)
            for number in range(total)
        ]
    )


def test_the_largest_class_is_held_against_the_smallest() -> None:
    balance = classes((120, 9), (10, 9), (60, 9)).balance
    assert (balance.largest, balance.most) == ("cat", 120)
    assert (balance.smallest, balance.fewest) == ("dog", 10)
    assert balance.ratio == 12
    assert balance.is_uneven
    nearly = classes((100, 9), (40, 9), (0, 9)).balance  # what never trains doesn't count
    assert (nearly.smallest, nearly.is_uneven) == ("dog", False)
    assert classes((100, 9)).balance is None


def test_classes_with_too_few_images_come_fewest_first() -> None:
    health = classes((9, 4), (10, 5), (3, 0))
    assert [(one.name, one.train) for one in health.few_training] == [("fox", 3), ("cat", 9)]
    few = [(one.name, one.validation) for one in health.few_validation]
    assert few == [("fox", 0), ("cat", 4)]
    assert classes((20, 0), (20, 0)).few_validation == ()


def test_sizes_are_those_that_are_seen() -> None:
    health = sized((400, 300), (800, 600), (1000, 2000), turned=True)
    assert health.sizes.width == Spread(300, 600, 2000)
    assert health.sizes.height == Spread(400, 800, 1000)
    assert health.sizes.megapixels == Spread(0.12, 0.48, 2.0)
    assert (health.shapes.portrait, health.shapes.landscape) == (2, 1)
    on_an_edge = sized((64, 64), (63, 500), (5000, 4096)).sizes
    assert on_an_edge.shorter_side == (1, 1, 0, 0, 0, 0, 0, 1)


def test_images_below_the_image_size_are_counted() -> None:
    four = [(223, 900), (900, 223), (224, 224), (500, 500)]
    assert sized(*four).sizes.upscaled == 2
    assert sized(*four, image_size=512).sizes.upscaled == 4


def test_shapes_in_three_words() -> None:
    shapes = sized((300, 400), (400, 400), (410, 400), (400, 390), (640, 480)).shapes
    assert (shapes.portrait, shapes.square, shapes.landscape) == (1, 3, 1)
    assert len(shapes.aspects) == len(ASPECT_EDGES) + 1


def test_the_share_that_a_centred_square_loses() -> None:
    shapes = sized((400, 400), (400, 200), (100, 400), (400, 300)).shapes
    assert shapes.crop_loss == pytest.approx((0 + 0.5 + 0.75 + 0.25) / 4)
    assert shapes.losing_much == 2  # a quarter exactly is not more than a quarter
    assert shapes.is_crop_costly
    square = sized(*[(400, 400)] * 20, (400, 200)).shapes
    assert not square.is_crop_costly


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 6000), st.integers(1, 6000)), min_size=1, max_size=30))
def test_every_image_is_in_one_bar(sizes: list[tuple[int, int]]) -> None:
    health = sized(*sizes)
    assert sum(health.sizes.shorter_side) == sum(health.shapes.aspects) == len(sizes)
    assert len(health.sizes.shorter_side) == len(SIDE_EDGES) + 1
    width = health.sizes.width
    ordered = sorted(size[0] for size in sizes)
    assert (width.least, width.most) == (ordered[0], ordered[-1])
    assert width.median in ordered
    assert sum(one < width.median for one in ordered) <= len(sizes) / 2
    assert 0 <= health.shapes.crop_loss < 1


def test_images_without_a_header_are_not_measured() -> None:
    health = looked_at(pictures(None, Header("PNG", 20, 20, "RGB"), suffix=".png"))
    assert (health.pictures, health.measured) == (2, 1)
    nothing = looked_at(pictures(None))
    assert (nothing.sizes, nothing.shapes) == (None, None)


def test_images_without_colour_are_counted() -> None:
    modes = ["RGB", "L", "LA", "1", "I;16", "I;16B", "P", "RGBA", "CMYK"]
    samples = pictures(*(Header("PNG", 9, 9, mode) for mode in modes), suffix=".png")
    assert looked_at(samples).gray == 5
    assert looked_at(samples, gray={"cat/0.png", "cat/1.png"}).gray == 6


def test_formats_are_those_of_the_content() -> None:
    headers = [Header(name, 9, 9, "RGB") for name in ("JPEG", "PNG", "PNG", "MPO", "WEBP")]
    health = looked_at(pictures(*headers))
    assert next(iter(health.formats.items())) == ("PNG", 2)
    assert health.formats == {"JPEG": 1, "PNG": 2, "MPO": 1, "WEBP": 1}
    assert health.misnamed.count == 3
    assert health.misnamed.examples == (("cat/1.jpg", "PNG"), ("cat/4.jpg", "WEBP"))


def test_every_usual_suffix_is_right() -> None:
    usual = ["JPEG.JPG", "JPEG.jfif", "HEIF.heic", "AVIF.avif", "TIFF.tif", "PPM.pgm"]
    for name in [*usual, "JPEG2000.jp2"]:
        one = Sample(f"cat/{name}", 0, header=Header(name.partition(".")[0], 9, 9, "RGB"))
        assert looked_at([one]).misnamed.count == 0, name
