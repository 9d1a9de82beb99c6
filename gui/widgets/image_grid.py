"""A grid of pictures, quick with a hundred thousand of them."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QListView, QStyle, QWidget

from gui.widgets.grid_model import GridItem, GridModel
from gui.widgets.thumbnails import Load, Thumbnails, load_thumbnail
from gui.widgets.tile_delegate import TileDelegate

__all__ = ["GridItem", "ImageGrid"]


class ImageGrid(QListView):
    """Shows items as tiles in columns that fill the width; thumbnails come as they are made.

    Signal: ``activated_item`` with the row that was clicked, or where Enter or Space was
    pressed.
    """

    activated_item = Signal(int)

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
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.setMouseTracking(True)
        self.setItemDelegate(self._delegate)
        self.setModel(self._model)
        self.clicked.connect(self._clicked)
        self._reset_thumbnails()
        self._fit_columns()

    @property
    def items(self) -> Sequence[GridItem]:
        """What is shown."""
        return self._model.items

    def set_items(self, items: Sequence[GridItem]) -> None:
        """Show other items. As many as before, all with their own image, change in place, so
        that selection and scroll position stay."""
        self._reset_thumbnails()
        self._model.set_items(items)

    @property
    def thumbnail_size(self) -> int:
        """A tile's longest side, in pixels."""
        return self._delegate.edge

    @thumbnail_size.setter
    def thumbnail_size(self, edge: int) -> None:
        self._delegate.edge = edge
        self._reset_thumbnails()
        self._fit_columns()
        self.viewport().update()

    @property
    def current_row(self) -> int:
        """The selected row, -1 for none."""
        return self.currentIndex().row()

    def select(self, row: int) -> None:
        """Mark a row and scroll to it, without a signal of activation."""
        self.setCurrentIndex(self._model.index(row))

    def close_thumbnails(self) -> None:
        """End the background work; also done when the grid is destroyed."""
        self._thumbnails.close()

    def sizeHint(self) -> QSize:
        cell = self._delegate.least_cell()
        return QSize(4 * cell.width(), 2 * cell.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_columns()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_columns()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        pressed = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if pressed and self.current_row >= 0:
            self.activated_item.emit(self.current_row)
        else:
            super().keyPressEvent(event)

    def _clicked(self, index: QModelIndex) -> None:
        self.activated_item.emit(index.row())

    def _is_row_visible(self, row: int) -> bool:
        rect = self.visualRect(self._model.index(row))
        return self.isVisible() and rect.intersects(self.viewport().rect())

    def _reset_thumbnails(self) -> None:
        self._thumbnails.reset(round(self.thumbnail_size * self.devicePixelRatioF()))

    def _fit_columns(self) -> None:
        least = self._delegate.least_cell()
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        room = self.contentsRect().width() - bar - 1  # the list keeps it free, bar or no bar
        columns = max(1, room // least.width())
        cell = QSize(max(least.width(), room // columns), least.height())
        if cell != self.gridSize():
            self._delegate.cell = cell
            self.verticalScrollBar().setSingleStep(cell.height() // 3)
            self.setGridSize(cell)
