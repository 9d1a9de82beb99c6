"""The untouched picture, large, and beside it its augmented versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QPainter, QPaintEvent, QPalette, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.widgets.picture_view import to_qimage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_GAP = 6
_MARGIN = 3  # room for the frame that shows the focus
_APART = 16  # between the untouched picture and its versions
_DIM = 0.5
_UNTOUCHED = -1  # its index among the scaled pictures


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
            (width - _APART - columns * _GAP) // (columns + 2),
            (height - (rows - 1) * _GAP) // rows,
            (height - caption - _GAP) // 2,
        )
        if side > best_side:
            best_side, best_columns = side, columns
    rows = -(-count // best_columns)
    pitch = best_side + _GAP
    tall = rows * pitch - _GAP
    left = width - best_columns * pitch + _GAP - _APART
    large = max(0, min(left, max(tall, 2 * pitch - _GAP + caption) - caption))
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


class PreviewGrid(QWidget):
    """Pictures are given at the network's size; only their showing is scaled.

    ``dim`` pales the versions: they aren't used at present. Signal: ``stepped`` (-1 or 1) when
    a person asks for another picture with the arrow keys.
    """

    stepped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._untouched: QImage | None = None
        self._tiles: tuple[QImage, ...] = ()
        self._scaled: dict[int, QPixmap] = {}
        self._dim = False
        self._message = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_untouched(self, picture: "NDArray[np.uint8] | None") -> None:
        """Show uint8 RGB ``picture`` (size, size, 3), or none; the versions go."""
        self._untouched = None if picture is None else to_qimage(picture)
        self._scaled.clear()
        self.set_tiles(())

    def set_tiles(self, versions: Sequence["NDArray[np.uint8]"]) -> None:
        """Show these versions, uint8 RGB (size, size, 3)."""
        self._tiles = tuple(to_qimage(version) for version in versions)
        self._scaled = {key: scaled for key, scaled in self._scaled.items() if key == _UNTOUCHED}
        self.update()

    @property
    def untouched(self) -> QImage | None:
        """The picture itself, at the network's size."""
        return self._untouched

    @property
    def tiles(self) -> tuple[QImage, ...]:
        """The versions, at the network's size."""
        return self._tiles

    @property
    def tile_side(self) -> int:
        """How wide a version is shown, in pixels of the widget."""
        return self._arrangement().tiles[0].width()

    @property
    def dim(self) -> bool:
        """Whether the versions are paled."""
        return self._dim

    @dim.setter
    def dim(self, value: bool) -> None:
        if value != self._dim:
            self._dim = value
            self.update()

    @property
    def message(self) -> str:
        """What is said where there is no picture."""
        return self._message

    @message.setter
    def message(self, text: str) -> None:
        self._message = text
        self.update()

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

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._untouched is None:
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), flags, self._message)
            return
        places = self._arrangement()
        self._draw(painter, _UNTOUCHED, self._untouched, places.untouched)
        self._caption(painter, places.untouched)
        painter.setOpacity(_DIM if self._dim else 1.0)
        for index, (image, rect) in enumerate(zip(self._tiles, places.tiles, strict=False)):
            self._draw(painter, index, image, rect)

    def _arrangement(self) -> Arrangement:
        area = self.rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        caption = self.fontMetrics().height() + _GAP
        return arrange(area.width(), area.height(), max(1, len(self._tiles)), caption)

    def _draw(self, painter: QPainter, index: int, image: QImage, place: QRect) -> None:
        size = place.size() * self.devicePixelRatioF()
        pixmap = self._scaled.get(index)
        if pixmap is None or pixmap.size() != size:
            smooth = Qt.TransformationMode.SmoothTransformation
            scaled = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
            pixmap = self._scaled[index] = QPixmap.fromImage(scaled)
        painter.drawPixmap(place.translated(_MARGIN, _MARGIN), pixmap)

    def _caption(self, painter: QPainter, untouched: QRect) -> None:
        rect = untouched.translated(_MARGIN, _MARGIN)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        line = QRect(rect.left(), rect.bottom() + _GAP, rect.width(), self.fontMetrics().height())
        text = self.tr("untouched")
        painter.drawText(line, Qt.AlignmentFlag.AlignHCenter, text)
        if self.hasFocus():
            painter.setPen(self.palette().color(QPalette.ColorRole.Highlight))
            painter.drawRect(rect.adjusted(-2, -2, 1, 1))
