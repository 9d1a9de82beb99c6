"""Recorded runs, offered where there is nothing to see yet."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from gui import theme


class LessonOffer(QWidget):
    """A sentence and two buttons. Signals: ``run_asked``, ``experiment_asked``."""

    run_asked = Signal()
    experiment_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        words = QLabel(self.tr("No time to wait?"))
        self.run_button = QPushButton(theme.icon("train"), self.tr("Play a &recorded run"))
        self.run_button.setToolTip(
            self.tr("Two stages on the sample pictures: the head, then block 5 with it")
        )
        self.run_button.clicked.connect(self.run_asked)
        self.experiment_button = QPushButton(
            theme.icon("compare"), self.tr("Play transfer against &scratch")
        )
        self.experiment_button.setToolTip(
            self.tr("A recorded experiment on the sample pictures: three ways, three seeds each")
        )
        self.experiment_button.clicked.connect(self.experiment_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addStretch()
        for widget in (words, self.run_button, self.experiment_button):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch()
