"""The geometry and the shapes of the network drawing: places, slabs, arrows and the cut."""

from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from core.recipe import vgg16
from gui.recipe.stage_rows import Columns, Span

SLANT_X, SLANT_Y = 0.30, 0.16  # how far a slab's depth goes right and up, per pixel of its side
_PICTURE_COLORS = (QColor("#c0504d"), QColor("#6aa84f"), QColor("#4a7ebb"))  # red, green, blue


def slab_width(thickness: float, side: float) -> float:
    """The pixels from left to right that ``draw_slab`` covers."""
    return thickness + side * SLANT_X


def draw_slab(
    painter: QPainter, left: float, middle: float, thickness: float, side: float, color: QColor
) -> QRectF:
    """A feature map seen from the side: ``side`` high and deep, ``thickness`` its channels.

    Takes the painter's pen for the edges. Gives the rectangle that it covers.
    """
    depth_x, depth_y = side * SLANT_X, side * SLANT_Y
    top = middle - (side - depth_y) / 2
    front = QRectF(left, top, thickness, side)
    slant = QPointF(depth_x, -depth_y)
    roof = QPolygonF(
        [front.topLeft(), front.topLeft() + slant, front.topRight() + slant, front.topRight()]
    )
    flank = QPolygonF(
        [
            front.topRight(),
            front.topRight() + slant,
            front.bottomRight() + slant,
            front.bottomRight(),
        ]
    )
    for shape, shade in ((roof, color.lighter(108)), (flank, color.darker(112))):
        painter.setBrush(shade)
        painter.drawPolygon(shape)
    painter.setBrush(color)
    painter.drawRect(front)
    return QRectF(left, top - depth_y, thickness + depth_x, side + depth_y)


def draw_picture(painter: QPainter, center: float, middle: float, side: float) -> None:
    """A picture of three channels, ``side`` high, about ``center``."""
    left = center - (side * SLANT_X + 10) / 2
    for number, color in enumerate(_PICTURE_COLORS):
        painter.setPen(QPen(color.darker(140), 1))
        draw_slab(painter, left + number * 4, middle, 2, side, color)


def draw_arrow(painter: QPainter, start: QPointF, end: QPointF) -> None:
    """A line with a small head, in the painter's pen; it goes to the right."""
    painter.drawLine(QLineF(start, end))
    for rise in (-3.0, 3.0):
        painter.drawLine(QLineF(end, end + QPointF(-4.0, rise)))


def draw_scissors(painter: QPainter, tip: QPointF, size: float, color: QColor) -> None:
    """Open scissors that cut to the right, their blades crossing a little left of ``tip``."""
    painter.save()
    painter.translate(tip)
    painter.scale(size / 20, size / 20)
    pen = QPen(color, 1.8)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for sign in (-1, 1):
        painter.drawLine(QLineF(-13, 4 * sign, 3, -5 * sign))
        painter.drawEllipse(QPointF(-16, 5.2 * sign), 3.4, 3.4)
    painter.restore()


def bypass(start: QPointF, end: QPointF, height: float) -> QPainterPath:
    """The way from ``start`` up to ``height``, across and down to ``end``, with round corners."""
    radius = min(10.0, abs(start.y() - height) / 2, abs(end.x() - start.x()) / 4)
    path = QPainterPath(start)
    path.lineTo(start.x(), height + radius)
    path.quadTo(start.x(), height, start.x() + radius, height)
    path.lineTo(end.x() - radius, height)
    path.quadTo(end.x(), height, end.x(), height + radius)
    path.lineTo(end)
    return path


# At most three convolutions and a pooling; shape; parameters; share of compute; an epoch's time.
LAYER_LINES, CAPTION_LINES = 4, 4
TEXT_LINES = LAYER_LINES + CAPTION_LINES
SPACE = 4  # around the art and between names and text
LEAST_ART, WISHED_ART, MOST_ART = 56, 110, 230
_REFERENCE_SIZE = 224
_SLAB_GAP = 3
_CUT_WIDTH = 170


def height_with(art_height: float, name_height: float, line_height: float) -> float:
    """The height of a drawing with ``art_height`` for its volumes; with 0 it is folded."""
    lines = TEXT_LINES if art_height else CAPTION_LINES
    return name_height + art_height + lines * line_height + SPACE


class Slab(NamedTuple):
    """A feature map's place and size: its left edge, its channels, its width and height."""

    left: float
    thickness: float
    side: float

    @property
    def right(self) -> float:
        return self.left + slab_width(self.thickness, self.side)


@dataclass(frozen=True)
class NetworkLayout:
    """The places in a drawing ``height`` pixels high: names on top, volumes, lines of text. Where
    there is no room for volumes it is folded: names and captions alone.

    ``name_height`` and ``line_height`` are those of the fonts.
    """

    columns: Columns
    height: float
    name_height: float
    line_height: float
    image_size: int

    @property
    def is_folded(self) -> bool:
        """Whether there is room for names and captions only."""
        return self._room < LEAST_ART

    @property
    def _room(self) -> float:
        return self.height - self.name_height - TEXT_LINES * self.line_height - SPACE

    @property
    def art_height(self) -> float:
        """The room for the volumes."""
        return 0 if self.is_folded else min(self._room, MOST_ART)

    @property
    def _lines(self) -> int:
        return CAPTION_LINES if self.is_folded else TEXT_LINES

    @property
    def top(self) -> float:
        """Where the names begin."""
        used = self.name_height + self.art_height + self._lines * self.line_height + SPACE
        return max(self.height - used, 0) / 2

    @property
    def axis(self) -> float:
        """The height of the middle of every volume."""
        return self.top + self.name_height + self.art_height / 2

    def name(self, span: Span) -> QRectF:
        """The place of a name over ``span``; it may stand out a little."""
        return QRectF(span.left - 9, self.top, span.width + 18, self.name_height)

    def line(self, span: Span, place: int) -> QRectF:
        """The place of the text line ``place``, from 0, under ``span``; folded, the first
        ``LAYER_LINES`` are not there."""
        number = place - LAYER_LINES if self.is_folded else place
        top = self.top + self.name_height + self.art_height + SPACE + number * self.line_height
        return QRectF(span.left - 9, top, span.width + 18, self.line_height)

    def side(self, pixels: int) -> float:
        """How high a map of ``pixels`` x ``pixels`` is drawn: by its root, or 7 is a dot."""
        largest = max(_REFERENCE_SIZE, self.image_size)
        full = (self.art_height - 10) / (1 + SLANT_Y)
        full = min(full, self.columns.column_width * 0.62 / SLANT_X)
        return max(full * (pixels / largest) ** 0.5, 6.0)

    def thickness(self, channels: int) -> float:
        """How thick a map is drawn; three of 512 channels and a pooling fill their column."""
        room = self.columns.column_width - 10 - 3 * _SLAB_GAP
        unit = min(room / (4 * 8**0.6 + 2), 6.0)
        return float(unit * (channels / 64) ** 0.6)

    def slabs(self, block: vgg16.Block) -> list[Slab]:
        """A block's convolutions, and last what its pooling leaves."""
        side = block.input_side(self.image_size)
        sides = [self.side(side)] * len(block.convolutions) + [self.side(side // 2)]
        thick = self.thickness(block.channels)
        step = thick + _SLAB_GAP
        width = step * len(block.convolutions) + slab_width(thick, sides[-1])
        left = self.columns.block(block.number).center - width / 2
        return [Slab(left + place * step, thick, size) for place, size in enumerate(sides)]

    @property
    def cut_span(self) -> Span:
        """Where VGG16's own last layers stand."""
        end = self.columns.end
        return Span(end.left + 12, min(end.width - 12, _CUT_WIDTH))

    def cut_layer(self, place: int) -> QRectF:
        """One of VGG16's own last layers, ``place`` from 0."""
        outputs = vgg16.CLASSIFIER[place].outputs
        height = (self.art_height - 26) * (outputs / vgg16.CLASSIFIER[0].outputs) ** 0.5
        middle = self.cut_span.left + self.cut_span.width * (place + 1) / 4
        return QRectF(middle - 5, self.axis - height / 2 + 5, 10, height)
