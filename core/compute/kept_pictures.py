"""Fitted pictures kept on disk, so that pictures needed again and again are decoded once."""

import logging
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from core.compute.cache import budget as cache_budget
from core.compute.cache.records import MissingError, RecordStore
from core.images import load as images
from core.recipe.config import DatasetConfig
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
        names = {name for one in self._pictures if (name := content_name(one)) is not None}
        needed = sum(not self.store.holds(name) for name in names) * self.store.record_bytes
        return not needed or cache_budget.make_room(needed, [self.store.folder])

    def close(self) -> None:
        """Let go of all files; from then on it is empty and keeps nothing."""
        self.store.close()

    def get(self, picture: Picture) -> np.ndarray | None:
        """The picture, if it is there."""
        name = content_name(picture)
        if name is None or not self.store.holds(name):
            return None
        try:
            pixels: np.ndarray = self.store.get([name])[0].reshape(self._size, self._size, 3)
        except MissingError:
            return None
        return pixels

    def put(self, picture: Picture, pixels: np.ndarray) -> None:
        """Keep a picture; without a word where there is no room for it."""
        name = content_name(picture)
        if name is None:
            return
        try:
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


def content_name(picture: Picture, drawn: bool = False) -> bytes | None:
    """A record's name, 32 bytes: the content of the picture's file, and for what draws changed
    also the path that names them. None where the content is not known."""
    if not picture.hash:
        return None
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
