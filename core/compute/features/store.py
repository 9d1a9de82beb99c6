"""The feature cache: outputs of frozen blocks, kept on disk, else in memory, else nowhere.

On disk they serve this run and every later one. A record is one image's features in the run's
number format, [H, W, C]. Everything that decides its bits names the store, and the content of the
image names the record, so an image passes the same blocks once, whatever else a recipe says.

``held`` tells what a recipe would find on disk, without reading a single image.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.compute import numerics as compute_numerics
from core.compute.cache import budget as cache_budget
from core.compute.cache import records as cache_records
from core.compute.cache.records import MissingError, RecordStore
from core.compute.feature_plan import PLAIN, Key, Part, picture_bytes, plan, share_out
from core.compute.loaders import content_name, decoding
from core.compute.numerics import Numerics, environment
from core.dataset.summary import Sample
from core.model import backbone as model_backbone
from core.model.backbone import Backbone
from core.recipe import vgg16
from core.recipe.config import (
    RANDOM,
    AugmentationConfig,
    Normalization,
    NormalizationName,
    RunConfig,
)
from core.runs.events import Notice
from core.runs.images import Picture

KIND = "features"
# Count the times that the same blocks, or the same draws, came to give other bits.
PASS_VERSION, AUGMENTATION_VERSION = 1, 1


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
        names = {position: self._name(key, position) or b"" for position in positions}
        gone = set(self._stores[key].missing(list(names.values())))
        return [position for position, name in names.items() if name in gone]

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

    def refresh(self) -> None:
        """Find what other processes have added."""
        for store in self._stores.values():
            store.refresh()

    def drop(self, unneeded: Iterable[Key]) -> None:
        """Let go of some keys; what is kept of them stays on disk."""
        for key in unneeded:
            self._writable.discard(key)
            self._promised.pop(key, None)
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


class MemoryStore:
    """Features of some images (by position) for some keys, for one run.

    Of ``needed`` those are held that ``share_out`` gives room in ``budget`` bytes.
    """

    def __init__(
        self,
        needed: Mapping[Key, Sequence[int]],
        image_size: int,
        dtype: torch.dtype,
        budget: int,
    ) -> None:
        self._image_size, self._dtype, self._left = image_size, dtype, budget
        self._rows: dict[Key, dict[int, int]] = {}
        self._values: dict[Key, Tensor] = {}
        self._filled: dict[Key, set[int]] = {}
        sizes = [(key, self._size(key, len(some))) for key, some in needed.items()]
        for key in share_out(sizes, budget)[0]:
            self.add(key, needed[key])

    def add(self, key: Key, positions: Sequence[int]) -> bool:
        """Whether there is room for ``key`` from now on."""
        size = self._size(key, len(positions))
        if key in self._rows or size > self._left:
            return key in self._rows
        self._left -= size
        self._rows[key] = {position: row for row, position in enumerate(positions)}
        self._filled[key] = set()
        return True

    def keeps(self, key: Key, position: int) -> bool:
        """Whether there is room for this image's features."""
        return position in self._rows.get(key, ())

    def holds(self, key: Key, position: int) -> bool:
        """Whether this image's features are there."""
        return position in self._filled.get(key, ())

    def lost(self, key: Key, positions: Sequence[int]) -> list[int]:
        """None: what is in memory is there."""
        return []

    def put(self, key: Key, position: int, features: Tensor) -> bool:
        """Keep one image's features [C, H, W]; whether there was room."""
        if not self.keeps(key, position):
            return False
        if key not in self._values:
            channels, height, width = vgg16.feature_shape(key.boundary, self._image_size)
            shape = (len(self._rows[key]), height, width, channels)
            self._values[key] = torch.empty(shape, dtype=self._dtype)
        self._values[key][self._rows[key][position]] = features.permute(1, 2, 0)
        self._filled[key].add(position)
        return True

    def get(self, key: Key, positions: Sequence[int]) -> Tensor:
        """Features [N, C, H, W] of images that it holds, channels last in memory."""
        rows = self._rows[key]
        index = torch.tensor([rows[position] for position in positions])
        return self._values[key].index_select(0, index).permute(0, 3, 1, 2)

    def drop(self, unneeded: Iterable[Key]) -> None:
        """Free the memory of some keys."""
        for key in unneeded:
            self._left += self._size(key, len(self._rows.pop(key, ())))
            self._values.pop(key, None)
            self._filled.pop(key, None)

    @property
    def keys(self) -> tuple[Key, ...]:
        """What it may hold, the deepest boundary first."""
        return tuple(self._rows)

    def _size(self, key: Key, images: int) -> int:
        return images * picture_bytes(key, self._image_size, self._dtype.itemsize)


class FeatureStore:
    """Features of a run's images, by position; ``needed`` has those of each key.

    Each key has one place: the disk where there is room, else memory, else none. When the disk
    fails on the way, a key that is not complete moves to memory with what the disk has of it;
    without room there, that is still read from the disk. ``notices`` say what a person should
    know of it.
    """

    def __init__(
        self,
        needed: Mapping[Key, Sequence[int]],
        image_size: int,
        dtype: torch.dtype,
        budget: int,
        disk: DiskStore | None = None,
    ) -> None:
        self._needed = {key: list(some) for key, some in needed.items() if key.boundary}
        self._image_size, self._dtype, self._budget = image_size, dtype, budget
        self._memory = MemoryStore(self._needed, image_size, dtype, budget)
        self._disk = disk
        self._opened: set[Key] = set()
        self._notices: list[Notice] = []
        self._failed = False

    def open(self, keys: Iterable[Key], positions: Sequence[int] = ()) -> None:
        """Make room for some keys, whose blocks must be as they are now, the deepest first; of
        ``positions`` where nobody foresaw that they would be needed."""
        self._leave_disk_if_needed()
        fresh = [key for key in set(keys) - self._opened if key.boundary]
        fresh.sort(key=lambda one: (-one.boundary, one))
        self._opened.update(fresh)
        for key in fresh:
            some = self._needed.setdefault(key, list(positions))
            if self._disk is not None and not self._disk.open(key, some):
                self._memory.drop([key])
        for key in fresh:
            if not self.is_on_disk(key):
                self._tell(key, self._move(key))

    def is_on_disk(self, key: Key) -> bool:
        """Whether what is put of ``key`` goes to the disk."""
        return self._disk is not None and self._place(key) is self._disk and self._disk.takes(key)

    def keeps(self, key: Key, position: int) -> bool:
        """Whether these features are kept, or will be once they are computed."""
        place = self._place(key)
        return place is not None and place.keeps(key, position)

    def holds(self, key: Key, position: int) -> bool:
        """Whether these features are there, as far as is known without reading them."""
        place = self._place(key)
        return place is not None and place.holds(key, position)

    def lost(self, key: Key, positions: Sequence[int]) -> list[int]:
        """Those of ``positions`` that turn out not to be there when they are read."""
        place, held = self._place(key), [one for one in positions if self.holds(key, one)]
        return place.lost(key, held) if place is not None and held else []

    def put(self, key: Key, position: int, features: Tensor) -> None:
        """Keep one image's features [C, H, W], where there is room."""
        place = self._place(key)
        if place is not None and not place.put(key, position, features):
            self._leave_disk_if_needed()
            self._memory.put(key, position, features)

    def get(self, key: Key, positions: Sequence[int]) -> Tensor:
        """Features [N, C, H, W] of images that it holds, channels last in memory.

        Raises ``MissingError`` where one has gone or was damaged.
        """
        place = self._place(key)
        if place is None or not all(place.holds(key, one) for one in positions):
            raise MissingError([])
        return place.get(key, positions)

    def refresh(self) -> None:
        """Find what other processes have put on the disk."""
        if self._disk is not None:
            self._disk.refresh()

    def drop(self, unneeded: Iterable[Key]) -> None:
        """Free what some keys take, but on disk."""
        keys = list(unneeded)
        self._memory.drop(keys)
        if self._disk is not None:
            self._disk.drop(keys)
        self._opened -= set(keys)

    def notices(self) -> Iterator[Notice]:
        """What has come up since the last call."""
        while self._notices:
            yield self._notices.pop(0)

    def close(self) -> None:
        """Let go of all files."""
        if self._disk is not None:
            self._disk.close()

    @property
    def keys(self) -> tuple[Key, ...]:
        """What it may hold now, the deepest boundary first."""
        kept = [one for one in self._opened if self.is_on_disk(one) or one in self._memory.keys]
        return tuple(sorted(kept, key=lambda one: (-one.boundary, one)))

    def _place(self, key: Key) -> DiskStore | MemoryStore | None:
        return self._memory if key in self._memory.keys else self._disk

    def _move(self, key: Key) -> bool:
        """Whether memory has room for ``key``, and what the disk has of it."""
        disk = self._disk
        if not self._memory.add(key, self._needed[key]):
            return False
        for position in self._needed[key]:
            if disk is not None and disk.holds(key, position):
                with suppress(MissingError):
                    self._memory.put(key, position, disk.get(key, [position])[0])
        return True

    def _leave_disk_if_needed(self) -> None:
        """Let memory take what the disk no longer does."""
        disk = self._disk
        if disk is None or disk.can_write or self._failed:
            return
        self._failed = True
        if disk.failure is not None:
            reason = disk.failure.strerror or str(disk.failure)
            self._notices.append(Notice("features_disk_failed", {"reason": reason}))
        for key in sorted(self._opened, key=lambda one: -one.boundary):
            whole = all(disk.holds(key, one) for one in self._needed[key])
            if not whole and not self._move(key):
                self._tell(key, in_memory=False)

    def _tell(self, key: Key, in_memory: bool) -> None:
        size = len(self._needed[key]) * picture_bytes(key, self._image_size, self._dtype.itemsize)
        values = {"boundary": key.boundary, "needed": _megabytes(size)}
        if not in_memory:
            values["budget"] = _megabytes(self._budget)
            notice = Notice("features_not_kept", values)
        elif self._disk is not None and self._disk.can_write:
            notice = Notice("features_bypassed_disk", values)
        else:
            return
        if notice not in self._notices:  # views that are kept are alike
            self._notices.append(notice)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


Held = dict[tuple[Key, Part], int]


def held(
    config: RunConfig, parts: Mapping[Part, Sequence[Sample]], known: Mapping[str, Picture]
) -> Held:
    """How many of the pictures in ``parts`` have their features there, by what they are kept as.

    Only those count whose content is ``known``, by path, from a run on the same folder; and only
    features of blocks as they are before the first stage. What has to be measured first, or
    cannot be loaded, counts as not there. Raises ``ThawError`` (weights_missing,
    weights_damaged).
    """
    decided = compute_numerics.without_measuring(config)
    kept = {one.about.get("boundary") for one in cache_budget.usage() if one.kind == KIND}
    needed = {key for one in plan(config) for key in one.needs()}
    keys = [key for key in needed if key.boundary in kept and not key.version]
    if decided is None or not keys:
        return {}
    size, bits = config.dataset.image_size, what_changes_bits(decided)
    found: Held = {}
    for key in keys:
        told = about(config, key, _weights(config, key.boundary), bits)
        record_bytes = picture_bytes(key, size, decided.dtype.itemsize)
        if not cache_records.folder_of(cache_budget.root(), record_bytes, told).is_dir():
            continue
        store = RecordStore(cache_budget.root(), record_bytes, told)
        for part, samples in parts.items():
            names = _names(samples, known, is_drawn=key.view != PLAIN)
            found[key, part] = sum(map(store.holds, names))
    return {place: count for place, count in found.items() if count}


def _names(
    samples: Iterable[Sample], known: Mapping[str, Picture], *, is_drawn: bool
) -> Iterable[bytes]:
    for one in samples:
        picture = known.get(one.path)
        if picture is not None and (picture.size, picture.mtime) == (one.size, one.mtime):
            name = content_name(picture, drawn=is_drawn)
            if name is not None:
                yield name


def _weights(config: RunConfig, boundary: int) -> str:
    weights, normalization = config.model.weights, config.model.normalization
    seed = config.seed if weights == RANDOM else 0
    return _loaded_hash(weights, normalization, boundary, seed, _changed(Path(weights)))


@lru_cache(maxsize=32)
def _loaded_hash(
    weights: str,
    normalization: NormalizationName | Normalization | None,
    boundary: int,
    seed: int,
    _file: int,
) -> str:
    """The hash of the blocks as a run loads them, which takes some tenths of a second."""
    return weights_hash(model_backbone.load(weights, boundary, seed, normalization), boundary)


def _changed(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
