"""The new head in the drawing of the network: its own convolutions, hidden layers, outputs."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from core.recipe import vgg16
from core.recipe.network import HeadPlan
from gui.base import theme
from gui.model.drawing import volumes
from gui.model.drawing.layout import NetworkLayout, Slab

_WIDEST = vgg16.CLASSIFIER[0].outputs
_LAST, _BAR, _PITCH, _GAP = 18, 8, 16, 4
_MOST_DOTS = 7
_HIGHEST = 0.7  # of the art, above which VGG16's own head is cut off


@dataclass(frozen=True)
class HeadPlaces:
    """Where each layer of a head stands, from left to right in its column."""

    convolutions: tuple[Slab, ...]
    hidden: tuple[QRectF, ...]
    last: QRectF

    @property
    def left(self) -> float:
        if self.convolutions:
            return self.convolutions[0].left
        return min(one.left() for one in (*self.hidden, self.last))


def places(layout: NetworkLayout, plan: HeadPlan) -> HeadPlaces:
    """The places of the layers of ``plan``; many of them stand closer."""
    span = layout.columns.head
    side = layout.side(plan.side) if plan.convolutions else 0.0
    slant = side * volumes.SLANT_X
    before = len(plan.convolutions) + len(plan.hidden)
    pitch = min(_PITCH, (span.width - slant - _LAST) / before) if before else 0.0
    left = span.center - (before * pitch + slant + _LAST) / 2
    slabs = []
    for layer in plan.convolutions:
        thickness = min(layout.thickness(layer.out_channels), pitch - _GAP / 2)
        slabs.append(Slab(left, max(thickness, 1.5), side))
        left += pitch
    left += slant
    bars = []
    for hidden in plan.hidden:
        height = layout.art_height * _HIGHEST * min(hidden.outputs / _WIDEST, 1) ** 0.5
        height = max(height, 10.0)
        width = min(_BAR, pitch - _GAP / 2)
        bars.append(QRectF(left, layout.axis - height / 2, width, height))
        left += pitch
    height = min(layout.art_height * 0.62, 96)
    last = QRectF(left, layout.axis - height / 2, _LAST, height)
    return HeadPlaces(tuple(slabs), tuple(bars), last)


def paint(painter: QPainter, layout: NetworkLayout, plan: HeadPlan, outputs: int | None) -> None:
    """Paint the layers of ``plan``, all new; ``outputs`` is None while they aren't known."""
    where, color = places(layout, plan), theme.data_color("thawed")
    filling = theme.fill_color("thawed")
    painter.setPen(QPen(color, 1))
    for slab in where.convolutions:
        volumes.draw_slab(painter, slab.left, layout.axis, slab.thickness, slab.side, filling)
    painter.setPen(QPen(color, 1.5))
    painter.setBrush(filling)
    for bar in where.hidden:
        painter.drawRoundedRect(bar, 2, 2)
    painter.drawRoundedRect(where.last, 5, 5)
    painter.setBrush(color)
    box = where.last
    dots = min(outputs or _MOST_DOTS, _MOST_DOTS, int(box.height() / 8))
    for dot in range(dots):
        middle = box.top() + box.height() * (dot + 0.5) / dots
        painter.drawEllipse(QPointF(box.center().x(), middle), 2.5, 2.5)
