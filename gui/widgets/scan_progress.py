"""A folder is being read: its name, how far, and a way out."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from core.messages import fill
from gui import text, theme
from gui.widgets.elided_label import ElidedLabel

_WIDTH = 460


class ScanProgress(QWidget):
    """Signal: ``cancelled`` when a person doesn't want to wait."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = ElidedLabel(parent=self, mode=Qt.TextElideMode.ElideMiddle)
        self.heading.setFont(theme.heading_font())
        self.bar = QProgressBar(self, textVisible=False)
        self.bar.setAccessibleName(self.tr("Progress of reading the folder"))
        self.count = QLabel(self)
        self.cancel = QPushButton(theme.icon("close"), self.tr("&Cancel"), self)
        self.cancel.clicked.connect(self.cancelled)
        below = QHBoxLayout()
        below.addWidget(self.count, 1)
        below.addWidget(self.cancel)
        block = QWidget(self)
        block.setFixedWidth(_WIDTH)
        column = QVBoxLayout(block)
        column.setSpacing(8)
        column.addWidget(self.heading)
        column.addWidget(self.bar)
        column.addLayout(below)
        layout = QVBoxLayout(self)
        layout.addWidget(block, 0, Qt.AlignmentFlag.AlignCenter)

    def start(self, heading: str) -> None:
        """Show ``heading`` above a bar that doesn't know yet how long it takes."""
        self.heading.set_text(heading)
        self.bar.setRange(0, 0)
        self.count.clear()

    def show_progress(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` pictures have been read."""
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(done)
        values = {"done": text.count(done), "total": text.count(total)}
        self.count.setText(fill(self.tr("{done} of {total} pictures"), values))
