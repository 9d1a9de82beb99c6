"""A sentence above the page with what can be done about it."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from gui.base import theme

_ICON = 18


class OfferBar(QFrame):
    """Hidden while there is nothing to offer. Never takes the focus by itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        icon = QLabel(self)
        icon.setPixmap(theme.icon("info", "warning").pixmap(_ICON, _ICON))
        self.words = QLabel(self, wordWrap=True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 5, 8, 5)
        self._row.addWidget(icon)
        self._row.addWidget(self.words, 1)
        self.hide()

    @property
    def text(self) -> str:
        """What it says, "" while hidden."""
        return "" if self.isHidden() else self.words.text()

    def add_button(self, words: str, act: Callable[[], object]) -> QPushButton:
        """One more thing to do about it."""
        button = QPushButton(words, self)
        button.clicked.connect(lambda _checked=False: act())
        self._row.addWidget(button)
        return button

    def say(self, sentence: str) -> None:
        """Show ``sentence``; nothing to say hides it."""
        self.words.setText(sentence)
        self.setAccessibleName(sentence)
        self.setVisible(bool(sentence))
        if sentence:
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
