"""The top of a finding's own page: the way back, what it is, why it matters."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.base import theme
from gui.controls.labels import ElidedLabel


class FindingHeader(QWidget):
    """Signal: ``back_asked``."""

    back_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.back = QPushButton(theme.icon("collapse"), self.tr("All findings"), self)
        self.back.setToolTip(self.tr("Back to all findings (Esc)"))
        self.back.clicked.connect(self.back_asked)
        self.title = ElidedLabel(parent=self)
        self.title.setFont(theme.heading_font())
        self.text = QLabel(self, wordWrap=True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self._top = QHBoxLayout()
        self._top.setSpacing(12)
        self._top.addWidget(self.back)
        self._top.addWidget(self.title, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self._top)
        column.addWidget(self.text)

    def show_words(self, title: str, words: str) -> None:
        """Say what is shown below."""
        self.title.set_text(title)
        self.text.setText(words)
        self.text.setVisible(bool(words))

    def add_button(self, button: QPushButton) -> None:
        """Put ``button`` at the end of the first line."""
        self._top.addWidget(button)
