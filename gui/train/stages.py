"""A recipe's stages as rows: which blocks are frozen or thawed, for how long and how fast."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from core.recipe import vgg16
from core.recipe.config import RunConfig
from gui.base import theme
from gui.controls.number_fields import NumberField
from gui.recipe.stage_parts import StageFields, StageHeader

_ICON = 16
_ICONS = {"frozen": "snowflake", "thawed": "flame"}
_MARK = "\N{BLACK RIGHT-POINTING SMALL TRIANGLE} "
_GAP = 4
_COLUMNS = vgg16.BLOCK_COUNT + 1  # the last is the head
_WIDEST_CELL, _NARROWEST_CELL = 96, 34


class StageStrip(QWidget):
    """Stages as rows; block1 to block5 and the head as columns. Only shows, takes no clicks.

    A frozen block is icy with a snowflake, one that learns is warm with a flame, and one
    beyond the kept depth is an empty outline. The row that trains now is marked.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[tuple[int, ...], ...] = ()
        self._depth = vgg16.BLOCK_COUNT
        self._running: int | None = None
        self._header_top = 0
        self._icons = {name: theme.icon(picture, name) for name, picture in _ICONS.items()}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Blocks by stages"))

    @property
    def thawed(self) -> tuple[tuple[int, ...], ...]:
        """The thawed blocks of each stage shown."""
        return self._rows

    @property
    def running(self) -> int | None:
        """The number, from 1, of the stage that trains now."""
        return self._running

    def show_stages(
        self,
        thawed: Sequence[Sequence[int]],
        depth: int = vgg16.BLOCK_COUNT,
        running: int | None = None,
    ) -> None:
        """Show stages by their thawed blocks; ``running`` counts from 1, None while nothing
        trains."""
        shown = tuple(tuple(one) for one in thawed), depth, running
        if shown == (self._rows, self._depth, self._running):
            return
        self._rows, self._depth, self._running = shown
        self.setAccessibleDescription("\n".join(self._spoken(n) for n in range(len(thawed))))
        self.setMaximumWidth(self._label_width() + _COLUMNS * _WIDEST_CELL)
        self.updateGeometry()
        self.update()

    def keep_header_at(self, top: int) -> None:
        """Paint the blocks' names ``top`` pixels below the strip's top, over the rows there."""
        self._header_top = top
        self.update()

    @property
    def header_height(self) -> int:
        """Pixels above the first row, for whoever puts something beside the rows."""
        return QFontMetrics(theme.small_font()).height() + _GAP

    @property
    def row_height(self) -> int:
        """Pixels from one row to the next."""
        return max(self.fontMetrics().height() + 14, 32)

    def cell(self, row: int, column: int) -> QRect:
        """Where a cell is painted; both numbers from 0, the head is the last column."""
        left, width = self._label_width(), self._cell_width()
        top = self.header_height + row * self.row_height
        return QRect(left + column * width, top, width, self.row_height).adjusted(2, 3, -2, -3)

    def sizeHint(self) -> QSize:
        width = self._label_width() + _COLUMNS * 64
        return QSize(width, self.header_height + len(self._rows) * self.row_height)

    def minimumSizeHint(self) -> QSize:
        width = self._label_width() + _COLUMNS * _NARROWEST_CELL
        return QSize(width, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row in range(len(self._rows)):
            self._paint_row(painter, row)
        self._paint_header(painter)
        painter.end()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            text = self._cell_text(event.pos())
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _paint_header(self, painter: QPainter) -> None:
        whole = QRect(0, self._header_top, self.width(), self.header_height)
        painter.fillRect(whole, self.palette().color(self.backgroundRole()))
        painter.setFont(theme.small_font())
        painter.setPen(self.palette().color(self.foregroundRole()))
        for column in range(_COLUMNS):
            cell = self.cell(0, column)
            place = QRect(cell.left() - 2, whole.top(), cell.width() + 4, whole.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self._column_name(column))

    def _paint_row(self, painter: QPainter, row: int) -> None:
        running = self._running == row + 1
        middle = self.cell(row, 0).center().y()
        color = self.palette().color(self.foregroundRole())
        painter.setFont(theme.font(bold=running))
        painter.setPen(theme.data_color("training", self.palette()) if running else color)
        left = QRect(0, middle - self.row_height // 2, self._label_width(), self.row_height)
        label = (_MARK if running else "") + self._name(row)
        flags = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(left.adjusted(0, 0, -8, 0), flags | Qt.AlignmentFlag.AlignRight, label)
        for column in range(_COLUMNS):
            self._paint_cell(painter, row, column, running)

    def _paint_cell(self, painter: QPainter, row: int, column: int, running: bool) -> None:
        place = self.cell(row, column)
        if not self._is_kept(column):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.palette().mid().color(), 1, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(place, 3, 3)
            return
        learns = self._learns(row, column)
        name = "thawed" if learns else "frozen"
        edge = theme.data_color("training" if running and learns else name, self.palette())
        painter.setPen(QPen(edge, 2 if running and learns else 1))
        painter.setBrush(theme.fill_color(name, self.palette()))
        radius = place.height() / 2 if learns else 3
        painter.drawRoundedRect(place, radius, radius)
        square = QRect(0, 0, _ICON, _ICON)
        square.moveCenter(place.center())
        self._icons[name].paint(painter, square)

    def _is_kept(self, column: int) -> bool:
        return column < self._depth or column == _COLUMNS - 1

    def _learns(self, row: int, column: int) -> bool:
        return column == _COLUMNS - 1 or column + 1 in self._rows[row]

    def _cell_text(self, position: QPoint) -> str:
        for row in range(len(self._rows)):
            for column in range(_COLUMNS):
                if self.cell(row, column).contains(position):
                    return f"{self._column_name(column)}: {self._state(row, column)}"
        return ""

    def _state(self, row: int, column: int) -> str:
        if not self._is_kept(column):
            return self.tr("not part of this network")
        if self._learns(row, column):
            return self.tr("thawed: it learns")
        return self.tr("frozen: its weights stay as they are")

    def _name(self, row: int) -> str:
        return self.tr("Stage %1").replace("%1", str(row + 1))

    def _column_name(self, column: int) -> str:
        if column == _COLUMNS - 1:
            return self.tr("head")
        return self.tr("block%1").replace("%1", str(column + 1))

    def _spoken(self, row: int) -> str:
        names = [
            self._column_name(column)
            for column in range(_COLUMNS)
            if self._is_kept(column) and self._learns(row, column)
        ]
        text = self.tr("%1 trains %2.").replace("%1", self._name(row))
        text = text.replace("%2", ", ".join(names))
        return text + (" " + self.tr("It trains now.") if self._running == row + 1 else "")

    def _label_width(self) -> int:
        widest = self._name(max(len(self._rows) - 1, 0))
        metrics = QFontMetrics(theme.font(bold=True))
        return metrics.horizontalAdvance(_MARK + widest) + 12

    def _cell_width(self) -> int:
        free = self.width() - self._label_width()
        return min(max(free // _COLUMNS, _NARROWEST_CELL), _WIDEST_CELL)


class StagePlan(QWidget):
    """A strip of blocks by stages with each stage's fields at the row's end.

    Signal: ``changed`` with a recipe's dotted key, such as ``stages.1.epochs``, and the value
    that a person typed.
    """

    changed = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strip = StageStrip()
        self.rows: list[StageFields] = []
        self._header_top = 0
        self._header = StageHeader()
        self._header.setFixedHeight(self.strip.header_height)
        self._header.setAutoFillBackground(True)
        self._column = QVBoxLayout()
        self._column.setSpacing(0)
        self._column.addWidget(self._header)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.setAlignment(Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.strip, 1, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._column)
        row.addStretch()

    def show_recipe(self, recipe: RunConfig, classes: int | None, running: int | None) -> None:
        """Show ``recipe``'s stages, of which number ``running`` (from 1) trains now."""
        self.strip.show_stages(
            [stage.thawed for stage in recipe.stages], recipe.model.depth, running
        )
        while len(self.rows) > len(recipe.stages):
            row = self.rows.pop()
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        while len(self.rows) < len(recipe.stages):
            self._add_row(len(self.rows))
        for index, row in enumerate(self.rows):
            row.show_stage(recipe, index, classes)

    def _add_row(self, index: int) -> None:
        row = StageFields()
        row.setFixedHeight(self.strip.row_height)
        row.changed.connect(lambda name, value: self.changed.emit(f"stages.{index}.{name}", value))
        self._column.addWidget(row)
        self.rows.append(row)

    def set_locked(self, locked: bool) -> None:
        """Lock every field, while a run trains."""
        for row in self.rows:
            row.set_locked(locked)

    def field(self, key: str) -> NumberField:
        """The field of a dotted key. Raises ``KeyError``, ``IndexError``."""
        _, index, name = key.split(".")
        return self.rows[int(index)].field(name)

    def keep_header_at(self, top: int) -> None:
        """Let the words above the columns be seen ``top`` pixels below the first one's place."""
        self._header_top = top
        self.strip.keep_header_at(top)
        self._place_header()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._place_header()  # the layout has put it above the first row
        return done

    def _place_header(self) -> None:
        self._header.move(self._header.x(), self._header_top)
        self._header.raise_()

    def height_of(self, rows: int) -> int:
        """Pixels that the header and at most ``rows`` rows take."""
        return self.strip.header_height + min(len(self.rows), rows) * self.strip.row_height
