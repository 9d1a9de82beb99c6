"""Paints one tile of the image grid: picture, badge or strike, caption."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui.base import theme
from gui.controls.grid_model import TILE_ROLE, Tile

PAD = 5
_BADGE = 12
_RADIUS = 4.0
_PALE, _STRIKE = 0.3, 2.5
_Flag = QStyle.StateFlag


class TileDelegate(QStyledItemDelegate):
    """Draws tiles ``edge`` pixels wide with ``lines`` lines of caption, in the middle of
    cells of ``cell`` pixels."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self.edge = 112
        self.lines = 1
        self.cell = QSize()

    def least_cell(self) -> QSize:
        """The room that a tile needs."""
        caption = self.lines * self._view.fontMetrics().lineSpacing()
        gaps = 3 if self.lines else 2
        return QSize(self.edge + 4 * PAD, self.edge + caption + (gaps + 1) * PAD)

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return self.cell

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        tile: Tile = index.data(TILE_ROLE)
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        cell = option.rect.adjusted(PAD // 2, PAD // 2, -PAD // 2, -PAD // 2)
        selected = bool(option.state & _Flag.State_Selected)
        self._paint_back(painter, option, cell, selected)
        square = QRect(0, cell.top() + PAD, self.edge, self.edge)
        square.moveLeft(cell.center().x() - self.edge // 2)
        painter.setOpacity(_PALE if tile.item.excluded else 1.0)
        shown = self._paint_picture(painter, option.palette, square, tile)
        painter.setOpacity(1.0)
        if tile.item.excluded:
            self._paint_strike(painter, option.palette, shown, selected)
        elif tile.item.badge:
            self._paint_badge(painter, shown, theme.data_color(tile.item.badge, option.palette))
        if self.lines:
            self._paint_caption(painter, option, cell, square.bottom() + PAD, tile, selected)
        painter.restore()

    def _paint_back(
        self, painter: QPainter, option: QStyleOptionViewItem, cell: QRect, selected: bool
    ) -> None:
        highlight = option.palette.color(QPalette.ColorRole.Highlight)
        painter.setPen(Qt.PenStyle.NoPen)
        if selected:
            painter.setBrush(highlight)
            painter.drawRoundedRect(cell, _RADIUS, _RADIUS)
        elif option.state & _Flag.State_MouseOver:
            highlight.setAlphaF(0.15)
            painter.setBrush(highlight)
            painter.drawRoundedRect(cell, _RADIUS, _RADIUS)
        if option.state & _Flag.State_HasFocus:
            role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Highlight
            inset = 2 if selected else 0
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(option.palette.color(role), 1.5))
            painter.drawRoundedRect(cell.adjusted(inset, inset, -inset, -inset), _RADIUS, _RADIUS)

    def _paint_strike(
        self, painter: QPainter, palette: QPalette, shown: QRect, selected: bool
    ) -> None:
        roles = QPalette.ColorRole
        color = palette.color(roles.HighlightedText if selected else roles.Text)
        painter.setPen(QPen(color, _STRIKE))
        painter.drawLine(shown.bottomLeft(), shown.topRight())

    def _paint_picture(
        self, painter: QPainter, palette: QPalette, square: QRect, tile: Tile
    ) -> QRect:
        picture = tile.picture
        if picture is None:
            shade = QColor(palette.color(QPalette.ColorRole.Mid))
            shade.setAlphaF(0.25)
            painter.fillRect(square, shade)  # round corners take twice as long
            if tile.broken:
                sign = QRect(0, 0, self.edge // 3, self.edge // 3)
                sign.moveCenter(square.center())
                theme.icon("warning", "warning").paint(painter, sign)
            return square
        size = picture.size().scaled(square.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(0, 0, size.width(), size.height())
        target.moveCenter(square.center())
        if isinstance(picture, QImage):
            painter.drawImage(target, picture)
        elif isinstance(picture, QPixmap):
            painter.drawPixmap(target, picture)
        return target

    def _paint_badge(self, painter: QPainter, shown: QRect, color: QColor) -> None:
        dot = QRectF(shown.right() - _BADGE - 2, shown.top() + 4, _BADGE, _BADGE)
        painter.setPen(QPen(QColor("white"), 2))
        painter.setBrush(color)
        painter.drawEllipse(dot)

    def _paint_caption(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        cell: QRect,
        top: int,
        tile: Tile,
        selected: bool,
    ) -> None:
        roles = QPalette.ColorRole
        painter.setPen(option.palette.color(roles.HighlightedText if selected else roles.Text))
        line = QRect(cell.left() + PAD, top, cell.width() - 2 * PAD, option.fontMetrics.height())
        for words in tile.item.caption.split("\n")[: self.lines]:
            shown = option.fontMetrics.elidedText(words, Qt.TextElideMode.ElideMiddle, line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignHCenter, shown)
            line.translate(0, option.fontMetrics.lineSpacing())
