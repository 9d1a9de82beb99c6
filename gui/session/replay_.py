"""A run that is played back in place of one that trains. Nothing of it trains or is kept."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.runs import replay as run_replay
from core.runs.history import History
from core.runs.replay import Playback, Recording, Timeline
from gui.base.background import Latest, worker_pool
from gui.session.replay import Player


class Replay(QObject):
    """What is played, and its history until now. The session's own run stays as it is.

    Signals: ``began`` when a run is there and plays; ``moved`` when its history is another one;
    ``closed``; ``failed`` with a ``ThawError`` where a run could not be read.
    """

    began = Signal()
    moved = Signal()
    closed = Signal()
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.recording: Recording | None = None
        self._playback = Playback(Timeline())
        self.player = Player(self)
        self.player.moved.connect(self._move)
        self._pool = worker_pool(self)
        self._reading = Latest(self._pool, self)
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
        self._reading.submit(lambda _stop, _progress: run_replay.read_recording(directory))

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
        self._pool.waitForDone()

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
