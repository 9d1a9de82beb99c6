"""A table of texts."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from gui.controls.tables import TextTable


@pytest.fixture
def table(qtbot: QtBot) -> TextTable:
    made = TextTable()
    qtbot.addWidget(made)
    made.resize(500, 200)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_it_is_as_high_as_its_rows(table: TextTable) -> None:
    table.show_rows(["a", "b"], [["1", "2"]])
    low = table.sizeHint().height()
    table.show_rows(["a", "b"], [["1", "2"]] * 5)
    assert table.sizeHint().height() == low + 4 * table.verticalHeader().defaultSectionSize()


def test_a_wide_table_shown_before_leaves_no_empty_room(table: TextTable) -> None:
    table.show_rows(["a", "b"], [["1", "a long text " * 20]])
    table.show_rows(["a", "b"], [["1", "2"]])
    assert table.horizontalHeader().length() <= table.viewport().width()


def test_marked_cells_are_copied_as_spreadsheets_take_them(qtbot: QtBot, table: TextTable) -> None:
    table.show_rows(["a", "b"], [["1", "2"], ["3", "4"]])
    table.selectAll()
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "1\t2\n3\t4"
