"""The four fill modes beside each other, on the draws that uncover most."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QWidget

from core.common.messages import fill
from gui.augment import preview_text
from gui.augment.pointed_tiles import square
from gui.augment.tile_scroll import ScrolledSurface
from gui.augment.tile_surface import GAP, MARGIN
from gui.augment.tiles import MODES, FillRow, Scene, fill_rows
from gui.base import theme

_LEAST, _LARGEST = 72, 240
_HEAD_GAP = 8
_BELOW = 8
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
        words = {"number": self._rows[row].view + 1, "mode": preview_text.mode_name(MODES[column])}
        return fill(self.tr("Version {number}: {mode}"), words)

    def caption_height(self) -> int:
        return 0

    def tip(self, index: int) -> str:
        if index >= self.count():
            return ""
        mode = preview_text.mode_name(MODES[index % len(MODES)])
        return "\n".join([mode, *preview_text.values(self.shown[index])])

    def arrange(self, room: QSize) -> tuple[list[QRect], int]:
        width, height = room.width() - 2 * MARGIN, room.height() - 2 * MARGIN
        rows, line = max(1, len(self._rows)), self.fontMetrics().height() + 2
        across = (width + GAP) // len(MODES) - GAP
        down = (height - self._head() + _BELOW) // rows - line - _BELOW
        side = self._side = max(1, min(across, max(_LEAST, down), _LARGEST))
        pitch = line + side + _BELOW
        places = [
            square(MARGIN + column * (side + GAP), MARGIN + self._head() + row * pitch + line, side)
            for row in range(len(self._rows))
            for column in range(len(MODES))
        ]
        return places, self._head() + rows * pitch - _BELOW + 2 * MARGIN if places else 0

    def paint_below(self, painter: QPainter, area: QRect) -> None:
        for column, mode in enumerate(MODES):
            self._paint_head(painter, column, mode == self._mode)
        template = self.tr("Version {number}: {share} of it is fill")
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        high = self.fontMetrics().height()
        for number, row in enumerate(self._rows):
            first = self._places[number * len(MODES)]
            words = fill(
                template, {"number": row.view + 1, "share": preview_text.share_text(row.share)}
            )
            painter.drawText(first.left(), first.top() - high - 2, self.width(), high, 0, words)

    def _paint_head(self, painter: QPainter, column: int, is_set: bool) -> None:
        left = MARGIN + column * (self._side + GAP)
        place = QRect(left, MARGIN, self._side, self._head() - _HEAD_GAP)
        name = preview_text.mode_name(MODES[column])
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
