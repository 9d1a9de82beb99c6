"""A finding's own page with a list: files and what is wrong with them, or classes."""

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListView, QPushButton, QVBoxLayout, QWidget

from gui.base import theme
from gui.data.findings.cards import FILTER
from gui.data.findings.finding_header import FindingHeader
from gui.data.findings.finding_rows import Rows
from gui.data.findings.findings import Action
from gui.data.findings.pair_delegate import Index

_NOWHERE = QModelIndex()
_ICON = QSize(16, 16)
_Roles = Qt.ItemDataRole


class FindingLines(QWidget):
    """Rows are made when they are seen.

    Signals: ``filter_asked`` with the state that the grid shall show; ``back_asked``.
    """

    filter_asked = Signal(str)
    back_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = ""  # what the button above asks the grid to show
        self.header = FindingHeader(self)
        self.header.back_asked.connect(self.back_asked)
        self.grid = QPushButton(theme.icon("image"), "", self)
        self.grid.clicked.connect(lambda: self.filter_asked.emit(self._state))
        self._model = _Model(self)
        self.list = QListView(self)
        self.list.setModel(self._model)
        self.list.setWordWrap(True)
        self.list.setIconSize(_ICON)
        self.list.setSpacing(1)
        self.list.setLayoutMode(QListView.LayoutMode.Batched)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.activated.connect(self._activated)
        row = QHBoxLayout()
        row.addWidget(self.grid)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        column.addWidget(self.header)
        column.addLayout(row)
        column.addWidget(self.list, 1)

    @property
    def lines(self) -> list[str]:
        """What is listed, name and words."""
        rows = range(self._model.rowCount())
        return [str(self._model.index(row).data()) for row in rows]

    def show_rows(self, title: str, rows: Rows, grid: Action | None) -> None:
        """Show ``rows``; ``grid`` is the button above."""
        self.header.show_words(title, "")
        self.list.setAccessibleName(title)
        self.grid.setVisible(grid is not None)
        if grid is not None:
            self._state = grid.code.removeprefix(FILTER)
            self.grid.setText(grid.label)
        self._model.show(rows)

    def start_afresh(self) -> None:
        """Begin at the top."""
        self.list.scrollToTop()
        self.list.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.back_asked.emit()
        else:
            super().keyPressEvent(event)

    def _activated(self, index: QModelIndex) -> None:
        rows = self._model.rows
        state = rows.make(index.row()).state if rows is not None else ""
        if state:
            self.filter_asked.emit(state)


class _Model(QAbstractListModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: Rows | None = None

    def show(self, rows: Rows) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() or self.rows is None else self.rows.count

    def data(self, index: Index, role: int = int(_Roles.DisplayRole)) -> object:
        if not index.isValid() or self.rows is None:
            return None
        if role in (_Roles.DisplayRole, _Roles.ToolTipRole):
            row = self.rows.make(index.row())
            return f"{row.name}\n{row.words}" if row.words else row.name
        if role == _Roles.DecorationRole:
            return theme.icon(*self.rows.make(index.row()).icon)
        return None
