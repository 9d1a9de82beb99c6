"""The recipe's stages as rows of blocks, each frozen or thawed by a click.

``Columns`` places the blocks from left to right, for these rows and for the drawing of the network
above them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QFontMetrics,
    QInputEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFrame,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.recipe import vgg16
from core.recipe.config import RunConfig
from gui.base import theme
from gui.controls import setting_fields
from gui.controls.setting_fields import ChangeMark
from gui.recipe import words as recipe_words
from gui.recipe.stage_parts import (
    NUMBERS,
    SIDE,
    StageFields,
    StageHeader,
    StageName,
    StageTools,
    fields_width,
    stage_note,
    tools_width,
)

GAP = 8
_NARROWEST, _WIDEST = 72, 150


class Span(NamedTuple):
    """A piece of the width, in pixels."""

    left: int
    width: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def center(self) -> float:
        return self.left + self.width / 2


@dataclass(frozen=True)
class Columns:
    """A label, one column for each block and one for the head, and what ends a row.

    The blocks and the head are equally wide and share what ``label_width`` and ``end_width``
    leave of ``width``; beyond a comfortable width the end gets the rest.
    """

    width: int
    label_width: int
    end_width: int

    @property
    def label(self) -> Span:
        return Span(0, self.label_width)

    @property
    def column_width(self) -> int:
        """Of a block or the head, the gap to the next not counted."""
        left = self.width - self.label_width - self.end_width - GAP
        return min(max(left // (vgg16.BLOCK_COUNT + 1) - GAP, _NARROWEST), _WIDEST)

    def block(self, number: int) -> Span:
        """Block 1 to 5."""
        step = self.column_width + GAP
        return Span(self.label_width + GAP + (number - 1) * step, self.column_width)

    @property
    def head(self) -> Span:
        return self.block(vgg16.BLOCK_COUNT + 1)

    @property
    def end(self) -> Span:
        left = self.head.right + GAP
        return Span(left, max(self.width - left, self.end_width))


CELL_HEIGHT = 32
_ICON, _SPACE = 16, 5
_ICONS = {"frozen": "snowflake", "thawed": "flame", "new": "flame"}
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class BlockCell(QAbstractButton):
    """A cell of the stages' table. Its state is ``frozen``, ``thawed``, ``left out`` or, for
    the head, ``new``; shape, colour, icon and text all say which. It never changes by itself.

    Signals: ``chosen`` by a click or the space bar, True where Shift was held as it was pressed
    or as it was let go ("from here on"): fingers leave both keys in either order;
    ``arrow_pressed`` with the columns and rows to go; ``focused`` when it gets the focus.
    """

    chosen = Signal(bool)
    arrow_pressed = Signal(int, int)
    focused = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = "frozen"
        self._with_shift = False
        self._icons = {name: theme.icon(file, _color(name)) for name, file in _ICONS.items()}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clicked.connect(self._choose)

    @property
    def state(self) -> str:
        return self._state

    def set_state(self, state: str, text: str) -> None:
        """Show ``state``, ``text`` being its name for a person."""
        self._state = state
        self.setText(text)
        self.setEnabled(state in ("frozen", "thawed"))
        can_click = Qt.CursorShape.PointingHandCursor if self.isEnabled() else None
        self.unsetCursor() if can_click is None else self.setCursor(can_click)
        self.update()

    def sizeHint(self) -> QSize:
        text = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(_ICON + _SPACE + text + 12, CELL_HEIGHT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._with_shift = _has_shift(event)
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._with_shift |= _has_shift(event)
        super().mouseReleaseEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self._with_shift |= _has_shift(event)
        super().keyReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        direction = _ARROWS.get(Qt.Key(event.key()))
        if direction is not None:
            self.arrow_pressed.emit(*direction)
            return
        if not event.isAutoRepeat():
            self._with_shift = _has_shift(event)
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        if self._state == "left out":
            self._paint_left_out(painter, frame)
        else:
            self._paint_state(painter, frame)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 3))
            painter.drawRoundedRect(frame, self._radius(), self._radius())
        painter.end()

    def _paint_left_out(self, painter: QPainter, frame: QRectF) -> None:
        color = self.palette().color(QPalette.ColorRole.PlaceholderText)
        painter.setPen(QPen(color, 1, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(frame, 3, 3)
        painter.setFont(theme.small_font())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())

    def _paint_state(self, painter: QPainter, frame: QRectF) -> None:
        name = _color(self._state)
        color, filling = theme.data_color(name), theme.fill_color(name)
        if self.isDown():
            filling = filling.darker(112)
        painter.setBrush(filling)
        painter.setPen(QPen(color, 2 if self.underMouse() and self.isEnabled() else 1))
        painter.drawRoundedRect(frame, self._radius(), self._radius())
        if self.sizeHint().width() > self.width():
            painter.setFont(theme.small_font())
        width = painter.fontMetrics().horizontalAdvance(self.text())
        left = (self.width() - _ICON - _SPACE - width) // 2
        if left < 5:  # shape, colour and words are enough where there is no room for more
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
            return
        square = QRect(left, (self.height() - _ICON) // 2, _ICON, _ICON)
        self._icons[self._state].paint(painter, square)
        place = QRect(left + _ICON + _SPACE, 0, self.width(), self.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, self.text())

    def _radius(self) -> float:
        return 3.0 if self._state == "frozen" else CELL_HEIGHT / 2 - 2

    def _choose(self) -> None:
        with_shift, self._with_shift = self._with_shift, False
        self.chosen.emit(with_shift)


def _has_shift(event: QInputEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)


def _color(state: str) -> str:
    return "frozen" if state == "frozen" else "thawed"


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
        self.name.setGeometry(0, 0, columns.label.width, CELL_HEIGHT)  # under its mark
        top = (CELL_HEIGHT - setting_fields.MARK_SIDE) // 2
        self.mark.setGeometry(width, top, setting_fields.MARK_SIDE, setting_fields.MARK_SIDE)
        self.tools.setGeometry(0, CELL_HEIGHT, tools_width(), SIDE)
        for cell, block in zip(self.cells, vgg16.BLOCKS, strict=True):
            span = columns.block(block.number)
            cell.setGeometry(span.left, 0, span.width, CELL_HEIGHT)
        head, end = columns.head, columns.end
        self.head.setGeometry(head.left, 0, head.width, CELL_HEIGHT)
        self.fields.setGeometry(end.left, 0, end.width, CELL_HEIGHT)
        left = columns.block(1).left
        width = end.right - left  # not the widget's: before it is shown, that is a few pixels
        height = max(self.note.heightForWidth(width), QFontMetrics(self.note.font()).height())
        self.note.setGeometry(left, CELL_HEIGHT + _NOTE_GAP, width, height)
        return CELL_HEIGHT + _NOTE_GAP + height + _BOTTOM_GAP

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


_SEEN_ROWS = 2  # always, without scrolling


class BlockSelector(QWidget):
    """One row per stage, in columns that the drawing above shares; more than fit scroll. One
    stage is the chosen one: that whose name was clicked, or in whose row the focus is.

    Signals: ``changed`` with a recipe's key ("stages.1.thawed", or "stages" for all of them) and
    its new value; ``put_back`` with a key that is to be as the card has it; ``stage_chosen`` with
    a stage from 0; ``columns_changed`` with the ``Columns``, when the width changes.
    """

    changed = Signal(str, object)
    put_back = Signal(str)
    stage_chosen = Signal(int)
    columns_changed = Signal(object)

    def __init__(self, label_width: int, parent: QWidget | None = None) -> None:
        """``label_width`` is what the first column of the drawing needs."""
        super().__init__(parent)
        self._label_width = label_width
        self._columns = Columns(960, label_width, fields_width())
        self._recipe = RunConfig()
        self._chosen = 0
        self.rows: list[SelectorRow] = []
        self._head = QWidget(self)
        self._hint = QLabel(
            self.tr("Click a block to freeze or thaw it in a stage; Shift: from here on."),
            self._head,
        )
        self._hint.setFont(theme.small_font())
        self._header = StageHeader(self._head)
        self._head.setFixedHeight(self._header.sizeHint().height())
        self._area = _Area(self, widgetResizable=True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._content = _Content(self._area)
        self._content.resized.connect(self._place)
        self._area.setWidget(self._content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._head)
        layout.addWidget(self._area)
        self.setMinimumWidth(Columns(0, label_width, fields_width()).end.right)
        self.setAccessibleName(self.tr("Blocks by stages"))
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)

    @property
    def chosen(self) -> int:
        """The stage, from 0, of which more is told elsewhere."""
        return self._chosen

    def choose(self, index: int) -> None:
        """Let the stage ``index``, from 0, be the chosen one; it is brought into sight."""
        if index != self._chosen:
            self._chosen = index
            self._mark_chosen()
            self._area.ensureWidgetVisible(self.rows[index], 0, 0)
            self.stage_chosen.emit(index)

    @property
    def columns(self) -> Columns:
        return self._columns

    def row(self, number: int) -> SelectorRow:
        """The row of stage ``number``, from 1."""
        return self.rows[number - 1]

    def show_recipe(
        self, recipe: RunConfig, classes: int | None, seconds: Sequence[float] | None
    ) -> None:
        """Show ``recipe``'s stages; ``seconds`` are those of an epoch of each, if known."""
        self._recipe = recipe
        self._make_rows(len(recipe.stages))
        self._chosen = min(self._chosen, len(self.rows) - 1)
        times: Sequence[float | None] = seconds or [None] * len(self.rows)
        for row, time in zip(self.rows, times, strict=True):
            row.set_error("")
            row.show_stage(recipe, classes, time)
        self._mark_chosen()
        self._place()

    def show_marks(self, marks: Mapping[str, Any]) -> None:
        """Mark what differs from the card, which has the values in ``marks`` by recipe's key."""
        for row in self.rows:
            prefix = f"stages.{row.index}."
            own = {
                key.removeprefix(prefix): one
                for key, one in marks.items()
                if key[: len(prefix)] == prefix
            }
            row.show_marks(own)

    def show_error(self, key: str, sentence: str) -> None:
        """Mark the stage that ``key`` belongs to with ``sentence``."""
        self.rows[int(key.split(".")[1])].set_error(sentence)
        self._place()

    def _make_rows(self, count: int) -> None:
        while len(self.rows) > count:
            row = self.rows.pop()
            row.hide()
            row.deleteLater()
        while len(self.rows) < count:
            row = SelectorRow(len(self.rows), self._content)
            row.changed.connect(
                lambda name, value, index=row.index: self.changed.emit(
                    f"stages.{index}.{name}", value
                )
            )
            row.arrow_pressed.connect(
                lambda number, x, y, index=row.index: self._move(index + y, number + x)
            )
            row.put_back.connect(
                lambda name, index=row.index: self.put_back.emit(f"stages.{index}.{name}")
            )
            row.asked.connect(lambda what, index=row.index: self._change_stages(what, index))
            row.chosen.connect(lambda index=row.index: self.choose(index))
            row.show()
            if self.rows:
                QWidget.setTabOrder(self.rows[-1].fields.backbone_factor, row.name)
            self.rows.append(row)

    def _change_stages(self, what: str, index: int) -> None:
        """Add a stage after the one at ``index``, remove or move that."""
        stages = [stage.model_dump(mode="json") for stage in self._recipe.stages]
        if what == "remove":
            del stages[index]
            to = min(index, len(stages) - 1)
        else:
            to = index - 1 if what == "up" else index + 1
            moved = stages[index] if what == "add" else stages.pop(index)
            stages.insert(to, moved)
        focus = QApplication.focusWidget()
        had_focus = focus is not None and self.rows[index].isAncestorOf(focus)
        self.changed.emit("stages", stages)
        if len(self.rows) == len(stages):  # else it was refused
            self.choose(to)
            if had_focus:
                self.rows[to].name.setFocus()

    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        row = next((one for one in self.rows if new is not None and one.isAncestorOf(new)), None)
        if row is not None:
            self.choose(row.index)

    def _mark_chosen(self) -> None:
        for row in self.rows:
            row.set_chosen(row.index == self._chosen)

    def _move(self, index: int, number: int) -> None:
        """Give the focus to a cell of another row or block, if there is one to click."""
        if 0 <= index < len(self.rows) and 1 <= number <= vgg16.BLOCK_COUNT:
            cell = self.rows[index].cell(number)
            if cell.isEnabled():
                cell.setFocus()
                self._area.ensureWidgetVisible(self.rows[index], 0, 0)

    def _place(self) -> None:
        width = self._content.width()  # where a scroll bar goes, the viewport's follows later
        columns = Columns(width, self._label_width, fields_width())
        top, seen = 0, 0
        for row in self.rows:
            height = row.place(columns)
            row.setGeometry(0, top, width, height)
            top += height
            seen = top if row.index < _SEEN_ROWS else seen
        self._content.setFixedHeight(top)
        self._content.updateGeometry()
        self._area.setMinimumHeight(seen)
        self._area.setMaximumHeight(top)
        self._area.updateGeometry()
        left = columns.block(1).left
        self._hint.setGeometry(left, 0, columns.end.left - left, self._head.height())
        self._header.setGeometry(columns.end.left, 0, columns.end.width, self._head.height())
        if columns != self._columns:
            self._columns = columns
            self.columns_changed.emit(columns)


class _Area(QScrollArea):
    """Wishes to be as high as its rows, of which Qt's own only sees how many there were first."""

    def sizeHint(self) -> QSize:
        rows = self.widget()
        return super().sizeHint() if rows is None else rows.minimumSize()


class _Content(QWidget):
    """What scrolls; tells of another width, the scroll bar's coming included."""

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.resized.emit()

    def sizeHint(self) -> QSize:
        return self.minimumSize()
