"""Classifying pictures with a run's best network, off the window's thread."""

import threading
import weakref
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QThreadPool, Signal

from core.common.messages import ThawError
from core.images import errors as image_errors
from core.images import load as images
from core.runs.run import Run
from gui.base.background import Latest, Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.training.network_file import Answer, Classifier

TOP = 5
Key = tuple[Path, int, int]


@dataclass(frozen=True)
class PictureAnswer:
    """What the network says of one file: the likeliest classes first, or why it can't be read.

    ``pixels`` is the picture as the network sees it, uint8 [S, S, 3].
    """

    path: Path
    pixels: "NDArray[np.uint8] | None" = None
    answers: "tuple[Answer, ...]" = ()
    error: ThawError | None = None


@dataclass
class _Kept:
    """The last classifier, touched by the pool's only thread alone."""

    key: Key | None = None
    classifier: "Classifier | None" = None


@dataclass(frozen=True)
class _Asked:
    run: Run
    key: Key
    kept: _Kept = field(repr=False)
    flip_average: bool = False


class PredictionJobs(QObject):
    """One picture after the other; asking anew forgets what was not answered yet.

    The network of a run's best epoch is loaded once. Signals: ``answered`` with a
    ``PictureAnswer``, in the order asked; ``failed`` with a ``ThawError`` where the network
    itself can't be used; ``finished`` once nothing is left to do.
    """

    answered = Signal(object)
    failed = Signal(object)
    finished = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool()  # without a parent: close() ends it before it is deleted
        self._pool.setMaxThreadCount(1)
        self._latest = Latest(self._pool, self)
        self._latest.done.connect(self._done)
        self._latest.failed.connect(self._failed)
        self._waiting: deque[Path] = deque()
        self._asked: _Asked | None = None
        self._kept = _Kept()
        self._finalizer = weakref.finalize(self, _end, self._pool)
        self.destroyed.connect(self._finalizer)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._latest.is_busy

    def ask(
        self, run: Run, best: tuple[int, int], paths: Sequence[Path], flip_average: bool = False
    ) -> None:
        """Classify ``paths`` by the weights of ``run``, whose best (stage, epoch) is ``best``;
        ``flip_average`` takes the mean of each picture and its mirror image."""
        self._latest.cancel()
        self._asked = _Asked(run, (run.directory, *best), self._kept, flip_average)
        self._waiting = deque(paths)
        self._next()

    def forget(self) -> None:
        """Drop what was asked and the network, for example because another run begins."""
        self._latest.cancel()
        self._waiting.clear()
        self._kept = _Kept()  # a job under way keeps the old one until it ends

    def close(self) -> None:
        """Wait for the job under way, drop the others. Also done on destruction."""
        self._latest.cancel()
        self._waiting.clear()
        self._finalizer()

    def _next(self) -> None:
        if self._asked is None or not self._waiting:
            self.finished.emit()
            return
        asked, path = self._asked, self._waiting.popleft()

        def work(_stop: threading.Event, _progress: Progress) -> PictureAnswer:
            return _classify(asked, path)

        self._latest.submit(work)

    def _done(self, answer: PictureAnswer) -> None:
        self.answered.emit(answer)
        if not self._latest.is_busy:  # a listener may have asked for others
            self._next()

    def _failed(self, error: ThawError) -> None:
        self._waiting.clear()
        self.failed.emit(error)
        self.finished.emit()


def _classify(asked: _Asked, path: Path) -> PictureAnswer:
    """Raises ``InputError`` where the network can't be loaded."""
    classifier = _classifier(asked)
    dataset = asked.run.config.dataset
    try:
        pixels = images.load_for(dataset, path)
        answers = classifier.classify(path, TOP, asked.flip_average)
    except image_errors.ImageError as error:
        return PictureAnswer(path, error=error)
    return PictureAnswer(path, pixels, tuple(answers))


def _classifier(asked: _Asked) -> "Classifier":
    try:
        from core.training import network_file
    except (ImportError, OSError) as error:  # it brings torch, whose wheel may be broken
        raise ThawError("torch_missing", reason=str(error)) from error
    kept = asked.kept
    if kept.classifier is None or kept.key != asked.key:
        kept.classifier = None  # before the next is loaded, not after
        kept.classifier, kept.key = network_file.Classifier(asked.run), asked.key
    return kept.classifier


def _end(pool: Any) -> None:
    pool.clear()
    pool.waitForDone()
