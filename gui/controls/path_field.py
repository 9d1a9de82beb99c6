"""A path to read, to select and to copy."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from core.dataset.folder import printable

_MARGIN = 8


class PathField(QLineEdit):
    """Shows a path in one line, cut in the middle where it doesn't fit; whole while it has the
    focus. It can't be edited."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = ""
        self.setReadOnly(True)
        self.setFrame(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.setPalette(palette)

    @property
    def path(self) -> str:
        """The whole path, however much of it is seen."""
        return self._path

    def set_path(self, path: Path) -> None:
        """Show ``path``."""
        self._path = printable(str(path))
        self.setToolTip(self._path)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.setText(self._path)
        super().focusInEvent(event)
        self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:  # its own menu, to copy with
            self.deselect()
            self._fit()

    def _fit(self) -> None:
        if not self.hasFocus():
            middle = Qt.TextElideMode.ElideMiddle
            room = self.width() - _MARGIN
            self.setText(self.fontMetrics().elidedText(self._path, middle, room))
            self.setCursorPosition(0)
