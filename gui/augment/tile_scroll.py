"""Tiles that may need more height than there is."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QScrollArea, QStyle, QWidget

from gui.augment.tile_surface import GAP, TileSurface


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
