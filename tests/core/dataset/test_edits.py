"""What a person decided shows in the dataset at once, and counts still add up."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.common.messages import InputError
from core.dataset.edits import Edits, Reason
from core.dataset.folder import SPLITS
from core.dataset.scan import Scanned, ScannedFile, look_through
from core.dataset.summary import DatasetSummary, summarize
from tests.support.trees import PICTURE, TEXT, class_files, write

PATHS = [f"{name}/{number}.png" for name in ("cat", "dog", "owl") for number in range(4)]
LOOSE = ["loose.png"]


def made_up() -> Scanned:
    files = [ScannedFile(path, path.partition("/")[0], None) for path in PATHS]
    files += [ScannedFile(path, None, None) for path in LOOSE]
    return Scanned(Path("pets"), "classes", tuple(files), 2, len(files) + 2, {})


def by_class(summary: DatasetSummary) -> dict[str, int]:
    names = [summary.classes[one.label] for one in summary.samples]
    return {name: names.count(name) for name in summary.classes}


def test_excluded_pictures_are_counted_apart() -> None:
    summary = summarize(made_up(), Edits().excluding(["cat/0.png"], Reason.DUPLICATE))
    assert by_class(summary) == {"cat": 3, "dog": 4, "owl": 4}
    assert [(one.path, one.class_name, one.reason) for one in summary.excluded] == [
        ("cat/0.png", "cat", "duplicate")
    ]
    assert (summary.found, summary.ignored) == (15, 3)


def test_a_class_without_pictures_left_is_no_class() -> None:
    owls = [path for path in PATHS if path.startswith("owl")]
    summary = summarize(made_up(), Edits().excluding(owls))
    assert summary.classes == ("cat", "dog")


def test_merging_renaming_and_labelling_by_hand() -> None:
    owls = [path for path in PATHS if path.startswith("owl")]
    merged = Edits().labelling(owls, "dog")
    assert by_class(summarize(made_up(), merged)) == {"cat": 4, "dog": 8}
    renamed = merged.labelling(owls, "Eule").labelling(LOOSE, "Eule")
    assert by_class(summarize(made_up(), renamed)) == {"cat": 4, "dog": 4, "Eule": 5}
    assert by_class(summarize(made_up(), renamed.labelling(owls, ""))) == {
        **{"cat": 4, "dog": 4, "Eule": 1},
        "owl": 4,
    }


def test_too_much_left_out_is_refused() -> None:
    others = [path for path in PATHS if not path.startswith("owl")]
    with pytest.raises(InputError) as caught:
        summarize(made_up(), Edits().excluding(others))
    assert caught.value.code == "one_class"


def test_an_assigned_picture_does_not_make_a_split_of_its_own() -> None:
    summary = summarize(made_up(), Edits().assigning(["cat/0.png"], "validation"))
    assert summary.own_splits == frozenset()
    assert [one.path for one in summary.samples if one.pinned] == ["cat/0.png"]
    assert not any(one.pinned for one in summarize(made_up()).samples)


def test_a_table_that_parts_every_picture_is_the_split() -> None:
    labels = {path: path[:3] for path in PATHS}
    splits = {path: SPLITS[number % 3] for number, path in enumerate(PATHS)}
    summary = summarize(made_up(), Edits(labels=labels, splits=splits, only_listed=True))
    assert summary.own_splits == set(SPLITS)
    assert not any(one.pinned for one in summary.samples)
    partly = Edits(labels=labels, splits={PATHS[0]: "test"}, only_listed=True)
    assert summarize(made_up(), partly).own_splits == frozenset()


def test_a_flat_folder_becomes_a_dataset_by_its_labels(tmp_path: Path) -> None:
    names = [f"{name}_{number}.png" for name in ("cat", "dog") for number in range(3)]
    files = {**dict.fromkeys(names, PICTURE), "cat_9.png": TEXT, "odd.png": PICTURE, "x.txt": TEXT}
    scanned = look_through(write(tmp_path, files))
    assert scanned.layout == "flat"
    labels = {one.path: one.path[:3] for one in scanned.files if "_" in one.path}
    summary = summarize(scanned, Edits(labels=labels))
    assert by_class(summary) == {"cat": 3, "dog": 3}
    assert [one.path for one in summary.problems] == ["cat_9.png"]
    assert (summary.found, summary.ignored) == (9, 2)


def test_tiny_pictures_are_told_and_used(tmp_path: Path) -> None:
    from PIL import Image

    write(tmp_path, class_files("cat", "dog"))
    Image.new("RGB", (1, 1)).save(tmp_path / "cat" / "dot.png")
    summary = summarize(look_through(tmp_path))
    assert [(one.path, one.message) for one in summary.warnings] == [
        ("cat/dot.png", "the picture is tiny: 1 x 1 pixels")
    ]
    assert "cat/dot.png" in [one.path for one in summary.samples]


paths = st.lists(st.sampled_from([*PATHS, *LOOSE, "gone.png"]), max_size=8)


@given(paths, paths, paths, paths, st.booleans())
def test_counts_always_add_up(
    excluded: list[str], labelled: list[str], moved: list[str], again: list[str], only: bool
) -> None:
    edits = Edits(only_listed=only).excluding(excluded).labelling(labelled, "owl")
    edits = edits.assigning(moved, "test").including(again)
    summary, refusal = None, None
    try:
        summary = summarize(made_up(), edits)
    except InputError as error:
        refusal = error
    if summary is None:
        assert refusal is not None
        assert refusal.code in ("one_class", "no_classes", "no_classes_flat")
        return
    used = {one.path for one in summary.samples}
    out = {one.path for one in summary.excluded}
    assert not used & out
    assert summary.found == len(used) + len(out) + len(summary.problems) + summary.ignored


def test_a_class_that_was_renamed_away_is_not_told_to_be_empty(tmp_path: Path) -> None:
    scanned = look_through(write(tmp_path, [*class_files("cat", "dog", "owl"), "bee/x.txt"]))
    owls = [f"owl/{number}.png" for number in range(3)]
    for edits in (Edits().labelling(owls, "dog"), Edits().excluding(owls)):
        warnings = summarize(scanned, edits).warnings
        assert [(one.code.value, one.path) for one in warnings] == [("empty_class", "bee")]


def test_what_another_window_decided_meanwhile_is_followed() -> None:
    before = Edits().excluding(["a", "b"]).accepting(["c"])
    after = before.including(["a"]).labelling(["d", "e"], "cat").assigning(["d"], "test")
    own = before.excluding(["f"]).labelling(["e"], "dog").accepting(["g"])
    merged = own.following(before, after)
    assert set(merged.excluded) == {"b", "f"}
    assert merged.labels == {"d": "cat", "e": "dog"}
    assert merged.splits == {"d": "test"}
    assert merged.accepted == {"c", "g"}
