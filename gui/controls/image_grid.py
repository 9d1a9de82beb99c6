"""A grid of pictures, quick with a hundred thousand of them."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QWidget

from gui.controls.grid_model import GridItem, GridModel
from gui.controls.thumbnails import Load, Thumbnails, load_thumbnail
from gui.controls.tile_delegate import TileDelegate
from gui.controls.tile_view import TileView

__all__ = ["GridItem", "ImageGrid"]

_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class ImageGrid(TileView):
    """Shows items as tiles in columns that fill the width; thumbnails come as they are made.

    One tile can be selected, or several after ``setSelectionMode``. Signals: ``activated_item``
    with the row that was clicked, or where Enter or Space was pressed; ``opened_item`` with the
    row that was double-clicked, or where Enter or Space was pressed; ``selection_changed``
    where a person or ``select_rows`` selects other rows.
    """

    activated_item = Signal(int)
    opened_item = Signal(int)
    selection_changed = Signal()

    def __init__(
        self,
        thumbnail_size: int = 112,
        *,
        caption_lines: int = 1,
        load: Load = load_thumbnail,
        parent: QWidget | None = None,
    ) -> None:
        """``thumbnail_size`` is a tile's longest side in pixels; ``load(path, edge)`` makes a
        thumbnail on another thread, as ``core.images.thumbnail`` does."""
        super().__init__(parent)
        self._thumbnails = Thumbnails(self._is_row_visible, load, self)
        self._model = GridModel(self._thumbnails, self)
        self._delegate = TileDelegate(self)
        self._delegate.edge, self._delegate.lines = thumbnail_size, caption_lines
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setItemDelegate(self._delegate)
        self.setModel(self._model)
        self.clicked.connect(self._clicked)
        self.doubleClicked.connect(self._double_clicked)
        self._reset_thumbnails()
        self.set_least_cell(self._delegate.least_cell())

    @property
    def items(self) -> Sequence[GridItem]:
        """What is shown."""
        return self._model.items

    def set_items(self, items: Sequence[GridItem]) -> None:
        """Show other items, of which none is selected. As many as before, all with their own
        image, change in place, so that selection and scroll position stay."""
        self._reset_thumbnails()
        self._model.set_items(items)
        self.updateGeometries()

    @property
    def thumbnail_size(self) -> int:
        """A tile's longest side, in pixels."""
        return self._delegate.edge

    @thumbnail_size.setter
    def thumbnail_size(self, edge: int) -> None:
        self._delegate.edge = edge
        self._reset_thumbnails()
        self.set_least_cell(self._delegate.least_cell())
        self.viewport().update()

    @property
    def current_row(self) -> int:
        """The row with the focus, the selected one where there can be one only; -1 for none."""
        return self.currentIndex().row()

    @property
    def selected_rows(self) -> list[int]:
        """The selected rows, ascending."""
        ranges = self.selectionModel().selection().toList()
        return sorted(row for one in ranges for row in range(one.top(), one.bottom() + 1))

    @property
    def selected_count(self) -> int:
        """How many rows are selected."""
        return sum(one.height() for one in self.selectionModel().selection().toList())

    def select(self, row: int) -> None:
        """Mark a row and scroll to it, without a signal of activation."""
        self.setCurrentIndex(self._model.index(row))

    def select_rows(self, rows: Iterable[int], current: int = -1) -> None:
        """Select exactly ``rows``, ascending, and give ``current`` the focus; the view stays."""
        flags, selection = QItemSelectionModel.SelectionFlag, QItemSelection()
        for first, last in _runs(rows):
            selection.select(self._model.index(first), self._model.index(last))
        scrolls = self.hasAutoScroll()
        self.setAutoScroll(False)
        self.selectionModel().setCurrentIndex(self._model.index(current), flags.NoUpdate)
        self.selectionModel().select(selection, flags.ClearAndSelect)
        self.setAutoScroll(scrolls)

    def close_thumbnails(self) -> None:
        """End the background work; also done when the grid is destroyed."""
        self._thumbnails.close()

    def sizeHint(self) -> QSize:
        cell = self._delegate.least_cell()
        return QSize(4 * cell.width(), 2 * cell.height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.set_least_cell(self._delegate.least_cell())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.current_row
        if event.key() in _KEYS and event.modifiers() in _PLAIN and row >= 0:
            self.activated_item.emit(row)
            self.opened_item.emit(row)
        else:
            super().keyPressEvent(event)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.selection_changed.emit()

    def _clicked(self, index: QModelIndex) -> None:
        self.activated_item.emit(index.row())

    def _double_clicked(self, index: QModelIndex) -> None:
        self.opened_item.emit(index.row())

    def _is_row_visible(self, row: int) -> bool:
        rect = self.visualRect(self._model.index(row))
        return self.isVisible() and rect.intersects(self.viewport().rect())

    def _reset_thumbnails(self) -> None:
        self._thumbnails.reset(round(self.thumbnail_size * self.devicePixelRatioF()))


def _runs(rows: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Ascending numbers as (first, last) of each run without a gap."""
    first = last = None
    for row in rows:
        if last is not None and row == last + 1:
            last = row
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = row
    if first is not None and last is not None:
        yield first, last
