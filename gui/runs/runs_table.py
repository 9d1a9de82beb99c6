"""The table of runs: two lines a row, a box to tick, a star to click."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionButton,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from core.runs.list import ListedRun
from gui.base import theme
from gui.base import words as base_words
from gui.runs.runs_columns import Column
from gui.runs.table import ICON, SECOND_LINE, RunsModel

_PAD, _GAP, _ICON = 6, 1, 16
_LETTERS = {
    Column.DATASET: 15,
    Column.PRESET: 25,
    Column.EPOCHS: 9,
    Column.BEST: 20,
    Column.TIME: 8,
    Column.STATE: 16,
}
_WIDE_DAY = 1_861_617_600  # one in December, whose day and month have two digits
_NARROWEST_NAME = 120


class RunsTable(QTableView):
    """Keys: Space ticks, Enter shows, Delete asks to delete, F2 renames.

    Signals: ``picked`` when other runs are selected; ``show_asked``, ``delete_asked``; and
    ``star_asked`` with the directory of the run whose star was clicked.
    """

    picked = Signal()
    show_asked = Signal()
    delete_asked = Signal()
    star_asked = Signal(object)

    def __init__(self, model: RunsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs = model
        self._kept: tuple[Path | None, list[Path], int] = (None, [], 0)
        self.setModel(model)
        self.setItemDelegate(_TwoLines(self))
        self.setAccessibleName(self.tr("Runs"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._set_up_headers()
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._restore)
        self.selectionModel().selectionChanged.connect(lambda *_: self.picked.emit())
        self.doubleClicked.connect(self._double_clicked)

    @property
    def selected(self) -> list[ListedRun]:
        """The selected runs, from top to bottom."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self._runs.run(row) for row in rows]

    def select(self, directories: Sequence[Path]) -> None:
        """Let the runs in these be selected, as far as they are shown."""
        flags = QItemSelectionModel.SelectionFlag
        rows = [row for one in directories if (row := self._runs.row_of(one)) is not None]
        if rows:
            self.setCurrentIndex(self._runs.index(rows[0], Column.NAME))
        for row in rows:
            index = self._runs.index(row, Column.NAME)
            self.selectionModel().select(index, flags.Select | flags.Rows)

    def begin_rename(self) -> None:
        """Let a person type another name for the selected run."""
        if self.selected:
            row = self._runs.row_of(self.selected[0].directory)
            if row is not None:
                self.edit(self._runs.index(row, Column.NAME))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = Qt.Key
        is_editing = self.state() == QAbstractItemView.State.EditingState
        if event.key() == keys.Key_Space and not is_editing and self.currentIndex().isValid():
            for one in self.selected or [self._runs.run(self.currentIndex().row())]:
                row = self._runs.row_of(one.directory)
                if row is not None:
                    self._runs.toggle(row)
        elif event.key() in (keys.Key_Return, keys.Key_Enter) and not is_editing:
            self.show_asked.emit()
        elif event.key() in (keys.Key_Delete, keys.Key_Backspace) and not is_editing:
            self.delete_asked.emit()
        elif event.key() == keys.Key_F2 and not is_editing:
            self.begin_rename()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        is_plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        is_left = event.button() == Qt.MouseButton.LeftButton
        if is_left and is_plain and index.isValid() and index.column() == Column.STAR:
            self.star_asked.emit(self._runs.run(index.row()).directory)

    def _set_up_headers(self) -> None:
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        small = QFontMetrics(theme.small_font()).height()
        rows.setDefaultSectionSize(self.fontMetrics().height() + small + _GAP + 9)
        rows.hide()
        columns = self.horizontalHeader()
        columns.setHighlightSections(False)
        columns.setMinimumSectionSize(28)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        columns.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
        for column in (Column.TICK, Column.STAR):
            columns.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.setColumnWidth(column, 30)
        letter = self.fontMetrics().averageCharWidth()
        for column, letters in _LETTERS.items():
            self.setColumnWidth(column, letters * letter + 2 * _PAD)
        day = self.fontMetrics().horizontalAdvance(base_words.day(_WIDE_DAY))
        self.setColumnWidth(Column.DATE, day + 2 * _PAD + _GAP)
        self.sortByColumn(Column.DATE, Qt.SortOrder.DescendingOrder)
        self.setSortingEnabled(True)

    def _double_clicked(self, index: QModelIndex) -> None:
        if index.column() not in (Column.TICK, Column.STAR):
            self.show_asked.emit()

    def _remember(self) -> None:
        current = self.currentIndex()
        there = current.isValid() and current.row() < self._runs.rowCount()
        directory = self._runs.run(current.row()).directory if there else None
        selected = [one.directory for one in self.selected]
        self._kept = directory, selected, self.verticalScrollBar().value()

    def _restore(self) -> None:
        """What was selected stays so; nothing scrolls by itself."""
        current, selected, scrolled = self._kept
        flags = QItemSelectionModel.SelectionFlag
        for one in selected:
            row = self._runs.row_of(one)
            if row is not None:
                index = self._runs.index(row, Column.NAME)
                self.selectionModel().select(index, flags.Select | flags.Rows)
        row = self._runs.row_of(current) if current is not None else None
        if row is not None:
            index = self._runs.index(row, Column.NAME)
            self.selectionModel().setCurrentIndex(index, flags.NoUpdate)
        self.verticalScrollBar().setValue(scrolled)
        self.picked.emit()


class _TwoLines(QStyledItemDelegate):
    """A line as Qt paints it, and a small pale one below."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        column = index.column()
        self.initStyleOption(option, index)
        style = option.widget.style() if option.widget else QApplication.style()
        first, option.text = option.text, ""
        has_box = bool(option.features & option.ViewItemFeature.HasCheckIndicator)
        option.features &= ~option.ViewItemFeature.HasCheckIndicator
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        if column == Column.TICK:
            if has_box:
                _paint_box(painter, option, style)
            return
        room = option.rect.adjusted(_PAD, 0, -_PAD, 0)
        if (look := index.data(ICON)) is not None:
            name, color = look
            if option.state & QStyle.StateFlag.State_Selected:
                color = QPalette.ColorRole.HighlightedText
            place = QRect(room.left(), room.center().y() - _ICON // 2, _ICON, _ICON)
            theme.icon(name, color).paint(painter, place)
            room.setLeft(place.right() + _PAD)
        self._paint_lines(painter, option, room, first, str(index.data(SECOND_LINE) or ""))

    def _paint_lines(
        self, painter: QPainter, option: QStyleOptionViewItem, room: QRect, first: str, second: str
    ) -> None:
        roles = QPalette.ColorRole
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        ink = option.palette.color(roles.HighlightedText if is_selected else roles.Text)
        pale = ink if is_selected else option.palette.color(roles.PlaceholderText)
        small = theme.small_font()
        heights = QFontMetrics(option.font).height(), QFontMetrics(small).height()
        whole = heights[0] + (_GAP + heights[1] if second else 0)
        top = room.top() + (room.height() - whole) // 2
        side = option.displayAlignment & Qt.AlignmentFlag.AlignHorizontal_Mask
        painter.save()
        lines = ((first, option.font, ink, heights[0]), (second, small, pale, heights[1]))
        for words, font, color, height in lines:
            painter.setFont(font)
            painter.setPen(color)
            shown = painter.fontMetrics().elidedText(words, option.textElideMode, room.width())
            place = QRect(room.left(), top, room.width(), height)
            painter.drawText(place, int(side | Qt.AlignmentFlag.AlignVCenter), shown)
            top += height + _GAP
        painter.restore()


def _paint_box(painter: QPainter, option: QStyleOptionViewItem, style: QStyle) -> None:
    """A tick box in the cell's middle. Fusion draws its edge in the window's colour made darker,
    which on a dark table cannot be seen."""
    box = QStyleOptionButton()
    side = style.pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth, option, option.widget)
    place = QRect(0, 0, side, side)
    place.moveCenter(option.rect.center())
    box.rect = place
    is_on = option.checkState == Qt.CheckState.Checked
    box.state = QStyle.StateFlag.State_Enabled
    box.state |= QStyle.StateFlag.State_On if is_on else QStyle.StateFlag.State_Off
    box.palette = QPalette(option.palette)
    box.palette.setColor(
        QPalette.ColorRole.Window, option.palette.color(QPalette.ColorRole.PlaceholderText)
    )
    style.drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorCheckBox, box, painter, option.widget)
