"""The window that closes itself in the middle of a job.

``python -m tests.support.window.closing JOB FOLDER``. The job is held where it begins and goes on
once the window is gone: those of the session while it ends, those of the page's panels while the
process ends.
"""

import atexit
import sys
import threading
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMetaObject, Qt

from gui.data.page import DataPage
from gui.session.session import Session
from gui.shell import app
from gui.shell.app import Options
from gui.shell.window import MainWindow

# Each job's function that is held, and whose job it is.
HELD = {
    "reading": ("core.dataset.scan", "check", "session"),
    "hashing": ("core.dataset.duplicates", "fingerprint", "session"),
    "verifying": ("core.dataset.scan", "check", "session"),
    "groups": ("gui.data.split.words", "report", "page"),
    "fit": ("core.images.load", "load_for", "page"),
    "labels": ("core.dataset.labels.rules", "propose", "page"),
}


class Closing:
    """Opens a folder, begins a job, closes the window."""

    def __init__(self, job: str, folder: Path) -> None:
        self._job, self._folder = job, folder
        self._gate = threading.Event()
        if HELD[job][2] == "session":
            close = Session.close

            def opening(self: Session) -> None:
                gate.set()
                close(self)

            gate = self._gate
            Session.close = opening  # type: ignore[method-assign]

    def begin(self, window: MainWindow, session: Session, options: Options) -> None:
        """In place of ``gui.shell.app.begin``."""
        page = window.page
        assert isinstance(page, DataPage)
        if self._job in ("reading", "hashing", "labels"):
            self._hold(window)
        else:
            session.dataset_changed.connect(partial(self._go_on, window, session, page))
        session.open_folder(self._folder)

    def _go_on(self, window: MainWindow, session: Session, page: DataPage) -> None:
        self._hold(window)
        if self._job == "verifying":
            session.verify_files()
        elif self._job == "fit":
            page.dataset.tabs.setCurrentWidget(page.dataset.fit)
        else:
            page.dataset.tabs.setCurrentWidget(page.dataset.split)
            session.change("dataset.group_by", "prefix:_")

    def _hold(self, window: MainWindow) -> None:
        module, name, owner = HELD[self._job]
        if owner == "page":  # what is registered last is called first: before pools are waited for
            atexit.register(self._gate.set)
        held: Callable[..., Any] = getattr(import_module(module), name)

        def wait(*values: Any, **options: Any) -> Any:
            if not self._gate.is_set():
                QMetaObject.invokeMethod(window, "close", Qt.ConnectionType.QueuedConnection)
            self._gate.wait()
            return held(*values, **options)

        setattr(import_module(module), name, wait)


if __name__ == "__main__":
    closing = Closing(sys.argv[1], Path(sys.argv[2]))
    app.begin = closing.begin
    sys.exit(app.run(Options(scheme="light")))
