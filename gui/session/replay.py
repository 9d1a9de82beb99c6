"""A run that is played back, and the clock that plays, pauses, seeks and ends.

Nothing is trained or kept by a replay.
"""

from collections.abc import Callable
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QObject, QTimer, Signal

from core.runs import replay as run_replay
from core.runs.history import History
from core.runs.replay import USUAL_SPEED, Line, Playback, Recording, Speed, Timeline
from gui.base.background import Latest

_TICK_MILLISECONDS = 40
_LONGEST_STEP = 1.0  # seconds; a window that stood still for longer goes on from where it was


class Player(QObject):
    """A position on a timeline, which grows while it plays.

    Signals: ``moved`` when the position is another one; ``changed`` when timeline, speed or
    whether it plays is; ``ended`` when the end was played to.
    """

    moved = Signal()
    changed = Signal()
    ended = Signal()

    def __init__(
        self, parent: QObject | None = None, clock: Callable[[], float] = monotonic
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._then = 0.0
        self.timeline: Line = Timeline()
        self.speed = USUAL_SPEED
        self.position = 0.0
        self._timer = QTimer(self, interval=_TICK_MILLISECONDS)
        self._timer.timeout.connect(self.tick)

    @property
    def is_playing(self) -> bool:
        return self._timer.isActive()

    @property
    def end(self) -> float:
        """The last position, by the present speed's pace."""
        return self.timeline.end(self.speed.pace)

    @property
    def is_at_end(self) -> bool:
        return self.position >= self.end

    @property
    def seconds(self) -> float:
        """How many seconds of the run are behind the position."""
        return self.timeline.moved(self.position, self.speed.pace, "seconds")

    def load(self, timeline: Line) -> None:
        """Stand at the beginning of ``timeline``; the speed stays."""
        self._timer.stop()
        self.timeline, self.position = timeline, 0.0
        self.changed.emit()
        self.moved.emit()

    def play(self) -> None:
        """Go on from here; from the beginning where this is the end."""
        if self.is_at_end:
            self.seek(0.0)
        self._then = self._clock()
        self._timer.start()
        self.changed.emit()

    def pause(self) -> None:
        """Stay here."""
        self._timer.stop()
        self.changed.emit()

    def toggle(self) -> None:
        """Play, or pause."""
        if self.is_playing:
            self.pause()
        else:
            self.play()

    def seek(self, position: float) -> None:
        """Be at ``position``, playing or not."""
        self.position = min(max(position, 0.0), self.end)
        self.moved.emit()

    def set_speed(self, speed: Speed) -> None:
        """Play at ``speed`` from where it is."""
        self.position = self.timeline.moved(self.position, self.speed.pace, speed.pace)
        self.speed = speed
        self.changed.emit()
        self.moved.emit()

    def tick(self) -> None:
        """Move on by the time that has passed since the last tick."""
        now = self._clock()
        passed, self._then = min(now - self._then, _LONGEST_STEP), now
        self.seek(self.position + passed * self.speed.rate(self.end))
        if self.is_at_end:
            self.pause()
            self.ended.emit()


class Replay(QObject):
    """What is played, and its history until now. The session's own run stays as it is.

    Signals: ``began`` when a run is there and plays; ``moved`` when its history is another one;
    ``closed``; ``failed`` with a ``ThawError`` where a run could not be read;
    ``experiment_asked(Path)`` when a recorded experiment is to be played, in a window of its own.
    """

    began = Signal()
    moved = Signal()
    closed = Signal()
    failed = Signal(object)
    experiment_asked = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.recording: Recording | None = None
        self._playback = Playback(Timeline())
        self.player = Player(self)
        self.player.moved.connect(self._move)
        self._reading = Latest(self)
        self._reading.done.connect(self._begin)
        self._reading.failed.connect(self.failed)

    @property
    def is_shown(self) -> bool:
        """Whether a run is played, or was played and not closed yet."""
        return self.recording is not None

    @property
    def history(self) -> History:
        """What the run had told until the present position."""
        return self._playback.history

    def play(self, directory: Path) -> None:
        """Play the run in ``directory`` from its beginning; ``began`` or ``failed`` follows."""
        self._reading.call(run_replay.read_recording, directory)

    def close(self) -> None:
        """Show no replay any more, and begin none that was asked for."""
        self._reading.cancel()
        if self.recording is None:
            return
        self.recording = None
        self.player.load(Timeline())
        self._playback = Playback(Timeline())
        self.closed.emit()

    def finish(self) -> None:
        """Wait for what still reads in the background: the window closes."""
        self.close()
        self._reading.wait()

    def _begin(self, read: Recording) -> None:
        self.recording = read
        self._playback = Playback(read.timeline)
        self.player.load(read.timeline)
        self.player.play()
        self.began.emit()

    def _move(self) -> None:
        if self.recording is not None:
            self._playback.go_to(self.player.position, self.player.speed.pace)
            self.moved.emit()
