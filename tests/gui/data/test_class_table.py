"""The table of classes: counts, the sum on top, sorting, and which class is chosen."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from core.dataset.split import ClassCount
from gui.base import theme
from gui.data.classes import BAR, NAME, ClassDialog, ClassTable

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
    spoken = table.model().index(3, NAME).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "hat: 40 pictures (training 30, validation 9, test 1)"


def marked(table: ClassTable) -> list[str]:
    model = table.model()
    rows = [model.index(row, NAME) for row in range(model.rowCount())]
    return [str(one.data()) for one in rows if one.data(Qt.ItemDataRole.DecorationRole)]


def test_classes_with_few_training_pictures_are_marked_and_say_so(table: ClassTable) -> None:
    assert marked(table) == ["class 2", "class 10"]
    spoken = table.model().index(2, NAME).data(Qt.ItemDataRole.ToolTipRole)
    assert spoken == (
        "class 10: 8 pictures (training 4, validation 1, test 3)\n"
        "Fewer than 10 training pictures: this class is hardly learned."
    )
    table.show_counts(COUNTS, few=5)
    assert marked(table) == ["class 10"]


def test_a_small_class_still_has_a_bar(table: ClassTable) -> None:
    table.show_counts([ClassCount("few", 1, 0, 0), ClassCount("many", 5000, 900, 100)])
    table.horizontalHeader().hide()
    area = table.visualRect(table.model().index(1, BAR))
    image = table.viewport().grab().toImage()
    line = [image.pixelColor(x, area.center().y()).name() for x in range(area.right())]
    assert line.count(theme.data_color("train").name()) == 2


# -- other names ----------------------------------------------------------------------------


def rename(qtbot: QtBot, table: ClassTable, name: str) -> None:
    """F2, a name, Enter."""
    table.setFocus()
    qtbot.waitUntil(table.isActiveWindow)
    qtbot.keyClick(table, Qt.Key.Key_F2)
    field = table.viewport().findChild(QLineEdit)
    assert isinstance(field, QLineEdit)
    field.setText(name)
    qtbot.keyClick(field, Qt.Key.Key_Return)


@pytest.mark.parametrize(("typed", "name"), [(" cap ", "cap"), ("class 2", "class 2")])
def test_f2_renames_or_merges_the_chosen_class(
    qtbot: QtBot, table: ClassTable, typed: str, name: str
) -> None:
    click(qtbot, table, 3)
    with qtbot.waitSignal(table.rename_asked) as asked:
        rename(qtbot, table, typed)
    assert asked.args == [2, name]
    assert names(table)[3] == "hat"


@pytest.mark.parametrize("typed", ["", "  ", "hat"])
def test_no_name_or_the_same_changes_nothing(qtbot: QtBot, table: ClassTable, typed: str) -> None:
    click(qtbot, table, 3)
    with qtbot.assertNotEmitted(table.rename_asked):
        rename(qtbot, table, typed)


def test_the_sum_has_no_other_name(qtbot: QtBot, table: ClassTable) -> None:
    table.choose(None)
    assert [one.isEnabled() for one in table.actions()] == [False, False]
    table.choose(1)
    assert [one.isEnabled() for one in table.actions()] == [True, True]


def test_a_class_is_merged_into_one_of_the_list(qtbot: QtBot, table: ClassTable) -> None:
    table.choose(2)
    next(one for one in table.actions() if "erge" in one.text()).trigger()
    dialog = table.findChild(ClassDialog)
    assert isinstance(dialog, ClassDialog)
    dialog.field.setText("class 10")
    with qtbot.waitSignal(table.rename_asked) as asked:
        qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert asked.args == [2, "class 10"]


def test_after_an_edit_the_chosen_class_stays(qtbot: QtBot, table: ClassTable) -> None:
    table.choose(2)
    more = [ClassCount("boot", 1, 1, 0), *COUNTS]
    with qtbot.waitSignal(table.class_chosen) as chosen:
        table.show_counts(more, same_folder=True)
    assert chosen.args == [3]
    assert names(table)[table.currentIndex().row()] == "hat"
    table.show_counts(more[:3], same_folder=True)
    assert table.chosen is None
