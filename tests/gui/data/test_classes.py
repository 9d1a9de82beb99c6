"""The table of classes and the dialog that asks for one: counts, sorting, choosing, renaming."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox, QLineEdit
from pytestqt.qtbot import QtBot

from core.dataset.split import ClassCount
from gui.base import theme
from gui.data.classes import BAR, NAME, ClassDialog, ClassTable
from tests.support.window.acting import click, retype
from tests.support.window.data_page import emitted, numbers, rows

COUNTS = [
    ClassCount("class 2", 8, 2, 0),
    ClassCount("class 10", 4, 1, 3),
    ClassCount("hat", 30, 9, 1),
]
Key = Qt.Key


@pytest.fixture
def table(qtbot: QtBot) -> ClassTable:
    made = ClassTable()
    qtbot.addWidget(made)
    made.resize(420, 240)
    made.show_counts(COUNTS)
    made.show()
    return made


def names(table: ClassTable) -> list[str]:
    """The classes from top to bottom, without the sum."""
    return [row[NAME] for row in rows(table)[1:]]


def click_row(table: ClassTable, row: int) -> None:
    click(table.viewport(), table.visualRect(table.model().index(row, NAME)).center())


def test_classes_have_their_counts_and_a_heading_sorts_below_the_sum(table: ClassTable) -> None:
    assert [row[1:] for row in rows(table)] == [
        ["42", "12", "4"],
        ["8", "2", "0"],
        ["4", "1", "3"],
        ["30", "9", "1"],
    ]
    assert names(table) == ["class 2", "class 10", "hat"]
    assert table.chosen is None
    assert table.currentIndex().row() == 0
    header = table.horizontalHeader()
    for column, order in (
        (1, ["class 10", "class 2", "hat"]),
        (1, ["hat", "class 2", "class 10"]),
        (BAR, ["class 10", "class 2", "hat"]),
        (NAME, ["class 2", "class 10", "hat"]),
        (NAME, ["hat", "class 10", "class 2"]),
    ):
        place = QPoint(header.sectionViewportPosition(column) + 12, header.height() // 2)
        click(header.viewport(), place)
        assert names(table) == order
        assert rows(table)[0][1:] == ["42", "12", "4"]


def test_a_click_or_the_arrows_choose_a_class_and_the_sum_all(table: ClassTable) -> None:
    assert emitted(table.class_chosen, click_row, table, 3) == [2]
    assert table.chosen == 2
    assert emitted(table.class_chosen, click_row, table, 0) == [None]
    table.setFocus()
    QTest.keyClick(table, Key.Key_Down)
    QTest.keyClick(table, Key.Key_Down)
    assert table.chosen == 1
    table.show_counts([ClassCount(f"class {number}", 5, 1, 0) for number in range(100)])
    assert table.model().rowCount() == 101
    table.choose(99)
    assert table.viewport().rect().contains(table.visualRect(table.currentIndex()).center())


def test_the_chosen_class_stays_until_there_are_others(table: ClassTable) -> None:
    said = table.class_chosen
    table.choose(2)
    assert emitted(said, table.sortByColumn, 2, Qt.SortOrder.DescendingOrder) is None
    assert names(table)[0] == "hat"
    assert (table.chosen, table.currentIndex().row()) == (2, 1)
    changed = [ClassCount("class 2", 9, 1, 0), *COUNTS[1:]]
    assert emitted(said, table.show_counts, changed) is None
    assert rows(table)[2] == ["class 2", "9", "1", "0"]
    assert rows(table)[0][1:] == ["43", "11", "4"]
    assert table.chosen == 2
    more = [ClassCount("boot", 1, 1, 0), *COUNTS]
    assert emitted(said, table.show_counts, more, same_folder=True) == [3]
    assert str(table.currentIndex().data()) == "hat"
    table.show_counts(more[:3], same_folder=True)
    assert table.chosen is None
    table.choose(2)
    others = [ClassCount("cat", 1, 1, 1), ClassCount("dog", 1, 1, 1)]
    assert emitted(said, table.show_counts, others) == [None]
    assert table.chosen is None
    assert names(table) == ["cat", "dog"]


def test_classes_with_few_training_images_are_marked_and_bars_show_each_share(
    table: ClassTable,
) -> None:
    def marked() -> list[str]:
        model = table.model()
        found = [model.index(row, NAME) for row in range(model.rowCount())]
        return [str(one.data()) for one in found if one.data(Qt.ItemDataRole.DecorationRole)]

    def told(row: int, role: Qt.ItemDataRole) -> list[list[float]]:
        return [numbers(line) for line in table.model().index(row, NAME).data(role).splitlines()]

    def bar_colors(row: int) -> list[str]:
        image = table.viewport().grab().toImage()
        area = table.visualRect(table.model().index(row, BAR))
        line = range(area.left() + 2, area.right() - 2)
        return [image.pixelColor(x, area.center().y()).name() for x in line]

    assert marked() == ["class 2", "class 10"]
    assert told(2, Qt.ItemDataRole.ToolTipRole) == [[10, 8, 4, 1, 3], [10]]
    assert told(3, Qt.ItemDataRole.AccessibleTextRole) == [[40, 30, 9, 1]]
    table.show_counts(COUNTS, few=5)
    assert marked() == ["class 10"]
    table.setAlternatingRowColors(False)
    train, validation = (theme.data_color(name).name() for name in ("train", "validation"))
    hat, small = bar_colors(3), bar_colors(1)
    assert hat.count(train) > 2 * hat.count(validation) > 0
    assert 0 < small.count(train) < hat.count(train) / 2
    table.show_counts([ClassCount("few", 1, 0, 0), ClassCount("many", 5000, 900, 100)])
    assert train in bar_colors(1), "a small class still has a bar"


@pytest.mark.parametrize(
    ("typed", "told"),
    [(" cap ", [2, "cap"]), ("class 2", [2, "class 2"]), ("", None), ("  ", None), ("hat", None)],
)
def test_f2_renames_or_merges_and_the_same_or_no_name_changes_nothing(
    qtbot: QtBot, table: ClassTable, typed: str, told: list[object] | None
) -> None:
    def rename() -> None:
        """The third class: F2, a name, Enter."""
        click_row(table, 3)
        table.setFocus()
        qtbot.waitUntil(table.isActiveWindow)
        QTest.keyClick(table, Key.Key_F2)
        field = table.viewport().findChild(QLineEdit)
        field.setText(typed)
        QTest.keyClick(field, Key.Key_Return)

    assert emitted(table.rename_asked, rename) == told
    assert names(table)[2] == "hat"


def test_a_class_is_merged_into_one_of_the_list_but_not_the_sum(table: ClassTable) -> None:
    table.choose(None)
    assert not any(one.isEnabled() for one in table.actions())
    table.choose(2)
    assert all(one.isEnabled() for one in table.actions())
    _rename, merge = table.actions()
    merge.trigger()
    dialog = table.findChild(ClassDialog)
    assert listed(dialog) == ["class 2", "class 10"]
    dialog.field.setText("class 1")
    assert dialog.note.text()
    assert not can_accept(dialog), "only what is there"
    dialog.field.setText("class 10")
    assert can_accept(dialog)
    told = emitted(table.rename_asked, QTest.keyClick, dialog.field, Key.Key_Return)
    assert told == [2, "class 10"]


CLASSES = {"hat": 48, "Stop sign": 1, "shirt": 3, "t-shirt": 5}


def listed(dialog: ClassDialog) -> list[str]:
    model = dialog.list.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def can_accept(dialog: ClassDialog) -> bool:
    return dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled()


@pytest.fixture
def dialog(qtbot: QtBot) -> ClassDialog:
    made = ClassDialog("Which?", "This", CLASSES, may_be_new=True)
    qtbot.addWidget(made)
    made.show()
    return made


def test_typing_narrows_the_list_and_says_what_it_is(dialog: ClassDialog) -> None:
    assert listed(dialog) == list(CLASSES)
    assert not can_accept(dialog)
    QTest.keyClicks(dialog.field, "SHIRT")
    assert listed(dialog) == ["shirt", "t-shirt"]
    assert "shirt" in dialog.note.text()
    assert numbers(dialog.note.text()) == [3]
    QTest.keyClicks(dialog.field, "y")
    assert "SHIRTy" in dialog.note.text()
    assert numbers(dialog.note.text()) == []
    assert listed(dialog) == []


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("hat", "hat"),
        ("HAT", "hat"),
        ("stop  SIGN ", "Stop sign"),
        ("  new one ", "new one"),
        ("la\u0301", "l\u00e1"),
        ("   ", None),
    ],
)
def test_enter_takes_what_is_typed(dialog: ClassDialog, typed: str, name: str | None) -> None:
    dialog.field.setText(typed)
    told = emitted(dialog.chosen, QTest.keyClick, dialog.field, Key.Key_Return)
    assert told == (None if name is None else [name])
    assert dialog.isVisible() == (name is None)


def test_a_class_is_taken_from_the_list_by_click_or_down_key(dialog: ClassDialog) -> None:
    place = dialog.list.visualRect(dialog.list.model().index(1, 0)).center()
    click(dialog.list.viewport(), place)
    assert dialog.field.text() == "Stop sign"
    assert numbers(dialog.note.text()) == [1]
    assert can_accept(dialog)
    retype(dialog.field, "sh")
    for expected in ("shirt", "t-shirt", "t-shirt"):
        QTest.keyClick(dialog.field, Key.Key_Down)
        assert dialog.field.text() == expected
    assert listed(dialog) == ["shirt", "t-shirt"]
    assert emitted(dialog.chosen, QTest.keyClick, dialog.field, Key.Key_Return) == ["t-shirt"]
