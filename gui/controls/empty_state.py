"""What a page shows while there is nothing to show: why, and the way on."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from gui.base import theme

_ICON = QSize(64, 64)


class EmptyState(QWidget):
    """A pale icon, a sentence and a button."""

    def __init__(self, icon: str, button_icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        picture = QPushButton(theme.icon(icon, QPalette.ColorRole.PlaceholderText), "", flat=True)
        picture.setIconSize(_ICON)  # a button's icon, unlike a label's, follows the scheme
        picture.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        picture.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.sentence = QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setFont(theme.heading_font())
        self.button = QPushButton(theme.icon(button_icon), "")
        self.button.setMinimumHeight(36)
        self.button.setAutoDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(40, 20, 40, 20)
        column.setSpacing(14)
        column.addStretch(1)
        column.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.sentence)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)

    def show_words(self, sentence: str, button: str) -> None:
        """Say why there is nothing, and what the button does."""
        self.sentence.setText(sentence)
        self.button.setText(button)
