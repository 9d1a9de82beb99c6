"""Tables as people and competitions publish them: which column is what."""

import pytest

from core.dataset.labels.tables import Columns, guess_columns, is_header, split_of

LETTERS = "abcdefghij"


def table(header: str, *rows: str, repeat: int = 1) -> tuple[list[str], list[list[str]]]:
    return header.split(","), [row.split(",") for row in rows * repeat]


@pytest.mark.parametrize(
    ("header", "row", "path", "label", "split"),
    [
        ("path,label", "a.jpg,cat", 0, 1, None),
        ("Label,File Name", "cat,a.jpg", 1, 0, None),
        ("image_id,label", "1000015157.jpg,0", 0, 1, None),
        ("id,breed", "000bec18,boston_bull", 0, 1, None),
        ("lesion_id,image_id,dx,dx_type,age,sex", "HAM_1,ISIC_27,bkl,histo,80.0,male", 1, 2, None),
        ("Width,Height,Roi.X1,ClassId,Path", "53,54,6,16,Test/0.png", 4, 3, None),
        ("class id,filepaths,labels,data set", "0,train/A/1.jpg,A,train", 1, 2, 3),
        ("ImageFileName,Split,className", "a.jpg,VAL,cat", 0, 2, 1),
        ("class_id,class_name,file", "3,cat,a.jpg", 2, 1, None),
        ("id,masterCategory,season", "1163,Apparel,Fall", 0, 1, None),
        ("split,target,img", "test,cat,a.png", 2, 1, 0),
        (",image,mask,label", "0,a.png,a_mask.png,cat", 1, 3, None),
    ],
)
def test_names_of_columns(header: str, row: str, path: int, label: int, split: int | None) -> None:
    names, rows = table(header, row)
    assert is_header(names, rows)
    assert guess_columns(names, rows) == Columns(path, label, split)


def test_our_own_table() -> None:
    names, rows = table(
        "path,label,split,status,reason,size,mtime,hash", "a.jpg,cat,train,used,,,,"
    )
    assert guess_columns(names, rows) == Columns(0, 1, 2, 3, 4)


def test_a_status_of_other_tables_leaves_nothing_out() -> None:
    names, rows = table("path,label,status", "a.jpg,cat,done")
    assert guess_columns(names, rows).status is None


def test_content_where_the_names_say_nothing() -> None:
    rows = [[f"{one}", f"{one}x/{one}.png", "0.5", "ab"[one % 2], "Train"] for one in range(10)]
    assert guess_columns(["spalte"] * 5, rows) == Columns(1, 3, 4)


def test_a_table_of_two_columns_has_a_label_whatever_it_is_called() -> None:
    assert (
        guess_columns(["column 1", "column 2"], [["a.jpg", "train"], ["b.jpg", "test"]]).label == 1
    )
    assert guess_columns(["split", "file"], [["train", "a.jpg"]]) == Columns(1, 0)


def test_a_fold_that_is_no_split_is_not_taken_for_one() -> None:
    names, rows = table("file,label,fold", "a.jpg,cat,0", "b.jpg,dog,1")
    assert guess_columns(names, rows).split is None


def test_numbers_are_names_where_the_folder_has_such_pictures() -> None:
    rows = [[LETTERS[one % 2], str(one), str(one % 5 + 100)] for one in range(10)]
    names = ["column 1", "column 2", "column 3"]
    assert guess_columns(names, rows, [f"{one}.jpg" for one in range(10)]) == Columns(1, 0)
    assert guess_columns(names, rows, [f"{one}.jpg" for one in range(100, 105)]).path == 2


def test_split_words() -> None:
    assert {split_of(word) for word in ("train", "Training", "TRAIN ")} == {"train"}
    words = ("val", "VALID", " validation", "dev")
    assert {split_of(word) for word in words} == {"validation"}
    assert {split_of(word) for word in ("Test", "testing")} == {"test"}
    assert {split_of(word) for word in ("", "0", "trian", "tests?")} == {None}


def test_rows_without_a_header() -> None:
    assert not is_header(["a.jpg", "label"], [])
    assert not is_header(["000b", "cat"], [["000c", "dog"], ["000d", "cat"]])
    assert is_header(["id", "cat"], [["000c", "dog"]])
    assert is_header(["id", "label"], [["1", "a"], ["id", "label"], ["2", "b"]])
