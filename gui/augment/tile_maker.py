"""Makes the pictures of the preview's tiles side by side, and never holds the window up."""

import os
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from gui.augment.tiles import Tile
from gui.controls.image_view import to_qimage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WAIT_SECONDS = 0.012
_LOOK_MILLISECONDS = 2
_MOST_THREADS = 4


@dataclass(frozen=True)
class _Job:
    tile: Tile
    pixels: "Future[NDArray[np.uint8]]"


class TileMaker(QObject):
    """Keeps a picture for each wanted tile; an old one stays until the new one is there.

    Only tiles that ``is_seen(key)`` are made, and only where what they show has changed. Those
    that are there within a blink come at once, so that they are painted together; the rest
    follow. Under a slider that moves faster than tiles are made, those that waited longest come
    first, and what was begun is still shown: each tile follows. Signal: ``made`` with the keys
    of the tiles that have a new picture.
    """

    made = Signal(object)

    def __init__(self, is_seen: Callable[[Hashable], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_seen = is_seen
        self._wanted: dict[Hashable, Tile] = {}
        self._pictures: dict[Hashable, QImage] = {}
        self._contents: dict[Hashable, tuple[object, ...]] = {}
        self._turns: dict[Hashable, int] = {}
        self._turn = 0
        self._jobs: dict[Hashable, _Job] = {}
        self._timer = QTimer(self, interval=_LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._go_on)

    @property
    def is_busy(self) -> bool:
        """Whether tiles that are seen have an older picture than is asked for."""
        return self._timer.isActive()

    def picture(self, key: Hashable) -> QImage | None:
        """The latest picture of a tile, at the network's size; None before the first."""
        return self._pictures.get(key)

    def make(self, tiles: Sequence[Tile]) -> None:
        """Let there be these tiles from now on."""
        self._wanted = {tile.key: tile for tile in tiles}
        for kept in (self._pictures, self._contents, self._turns):
            for key in [key for key in kept if key not in self._wanted]:
                del kept[key]
        for key, job in list(self._jobs.items()):
            if self._wanted.get(key) is not job.tile and job.pixels.cancel():
                del self._jobs[key]
        self.look()

    def look(self) -> None:
        """Make what is seen and out of date; wait a moment for it."""
        self._submit()
        if self._jobs:
            wait([job.pixels for job in self._jobs.values()], WAIT_SECONDS)
        self._go_on()

    def _go_on(self) -> None:
        made = []
        for key, job in list(self._jobs.items()):
            if job.pixels.done():
                del self._jobs[key]
                if key in self._wanted:
                    self._take(job)
                    made.append(key)
        self._submit()
        if self._jobs:
            self._timer.start()
        else:
            self._timer.stop()
        if made:
            self.made.emit(made)

    def _submit(self) -> None:
        stale = [tile for tile in self._wanted.values() if self._is_stale(tile)]
        stale.sort(key=lambda tile: self._turns.get(tile.key, 0))
        for tile in stale:
            self._jobs[tile.key] = _Job(tile, _threads().submit(tile.pixels))

    def _is_stale(self, tile: Tile) -> bool:
        return (
            tile.key not in self._jobs
            and self._contents.get(tile.key) != tile.content
            and self._is_seen(tile.key)
        )

    def _take(self, job: _Job) -> None:
        key = job.tile.key
        self._turn += 1
        self._pictures[key] = to_qimage(job.pixels.result())
        self._contents[key] = job.tile.content
        self._turns[key] = self._turn


@cache
def _threads() -> ThreadPoolExecutor:
    """For all views together: OpenCV and numpy let other threads run meanwhile."""
    workers = min(_MOST_THREADS, os.cpu_count() or 1)
    return ThreadPoolExecutor(workers, thread_name_prefix="tiles")
