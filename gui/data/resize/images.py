"""One sample untouched and made square in each way, off the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import get_args

from PySide6.QtCore import QObject, Signal

from core.common.messages import ThawError
from core.images import load as images
from core.recipe.config import DatasetConfig, FitPolicy
from gui.base.background import Latest, Progress
from gui.controls.image_view import to_qimage

_THREADS = 2
_LARGEST = 960  # pixels: the longest side of the untouched picture, on a sharp display too


class FitPictures(QObject):
    """Signals: ``original_made`` with an image and the picture's upright (width, height);
    ``fitted`` with a fit policy and the image that training gets; ``failed`` with a
    ``ThawError``. Nothing is heard of what was asked for before."""

    original_made = Signal(object, object)
    fitted = Signal(str, object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._original = Latest(self, threads=_THREADS)
        self._original.done.connect(lambda made: self.original_made.emit(*made))
        self._original.failed.connect(self.failed)
        self._fits = {fit: self._fit_job(fit) for fit in get_args(FitPolicy)}

    def make(self, path: Path, config: DatasetConfig) -> None:
        """Make those of ``path`` as ``config`` says; its own way comes first."""
        self._original.submit(_unless_stopped(partial(_untouched, path, config)))
        for fit in sorted(self._fits, key=lambda fit: fit != config.fit):
            self._fits[fit].submit(_unless_stopped(partial(_fitted, path, config, fit)))

    def close(self) -> None:
        """Drop what is being made, and wait for its end."""
        for job in (self._original, *self._fits.values()):
            job.cancel()
        self._original.wait()

    def _fit_job(self, fit: str) -> Latest:
        job = Latest(self, self._original)
        job.done.connect(lambda image: self.fitted.emit(fit, image))
        return job


def _unless_stopped(make: Callable[[], object]) -> Callable[[threading.Event, Progress], object]:
    def work(stop: threading.Event, _progress: Progress) -> object:
        if stop.is_set():  # it waited for its turn, and another sample came
            raise ThawError("stopped")
        return make()

    return work


def _untouched(path: Path, config: DatasetConfig) -> object:
    limit, background = config.max_megapixels, config.background_color
    header = images.read_header(path, max_megapixels=limit)
    edge = min(max(header.width, header.height), _LARGEST)
    picture = images.thumbnail(path, edge, background=background, max_megapixels=limit)
    width, height = header.upright
    shown_height, shown_width = picture.shape[:2]
    if (shown_width - shown_height) * (width - height) < 0:  # EXIF that the header doesn't have
        width, height = height, width
    return to_qimage(picture), (width, height)


def _fitted(path: Path, config: DatasetConfig, fit: FitPolicy) -> object:
    return to_qimage(images.load_for(config.model_copy(update={"fit": fit}), path))
