"""Paints a row of the list of pairs: two pictures, and beside each what it is."""

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui.base import theme
from gui.data import data_text
from gui.data.findings import pairs
from gui.data.findings.pairs_ import Member, Pair

PAIR_ROLE = int(Qt.ItemDataRole.UserRole)
EDGE = 84  # pixels: a thumbnail's longest side
_PAD, _GAP, _RADIUS, _DOT = 8, 10, 4.0, 9
Index = QModelIndex | QPersistentModelIndex
_ROLES = QPalette.ColorRole
_Flag = QStyle.StateFlag


@dataclass(frozen=True, slots=True)
class PairTile:
    """What to paint: a picture is None while it is being made and where it is broken."""

    pair: Pair
    pictures: tuple[QPixmap | None, QPixmap | None]
    broken: tuple[bool, bool]


class PairDelegate(QStyledItemDelegate):
    """Where the two differ, in class or split, their words are bold."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        caption = QFontMetrics(theme.small_font()).lineSpacing()
        return QSize(2 * EDGE + 200, EDGE + caption + 2 * _PAD + 2)

    def halves(self, row: QRect) -> tuple[QRect, QRect]:
        """Where each of a pair is within its row."""
        width = row.width() // 2
        left = QRect(row.left(), row.top(), width, row.height())
        return left, left.translated(width, 0)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tile: PairTile = index.data(PAIR_ROLE)
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        selected = bool(option.state & _Flag.State_Selected)
        self._paint_back(painter, option, selected)
        palette = option.palette
        role = _ROLES.HighlightedText if selected else _ROLES.PlaceholderText
        painter.setFont(theme.small_font())
        painter.setPen(palette.color(role))
        inner = option.rect.adjusted(_PAD, _PAD - 2, -_PAD, 0)
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft, pairs.likeness(tile.pair))
        for number, half in enumerate(self.halves(option.rect)):
            self._paint_half(painter, palette, half, tile, number, selected)
        painter.restore()

    def _paint_back(self, painter: QPainter, option: QStyleOptionViewItem, selected: bool) -> None:
        rect, palette = option.rect, option.palette
        highlight = palette.color(_ROLES.Highlight)
        if selected:
            painter.fillRect(rect, highlight)
        elif option.state & _Flag.State_MouseOver:
            highlight.setAlphaF(0.12)
            painter.fillRect(rect, highlight)
        painter.setPen(palette.color(_ROLES.Mid))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if option.state & _Flag.State_HasFocus:
            role = _ROLES.HighlightedText if selected else _ROLES.Highlight
            painter.setPen(QPen(palette.color(role), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(2, 2, -2, -3), _RADIUS, _RADIUS)

    def _paint_half(
        self,
        painter: QPainter,
        palette: QPalette,
        half: QRect,
        tile: PairTile,
        number: int,
        selected: bool,
    ) -> None:
        top = half.bottom() - _PAD - EDGE
        square = QRect(half.left() + _PAD, top, EDGE, EDGE)
        _paint_picture(painter, palette, square, tile.pictures[number], tile.broken[number])
        words = half.adjusted(_PAD + EDGE + _GAP, 0, -_PAD, 0)
        words.setTop(top)
        pair = tile.pair
        one, other = (pair.first, pair.second) if number == 0 else (pair.second, pair.first)
        _paint_words(painter, palette, words, one, other, selected)


def _paint_picture(
    painter: QPainter, palette: QPalette, square: QRect, picture: QPixmap | None, broken: bool
) -> None:
    if picture is not None:
        size = picture.size().scaled(square.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(0, 0, size.width(), size.height())
        target.moveCenter(square.center())
        painter.drawPixmap(target, picture)
        return
    shade = QColor(palette.color(_ROLES.Mid))
    shade.setAlphaF(0.25)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shade)
    painter.drawRoundedRect(square, _RADIUS, _RADIUS)
    if broken:
        sign = QRect(0, 0, EDGE // 3, EDGE // 3)
        sign.moveCenter(square.center())
        theme.icon("warning", "warning").paint(painter, sign)


def _paint_words(
    painter: QPainter,
    palette: QPalette,
    area: QRect,
    one: Member,
    other: Member,
    selected: bool,
) -> None:
    """File name, class and split, each on its line, with a dot in the split's colour."""
    normal = palette.color(_ROLES.HighlightedText if selected else _ROLES.Text)
    color = theme.data_color(data_text.SPLIT_COLORS[one.split], palette)
    folder, _, name = pairs.line(one.path).rpartition("/")
    faint = palette.color(_ROLES.HighlightedText if selected else _ROLES.PlaceholderText)
    lines = (
        (name, normal, theme.font()),
        (folder, faint, theme.small_font()),
        (pairs.line(one.class_name), normal, _font(one.class_name != other.class_name)),
        (data_text.split_word(one.split), normal, _font(one.split != other.split)),
    )
    step = EDGE // len(lines)
    for place, (words, shade, font) in enumerate(lines):
        line = QRect(area.left(), area.top() + place * step, area.width(), step)
        if place == len(lines) - 1:
            dot = QRect(line.left(), 0, _DOT, _DOT)
            dot.moveCenter(line.center())
            dot.moveLeft(line.left())
            painter.setPen(QPen(normal, 1) if selected else Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawEllipse(dot)
            line.setLeft(dot.right() + 6)
        painter.setFont(font)
        painter.setPen(shade)
        shown = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideMiddle, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


def _font(bold: bool) -> QFont:
    return theme.font(bold=bold)
