"""The recipes that wait to be compared."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QPushButton, QVBoxLayout, QWidget

from gui import theme
from gui.experiment_jobs import ExperimentJobs

_HEIGHT = 110


class ExperimentQueue(QWidget):
    """A list of titles; one can be taken out."""

    def __init__(self, jobs: ExperimentJobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Recipes of the queue"))
        self.list.setFixedHeight(_HEIGHT)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.remove = QPushButton(theme.icon("minus"), self.tr("Take out"))
        self.remove.clicked.connect(lambda: jobs.remove(self.list.currentRow()))
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list)
        column.addLayout(row)
        jobs.queue_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the queue as it is."""
        self.list.clear()
        for title, _recipe in self._jobs.queue:
            self.list.addItem(title)
        if self.list.count():
            self.list.setCurrentRow(self.list.count() - 1)
        self.remove.setEnabled(bool(self._jobs.queue))
