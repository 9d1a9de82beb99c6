import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.common import files
from core.common.messages import InputError
from core.dataset.labels.spreadsheet import OWN_COLUMNS
from core.dataset.labels.tables import Columns, Counted, LabelTable, Matched, match, read

PATHS = ["cat/1.jpg", "cat/2.jpg", "dog/1.jpg", "dog/Rex.jpg"]
PATH_LABEL_SPLIT = Columns(0, 1, 2)


def table_of(*rows: str) -> LabelTable:
    """Rows of path, label and perhaps split."""
    cells = [tuple(row.split(",")) for row in rows]
    return LabelTable(("path", "label", "split")[: len(cells[0])], cells)


def matched(*rows: str, paths: list[str] | None = None) -> Matched:
    columns = PATH_LABEL_SPLIT if rows[0].count(",") == 2 else Columns(0, 1)
    return match(table_of(*rows), columns, PATHS if paths is None else paths, "pets")


def read_text(tmp_path: Path, text: str) -> LabelTable:
    (tmp_path / "labels.csv").write_text(text, "utf-8")
    return read(tmp_path / "labels.csv")


def test_a_table_is_read_with_its_header(tmp_path: Path) -> None:
    table = read_text(tmp_path, "file;label;\na.jpg;cat;\nb.jpg;dog;x\n")
    assert table.columns == ("file", "label", "column 3")
    assert table.rows == [("a.jpg", "cat", ""), ("b.jpg", "dog", "x")]
    assert table.header
    assert table.delimiter == ";"
    assert table.guess() == Columns(0, 1)


def test_a_table_without_a_header_loses_no_row(tmp_path: Path) -> None:
    table = read_text(tmp_path, "a.jpg\tcat\nb.jpg\tdog\n")
    assert table.columns == ("column 1", "column 2")
    assert len(table.rows) == 2
    assert not table.header


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "table_empty"),
        ("\n,,\n", "table_empty"),
        ("path,label\n", "table_empty"),
        ("path\na.jpg\nb.jpg\n", "table_one_column"),
        ("a.jpg cat\nb.jpg dog\n", "table_one_column"),
    ],
)
def test_a_table_that_labels_nothing_is_refused(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(InputError) as error:
        read_text(tmp_path, text)
    assert error.value.code == code
    assert "labels.csv" in str(error.value)


def test_labels_and_splits_reach_the_pictures() -> None:
    result = matched("cat/1.jpg,cat,train", "pets/dog/1.jpg, dog ,Valid", "Rex,dog,")
    assert result.labels == {"cat/1.jpg": "cat", "dog/1.jpg": "dog", "dog/Rex.jpg": "dog"}
    assert result.splits == {"cat/1.jpg": "train", "dog/1.jpg": "validation"}
    assert result.listed == 3
    assert result.unlisted == Counted(1, ("cat/2.jpg",))
    assert (result.missing_rows, result.ambiguous, result.unknown_splits) == (Counted(),) * 3


def test_labels_are_in_one_unicode_form() -> None:
    decomposed = unicodedata.normalize("NFD", "lá bàng")
    result = matched(f"cat/1.jpg,{decomposed}", "cat/2.jpg,lá bàng")
    assert set(result.labels.values()) == {"lá bàng"}
    assert result.similar_labels == ()


def test_rows_that_name_no_picture_are_counted_and_shown() -> None:
    rows = [f"bird/{number}x.jpg,bird" for number in range(9)]
    result = matched("cat/1.jpg,cat", ",dog", *rows)
    assert result.missing_rows.count == 10
    assert result.missing_rows.examples == tuple(f"bird/{number}x.jpg" for number in range(5))
    assert result.labels == {"cat/1.jpg": "cat"}


def test_a_name_of_several_pictures_labels_none_of_them() -> None:
    result = matched("1.jpg,cat", "2.jpg,cat")
    assert result.labels == {"cat/2.jpg": "cat"}
    assert result.ambiguous == Counted(1, ("1.jpg",))


def test_different_labels_for_one_picture_are_told_and_the_first_kept() -> None:
    result = matched(
        "cat/1.jpg,cat,train",
        "cat/1.jpg,dog,test",
        "./cat/1.jpg,cat,train",
        "cat/1.jpg,dog,",
        "cat/2.jpg,cat,",
        "cat/2.jpg,cat,",
    )
    assert result.labels == {"cat/1.jpg": "cat", "cat/2.jpg": "cat"}
    assert result.conflicting == {"cat/1.jpg": ("cat", "dog")}
    assert result.conflicting_splits == {"cat/1.jpg": ("train", "test")}
    assert result.splits == {"cat/1.jpg": "train"}
    assert (result.listed, result.repeated) == (2, 4)


def test_a_row_that_only_resembles_a_picture_does_not_contest_the_row_that_names_it() -> None:
    result = matched("rex.png,cat", "dog/Rex.jpg,dog")
    assert result.labels == {"dog/Rex.jpg": "dog"}
    assert result.conflicting == {}
    assert result.missing_rows == Counted(1, ("rex.png",))


def test_an_empty_label_is_none() -> None:
    result = matched("cat/1.jpg,  ", "cat/2.jpg,", "cat/2.jpg,cat")
    assert result.labels == {"cat/2.jpg": "cat"}
    assert result.unlabelled == Counted(1, ("cat/1.jpg",))
    assert result.unlisted.count == 2


def test_splits_that_are_not_understood_are_counted() -> None:
    result = matched("cat/1.jpg,cat,trian", "cat/2.jpg,cat,3", "dog/1.jpg,dog,3", "Rex,dog,dev")
    assert result.splits == {"dog/Rex.jpg": "validation"}
    assert result.unknown_splits == Counted(3, ("trian", "3"))


def test_labels_that_look_like_one_are_told_and_kept() -> None:
    result = matched("cat/1.jpg,Big cat", "cat/2.jpg,big_cat", "dog/1.jpg,big_cat", "Rex,dog")
    assert result.similar_labels == (("big_cat", "Big cat"),)
    assert set(result.labels.values()) == {"Big cat", "big_cat", "dog"}


def test_what_our_own_table_leaves_out_stays_out(tmp_path: Path) -> None:
    rows = [
        ("cat/1.jpg", "cat", "train", "used", ""),
        ("cat/2.jpg", "cat", "train", "excluded", "duplicate"),
        ("dog/1.jpg", "", "", "problem", "not_an_image"),
    ]
    (tmp_path / "dataset.csv").write_bytes(files.write_table(OWN_COLUMNS, rows))
    table = read(tmp_path / "dataset.csv")
    result = match(table, table.guess(), PATHS)
    assert result.excluded == {"cat/2.jpg": "duplicate", "dog/1.jpg": "not_an_image"}
    assert result.labels == {"cat/1.jpg": "cat", "cat/2.jpg": "cat"}
    assert result.unlabelled == Counted()


def test_examples_can_be_printed() -> None:
    result = matched("x\udcff.jpg,cat", paths=["cat/\udcff.jpg"])
    assert result.missing_rows.examples == ("x\\udcff.jpg",)
    assert result.unlisted.examples == ("cat/\\udcff.jpg",)


names = st.sampled_from(
    ["1.jpg", "a/1.jpg", "A/1.JPG", "1", "a/2.png", "2", "b/2.jpg", "", "é.gif"]
)
rows = st.tuples(names, st.sampled_from(["", "x", "X", " y"]), st.sampled_from(["", "val", "?"]))


@given(st.lists(rows, min_size=1), st.lists(names.filter(bool), unique=True))
def test_every_row_and_every_picture_counts_once(
    cells: list[tuple[str, ...]], paths: list[str]
) -> None:
    result = match(LabelTable(("path", "label", "split"), cells), PATH_LABEL_SPLIT, paths, "a")
    told = result.missing_rows.count + result.ambiguous.count
    assert result.listed + result.repeated + told == len(cells)
    assert result.listed + result.unlisted.count == len(paths)
    assert len(result.labels) + result.unlabelled.count == result.listed
    assert {*result.labels, *result.splits, *result.conflicting} <= set(paths)
