"""What happens to an error that nobody caught: logged, and told to the person, once."""

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox

from core.common.messages import ThawError
from gui.base import words as base_words
from gui.base.ask import drop_icons

_log = logging.getLogger(__name__)


class UnexpectedErrors(QObject):
    """Shows a dialog with the sentence, and the details to copy; one at a time.

    ``install`` takes over from Python's own hooks, in every thread. After ``quietly`` there
    is no dialog: the errors go to a function.
    """

    _happened = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.dialog: QMessageBox | None = None
        self._details: list[str] = []
        self._listener: Callable[[ThawError], None] | None = None
        self._happened.connect(self._show)

    def install(self) -> None:
        """Hear of every error from now on."""
        sys.excepthook = self.handle
        threading.excepthook = self._handle_in_thread

    def quietly(self, listener: Callable[[ThawError], None]) -> None:
        """Give each error to ``listener``, on the window's thread, and show none."""
        self._listener = listener

    def handle(
        self,
        kind: type[BaseException],
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Log an error and show it. ``KeyboardInterrupt`` and ``SystemExit`` stay Python's."""
        if not issubclass(kind, Exception) or error is None:
            sys.__excepthook__(kind, error or kind(), trace)
            return
        _log.error("unexpected error", exc_info=(kind, error, trace))
        known = error if isinstance(error, ThawError) else _unexpected(error)
        details = "".join(traceback.format_exception(kind, error, trace))
        self._happened.emit(known, details)

    def _handle_in_thread(self, caught: threading.ExceptHookArgs) -> None:
        self.handle(caught.exc_type, caught.exc_value, caught.exc_traceback)

    def _show(self, error: ThawError, details: str) -> None:
        if self._listener is not None:
            self._listener(error)
            return
        if not isinstance(QApplication.instance(), QApplication):
            return
        self._details.append(details)
        if self.dialog is not None:
            return  # what comes on top is among the details
        box = QMessageBox(QApplication.activeWindow())
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("Thaw"))
        box.setText(base_words.error_text(error))
        box.setInformativeText(
            self.tr("The window goes on working. The details help whoever mends it.")
        )
        copy = box.addButton(self.tr("Copy details"), QMessageBox.ButtonRole.ActionRole)
        copy.clicked.disconnect()  # copying must not close the dialog
        copy.clicked.connect(self._copy)
        box.setEscapeButton(box.addButton(QMessageBox.StandardButton.Close))
        drop_icons(box)
        box.finished.connect(self._closed)
        self.dialog = box
        box.open()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(self._details))

    def _closed(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
        self.dialog = None
        self._details = []


def _unexpected(error: BaseException) -> ThawError:
    return ThawError("unexpected", reason=str(error) or type(error).__name__)
