"""A picture as large as fits, or pixel by pixel, then dragged about."""

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from gui.controls.image_view import PictureView


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
