"""The stages' rows: clicks, keys, names, and rows that follow the recipe."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPalette
from pytestqt.qtbot import QtBot

from core.recipe import files as recipes
from core.recipe import vgg16
from core.recipe.config import RunConfig
from gui.recipe.stage_parts import NUMBERS
from gui.recipe.stage_rows import BlockCell, BlockSelector, label_width


class Changes:
    """Takes each change into a recipe and shows it again, as the page does."""

    def __init__(self, selector: BlockSelector) -> None:
        self.selector, self.recipe = selector, RunConfig()
        self.keys: list[str] = []
        selector.changed.connect(self.take)
        self.show(RunConfig())

    def take(self, key: str, value: object) -> None:
        self.keys.append(key)
        self.show(recipes.changed(self.recipe, key, value))

    def show(self, recipe: RunConfig) -> None:
        self.recipe = recipe
        self.selector.show_recipe(recipe, 8, None)

    @property
    def thawed(self) -> list[tuple[int, ...]]:
        return [stage.thawed for stage in self.recipe.stages]


@pytest.fixture
def selector(qtbot: QtBot) -> BlockSelector:
    made = BlockSelector(label_width=label_width())
    qtbot.addWidget(made)
    made.resize(1056, 140)
    return made


@pytest.fixture
def changes(qtbot: QtBot, selector: BlockSelector) -> Changes:
    made = Changes(selector)
    with qtbot.waitExposed(selector):
        selector.show()
    return made


def click(qtbot: QtBot, cell: BlockCell, shift: bool = False) -> None:
    modifier = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    qtbot.mouseClick(cell, Qt.MouseButton.LeftButton, modifier)


def test_a_click_changes_that_block_in_that_stage(
    qtbot: QtBot, selector: BlockSelector, changes: Changes
) -> None:
    click(qtbot, selector.row(2).cell(3))
    assert changes.thawed == [(), (3, 5)]
    click(qtbot, selector.row(2).cell(5))
    assert changes.thawed == [(), (3,)]
    click(qtbot, selector.row(1).cell(1))
    assert changes.thawed == [(1,), (3,)]
    assert changes.keys == ["stages.1.thawed", "stages.1.thawed", "stages.0.thawed"]


def test_shift_means_from_here_on(qtbot: QtBot, selector: BlockSelector, changes: Changes) -> None:
    click(qtbot, selector.row(1).cell(3), shift=True)
    assert changes.thawed[0] == (3, 4, 5)
    click(qtbot, selector.row(1).cell(4), shift=True)
    assert changes.thawed[0] == (3,)
    click(qtbot, selector.row(1).cell(4))
    assert changes.thawed[0] == (3, 4)


def test_shift_may_be_let_go_before_the_space_bar(
    qtbot: QtBot, selector: BlockSelector, changes: Changes
) -> None:
    cell = selector.row(1).cell(3)
    qtbot.keyPress(cell, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyRelease(cell, Qt.Key.Key_Shift)
    qtbot.keyRelease(cell, Qt.Key.Key_Space)
    assert changes.thawed[0] == (3, 4, 5)
    qtbot.keyClick(cell, Qt.Key.Key_Space)
    assert changes.thawed[0] == (4, 5)


def test_from_here_on_ends_at_the_depth(
    qtbot: QtBot, selector: BlockSelector, changes: Changes
) -> None:
    changes.show(recipes.make({"model": {"depth": 3}, "stages": [{}]}))
    click(qtbot, selector.row(1).cell(2), shift=True)
    assert changes.thawed == [(2, 3)]


def test_arrows_move_and_space_toggles(
    qtbot: QtBot, selector: BlockSelector, changes: Changes
) -> None:
    selector.row(1).cell(4).setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Left):
        qtbot.keyClick(selector.focusWidget(), key)
    assert selector.row(2).cell(3).hasFocus()
    qtbot.keyClick(selector.focusWidget(), Qt.Key.Key_Space)
    assert changes.thawed == [(), (3, 5)]
    assert selector.row(2).cell(3).hasFocus()
    qtbot.keyClick(selector.focusWidget(), Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    assert changes.thawed == [(), ()]


def test_arrows_stop_at_the_edges_and_at_what_is_left_out(
    qtbot: QtBot, selector: BlockSelector, changes: Changes
) -> None:
    changes.show(recipes.make({"model": {"depth": 3}, "stages": [{}]}))
    cell = selector.row(1).cell(3)
    cell.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Up):
        qtbot.keyClick(cell, key)
        assert cell.hasFocus()


def test_tab_goes_from_a_rows_cells_to_its_fields(
    qtbot: QtBot, selector: BlockSelector, changes: Changes
) -> None:
    selector.row(2).cell(2).setFocus()
    qtbot.keyClick(selector.focusWidget(), Qt.Key.Key_Tab)
    assert selector.row(2).fields.epochs.hasFocus()
    qtbot.keyClick(selector.focusWidget(), Qt.Key.Key_Backtab)
    assert selector.row(2).cell(2).hasFocus()


def test_cells_say_in_words_what_they_are(selector: BlockSelector, changes: Changes) -> None:
    assert selector.row(2).cell(5).accessibleName() == "stage 2, block 5, thawed"
    assert selector.row(1).cell(5).accessibleName() == "stage 1, block 5, frozen"
    assert selector.row(1).head.accessibleName() == "stage 1, head, new, trains"
    assert selector.row(2).cell(5).text() == "thawed"
    assert selector.row(2).fields.epochs.accessibleName() == "Stage 2, epochs"


def test_frozen_and_thawed_differ_in_more_than_colour(
    selector: BlockSelector, changes: Changes
) -> None:
    window = selector.palette().color(QPalette.ColorRole.Window)
    corner = QPoint(4, 4)  # filled in a frozen cell, cut off by a thawed one's round corner
    frozen, thawed = (selector.row(2).cell(number).grab().toImage() for number in (4, 5))
    assert frozen.pixelColor(corner) != window
    assert thawed.pixelColor(corner) == window


def test_the_head_takes_no_click(qtbot: QtBot, selector: BlockSelector, changes: Changes) -> None:
    click(qtbot, selector.row(1).head)
    assert changes.keys == []
    assert selector.row(1).head.text() == "new, trains"


def test_left_out_blocks_take_no_click(
    qtbot: QtBot, selector: BlockSelector, changes: Changes
) -> None:
    changes.show(recipes.make({"model": {"depth": 3}, "stages": [{}]}))
    click(qtbot, selector.row(1).cell(4))
    assert changes.keys == []
    assert selector.row(1).cell(4).text() == "left out"


def test_rows_follow_the_recipes_stages(
    qtbot: QtBot, selector: BlockSelector, changes: Changes
) -> None:
    changes.show(recipes.make({"stages": [{"thawed": [n]} for n in (1, 2, 3, 4)]}))
    assert len(selector.rows) == 4
    click(qtbot, selector.row(4).cell(5))
    assert changes.thawed == [(1,), (2,), (3,), (4, 5)]
    changes.show(RunConfig())
    assert len(selector.rows) == 2
    assert selector.row(2).cell(5).state == "thawed"


def test_more_rows_than_fit_scroll_and_stay_in_the_columns(
    qtbot: QtBot, selector: BlockSelector, changes: Changes
) -> None:
    changes.show(recipes.make({"stages": [{}] * 6}))
    row = selector.row(6)

    def is_seen() -> bool:
        place = row.cell(1).mapTo(selector, QPoint(0, row.cell(1).height()))
        return place.y() <= selector.height()

    assert not is_seen()
    selector.row(5).cell(1).setFocus()
    qtbot.keyClick(selector.focusWidget(), Qt.Key.Key_Down)
    qtbot.waitUntil(is_seen)
    assert row.cell(1).hasFocus()
    qtbot.waitUntil(lambda: selector.columns.width < selector.width())  # beside the scroll bar
    for block in vgg16.BLOCKS:
        cell, span = row.cell(block.number), selector.columns.block(block.number)
        assert (cell.x(), cell.width()) == (span.left, span.width)
    end = row.fields.mapTo(selector, QPoint(row.fields.width(), 0)).x()
    assert end <= selector.columns.width


def test_an_error_stands_in_its_row_until_the_next_change(
    selector: BlockSelector, changes: Changes
) -> None:
    selector.show_error("stages.1.epochs", "epochs must be at least 1")
    assert selector.row(2).note.text() == "epochs must be at least 1"
    assert "must be" not in selector.row(1).note.text()
    changes.show(RunConfig())
    assert "after block 4" in selector.row(2).note.text()


def test_marks_stand_in_their_rows_and_ask_for_the_cards_value(
    qtbot: QtBot, selector: BlockSelector, changes: Changes
) -> None:
    selector.show_marks({"stages.1.thawed": [], "stages.0.learning_rate": None})
    assert selector.row(2).mark.isVisible()
    assert "no block thawed" in selector.row(2).mark.toolTip()
    assert not selector.row(1).mark.isVisible()
    mark = selector.row(1).fields.marks["learning_rate"]
    assert "nothing" in mark.toolTip()
    with qtbot.waitSignal(selector.put_back) as back:
        qtbot.mouseClick(mark, Qt.MouseButton.LeftButton)
    assert back.args == ["stages.0.learning_rate"]
    selector.show_marks({})
    assert not mark.isVisible()


def test_a_stage_tells_of_marks_that_have_no_place_in_its_row(
    selector: BlockSelector, changes: Changes
) -> None:
    selector.show_marks({"stages.1.momentum": 0.9, "stages.0.epochs": 20})
    assert [row.name.is_marked for row in selector.rows] == [False, True]
    assert "not as the card" in selector.row(2).name.toolTip()
    selector.show_marks({})
    assert not any(row.name.is_marked for row in selector.rows)


def test_a_mark_moves_no_field(selector: BlockSelector, changes: Changes) -> None:
    fields = selector.row(1).fields
    before = [fields.field(name).x() for name in NUMBERS]
    selector.show_marks({f"stages.0.{name}": 1 for name in NUMBERS})
    assert [fields.field(name).x() for name in NUMBERS] == before
    assert all(mark.isVisible() for mark in fields.marks.values())


def test_the_focus_chooses_its_stage(
    qtbot: QtBot, selector: BlockSelector, changes: Changes
) -> None:
    selector.activateWindow()
    with qtbot.waitSignal(selector.stage_chosen) as chosen:
        selector.row(2).fields.epochs.setFocus()
    assert chosen.args == [1]
    assert selector.row(2).is_chosen
    assert not selector.row(1).is_chosen


def test_the_chosen_stage_is_one_that_is_there(selector: BlockSelector, changes: Changes) -> None:
    changes.show(recipes.make({"stages": [{}] * 4}))
    selector.choose(3)
    changes.show(RunConfig())
    assert selector.chosen == 1
    assert selector.row(2).is_chosen


def test_no_more_stages_than_a_recipe_may_have(selector: BlockSelector, changes: Changes) -> None:
    changes.show(recipes.make({"stages": [{}] * 50}))
    assert not selector.row(1).tools.actions_by_name["add"].isEnabled()
    changes.show(recipes.make({"stages": [{}] * 49}))
    assert selector.row(1).tools.actions_by_name["add"].isEnabled()
