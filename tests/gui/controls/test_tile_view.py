"""The grid as a view: keyboard, selection, and no work for what isn't seen."""

from collections.abc import Sequence
from typing import overload

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QAbstractItemView
from pytestqt.qtbot import QtBot

from gui.controls.image_grid import GridItem, ImageGrid

_Keys = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Tiles(Sequence[GridItem]):
    """Counts how many items were looked at."""

    def __init__(self, count: int) -> None:
        self.count, self.looked_at = count, 0
        self.image = QImage(8, 8, QImage.Format.Format_RGB888)
        self.image.fill(QColor("white"))

    def __len__(self) -> int:
        return self.count

    @overload
    def __getitem__(self, index: int) -> GridItem: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[GridItem]: ...
    def __getitem__(self, index: int | slice) -> GridItem | Sequence[GridItem]:
        if isinstance(index, slice):
            raise NotImplementedError
        if not 0 <= index < self.count:
            raise IndexError(index)
        self.looked_at += 1
        image = self.image if index else None  # else they would all be looked at: in place
        return GridItem(image=image, caption=str(index))


@pytest.fixture
def grid(qtbot: QtBot) -> ImageGrid:
    """Four columns; a little more than three lines are seen."""
    made = ImageGrid(64)
    qtbot.addWidget(made)
    made.resize(4 * 84 + 30, 360)
    made.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    with qtbot.waitExposed(made):
        made.show()
    made.set_items(Tiles(42))
    assert made.columns == 4
    return made


def center(grid: ImageGrid, row: int) -> QPoint:
    return grid.visualRect(grid.model().index(row, 0)).center()


def click(
    qtbot: QtBot,
    grid: ImageGrid,
    row: int,
    held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, held, center(grid, row))


def drag(qtbot: QtBot, grid: ImageGrid, start: QPoint, end: QPoint) -> None:
    view, left = grid.viewport(), Qt.MouseButton.LeftButton
    qtbot.mousePress(view, left, pos=start)
    for step in range(1, 5):
        qtbot.mouseMove(view, start + (end - start) * step / 4)
    qtbot.mouseRelease(view, left, pos=end)


def test_only_what_is_seen_is_looked_at_however_many_there_are(
    qtbot: QtBot, grid: ImageGrid
) -> None:
    tiles = Tiles(100_000)
    grid.set_items(tiles)
    for place in (0, grid.verticalScrollBar().maximum(), 40_000):
        grid.verticalScrollBar().setValue(place)
        grid.grab()
    grid.selectAll()
    grid.resize(500, 400)
    grid.grab()
    assert grid.selected_count == 100_000
    assert tiles.looked_at < 300


def test_the_last_tile_ends_the_scrolling(grid: ImageGrid) -> None:
    grid.scrollToBottom()
    last = grid.visualRect(grid.model().index(41, 0))
    assert last.bottom() == grid.viewport().height() - 1
    grid.set_items(Tiles(3))
    assert grid.verticalScrollBar().maximum() == 0


@pytest.mark.parametrize(
    ("start", "key", "end"),
    [
        (5, _Keys.Key_Right, 6),
        (7, _Keys.Key_Right, 8),
        (8, _Keys.Key_Left, 7),
        (0, _Keys.Key_Left, 0),
        (5, _Keys.Key_Down, 9),
        (5, _Keys.Key_Up, 1),
        (2, _Keys.Key_Up, 2),
        (39, _Keys.Key_Down, 41),
        (41, _Keys.Key_Down, 41),
        (41, _Keys.Key_Right, 41),
        (6, _Keys.Key_PageDown, 18),
        (38, _Keys.Key_PageDown, 41),
        (18, _Keys.Key_PageUp, 6),
        (9, _Keys.Key_PageUp, 1),
        (9, _Keys.Key_Home, 0),
        (9, _Keys.Key_End, 41),
    ],
)
def test_the_keyboard_moves(
    qtbot: QtBot, grid: ImageGrid, start: int, key: Qt.Key, end: int
) -> None:
    grid.select(start)
    qtbot.keyClick(grid, key)
    assert grid.current_row == end
    assert grid.selected_rows == [end]
    assert grid.viewport().rect().contains(center(grid, end))


def test_a_first_arrow_key_begins_at_the_first_tile(qtbot: QtBot, grid: ImageGrid) -> None:
    qtbot.keyClick(grid, _Keys.Key_Down)
    assert grid.current_row == 0
    grid.set_items(())
    qtbot.keyClick(grid, _Keys.Key_Down)
    assert grid.current_row == -1


def test_shift_selects_from_one_to_the_other_and_ctrl_adds(qtbot: QtBot, grid: ImageGrid) -> None:
    click(qtbot, grid, 2)
    click(qtbot, grid, 9, SHIFT)
    assert grid.selected_rows == list(range(2, 10))
    click(qtbot, grid, 5, CTRL)
    click(qtbot, grid, 11, CTRL)
    assert grid.selected_rows == [2, 3, 4, 6, 7, 8, 9, 11]
    click(qtbot, grid, 1)
    assert grid.selected_rows == [1]


def test_shift_with_arrows_and_all(qtbot: QtBot, grid: ImageGrid) -> None:
    click(qtbot, grid, 6)
    qtbot.keyClick(grid, _Keys.Key_Down, SHIFT)
    qtbot.keyClick(grid, _Keys.Key_Left, SHIFT)
    assert grid.selected_rows == [6, 7, 8, 9]
    qtbot.keyClick(grid, _Keys.Key_End, SHIFT)
    assert grid.selected_rows == list(range(6, 42))
    qtbot.keyClick(grid, _Keys.Key_A, CTRL)
    assert grid.selected_count == 42


def test_a_rubber_band_selects_what_it_touches(qtbot: QtBot, grid: ImageGrid) -> None:
    drag(qtbot, grid, center(grid, 1), center(grid, 10))
    assert grid.selected_rows == [1, 2, 5, 6, 9, 10]
    drag(qtbot, grid, center(grid, 11), center(grid, 4))
    assert grid.selected_rows == list(range(4, 12))


def test_a_rubber_band_is_seen(qtbot: QtBot, grid: ImageGrid) -> None:
    view, left = grid.viewport(), Qt.MouseButton.LeftButton
    drag(qtbot, grid, center(grid, 0), center(grid, 5))
    done = view.grab().toImage()
    qtbot.mousePress(view, left, pos=center(grid, 0))
    qtbot.mouseMove(view, center(grid, 1))
    qtbot.mouseMove(view, center(grid, 5))
    assert view.grab().toImage() != done
    qtbot.mouseRelease(view, left, pos=center(grid, 5))
    assert view.grab().toImage() == done


def test_a_click_beside_the_tiles_selects_nothing(qtbot: QtBot, grid: ImageGrid) -> None:
    click(qtbot, grid, 3)
    grid.scrollToBottom()
    beside = center(grid, 41) + QPoint(grid.cell_size.width(), 0)
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=beside)
    assert grid.selected_rows == []


def test_rows_are_selected_for_the_person_without_moving_the_view(
    qtbot: QtBot, grid: ImageGrid
) -> None:
    with qtbot.waitSignal(grid.selection_changed):
        grid.select_rows([1, 2, 3, 20, 40], current=40)
    assert grid.selected_rows == [1, 2, 3, 20, 40]
    assert grid.current_row == 40
    assert grid.verticalScrollBar().value() == 0
    grid.select_rows([])
    assert (grid.selected_rows, grid.current_row) == ([], -1)


def test_a_double_click_and_the_keyboard_open(qtbot: QtBot, grid: ImageGrid) -> None:
    click(qtbot, grid, 2)
    with qtbot.waitSignal(grid.opened_item) as told:
        qtbot.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=center(grid, 2))
    assert told.args == [2]
    grid.select(7)
    for key in (_Keys.Key_Return, _Keys.Key_Enter, _Keys.Key_Space):
        with qtbot.waitSignal(grid.opened_item) as told:
            qtbot.keyClick(grid, key)
        assert told.args == [7]
    with qtbot.assertNotEmitted(grid.opened_item):
        qtbot.keyClick(grid, _Keys.Key_Space, CTRL)
    assert grid.selected_rows == []


def test_what_the_mouse_is_over_is_tinted(qtbot: QtBot, grid: ImageGrid) -> None:
    qtbot.mouseMove(grid.viewport(), center(grid, 1))
    over = grid.viewport().grab().toImage()
    qtbot.mouseMove(grid.viewport(), center(grid, 6))
    assert grid.viewport().grab().toImage() != over


def test_an_excluded_picture_is_pale_and_struck_through(grid: ImageGrid) -> None:
    image = QImage(8, 8, QImage.Format.Format_RGB888)
    image.fill(QColor("red"))
    grid.set_items([GridItem(image=image, caption="a"), GridItem(image=image, excluded=True)])
    shown = grid.viewport().grab().toImage()
    beside = QPoint(12, -26)  # from the middle of the cell, off the strike
    assert shown.pixelColor(center(grid, 0) + beside) == QColor("red")
    assert shown.pixelColor(center(grid, 1) + beside).green() > 100
    across = [shown.pixelColor(center(grid, 1) + QPoint(step, -8)) for step in range(-30, 30)]
    assert min(color.lightness() for color in across) < 80


def test_a_known_problem_is_told_without_trying_the_file(qtbot: QtBot, grid: ImageGrid) -> None:
    from pathlib import Path

    grid.set_items([GridItem(Path("gone.png"), "gone.png", problem="the file is empty")])
    grid.grab()
    said = grid.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert said == "gone.png\nthe file is empty"
