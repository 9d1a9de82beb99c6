"""The recipe's stages as rows of blocks to freeze and to thaw."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from core.recipe import vgg16
from core.recipe.config import RunConfig
from gui.base import theme
from gui.recipe.columns import Columns
from gui.recipe.selector_row import SelectorRow
from gui.recipe.stage_header import StageHeader
from gui.recipe.stage_parts import fields_width

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
