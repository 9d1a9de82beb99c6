"""Each effect alone, from one end of its range to the other."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QWidget

from gui.augment.pointed_tiles import square
from gui.augment.strips import STEPS, Strip, strips
from gui.augment.tile_scroll import ScrolledSurface
from gui.augment.tile_surface import GAP, MARGIN
from gui.augment.tiles import Scene
from gui.base import theme

_LARGEST = 112
_BELOW = 10  # between a strip's captions and the next title
_BETWEEN = 1  # a free column between short strips in one line


class PreviewStrips(ScrolledSurface):
    """A line of tiles for each effect; short strips share a line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._strips: list[Strip] = []
        self._titles: list[QRect] = []

    @property
    def strips(self) -> list[Strip]:
        """What is shown."""
        return self._strips

    def show_scene(self, scene: Scene) -> None:
        """Show a strip for each effect that is on in the scene's settings."""
        before = [(one.title, one.note) for one in self._strips]
        self._strips = strips(scene)
        if before != [(one.title, one.note) for one in self._strips]:
            self.update()
        self.show_tiles([tile for strip in self._strips for tile in strip.tiles])

    def arrange(self, room: QSize) -> tuple[list[QRect], int]:
        width = room.width() - 2 * MARGIN
        side = max(1, min(_LARGEST, (width + GAP) // STEPS - GAP))
        head = self._title_height()
        pitch = head + side + self.caption_height() + _BELOW
        places, self._titles = [], []
        line, column = -1, STEPS
        for strip in self._strips:
            if column + _BETWEEN + len(strip.tiles) > STEPS:
                line, column = line + 1, 0
            else:
                column += _BETWEEN
            left, top = MARGIN + column * (side + GAP), MARGIN + line * pitch
            span = max(len(strip.tiles), 2) if column + 2 < STEPS else len(strip.tiles)
            span = STEPS - column if len(strip.tiles) == STEPS else span
            self._titles.append(QRect(left, top, span * (side + GAP) - GAP, head))
            for number in range(len(strip.tiles)):
                places.append(square(left + number * (side + GAP), top + head, side))
            column += len(strip.tiles)
        return places, (line + 1) * pitch - _BELOW + 2 * MARGIN if places else 0

    def paint_below(self, painter: QPainter, area: QRect) -> None:
        for strip, place in zip(self._strips, self._titles, strict=True):
            if place.intersects(area):
                self._paint_title(painter, strip, place)

    def tip(self, index: int) -> str:
        for strip in self._strips:
            if index < len(strip.tiles):
                return f"{strip.title}: {strip.tiles[index].caption}"
            index -= len(strip.tiles)
        return ""

    def name_of(self, index: int) -> str:
        return self.tip(index)

    def _title_height(self) -> int:
        return QFontMetrics(theme.font(bold=True)).height() + 2

    def _paint_title(self, painter: QPainter, strip: Strip, place: QRect) -> None:
        bold, left = theme.font(bold=True), Qt.AlignmentFlag.AlignLeft
        metrics = QFontMetrics(bold)
        title = metrics.elidedText(strip.title, Qt.TextElideMode.ElideRight, place.width())
        painter.setFont(bold)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(place, left, title)
        painter.setFont(theme.small_font())
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        rest = place.adjusted(metrics.horizontalAdvance(title) + 8, 1, 0, 0)
        note = QFontMetrics(painter.font()).elidedText(
            strip.note, Qt.TextElideMode.ElideRight, max(0, rest.width())
        )
        painter.drawText(rest, left, note)
        painter.setFont(self.font())
