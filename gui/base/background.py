"""Short jobs off the window's thread, where only the latest one's answer counts."""

import logging
import threading
import weakref
from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, Slot
from shiboken6 import isValid

from core.common.messages import ThawError


class Progress(Protocol):
    """How a job tells of itself: ``progress(done, total)``, or any other news."""

    def __call__(self, done: int, total: int, /) -> None: ...

    def tell(self, news: object) -> None:
        """Send ``news`` on its way to ``Latest.told``."""


Work = Callable[[threading.Event, Progress], Any]

_log = logging.getLogger(__name__)


def _worker_pool(owner: QObject, threads: int) -> QThreadPool:
    """A pool of so many threads for ``owner``; it waits for its jobs before ``owner`` goes.

    A child of ``owner`` would wait for them inside Qt, perhaps with the interpreter's lock in
    hand, while the job waits for that lock: for ever.
    """
    pool = QThreadPool()
    pool.setMaxThreadCount(threads)
    owner.destroyed.connect(weakref.finalize(owner, finish, pool))
    return pool


def finish(pool: QThreadPool) -> None:
    """Drop what waits on ``pool`` and wait for what is under way."""
    if not isValid(pool):  # the interpreter ends, and Qt has taken everything down already
        return
    pool.clear()
    pool.waitForDone()


class Latest(QObject):
    """Runs one kind of job for its ``owner``; a new one stops the one before and drops its answer.

    Jobs run on ``threads`` of their own, or on those of the jobs ``beside``: in turns with them.
    ``work(stop, progress)`` may look at ``stop`` and call ``progress(done, total)``. Signals, all
    on the thread that owns this object: ``done`` with the work's answer; ``failed`` with a
    ``ThawError``; ``progressed`` with (done, total); ``told`` with what the work tells before it
    is done.
    """

    done = Signal(object)
    failed = Signal(object)
    progressed = Signal(int, int)
    told = Signal(object)
    _answered = Signal(int, object, object)
    _reported = Signal(int, int, int)
    _news = Signal(int, object)

    def __init__(self, owner: QObject, beside: "Latest | None" = None, *, threads: int = 1) -> None:
        super().__init__(owner)
        self._pool: QThreadPool = _worker_pool(owner, threads) if beside is None else beside._pool
        self._number = 0
        self._stop = threading.Event()
        self._busy = False
        self._answered.connect(self._answer)
        self._reported.connect(self._report)
        self._news.connect(self._pass_on)

    @property
    def is_busy(self) -> bool:
        """Whether the latest job has not answered yet."""
        return self._busy

    def submit(self, work: Work) -> None:
        """Start ``work``; an earlier job's answer will not be heard."""
        self.cancel()
        self._stop = threading.Event()
        self._busy = True
        self._pool.start(_Job(self, self._number, work, self._stop))

    def call(self, function: Callable[..., object], *given: object) -> None:
        """Start ``function(*given)``, which neither looks at a stop nor tells of itself."""
        self.submit(lambda _stop, _progress: function(*given))

    def cancel(self) -> None:
        """Stop the job under way, if any: nothing more is heard of it."""
        self._stop.set()
        self._number += 1
        self._busy = False

    def wait(self) -> None:
        """Wait for what is under way, and for the jobs beside it; not for the signals."""
        self._pool.waitForDone()

    def close(self) -> None:
        """Stop the job under way, and wait for its end."""
        self.cancel()
        self.wait()

    @Slot(int, object, object)
    def _answer(self, number: int, answer: object, error: object) -> None:
        if number != self._number:
            return
        self._busy = False
        if error is None:
            self.done.emit(answer)
        else:
            self.failed.emit(error)

    @Slot(int, int, int)
    def _report(self, number: int, done: int, total: int) -> None:
        if number == self._number:
            self.progressed.emit(done, total)

    @Slot(int, object)
    def _pass_on(self, number: int, news: object) -> None:
        if number == self._number:
            self.told.emit(news)


class _Job(QRunnable):
    def __init__(self, owner: Latest, number: int, work: Work, stop: threading.Event) -> None:
        super().__init__()
        self._owner, self._number, self._work, self._stop = owner, number, work, stop

    def run(self) -> None:
        answer: object = None
        error: ThawError | None = None
        try:
            answer = self._work(self._stop, _Reporter(self))
        except ThawError as known:
            error = known
        except Exception as unknown:  # a job's bug must reach the person, not kill the pool
            _log.exception("a background job failed")
            error = ThawError("unexpected", reason=repr(unknown))
        self._emit(self._owner._answered, answer, error)

    def report(self, *values: object) -> None:
        """Send (done, total), or one piece of news, unless nobody waits for it."""
        if not self._stop.is_set():
            owner = self._owner
            self._emit(owner._reported if len(values) > 1 else owner._news, *values)

    def _emit(self, signal: Any, *values: object) -> None:
        try:
            signal.emit(self._number, *values)
        except RuntimeError:  # the owner was destroyed while the job ran
            _log.debug("a job outlived its owner")


class _Reporter:
    """What a job's work is given as ``progress``."""

    def __init__(self, job: _Job) -> None:
        self._job = job

    def __call__(self, done: int, total: int, /) -> None:
        self._job.report(done, total)

    def tell(self, news: object) -> None:
        self._job.report(news)
