"""A check box drawn as a switch, for the one thing that a page turns on or off."""

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QCheckBox, QStyle, QStyleOptionFocusRect, QWidget

_GAP = 8
_PADDING = 3


class Switch(QCheckBox):
    """Works as a check box does, for mouse, keyboard and screen reader."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        track = self._track().size()
        label = self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, self.text())
        height = max(track.height(), label.height()) + 2 * _PADDING
        return QSize(track.width() + _GAP + label.width() + 3 * _PADDING, height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_track(painter, self._track())
        area = self.rect().adjusted(self._track().right() + _GAP, 0, 0, 0)
        self.style().drawItemText(
            painter,
            area,
            Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic,
            self.palette(),
            self.isEnabled(),
            self.text(),
            QPalette.ColorRole.WindowText,
        )
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            self.style().drawPrimitive(
                QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self
            )

    def _track(self) -> QRect:
        height = self.fontMetrics().height() + 2
        rect = QRect(_PADDING, 0, round(height * 1.9), height)
        rect.moveTop((self.height() - height) // 2)
        return rect

    def _paint_track(self, painter: QPainter, track: QRect) -> None:
        roles = QPalette.ColorRole
        palette = self.palette()
        fill = palette.color(roles.Highlight if self.isChecked() else roles.Base)
        rim = palette.color(roles.Highlight if self.isChecked() else roles.PlaceholderText)
        knob = palette.color(roles.HighlightedText if self.isChecked() else roles.PlaceholderText)
        if not self.isEnabled():
            painter.setOpacity(0.5)
        painter.setPen(QPen(rim, 1.5))
        painter.setBrush(fill)
        outline = QRectF(track).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(outline, outline.height() / 2, outline.height() / 2)
        side = outline.height() - 6
        left = outline.right() - side - 3 if self.isChecked() else outline.left() + 3
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(knob)
        painter.drawEllipse(QRectF(left, outline.top() + 3, side, side))
        painter.setOpacity(1.0)
