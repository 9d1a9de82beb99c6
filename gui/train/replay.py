"""What can be played back: actions of menus and buttons, and recorded runs as an offer."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from core.runs.replay import TRANSFER, TWO_STAGES
from gui.base import theme
from gui.session.session import Session


class ReplayActions(QObject):
    """Kept fit for the session's state. ``again`` plays the run that is shown; ``run`` and
    ``experiment`` what comes with Thaw. Only one of several sets in a window may have
    ``with_keys``."""

    def __init__(self, session: Session, window: QWidget, *, with_keys: bool = False) -> None:
        super().__init__(window)
        self._session = session
        self.again = self._action(self.tr("Re&play the run"), "train")
        if with_keys:
            self.again.setShortcut(QKeySequence("F8"))
        self.run = self._action(self.tr("Recorded &run in two stages"), "train")
        self.experiment = self._action(self.tr("Recorded &transfer against scratch"), "compare")
        self.again.triggered.connect(self._play_again)
        self.run.triggered.connect(lambda: session.play_run(TWO_STAGES))
        self.experiment.triggered.connect(lambda: session.replay.experiment_asked.emit(TRANSFER))
        for signal in (
            session.training_started,
            session.run_created,
            session.run_shown,
            session.training_finished,
        ):
            signal.connect(self.refresh)
        self.experiment.setVisible(TRANSFER.is_dir())
        self.refresh()

    def refresh(self) -> None:
        """Render the session's present state."""
        session = self._session
        trains = self.tr("A run trains now: its curves are shown")
        none = self.tr("No run is shown that could be played")
        tips = {
            self.again: self.tr("Plays the run back, as if it trained again"),
            self.run: self.tr("Two stages on the sample pictures: the head, then block 5 with it"),
            self.experiment: self.tr(
                "A recorded experiment on the sample pictures: three ways, three seeds each"
            ),
        }
        for action, tip in tips.items():
            has_run = action is not self.again or session.run is not None
            action.setEnabled(session.can_replay and has_run)
            action.setToolTip(tip if action.isEnabled() else (none if not has_run else trains))

    def _play_again(self) -> None:
        if self._session.run is not None:
            self._session.play_run(self._session.run.directory)

    def _action(self, words: str, icon: str) -> QAction:
        action = QAction(words, self)
        action.setIcon(theme.icon(icon))
        return action


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
