"""The running training's current batch beside the preview, as the network got it."""

import threading

from PySide6.QtCore import QRect, QSize, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from core.common.messages import fill
from gui.augment.pointed_tiles import square
from gui.augment.preview_batch import BatchPictures, batch_tiles
from gui.augment.tile_scroll import ScrolledSurface, TileScroll
from gui.augment.tile_surface import GAP, MARGIN
from gui.augment.tiles import Tile
from gui.base import theme
from gui.base.background import Latest, Progress, worker_pool

_LEAST, _LARGEST = 76, 120
_PAUSE = 500  # milliseconds: no more than two batches a second


class BatchPanel(QWidget):
    """Tiles with class names under a heading; made off the window's thread, each batch shown
    when all of it is there. Signal: ``opened`` (index) when a tile is clicked; ``shown`` has
    the tiles."""

    opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._next: BatchPictures | None = None
        self._coming: BatchPictures | None = None
        self._pool = worker_pool(self)
        self._maker = Latest(self._pool, self)
        self._maker.done.connect(self._show)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE)
        self._pause.timeout.connect(self._begin)
        self.heading = QLabel(self.tr("Training now"), self)
        self.heading.setFont(theme.font(bold=True))
        self.note = QLabel(self, wordWrap=True)
        self.note.setFont(theme.small_font())
        self.surface = _BatchSurface()
        self.surface.setAccessibleName(self.tr("Pictures being trained"))
        self.surface.message = self.tr("The first batch shows here.")
        self.surface.opened.connect(self.opened)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.heading)
        layout.addWidget(self.note)
        layout.addWidget(_Column(self.surface), 1)

    @property
    def shown(self) -> tuple[Tile, ...]:
        """The tiles on screen."""
        return self.surface.shown

    def show_batch(self, batch: BatchPictures | None) -> None:
        """Show these as soon as their turn comes, a later call before an earlier one; None
        when nothing trains."""
        self._next = batch
        if batch is None:
            self._maker.cancel()
            self._coming = None
            self.note.clear()
            self.surface.show_tiles(())
        elif not self._pause.isActive() and self._coming is None:
            self._begin()

    def sizeHint(self) -> QSize:
        return QSize(_LARGEST + 2 * MARGIN, 300)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._pause.isActive() and self._coming is None:
            self._begin()

    def _begin(self) -> None:
        batch = self._next
        if batch is None or not self.isVisible():
            return
        self._coming, self._next = batch, None

        def work(stop: threading.Event, _progress: Progress) -> list[Tile]:
            return batch_tiles(batch, stop)

        self._maker.submit(work)

    def _show(self, tiles: list[Tile]) -> None:
        batch, self._coming = self._coming, None
        if batch is None:
            return
        augmented = batch.augmentation is not None
        words = self.tr("epoch {epoch}, augmented") if augmented else self.tr("epoch {epoch}")
        self.note.setText(fill(words, {"epoch": batch.epoch + 1}))
        self.surface.setAccessibleDescription(", ".join(batch.names))
        self.surface.show_tiles(tiles)
        self._pause.start()


class _Column(TileScroll):
    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST + 2 * MARGIN, _LEAST)

    def sizeHint(self) -> QSize:
        return QSize(_LARGEST + 2 * MARGIN, 2 * _LARGEST)


class _BatchSurface(ScrolledSurface):
    """As many columns as there is width for."""

    def arrange(self, room: QSize) -> tuple[list[QRect], int]:
        width = room.width() - 2 * MARGIN
        columns = max(1, (width + GAP) // (_LEAST + GAP))
        side = max(1, min((width + GAP) // columns - GAP, _LARGEST))
        down = side + self.caption_height() + GAP
        places = [
            square(
                MARGIN + number % columns * (side + GAP), MARGIN + number // columns * down, side
            )
            for number in range(self.count())
        ]
        rows = -(-self.count() // columns)
        return places, rows * down - GAP + 2 * MARGIN if rows else 0
