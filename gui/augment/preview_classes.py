"""One augmented picture from each class."""

from PySide6.QtCore import QRect, QSize

from gui.augment.pointed_tiles import square
from gui.augment.tile_scroll import ScrolledSurface
from gui.augment.tile_surface import GAP, MARGIN
from gui.augment.tiles import Scene, class_tiles

_LEAST, _LARGEST = 108, 320


class PreviewClasses(ScrolledSurface):
    """Tiles with the class's name below, as large as fit; below a least size they scroll."""

    def show_scene(self, scene: Scene) -> None:
        """Show a version of each class's picture."""
        self.show_tiles(class_tiles(scene))

    def arrange(self, room: QSize) -> tuple[list[QRect], int]:
        columns, side = self._fit(room)
        across, down = side + GAP, side + self.caption_height() + GAP
        places = [
            square(MARGIN + number % columns * across, MARGIN + number // columns * down, side)
            for number in range(self.count())
        ]
        rows = -(-self.count() // columns)
        return places, rows * down - GAP + 2 * MARGIN if rows else 0

    def _fit(self, room: QSize) -> tuple[int, int]:
        """How many columns, and the side of a tile."""
        width, height = room.width() - 2 * MARGIN, room.height() - 2 * MARGIN
        caption, best = self.caption_height(), (1, 0)
        for columns in range(1, max(1, self.count()) + 1):
            rows = -(-self.count() // columns)
            across = (width + GAP) // columns - GAP
            down = (height + GAP) // max(1, rows) - GAP - caption
            side = min(across, down, _LARGEST)
            if side > best[1]:
                best = (columns, side)
        if best[1] >= _LEAST:
            return best
        columns = max(1, (width + GAP) // (_LEAST + GAP))
        return columns, max(1, (width + GAP) // columns - GAP)
