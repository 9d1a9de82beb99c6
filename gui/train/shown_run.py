"""The run that the Train page shows (played back or the session's own), and its epoch clock."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QObject

from core.recipe.config import RunConfig
from core.runs import history as runs_history
from core.runs.events import EpochFinished, Event
from core.runs.history import History
from gui.session.replay import Replay
from gui.session.session import Session
from gui.train import words


@dataclass(frozen=True)
class ShownRun:
    """What the page draws. ``stage`` trains, or plays, now; ``folder`` is where the pictures of
    its batches are, None where none are to be seen. ``present`` seconds of the present epoch are
    over, and about ``left`` seconds are to go (None: not known, or the run has ended)."""

    history: History
    recipe: RunConfig
    classes: int | None
    name: str = ""
    is_locked: bool = False
    stage: int | None = None
    folder: Path | None = None
    present: float = 0.0
    left: float | None = None


def of(session: Session, present: float) -> ShownRun:
    """The run that is to be shown; ``present`` is for one that trains."""
    if session.replay.recording is not None:
        return _played(session.replay, session)
    history, trains = session.history, session.is_training
    started, summary = history.started, session.summary
    classes = len(summary.classes) if summary is not None else None
    run = session.run
    return ShownRun(
        history,
        session.running_recipe or session.recipe,
        len(started.classes) if trains and started is not None else classes,
        run.directory.name if run is not None else "",
        trains,
        history.stages[-1].stage if trains and history.stages else None,
        run.folder if trains and run is not None else None,
        present,
        words.progress_of(session).seconds_left if trains else None,
    )


def _played(replay: Replay, session: Session) -> ShownRun:
    recording, history = replay.recording, replay.history
    assert recording is not None
    folder = recording.folder
    if recording.is_lesson and session.is_sample and session.summary is not None:
        folder = session.summary.folder
    seconds, ended = replay.player.seconds, replay.player.is_at_end
    return ShownRun(
        history,
        recording.recipe,
        len(history.started.classes) if history.started is not None else None,
        recording.name,
        True,
        history.stages[-1].stage if history.stages and not ended else None,
        folder if folder.is_dir() and not ended else None,
        max(seconds - runs_history.elapsed(history), 0.0),
        None if ended else max(recording.timeline.end("seconds") - seconds, 0.0),
    )


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
