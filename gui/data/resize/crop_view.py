"""A picture as it is, with the square that a crop would keep."""

from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen

from gui.controls.image_view import PictureView

_SHADE = 140  # of 255: what is lost stays visible
_LINE = 2.0
_LEAST = 110  # pixels


class CropView(PictureView):
    """``is_cropped`` shades what the crop loses; otherwise only its frame is drawn."""

    _is_cropped = False

    @property
    def is_cropped(self) -> bool:
        """Whether the crop is what is chosen."""
        return self._is_cropped

    @is_cropped.setter
    def is_cropped(self, value: bool) -> None:
        self._is_cropped = value
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(2 * _LEAST, _LEAST)

    def frame_rect(self) -> QRectF:
        """Where the frame is drawn; empty where there is no picture."""
        if not self.has_picture:
            return QRectF()
        rect = self.picture_rect()
        side = min(rect.width(), rect.height())
        square = QRect(0, 0, side, side)
        square.moveCenter(rect.center())
        return QRectF(square)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        frame = self.frame_rect()
        if frame.isEmpty():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._is_cropped:
            lost = QPainterPath()
            lost.addRect(QRectF(self.picture_rect()))
            lost.addRect(frame)  # odd and even: all but the frame
            painter.fillPath(lost, QColor(0, 0, 0, _SHADE))
        # a line on a line, so that it shows on every picture
        for color, width in (("black", 2 * _LINE), ("white", _LINE)):
            painter.setPen(QPen(QColor(color), width))
            painter.drawRect(frame.adjusted(_LINE, _LINE, -_LINE, -_LINE))
        painter.end()
