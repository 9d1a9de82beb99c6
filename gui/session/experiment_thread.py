"""The thread that pulls ``core.experiment_run.run``."""

import contextlib
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal

from core.common.messages import ThawError
from core.compute.estimate import Speed
from core.experiments import run as experiment_run
from core.experiments.run import ExperimentFinished
from core.training.control import Control
from gui.session.awake import kept_awake

_log = logging.getLogger(__name__)
Prepare = Callable[[threading.Event], None]


class ExperimentThread(QThread):
    """Does what ``prepare`` does (write a new experiment), then runs the one in ``directory``.

    Signals: ``opened`` once the experiment lies there, ``event_received`` with each event, the
    last an ``ExperimentFinished``; ``failed`` with a ``ThawError`` where there is none to run.
    Ends by itself or by ``stop()``, never by ``terminate()``.
    """

    opened = Signal()
    event_received = Signal(object)
    failed = Signal(object)

    def __init__(
        self, directory: Path, prepare: Prepare, speed: Speed | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._directory, self._prepare, self._speed = directory, prepare, speed
        self.control = Control()

    def run(self) -> None:
        try:
            self._run()
        except ThawError as error:
            if error.code == "stopped":
                self.event_received.emit(ExperimentFinished("stopped"))
            else:
                self.failed.emit(error)
        except Exception as error:  # whatever it is, the window must learn that it ended
            _log.exception("the experiment's thread failed")
            self.failed.emit(ThawError("unexpected", reason=repr(error)))

    def _run(self) -> None:
        with kept_awake():
            self._prepare(self.control.stop)
            self.opened.emit()
            run = experiment_run.run(self._directory, self.control, self._speed)
            with contextlib.closing(run) as events:
                for event in events:
                    self.event_received.emit(event)

    @property
    def is_stopping(self) -> bool:
        """Whether the end was asked for."""
        return self.control.stop.is_set()

    def stop(self) -> None:
        """Ask for the end; it comes within a second."""
        self.control.stop.set()
