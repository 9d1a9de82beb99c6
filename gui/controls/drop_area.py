"""A dashed area to drop a folder or pictures on."""

from pathlib import Path
from typing import Literal

from PySide6.QtCore import QEvent, QMimeData, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.base import theme

_ICON_SIDE = 48
_RADIUS = 10.0


class DropArea(QWidget):
    """Takes folders (``mode="folder"``) or files (``mode="files"``) dragged onto it.

    Signals: ``dropped`` with a list of the paths that fit the mode; ``activated`` when a
    person clicks the area or presses Enter or Space on it, to choose in a dialog instead.
    """

    dropped = Signal(list)
    activated = Signal()

    def __init__(
        self,
        title: str,
        hint: str = "",
        *,
        icon: str = "folder",
        mode: Literal["folder", "files"] = "folder",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._mode = mode
        self._icon = icon
        self._hovered = False
        self._picture = QLabel(self)
        self._title = QLabel(title, self)
        self._hint = QLabel(hint, self)
        self._buttons = QHBoxLayout()
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(title)
        self.setAccessibleDescription(hint)
        self._lay_out()
        self._draw_icon()

    @property
    def is_highlighted(self) -> bool:
        """Whether something that fits is being dragged over it."""
        return self._hovered

    def set_title(self, title: str) -> None:
        """Change the large line."""
        self._title.setText(title)
        self.setAccessibleName(title)

    def set_hint(self, hint: str) -> None:
        """Change the small lines."""
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self.setAccessibleDescription(hint)

    def add_button(self, button: QAbstractButton) -> None:
        """Put a button into the row below the hint."""
        button.setCursor(Qt.CursorShape.ArrowCursor)
        self._buttons.insertWidget(self._buttons.count() - 1, button)

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(QSize(320, 160))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._fitting(event.mimeData()):
            event.acceptProposedAction()
            self._highlight(True)
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._highlight(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._highlight(False)
        paths = self._fitting(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)
        else:
            event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and inside:
            self.activated.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.activated.emit()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icon()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, roles = self.palette(), QPalette.ColorRole
        pen = QPen(palette.color(roles.PlaceholderText), 1.5, Qt.PenStyle.DashLine)
        fill = palette.color(roles.Base)
        if self._hovered:
            pen = QPen(palette.color(roles.Highlight), 2.5)
            fill = palette.color(roles.Highlight)
            fill.setAlphaF(0.15)
        elif self.hasFocus():
            pen = QPen(palette.color(roles.Highlight), 2.0, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(fill)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), _RADIUS, _RADIUS)

    def _lay_out(self) -> None:
        self._title.setFont(theme.heading_font())
        self._hint.setVisible(bool(self._hint.text()))
        self._hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.addStretch(1)
        for label in (self._picture, self._title, self._hint):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setWordWrap(label is not self._picture)
            layout.addWidget(label)
        self._buttons.addStretch(1)
        self._buttons.addStretch(1)
        layout.addSpacing(6)
        layout.addLayout(self._buttons)
        layout.addStretch(1)

    def _draw_icon(self) -> None:
        picture = theme.icon(self._icon, QPalette.ColorRole.PlaceholderText)
        self._picture.setPixmap(
            picture.pixmap(QSize(_ICON_SIDE, _ICON_SIDE), self.devicePixelRatioF())
        )

    def _highlight(self, on: bool) -> None:
        self._hovered = on
        self.update()

    def _fitting(self, mime: QMimeData) -> list[Path]:
        paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
        fits = Path.is_dir if self._mode == "folder" else Path.is_file
        return [path for path in paths if fits(path)]
