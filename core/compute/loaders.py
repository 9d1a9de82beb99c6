"""Loads images as batches of arrays: read or decoded, then warped, ahead of use on threads.

Decoding and warping release the GIL, so a small thread pool is enough and no worker processes are
needed. Fitted images are kept on disk, so that images needed again are decoded once.

An epoch may train on an image more than once. Each repeat has a position of its own: the image's
position plus one stride for each time that it was there before.
"""

import logging
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.augmentation.augment import augment
from core.common.messages import ThawError
from core.compute.cache import budget as cache_budget
from core.compute.cache.records import MissingError, RecordStore
from core.compute.feature_plan import StagePlan, named_draws, view_of_repeat
from core.images import errors as image_errors
from core.images import load as images
from core.model.backbone import Stopped
from core.recipe.config import AugmentationConfig, DatasetConfig, RunConfig
from core.runs.images import Picture

KIND = "pictures"
_LIBRARIES = ("numpy", "opencv-python-headless", "pillow", "pillow-heif")

_log = logging.getLogger(__name__)


class KeptPictures:
    """The uint8 pictures [size, size, 3] of one way of decoding and fitting; from any thread."""

    def __init__(self, root: Path, config: DatasetConfig, pictures: Sequence[Picture] = ()) -> None:
        """``pictures`` are those that ``make_room`` is for."""
        self._size, self._pictures = config.image_size, pictures
        self.store = RecordStore(root, self._size**2 * 3, {"kind": KIND, **decoding(config)})

    def make_room(self) -> bool:
        """Whether the disk has room for those of its pictures that are not there yet."""
        names = {content_name(one) for one in self._pictures} - {b""}
        needed = sum(not self.store.holds(name) for name in names) * self.store.record_bytes
        return not needed or cache_budget.make_room(needed, [self.store.folder])

    def close(self) -> None:
        """Let go of all files; from then on it is empty and keeps nothing."""
        self.store.close()

    def get(self, picture: Picture) -> np.ndarray | None:
        """The picture, if it is there."""
        with suppress(MissingError):
            return self.store.get([content_name(picture)]).reshape(self._size, self._size, 3)
        return None

    def put(self, picture: Picture, pixels: np.ndarray) -> None:
        """Keep a picture; without a word where there is no room for it."""
        name = content_name(picture)
        try:
            if name:
                self.store.put(name, np.ascontiguousarray(pixels))
        except OSError as error:  # it is only decoded again
            _log.warning("pictures are no longer kept: %s", error)


def decoding(config: DatasetConfig) -> dict[str, object]:
    """What decides which pixels a file's content becomes; JSON values."""
    return {
        "decoder": images.DECODER_VERSION,
        "libraries": _versions(),
        "image_size": config.image_size,
        "fit": config.fit,
        "background": list(config.background_color),
    }


def content_name(picture: Picture, drawn: bool = False) -> bytes:
    """A record's name, 32 bytes: the content of the picture's file, and for what draws changed
    also the path that names them. Empty, and no record's, where the content is not known."""
    if not picture.hash:
        return b""
    path = picture.key if drawn else ""
    text = f"{picture.hash}/{path}".encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=32).digest()


@cache
def _versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


_STRIDE = 2**32  # more pictures than a folder holds


def repeated(picture: int, times: int) -> int:
    """The position of the picture at ``picture`` after it was there ``times`` times."""
    return picture + times * _STRIDE


def picture_of(position: int) -> int:
    """The position of the picture itself."""
    return position % _STRIDE


def pictures_of(groups: Iterable[Sequence[int]]) -> list[int]:
    """The positions of all groups' pictures, each once, in their order."""
    return list(dict.fromkeys(picture_of(one) for group in groups for one in group))


def times_before(position: int) -> int:
    """How often the picture was there before, in its epoch."""
    return position // _STRIDE


def name_of(position: int, keys: Sequence[str]) -> str:
    """What draws for ``position`` are named by: its picture's key, of all pictures' ``keys``, and
    for a repeat which one it is."""
    key, times = keys[picture_of(position)], times_before(position)
    return f"{key}\0{times}" if times else key


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

        Repeats of a picture (``repeated``) have draws of their own: those of as many
        views later. With kept views all of them are the same. Raises ``Stopped``, and ``ThawError``
        (folder_vanished) where the folder has gone.
        """
        waiting: deque[list[tuple[int, Future[np.ndarray]]]] = deque()
        ahead = 0
        for group in groups:
            jobs = [(one, self._pool.submit(self._read, one, augmenting)) for one in group]
            waiting.append(jobs)
            ahead += len(jobs)
            while waiting and ahead > PICTURES_AHEAD:
                ahead -= len(waiting[0])
                yield self._collect(waiting.popleft())
        while waiting:
            yield self._collect(waiting.popleft())

    def _read(self, position: int, augmenting: Augmenting | None) -> np.ndarray:
        if self._stop.is_set():
            raise Stopped
        picture = self._pictures[picture_of(position)]
        pixels = self._fitted(picture)
        if augmenting is None:
            return pixels
        named = augmenting.seed, augmenting.epoch, picture.key
        return augment(pixels, augmenting.config, *named, augmenting.view_of(position))

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
