"""VGG16 drawn as its five blocks, with the new head in place of its own last layers."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from core import vgg16
from core.config import RunConfig
from gui import theme
from gui.widgets import network_layout, volumes
from gui.widgets.columns import GAP, Columns, Span
from gui.widgets.network_layout import NetworkLayout
from gui.widgets.network_text import NetworkText

_DOTS = 7
_PICTURE_COLORS = (QColor("#c0504d"), QColor("#6aa84f"), QColor("#4a7ebb"))  # red, green, blue
_CENTER = Qt.AlignmentFlag.AlignCenter
_ROLES = QPalette.ColorRole
Way = Callable[[int], list[str]]


class BackboneDrawing(QWidget):
    """The network of a recipe: shapes, layers and parameters at its picture size.

    A block is icy where every stage freezes it, warm where some stage thaws it, pale where
    it is left out. Stands in the columns of the stages' rows, which ``set_columns`` gives.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = NetworkText(RunConfig(), None)
        self._columns = Columns(960, self.caption_width(), 340)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMaximumHeight(self._height_with(network_layout.MOST_ART))
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

    def show_recipe(self, recipe: RunConfig, classes: int | None) -> None:
        """Draw the network of ``recipe`` for ``classes`` classes, None if not known."""
        self._text = NetworkText(recipe, classes)
        self.setAccessibleDescription(self._text.description())
        self.update()

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
            return self._text.head()
        return self._text.cut() if _holds(self.layout_now().cut_span, position.x()) else ""

    def caption_width(self) -> int:
        """The width that the first column needs."""
        metrics = QFontMetricsF(theme.small_font())
        lines = [_close(self._text.picture()), self.tr("output"), self.tr("parameters")]
        return round(max(metrics.horizontalAdvance(line) for line in lines)) + 4

    def sizeHint(self) -> QSize:
        return QSize(self._columns.width, self._height_with(network_layout.WISHED_ART))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self._height_with(network_layout.LEAST_ART))

    def _height_with(self, art_height: int) -> int:
        lines = network_layout.TEXT_LINES * _line_height()
        return round(_line_height(bold=True) + lines + 6) + art_height

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tooltip_at(event.pos()), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = self.layout_now()
        self._paint_way(painter, place)
        self._paint_picture(painter, place)
        layers = self._fitting(self._text.layers, self._text.narrower_layers, self._text.maps)
        output = self._fitting(
            lambda number: [self._text.output(number)],
            lambda number: [_close(self._text.output(number))],
        )
        for block in vgg16.BLOCKS:
            self._paint_block(painter, place, block, layers, output)
        self._paint_head(painter, place)
        self._paint_cut(painter, place)
        painter.end()

    def _fitting(self, *ways: Way) -> Way:
        """The first way to write the lines for which every block's column is wide enough."""
        metrics = QFontMetricsF(theme.small_font())
        room = self._columns.column_width + GAP - 5

        def fits(way: Way) -> bool:
            lines = [line for block in vgg16.BLOCKS for line in way(block.number)]
            return all(metrics.horizontalAdvance(line) <= room for line in lines)

        return next((way for way in ways if fits(way)), ways[-1])

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
            painter.drawText(place.line(span, number), _CENTER, line)

    def _paint_picture(self, painter: QPainter, place: NetworkLayout) -> None:
        side = place.side(self._text.image_size) * 0.8
        left = self._columns.label.center - (side * volumes.SLANT_X + 10) / 2
        for number, color in enumerate(_PICTURE_COLORS):
            painter.setPen(QPen(color.darker(140), 1))
            volumes.draw_slab(painter, left + number * 4, place.axis, 2, side, color)
        color = self.palette().color(_ROLES.WindowText)
        name, span = (self.tr("picture"), color), self._columns.label
        self._paint_texts(painter, place, span, name, [_close(self._text.picture())], color)
        painter.setPen(self._pale().color())
        for number, caption in ((4, self.tr("output")), (5, self.tr("parameters"))):
            line = place.line(span, number).adjusted(9, 0, -9, 0)
            painter.drawText(line, Qt.AlignmentFlag.AlignRight, caption)

    def _paint_block(
        self, painter: QPainter, place: NetworkLayout, block: vgg16.Block, layers: Way, output: Way
    ) -> None:
        tint, number = self.tint(block.number), block.number
        if tint == "left out":
            edge, filling = self._pale(), self.palette().color(_ROLES.Window)
            pooling = text_color = edge.color()
            lines = [self.tr("left out")]
        else:
            pooling, filling = theme.data_color(tint), theme.fill_color(tint)
            edge, text_color = QPen(pooling, 1), self.palette().color(_ROLES.WindowText)
            written = layers(number)
            lines = [*written, *[""] * (4 - len(written)), *output(number)]
            lines.append(self._text.parameters(number))
        *convolutions, pool = place.slabs(block)
        for slab in convolutions:
            painter.setPen(edge)
            volumes.draw_slab(painter, slab.left, place.axis, slab.thickness, slab.side, filling)
        painter.setPen(edge)
        shade = filling if tint == "left out" else pooling
        volumes.draw_slab(painter, pool.left, place.axis, pool.thickness, pool.side, shade)
        name = self.tr("block %1").replace("%1", str(number)), pooling
        self._paint_texts(painter, place, self._columns.block(number), name, lines, text_color)

    def _paint_head(self, painter: QPainter, place: NetworkLayout) -> None:
        color, box = theme.data_color("thawed"), place.head
        painter.setPen(QPen(color, 1.5))
        painter.setBrush(theme.fill_color("thawed"))
        painter.drawRoundedRect(box, 5, 5)
        painter.setBrush(color)
        dots = min(self._text.classes or _DOTS, _DOTS, int(box.height() / 8))
        for dot in range(dots):
            middle = box.top() + box.height() * (dot + 0.5) / dots
            painter.drawEllipse(QPointF(box.center().x(), middle), 2.5, 2.5)
        lines = [self._text.head_kind(), "", "", "", self._text.head_classes()]
        lines.append(self._text.head_parameters())
        name = self.tr("new head"), color
        text_color = self.palette().color(_ROLES.WindowText)
        self._paint_texts(painter, place, self._columns.head, name, lines, text_color)

    def _paint_way(self, painter: QPainter, place: NetworkLayout) -> None:
        """The line along which a picture goes, from left to right behind the volumes."""
        painter.setPen(QPen(self.palette().color(_ROLES.WindowText), 1.2))
        slabs = [place.slabs(block) for block in vgg16.BLOCKS[: self._text.depth]]
        starts = [self._columns.label.center, *(of_block[-1].right for of_block in slabs)]
        ends = [*(of_block[0].left for of_block in slabs), place.head.left()]
        for start, end in zip(starts, ends, strict=True):
            volumes.draw_arrow(painter, QPointF(start, place.axis), QPointF(end - 2, place.axis))

    def _paint_cut(self, painter: QPainter, place: NetworkLayout) -> None:
        """VGG16's own last layers, and the cut between them and the last block."""
        pale = self._pale()
        height = place.top + place.name_height + 11
        start = QPointF(place.slabs(vgg16.BLOCKS[self._text.depth - 1])[-1].right, place.axis - 8)
        bars = [place.cut_layer(number) for number in range(len(vgg16.CLASSIFIER))]
        painter.setPen(pale)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        end = QPointF(bars[0].left() - 14, place.axis)
        painter.drawPath(volumes.bypass(start, end, height))
        for left, bar in zip([end.x(), *(one.right() for one in bars)], bars, strict=False):
            painter.drawLine(QLineF(left, place.axis, bar.left(), place.axis))
            painter.drawRect(bar)
        tip = QPointF(start.x() + 36, height)
        volumes.draw_scissors(painter, tip, 20, self.palette().color(_ROLES.WindowText))
        lines = [*self._text.cut_layers(), "", "", self._text.cut_parameters()]
        name = self.tr("VGG16's own head, cut off"), pale.color()
        self._paint_texts(painter, place, place.cut_span, name, lines, pale.color())


def _line_height(bold: bool = False) -> float:
    font = theme.font(bold=True) if bold else theme.small_font()
    return QFontMetricsF(font).lineSpacing()


def _close(shape: str) -> str:
    """A shape without its spaces, for narrow columns."""
    return shape.replace(" ", "")


def _holds(span: Span, x: int) -> bool:
    return span.left <= x < span.right
