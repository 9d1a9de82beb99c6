"""The classes with what the split gives each of them, as a table."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from core.dataset.folder import SplitName, printable
from core.dataset.split import ClassCount
from gui.base import theme, words
from gui.data import data_text
from gui.data.split import words as split_words

COUNT_ROLE, SORT_ROLE = int(Qt.ItemDataRole.UserRole), int(Qt.ItemDataRole.UserRole) + 1
NAME, TRAIN, VALIDATION, TEST, SHARES, GROUPS = range(6)
_SPLIT_OF: dict[int, SplitName] = {TRAIN: "train", VALIDATION: "validation", TEST: "test"}
_NOWHERE = QModelIndex()
_Roles = Qt.ItemDataRole
Index = QModelIndex | QPersistentModelIndex


class SplitModel(QAbstractTableModel):
    """Columns: name, training, validation, test, their shares as a bar, groups."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._counts: Sequence[ClassCount] = ()
        self._groups: Sequence[int] = ()

    def set_counts(self, counts: Sequence[ClassCount]) -> None:
        """Show these, a label's count at its place. The same classes change in place."""
        same = [one.name for one in counts] == [one.name for one in self._counts]
        if same:
            self._counts = counts
            self._tell(NAME, SHARES)
            return
        self.beginResetModel()
        self._counts, self._groups = counts, ()
        self.endResetModel()

    def set_groups(self, groups: Sequence[int]) -> None:
        """Show how many groups each class has, a label's number at its place."""
        self._groups = groups
        self._tell(GROUPS, GROUPS)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._counts)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else GROUPS + 1

    def data(self, index: Index, role: int = int(_Roles.DisplayRole)) -> object:
        if not index.isValid():
            return None
        label, column = index.row(), index.column()
        count = self._counts[label]
        match role:
            case _Roles.DisplayRole:
                return self._shown(label, column)
            case int() if role == SORT_ROLE:
                return self._sorted_by(label, column)
            case int() if role == COUNT_ROLE:
                return count
            case _Roles.DecorationRole if column == NAME and split_words.class_warning(count):
                return theme.icon("warning", "warning")
            case _Roles.ToolTipRole:
                return self._described(count)
            case _Roles.AccessibleTextRole if column in (NAME, SHARES):
                return self._described(count)
            case _Roles.TextAlignmentRole if column in _SPLIT_OF or column == GROUPS:
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(_Roles.DisplayRole)
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        split = _SPLIT_OF.get(section)
        if role == _Roles.DisplayRole:
            return (
                self.tr("Class"),
                self.tr("Train"),
                self.tr("Val."),
                self.tr("Test"),
                self.tr("Shares"),
                self.tr("Groups"),
            )[section]
        if role in (_Roles.ToolTipRole, _Roles.AccessibleTextRole):
            if section == GROUPS:
                return self.tr("Groups and single pictures, each of which stays whole")
            return data_text.split_title(split) if split is not None else None
        if role == _Roles.ForegroundRole and split is not None:
            return theme.data_color(data_text.SPLIT_COLORS[split])
        if role == _Roles.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if split is None else Qt.AlignmentFlag.AlignHCenter
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _tell(self, first: int, last: int) -> None:
        if self._counts:
            bottom = self.index(len(self._counts) - 1, last)
            self.dataChanged.emit(self.index(0, first), bottom)

    def _shown(self, label: int, column: int) -> str:
        if column == NAME:
            return printable(self._counts[label].name)
        if column == GROUPS:
            return words.count(self._groups[label]) if self._groups else ""
        split = _SPLIT_OF.get(column)
        return words.count(getattr(self._counts[label], split)) if split is not None else ""

    def _sorted_by(self, label: int, column: int) -> float:
        count = self._counts[label]
        if column == NAME:  # the classes come in their natural order
            return label
        if column == GROUPS:
            return self._groups[label] if self._groups else 0
        if column == SHARES:
            return count.validation / max(count.train + count.validation + count.test, 1)
        return float(getattr(count, _SPLIT_OF[column]))

    def _described(self, count: ClassCount) -> str:
        total = max(count.train + count.validation + count.test, 1)
        parts = []
        for name in data_text.SPLITS:
            size = getattr(count, name)
            share = words.percent(size / total, digits=0)
            parts.append(f"{data_text.split_word(name)} {words.count(size)} ({share})")
        warning = split_words.class_warning(count)
        lines = [f"{printable(count.name)}: {', '.join(parts)}", warning]
        return "\n".join(filter(None, lines))
