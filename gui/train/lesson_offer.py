"""Recorded runs, offered where there is nothing to see yet."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from gui.train.replay_actions import ReplayActions


class LessonOffer(QWidget):
    """A sentence, and a button for each thing that comes with Thaw to be played."""

    def __init__(self, replays: ReplayActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.run_button = _button(replays.run, self.tr("Play a &recorded run"))
        self.experiment_button = _button(
            replays.experiment, self.tr("Play transfer against &scratch")
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addStretch()
        for widget in (
            QLabel(self.tr("No time to wait?")),
            self.run_button,
            self.experiment_button,
        ):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch()


def _button(action: QAction, words: str) -> QPushButton:
    button = QPushButton(action.icon(), words)
    button.setToolTip(action.toolTip())
    button.setHidden(not action.isVisible())
    button.clicked.connect(lambda _checked=False: action.trigger())
    return button
