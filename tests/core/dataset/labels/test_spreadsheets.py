"""Tables as programs write them, and as nobody should: each gives rows or a documented error."""

import datetime
import io
import os
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.common import files
from core.common.messages import InputError
from core.dataset.labels import spreadsheet
from core.dataset.labels.spreadsheet import OWN_COLUMNS, read
from tests.support.trees import PICTURE

ROWS = [("file", "label"), ("hoa/một.jpg", "bàng"), ("b, c.jpg", 'a "big" dog')]
AGAIN = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)


def text(delimiter: str = ",", end: str = "\n") -> str:
    rows = [["file", "label"], ["hoa/một.jpg", "bàng"], ['"b, c.jpg"', '"a ""big"" dog"']]
    return "".join(delimiter.join(row) + end for row in rows)


def workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive_of(contents: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return file.getvalue()


WORKBOOK = workbook([["file", "label"], ["a.jpg", "cat"], ["b.jpg", 3.0]])
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "labels.txt"


def rows_of(table: Path, data: bytes) -> list[tuple[str, ...]]:
    table.write_bytes(data)
    return read(table).rows


def refused(table: Path, data: bytes | None = None) -> str:
    if data is not None:
        table.write_bytes(data)
    with pytest.raises(InputError) as error:
        read(table)
    assert str(error.value)
    return error.value.code


def safely_read(table: Path, data: bytes) -> None:
    table.write_bytes(data)
    try:
        lengths = {len(row) for row in read(table).rows}
    except InputError as error:
        str(error).encode("utf-8")  # it has a sentence, which can be printed
    else:
        assert len(lengths) <= 1


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_delimiter_and_line_end(table: Path, delimiter: str, end: str) -> None:
    assert rows_of(table, text(delimiter, end).encode()) == ROWS
    assert read(table).delimiter == delimiter


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_unicode_encoding(table: Path, encoding: str) -> None:
    assert rows_of(table, text(";").encode(encoding)) == ROWS


def test_utf_16_from_the_other_end(table: Path) -> None:
    assert rows_of(table, b"\xfe\xff" + text("\t").encode("utf-16-be")) == ROWS


def test_what_old_windows_programs_write_is_read_as_cp1252_and_says_so(table: Path) -> None:
    assert rows_of(table, "file;label\nmüsli.jpg;Äpfel – €\n".encode("cp1252"))[1] == (
        "müsli.jpg",
        "Äpfel – €",
    )
    assert read(table).encoding == "cp1252"


def test_a_delimiter_inside_names_is_not_taken_for_one(table: Path) -> None:
    commas = "a, b.jpg;cat\nc, d.jpg;dog\ne.jpg;cat\n"
    assert rows_of(table, commas.encode())[0] == ("a, b.jpg", "cat")
    semicolons = "a.jpg,red;round\nb.jpg,blue;flat\n"
    assert rows_of(table, semicolons.encode())[1] == ("b.jpg", "blue;flat")
    decimals = "a.jpg;cat;0,5\nb.jpg;dog;0,25\n"
    assert rows_of(table, decimals.encode())[0] == ("a.jpg", "cat", "0,5")


def test_the_line_by_which_excel_declares_a_delimiter(table: Path) -> None:
    assert rows_of(table, b"sep=;\r\na.jpg;cat, big\r\n") == [("a.jpg", "cat, big")]


def test_spaces_after_commas_belong_to_no_cell(table: Path) -> None:
    assert rows_of(table, b'file, label\na.jpg, "a, b"\n')[1] == ("a.jpg", "a, b")


def test_ragged_and_empty_rows_become_even(table: Path) -> None:
    data = b"file,label,,\n\na.jpg\n,,,\nb.jpg,cat,sit,\n"
    assert rows_of(table, data) == [
        ("file", "label", ""),
        ("a.jpg", "", ""),
        ("b.jpg", "cat", "sit"),
    ]


def test_our_own_table_brings_back_names_that_are_no_text(table: Path) -> None:
    names = ["é;\udcff\udc80.jpg", " a\n,b.jpg", 'c"\r.jpg', "d.jpg"]
    data = files.write_table(OWN_COLUMNS, [(name, "cat", "train", "used", "") for name in names])
    assert [row[0] for row in rows_of(table, data)[1:]] == names


def test_a_workbook_whatever_its_suffix(table: Path) -> None:
    when = datetime.datetime(2024, 3, 1, 12, 30)
    data = workbook(
        [
            ["file", "label", None],
            [3.0, 0.5, True],
            [None, None, None],
            [datetime.datetime(2024, 3, 1), when, datetime.time(9, 5)],
            [12, "bàng", "=1+1"],
        ]
    )
    assert rows_of(table, data) == [
        ("file", "label", ""),
        ("3", "0.5", "TRUE"),
        ("2024-03-01", "2024-03-01T12:30:00", "09:05:00"),
        ("12", "bàng", ""),
    ]
    assert read(table).encoding == "xlsx"


def test_the_value_of_a_formula_is_read(table: Path) -> None:
    parts = members(WORKBOOK)
    formula = b'<c r="B2"><f>CONCATENATE("c","at")</f><v>7</v></c>'
    changed = re.sub(rb'<c r="B2".*?</c>', formula, parts[SHEET])
    assert changed != parts[SHEET]
    assert rows_of(table, archive_of({**parts, SHEET: changed}))[1] == ("a.jpg", "7")


def test_a_workbook_that_declares_a_wrong_size_is_read_whole(table: Path) -> None:
    parts = members(WORKBOOK)
    changed = parts[SHEET].replace(b'ref="A1:B3"', b'ref="A1"')
    assert changed != parts[SHEET]
    assert len(rows_of(table, archive_of({**parts, SHEET: changed}))) == 3


def test_the_first_sheet_that_is_not_hidden(table: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["hidden", "sheet"])
    book.active.sheet_state = "hidden"
    book.create_sheet().append(["a.jpg", "cat"])
    book.create_sheet().append(["third", "sheet"])
    assert rows_of(table, saved(book)) == [("a.jpg", "cat")]


# Bad input


def test_what_is_not_there(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.csv") == "table_missing"
    (tmp_path / "file").write_text("a,b\n")
    assert refused(tmp_path / "file" / "none.csv") in ("table_missing", "table_unreadable")
    assert refused(tmp_path / "nu\0l.csv") in ("table_missing", "table_unreadable")
    assert refused(tmp_path / ("x" * 5000)) in ("table_missing", "table_unreadable")


def test_what_is_no_file(tmp_path: Path) -> None:
    assert refused(tmp_path) == "table_wrong_kind"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert refused(tmp_path / "pipe.csv") == "table_wrong_kind"


def test_no_permission(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    table.write_text("a,b\n")
    monkeypatch.setattr(Path, "open", refuse)
    assert refused(table) == "table_unreadable"


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
        (WORKBOOK[:-300], "table_unreadable"),
        (b"PK\x03\x04", "table_unreadable"),
    ],
)
def test_files_of_other_kinds(table: Path, data: bytes, code: str) -> None:
    assert refused(table, data) == code


def test_a_workbook_whose_parts_are_encrypted(table: Path) -> None:
    data = bytearray(archive_of({"[Content_Types].xml": b"secret"}))
    central = data.index(b"PK\x01\x02")
    data[central + 8] |= 1
    assert refused(table, bytes(data)) == "table_protected"


@pytest.mark.parametrize("end", ["", "\n" + "b.jpg,dog\n" * 20_000])
def test_an_open_quotation_mark_is_told_by_its_line(table: Path, end: str) -> None:
    table.write_text('file,label\na.jpg,"two\nlines"\nb.jpg,"cat' + end)
    with pytest.raises(InputError) as error:
        read(table)
    assert error.value.code == "table_row_damaged"
    assert error.value.values["line"] == 4


def test_a_cell_without_end(table: Path) -> None:
    assert refused(table, b"file,label\na.jpg," + b"x" * 200_000) == "table_row_damaged"


def test_a_file_or_an_archive_beyond_the_limit(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheet, "MAX_MEGABYTES", 1)
    assert refused(table, b"a.jpg,cat\n" * 120_000) == "table_too_large"
    bomb = archive_of({**members(WORKBOOK), "xl/media/bomb.bin": bytes(2**20)})
    assert len(bomb) < 20_000
    assert refused(table, bomb) == "table_too_large"


def test_many_cells_in_few_bytes(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MAX_CELLS", 1000)
    assert refused(table, b"," * 600 + b"x\n" + b"a,b\n" * 10) == "table_too_large"
    assert refused(table, workbook([["a.jpg", "cat"]] * 501)) == "table_too_large"


def test_rows_numbered_into_the_billions(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "_SHEET_ROWS", 1000)
    parts = members(WORKBOOK)
    changed = parts[SHEET].replace(b'<row r="3"', b'<row r="3000000000"')
    assert changed != parts[SHEET]
    assert refused(table, archive_of({**parts, SHEET: changed})) == "table_unreadable"


def test_a_workbook_without_its_sheet(table: Path) -> None:
    parts = {name: data for name, data in members(WORKBOOK).items() if name != SHEET}
    table.write_bytes(archive_of(parts))
    assert read(table).rows == []


@AGAIN
@given(data=st.binary(max_size=300))
def test_no_bytes_break_the_reader(table: Path, data: bytes) -> None:
    safely_read(table, data)


@AGAIN
@given(content=st.text(st.sampled_from('a,;\t|"\n\r =.jpgß\ufeff'), max_size=60))
def test_no_text_breaks_the_reader(table: Path, content: str) -> None:
    safely_read(table, content.encode())


@AGAIN
@given(at=st.integers(0, len(WORKBOOK) - 1), value=st.integers(0, 255), cut=st.booleans())
def test_no_damage_to_a_workbook_breaks_the_reader(
    table: Path, at: int, value: int, cut: bool
) -> None:
    data = bytearray(WORKBOOK)
    data[at] = value
    safely_read(table, bytes(data[:at] if cut else data))


@AGAIN
@given(name=st.sampled_from(sorted(members(WORKBOOK))), draw=st.data())
def test_no_part_of_a_workbook_breaks_the_reader(
    table: Path, name: str, draw: st.DataObject
) -> None:
    """Damage that the archive's own checksums don't tell."""
    part = members(WORKBOOK)[name]
    at = draw.draw(st.integers(0, len(part)))
    piece = draw.draw(st.binary(max_size=8) | st.sampled_from([b"", b"<c/>", b'"', b"9", b"99999"]))
    skipped = draw.draw(st.integers(0, 12))
    changed = part[:at] + piece + part[at + skipped :]
    safely_read(table, archive_of({**members(WORKBOOK), name: changed}))
