"""Why there are no ranges while TrivialAugment is chosen, and the way back."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget


class PolicyNote(QFrame):
    """Signal: ``ranges_asked`` when a person wants the ranges instead."""

    ranges_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        words = QLabel(
            self.tr(
                "TrivialAugment makes one random change of random strength to each picture. "
                "No ranges are used; the fill mode is."
            ),
            self,
            wordWrap=True,
        )
        self.button = QPushButton(self.tr("Use ranges instead"), self)
        self.button.clicked.connect(self.ranges_asked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.addWidget(words)
        layout.addWidget(self.button)
