"""The recipe's stages as rows of blocks to freeze and to thaw."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from core import vgg16
from core.config import RunConfig
from gui import theme
from gui.widgets.columns import Columns
from gui.widgets.selector_row import SelectorRow
from gui.widgets.stage_fields import fields_width
from gui.widgets.stage_header import StageHeader

_SEEN_ROWS = 2  # always, without scrolling


class BlockSelector(QWidget):
    """One row per stage, in columns that the drawing above shares; more than fit scroll.

    Signals: ``changed`` with a recipe's key ("stages.1.thawed") and its new value;
    ``columns_changed`` with the ``Columns``, when the width changes.
    """

    changed = Signal(str, object)
    columns_changed = Signal(object)

    def __init__(self, label_width: int, parent: QWidget | None = None) -> None:
        """``label_width`` is what the first column of the drawing needs."""
        super().__init__(parent)
        self._label_width = label_width
        self._columns = Columns(960, label_width, fields_width())
        self.rows: list[SelectorRow] = []
        self._head = QWidget(self)
        self._hint = QLabel(
            self.tr("Click a block to freeze or thaw it in a stage; Shift: from here on."),
            self._head,
        )
        self._hint.setFont(theme.small_font())
        self._header = StageHeader(self._head)
        self._head.setFixedHeight(self._header.sizeHint().height())
        self._area = QScrollArea(self, widgetResizable=True)
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
        self._make_rows(len(recipe.stages))
        times: Sequence[float | None] = seconds or [None] * len(self.rows)
        for row, time in zip(self.rows, times, strict=True):
            row.set_error("")
            row.show_stage(recipe, classes, time)
        self._place()

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
            row.show()
            if self.rows:
                QWidget.setTabOrder(self.rows[-1].fields.backbone_factor, row.cells[0])
            self.rows.append(row)

    def _move(self, index: int, number: int) -> None:
        """Give the focus to a cell of another row or block, if there is one to click."""
        if 0 <= index < len(self.rows) and 1 <= number <= vgg16.BLOCK_COUNT:
            cell = self.rows[index].cell(number)
            if cell.isEnabled():
                cell.setFocus()
                self._area.ensureWidgetVisible(self.rows[index], 0, 0)

    def _place(self) -> None:
        width = self._area.viewport().width()
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
        left = columns.block(1).left
        self._hint.setGeometry(left, 0, columns.end.left - left, self._head.height())
        self._header.setGeometry(columns.end.left, 0, columns.end.width, self._head.height())
        if columns != self._columns:
            self._columns = columns
            self.columns_changed.emit(columns)


class _Content(QWidget):
    """What scrolls; tells of another width, the scroll bar's coming included."""

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.resized.emit()

    def sizeHint(self) -> QSize:
        return self.minimumSize()
