"""Labels from tables and from file names: which column, which image, which class."""

import datetime
import io
import os
import random
import re
import unicodedata
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.common import files
from core.common.messages import InputError, ThawError
from core.dataset.labels import tables
from core.dataset.labels.matching import (
    Columns,
    Counted,
    Matched,
    PictureNames,
    match,
)
from core.dataset.labels.rules import DIGIT, RULES, SEPARATOR, Rule, apply, propose
from core.dataset.labels.tables import OWN_COLUMNS, LabelTable, read
from tests.support.pictures import PICTURE, refusal

# -- which column is what ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "row", "columns"),
    [
        ("path,label", "a.jpg,cat", (0, 1)),
        ("lesion_id,image_id,dx,dx_type,age,sex", "HAM_1,ISIC_27,bkl,histo,80.0,male", (1, 2)),
        ("Width,Height,Roi.X1,ClassId,Path", "53,54,6,16,Test/0.png", (4, 3)),
        ("class id,filepaths,labels,data set", "0,train/A/1.jpg,A,train", (1, 2, 3)),
        ("ImageFileName,Split,className", "a.jpg,VAL,cat", (0, 2, 1)),
        ("id,masterCategory,season", "1163,Apparel,Fall", (0, 1)),
        ("split,target,img", "test,cat,a.png", (2, 1, 0)),
        (",image,mask,label", "0,a.png,a_mask.png,cat", (1, 3)),
        # Thaw's own; a status of other tables leaves nothing out
        ("path,label,split,status,reason,size,mtime,hash", "a.jpg,cat,,used,,,,", (0, 1, 2, 3, 4)),
        ("path,label,status", "a.jpg,cat,done", (0, 1)),
        # a fold of numbers is no split
        ("file,label,fold", "a.jpg,cat,0", (0, 1)),
    ],
)
def test_names_of_columns(header: str, row: str, columns: tuple[int, ...]) -> None:
    table = LabelTable(header.split(","), [row.split(",")])
    assert table.guess() == Columns(*columns)


def test_content_where_the_names_say_nothing() -> None:
    rows = [[f"{one}", f"{one}x/{one}.png", "0.5", "ab"[one % 2], "Train"] for one in range(10)]
    assert LabelTable(["spalte"] * 5, rows).guess() == Columns(1, 3)


def test_a_table_of_two_columns_has_a_label_whatever_it_is_called() -> None:
    assert LabelTable(["split", "file"], [["train", "a.jpg"]]).guess() == Columns(1, 0)


def test_numbers_are_names_where_the_folder_has_such_images() -> None:
    rows = [["ab"[one % 2], str(one), str(one % 5 + 100)] for one in range(10)]
    table = LabelTable(["column 1", "column 2", "column 3"], rows)
    assert table.guess([f"{one}.jpg" for one in range(10)]) == Columns(1, 0)
    assert table.guess([f"{one}.jpg" for one in range(100, 105)]).path == 2


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        ("a.jpg,label\nb.jpg,cat", ["column 1", "column 2"]),
        ("000b,cat\n000c,dog\n000d,cat", ["column 1", "column 2"]),
        ("000b,Cat\n000c,dog", ["000b", "Cat"]),
        ("id,label\n1,a\nid,label\n2,b", ["id", "label"]),
    ],
)
def test_rows_with_a_header_or_without(tmp_path: Path, rows: str, columns: list[str]) -> None:
    assert read_text(tmp_path, rows).columns == columns


# -- rows and images --------------------------------------------------------------------------

PATHS = ["cat/1.jpg", "cat/2.jpg", "dog/1.jpg", "dog/Rex.jpg"]
PATH_LABEL_SPLIT = Columns(0, 1, 2)


def matched(*rows: str, paths: list[str] | None = None) -> Matched:
    """What rows of path, label and perhaps split give."""
    cells = [tuple(row.split(",")) for row in rows]
    columns = PATH_LABEL_SPLIT if len(cells[0]) == 3 else Columns(0, 1)
    return match(cells, columns, PATHS if paths is None else paths, "pets")


def read_text(tmp_path: Path, text: str) -> LabelTable:
    (tmp_path / "labels.csv").write_text(text, "utf-8")
    return read(tmp_path / "labels.csv")


def test_a_table_is_read_as_its_header_names_it(tmp_path: Path) -> None:
    found = read_text(tmp_path, "file;label;\na.jpg;cat;\nb.jpg;dog;x\n")
    assert found.columns == ["file", "label", "column 3"]
    assert found.rows == [("a.jpg", "cat", ""), ("b.jpg", "dog", "x")]
    assert found.guess() == Columns(0, 1)


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
    error = refusal(read_text, tmp_path, text)
    assert error.code == code
    assert "labels.csv" in str(error)


def test_labels_and_splits_reach_the_images() -> None:
    on_a_mac = unicodedata.normalize("NFD", "lá bàng")
    result = matched("cat/1.jpg,cat,train", f"pets/dog/1.jpg, {on_a_mac} ,Valid", "Rex,lá bàng,")
    assert result.labels == {"cat/1.jpg": "cat", "dog/1.jpg": "lá bàng", "dog/Rex.jpg": "lá bàng"}
    assert result.similar_labels == ()
    assert result.splits == {"cat/1.jpg": "train", "dog/1.jpg": "validation"}
    assert result.listed == 3
    assert result.unlisted == Counted(1, ("cat/2.jpg",))
    assert (result.missing_rows, result.ambiguous, result.unknown_splits) == (Counted(),) * 3


def test_rows_that_name_no_image_or_several_are_counted_and_shown() -> None:
    rows = [f"bird/{number}x.jpg,bird" for number in range(9)]
    result = matched("2.jpg,cat", ",dog", "1.jpg,cat", *rows)
    assert result.labels == {"cat/2.jpg": "cat"}
    examples = tuple(f"bird/{number}x.jpg" for number in range(5))
    assert result.missing_rows == Counted(10, examples)
    assert result.ambiguous == Counted(1, ("1.jpg",))
    odd = matched("x\udcff.jpg,cat", paths=["cat/\udcff.jpg"])  # examples can be printed
    assert odd.missing_rows.examples == ("x\\udcff.jpg",)
    assert odd.unlisted.examples == ("cat/\\udcff.jpg",)


def test_different_labels_for_one_image_are_told_and_the_first_kept() -> None:
    result = matched(
        "cat/1.jpg,cat,train",
        "cat/1.jpg,dog,test",
        "./cat/1.jpg,cat,train",
        "cat/1.jpg,dog,",
        "cat/2.jpg,cat,",
        "cat/2.jpg,cat,",
    )
    assert result.labels == {"cat/1.jpg": "cat", "cat/2.jpg": "cat"}
    assert result.conflicting == {"cat/1.jpg": ["cat", "dog"]}
    assert result.conflicting_splits == {"cat/1.jpg": ["train", "test"]}
    assert result.splits == {"cat/1.jpg": "train"}
    assert (result.listed, result.repeated) == (2, 4)


def test_a_row_that_only_resembles_an_image_does_not_contest_the_row_that_names_it() -> None:
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
    own = read(tmp_path / "dataset.csv")
    result = match(own.rows, own.guess(), PATHS)
    assert result.excluded == {"cat/2.jpg": "duplicate", "dog/1.jpg": "not_an_image"}
    assert result.labels == {"cat/1.jpg": "cat", "cat/2.jpg": "cat"}
    assert result.unlabelled == Counted()


SOME_NAMES = st.sampled_from(
    ["1.jpg", "a/1.jpg", "A/1.JPG", "1", "a/2.png", "2", "b/2.jpg", "", "é.gif"]
)
CELLS = st.tuples(
    SOME_NAMES, st.sampled_from(["", "x", "X", " y"]), st.sampled_from(["", "val", "?"])
)


@settings(max_examples=60)
@given(st.lists(CELLS, min_size=1), st.lists(SOME_NAMES.filter(bool), unique=True))
def test_rows_and_images_count_once(cells: list[tuple[str, ...]], paths: list[str]) -> None:
    result = match(cells, PATH_LABEL_SPLIT, paths, "a")
    told = result.missing_rows.count + result.ambiguous.count
    assert result.listed + result.repeated + told == len(cells)
    assert result.listed + result.unlisted.count == len(paths)
    assert len(result.labels) + result.unlabelled.count == result.listed
    assert {*result.labels, *result.splits, *result.conflicting} <= set(paths)


# -- which image a cell means -----------------------------------------------------------------

PETS = ["cat/1.jpg", "cat/2.JPG", "dog/1.jpg", "dog/Rex.png", "x.jpeg", "a/b/c/deep.webp"]
NFC, NFD = (unicodedata.normalize(form, "lá bàng/cây.jpg") for form in ("NFC", "NFD"))
TWICE = ["1.jpg", "sub/1.jpg"]
SUFFIXES = ["cat/1.jpg", "dog/1.png", "1.gif", "bird/2.jpg"]
DOTS = ["IMG.001.jpg", "IMG.002.jpg", "IMG.jpg"]
ODD = ["a\\b.jpg", " c.jpg", "cat/\udcff.jpg"]


@pytest.mark.parametrize(
    ("text", "path", "paths"),
    [
        ("cat/1.jpg", "cat/1.jpg", PETS),
        (" cat//1.jpg ", "cat/1.jpg", PETS),
        ("pets/cat/1.jpg", "cat/1.jpg", PETS),
        (r"C:\Users\Ann\pets\cat\1.jpg", "cat/1.jpg", PETS),
        ("/home/ann/elsewhere/dog/1.jpg", "dog/1.jpg", PETS),
        ("../data/a/b/c/deep.webp", "a/b/c/deep.webp", PETS),
        ("elsewhere/Rex.png", "dog/Rex.png", PETS),
        ("Rex", "dog/Rex.png", PETS),
        ("Rex.jpg", "dog/Rex.png", PETS),
        ("cat/1", "cat/1.jpg", PETS),
        ("2.jpg", "cat/2.JPG", PETS),
        ("PETS/X.JPEG", "x.jpeg", PETS),
        ("1.jpg", "several", PETS),
        ("bird/1.jpg", "several", PETS),
        ("", "", PETS),
        ("  /./ ", "", PETS),
        ("cat", "", PETS),
        ("/" * 100_000, "", PETS),
        # unicode forms are one name
        (NFC, NFD, [NFD]),
        (NFD, NFC, [NFC]),
        (NFD, NFD, [NFC, NFD]),
        # which of the two a row of another folder means, nobody can tell
        ("/data/pets/1.jpg", "1.jpg", TWICE),
        ("other/1.jpg", "several", TWICE),
        # the folder counts for more than the suffix
        ("cat/1.png", "cat/1.jpg", SUFFIXES),
        ("1.png", "dog/1.png", SUFFIXES),
        ("1", "1.gif", SUFFIXES),
        ("IMG.001", "IMG.001.jpg", DOTS),
        ("IMG", "IMG.jpg", DOTS),
        *((name, name, ODD) for name in ODD),  # as they are on disk
        ("cat/\\xff.jpg", "", ["a/x.jpg"]),
    ],
)
def test_what_a_cell_means(text: str, path: str, paths: list[str]) -> None:
    found = PictureNames(paths, "pets").find(text)
    assert ("several" if found.ambiguous else found.path) == path


def test_how_sure_it_is() -> None:
    names = PictureNames(PETS)
    texts = ["dog/Rex.png", "dog/Rex", "Rex.png", "Rex", "DOG/REX.PNG", "rex"]
    distances = [names.find(text).distance for text in texts]
    assert distances == sorted({*distances})


@settings(max_examples=60)
@given(st.lists(st.text("ab/.\\ é", min_size=1, max_size=8), unique=True), st.text(max_size=8))
def test_every_path_is_found_as_it_is(paths: list[str], other: str) -> None:
    names = PictureNames(paths, "a")
    assert [names.find(path).path for path in paths] == paths
    assert names.find(other).path in {"", *paths}


# -- classes from file names ------------------------------------------------------------------

BREEDS = ["Abyssinian", "american_bulldog", "american_pit_bull_terrier", "pug"]


def numbered(pattern: str, *classes: str, count: int = 8) -> list[str]:
    return [pattern.format(name, number) for name in classes for number in range(count)]


def hexadecimal(seed: int) -> str:
    return random.Random(seed).randbytes(6).hex()


@pytest.mark.parametrize(
    ("pattern", "classes"),
    [
        ("{}.{}.jpg", ["cat", "dog"]),
        ("{}_{}.jpg", BREEDS),
        ("{} ({}).png", ["dog", "hot dog"]),
        ("train/{}-{}.PNG", ["cat", "dog"]),
        ("{} {}.heic", ["lá bàng", "cây tre"]),
        ("{}_{}.webp", ["😀", "👨‍👩‍👧"]),
        ("{} ({}).png", ["COVID-19", "NORMAL"]),
        ("{}_{:04}.png", list("0123456789")),
        ("{1:03}_{0}.jpg", ["cat", "american_bulldog"]),  # behind
    ],
)
def test_the_first_proposal_is_what_a_person_would_say(pattern: str, classes: list[str]) -> None:
    best = propose(numbered(pattern, *classes))[0]
    assert best.counts == dict.fromkeys(classes, 8)


def test_the_rest_may_be_anything() -> None:
    names = [f"{name}_{hexadecimal(seed)}.jpg" for seed in range(30) for name in ("cat", "dog")]
    assert propose(names)[0].counts == {"cat": 30, "dog": 30}
    other = propose([*numbered("{}_{}.jpg", "cat", "dog"), "readme.jpg"])[0]
    assert (other.counts, other.example) == ({"cat": 8, "dog": 8}, "cat_0.jpg")


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["one.jpg"],
        ["sunset.jpg", "beach.jpg", "mum and dad.jpg", "holiday 2019.jpg"],
        numbered("{}_{:04}.jpg", "IMG", "DSC"),
        [f"IMG_202301{day:02}_{number}.jpg" for day in (1, 2, 3) for number in range(9)],
        [f"{number}.jpg" for number in range(100)],
        [f"{hexadecimal(seed)}-{hexadecimal(seed + 1)}.jpg" for seed in range(100)],
    ],
)
def test_names_that_tell_nothing_give_no_proposal(names: list[str]) -> None:
    assert propose(names) == []


def test_other_rules_are_proposed_too_each_result_once() -> None:
    proposals = propose(numbered("{}_{}.jpg", *BREEDS))
    rules = [Rule(SEPARATOR, "before-last"), Rule(SEPARATOR)]
    assert [one.rule for one in proposals] == rules


def test_spellings_that_differ_in_case_or_unicode_form_are_one_class() -> None:
    names = ["Cat_1.jpg", "cat_2.jpg", "cat_3.jpg", "DOG_1.jpg", "dog_2.jpg"]
    assert [*apply(Rule(SEPARATOR), names).items()] == [
        *((name, "cat") for name in names[:3]),
        *((name, "DOG") for name in names[3:]),
    ]
    forms = [unicodedata.normalize(form, f"lá bàng_{form}.jpg") for form in ("NFC", "NFD")]
    assert set(apply(Rule("_"), forms).values()) == {"lá bàng"}


@pytest.mark.parametrize(
    ("rule", "name", "expected"),
    [
        (Rule(SEPARATOR), "a/b_c/cat_b_1.jpg", "cat"),
        (Rule(SEPARATOR, "before-last"), "cat_b - 1.jpg", "cat_b"),
        (Rule(SEPARATOR, "after"), "1_cat.b.jpg", "cat.b"),
        (Rule(SEPARATOR, "after-last"), "1_b_cat.jpg", "cat"),
        (Rule(DIGIT), "cat - (12) b3.jpg", "cat"),
        (Rule("__"), "cat_b__1.jpg", "cat_b"),
        (Rule(SEPARATOR), "cat.jpg", None),
        (Rule(DIGIT), "12.jpg", None),
        (Rule(SEPARATOR), "__1.jpg", None),
    ],
)
def test_what_a_rule_takes(rule: Rule, name: str, expected: str | None) -> None:
    assert apply(rule, [name]).get(name) == expected


@settings(max_examples=60)
@given(st.lists(st.text("aB1_- .é/\n", max_size=8) | st.text(max_size=8), max_size=20))
def test_proposals_agree_with_their_rule(names: list[str]) -> None:
    for one in propose(names):
        assert len(one.counts) > 1
        assert set(apply(one.rule, names).values()) == set(one.counts)


@settings(max_examples=60)
@given(st.lists(st.text(max_size=12)), st.sampled_from(RULES))
def test_a_class_is_clean_and_part_of_its_name(names: list[str], rule: Rule) -> None:
    for name, label in apply(rule, names).items():
        assert name in names
        assert label
        assert label == unicodedata.normalize("NFC", label.strip())


# -- tables as programs write them ------------------------------------------------------------

ROWS = [("hoa/một.jpg", "bàng"), ("b, c.jpg", 'a "big" dog')]


def text(delimiter: str = ",", end: str = "\n") -> str:
    rows = [["file", "label"], ["hoa/một.jpg", "bàng"], ['"b, c.jpg"', '"a ""big"" dog"']]
    return "".join(delimiter.join(row) + end for row in rows)


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def archive_of(contents: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


WORKBOOK = workbook([["file", "label"], ["a.jpg", "cat"], ["b.jpg", 3.0]])
SHEET = "xl/worksheets/sheet1.xml"
with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as _archive:
    MEMBERS = {name: _archive.read(name) for name in _archive.namelist()}


def changed(pattern: bytes, replacement: bytes) -> bytes:
    """``WORKBOOK`` with another text in its sheet."""
    sheet = re.sub(pattern, replacement, MEMBERS[SHEET])
    assert sheet != MEMBERS[SHEET]
    return archive_of({**MEMBERS, SHEET: sheet})


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "labels.txt"


def rows_of(place: Path, data: bytes) -> list[tuple[str, ...]]:
    place.write_bytes(data)
    return list(read(place).rows)


def refused(place: Path, data: bytes) -> ThawError:
    place.write_bytes(data)
    return refusal(read, place)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_delimiter_and_line_end(place: Path, delimiter: str, end: str) -> None:
    assert rows_of(place, text(delimiter, end).encode()) == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_unicode_encoding(place: Path, encoding: str) -> None:
    assert rows_of(place, text(";").encode(encoding)) == ROWS
    assert rows_of(place, b"\xfe\xff" + text("\t").encode("utf-16-be")) == ROWS


def test_what_old_windows_programs_write_is_read_as_cp1252_and_says_so(place: Path) -> None:
    data = "file;label\nmüsli.jpg;Äpfel – €\n".encode("cp1252")
    assert rows_of(place, data) == [("müsli.jpg", "Äpfel – €")]
    assert read(place).encoding == "cp1252"


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        # a delimiter inside cells is not taken for one
        (b"file;label\nc, d, e.jpg;dog\n", [("c, d, e.jpg", "dog")]),
        (b'"file, with folder";label\na.jpg;dog\n', [("a.jpg", "dog")]),
        (b"a.jpg,red;round\nb.jpg,blue;x\n", [("a.jpg", "red;round"), ("b.jpg", "blue;x")]),
        (b"a.jpg;cat;0,5\nb.jpg;dog;0,25\n", [("a.jpg", "cat", "0,5"), ("b.jpg", "dog", "0,25")]),
        # Excel may declare it
        (b"sep=;\r\na.jpg;cat, big\r\n", [("a.jpg", "cat, big")]),
        # spaces after commas belong to no cell
        (b'file, label\na.jpg, "a, b"\n', [("a.jpg", "a, b")]),
        # ragged and empty rows become even
        (
            b"file,label,,\n\na.jpg\n,,,\nb.jpg,cat,sit,\n",
            [("a.jpg", "", ""), ("b.jpg", "cat", "sit")],
        ),
    ],
)
def test_odd_text_files(place: Path, data: bytes, rows: list[tuple[str, ...]]) -> None:
    assert rows_of(place, data) == rows


def test_our_own_table_brings_back_names_that_are_no_text(place: Path) -> None:
    names = ["é;\udcff\udc80.jpg", " a\n,b.jpg", 'c"\r.jpg', "d.jpg"]
    data = files.write_table(OWN_COLUMNS, [(name, "cat", "train", "used", "") for name in names])
    assert [row[0] for row in rows_of(place, data)] == names


def test_a_workbook_whatever_its_suffix(place: Path) -> None:
    when = datetime.datetime(2024, 3, 1, 12, 30)
    rows: list[list[object]] = [
        ["file", "label", None],
        [3.0, 0.5, True],
        [None, None, None],
        [datetime.datetime(2024, 3, 1), when, datetime.time(9, 5)],
        [12, "bàng", "=1+1"],
    ]
    assert rows_of(place, workbook(rows)) == [
        ("3", "0.5", "TRUE"),
        ("2024-03-01", "2024-03-01 12:30:00", "09:05:00"),
        ("12", "bàng", ""),
    ]
    assert read(place).encoding == "xlsx"


def test_workbooks_as_other_programs_write_them(place: Path) -> None:
    formula = b'<c r="B2"><f>CONCATENATE("c","at")</f><v>7</v></c>'
    assert rows_of(place, changed(rb'<c r="B2".*?</c>', formula))[0] == ("a.jpg", "7")
    assert len(rows_of(place, changed(b'ref="A1:B3"', b'ref="A1"'))) == 2  # a wrong size


def test_the_first_sheet_that_is_not_hidden(place: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["hidden", "sheet"])
    book.active.sheet_state = "hidden"
    book.create_sheet().append(["a.jpg", "cat"])
    book.create_sheet().append(["third", "sheet"])
    assert rows_of(place, saved(book)) == [("a.jpg", "cat")]


def test_what_is_not_there_or_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refusal(read, tmp_path / "none.csv").code == "table_missing"
    (tmp_path / "file").write_text("a,b\n")
    for name in ("file/none.csv", "nu\0l.csv", "x" * 5000):
        error = refusal(read, tmp_path / name)
        assert error.code in ("table_missing", "table_unreadable")
    assert refusal(read, tmp_path).code == "table_wrong_kind"
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")  # which is not waited for
        assert refusal(read, tmp_path / "pipe.csv").code == "table_wrong_kind"

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert refusal(read, tmp_path / "file").code == "table_unreadable"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (PICTURE, "table_wrong_kind"),
        (b"file,label\na\0.jpg,cat\n", "table_wrong_kind"),
        (b"file,label\n\x8f.jpg,\x9d\n", "table_wrong_kind"),
        (b"\xff\xfefil", "table_wrong_kind"),
        (b"\xef\xbb\xbffile,label\n\xff.jpg,cat\n", "table_wrong_kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "table_protected"),
        (archive_of({"content.xml": b"<office/>"}), "table_wrong_kind"),
        (archive_of({"[Content_Types].xml": b"nothing"}), "table_unreadable"),
        (archive_of({n: MEMBERS[n] for n in MEMBERS if n != SHEET}), "table_empty"),
        (WORKBOOK[:-300], "table_unreadable"),
        (b"PK\x03\x04", "table_unreadable"),
        (b"file,label\na.jpg," + b"x" * 200_000, "table_row_damaged"),
    ],
)
def test_files_of_other_kinds(place: Path, data: bytes, code: str) -> None:
    assert refused(place, data).code == code


@pytest.mark.parametrize("end", ["", "\n" + "b.jpg,dog\n" * 20_000])
def test_an_open_quotation_mark_is_told_by_its_line(place: Path, end: str) -> None:
    error = refused(place, ('file,label\na.jpg,"two\nlines"\nb.jpg,"cat' + end).encode())
    assert (error.code, error.values["line"]) == ("table_row_damaged", 4)


def test_what_is_too_large_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_MEGABYTES", 1)
    assert refused(place, b"a.jpg,cat\n" * 120_000).code == "table_too_large"
    bomb = archive_of({**MEMBERS, "xl/media/bomb.bin": bytes(2**20)})
    assert len(bomb) < 20_000
    assert refused(place, bomb).code == "table_too_large"
    monkeypatch.setattr(tables, "MAX_CELLS", 1000)  # many cells in few bytes
    assert refused(place, b"," * 600 + b"x\n" + b"a,b\n" * 10).code == "table_too_large"
    assert refused(place, workbook([["a.jpg", "cat"]] * 501)).code == "table_too_large"
    monkeypatch.setattr(tables, "_SHEET_ROWS", 1000)
    billions = changed(b'<row r="3"', b'<row r="3000000000"')
    assert refused(place, billions).code == "table_unreadable"


@st.composite
def bad_tables(draw: st.DrawFn) -> bytes:
    """Junk, text that nearly is a table, a damaged workbook, and one whose damage the archive's
    own checksums don't tell."""
    kind = draw(st.sampled_from(["junk", "text", "workbook", "part"]))
    if kind == "junk":
        return draw(st.binary(max_size=300))
    if kind == "text":
        return draw(st.text(st.sampled_from('a,;\t|"\n\r =.jpgß\ufeff'), max_size=60)).encode()
    if kind == "workbook":
        at = draw(st.integers(0, len(WORKBOOK) - 1))
        damaged = WORKBOOK[:at] + draw(st.binary(min_size=1, max_size=1)) + WORKBOOK[at + 1 :]
        return WORKBOOK[:at] if draw(st.booleans()) else damaged
    name = draw(st.sampled_from(sorted(MEMBERS)))
    part = MEMBERS[name]
    at, skipped = draw(st.integers(0, len(part))), draw(st.integers(0, 12))
    piece = draw(st.binary(max_size=8) | st.sampled_from([b"", b"<c/>", b'"', b"9", b"99999"]))
    return archive_of({**MEMBERS, name: part[:at] + piece + part[at + skipped :]})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=250)
@given(data=bad_tables())
def test_no_table_breaks_the_reader(place: Path, data: bytes) -> None:
    place.write_bytes(data)
    try:
        lengths = {len(row) for row in read(place).rows}
    except InputError as error:
        str(error).encode("utf-8")  # it has a sentence, which can be printed
    else:
        assert len(lengths) <= 1
