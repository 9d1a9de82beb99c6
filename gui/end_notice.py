"""Tells, through the desktop, that a run has ended while its window was out of sight."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QMainWindow, QSystemTrayIcon

from core.folders import printable
from gui import theme, train_text
from gui.session import Session


class EndNotice(QObject):
    """Says nothing to a person who looks at the window, or where the desktop shows no messages.

    The icon that the message comes from is there only until the window is looked at again.
    """

    def __init__(self, window: QMainWindow, session: Session) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        self._icon: QSystemTrayIcon | None = None
        session.training_finished.connect(self._ended)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowActivate:
            self._drop_icon()
        return super().eventFilter(watched, event)

    def _ended(self) -> None:
        finished = self._session.history.finished
        if finished is None or self._window.isActiveWindow() or not self._window.isVisible():
            return
        QApplication.alert(self._window)
        if not QSystemTrayIcon.isSystemTrayAvailable() or not QSystemTrayIcon.supportsMessages():
            return
        if self._icon is None:
            self._icon = QSystemTrayIcon(theme.app_icon(), self)
            self._icon.messageClicked.connect(self._raise)
            self._icon.activated.connect(self._raise)
        self._icon.show()
        run = self._session.run
        title = printable(run.name) if run is not None else "Thaw"
        self._icon.showMessage(title, train_text.ended(self._session.history, None))

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
