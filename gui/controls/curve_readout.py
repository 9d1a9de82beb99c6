"""A card beside the pointer: what the curves say at one place."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from gui.base import theme

_GAP, _TOP = 12, 26


class CurveReadout(QFrame):
    """Lies over the curves, on whichever side of the place has room; takes no mouse."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.ToolTipBase)
        self.setAutoFillBackground(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.label = QLabel(textFormat=Qt.TextFormat.RichText)
        self.label.setFont(theme.small_font())
        self.label.setForegroundRole(QPalette.ColorRole.ToolTipText)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 5, 8, 5)
        column.addWidget(self.label)
        self.hide()

    def show_words(self, words: str, x: float) -> None:
        """Show ``words``, as HTML, beside the pixel ``x``."""
        if self.label.text() != words:
            self.label.setText(words)
        self.adjustSize()
        room = self._over.width()
        right = x + _GAP
        place = right if right + self.width() <= room else x - _GAP - self.width()
        self.move(round(max(place, 0)), _TOP)
        self.show()
        self.raise_()
