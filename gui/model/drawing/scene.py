"""The network drawing as a widget: VGG16's five blocks, its cut-off last layers, the new head."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from core.recipe import vgg16
from core.recipe.config import RunConfig
from core.recipe.network import HeadPlan
from gui.base import theme
from gui.model.drawing import layout as drawing_layout
from gui.model.drawing.layout import LAYER_LINES, NetworkLayout, Slab
from gui.model.drawing.words import NetworkText
from gui.recipe.stage_rows import GAP, Columns, Span

_SCISSORS = 20


def paint_cut(
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
    painter.drawPath(drawing_layout.bypass(start, end, height))
    for left, bar in zip([end.x(), *(one.right() for one in bars)], bars, strict=False):
        painter.drawLine(QLineF(left, layout.axis, bar.left(), layout.axis))
        painter.drawRect(bar)
    tip = QPointF(start.x() + 36, height)
    drawing_layout.draw_scissors(painter, tip, _SCISSORS, scissors)


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


def head_places(layout: NetworkLayout, plan: HeadPlan) -> HeadPlaces:
    """The places of the layers of ``plan``; many of them stand closer."""
    span = layout.columns.head
    side = layout.side(plan.side) if plan.convolutions else 0.0
    slant = side * drawing_layout.SLANT_X
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


def paint_head(
    painter: QPainter, layout: NetworkLayout, plan: HeadPlan, outputs: int | None
) -> None:
    """Paint the layers of ``plan``, all new; ``outputs`` is None while they aren't known."""
    where, color = head_places(layout, plan), theme.data_color("thawed")
    filling = theme.fill_color("thawed")
    painter.setPen(QPen(color, 1))
    for slab in where.convolutions:
        drawing_layout.draw_slab(
            painter, slab.left, layout.axis, slab.thickness, slab.side, filling
        )
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


_CENTER = Qt.AlignmentFlag.AlignCenter
_ROLES = QPalette.ColorRole
Way = Callable[[int], list[str]]


class Ways(NamedTuple):
    """How the lines are written for which there are longer and shorter ways."""

    layers: Way
    output: Way


class BackboneDrawing(QWidget):
    """The network of a recipe: shapes, layers and parameters at its picture size.

    A block is icy where every stage freezes it, warm where some stage thaws it, pale where
    it is left out. Stands in the columns of the stages' rows, which ``set_columns`` gives. Where
    it has no room, or was asked to be, it is folded: names and captions, no volumes.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = NetworkText(RunConfig(), None)
        self._columns = Columns(960, self.caption_width(), 340)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._is_asked_to_fold = False
        self.set_folded(False)
        self.setAccessibleName(self.tr("The network"))
        self.show_recipe(RunConfig(), None)

    @property
    def columns(self) -> Columns:
        return self._columns

    def set_columns(self, columns: Columns) -> None:
        """Stand exactly over the cells of the stages' rows."""
        self._columns = columns
        self.update()

    @property
    def text(self) -> NetworkText:
        """The words that it shows."""
        return self._text

    def show_recipe(
        self,
        recipe: RunConfig,
        classes: int | None,
        costs: Sequence[float] = (),
        stage: int = 1,
    ) -> None:
        """Draw the network of ``recipe`` for ``classes`` classes, None if not known. ``costs`` are
        the seconds of an epoch of ``stage`` with all frozen, and thawed from each block on."""
        self._text = NetworkText(recipe, classes, costs, stage)
        self.setAccessibleDescription(self._text.description())
        self.update()

    def set_folded(self, folded: bool) -> None:
        """Show names and captions only, or the volumes too where there is room."""
        self._is_asked_to_fold = folded
        self.setMaximumHeight(self._height_with(0 if folded else drawing_layout.MOST_ART))
        self.updateGeometry()

    def tint(self, number: int) -> str:
        """``frozen``, ``thawed`` or ``left out``: how block ``number`` is painted."""
        if not self._text.is_kept(number):
            return "left out"
        return "thawed" if self._text.thawing_stages(number) else "frozen"

    def layout_now(self) -> NetworkLayout:
        """Where everything stands at the present size."""
        return NetworkLayout(
            columns=self._columns,
            height=self.height(),
            name_height=_line_height(bold=True) + 2,
            line_height=_line_height(),
            image_size=self._text.image_size,
        )

    def tooltip_at(self, position: QPoint) -> str:
        """What hovering over ``position`` tells, "" where nothing stands."""
        for block in vgg16.BLOCKS:
            if _holds(self._columns.block(block.number), position.x()):
                return self._text.tooltip(block.number)
        if _holds(self._columns.head, position.x()):
            return " ".join(line for line in (self._text.head() + ".", self._text.cost(0)) if line)
        return self._text.cut() if _holds(self.layout_now().cut_span, position.x()) else ""

    def caption_width(self) -> int:
        """The width that the first column needs."""
        metrics = QFontMetricsF(theme.small_font())
        lines = [_close(self._text.picture()), *self._captions()]
        return round(max(metrics.horizontalAdvance(line) for line in lines)) + 4

    def _captions(self) -> list[str]:
        """What the last lines under each block are."""
        return [
            self.tr("output"),
            self.tr("parameters"),
            self.tr("compute"),
            self.tr("from here on"),
        ]

    def sizeHint(self) -> QSize:
        art = 0 if self._is_asked_to_fold else drawing_layout.WISHED_ART
        return QSize(self._columns.width, self._height_with(art))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self._height_with(0))

    def _height_with(self, art_height: int) -> int:
        names = _line_height(bold=True) + 2
        return ceil(drawing_layout.height_with(art_height, names, _line_height()))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tooltip_at(event.pos()), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = self.layout_now()
        if not place.is_folded:
            self._paint_way(painter, place)
        self._paint_picture(painter, place)
        words = self._text
        ways = Ways(
            self._fitting(words.layers, words.narrower_layers, words.maps),
            self._fitting(
                lambda number: [words.output(number)],
                lambda number: [_close(words.output(number))],
            ),
        )
        for block in vgg16.BLOCKS:
            self._paint_block(painter, place, block, ways)
        self._paint_head(painter, place)
        self._paint_cut(painter, place)
        painter.end()

    def _fitting(self, *ways: Way) -> Way:
        """The first way to write the lines for which every block's column is wide enough."""
        kept = vgg16.BLOCKS[: self._text.depth]

        def fits(way: Way) -> bool:
            return all(self._fits(line) for block in kept for line in way(block.number))

        return next((way for way in ways if fits(way)), ways[-1])

    def _fits(self, line: str) -> bool:
        room = self._columns.column_width + GAP - 5
        return QFontMetricsF(theme.small_font()).horizontalAdvance(line) <= room

    def _time(self, number: int) -> list[str]:
        """What an epoch takes from a block on, as fully as its column has room for."""
        words = self._text.from_here_an_epoch(number)
        return [words if self._fits(words) else self._text.from_here(number)]

    def _pale(self) -> QPen:
        color = self.palette().color(_ROLES.PlaceholderText)
        return QPen(color, 1, Qt.PenStyle.DashLine)

    def _paint_texts(
        self,
        painter: QPainter,
        place: NetworkLayout,
        span: Span,
        name: tuple[str, QColor],
        lines: Sequence[str],
        color: QColor,
    ) -> None:
        painter.setPen(name[1])
        painter.setFont(theme.font(bold=True))
        painter.drawText(place.name(span), _CENTER, name[0])
        painter.setPen(color)
        painter.setFont(theme.small_font())
        for number, line in enumerate(lines):
            if not (place.is_folded and number < LAYER_LINES):
                painter.drawText(place.line(span, number), _CENTER, line)

    def _paint_picture(self, painter: QPainter, place: NetworkLayout) -> None:
        if not place.is_folded:
            side = place.side(self._text.image_size) * 0.8
            drawing_layout.draw_picture(painter, self._columns.label.center, place.axis, side)
        color = self.palette().color(_ROLES.WindowText)
        name, span = (self.tr("picture"), color), self._columns.label
        self._paint_texts(painter, place, span, name, [_close(self._text.picture())], color)
        painter.setPen(self._pale().color())
        for number, caption in enumerate(self._captions(), start=LAYER_LINES):
            line = place.line(span, number).adjusted(9, 0, -9, 0)
            painter.drawText(line, Qt.AlignmentFlag.AlignRight, caption)

    def _paint_block(
        self, painter: QPainter, place: NetworkLayout, block: vgg16.Block, ways: Ways
    ) -> None:
        tint, number = self.tint(block.number), block.number
        if tint == "left out":
            edge, filling = self._pale(), self.palette().color(_ROLES.Window)
            pooling = text_color = edge.color()
            words = self.tr("left out")
            lines = [words, *[""] * (LAYER_LINES - 1), words if place.is_folded else ""]
        else:
            pooling, filling = theme.data_color(tint), theme.fill_color(tint)
            edge, text_color = QPen(pooling, 1), self.palette().color(_ROLES.WindowText)
            lines = _filled(ways.layers(number))
            lines += [*ways.output(number), self._text.parameters(number)]
            lines += [self._text.compute(number), *self._time(number)]
        name = self.tr("block %1").replace("%1", str(number)), pooling
        self._paint_texts(painter, place, self._columns.block(number), name, lines, text_color)
        if place.is_folded:
            return
        *convolutions, pool = place.slabs(block)
        for slab in convolutions:
            painter.setPen(edge)
            drawing_layout.draw_slab(
                painter, slab.left, place.axis, slab.thickness, slab.side, filling
            )
        painter.setPen(edge)
        shade = filling if tint == "left out" else pooling
        drawing_layout.draw_slab(painter, pool.left, place.axis, pool.thickness, pool.side, shade)

    def _paint_head(self, painter: QPainter, place: NetworkLayout) -> None:
        words = self._text
        if not place.is_folded:
            paint_head(painter, place, words.head_plan(), words.classes)
        room = self._columns.column_width + GAP - 5
        metrics = QFontMetricsF(theme.small_font())
        lines = [
            metrics.elidedText(line, Qt.TextElideMode.ElideRight, room)
            for line in _filled(words.head_layers())
        ]
        lines += [words.head_classes(), words.head_parameters(), words.compute(0), *self._time(0)]
        name = self.tr("new head"), theme.data_color("thawed")
        text_color = self.palette().color(_ROLES.WindowText)
        self._paint_texts(painter, place, self._columns.head, name, lines, text_color)

    def _paint_way(self, painter: QPainter, place: NetworkLayout) -> None:
        """The line along which a picture goes, from left to right behind the volumes."""
        painter.setPen(QPen(self.palette().color(_ROLES.WindowText), 1.2))
        slabs = [place.slabs(block) for block in vgg16.BLOCKS[: self._text.depth]]
        starts = [self._columns.label.center, *(of_block[-1].right for of_block in slabs)]
        head = head_places(place, self._text.head_plan())
        ends = [*(of_block[0].left for of_block in slabs), head.left]
        for start, end in zip(starts, ends, strict=True):
            drawing_layout.draw_arrow(
                painter, QPointF(start, place.axis), QPointF(end - 2, place.axis)
            )

    def _paint_cut(self, painter: QPainter, place: NetworkLayout) -> None:
        """VGG16's own last layers, and the cut between them and the last block."""
        pale = self._pale()
        if not place.is_folded:
            scissors = self.palette().color(_ROLES.WindowText)
            paint_cut(painter, place, self._text.depth, pale, scissors)
        lines = _filled(self._text.cut_layers())
        lines += ["", self._text.cut_parameters()]
        name = self.tr("VGG16's own head, cut off"), pale.color()
        self._paint_texts(painter, place, place.cut_span, name, lines, pale.color())


def _filled(lines: Sequence[str]) -> list[str]:
    """The lines about layers, as many as there is room for."""
    return [*lines, *[""] * (LAYER_LINES - len(lines))]


def _line_height(bold: bool = False) -> float:
    font = theme.font(bold=True) if bold else theme.small_font()
    return QFontMetricsF(font).lineSpacing()


def _close(shape: str) -> str:
    """A shape without its spaces, for narrow columns."""
    return shape.replace(" ", "")


def _holds(span: Span, x: int) -> bool:
    return span.left <= x < span.right
