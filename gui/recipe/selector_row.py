"""A stage of the recipe as a row of blocks to click."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFontMetrics, QPalette
from PySide6.QtWidgets import QLabel, QWidget

from core.recipe import vgg16
from core.recipe.config import RunConfig
from gui.base import theme
from gui.controls import setting_fields
from gui.controls.setting_fields import ChangeMark
from gui.recipe import block_cell
from gui.recipe import words as recipe_words
from gui.recipe.block_cell import BlockCell
from gui.recipe.columns import Columns
from gui.recipe.stage_name import StageName
from gui.recipe.stage_note import stage_note
from gui.recipe.stage_parts import NUMBERS, StageFields
from gui.recipe.stage_tools import SIDE, StageTools, tools_width

_NOTE_GAP, _BOTTOM_GAP = 1, 7


class SelectorRow(QWidget):
    """A cell for each block and for the head, the stage's fields, and a note under them. The
    stage's tools are under its name while it is chosen, or the mouse is over it.

    Signals: ``changed`` with a field of the stage ("thawed") and its new value; ``put_back``
    with a field that is to be as the card has it; ``asked`` with what is to be done with the
    whole stage; ``chosen`` when its name is clicked; ``arrow_pressed`` with the number of the
    cell that has the focus and the columns and rows to go.
    """

    changed = Signal(str, object)
    put_back = Signal(str)
    asked = Signal(str)
    chosen = Signal()
    arrow_pressed = Signal(int, int, int)

    def __init__(self, index: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.index = index
        self._recipe = RunConfig()
        self._error = ""
        self._note = ""
        self.name = StageName(self.tr("Stage %1").replace("%1", str(index + 1)), self)
        self._mark_name(False)
        self.name.clicked.connect(self.chosen)
        self.mark = ChangeMark(self)
        self.mark.clicked.connect(lambda: self.put_back.emit("thawed"))
        self.cells = [self._cell(block.number) for block in vgg16.BLOCKS]
        self.head = BlockCell(self)
        self.head.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.fields = StageFields(self)
        self.fields.changed.connect(self.changed)
        self.fields.put_back.connect(self.put_back)
        self.tools = StageTools(self)
        self.tools.asked.connect(self.asked)
        self.tools.hide()
        self.note = QLabel(self, wordWrap=True)
        self.note.setFont(theme.small_font())
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._let_tab_reach(1)

    def _cell(self, number: int) -> BlockCell:
        cell = BlockCell(self)
        cell.chosen.connect(lambda from_here: self._toggle(number, from_here))
        cell.arrow_pressed.connect(lambda x, y: self.arrow_pressed.emit(number, x, y))
        cell.focused.connect(lambda: self._let_tab_reach(number))
        return cell

    def _let_tab_reach(self, number: int) -> None:
        """Tab goes from row to row; within one the arrows move, so one cell takes part."""
        for cell, block in zip(self.cells, vgg16.BLOCKS, strict=True):
            reached = block.number == number
            cell.setFocusPolicy(
                Qt.FocusPolicy.StrongFocus if reached else Qt.FocusPolicy.ClickFocus
            )

    def cell(self, number: int) -> BlockCell:
        """The cell of block ``number``, from 1."""
        return self.cells[number - 1]

    @property
    def has_focused_cell(self) -> bool:
        return any(cell.hasFocus() for cell in self.cells)

    def show_stage(self, recipe: RunConfig, classes: int | None, seconds: float | None) -> None:
        """Show this row's stage of ``recipe``; ``seconds`` is what an epoch takes."""
        self._recipe = recipe
        thawed = recipe.stages[self.index].thawed
        for cell, block in zip(self.cells, vgg16.BLOCKS, strict=True):
            self._show_cell(cell, block.number, thawed)
        self.head.set_state("new", self.tr("new, trains"))
        self.head.setAccessibleName(self._spoken(self.tr("head"), self.head.text()))
        self.head.setToolTip(self.tr("The head is new: it trains in every stage."))
        self.fields.show_stage(recipe, self.index, classes)
        self.tools.show_place(self.index, len(recipe.stages))
        self._note = stage_note(recipe, self.index, seconds)
        self._show_note()

    def show_marks(self, marks: Mapping[str, Any]) -> None:
        """Mark what differs from the card, which has the values in ``marks`` by field."""
        self.fields.show_marks(marks)
        value = None
        if "thawed" in marks:
            value = recipe_words.blocks(marks["thawed"], self._recipe.model.depth)
            value = self.tr("%1 thawed").replace("%1", value)
        self.mark.show_value(value, self.name.text())
        self._mark_name(not marks.keys() <= {"thawed", *NUMBERS})

    def _mark_name(self, is_marked: bool) -> None:
        """Tell, or not, that what has no place in the row differs from the card."""
        words = self.tr("Tell more of this stage below")
        if is_marked:
            words = self.tr("Among all its settings something is not as the card has it")
        self.name.setToolTip(words)
        self.name.set_marked(is_marked)

    @property
    def is_chosen(self) -> bool:
        """Whether this is the stage of which more is told elsewhere."""
        return self.name.isChecked()

    def set_chosen(self, chosen: bool) -> None:
        """Show, or not, that this is the stage of which more is told elsewhere."""
        self.name.setChecked(chosen)
        self._show_tools()

    def set_error(self, sentence: str) -> None:
        """Show what is wrong in place of the note; "" shows the note again."""
        self._error = sentence
        self._show_note()

    def place(self, columns: Columns) -> int:
        """Put everything into ``columns``; gives the height that the row then needs."""
        width = columns.label.width - setting_fields.MARK_SIDE
        self.name.setGeometry(0, 0, columns.label.width, block_cell.HEIGHT)  # under its mark
        top = (block_cell.HEIGHT - setting_fields.MARK_SIDE) // 2
        self.mark.setGeometry(width, top, setting_fields.MARK_SIDE, setting_fields.MARK_SIDE)
        self.tools.setGeometry(0, block_cell.HEIGHT, tools_width(), SIDE)
        for cell, block in zip(self.cells, vgg16.BLOCKS, strict=True):
            span = columns.block(block.number)
            cell.setGeometry(span.left, 0, span.width, block_cell.HEIGHT)
        head, end = columns.head, columns.end
        self.head.setGeometry(head.left, 0, head.width, block_cell.HEIGHT)
        self.fields.setGeometry(end.left, 0, end.width, block_cell.HEIGHT)
        left = columns.block(1).left
        width = end.right - left  # not the widget's: before it is shown, that is a few pixels
        height = max(self.note.heightForWidth(width), QFontMetrics(self.note.font()).height())
        self.note.setGeometry(left, block_cell.HEIGHT + _NOTE_GAP, width, height)
        return block_cell.HEIGHT + _NOTE_GAP + height + _BOTTOM_GAP

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._show_tools()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._show_tools()

    def _show_tools(self) -> None:
        self.tools.setVisible(self.is_chosen or self.underMouse())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show_note()

    def _show_cell(self, cell: BlockCell, number: int, thawed: tuple[int, ...]) -> None:
        if number > self._recipe.model.depth:
            state, text = "left out", self.tr("left out")
            hint = self.tr("Only the first %1 blocks are kept.")
        elif number in thawed:
            state, text = "thawed", self.tr("thawed")
            hint = self.tr("Click to freeze block %2; with Shift, it and all blocks after it.")
        else:
            state, text = "frozen", self.tr("frozen")
            hint = self.tr("Click to thaw block %2; with Shift, it and all blocks after it.")
        cell.set_state(state, text)
        hint = hint.replace("%1", str(self._recipe.model.depth)).replace("%2", str(number))
        cell.setToolTip(hint)
        block = self.tr("block %1").replace("%1", str(number))
        cell.setAccessibleName(self._spoken(block, text))

    def _spoken(self, what: str, state: str) -> str:
        words = self.tr("stage %1, %2, %3").replace("%1", str(self.index + 1))
        return words.replace("%2", what).replace("%3", state)

    def _toggle(self, number: int, from_here: bool) -> None:
        thawed = set(self._recipe.stages[self.index].thawed)
        last = self._recipe.model.depth if from_here else number
        blocks = range(number, last + 1)
        changed = thawed.difference(blocks) if number in thawed else thawed.union(blocks)
        self.changed.emit("thawed", sorted(changed))

    def _show_note(self) -> None:
        self.note.setText(self._error or self._note)
        palette = QPalette()  # of the widget's own it holds only what is set here
        if self._error:
            palette.setColor(QPalette.ColorRole.WindowText, theme.data_color("wrong"))
        self.note.setPalette(palette)
        faint, plain = QPalette.ColorRole.PlaceholderText, QPalette.ColorRole.WindowText
        self.note.setForegroundRole(plain if self._error else faint)


def label_width() -> int:
    """The width that the first column needs."""
    name = QFontMetrics(theme.font(bold=True)).horizontalAdvance("Stage 10")
    return max(name + 8 + setting_fields.MARK_SIDE, tools_width())
