"""An accuracy on a line from 0 to 100 %, with its interval and what guessing would give."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.base import theme

_HEIGHT = 18
_TRACK = 6


class AccuracyScale(QWidget):
    """A band for the interval, a dot for the accuracy, a tick for the largest class.

    It repeats what the figures beside it say, so screen readers pass it by.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: tuple[float, float, float, float] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_values(self, accuracy: float, low: float, high: float, majority: float) -> None:
        """Shares of 1."""
        self._values = accuracy, low, high, majority
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._values is None:
            return
        accuracy, low, high, majority = self._values
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle = self.height() / 2
        track = QRectF(0, middle - _TRACK / 2, self.width(), _TRACK)
        painter.setBrush(self.palette().color(QPalette.ColorRole.Midlight))
        painter.drawRoundedRect(track, _TRACK / 2, _TRACK / 2)
        color = theme.data_color("validation", self.palette())
        band = theme.data_color("validation", self.palette())
        band.setAlphaF(0.4)
        painter.setBrush(band)
        painter.drawRect(QRectF(self._x(low), track.top(), self._x(high) - self._x(low), _TRACK))
        painter.setPen(QPen(theme.data_color("baseline", self.palette()), 2))
        painter.drawLine(QPointF(self._x(majority), 1), QPointF(self._x(majority), _HEIGHT - 1))
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Base), 1.5))
        painter.setBrush(color)
        painter.drawEllipse(QPointF(self._x(accuracy), middle), 5.5, 5.5)
        painter.end()

    def _x(self, share: float) -> float:
        return 6 + share * (self.width() - 12)
