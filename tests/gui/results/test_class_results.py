"""Class by class: bars with counts, in the classes' order or the worst first."""

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from core.runs.evaluation import ClassResult
from gui.base import theme
from gui.results.classes import NAME, RIGHT, ClassResults

RESULTS = (
    ClassResult("ahead", 12, 12),
    ClassResult("no-entry", 6, 12),
    ClassResult("stop", 0, 0),
    ClassResult("yield", 11, 12),
)


@pytest.fixture
def table(qtbot: QtBot) -> ClassResults:
    table = ClassResults()
    qtbot.addWidget(table)
    table.show_results(RESULTS)
    table.resize(340, 200)
    with qtbot.waitExposed(table):
        table.show()
    return table


def names(table: ClassResults) -> list[str]:
    return [name for name, _counts in table.rows]


def click_heading(qtbot: QtBot, table: ClassResults, column: int) -> None:
    header = table.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(column) + 20, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_each_class_has_its_counts(table: ClassResults) -> None:
    assert table.rows == [
        ("ahead", "12 of 12"),
        ("no-entry", "6 of 12"),
        ("stop", "not checked"),
        ("yield", "11 of 12"),
    ]
    tip = table.model().index(1, RIGHT).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "no-entry: 6 of 12 (50.0\N{NO-BREAK SPACE}%)"


def test_a_click_on_the_counts_heading_brings_the_worst_first(
    qtbot: QtBot, table: ClassResults
) -> None:
    click_heading(qtbot, table, RIGHT)
    assert table.is_worst_first
    assert names(table) == ["no-entry", "yield", "ahead", "stop"]
    click_heading(qtbot, table, RIGHT)
    assert names(table) == ["ahead", "yield", "no-entry", "stop"]
    click_heading(qtbot, table, NAME)
    assert not table.is_worst_first
    assert names(table) == ["ahead", "no-entry", "stop", "yield"]


def test_other_results_keep_the_chosen_order(table: ClassResults) -> None:
    table.sort_by(RIGHT)
    table.show_results((ClassResult("a", 2, 2), ClassResult("b", 1, 2)))
    assert names(table) == ["b", "a"]


def test_the_bar_shows_the_share_that_is_right(table: ClassResults) -> None:
    picture = table.viewport().grab().toImage()
    right, wrong = theme.data_color("right"), theme.data_color("wrong")

    def painted(row: int) -> tuple[int, int]:
        cell = table.visualRect(table.model().index(row, RIGHT))
        line = [picture.pixelColor(x, cell.center().y()) for x in range(cell.left(), cell.right())]
        return line.count(right), line.count(wrong)

    assert painted(0)[0] > 100
    assert painted(0)[1] == 0
    half_right, half_wrong = painted(1)
    assert half_right == pytest.approx(half_wrong, abs=6)
    assert painted(2) == (0, 0)
