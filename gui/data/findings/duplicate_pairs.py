"""Pairs of duplicates, side by side, quick with thousands of them."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPoint,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from gui.controls.thumbnails import Load, Thumbnails, load_thumbnail
from gui.data.findings import pairs as findings_pairs
from gui.data.findings.pair_delegate import EDGE, PAIR_ROLE, Index, PairDelegate, PairTile
from gui.data.findings.pairs_ import Member, Pair

_NOWHERE = QModelIndex()
_Roles = Qt.ItemDataRole


class DuplicatePairs(QListView):
    """Several rows can be selected. Only rows that are seen have their thumbnails made.

    Signals: ``selected`` when other pairs are; ``opened`` with the path of the picture that was
    double-clicked, or of a row's left one where Enter was pressed.
    """

    selected = Signal()
    opened = Signal(str)

    def __init__(self, load: Load = load_thumbnail, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = Thumbnails(self._is_row_visible, load, self)
        # Not dataChanged: a list lays all its rows out anew then; and one picture may be in many.
        self._thumbnails.changed.connect(lambda: self.viewport().update())
        self._model = _Model(self._thumbnails, self)
        self._delegate = PairDelegate(self)
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setMouseTracking(True)
        self.verticalScrollBar().setSingleStep(EDGE // 2)
        self.selectionModel().selectionChanged.connect(self.selected)

    @property
    def pairs(self) -> Sequence[Pair]:
        """What is shown."""
        return self._model.pairs

    @property
    def selected_pairs(self) -> list[Pair]:
        """Those that are selected, from top to bottom."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        return [self._model.pairs[row] for row in rows]

    def show_pairs(self, pairs: Sequence[Pair], folder: Path) -> None:
        """Show ``pairs``, whose paths are below ``folder``, from where the list was scrolled."""
        if pairs == self._model.pairs and folder == self._model.folder:
            return
        place, row = self.verticalScrollBar().value(), self.currentIndex().row()
        self._thumbnails.reset(round(EDGE * self.devicePixelRatioF()))
        self._model.show(pairs, folder)
        self.verticalScrollBar().setValue(place)
        self._go_to(min(row, len(pairs) - 1))
        self.selected.emit()

    def start_afresh(self) -> None:
        """Go to the top, with nothing selected, and take the focus."""
        self.clearSelection()
        self.scrollToTop()
        self._go_to(0)
        self.setFocus()

    def close_thumbnails(self) -> None:
        """End the background work; also done when the list is destroyed."""
        self._thumbnails.close()

    def sizeHint(self) -> QSize:
        return QSize(560, 4 * (EDGE + 30))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.opened.emit(self._model.pairs[index.row()].first.path)
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        member = self._member_at(event.position().toPoint())
        if member is not None and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(member.path)

    def _go_to(self, row: int) -> None:
        """Make ``row`` the one that the keyboard goes on from, without selecting it."""
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(self._model.index(row), flags.NoUpdate)

    def _member_at(self, place: QPoint) -> Member | None:
        index = self.indexAt(place)
        if not index.isValid():
            return None
        pair = self._model.pairs[index.row()]
        left, _right = self._delegate.halves(self.visualRect(index))
        return pair.first if left.contains(place) else pair.second

    def _is_row_visible(self, row: int) -> bool:
        rect = self.visualRect(self._model.index(row))
        return self.isVisible() and rect.intersects(self.viewport().rect())


class _Model(QAbstractListModel):
    """A row is made when it is painted, and asks for its two thumbnails then."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pairs: Sequence[Pair] = ()
        self.folder = Path()
        self._thumbnails = thumbnails

    def show(self, pairs: Sequence[Pair], folder: Path) -> None:
        self.beginResetModel()
        self.pairs, self.folder = pairs, folder
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.pairs)

    def data(self, index: Index, role: int = int(_Roles.DisplayRole)) -> object:
        if not index.isValid():
            return None
        if role == PAIR_ROLE:
            return self._tile(self.pairs[index.row()], index.row())
        if role in (_Roles.DisplayRole, _Roles.AccessibleTextRole, _Roles.ToolTipRole):
            return findings_pairs.described(self.pairs[index.row()])
        return None

    def _tile(self, pair: Pair, row: int) -> PairTile:
        first, second = self._look(pair.first, row), self._look(pair.second, row)
        return PairTile(pair, (first[0], second[0]), (first[1], second[1]))

    def _look(self, one: Member, row: int) -> tuple[QPixmap | None, bool]:
        """The picture, and whether it is broken."""
        path = self.folder / one.path
        picture = self._thumbnails.get(path, row, one.mtime)
        return picture, self._thumbnails.problem(path, one.mtime) is not None
