"""PyTorch's arrival: imported off the window's thread, then the machine measured once."""

import threading
from collections.abc import Callable
from enum import Enum
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from core.common.messages import ThawError
from core.compute.estimate import Speed
from gui.base.background import Latest, Progress


class EngineState(Enum):
    """How far PyTorch is."""

    NOT_STARTED = "not started"
    LOADING = "loading"
    MEASURING = "measuring"
    READY = "ready"
    FAILED = "failed"


class GivesWay(Protocol):
    """Short work that leaves the machine to a run or an experiment."""

    @property
    def is_busy(self) -> bool: ...
    def stop(self) -> None: ...
    def wait(self) -> None: ...


class Machine:
    """Who has the machine: one run or one experiment, and the short work that gives way to both.

    ``holder`` is who claimed it ("training", "experiment"), "" where nobody did.
    """

    def __init__(self) -> None:
        self.holder = ""
        self._giving_way: list[GivesWay] = []

    @property
    def is_busy(self) -> bool:
        """Whether anybody uses it, short work included."""
        return bool(self.holder) or any(work.is_busy for work in self._giving_way)

    def claim(self, holder: str) -> None:
        """Take the machine, and stop the work that gives way."""
        self.holder = holder
        for work in self._giving_way:
            work.stop()

    def release(self) -> None:
        """Leave it to others again."""
        self.holder = ""

    def share_with(self, work: GivesWay) -> None:
        """Let ``work`` give way: a claim stops it."""
        self._giving_way.append(work)

    def wait(self) -> None:
        """Wait until the stopped work has really ended; not on the window's thread. Both would
        set torch's threads."""
        for work in self._giving_way:
            work.wait()


class Engine(QObject):
    """Loads torch and measures this machine, once nothing else keeps it busy.

    ``changed`` tells of another ``state``, ``speed`` or ``error``. While it measures, or waits
    to, ``speed`` is what an earlier start measured, None where none did.
    """

    changed = Signal()

    def __init__(
        self, parent: QObject | None = None, is_busy: Callable[[], bool] = lambda: False
    ) -> None:
        super().__init__(parent)
        self._is_busy = is_busy
        self._waits = False
        self.state = EngineState.NOT_STARTED
        self.speed: Speed | None = None
        self.error: ThawError | None = None
        self._load = Latest(self)
        self._measure = Latest(self, self._load)
        self._load.done.connect(self._loaded)
        self._load.failed.connect(self._failed)
        self._measure.done.connect(self._measured)
        self._measure.failed.connect(lambda _error: self._measured(None))

    def start(self) -> None:
        """Begin; call once the window is on screen."""
        if self.state in (EngineState.NOT_STARTED, EngineState.FAILED):
            self.error = None
            self._become(EngineState.LOADING)
            self._load.submit(_import_torch)

    def hold(self) -> None:
        """Other work begins: a measurement under way would be wrong, and begins again later."""
        if self._measure.is_busy:
            self._measure.cancel()
            self._waits = True

    def measure_when_free(self) -> None:
        """Other work may have ended: measure, where that is still to be done."""
        if self._waits and not self._is_busy():
            self._waits = False
            self._measure.submit(_measure)

    def _loaded(self, remembered: Speed | None) -> None:
        self.speed = remembered
        self._waits = True
        self._become(EngineState.MEASURING)
        self.measure_when_free()

    def _measured(self, speed: Speed | None) -> None:
        self.speed = speed or self.speed
        self._become(EngineState.READY)

    def _failed(self, error: ThawError) -> None:
        self.error = error
        self._become(EngineState.FAILED)

    def _become(self, state: EngineState) -> None:
        self.state = state
        self.changed.emit()

    def close(self) -> None:
        """Stop and wait for the job under way."""
        self._load.cancel()
        self._measure.close()


def _import_torch(_stop: threading.Event, _progress: Progress) -> Speed | None:
    """Import it; what an earlier start measured."""
    try:
        # all that training and prediction need: importing it while a run starts would hold
        # up the window, since a thread that imports keeps the interpreter's lock
        from core.compute import speed as compute_speed
        from core.training import network_file, train  # noqa: F401
    except Exception as error:  # a broken wheel can raise anything (OSError for a missing DLL)
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ThawError("torch_missing", reason=reason) from error
    return compute_speed.remembered()


def _measure(stop: threading.Event, _progress: Progress) -> Speed:
    from core.compute import speed as compute_speed

    return compute_speed.of_this_machine(stop, afresh=True)
