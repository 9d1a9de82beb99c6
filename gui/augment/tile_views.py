"""The untouched picture, large, and beside it its augmented versions."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import QWidget

from core.common.messages import fill
from gui.augment import preview_text
from gui.augment.tile_surface import GAP, MARGIN, TileSurface
from gui.augment.tiles import Scene, Subject, version_tiles
from gui.base import theme
from gui.controls.image_view import to_qimage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_APART = 16  # between the untouched picture and its versions
_LEAST_LINES = 5  # of words below the untouched picture
_UNTOUCHED = "untouched"  # its name among the scaled pictures


@dataclass(frozen=True)
class Arrangement:
    """Where everything is, in pixels of the widget."""

    untouched: QRect
    tiles: tuple[QRect, ...]


def arrange(width: int, height: int, count: int, caption: int = 0) -> Arrangement:
    """The untouched picture, at least twice as wide as a tile, and ``count`` square tiles as
    large as fit; ``caption`` pixels stay free below the untouched picture."""
    best_side, best_columns = 0, 1
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        side = min(
            (width - _APART - columns * GAP) // (columns + 2),
            (height - (rows - 1) * GAP) // rows,
            (height - caption - GAP) // 2,
        )
        if side > best_side:
            best_side, best_columns = side, columns
    rows = -(-count // best_columns)
    pitch = best_side + GAP
    tall = rows * pitch - GAP
    left = width - best_columns * pitch + GAP - _APART
    large = max(0, min(left, max(tall, 2 * pitch - GAP + caption) - caption))
    tiles = tuple(
        QRect(
            large + _APART + index % best_columns * pitch,
            index // best_columns * pitch,
            best_side,
            best_side,
        )
        for index in range(count)
    )
    return Arrangement(QRect(0, 0, large, large), tiles)


class PreviewGrid(TileSurface):
    """Pictures are given at the network's size; only their showing is scaled.

    Either ``show_scene`` makes the versions, or ``set_untouched`` and ``set_tiles`` give them.
    Left and Right ask for another picture; Up and Down go from version to version.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._subject: Subject | None = None
        self._untouched: QImage | None = None
        self._given: tuple[QImage, ...] = ()
        self._arrangement: Arrangement | None = None
        self.rendered.connect(self._take_made)

    def show_scene(self, scene: Scene) -> None:
        """Show the picture looked at and its versions."""
        if scene.subject is not self._subject:
            self._subject = scene.subject
            picture = scene.subject.picture if scene.subject is not None else None
            self._set_untouched(picture)
        if scene.subject is None:
            self._given = ()
        self.show_tiles(version_tiles(scene))
        self._given = self._given[: len(self.shown)]  # there may be fewer kept views now

    def set_untouched(self, picture: "NDArray[np.uint8] | None") -> None:
        """Show uint8 RGB ``picture`` (size, size, 3), or none; the versions go."""
        self._set_untouched(picture)
        self.set_tiles(())

    def set_tiles(self, versions: Sequence["NDArray[np.uint8]"]) -> None:
        """Show these versions, uint8 RGB (size, size, 3)."""
        self.show_tiles(())
        self._given = tuple(to_qimage(version) for version in versions)
        for index in range(len(versions)):
            self.forget_scaled(index)
        self.arranged()
        self.update()

    @property
    def untouched(self) -> QImage | None:
        """The picture itself, at the network's size."""
        return self._untouched

    @property
    def tiles(self) -> tuple[QImage, ...]:
        """The versions, at the network's size; another tuple when they have changed."""
        return self._given

    @property
    def tile_side(self) -> int:
        """How wide a version is shown, in pixels of the widget."""
        return self._places().tiles[0].width()

    def sizeHint(self) -> QSize:
        return QSize(720, 380)

    def minimumSizeHint(self) -> QSize:
        return QSize(300, 180)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.stepped.emit(step)

    # -- what the surface asks --------------------------------------------------------------

    def beside(self, key: Qt.Key) -> int | None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(key)
        return None if step is None else self.current + step

    def count(self) -> int:
        return len(self.shown) or len(self._given)

    def is_empty(self) -> bool:
        return self._untouched is None and not self.count()

    def places(self) -> Sequence[QRect]:
        return [one.translated(MARGIN, MARGIN) for one in self._places().tiles]

    def arranged(self) -> None:
        self._arrangement = None

    def image(self, index: int) -> QImage | None:
        if self.shown:
            return super().image(index)
        return self._given[index] if index < len(self._given) else None

    def key_of(self, index: int) -> Hashable:
        return index

    def caption(self, index: int) -> str:
        return ""

    def name_of(self, index: int) -> str:
        return preview_text.version(index + 1, self.count())

    def caption_height(self) -> int:
        return 0

    def paint_below(self, painter: QPainter, area: QRect) -> None:
        if self._untouched is None:
            return
        place = self._places().untouched.translated(MARGIN, MARGIN)
        self.draw_scaled(painter, _UNTOUCHED, self._untouched, place)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        high = self.fontMetrics().height()
        line = QRect(place.left(), place.bottom() + GAP, place.width(), high)
        painter.drawText(line, Qt.AlignmentFlag.AlignHCenter, self.tr("untouched"))
        if self.hasFocus() and not self.count():
            painter.setPen(self.palette().color(QPalette.ColorRole.Highlight))
            painter.drawRect(place.adjusted(-2, -2, 1, 1))
        self._paint_words(painter)

    def tip(self, index: int) -> str:
        return "" if self._room_for_words().isValid() else super().tip(index)

    # -- inside -----------------------------------------------------------------------------

    def _set_untouched(self, picture: "NDArray[np.uint8] | None") -> None:
        self._untouched = None if picture is None else to_qimage(picture)
        self.forget_scaled(_UNTOUCHED)
        self.update()

    def _take_made(self) -> None:
        made = (self.image(index) for index in range(len(self.shown)))
        self._given = tuple(one for one in made if one is not None)

    def _places(self) -> Arrangement:
        if self._arrangement is None:
            area = self.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
            caption = self.fontMetrics().height() + GAP
            count = max(1, len(self.shown) or len(self._given))
            self._arrangement = arrange(area.width(), area.height(), count, caption)
        return self._arrangement

    def _room_for_words(self) -> QRect:
        """Below the untouched picture, where there is enough of it."""
        untouched = self._places().untouched.translated(MARGIN, MARGIN)
        line = self.fontMetrics().height()
        room = QRect(untouched)
        room.setTop(untouched.bottom() + 2 * GAP + line)
        room.setBottom(self.height() - MARGIN)
        return room if room.height() >= _LEAST_LINES * line else QRect()

    def _paint_words(self, painter: QPainter) -> None:
        """The values of the version that is pointed at, or that the keyboard is on."""
        index, room = self.looked_at(), self._room_for_words()
        if not 0 <= index < len(self.shown) or not room.isValid():
            return
        bold = theme.font(bold=True)
        painter.setFont(bold)
        painter.drawText(room, 0, fill(self.tr("Version {number}"), {"number": index + 1}))
        painter.setFont(self.font())
        rest = room.adjusted(0, QFontMetrics(bold).height() + 2, 0, 0)
        words = self._fitting(preview_text.values(self.shown[index]), rest)
        painter.drawText(rest, Qt.TextFlag.TextWordWrap, words)

    def _fitting(self, lines: Sequence[str], room: QRect) -> str:
        """As many lines as there is room for."""
        for count in range(len(lines), 0, -1):
            words = "\n".join([*lines[:count], *("…" for _ in lines[count : count + 1])])
            flags = int(Qt.TextFlag.TextWordWrap)
            if self.fontMetrics().boundingRect(room, flags, words).height() <= room.height():
                return words
        return ""
