"""What the Augment page shows while there is no picture to augment."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from gui.base import theme


class AugmentEmpty(QWidget):
    """Says why, with the button ``to_data``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = QLabel(self.tr("Augment"), self)
        title.setFont(theme.title_font())
        self.words = QLabel(self, wordWrap=True)
        self.words.setFont(theme.heading_font())
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.to_data = QPushButton(theme.icon("data"), self.tr("Go to Data"), self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.addWidget(title)
        layout.addStretch(1)
        layout.addWidget(self.words)
        layout.addSpacing(8)
        layout.addWidget(self.to_data, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)

    def show_reason(self, has_pictures: bool) -> None:
        """Say whether there are no pictures at all, or none that train."""
        if has_pictures:
            self.words.setText(self.tr("This dataset holds no pictures to train on."))
        else:
            self.words.setText(self.tr("Open pictures first: then their versions show here."))
