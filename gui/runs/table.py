"""The table of runs, to be searched, sorted, ticked and starred: columns, model and view.

A row has two lines, with a box to tick and a star to click.
"""

from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QItemSelectionModel,
    QModelIndex,
    QObject,
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

from core.dataset.folder import natural
from core.runs.list import STATES, ListedRun
from gui.base import theme
from gui.base import words as base_words
from gui.runs import words as run_words

translate = QCoreApplication.translate


class Column(IntEnum):
    """From left to right."""

    TICK = 0
    STAR = 1
    NAME = 2
    DATE = 3
    DATASET = 4
    PRESET = 5
    EPOCHS = 6
    BEST = 7
    TIME = 8
    STATE = 9


def lines(one: ListedRun, column: Column) -> tuple[str, str]:
    """A run's cell: its line, and the smaller one below it."""
    match column:
        case Column.NAME:
            return run_words.name(one), run_words.under_name(one)
        case Column.DATE:
            return run_words.date(one)
        case Column.DATASET:
            return one.dataset, run_words.classes(one)
        case Column.PRESET:
            return run_words.preset(one), run_words.stages(one)
        case Column.EPOCHS:
            return run_words.epochs(one)
        case Column.BEST:
            return run_words.accuracy(one)
        case Column.TIME:
            return run_words.time(one), ""
        case Column.STATE:
            return run_words.state(one), ""
    return "", ""


def titles() -> dict[Column, str]:
    """What stands above the columns."""
    return {
        Column.TICK: "",
        Column.STAR: "",
        Column.NAME: translate("runs", "Run"),
        Column.DATE: translate("runs", "Made"),
        Column.DATASET: translate("runs", "Pictures"),
        Column.PRESET: translate("runs", "Recipe"),
        Column.EPOCHS: translate("runs", "Epochs"),
        Column.BEST: translate("runs", "Accuracy"),
        Column.TIME: translate("runs", "Time"),
        Column.STATE: translate("runs", "State"),
    }


def hints() -> dict[Column, str]:
    """What a title means, where that is not plain."""
    best = translate(
        "runs",
        "Validation accuracy of the kept epoch, its 95 % interval and the number of pictures. "
        "That epoch was chosen on these pictures, unless it is the last or the only one.",
    )
    return {
        Column.TICK: translate("runs", "Ticked for comparing"),
        Column.STAR: translate("runs", "Starred"),
        Column.BEST: best,
        Column.TIME: translate("runs", "Time of training, without pauses"),
    }


SECOND_LINE = int(Qt.ItemDataRole.UserRole)
ICON = SECOND_LINE + 1  # its name and colour: a selected row has it in another one
Index = QModelIndex | QPersistentModelIndex
_Roles = Qt.ItemDataRole
_NOWHERE = QModelIndex()
_ROLES = QPalette.ColorRole
_ICONS: dict[str, tuple[str, theme.IconColor]] = {
    "running": ("train", "training"),
    "finished": ("check", "right"),
    "stopped": ("stop", _ROLES.Text),
    "interrupted": ("warning", "warning"),
    "failed": ("close", "wrong"),
    "damaged": ("warning", "wrong"),
}


_RIGHT = (Column.EPOCHS, Column.BEST, Column.TIME)


class RunsModel(QAbstractTableModel):
    """Shows those runs that a search finds, in the chosen order.

    Signals: ``ticks_changed``; ``rename_asked`` with a run's directory and its new name.
    """

    ticks_changed = Signal()
    rename_asked = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[ListedRun] = []
        self._shown: list[ListedRun] = []
        self._words: list[str] = []
        self._ticked: list[Path] = []
        self._order = (Column.DATE, Qt.SortOrder.DescendingOrder)
        self._starred_first = True

    # -- what is shown ----------------------------------------------------------------------

    @property
    def total(self) -> int:
        """How many runs there are, found or not."""
        return len(self._all)

    @property
    def ticked(self) -> list[Path]:
        """The directories of the ticked runs, in the order of ticking, found or not."""
        return list(self._ticked)

    def set_runs(self, runs: Sequence[ListedRun]) -> None:
        """Show these. Runs that have gone are no longer ticked."""
        if list(runs) == self._all:
            return
        there = {one.directory for one in runs}
        before, self._ticked = self._ticked, [one for one in self._ticked if one in there]
        self._all = list(runs)
        self._arrange()
        if self._ticked != before:
            self.ticks_changed.emit()

    def set_run(self, run: ListedRun) -> None:
        """Show ``run`` in place of what was known of it."""
        places = [row for row, one in enumerate(self._all) if one.directory == run.directory]
        if not places:
            self.set_runs([run, *self._all])
        elif self._all[places[0]] != run:
            self._all[places[0]] = run
            self._arrange()

    def set_search(self, words: str) -> None:
        """Show only runs whose name, note, dataset or way holds each of ``words``."""
        self._words = words.casefold().split()
        self._arrange()

    def set_starred_first(self, first: bool) -> None:
        """Show starred runs before all others, whatever the order."""
        self._starred_first = first
        self._arrange()

    def untick_all(self) -> None:
        """Let no run be ticked."""
        if self._ticked:
            self._ticked = []
            self._repaint(Column.TICK)
            self.ticks_changed.emit()

    def run(self, row: int) -> ListedRun:
        """The run in a row."""
        return self._shown[row]

    def row_of(self, directory: Path) -> int | None:
        """Where the run in ``directory`` is shown."""
        found = (row for row, one in enumerate(self._shown) if one.directory == directory)
        return next(found, None)

    def toggle(self, row: int) -> None:
        """Tick the run in a row, or no longer."""
        directory = self._shown[row].directory
        if directory in self._ticked:
            self._ticked.remove(directory)
        elif self._shown[row].state != "damaged":
            self._ticked.append(directory)
        self._repaint(Column.TICK, row)
        self.ticks_changed.emit()

    # -- Qt's questions ---------------------------------------------------------------------

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(Column)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.column() == Column.NAME:
            flags |= Qt.ItemFlag.ItemIsEditable
        if index.column() == Column.TICK and self._shown[index.row()].state != "damaged":
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: Index, role: int = int(_Roles.DisplayRole)) -> object:
        if not index.isValid():
            return None
        run, column = self._shown[index.row()], Column(index.column())
        if role == _Roles.DisplayRole:
            return lines(run, column)[0]
        if role == SECOND_LINE:
            return lines(run, column)[1]
        if role == _Roles.EditRole and column == Column.NAME:
            return run.label.name or run.directory.name
        if role == _Roles.CheckStateRole and column == Column.TICK and run.state != "damaged":
            is_ticked = run.directory in self._ticked
            return Qt.CheckState.Checked if is_ticked else Qt.CheckState.Unchecked
        return self._look(run, column, role)

    def setData(self, index: Index, value: object, role: int = int(_Roles.EditRole)) -> bool:
        if role == _Roles.CheckStateRole:
            self.toggle(index.row())
            return True
        run = self._shown[index.row()]
        typed = " ".join(str(value).split())
        if role == _Roles.EditRole and typed not in (run.name, ""):
            self.rename_asked.emit(run.directory, typed)
        return False

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(_Roles.DisplayRole)
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = Column(section)
        if role == _Roles.DisplayRole:
            title = titles()[column]
            # the arrow is drawn at the right, over what stands there
            return (
                title + 3 * base_words.NBSP
                if column in _RIGHT and column == self._order[0]
                else title
            )
        if role in (_Roles.ToolTipRole, _Roles.AccessibleTextRole):
            return hints().get(column, titles()[column])
        if role == _Roles.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column in _RIGHT else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == _Roles.DecorationRole and column == Column.STAR:
            return theme.icon("star", _ROLES.PlaceholderText)
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._order = Column(column), order
        self._arrange()

    # -- how ----------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self.beginResetModel()
        column, order = self._order
        found = [one for one in self._all if self._is_found(one)]
        # the newest first where the column does not decide
        found.sort(key=lambda one: base_words.since_1970(one.created), reverse=True)
        key, backwards = self._key, order == Qt.SortOrder.DescendingOrder
        found.sort(key=lambda one: key(one, column), reverse=backwards)
        if self._starred_first:
            found.sort(key=lambda one: not one.label.star)
        self._shown = found
        self.endResetModel()

    def _is_found(self, one: ListedRun) -> bool:
        if not self._words:
            return True
        parts = one.name, one.directory.name, one.label.note, one.dataset, run_words.preset(one)
        whole = "\n".join(parts).casefold()
        return all(word in whole for word in self._words)

    def _key(self, one: ListedRun, column: Column) -> Any:
        match column:
            case Column.TICK:
                return one.directory not in self._ticked
            case Column.STAR:
                return not one.label.star
            case Column.NAME:
                return natural(one.name)
            case Column.DATE:
                return base_words.since_1970(one.created)
            case Column.DATASET:
                return natural(one.dataset)
            case Column.PRESET:
                return run_words.preset(one)
            case Column.EPOCHS:
                return one.epochs
            case Column.BEST:
                return one.best.accuracy if one.best is not None else -1.0
            case Column.TIME:
                return one.seconds
            case Column.STATE:
                return STATES.index(one.state)

    def _look(self, one: ListedRun, column: Column, role: int) -> object:
        if role == _Roles.ToolTipRole and column == Column.STATE:
            return base_words.plain_tip(run_words.state_hint(one))
        if role == _Roles.ToolTipRole:
            return base_words.plain_tip(run_words.described(one))
        if role == _Roles.AccessibleTextRole and column in (Column.TICK, Column.NAME):
            return run_words.described(one)
        if role == _Roles.AccessibleTextRole and column == Column.STAR:
            return self.tr("starred") if one.label.star else self.tr("not starred")
        if role == ICON and column == Column.STAR:
            is_starred = one.label.star
            return ("starred", "warning") if is_starred else ("star", _ROLES.PlaceholderText)
        if role == ICON and column == Column.STATE:
            return _ICONS[one.state]
        if role == _Roles.TextAlignmentRole and column in _RIGHT:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _repaint(self, column: Column, row: int | None = None) -> None:
        first, last = (0, len(self._shown) - 1) if row is None else (row, row)
        if last >= 0:
            self.dataChanged.emit(self.index(first, column), self.index(last, column))


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
