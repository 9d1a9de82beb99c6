"""A canvas that is drawn anew only once its size has rested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPixmap, QResizeEvent

if TYPE_CHECKING:
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg

_REST_MILLISECONDS = 60


class SteadyResize(QObject):
    """While a window's edge is dragged, the last picture of ``canvas`` is stretched, which takes
    a millisecond; matplotlib draws ten times as long.

    Signal: ``settled`` once the canvas has its new size.
    """

    settled = Signal()

    def __init__(self, canvas: FigureCanvasQTAgg) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._still: QPixmap | None = None
        self._has_drawn = False
        self._rest = QTimer(self, singleShot=True, interval=_REST_MILLISECONDS)
        self._rest.timeout.connect(self.finish)
        canvas.mpl_connect("draw_event", self._drawn)
        canvas.installEventFilter(self)

    @property
    def is_pending(self) -> bool:
        """Whether the canvas still has its earlier size."""
        return self._still is not None

    def finish(self) -> None:
        """Give the canvas its new size now."""
        if self._still is None:
            return
        self._rest.stop()
        self._still = None
        size = self._canvas.size()
        self._canvas.resizeEvent(QResizeEvent(size, size))
        self.settled.emit()

    def _drawn(self, _event: object) -> None:
        self._has_drawn = True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self._has_drawn:
            if self._still is None:
                self._still = self._picture()
            self._rest.start()
            return True
        if event.type() == QEvent.Type.Paint and self._still is not None:
            painter = QPainter(self._canvas)
            painter.drawPixmap(self._canvas.rect(), self._still)
            painter.end()
            return True
        return False

    def _picture(self) -> QPixmap:
        pixels = self._canvas.buffer_rgba()
        height, width = pixels.shape[:2]
        image = QImage(pixels, width, height, QImage.Format.Format_RGBX8888)
        return QPixmap.fromImage(image.copy())
