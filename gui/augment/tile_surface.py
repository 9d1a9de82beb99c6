"""Widgets that show augmented tiles, and the background work that makes the tiles' images.

Tiles can be pointed at, reached with the keyboard, and opened. A surface that needs more height
than there is scrolls.
"""

import os
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QFrame,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QToolTip,
    QWidget,
)

from gui.augment import tiles as augment_tiles
from gui.augment.tiles import Tile
from gui.controls.image_view import to_qimage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_OPEN = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class PointedTiles(QWidget):
    """A subclass says how many tiles there are and where, and paints them.

    Signals: ``opened`` with a tile's index, by a click or Enter; ``stepped`` (-1 or 1) when a
    person asks for another picture; ``current_moved`` with the place of the tile that the
    keyboard went to.
    """

    opened = Signal(int)
    stepped = Signal(int)
    current_moved = Signal(QRect)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._current = 0
        self._hovered = self._pressed = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    # -- for subclasses ---------------------------------------------------------------------

    def count(self) -> int:
        """How many tiles there are."""
        raise NotImplementedError

    def places(self) -> Sequence[QRect]:
        """Where each tile's picture is, in pixels of the widget."""
        raise NotImplementedError

    def tip(self, index: int) -> str:
        """What is said of a tile that is pointed at."""
        raise NotImplementedError

    # -- which tile -------------------------------------------------------------------------

    @property
    def current(self) -> int:
        """The index of the tile that Enter opens."""
        return self._current

    @current.setter
    def current(self, index: int) -> None:
        if index != self._current and 0 <= index < self.count():
            self._current = index
            self.update()

    @property
    def hovered(self) -> int:
        """The index of the tile under the mouse; -1 for none."""
        return self._hovered

    def looked_at(self) -> int:
        """The index of the tile that is pointed at, or that has the focus; -1 for none."""
        if self._hovered >= 0:
            return self._hovered
        return self._current if self.hasFocus() and self.count() else -1

    def beside(self, key: Qt.Key) -> int | None:
        """The index of the tile that an arrow key leads to from the current one, if any."""
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            return self._current + (1 if key == Qt.Key.Key_Right else -1)
        if key not in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            return None
        places = self.places()
        here, ahead = places[self._current].center(), 1 if key == Qt.Key.Key_Down else -1
        others = [
            (abs(place.center().y() - here.y()), abs(place.center().x() - here.x()), index)
            for index, place in enumerate(places)
            if ahead * (place.center().y() - here.y()) > 0
        ]
        return min(others)[2] if others else self._current

    def forget_pointed(self) -> None:
        """Other tiles are in other places."""
        self._hovered = self._pressed = -1
        self._current = max(0, min(self._current, self.count() - 1))

    # -- events -----------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        to = self.beside(key) if self.count() else None
        if key in _OPEN and self.count():
            self.opened.emit(self._current)
        elif to is not None:
            self._go(to)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self._at(event.position().toPoint())
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index, self._pressed = self._pressed, -1
        if index >= 0 and index == self._at(event.position().toPoint()):
            self.current = index
            self.opened.emit(index)
        super().mouseReleaseEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self._at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            index = self._at(event.pos())
            QToolTip.showText(event.globalPos(), self.tip(index) if index >= 0 else "", self)
            return True
        return super().event(event)

    # -- inside -----------------------------------------------------------------------------

    def _at(self, point: QPoint) -> int:
        hits = (index for index, place in enumerate(self.places()) if place.contains(point))
        index = next(hits, -1)
        return index if index < self.count() else -1

    def _hover(self, index: int) -> None:
        if index != self._hovered:
            self._hovered = index
            shape = Qt.CursorShape.PointingHandCursor if index >= 0 else Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
            self.update()

    def _go(self, to: int) -> None:
        if 0 <= to < self.count():
            self.current = to
            self.current_moved.emit(self.places()[to])


def square(left: int, top: int, side: int) -> QRect:
    """A square of that side."""
    return QRect(QPoint(left, top), QSize(side, side))


WAIT_SECONDS = 0.012
_LOOK_MILLISECONDS = 2
_MOST_THREADS = 4


@dataclass(frozen=True)
class _Job:
    tile: Tile
    pixels: "Future[NDArray[np.uint8]]"


class TileMaker(QObject):
    """Keeps a picture for each wanted tile; an old one stays until the new one is there.

    Only tiles that ``is_seen(key)`` are made, and only where what they show has changed. Those
    that are there within a blink come at once, so that they are painted together; the rest
    follow. Under a slider that moves faster than tiles are made, those that waited longest come
    first, and what was begun is still shown: each tile follows. Signal: ``made`` with the keys
    of the tiles that have a new picture.
    """

    made = Signal(object)

    def __init__(self, is_seen: Callable[[Hashable], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_seen = is_seen
        self._wanted: dict[Hashable, Tile] = {}
        self._pictures: dict[Hashable, QImage] = {}
        self._contents: dict[Hashable, tuple[object, ...]] = {}
        self._turns: dict[Hashable, int] = {}
        self._turn = 0
        self._jobs: dict[Hashable, _Job] = {}
        self._timer = QTimer(self, interval=_LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._go_on)

    @property
    def is_busy(self) -> bool:
        """Whether tiles that are seen have an older picture than is asked for."""
        return self._timer.isActive()

    def picture(self, key: Hashable) -> QImage | None:
        """The latest picture of a tile, at the network's size; None before the first."""
        return self._pictures.get(key)

    def make(self, tiles: Sequence[Tile]) -> None:
        """Let there be these tiles from now on."""
        self._wanted = {tile.key: tile for tile in tiles}
        for kept in (self._pictures, self._contents, self._turns):
            for key in [key for key in kept if key not in self._wanted]:
                del kept[key]
        for key, job in list(self._jobs.items()):
            if self._wanted.get(key) is not job.tile and job.pixels.cancel():
                del self._jobs[key]
        self.look()

    def look(self) -> None:
        """Make what is seen and out of date; wait a moment for it."""
        self._submit()
        if self._jobs:
            wait([job.pixels for job in self._jobs.values()], WAIT_SECONDS)
        self._go_on()

    def _go_on(self) -> None:
        made = []
        for key, job in list(self._jobs.items()):
            if job.pixels.done():
                del self._jobs[key]
                if key in self._wanted:
                    self._take(job)
                    made.append(key)
        self._submit()
        if self._jobs:
            self._timer.start()
        else:
            self._timer.stop()
        if made:
            self.made.emit(made)

    def _submit(self) -> None:
        stale = [tile for tile in self._wanted.values() if self._is_stale(tile)]
        stale.sort(key=lambda tile: self._turns.get(tile.key, 0))
        for tile in stale:
            self._jobs[tile.key] = _Job(tile, _threads().submit(tile.pixels))

    def _is_stale(self, tile: Tile) -> bool:
        return (
            tile.key not in self._jobs
            and self._contents.get(tile.key) != tile.content
            and self._is_seen(tile.key)
        )

    def _take(self, job: _Job) -> None:
        key = job.tile.key
        self._turn += 1
        self._pictures[key] = to_qimage(job.pixels.result())
        self._contents[key] = job.tile.content
        self._turns[key] = self._turn


@cache
def _threads() -> ThreadPoolExecutor:
    """For all views together: OpenCV and numpy let other threads run meanwhile."""
    workers = min(_MOST_THREADS, os.cpu_count() or 1)
    return ThreadPoolExecutor(workers, thread_name_prefix="tiles")


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
        return "\n".join(augment_tiles.tile_values(self._tiles[index]))

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


class ScrolledSurface(TileSurface):
    """A surface that fits its tiles into ``room`` and is as tall as they then are."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._room = QSize(0, 0)
        self._places: list[QRect] = []

    def set_room(self, room: QSize) -> None:
        """Use this width, and this height where it suffices."""
        if room != self._room:
            self._room = room
            self.arranged()

    def places(self) -> list[QRect]:
        return self._places

    def arranged(self) -> None:
        self._places, height = self.arrange(self._room)
        self.setMinimumHeight(height)
        self.update()

    def arrange(self, room: QSize) -> tuple[list[QRect], int]:
        """Where the tiles go in ``room``, and the height that they need."""
        raise NotImplementedError


class TileScroll(QScrollArea):
    """Shows a surface; the keyboard's tile comes into sight, and what comes into sight is made."""

    def __init__(self, surface: ScrolledSurface, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._surface = surface
        self.setWidget(surface)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().valueChanged.connect(surface.look)
        surface.current_moved.connect(self._show_place)

    def sizeHint(self) -> QSize:
        return QSize(720, 380)

    def minimumSizeHint(self) -> QSize:
        return QSize(300, 180)

    def resizeEvent(self, event: QResizeEvent) -> None:
        # Room for the bar is kept free, bar or no bar: else the two would take turns.
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        self._surface.set_room(QSize(self.width() - bar, self.height()))
        super().resizeEvent(event)
        self._surface.look()

    def focusNextPrevChild(self, forwards: bool) -> bool:
        # A scroll area's own would bring the middle of the whole surface into sight.
        return QAbstractScrollArea.focusNextPrevChild(self, forwards)

    def _show_place(self, place: QRect) -> None:
        margin = self._surface.caption_height() + GAP
        self.ensureVisible(place.center().x(), place.bottom(), 0, margin)
        self.ensureVisible(place.center().x(), place.top(), 0, 2 * margin)
