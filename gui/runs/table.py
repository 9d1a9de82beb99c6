"""The runs as a table that is searched, sorted and ticked."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QPalette

from core.dataset.folder import natural
from core.runs.list import STATES, ListedRun
from gui.base import theme
from gui.base import words as base_words
from gui.runs import runs_columns
from gui.runs import words as run_words
from gui.runs.runs_columns import Column

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
            return runs_columns.lines(run, column)[0]
        if role == SECOND_LINE:
            return runs_columns.lines(run, column)[1]
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
            title = runs_columns.titles()[column]
            # the arrow is drawn at the right, over what stands there
            return (
                title + 3 * base_words.NBSP
                if column in _RIGHT and column == self._order[0]
                else title
            )
        if role in (_Roles.ToolTipRole, _Roles.AccessibleTextRole):
            return runs_columns.hints().get(column, runs_columns.titles()[column])
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
