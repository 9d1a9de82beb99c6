"""A stage's name, at the start of its row: a click chooses the stage."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractButton, QStyle, QStyleOptionFocusRect, QWidget

from gui import theme

_BAR, _PAD = 3, 8


class StageName(QAbstractButton):
    """Has a bar at its left while its stage is the one of which more is told elsewhere."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(words)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def nextCheckState(self) -> None:
        """Whoever holds the stages says which one is chosen."""

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(theme.font(bold=True))
        return QSize(metrics.horizontalAdvance(self.text()) + _PAD, metrics.height() + 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette = self.palette()
        if self.isChecked():
            bar = QRectF(0, 3, _BAR, self.height() - 6)
            painter.fillRect(bar, palette.color(QPalette.ColorRole.Accent))
        painter.setFont(theme.font(bold=True))
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        place = self.rect().adjusted(_PAD, 0, 0, 0)
        painter.drawText(
            place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text()
        )
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            self.style().drawPrimitive(
                QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self
            )
        painter.end()
