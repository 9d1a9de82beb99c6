"""Small pictures made in the background, only for what is on screen."""

import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, QThreadPool, Signal
from PySide6.QtGui import QImage, QPixmap

from gui.base.background import finish
from gui.controls.image_view import to_qimage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Load = Callable[[Path, int], "NDArray[np.uint8]"]
Key = tuple[Path, Hashable]
CACHE_BYTES = 64 * 2**20
THREADS = 2


def load_thumbnail(path: Path, edge: int) -> "NDArray[np.uint8]":
    """``core.images.load.thumbnail``, imported where it is first needed."""
    from core.images import load as images

    return images.thumbnail(path, edge)


class _Relay(QObject):
    """What jobs emit by: it lives as long as any of them, whatever becomes of the window."""

    made = Signal(object, int, object)


class Thumbnails(QObject):
    """Thumbnails by path: kept ones at once, others later.

    At most a few are made at a time, in the order they were asked for; when one's turn comes
    and ``is_wanted(row)`` says no, it is dropped. The kept ones take ``CACHE_BYTES`` at most.
    A file's ``version`` (such as its size and time) tells a replaced file from the one before.

    Signal: ``changed`` with the row whose thumbnail is there now, or can't be made.
    """

    changed = Signal(int)

    def __init__(
        self,
        is_wanted: Callable[[int], bool],
        load: Load = load_thumbnail,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._is_wanted = is_wanted
        self._load = load
        self._edge = 0
        self._kept: OrderedDict[Key, QPixmap] = OrderedDict()
        self._kept_bytes = 0
        self._problems: dict[Key, Exception] = {}
        self._waiting: dict[Key, int] = {}
        self._making: dict[Key, int | None] = {}  # the row that waits for it, if any
        self._pool = QThreadPool()  # without a parent: close() ends it before it is deleted
        self._pool.setMaxThreadCount(THREADS)
        self._pool.setThreadPriority(QThread.Priority.LowPriority)
        self._relay = _Relay()
        self._relay.made.connect(self._take)
        self._finalizer = weakref.finalize(self, finish, self._pool)
        self.destroyed.connect(self._finalizer)

    def reset(self, edge: int) -> None:
        """Forget what was asked for and what failed; thumbnails fit ``edge`` pixels now."""
        self._waiting.clear()
        self._making = dict.fromkeys(self._making)
        self._problems.clear()
        if edge != self._edge:
            self._edge = edge
            self._making.clear()
            self._kept.clear()
            self._kept_bytes = 0

    def get(self, path: Path, row: int, version: Hashable = None) -> QPixmap | None:
        """The thumbnail of ``path``, or None, and then it is asked for."""
        key = path, version
        pixmap = self._kept.get(key)
        if pixmap is not None:
            self._kept.move_to_end(key)
        elif key in self._making:
            self._making[key] = row
        elif key not in self._problems:
            self._waiting[key] = row
            self._start()
        return pixmap

    def problem(self, path: Path, version: Hashable = None) -> Exception | None:
        """Why ``path`` has no thumbnail, if that is known."""
        return self._problems.get((path, version))

    def close(self) -> None:
        """Wait for the thumbnail being made, drop the others. Also done on destruction."""
        self._waiting.clear()
        self._finalizer()

    def _start(self) -> None:
        while self._waiting and len(self._making) < 2 * THREADS and self._finalizer.alive:
            key = next(iter(self._waiting))
            row = self._waiting.pop(key)
            if self._is_wanted(row):
                self._making[key] = row
                job = _job(self._load, key, self._edge, self._relay)
                self._pool.start(job)

    def _take(self, key: Key, edge: int, answer: QImage | Exception) -> None:
        if edge != self._edge:
            return
        row = self._making.pop(key, None)
        if not isinstance(answer, QImage):
            self._problems[key] = answer
        elif key not in self._kept:
            self._keep(key, QPixmap.fromImage(answer))
        if row is not None:
            self.changed.emit(row)
        self._start()

    def _keep(self, key: Key, pixmap: QPixmap) -> None:
        self._kept[key] = pixmap
        self._kept_bytes += _bytes(pixmap)
        while self._kept_bytes > CACHE_BYTES and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= _bytes(oldest)


def _job(load: Load, key: Key, edge: int, relay: _Relay) -> Callable[[], None]:
    def make() -> None:
        answer: QImage | Exception
        try:
            answer = to_qimage(load(key[0], edge))
        except Exception as error:  # a picture must not end a thread of the pool
            answer = error
        relay.made.emit(key, edge, answer)

    return make


def _bytes(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
