"""VGG16's own last layers in the drawing of the network, and the cut before them."""

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from core.recipe import vgg16
from gui.model.drawing import volumes
from gui.model.drawing.layout import NetworkLayout

_SCISSORS = 20


def paint(
    painter: QPainter, layout: NetworkLayout, depth: int, pale: QPen, scissors: QColor
) -> None:
    """Paint them with ``pale``, cut off after block ``depth``."""
    height = layout.top + layout.name_height + 11
    last = layout.slabs(vgg16.BLOCKS[depth - 1])[-1]
    start = QPointF(last.right, layout.axis - 8)
    bars = [layout.cut_layer(number) for number in range(len(vgg16.CLASSIFIER))]
    painter.setPen(pale)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    end = QPointF(bars[0].left() - 14, layout.axis)
    painter.drawPath(volumes.bypass(start, end, height))
    for left, bar in zip([end.x(), *(one.right() for one in bars)], bars, strict=False):
        painter.drawLine(QLineF(left, layout.axis, bar.left(), layout.axis))
        painter.drawRect(bar)
    tip = QPointF(start.x() + 36, height)
    volumes.draw_scissors(painter, tip, _SCISSORS, scissors)
