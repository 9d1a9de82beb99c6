"""The preview's views made of tiles: versions of one image, classes, fill modes and strips."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import QWidget

from core.common.messages import fill
from gui.augment import tiles as augment_tiles
from gui.augment.strips import STEPS, Strip, strips
from gui.augment.tile_surface import GAP, MARGIN, ScrolledSurface, TileSurface, square
from gui.augment.tiles import MODES, FillRow, Scene, Subject, class_tiles, fill_rows, version_tiles
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
        return augment_tiles.version(index + 1, self.count())

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
        words = self._fitting(augment_tiles.tile_values(self.shown[index]), rest)
        painter.drawText(rest, Qt.TextFlag.TextWordWrap, words)

    def _fitting(self, lines: Sequence[str], room: QRect) -> str:
        """As many lines as there is room for."""
        for count in range(len(lines), 0, -1):
            words = "\n".join([*lines[:count], *("…" for _ in lines[count : count + 1])])
            flags = int(Qt.TextFlag.TextWordWrap)
            if self.fontMetrics().boundingRect(room, flags, words).height() <= room.height():
                return words
        return ""


_CLASSES_LEAST, _CLASSES_LARGEST = 108, 320


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
            side = min(across, down, _CLASSES_LARGEST)
            if side > best[1]:
                best = (columns, side)
        if best[1] >= _CLASSES_LEAST:
            return best
        columns = max(1, (width + GAP) // (_CLASSES_LEAST + GAP))
        return columns, max(1, (width + GAP) // columns - GAP)


_FILLS_LEAST, _FILLS_LARGEST = 72, 240
_HEAD_GAP = 8
_FILLS_BELOW = 8
_BAR = 3  # pixels: under the name of the mode that is set


class PreviewFills(ScrolledSurface):
    """A column for each mode, a row for each draw; the mode that is set is marked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[FillRow] = []
        self._mode = "reflect"
        self._side = 1

    @property
    def rows(self) -> list[FillRow]:
        """What is shown."""
        return self._rows

    def show_scene(self, scene: Scene) -> None:
        """Show the versions of the picture that uncover most."""
        before = [(row.view, row.share) for row in self._rows], self._mode
        self._rows = fill_rows(scene, [row.view for row in self._rows])
        self._mode = scene.config.fill_mode
        if before != ([(row.view, row.share) for row in self._rows], self._mode):
            self.update()
        self.show_tiles([tile for row in self._rows for tile in row.tiles])

    def caption(self, index: int) -> str:
        return ""

    def name_of(self, index: int) -> str:
        row, column = divmod(index, len(MODES))
        words = {"number": self._rows[row].view + 1, "mode": augment_tiles.mode_name(MODES[column])}
        return fill(self.tr("Version {number}: {mode}"), words)

    def caption_height(self) -> int:
        return 0

    def tip(self, index: int) -> str:
        if index >= self.count():
            return ""
        mode = augment_tiles.mode_name(MODES[index % len(MODES)])
        return "\n".join([mode, *augment_tiles.tile_values(self.shown[index])])

    def arrange(self, room: QSize) -> tuple[list[QRect], int]:
        width, height = room.width() - 2 * MARGIN, room.height() - 2 * MARGIN
        rows, line = max(1, len(self._rows)), self.fontMetrics().height() + 2
        across = (width + GAP) // len(MODES) - GAP
        down = (height - self._head() + _FILLS_BELOW) // rows - line - _FILLS_BELOW
        side = self._side = max(1, min(across, max(_FILLS_LEAST, down), _FILLS_LARGEST))
        pitch = line + side + _FILLS_BELOW
        places = [
            square(MARGIN + column * (side + GAP), MARGIN + self._head() + row * pitch + line, side)
            for row in range(len(self._rows))
            for column in range(len(MODES))
        ]
        return places, self._head() + rows * pitch - _FILLS_BELOW + 2 * MARGIN if places else 0

    def paint_below(self, painter: QPainter, area: QRect) -> None:
        for column, mode in enumerate(MODES):
            self._paint_head(painter, column, mode == self._mode)
        template = self.tr("Version {number}: {share} of it is fill")
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        high = self.fontMetrics().height()
        for number, row in enumerate(self._rows):
            first = self._places[number * len(MODES)]
            words = fill(
                template, {"number": row.view + 1, "share": augment_tiles.share_text(row.share)}
            )
            painter.drawText(first.left(), first.top() - high - 2, self.width(), high, 0, words)

    def _paint_head(self, painter: QPainter, column: int, is_set: bool) -> None:
        left = MARGIN + column * (self._side + GAP)
        place = QRect(left, MARGIN, self._side, self._head() - _HEAD_GAP)
        name = augment_tiles.mode_name(MODES[column])
        font, small = theme.font(bold=True), theme.small_font()
        painter.setFont(font)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft, name)
        if is_set:
            used = QFontMetrics(font).horizontalAdvance(name) + 8
            painter.setFont(small)
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            rest = place.adjusted(used, 1, 0, 0)
            painter.drawText(rest, Qt.AlignmentFlag.AlignLeft, self.tr("set"))
            bar = QRect(place.left(), place.bottom() - _BAR + 1, place.width(), _BAR)
            painter.fillRect(bar, self.palette().color(QPalette.ColorRole.Accent))
        painter.setFont(self.font())

    def _head(self) -> int:
        return QFontMetrics(theme.font(bold=True)).height() + 2 + _BAR + _HEAD_GAP


_STRIPS_LARGEST = 112
_STRIPS_BELOW = 10  # between a strip's captions and the next title
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
        side = max(1, min(_STRIPS_LARGEST, (width + GAP) // STEPS - GAP))
        head = self._title_height()
        pitch = head + side + self.caption_height() + _STRIPS_BELOW
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
        return places, (line + 1) * pitch - _STRIPS_BELOW + 2 * MARGIN if places else 0

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
