"""Shapes for the drawing of a network: slabs for feature maps, the cut, the way data takes."""

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

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
