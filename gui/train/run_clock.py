"""How long the run that trains has been at its present epoch."""

from collections.abc import Callable
from time import monotonic

from PySide6.QtCore import QObject

from core.runs.events import EpochFinished, Event
from gui.session.session import Session


class RunClock(QObject):
    """Seconds since the last epoch ended, or the training began; pauses don't count."""

    def __init__(
        self,
        session: Session,
        parent: QObject | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        super().__init__(parent)
        self._session, self._clock = session, clock
        self._counted = 0.0
        self._since: float | None = None
        session.training_started.connect(self._begin)
        session.training_steered.connect(self._steered)
        session.event_received.connect(self._event)
        session.training_finished.connect(self._end)
        if session.is_training:
            self._begin()

    @property
    def seconds(self) -> float:
        """So many; 0 while nothing trains."""
        return self._counted + (self._clock() - self._since if self._since is not None else 0.0)

    def _begin(self) -> None:
        self._counted = 0.0
        self._since = None if self._session.is_paused else self._clock()

    def _steered(self) -> None:
        if self._session.is_paused == (self._since is None):
            return
        self._counted = self.seconds
        self._since = None if self._session.is_paused else self._clock()

    def _event(self, event: Event) -> None:
        if isinstance(event, EpochFinished):
            self._begin()

    def _end(self) -> None:
        self._counted, self._since = 0.0, None
