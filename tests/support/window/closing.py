"""The window that closes itself in the middle of its jobs.

``python -m tests.support.window.closing JOBS FOLDER``. The jobs are held where they begin and go
on once the window is gone: those of the session while it ends, those of the page's panels while
the process ends.
"""

import atexit
import sys
import threading
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QMetaObject, Qt

from gui.data.page import DataPage
from gui.session.session import Session
from gui.shell import app
from gui.shell.app import Options
from gui.shell.window import MainWindow

Owner = Literal["session", "page"]

# Each job's function that is held, and whose job it is; those of one name are held together.
HELD: dict[str, dict[str, Owner]] = {
    "reading": {"core.dataset.scan.check": "session"},
    "looks": {
        "core.dataset.duplicates.fingerprint": "session",
        "gui.data.split.words.report": "page",
        "core.images.load.load_for": "page",
    },
    "labels": {"core.dataset.labels.rules.propose": "page"},
}


class Closing:
    """Opens a folder, begins jobs, closes the window once all of them are under way."""

    def __init__(self, jobs: str, folder: Path) -> None:
        self._jobs, self._folder = jobs, folder
        self._begun: set[str] = set()
        self._gates: dict[Owner, threading.Event] = {
            "session": threading.Event(),
            "page": threading.Event(),
        }
        close, gate = Session.close, self._gates["session"]

        def opening(self: Session) -> None:
            gate.set()
            close(self)

        Session.close = opening  # type: ignore[method-assign]

    def begin(self, window: MainWindow, session: Session, options: Options) -> None:
        """In place of ``gui.shell.app.begin``."""
        page = window.page
        assert isinstance(page, DataPage)
        # what is registered last is called first: before pools are waited for
        atexit.register(self._gates["page"].set)
        for function, owner in HELD[self._jobs].items():
            self._hold(window, function, owner)
        if self._jobs == "looks":
            session.dataset_changed.connect(partial(self._go_on, session, page))
        session.open_folder(self._folder)

    def _go_on(self, session: Session, page: DataPage) -> None:
        page.dataset.tabs.setCurrentWidget(page.dataset.fit)
        page.dataset.tabs.setCurrentWidget(page.dataset.split)
        session.change("dataset.group_by", "prefix:_")

    def _hold(self, window: MainWindow, function: str, owner: Owner) -> None:
        module, _, name = function.rpartition(".")
        held: Callable[..., Any] = getattr(import_module(module), name)

        def wait(*values: Any, **options: Any) -> Any:
            self._begun.add(function)
            if self._begun == set(HELD[self._jobs]):
                QMetaObject.invokeMethod(window, "close", Qt.ConnectionType.QueuedConnection)
            self._gates[owner].wait()
            return held(*values, **options)

        setattr(import_module(module), name, wait)


if __name__ == "__main__":
    closing = Closing(sys.argv[1], Path(sys.argv[2]))
    app.begin = closing.begin
    sys.exit(app.run(Options(scheme="light")))
