"""The experiment that trains, on a page where its curves are not, and the way there."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from gui.base import theme
from gui.runs import experiments as experiment_words
from gui.session.experiments import ExperimentJobs

_SOON_MILLISECONDS = 150


class ExperimentOffer(QWidget):
    """How far the experiment is, and a button. There only while one runs. ``asked``: it is to be
    shown."""

    asked = Signal()

    def __init__(self, jobs: ExperimentJobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.words = QLabel(wordWrap=True)
        self.button = QPushButton(theme.icon("compare"), self.tr("Show the experiment"))
        self.button.clicked.connect(self.asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.words, 1)
        row.addWidget(self.button)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MILLISECONDS)
        self._soon.timeout.connect(self.refresh)
        jobs.changed.connect(self._refresh_soon)
        jobs.running_changed.connect(self.refresh)
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _refresh_soon(self) -> None:
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def refresh(self) -> None:
        """Render the experiment's present state."""
        self.setVisible(self._jobs.is_running)
        if self._jobs.is_running:
            self.words.setText(experiment_words.training(self._jobs))
