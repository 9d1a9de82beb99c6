"""The frozen blocks' outputs, kept on disk for this run and every later one.

A record is one picture's features in the run's number format, [H, W, C]. Its store is about all
that decides their bits, its name is the content of the picture, so that whatever else a recipe
says, a picture passes the same blocks once.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.compute.cache import budget as cache_budget
from core.compute.cache.records import MissingError, RecordStore
from core.compute.feature_plan import PLAIN, Key, picture_bytes
from core.compute.kept_pictures import content_name, decoding
from core.compute.numerics import Numerics, environment
from core.model.backbone import Backbone
from core.recipe import vgg16
from core.recipe.config import AugmentationConfig, RunConfig
from core.runs.images import Picture

KIND = "features"
# Count the times that the same blocks, or the same draws, came to give other bits.
PASS_VERSION, AUGMENTATION_VERSION = 1, 1
_CHECKED_AT_ONCE = 32  # records


class DiskStore:
    """Features of a run's ``pictures``, by position, for the keys that have been opened.

    Once a write has failed, ``failure`` says why, and nothing more is kept.
    """

    def __init__(
        self,
        root: Path,
        config: RunConfig,
        numerics: Numerics,
        backbone: Backbone,
        pictures: Sequence[Picture],
    ) -> None:
        self._root, self._config, self._numerics = root, config, numerics
        self._backbone, self._pictures = backbone, pictures
        self._micro_batch, self._bits = numerics.micro_batch, what_changes_bits(numerics)
        self._weights: dict[tuple[int, int], str] = {}
        self._plain = [content_name(one) for one in pictures]
        self._drawn = [content_name(one, drawn=True) for one in pictures]
        self._stores: dict[Key, RecordStore] = {}
        self._writable: set[Key] = set()
        self._whole: dict[Key, set[int]] = {}
        self._promised: dict[Key, set[bytes]] = {}
        self.failure: OSError | None = None

    def open(self, key: Key, positions: Iterable[int]) -> int:
        """Find what is there of ``key``, whose blocks must be as they are now; the bytes of
        ``positions`` that could not be kept for lack of room."""
        if key not in self._stores:
            size = self._config.dataset.image_size
            record_bytes = picture_bytes(key, size, self._numerics.dtype.itemsize)
            about = self._about(key)
            self._stores[key] = RecordStore(self._root, record_bytes, about)
            self._whole[key] = set()
        store = self._stores[key]
        names = {name for one in positions if (name := self._name(key, one)) is not None}
        needed = sum(not store.holds(name) for name in names) * store.record_bytes
        folders = [one.folder for one in self._stores.values()]
        if needed and not (
            self.can_write and cache_budget.make_room(self._still_to_come() + needed, folders)
        ):
            return needed
        self._promised[key] = names
        self._writable.add(key)
        store.touch()
        return 0

    @property
    def can_write(self) -> bool:
        """Whether it still keeps what is put."""
        # with another micro-batch the same picture has other bits than the stores are about
        return self.failure is None and self._numerics.micro_batch == self._micro_batch

    def takes(self, key: Key) -> bool:
        """Whether it keeps what is put of ``key``."""
        return self.can_write and key in self._writable

    def keeps(self, key: Key, position: int) -> bool:
        """Whether it holds this picture's features, or would if they were put."""
        return self.holds(key, position) or (
            self.takes(key) and self._name(key, position) is not None
        )

    def holds(self, key: Key, position: int) -> bool:
        """Whether this picture's features are there, as far as is known without reading them."""
        name = self._name(key, position)
        return key in self._stores and name is not None and self._stores[key].holds(name)

    def lost(self, key: Key, positions: Sequence[int]) -> list[int]:
        """Those of ``positions`` that it turns out not to hold when they are read; only the
        first time that each is asked for costs anything."""
        unread = [one for one in positions if one not in self._whole[key]]
        for first in range(0, len(unread), _CHECKED_AT_ONCE):
            piece = unread[first : first + _CHECKED_AT_ONCE]
            try:
                self._records(key, piece)
            except MissingError:
                self._whole[key].update(one for one in piece if self.holds(key, one))
            else:
                self._whole[key].update(piece)
        return [one for one in unread if one not in self._whole[key]]

    def put(self, key: Key, position: int, features: Tensor) -> bool:
        """Keep one picture's features [C, H, W]; whether it did."""
        name = self._name(key, position)
        if name is None or not self.takes(key):
            return False
        record = features.detach().permute(1, 2, 0).to("cpu", self._numerics.dtype).contiguous()
        store = self._stores[key]
        try:
            if not store.holds(name):
                store.put(name, record.view(torch.uint8).numpy())
        except OSError as error:
            self.failure = error
        return self.failure is None

    def get(self, key: Key, positions: Sequence[int]) -> Tensor:
        """Features [N, C, H, W] of pictures that it holds, channels last in memory.

        Raises ``MissingError`` where one has gone or was damaged.
        """
        channels, height, width = vgg16.feature_shape(key.boundary, self._config.dataset.image_size)
        records = torch.from_numpy(self._records(key, positions)).view(self._numerics.dtype)
        return records.reshape(len(positions), height, width, channels).permute(0, 3, 1, 2)

    def leave_out(self, positions: Iterable[int]) -> None:
        """Need no more room for these pictures: they will not be put."""
        gone = list(positions)
        for key, names in self._promised.items():
            names.difference_update(self._name(key, one) or b"" for one in gone)

    def refresh(self) -> None:
        """Find what other processes have added."""
        for store in self._stores.values():
            store.refresh()

    def drop(self, unneeded: Iterable[Key]) -> None:
        """Let go of some keys; what is kept of them stays on disk."""
        for key in unneeded:
            self._writable.discard(key)
            self._promised.pop(key, None)
            self._whole.pop(key, None)
            store = self._stores.pop(key, None)
            if store is not None:
                store.close()

    def close(self) -> None:
        """Let go of all files."""
        self.drop(list(self._stores))

    def _still_to_come(self) -> int:
        """The bytes of all that has room and is not there yet."""
        return sum(
            sum(not self._stores[key].holds(name) for name in names)
            * self._stores[key].record_bytes
            for key, names in self._promised.items()
        )

    def _records(self, key: Key, positions: Sequence[int]) -> np.ndarray:
        names = [self._name(key, one) or b"" for one in positions]
        return self._stores[key].get(names)

    def _name(self, key: Key, position: int) -> bytes | None:
        return (self._plain if key.view == PLAIN else self._drawn)[position]

    def _about(self, key: Key) -> dict[str, object]:
        place = key.boundary, key.version
        if place not in self._weights:
            self._weights[place] = weights_hash(self._backbone, key.boundary)
        return about(self._config, key, self._weights[place], self._bits)


def about(
    config: RunConfig, key: Key, weights: str, bits: Mapping[str, object]
) -> dict[str, object]:
    """What decides the bits of ``key``'s features, as their store tells it; ``weights`` is the
    hash of the blocks that they passed."""
    told = {
        "kind": KIND,
        **decoding(config.dataset),
        "boundary": key.boundary,
        "weights": weights,
        **bits,
    }
    return told if key.view == PLAIN else told | drawing(config.augmentation, key.view)


def what_changes_bits(numerics: Numerics) -> dict[str, object]:
    """What decides a pass's bits beside its weights; JSON values."""
    now = environment(numerics)
    names = ("precision", "micro_batch", "threads", "device", "accelerator", "processor")
    return {
        "pass": PASS_VERSION,
        "torch": torch.__version__,
        **{name: now[name] for name in (*names, "instructions")},
    }


def drawing(config: AugmentationConfig, view: int) -> dict[str, object]:
    """What decides the pixels of a kept view; JSON values."""
    ranges = config.model_dump(mode="json", exclude={"cached_views"})
    return {"augmentation": ranges, "augmentation_version": AUGMENTATION_VERSION, "view": view}


def weights_hash(backbone: Backbone, boundary: int) -> str:
    """BLAKE2b, 16 bytes in hexadecimal digits, of the first ``boundary`` blocks as they are
    now, and of what pictures are normalised by."""
    digest = blake2b(repr((backbone.mean, backbone.std)).encode(), digest_size=16)
    for number in range(1, boundary + 1):
        for name, values in backbone.block(number).state_dict().items():
            digest.update(f"{number}.{name}".encode())
            digest.update(values.detach().cpu().contiguous().numpy().data)
    return digest.hexdigest()
