"""What the scan found wrong: files, classes, and how many files it left alone."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
)
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QListView, QSizePolicy, QVBoxLayout, QWidget

from core.dataset import DatasetSummary, Problem
from core.folders import printable
from core.messages import fill
from gui import data_text, text, theme
from gui.widgets.elided_label import ElidedLabel

_NOWHERE = QModelIndex()
_ICON = QSize(16, 16)


class ProblemList(QWidget):
    """A line that counts, and a list with each path and what is wrong there; hidden where
    there is nothing to tell."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = ElidedLabel(parent=self)
        self.heading.setFont(theme.font(bold=True))
        self.ignored = ElidedLabel(parent=self)
        self.ignored.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._model = _Model(self)
        self.list = QListView(self)
        self.list.setModel(self._model)
        self.list.setWordWrap(True)
        self.list.setIconSize(_ICON)
        self.list.setLayoutMode(QListView.LayoutMode.Batched)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.heading)
        column.addWidget(self.list, 1)
        column.addWidget(self.ignored)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    @property
    def lines(self) -> list[str]:
        """What is listed, path and reason."""
        rows = range(self._model.rowCount())
        return [str(self._model.index(row).data()) for row in rows]

    def show_summary(self, summary: DatasetSummary) -> None:
        """Show what was found in ``summary``."""
        problems, warnings = summary.problems, summary.warnings
        self._model.show(problems, warnings)
        words = (self._unusable(len(problems)), self._warnings(len(warnings)))
        heading = data_text.SEPARATOR.join(one for one in words if one)
        self.heading.set_text(heading)
        self.ignored.set_text(self._ignored(summary.ignored))
        self.list.setAccessibleName(heading)
        for widget in (self.heading, self.list):
            widget.setVisible(bool(heading))
        self.ignored.setVisible(bool(summary.ignored))
        self._limit_height(len(problems) + len(warnings))
        self.setVisible(bool(heading or summary.ignored))

    def _limit_height(self, rows: int) -> None:
        """Take no more room than the rows need."""
        line, frame = self.fontMetrics().lineSpacing(), 2 * self.list.frameWidth()
        self.list.setMaximumHeight(rows * (3 * line) + frame)  # a long reason takes two lines
        self.list.setMinimumHeight(min(rows, 2) * 2 * line + frame)

    def _unusable(self, count: int) -> str:
        if count == 1:
            return self.tr("1 file cannot be used")
        return _counted(self.tr("{count} files cannot be used"), count)

    def _warnings(self, count: int) -> str:
        return self.tr("1 warning") if count == 1 else _counted(self.tr("{count} warnings"), count)

    def _ignored(self, count: int) -> str:
        if count == 1:
            return self.tr("1 other file ignored")
        return _counted(self.tr("{count} other files ignored"), count)


class _Model(QAbstractListModel):
    """Sentences are made when they are seen."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._problems: Sequence[Problem] = ()
        self._warnings: Sequence[Problem] = ()

    def show(self, problems: Sequence[Problem], warnings: Sequence[Problem]) -> None:
        self.beginResetModel()
        self._problems, self._warnings = problems, warnings
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._problems) + len(self._warnings)

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = int(Qt.ItemDataRole.DisplayRole),
    ) -> object:
        if not index.isValid():
            return None
        row = index.row() - len(self._problems)
        is_warning = row >= 0
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return _line(self._warnings[row] if is_warning else self._problems[index.row()])
        if role == Qt.ItemDataRole.DecorationRole:
            return theme.icon(*(("info", "warning") if is_warning else ("warning", "wrong")))
        return None


def _line(problem: Problem) -> str:
    path = " ".join(printable(problem.path).splitlines())
    reason = text.translate(problem.code, {"path": path, **problem.detail})
    return f"{path}\n{reason}"


def _counted(template: str, count: int) -> str:
    return fill(template, {"count": text.count(count)}) if count else ""
