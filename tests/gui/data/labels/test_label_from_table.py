"""Classes from a table: found, chosen or dropped; its columns; what fits and what doesn't."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from gui.data.labels.from_table import LabelFromTable
from gui.session.labelling import Pictures, find_tables
from tests.support.window.label_view import click, counts, green, looked_at, write_table

NAMES = tuple(f"{number:04x}.jpg" for number in range(10))
ROWS = [
    ("id", "breed", "part"),
    *((name[:-4], "ab"[int(name[3], 16) % 2], "train") for name in NAMES),
]


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[LabelFromTable]:
    made = LabelFromTable(load=green)
    qtbot.addWidget(made)
    made.resize(1000, 420)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.close_jobs()


def show(view: LabelFromTable, folder: Path, names: Sequence[str] = NAMES) -> None:
    """Show the pictures ``names`` of ``folder``, which need not be there."""
    pictures = Pictures(folder, folder.name, names, names, {})
    looked = looked_at(pictures)
    view.show_pictures(pictures, looked.tables, looked.best)


def settle(qtbot: QtBot, view: LabelFromTable) -> None:
    qtbot.waitUntil(lambda: not view.is_busy)


def choose(qtbot: QtBot, view: LabelFromTable, column: str, value: str) -> None:
    box = getattr(view.columns, column)
    box.setCurrentIndex(box.findText(value))
    settle(qtbot, view)


def drag(view: LabelFromTable, path: Path, *, drops: bool) -> bool:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), action, mime, button, none)
    enter.ignore()
    QApplication.sendEvent(view, enter)
    if drops:
        QApplication.sendEvent(view, QDropEvent(QPointF(9, 9), action, mime, button, none))
    return enter.isAccepted()


# -- getting a table ------------------------------------------------------------------------


def test_tables_in_the_folder_are_found_the_best_first(tmp_path: Path) -> None:
    write_table(tmp_path / "a.csv", [("x", "y"), ("1", "2")])
    write_table(tmp_path / "labels.csv", ROWS)
    (tmp_path / "notes.txt").write_text("Pictures of dogs,\nby me\n")
    (tmp_path / "sub").mkdir()
    write_table(tmp_path / "sub" / "more.tsv", [("x", "y"), ("1", "2")])
    (tmp_path / ".hidden.csv").touch()
    (tmp_path / "~$open.xlsx").touch()
    looked = looked_at(Pictures(tmp_path, "p", NAMES, NAMES, {}))
    assert [path.name for path in looked.tables] == ["labels.csv", "a.csv", "more.tsv"]
    assert looked.best is not None
    assert looked.best.labelled == 10
    assert find_tables(tmp_path / "gone") == []


def test_the_best_table_is_shown_with_its_columns_guessed(
    qtbot: QtBot, view: LabelFromTable, tmp_path: Path
) -> None:
    write_table(tmp_path / "labels.csv", ROWS)
    show(view, tmp_path)
    assert [button.text() for button in view.found] == ["labels.csv"]
    assert view.found[0].isChecked()
    boxes = view.columns.path, view.columns.label, view.columns.split
    assert [box.currentText() for box in boxes] == ["id", "breed", "part"]
    model = view.preview.model()
    assert [model.index(0, column).data() for column in range(3)] == ["0000", "a", "train"]
    assert model.rowCount() == 10
    assert model.headerData(1, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole) == (
        "breed · class"
    )
    assert view.sum.text == "10 of 10 pictures labelled · 2 classes"
    assert counts(view.counts) == {"a": 5, "b": 5}
    given = view.given
    assert given.only_listed
    assert given.labels["0001.jpg"] == "b"
    assert set(given.splits.values()) == {"train"}


def test_without_a_table_one_can_be_chosen(
    qtbot: QtBot, view: LabelFromTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(view, tmp_path)
    assert view.drop.isVisible()
    assert not view.preview.isVisible()
    assert view.given.labels == {}
    table = write_table(tmp_path / "elsewhere.csv", ROWS)
    answer = lambda *args: (str(table), "")  # noqa: E731
    monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
    click(qtbot, view.choose)
    settle(qtbot, view)
    assert view.preview.isVisible()
    assert view.file.text == str(table)
    assert len(view.given.labels) == 10


def test_a_table_can_be_dropped_a_folder_is_the_pages(
    qtbot: QtBot, view: LabelFromTable, tmp_path: Path
) -> None:
    table = write_table(tmp_path / "dropped.csv", ROWS)
    show(view, tmp_path / "elsewhere")
    assert not drag(view, tmp_path, drops=False)
    assert drag(view, table, drops=True)
    settle(qtbot, view)
    assert len(view.given.labels) == 10


def test_a_table_that_cannot_be_read_says_why_and_the_one_before_stays(
    qtbot: QtBot, view: LabelFromTable, tmp_path: Path
) -> None:
    write_table(tmp_path / "labels.csv", ROWS)
    show(view, tmp_path)
    damaged = tmp_path / "damaged.xlsx"
    damaged.write_bytes(b"PK\x03\x04 and nothing more")
    view.open_file(damaged)
    settle(qtbot, view)
    assert str(damaged) in view.message.text
    assert view.message.isVisible()
    assert view.found[0].isChecked()
    assert len(view.given.labels) == 10
    click(qtbot, view.found[0])
    settle(qtbot, view)
    assert not view.message.isVisible()


# -- columns --------------------------------------------------------------------------------


def test_other_columns_give_other_classes(
    qtbot: QtBot, view: LabelFromTable, tmp_path: Path
) -> None:
    write_table(tmp_path / "labels.csv", ROWS)
    show(view, tmp_path)
    choose(qtbot, view, "split", "(none)")
    choose(qtbot, view, "label", "part")
    assert counts(view.counts) == {"train": 10}
    assert view.given.splits == {}
    choose(qtbot, view, "path", "breed")
    assert view.given.labels == {}
    assert view.sum.text == "0 of 10 pictures labelled · 0 classes"
    header = Qt.Orientation.Horizontal
    tip = view.preview.model().headerData(1, header, Qt.ItemDataRole.ToolTipRole)
    assert tip == "breed · picture"


# -- what fits and what doesn't -------------------------------------------------------------


def test_what_does_not_fit_is_counted_with_examples(
    qtbot: QtBot, view: LabelFromTable, tmp_path: Path
) -> None:
    rows = [
        ("file", "class", "split"),
        *((name, "cat", "train") for name in NAMES[:3]),
        (NAMES[3], "cat", "holdout"),
        (NAMES[3], "dog", "train"),
        (NAMES[4], "Dog", "valid"),
        (NAMES[5], "", "test"),
        (NAMES[6], "dog", "test"),
        ("gone.jpg", "dog", "test"),
        ("lost.jpg", "dog", "test"),
    ]
    write_table(tmp_path / "labels.csv", rows)
    show(view, tmp_path)
    assert view.sum.text == "6 of 10 pictures labelled · 3 classes"
    lines = view.notes.lines
    assert "Rows give 1 picture different classes, the first counts: 0003.jpg (cat, dog)" in lines
    assert "1 row has a split that is not understood: holdout" in lines
    assert "3 pictures have no row: 0007.jpg, 0008.jpg, 0009.jpg" in lines
    assert "1 picture has a row without a class: 0005.jpg" in lines
    assert "2 rows name no picture of this folder: gone.jpg, lost.jpg" in lines
    assert "1 row names a picture again" in lines
    assert "Split by the table: training 4 · validation 1 · test 1" in lines
    assert any(line.startswith("“") and "by hand they can be merged" in line for line in lines)
    assert any(line.startswith("2 classes have one picture only") for line in lines)


def test_long_lists_of_examples_end_with_how_many_more(
    qtbot: QtBot, view: LabelFromTable, tmp_path: Path
) -> None:
    write_table(tmp_path / "labels.csv", ROWS[:3])
    show(view, tmp_path)
    assert (
        "8 pictures have no row: 0002.jpg, 0003.jpg, 0004.jpg, 0005.jpg, 0006.jpg and 3 more"
        in view.notes.lines
    )


def test_old_windows_letters_are_pointed_out(
    qtbot: QtBot, view: LabelFromTable, tmp_path: Path
) -> None:
    table = tmp_path / "labels.csv"
    table.write_bytes(f"file;class\n{NAMES[0]};café\n{NAMES[1]};bar\n".encode("cp1252"))
    show(view, tmp_path)
    assert set(counts(view.counts)) == {"café", "bar"}
    assert any("cp1252" in line for line in view.notes.lines)


def test_the_datasets_own_table_leaves_pictures_out_again(
    qtbot: QtBot, view: LabelFromTable, tmp_path: Path
) -> None:
    rows = [
        ("path", "label", "split", "status", "reason"),
        (NAMES[0], "cat", "train", "used", ""),
        (NAMES[1], "cat", "train", "excluded", "leak"),
        (NAMES[2], "dog", "test", "excluded", ""),
    ]
    write_table(tmp_path / "dataset.csv", rows)
    show(view, tmp_path)
    assert view.given.excluded == {NAMES[1]: "leak", NAMES[2]: "by_hand"}
    assert "2 pictures are left out by the table" in view.notes.lines
