"""The confusion matrix: what its cells say, and the mistakes that a person picks in it."""

from collections.abc import Sequence

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.runs.evaluation import Prediction, Result
from gui.base import theme
from gui.results.confusion import ConfusionMatrix, cell_colors

LEFT, RIGHT, STOP = 0, 1, 2
SIGNS = ("turn-left", "turn-right", "stop")


def result_of(classes: Sequence[str], pairs: Sequence[tuple[int, int]]) -> Result:
    sure = tuple(1.0 for _ in classes)
    rows = [Prediction(f"{n}.png", *pair, sure) for n, pair in enumerate(pairs)]
    return Result(tuple(classes), tuple(rows))


SIGN_RESULT = result_of(
    SIGNS, [(LEFT, LEFT)] * 9 + [(LEFT, RIGHT)] * 3 + [(RIGHT, RIGHT)] * 4 + [(STOP, LEFT)]
)


@pytest.fixture
def matrix(qtbot: QtBot) -> ConfusionMatrix:
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    matrix.resize(560, 300)
    matrix.show_result(SIGN_RESULT)
    with qtbot.waitExposed(matrix):
        matrix.show()
    return matrix


def place(matrix: ConfusionMatrix, row: int, column: int) -> QPoint:
    return matrix.visualRect(matrix.model().index(row, column)).center()


def click(qtbot: QtBot, matrix: ConfusionMatrix, row: int, column: int) -> None:
    qtbot.mouseClick(matrix.viewport(), Qt.MouseButton.LeftButton, pos=place(matrix, row, column))


def color(matrix: ConfusionMatrix, row: int, column: int) -> QColor:
    """What is painted in a cell, beside its number."""
    rect = matrix.visualRect(matrix.model().index(row, column))
    return matrix.viewport().grab().toImage().pixelColor(rect.topLeft() + QPoint(4, 4))


def test_a_cell_says_its_count_and_its_sentence(matrix: ConfusionMatrix) -> None:
    cell = matrix.model().index(LEFT, RIGHT)
    assert cell.data() == "3"
    assert cell.data(Qt.ItemDataRole.ToolTipRole) == "turn-left taken for turn-right: 3 of 12"
    assert cell.data(Qt.ItemDataRole.AccessibleTextRole) == matrix.sentence((LEFT, RIGHT))
    assert matrix.sentence((LEFT, LEFT)) == "turn-left recognised: 9 of 12"
    assert matrix.model().index(RIGHT, STOP).data() == ""
    assert matrix.accessibleDescription().startswith("3 classes, 4 mistakes.")


def test_a_larger_share_of_the_row_is_a_stronger_colour(matrix: ConfusionMatrix) -> None:
    base = matrix.palette().color(QPalette.ColorRole.Base)
    few, all_of_them = color(matrix, LEFT, RIGHT), color(matrix, STOP, LEFT)
    assert theme.contrast(all_of_them, base) > theme.contrast(few, base) > 1.05
    assert all_of_them.red() > all_of_them.green()
    right = color(matrix, RIGHT, RIGHT)
    assert right.green() > right.red()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_number_is_readable_on_every_colour(qtbot: QtBot, scheme: theme.Scheme) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, scheme)
    try:
        palette = QPalette(app.palette())
        for is_right in (True, False):
            for percent in range(1, 101):
                fill, ink = cell_colors(percent / 100, is_right, palette)
                assert theme.contrast(fill, ink) >= 4.5, (scheme, is_right, percent)
    finally:
        theme.apply(app, "system")


def test_a_click_on_a_mistake_chooses_it_and_a_second_one_no_more(
    qtbot: QtBot, matrix: ConfusionMatrix
) -> None:
    with qtbot.waitSignal(matrix.cell_chosen) as chosen:
        click(qtbot, matrix, LEFT, RIGHT)
    assert chosen.args == [(LEFT, RIGHT)]
    assert matrix.chosen == (LEFT, RIGHT)
    with qtbot.waitSignal(matrix.cell_chosen) as chosen:
        click(qtbot, matrix, LEFT, RIGHT)
    assert chosen.args == [None]


@pytest.mark.parametrize("cell", [(LEFT, LEFT), (RIGHT, STOP)])
def test_what_is_no_mistake_is_not_chosen(
    qtbot: QtBot, matrix: ConfusionMatrix, cell: tuple[int, int]
) -> None:
    click(qtbot, matrix, LEFT, RIGHT)
    with qtbot.waitSignal(matrix.cell_chosen) as chosen:
        click(qtbot, matrix, *cell)
    assert chosen.args == [None]
    assert matrix.chosen is None


def test_the_keyboard_goes_to_a_mistake_chooses_and_leaves_it(
    qtbot: QtBot, matrix: ConfusionMatrix
) -> None:
    matrix.setCurrentIndex(matrix.model().index(LEFT, LEFT))
    qtbot.keyClick(matrix, Qt.Key.Key_Right)
    with qtbot.waitSignal(matrix.cell_chosen) as chosen:
        qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert chosen.args == [(LEFT, RIGHT)]
    with qtbot.waitSignal(matrix.cell_chosen) as chosen:
        qtbot.keyClick(matrix, Qt.Key.Key_Escape)
    assert chosen.args == [None]


def many(count: int) -> Result:
    names = [f"class number {number}" for number in range(count)]
    return result_of(names, [(number, number) for number in range(count)] * 12)


def test_few_classes_fill_the_width_without_scrolling(matrix: ConfusionMatrix) -> None:
    assert matrix.horizontalScrollBar().maximum() == 0
    assert matrix.verticalScrollBar().maximum() == 0
    assert matrix.columnWidth(0) > 80


@pytest.mark.parametrize("count", [20, 60])
def test_many_classes_stay_readable_and_scroll_where_they_must(
    qtbot: QtBot, matrix: ConfusionMatrix, count: int
) -> None:
    matrix.show_result(many(count))
    metrics = matrix.fontMetrics()
    assert matrix.columnWidth(0) >= metrics.horizontalAdvance("12") + 4
    assert matrix.rowHeight(0) >= metrics.height()
    matrix.scrollTo(matrix.model().index(count - 1, count - 1))
    last = matrix.visualRect(matrix.model().index(count - 1, count - 1))
    assert matrix.viewport().rect().contains(last)
    assert matrix.verticalScrollBar().maximum() > 0
    assert (matrix.horizontalScrollBar().maximum() > 0) == (count == 60)


def test_another_result_forgets_the_choice(qtbot: QtBot, matrix: ConfusionMatrix) -> None:
    click(qtbot, matrix, LEFT, RIGHT)
    matrix.show_result(many(4))
    assert matrix.chosen is None
    assert matrix.model().rowCount() == 4
