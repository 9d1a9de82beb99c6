"""One image with a caption, scaled to fit, and an area to drag one that is larger."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPalette, QPixmap
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from gui.base import theme

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_GAP = 4
_DIM = 0.35


def to_qimage(array: "NDArray[np.uint8]") -> QImage:
    """A copy of uint8 RGB ``array`` (height, width, 3). Raises ``ValueError`` for others."""
    if array.ndim != 3 or array.shape[2] != 3 or array.dtype.name != "uint8" or not array.size:
        raise ValueError(f"expected uint8 (height, width, 3), got {array.dtype} {array.shape}")
    height, width, _ = array.shape
    data = array.tobytes()
    return QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


class PictureView(QWidget):
    """Shows a picture as large as fits, its proportions kept, above a line of caption.

    ``dim`` pales it: what is shown isn't used at present.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._scaled: QPixmap | None = None
        self._caption = ""
        self._placeholder = ""
        self._dim = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_picture(self, array: "NDArray[np.uint8] | None") -> None:
        """Show uint8 RGB ``array`` (height, width, 3), or none. Raises ``ValueError``."""
        self.set_image(None if array is None else to_qimage(array))

    def set_image(self, image: QImage | None) -> None:
        """Show ``image``, or none."""
        self._image, self._scaled = image, None
        self.update()

    @property
    def has_picture(self) -> bool:
        """Whether there is one."""
        return self._image is not None

    @property
    def image_size(self) -> QSize:
        """The picture's own size in pixels, empty without one."""
        return self._image.size() if self._image is not None else QSize()

    @property
    def caption(self) -> str:
        """The line below."""
        return self._caption

    @caption.setter
    def caption(self, text: str) -> None:
        self._caption = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    @property
    def placeholder(self) -> str:
        """What is said where there is no picture."""
        return self._placeholder

    @placeholder.setter
    def placeholder(self, text: str) -> None:
        self._placeholder = text
        self.update()

    @property
    def dim(self) -> bool:
        """Whether the picture is paled."""
        return self._dim

    @dim.setter
    def dim(self, value: bool) -> None:
        self._dim = value
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(224, 224 + self._caption_height())

    def minimumSizeHint(self) -> QSize:
        return QSize(64, 64 + self._caption_height())

    def picture_rect(self) -> QRect:
        """Where the picture is drawn."""
        area = self.rect().adjusted(0, 0, 0, -self._caption_height())
        if self._image is None:
            return area
        size = self._image.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
        rect = QRect(0, 0, max(1, size.width()), max(1, size.height()))
        rect.moveCenter(area.center())
        return rect

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = self.picture_rect()
        if self._image is None:
            self._paint_empty(painter, rect)
        else:
            painter.setOpacity(_DIM if self._dim else 1.0)
            painter.drawPixmap(rect, self._pixmap(self._image, rect.size()))
            painter.setOpacity(1.0)
        if self._caption:
            below = QRect(0, rect.bottom() + 1 + _GAP, self.width(), self.fontMetrics().height())
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            text = self.fontMetrics().elidedText(
                self._caption, Qt.TextElideMode.ElideMiddle, self.width()
            )
            painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, text)

    def _paint_empty(self, painter: QPainter, rect: QRect) -> None:
        painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
        painter.setBrush(self.palette().color(QPalette.ColorRole.AlternateBase))
        painter.drawRect(rect.adjusted(0, 0, -1, -1))
        if self._placeholder:
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(rect.adjusted(8, 8, -8, -8), flags, self._placeholder)
        else:
            side = min(48, rect.width() // 2, rect.height() // 2)
            square = QRect(0, 0, side, side)
            square.moveCenter(rect.center())
            theme.icon("image", QPalette.ColorRole.Mid).paint(painter, square)

    def _pixmap(self, image: QImage, size: QSize) -> QPixmap:
        wanted = size * self.devicePixelRatioF()
        if self._scaled is None or self._scaled.size() != wanted:
            scaled = image.scaled(
                wanted,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            self._scaled = QPixmap.fromImage(scaled)
        return self._scaled

    def _caption_height(self) -> int:
        return self.fontMetrics().height() + _GAP if self._caption else 0


class ZoomArea(QScrollArea):
    """Signal: ``toggle_asked`` by a double click."""

    toggle_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = PictureView()
        self._actual = False
        self._grabbed: QPoint | None = None
        self.setWidget(self.view)
        self.setWidgetResizable(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the arrow keys go to other pictures
        self.view.installEventFilter(self)

    @property
    def actual(self) -> bool:
        """Whether each of the picture's pixels is one of the screen's."""
        return self._actual

    @actual.setter
    def actual(self, value: bool) -> None:
        self._actual = value
        self._fit()

    def set_image(self, image: QImage | None) -> None:
        """Show ``image``, or none."""
        self.view.set_image(image)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        return super().eventFilter(watched, event)

    def _mouse(self, event: QMouseEvent) -> bool:
        kinds, place = QEvent.Type, event.globalPosition().toPoint()
        if event.type() == kinds.MouseButtonDblClick:
            self.toggle_asked.emit()
        elif event.type() == kinds.MouseButtonPress and self._actual:
            self._grabbed = place
            self.view.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.type() == kinds.MouseMove and self._grabbed is not None:
            moved, self._grabbed = self._grabbed - place, place
            for bar, step in (
                (self.horizontalScrollBar(), moved.x()),
                (self.verticalScrollBar(), moved.y()),
            ):
                bar.setValue(bar.value() + step)
        elif event.type() == kinds.MouseButtonRelease:
            self._grabbed = None
            self._show_hand()
        return False

    def _fit(self) -> None:
        size = self.view.image_size
        whole = self._actual and not size.isEmpty()
        self.setWidgetResizable(not whole)
        if whole:
            self.view.resize(size / self.devicePixelRatioF())
            for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
                bar.setValue((bar.minimum() + bar.maximum()) // 2)
        self._show_hand()

    def _show_hand(self) -> None:
        shapes = Qt.CursorShape
        self.view.setCursor(shapes.OpenHandCursor if self._actual else shapes.ArrowCursor)
