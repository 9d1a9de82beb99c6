"""Tells, through the desktop, that a run has ended while its window was out of sight."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QMainWindow, QSystemTrayIcon

from core.dataset.folder import printable
from gui.base import theme
from gui.runs import experiments as experiment_words
from gui.runs import words as run_words
from gui.session.session import Session


class EndNotice(QObject):
    """Says nothing to a person who looks at the window, or where the desktop shows no messages.

    The icon that the message comes from is there only until the window is looked at again.
    """

    def __init__(self, window: QMainWindow, session: Session) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        self._icon: QSystemTrayIcon | None = None
        session.training_finished.connect(self._ended)
        session.experiments.running_changed.connect(self._experiment_ended)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowActivate:
            self._drop_icon()
        return super().eventFilter(watched, event)

    def _ended(self) -> None:
        if self._session.history.finished is not None:
            run = self._session.run
            title = printable(run.name) if run is not None else "Thaw"
            self._tell(title, run_words.ended(self._session.history, None))

    def _experiment_ended(self) -> None:
        jobs = self._session.experiments
        if not jobs.is_running and jobs.directory is not None:
            self._tell(printable(jobs.directory.name), experiment_words.ended(jobs))

    def _tell(self, title: str, words: str) -> None:
        if self._window.isActiveWindow() or not self._window.isVisible():
            return
        QApplication.alert(self._window)
        if not QSystemTrayIcon.isSystemTrayAvailable() or not QSystemTrayIcon.supportsMessages():
            return
        if self._icon is None:
            self._icon = QSystemTrayIcon(theme.app_icon(), self)
            self._icon.messageClicked.connect(self._raise)
            self._icon.activated.connect(self._raise)
        self._icon.show()
        self._icon.showMessage(title, words)

    def _raise(self) -> None:
        self._drop_icon()
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.raise_()
        self._window.activateWindow()

    def _drop_icon(self) -> None:
        if self._icon is not None:
            self._icon.hide()
            self._icon.deleteLater()
            self._icon = None
