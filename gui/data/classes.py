"""The classes as a table: one row for all of them on top, then one for each."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from core.common.messages import fill
from core.dataset.folder import SplitName, natural
from core.dataset.health import FEW_PICTURES
from core.dataset.split import ClassCount
from gui.base import theme, words
from gui.data import data_text
from gui.session.labelling import tidy

COUNTS_ROLE = int(Qt.ItemDataRole.UserRole)
NAME, BAR = 0, 4
_SPLIT_OF: dict[int, SplitName] = {1: "train", 2: "validation", 3: "test"}
_NOWHERE = QModelIndex()
_Roles = Qt.ItemDataRole
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Row:
    """A line of the table; ``label`` is None for the sum of all classes. ``largest`` is the
    number of pictures that makes a full bar. ``few``: its training pictures are fewer than so
    many; 0 where they suffice."""

    label: int | None
    count: ClassCount
    largest: int
    few: int = 0


class ClassModel(QAbstractTableModel):
    """Columns: name, training, validation, test, bar. Sorting leaves the sum on top.

    Signal: ``rename_asked`` with a label and what a person typed in place of its name; the
    name here stays until other counts are shown.
    """

    rename_asked = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self._order = (NAME, Qt.SortOrder.AscendingOrder)

    def set_counts(self, counts: Sequence[ClassCount], few: int = FEW_PICTURES) -> None:
        """Show these, a label's count at its place; those with fewer than ``few`` training
        pictures are marked. The same classes change in place."""
        rows = self._made(counts, few)
        names = [row.count.name for row in rows]
        if sorted(names) == sorted(row.count.name for row in self._rows):
            self._rearrange(rows)
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, BAR))
            return
        self.beginResetModel()
        self._rows = self._sorted(rows)
        self.endResetModel()

    def label(self, row: int) -> int | None:
        """The class at ``row``; None for the sum."""
        return self._rows[row].label

    def name(self, label: int) -> str:
        """What the class ``label`` is called."""
        return self._rows[self.row_of(label)].count.name

    def names(self) -> dict[str, int]:
        """The label of each class."""
        return {row.count.name: row.label for row in self._rows if row.label is not None}

    def sizes(self) -> dict[str, int]:
        """How many pictures each class has."""
        return {row.count.name: _total(row.count) for row in self._rows if row.label is not None}

    def row_of(self, label: int | None) -> int:
        """Where a class, or the sum, is now."""
        return [row.label for row in self._rows].index(label)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else BAR + 1

    def data(self, index: Index, role: int = int(_Roles.DisplayRole)) -> object:
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        if role == COUNTS_ROLE:
            return row
        if role == _Roles.DisplayRole or (role == _Roles.EditRole and column == NAME):
            return self._shown(row, column)
        if role == _Roles.DecorationRole and column == NAME and row.few:
            return theme.icon("warning", "warning")
        if role == _Roles.ToolTipRole:
            return self._described(row)
        if role == _Roles.AccessibleTextRole and column in (NAME, BAR):
            return self._described(row)
        if role == _Roles.TextAlignmentRole and column in _SPLIT_OF:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == _Roles.FontRole and row.label is None:
            return theme.font(bold=True)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        renamed = index.isValid() and index.column() == NAME
        renamed = renamed and self._rows[index.row()].label is not None
        return flags | Qt.ItemFlag.ItemIsEditable if renamed else flags

    def setData(self, index: Index, value: object, role: int = int(_Roles.EditRole)) -> bool:
        row = self._rows[index.row()]
        name = tidy(str(value))
        if role == _Roles.EditRole and row.label is not None and name not in ("", row.count.name):
            self.rename_asked.emit(row.label, name)
        return False

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(_Roles.DisplayRole)
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        split = _SPLIT_OF.get(section)
        if role == _Roles.DisplayRole:
            titles = (self.tr("Class"), self.tr("Train"), self.tr("Val."), self.tr("Test"))
            return (*titles, self.tr("Size"))[section]
        if role in (_Roles.ToolTipRole, _Roles.AccessibleTextRole) and split is not None:
            return data_text.split_title(split)
        if role == _Roles.ForegroundRole and split is not None:
            return theme.data_color(data_text.SPLIT_COLORS[split])
        if role == _Roles.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if split is None else Qt.AlignmentFlag.AlignHCenter
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._order = (column, order)
        self._rearrange(self._rows)

    def _made(self, counts: Sequence[ClassCount], few: int) -> list[Row]:
        if not counts:
            return []
        largest = max(_total(count) for count in counts)
        sums = (sum(getattr(count, split) for count in counts) for split in data_text.SPLITS)
        everything = ClassCount(self.tr("All classes"), *sums)
        whole = Row(None, everything, _total(everything))
        return [
            whole,
            *(
                Row(label, count, largest, few if count.train < few else 0)
                for label, count in enumerate(counts)
            ),
        ]

    def _sorted(self, rows: list[Row]) -> list[Row]:
        column, order = self._order
        classes = sorted(rows[1:], key=lambda row: natural(row.count.name))
        if column == NAME:
            if order == Qt.SortOrder.DescendingOrder:
                classes.reverse()
        else:
            sign = 1 if order == Qt.SortOrder.AscendingOrder else -1
            classes.sort(key=lambda row: sign * _value(row.count, column))
        return [*rows[:1], *classes]

    def _rearrange(self, rows: list[Row]) -> None:
        """Take ``rows`` in the chosen order; what is selected stays with its class."""
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        labels = [self._rows[index.row()].label for index in old]
        self._rows = self._sorted(rows)
        places = {row.label: place for place, row in enumerate(self._rows)}
        new = [
            self.index(places[label], index.column())
            for label, index in zip(labels, old, strict=True)
        ]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def _shown(self, row: Row, column: int) -> str:
        if column == NAME:
            return row.count.name
        split = _SPLIT_OF.get(column)
        return words.count(getattr(row.count, split)) if split is not None else ""

    def _described(self, row: Row) -> str:
        parts = [
            f"{data_text.split_word(split)} {words.count(getattr(row.count, split))}"
            for split in data_text.SPLITS
        ]
        total = data_text.pictures(_total(row.count))
        described = f"{row.count.name}: {total} ({', '.join(parts)})"
        if not row.few:
            return described
        few = self.tr("Fewer than {few} training pictures: this class is hardly learned.")
        return described + "\n" + fill(few, {"few": words.count(row.few)})


def _total(count: ClassCount) -> int:
    return count.train + count.validation + count.test


def _value(count: ClassCount, column: int) -> int:
    split = _SPLIT_OF.get(column)
    value: int = _total(count) if split is None else getattr(count, split)
    return value
