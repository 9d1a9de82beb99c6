"""What a confusion matrix shows in each cell, and in which colours."""

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QPalette

from core.common.messages import fill
from core.dataset.folder import printable
from core.runs.evaluation import Result
from gui.base import theme, words

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_FAINTEST = 0.14  # a single mistake among many pictures is still seen


class ConfusionModel(QAbstractTableModel):
    """Rows are true classes, columns predicted ones."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._result = Result((), ())

    def set_result(self, result: Result) -> None:
        """Show another result."""
        self.beginResetModel()
        self._result = result
        self.endResetModel()

    @property
    def names(self) -> list[str]:
        """The classes, for people."""
        return [printable(name) for name in self._result.classes]

    @property
    def largest(self) -> int:
        """The largest count."""
        return max((max(row) for row in self._result.confusion), default=0)

    def count(self, row: int, column: int) -> int:
        """How many pictures of class ``row`` were taken for ``column``."""
        return self._result.confusion[row][column]

    def share(self, row: int, column: int) -> float:
        """``count`` as a share of the true class's pictures."""
        total = sum(self._result.confusion[row])
        return self.count(row, column) / total if total else 0.0

    def sentence(self, row: int, column: int) -> str:
        """A cell in words."""
        values = {
            "true": self.names[row],
            "predicted": self.names[column],
            "count": words.count(self.count(row, column)),
            "total": words.count(sum(self._result.confusion[row])),
        }
        if row == column:
            return fill(self.tr("{true} recognised: {count} of {total}"), values)
        return fill(self.tr("{true} taken for {predicted}: {count} of {total}"), values)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._result.classes)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return self.rowCount(parent)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return words.count(self.count(row, column)) if self.count(row, column) else ""
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.sentence(row, column)
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = int(Qt.ItemDataRole.DisplayRole),
    ) -> object:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.names[section]
        return None


def cell_colors(share: float, is_right: bool, palette: QPalette) -> tuple[QColor, QColor]:
    """The background for a share of a row, and a text colour that is read well on it."""
    base = palette.color(QPalette.ColorRole.Base)
    if share <= 0:
        return palette.color(QPalette.ColorRole.AlternateBase), QColor(base)
    full = theme.data_color("right" if is_right else "wrong", palette)
    weight = _FAINTEST + (1 - _FAINTEST) * share
    mixed = QColor.fromRgbF(
        base.redF() + (full.redF() - base.redF()) * weight,
        base.greenF() + (full.greenF() - base.greenF()) * weight,
        base.blueF() + (full.blueF() - base.blueF()) * weight,
    )
    inks = QColor("black"), QColor("white")
    return mixed, max(inks, key=lambda ink: theme.contrast(ink, mixed))
