"""The table of classes: counts, the sum on top, sorting, and which class is chosen."""

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from core.dataset import ClassCount
from gui import theme
from gui.widgets.class_model import BAR, NAME
from gui.widgets.class_table import ClassTable

COUNTS = [
    ClassCount("class 2", 8, 2, 0),
    ClassCount("class 10", 4, 1, 3),
    ClassCount("hat", 30, 9, 1),
]


@pytest.fixture
def table(qtbot: QtBot) -> ClassTable:
    made = ClassTable()
    qtbot.addWidget(made)
    made.resize(420, 240)
    made.show_counts(COUNTS)
    made.show()
    return made


def rows(table: ClassTable) -> list[list[str]]:
    model = table.model()
    return [
        [str(model.index(row, column).data()) for column in range(BAR)]
        for row in range(model.rowCount())
    ]


def names(table: ClassTable) -> list[str]:
    return [row[NAME] for row in rows(table)]


def click(qtbot: QtBot, table: ClassTable, row: int) -> None:
    place = table.visualRect(table.model().index(row, NAME)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def click_header(qtbot: QtBot, table: ClassTable, column: int) -> None:
    header = table.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(column) + 12, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_every_class_is_there_with_its_counts_and_the_sum_on_top(table: ClassTable) -> None:
    assert rows(table) == [
        ["All classes", "42", "12", "4"],
        ["class 2", "8", "2", "0"],
        ["class 10", "4", "1", "3"],
        ["hat", "30", "9", "1"],
    ]
    assert table.chosen is None
    assert table.currentIndex().row() == 0


def test_a_click_on_a_heading_sorts_and_the_sum_stays_on_top(
    qtbot: QtBot, table: ClassTable
) -> None:
    click_header(qtbot, table, 1)
    assert names(table) == ["All classes", "class 10", "class 2", "hat"]
    click_header(qtbot, table, 1)
    assert names(table) == ["All classes", "hat", "class 2", "class 10"]
    click_header(qtbot, table, BAR)
    assert names(table) == ["All classes", "class 10", "class 2", "hat"]
    click_header(qtbot, table, NAME)
    assert names(table) == ["All classes", "class 2", "class 10", "hat"]
    click_header(qtbot, table, NAME)
    assert names(table) == ["All classes", "hat", "class 10", "class 2"]


def test_a_click_on_a_class_chooses_it_and_one_on_the_sum_all(
    qtbot: QtBot, table: ClassTable
) -> None:
    with qtbot.waitSignal(table.class_chosen) as chosen:
        click(qtbot, table, 3)
    assert chosen.args == [2]
    assert table.chosen == 2
    with qtbot.waitSignal(table.class_chosen) as chosen:
        click(qtbot, table, 0)
    assert chosen.args == [None]


def test_the_arrow_keys_choose_too(qtbot: QtBot, table: ClassTable) -> None:
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert table.chosen == 1


def test_sorting_keeps_the_chosen_class(qtbot: QtBot, table: ClassTable) -> None:
    table.choose(2)
    with qtbot.assertNotEmitted(table.class_chosen):
        table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    assert names(table)[1] == "hat"
    assert table.chosen == 2
    assert table.currentIndex().row() == 1


def test_other_counts_of_the_same_classes_change_in_place(qtbot: QtBot, table: ClassTable) -> None:
    table.choose(0)
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    with qtbot.assertNotEmitted(table.class_chosen):
        table.show_counts([ClassCount(one.name, 9, 1, 0) for one in COUNTS[:1]] + COUNTS[1:])
    assert rows(table)[2] == ["class 2", "9", "1", "0"]
    assert rows(table)[0] == ["All classes", "43", "11", "4"]
    assert table.chosen == 0


def test_other_classes_start_with_all_of_them(qtbot: QtBot, table: ClassTable) -> None:
    table.choose(2)
    with qtbot.waitSignal(table.class_chosen) as chosen:
        table.show_counts([ClassCount("cat", 1, 1, 1), ClassCount("dog", 1, 1, 1)])
    assert chosen.args == [None]
    assert table.chosen is None
    assert names(table) == ["All classes", "cat", "dog"]


def test_a_hundred_classes_scroll(qtbot: QtBot, table: ClassTable) -> None:
    table.show_counts([ClassCount(f"class {number}", 5, 1, 0) for number in range(100)])
    assert table.model().rowCount() == 101
    assert table.verticalScrollBar().maximum() > 0
    table.choose(99)
    assert table.viewport().rect().contains(table.visualRect(table.currentIndex()).center())


def test_a_bar_shows_each_splits_share_of_the_largest_class(
    qtbot: QtBot, table: ClassTable
) -> None:
    table.horizontalHeader().hide()
    table.setAlternatingRowColors(False)
    image = table.viewport().grab().toImage()

    def colors(row: int) -> list[str]:
        area = table.visualRect(table.model().index(row, BAR))
        line = range(area.left() + 2, area.right() - 2)
        return [image.pixelColor(x, area.center().y()).name() for x in line]

    hat, small = colors(3), colors(1)
    train, validation = (theme.data_color(name).name() for name in ("train", "validation"))
    assert hat.count(train) > 2 * hat.count(validation) > 0
    assert 0 < small.count(train) < hat.count(train) / 2


def test_a_row_tells_everything_to_those_who_hear_it(table: ClassTable) -> None:
    spoken = table.model().index(2, NAME).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "class 10: 8 pictures (training 4, validation 1, test 3)"
