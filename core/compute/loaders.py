"""Pictures as batches of arrays, read or decoded and then warped, ahead on threads.

Decoding and warping release the GIL, so a small thread pool is enough and no worker
processes are needed.
"""

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.augmentation.augment import apply, sample
from core.augmentation.draws import draws
from core.augmentation.parameters import Parameters
from core.common.messages import ThawError
from core.compute.feature_plan import StagePlan, named_draws, view_of_repeat
from core.compute.kept_pictures import KeptPictures
from core.compute.repeats import picture_of, times_before
from core.images import errors as image_errors
from core.images import load as images
from core.model.backbone import Stopped
from core.recipe.config import AugmentationConfig, DatasetConfig, RunConfig
from core.runs.images import Picture

# Two feed a network on two cores; more cores, or an accelerator beside them, ask for more.
THREADS = max(2, min(8, (os.cpu_count() or 1) // 2))
PICTURES_AHEAD = 64
STOP_LOOK_SECONDS = 0.1  # a large picture decodes for seconds


@dataclass(frozen=True)
class Augmenting:
    """How training pictures are changed: the draws are named by (seed, epoch, picture, view)."""

    config: AugmentationConfig
    seed: int
    epoch: int
    view: int = 0

    def view_of(self, position: int) -> int:
        """The view at ``position``, which may be that of a repeat."""
        return view_of_repeat(self.config, self.view, times_before(position))


def augmenting_of(config: RunConfig, plan: StagePlan, over_run: int) -> Augmenting | None:
    """How the pictures of a stage's epoch, counted over the run, are changed; None: not at all."""
    if not plan.augmented:
        return None
    drawn = named_draws(config, over_run)
    return Augmenting(config.augmentation, drawn.seed, drawn.epoch, drawn.view)


@dataclass(frozen=True)
class PictureBatch:
    """Some pictures as uint8 [N, S, S, 3], with their positions; ``failed`` has the
    positions that could not be read, with the error."""

    positions: tuple[int, ...]
    pictures: Tensor
    failed: tuple[tuple[int, image_errors.ImageError], ...]


class PictureLoader:
    """Reads the pictures of one run. Use as a context manager: it owns threads.

    ``kept``, where it is set, gives and keeps the fitted pictures. A file whose content is no
    longer that of the run's table is an error of its picture (picture_changed).
    """

    def __init__(
        self,
        folder: Path,
        pictures: Sequence[Picture],
        config: DatasetConfig,
        stop: threading.Event,
        kept: KeptPictures | None = None,
    ) -> None:
        self.kept = kept
        self._folder, self._pictures, self._config = folder, pictures, config
        self._stop = stop
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="thaw-decode")

    def __enter__(self) -> "PictureLoader":
        return self

    def __exit__(self, *_: object) -> None:
        """Let the threads end. A decode under way is not waited for: its thread ends after it."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def path(self, position: int) -> Path:
        """Where the picture at ``position`` is read from."""
        return self._folder / self._pictures[picture_of(position)].path

    def batches(
        self, groups: Iterable[Sequence[int]], augmenting: Augmenting | None = None
    ) -> Iterator[PictureBatch]:
        """One batch for each group of positions, in order, a few pictures read ahead.

        Repeats of a picture (``core.repeats``) have draws of their own: those of as many views
        later. With kept views all of them are the same. Raises ``Stopped``, and ``ThawError``
        (folder_vanished) where the folder has gone.
        """
        waiting: deque[list[tuple[int, Future[np.ndarray]]]] = deque()
        ahead = 0
        for group in self._changed(groups, augmenting):
            jobs = [
                (position, self._pool.submit(self._read, position, change))
                for position, change in group
            ]
            waiting.append(jobs)
            ahead += len(jobs)
            while waiting and ahead > PICTURES_AHEAD:
                ahead -= len(waiting[0])
                yield self._collect(waiting.popleft())
        while waiting:
            yield self._collect(waiting.popleft())

    def _changed(
        self, groups: Iterable[Sequence[int]], augmenting: Augmenting | None
    ) -> Iterator[list[tuple[int, Parameters | None]]]:
        """Each group's positions with what their pictures get, many groups' drawn in one call:
        a group may be a single picture, for which arrays are slow."""
        for several in _gathered(groups):
            changes = iter(self._changes([one for group in several for one in group], augmenting))
            for group in several:
                yield [(position, next(changes)) for position in group]

    def _changes(
        self, positions: Sequence[int], augmenting: Augmenting | None
    ) -> Iterable[Parameters | None]:
        if augmenting is None:
            return [None] * len(positions)
        keys = [self._pictures[picture_of(position)].key for position in positions]
        views = [augmenting.view_of(position) for position in positions]
        drawn = draws(augmenting.seed, augmenting.epoch, keys, views)
        return sample(augmenting.config, drawn)

    def _read(self, position: int, change: Parameters | None) -> np.ndarray:
        if self._stop.is_set():
            raise Stopped
        picture = self._pictures[picture_of(position)]
        pixels = self._fitted(picture)
        return pixels if change is None else apply(pixels, change)

    def _fitted(self, picture: Picture) -> np.ndarray:
        kept = self.kept  # which may be taken away meanwhile
        pixels = kept.get(picture) if kept else None
        if pixels is None:
            pixels = self._decoded(picture)
            if kept:
                kept.put(picture, pixels)
        return pixels

    def _decoded(self, picture: Picture) -> np.ndarray:
        data = images.read_bytes(self._folder / picture.path)
        if picture.hash and images.content_hash(data) != picture.hash:
            raise image_errors.ImageError("picture_changed")
        return images.prepare_for(self._config, data)

    def _finished(self, job: Future[np.ndarray]) -> np.ndarray:
        while True:
            if self._stop.is_set():
                raise Stopped
            if wait([job], STOP_LOOK_SECONDS).done:
                return job.result()

    def _collect(self, jobs: list[tuple[int, Future[np.ndarray]]]) -> PictureBatch:
        positions, arrays, failed = [], [], []
        for position, job in jobs:
            try:
                arrays.append(self._finished(job))
                positions.append(position)
            except image_errors.ImageError as error:
                if not self._folder.is_dir():
                    raise ThawError("folder_vanished", path=str(self._folder)) from None
                failed.append((position, error))
        size = self._config.image_size
        stacked = np.stack(arrays) if arrays else np.empty((0, size, size, 3), np.uint8)
        return PictureBatch(tuple(positions), torch.from_numpy(stacked), tuple(failed))


def _gathered(groups: Iterable[Sequence[int]]) -> Iterator[list[Sequence[int]]]:
    """The groups, several together: as many as hold the pictures that are read ahead."""
    several: list[Sequence[int]] = []
    for group in groups:
        several.append(group)
        if sum(map(len, several)) >= PICTURES_AHEAD:
            yield several
            several = []
    if several:
        yield several
