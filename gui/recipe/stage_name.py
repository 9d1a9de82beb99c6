"""A stage's name, at the start of its row: a click chooses the stage."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractButton, QStyle, QStyleOptionFocusRect, QWidget

from gui.base import theme

_BAR, _PAD, _POINT = 3, 8, 2


class StageName(QAbstractButton):
    """Has a bar at its left while its stage is the one of which more is told elsewhere, and a
    point behind it while it is marked."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(words)
        self._is_marked = False
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def nextCheckState(self) -> None:
        """Whoever holds the stages says which one is chosen."""

    @property
    def is_marked(self) -> bool:
        """Whether there is a point behind the name."""
        return self._is_marked

    def set_marked(self, is_marked: bool) -> None:
        """Put a point behind the name, or none."""
        self._is_marked = is_marked
        self.setAccessibleDescription(self.toolTip() if is_marked else "")
        self.update()

    def _paint_point(self, painter: QPainter, after: int) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(painter.pen().color())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(QPointF(_PAD + after + _POINT + 3, self.height() / 2), _POINT, _POINT)
        painter.restore()

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
        if self._is_marked:
            self._paint_point(painter, painter.fontMetrics().horizontalAdvance(self.text()))
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            self.style().drawPrimitive(
                QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self
            )
        painter.end()
