"""Tiles of the augmentation preview, painted in place."""

from collections.abc import Hashable, Sequence

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.augment import preview_text
from gui.augment.pointed_tiles import PointedTiles
from gui.augment.tile_maker import TileMaker
from gui.augment.tiles import Tile

GAP = 6
MARGIN = 3  # room for the frame that shows the focus
CAPTION_GAP = 2
_DIM = 0.5


class TileSurface(PointedTiles):
    """What the views of tiles share. A subclass says in ``places`` where each tile is.

    ``unused`` puts a dashed frame around the tiles, which leaves their colours true; ``dim``
    pales them. Signal: ``rendered`` when tiles have new pixels.
    """

    rendered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles: tuple[Tile, ...] = ()
        self._indices: dict[Hashable, int] = {}
        self._maker = TileMaker(self._is_seen, self)
        self._maker.made.connect(self._renew)
        self._scaled: dict[Hashable, QPixmap] = {}
        self._dim = self._unused = False
        self._message = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    # -- what it shows ----------------------------------------------------------------------

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        """Show these; what they had in common with the ones before stays as it is."""
        moved = [tile.key for tile in tiles] != [tile.key for tile in self._tiles]
        words = [tile.caption for tile in tiles] != [tile.caption for tile in self._tiles]
        self._tiles = tuple(tiles)
        self._indices = {tile.key: index for index, tile in enumerate(tiles)}
        if moved:
            self.forget_pointed()
            self._scaled = {key: one for key, one in self._scaled.items() if key in self._indices}
            self.arranged()
        if moved or words:
            self.update()
        self._maker.make(tiles)

    @property
    def shown(self) -> tuple[Tile, ...]:
        """The tiles, whether or not their pictures are made."""
        return self._tiles

    @property
    def is_busy(self) -> bool:
        """Whether tiles that are seen have an older picture than is asked for."""
        return self._maker.is_busy

    @property
    def dim(self) -> bool:
        """Whether the tiles are paled."""
        return self._dim

    @dim.setter
    def dim(self, value: bool) -> None:
        if value != self._dim:
            self._dim = value
            self.update()

    @property
    def unused(self) -> bool:
        """Whether the tiles are marked as what training doesn't use."""
        return self._unused

    @unused.setter
    def unused(self, value: bool) -> None:
        if value != self._unused:
            self._unused = value
            self.update()

    @property
    def message(self) -> str:
        """What is said where there are no tiles."""
        return self._message

    @message.setter
    def message(self, text: str) -> None:
        if text != self._message:
            self._message = text
            self.update()

    def look(self) -> None:
        """Make what is seen now: another part of the surface may be."""
        self._maker.look()

    # -- for subclasses ---------------------------------------------------------------------

    def count(self) -> int:
        return len(self._tiles)

    def tip(self, index: int) -> str:
        """The values drawn for it."""
        if index >= len(self._tiles):
            return ""
        return "\n".join(preview_text.values(self._tiles[index]))

    def name_of(self, index: int) -> str:
        """What a tile is called where it is read off."""
        return self.caption(index)

    def is_empty(self) -> bool:
        """Whether there is only the message to show."""
        return not self.count()

    def arranged(self) -> None:
        """There are other tiles, or there is other room."""

    def paint_below(self, painter: QPainter, area: QRect) -> None:
        """Paint what isn't a tile, before the tiles, within ``area``."""

    def image(self, index: int) -> QImage | None:
        """A tile's picture at the network's size, once it is made."""
        return self._maker.picture(self._tiles[index].key)

    def key_of(self, index: int) -> Hashable:
        """What names a tile as others come and go."""
        return self._tiles[index].key

    def caption(self, index: int) -> str:
        """What is written below a tile."""
        return self._tiles[index].caption

    def caption_height(self) -> int:
        """The room below a tile that its caption takes."""
        return CAPTION_GAP + self.fontMetrics().height()

    def draw_scaled(self, painter: QPainter, key: Hashable, image: QImage, place: QRect) -> None:
        """Draw ``image`` into ``place``, scaled once for ``key`` until its picture changes."""
        size = place.size() * self.devicePixelRatioF()
        pixmap = self._scaled.get(key)
        if pixmap is None or pixmap.size() != size:
            smooth = Qt.TransformationMode.SmoothTransformation
            scaled = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
            pixmap = self._scaled[key] = QPixmap.fromImage(scaled)
        painter.drawPixmap(place, pixmap)

    def forget_scaled(self, key: Hashable) -> None:
        """The picture of ``key`` has changed."""
        self._scaled.pop(key, None)

    # -- events -----------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.look()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arranged()
        self.look()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.is_empty():
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), flags, self._message)
            return
        area, room = event.rect(), self.caption_height()
        self.paint_below(painter, area)
        for index, place in enumerate(self.places()[: self.count()]):
            if place.adjusted(-MARGIN, -MARGIN, MARGIN, room).intersects(area):
                self._paint_tile(painter, index, place)

    # -- inside -----------------------------------------------------------------------------

    def _paint_tile(self, painter: QPainter, index: int, place: QRect) -> None:
        image = self.image(index)
        painter.setOpacity(_DIM if self._dim else 1.0)
        if image is None:
            painter.fillRect(place, self.palette().color(QPalette.ColorRole.AlternateBase))
        else:
            self.draw_scaled(painter, self.key_of(index), image, place)
        painter.setOpacity(1.0)
        self._paint_frame(painter, index, place)
        self._paint_caption(painter, self.caption(index), place)

    def _paint_frame(self, painter: QPainter, index: int, place: QRect) -> None:
        roles = QPalette.ColorRole
        if self.hasFocus() and index == self.current:
            painter.setPen(QPen(self.palette().color(roles.Highlight), 2))
            painter.drawRect(place.adjusted(-1, -1, 1, 1))
        elif index == self.hovered:
            painter.setPen(QPen(self.palette().color(roles.WindowText), 1))
            painter.drawRect(place.adjusted(-1, -1, 0, 0))
        elif self._unused:
            painter.setPen(unused_pen(self.palette()))
            painter.drawRect(place.adjusted(-1, -1, 0, 0))

    def _paint_caption(self, painter: QPainter, caption: str, place: QRect) -> None:
        if not caption:
            return
        metrics, top = self.fontMetrics(), place.bottom() + 1 + CAPTION_GAP
        line = QRect(place.left() - GAP // 2, top, place.width() + GAP, metrics.height())
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        words = metrics.elidedText(caption, Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignHCenter, words)

    def _renew(self, keys: Sequence[Hashable]) -> None:
        places = self.places()
        for key in keys:
            self.forget_scaled(key)
            if key in self._indices:
                self.update(places[self._indices[key]])
        self.rendered.emit()

    def _is_seen(self, key: Hashable) -> bool:
        if not self.isVisible():
            return False
        places, index = self.places(), self._indices.get(key, -1)
        seen = self.visibleRegion().boundingRect()
        return 0 <= index < len(places) and places[index].intersects(seen)


def unused_pen(palette: QPalette) -> QPen:
    """The frame around pictures that training doesn't use."""
    return QPen(palette.color(QPalette.ColorRole.PlaceholderText), 1, Qt.PenStyle.DashLine)
