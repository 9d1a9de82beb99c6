"""A radio button whose ring is seen on dark ground too, and that is hit anywhere on it."""

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QRadioButton, QStyle, QStyleOptionButton, QStyleOptionFocusRect


class Radio(QRadioButton):
    """Works as a radio button does, for mouse, keyboard and screen reader."""

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionButton()
        self.initStyleOption(option)
        elements = QStyle.SubElement
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = self.style().subElementRect(elements.SE_RadioButtonIndicator, option, self)
        self._paint_ring(painter, QRectF(ring).adjusted(1, 1, -1, -1))
        self.style().drawItemText(
            painter,
            self.style().subElementRect(elements.SE_RadioButtonContents, option, self),
            Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic,
            self.palette(),
            self.isEnabled(),
            self.text(),
            self.foregroundRole(),
        )
        if self.hasFocus():
            focus = QStyleOptionFocusRect()
            focus.initFrom(self)
            focus.rect = self.style().subElementRect(elements.SE_RadioButtonFocusRect, option, self)
            self.style().drawPrimitive(
                QStyle.PrimitiveElement.PE_FrameFocusRect, focus, painter, self
            )

    def _paint_ring(self, painter: QPainter, ring: QRectF) -> None:
        palette = self.palette()
        chosen = palette.highlight().color()
        rim = chosen if self.isChecked() else palette.placeholderText().color()
        painter.setPen(QPen(rim, 1.5))
        painter.setBrush(chosen if self.isChecked() else palette.base().color())
        painter.drawEllipse(ring)
        if self.isChecked():
            inset = ring.width() * 0.3
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.highlightedText())
            painter.drawEllipse(ring.adjusted(inset, inset, -inset, -inset))
