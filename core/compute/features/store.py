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

import torch
from torch import Tensor

from core.compute import numerics as compute_numerics
from core.compute.cache import budget as cache_budget
from core.compute.cache.records import MissingError, RecordStore
from core.compute.feature_plan import PLAIN, Key, Part, picture_bytes, plan
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
    """Finds what the disk keeps of the features of a run's ``pictures``."""

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

    @property
    def is_outdated(self) -> bool:
        """Whether what is computed from now on has other bits than the stores are about."""
        return self._numerics.micro_batch != self._micro_batch

    def open(self, key: Key) -> "_OnDisk":
        """What is there of ``key``, whose blocks must be as they are now."""
        place = key.boundary, key.version
        if place not in self._weights:
            self._weights[place] = weights_hash(self._backbone, key.boundary)
        size, dtype = self._config.dataset.image_size, self._numerics.dtype
        told = about(self._config, key, self._weights[place], self._bits)
        store = RecordStore(self._root, picture_bytes(key, size, dtype.itemsize), told)
        names = [content_name(one, drawn=key.view != PLAIN) for one in self._pictures]
        return _OnDisk(store, names, _shape(key, size), dtype)


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


def _shape(key: Key, image_size: int) -> tuple[int, int, int]:
    channels, height, width = vgg16.feature_shape(key.boundary, image_size)
    return height, width, channels


class _OnDisk:
    """One key's features [H, W, C] on disk; ``names`` has the record of each picture.

    ``promised`` are those that there is room for, and is empty where nothing may be written.
    """

    def __init__(
        self, store: RecordStore, names: Sequence[bytes], shape: Sequence[int], dtype: torch.dtype
    ) -> None:
        self.store, self.promised = store, set[bytes]()
        self._names, self._shape, self._dtype = names, shape, dtype

    def promise(self, positions: Iterable[int], others: Sequence["_OnDisk"]) -> None:
        """Have room for those pictures, beside what the ``others`` have promised, if there is."""
        self.promised = {self._names[one] for one in positions} - {b""}
        places = [*others, self]
        needed = sum(one._to_come() for one in places)
        folders = [one.store.folder for one in places]
        if self._to_come() and not cache_budget.make_room(needed, folders):
            self.promised.clear()
        else:
            self.store.touch()

    def takes(self, position: int) -> bool:
        return self._names[position] in self.promised

    def holds(self, position: int) -> bool:
        return self.store.holds(self._names[position])

    def lost(self, positions: Sequence[int]) -> list[int]:
        held = {self._names[one]: one for one in positions if self.holds(one)}
        return [held[name] for name in self.store.missing(list(held))]

    def put(self, position: int, features: Tensor) -> None:
        record = features.contiguous().view(torch.uint8)
        self.store.put(self._names[position], record.numpy())

    def get(self, positions: Sequence[int]) -> Tensor:
        records = self.store.get([self._names[one] for one in positions])
        return torch.from_numpy(records).view(self._dtype).reshape(len(positions), *self._shape)

    def _to_come(self) -> int:
        return sum(not self.store.holds(one) for one in self.promised) * self.store.record_bytes


class _InMemory:
    """One key's features [H, W, C] in memory, with room for those of ``positions``."""

    def __init__(self, positions: Sequence[int], shape: Sequence[int], dtype: torch.dtype) -> None:
        self._rows = {position: row for row, position in enumerate(positions)}
        self._values = torch.empty((len(positions), *shape), dtype=dtype)
        self._filled: set[int] = set()

    def takes(self, position: int) -> bool:
        return position in self._rows

    def holds(self, position: int) -> bool:
        return position in self._filled

    def put(self, position: int, features: Tensor) -> None:
        self._values[self._rows[position]] = features
        self._filled.add(position)

    def get(self, positions: Sequence[int]) -> Tensor:
        if not self._filled.issuperset(positions):
            raise MissingError([])
        rows = torch.tensor([self._rows[one] for one in positions])
        return self._values.index_select(0, rows)


class FeatureStore:
    """Features of a run's images, by position; ``needed`` has those of each key.

    Each key has one place: the disk where there is room, else memory, the deepest first, else
    none. When the disk fails on the way, a key that is not complete moves to memory with what the
    disk has of it; without room there, that is still read from the disk. ``notices`` say what a
    person should know of it.
    """

    def __init__(
        self,
        needed: Mapping[Key, Sequence[int]],
        image_size: int,
        dtype: torch.dtype,
        budget: int,
        disk: DiskStore | None = None,
    ) -> None:
        self._needed = {key: some for key, some in needed.items() if key.boundary}
        self._image_size, self._dtype, self._budget = image_size, dtype, budget
        self._disk, self._writes = disk, disk is not None
        self._places: dict[Key, _OnDisk | _InMemory | None] = {}
        self._notices: list[Notice] = []

    def open(self, keys: Iterable[Key]) -> None:
        """Make room for some keys, whose blocks must be as they are now."""
        self.check_disk()
        for key in sorted(keys, key=_deepest_first):
            if key in self._places or key not in self._needed:
                continue
            self._places[key] = place = self._disk.open(key) if self._disk is not None else None
            if place is not None and self._writes:
                place.promise(self._needed[key], self._on_disk()[:-1])
            if not self.is_on_disk(key) and self._move(key) and self._writes:
                self._tell("features_bypassed_disk", key)

    def check_disk(self) -> None:
        """Leave the disk where what is computed from now on must not go there."""
        if self._writes and self._disk is not None and self._disk.is_outdated:
            self._leave_disk()

    def is_on_disk(self, key: Key) -> bool:
        """Whether what is put of ``key`` goes to the disk."""
        place = self._places.get(key)
        return isinstance(place, _OnDisk) and bool(place.promised)

    def keeps(self, key: Key, position: int) -> bool:
        """Whether these features are kept, or will be once they are computed."""
        place = self._places.get(key)
        return place is not None and (place.holds(position) or place.takes(position))

    def holds(self, key: Key, position: int) -> bool:
        """Whether these features are there, as far as is known without reading them."""
        place = self._places.get(key)
        return place is not None and place.holds(position)

    def lost(self, key: Key, positions: Sequence[int]) -> list[int]:
        """Those of ``positions`` that were there and turn out not to be when they are read; only
        the first time that each is asked for costs anything."""
        place = self._places.get(key)
        return place.lost(positions) if isinstance(place, _OnDisk) else []

    def put(self, key: Key, position: int, features: Tensor) -> None:
        """Keep one image's features [C, H, W], where there is room."""
        self.check_disk()
        place = self._places.get(key)
        if place is None or not place.takes(position):
            return
        try:
            place.put(position, features.permute(1, 2, 0))
        except OSError as error:
            reason = error.strerror or str(error)
            self._notices.append(Notice("features_disk_failed", {"reason": reason}))
            self._leave_disk()
            self.put(key, position, features)

    def get(self, key: Key, positions: Sequence[int]) -> Tensor:
        """Features [N, C, H, W] of images that it holds, channels last in memory.

        Raises ``MissingError`` where one has gone or was damaged.
        """
        place = self._places.get(key)
        if place is None:
            raise MissingError([])
        return place.get(positions).permute(0, 3, 1, 2)

    def refresh(self) -> None:
        """Find what other processes have put on the disk."""
        for place in self._on_disk():
            place.store.refresh()

    def drop(self, unneeded: Iterable[Key]) -> None:
        """Free what some keys take, but on disk."""
        for key in unneeded:
            place = self._places.pop(key, None)
            if isinstance(place, _OnDisk):
                place.store.close()

    def notices(self) -> Iterator[Notice]:
        """What has come up since the last call."""
        while self._notices:
            yield self._notices.pop(0)

    def close(self) -> None:
        """Let go of all files."""
        self.drop(list(self._places))

    @property
    def keys(self) -> tuple[Key, ...]:
        """What it may hold now."""
        there = self._places.items()
        return tuple(
            key for key, one in there if isinstance(one, _InMemory) or self.is_on_disk(key)
        )

    def _on_disk(self) -> list[_OnDisk]:
        return [one for one in self._places.values() if isinstance(one, _OnDisk)]

    def _size(self, key: Key) -> int:
        number = self._dtype.itemsize
        return len(self._needed[key]) * picture_bytes(key, self._image_size, number)

    def _move(self, key: Key) -> bool:
        """Whether memory has room for ``key``, and what the disk has of it."""
        held = sum(self._size(one) for one, at in self._places.items() if type(at) is _InMemory)
        if held + self._size(key) > self._budget:
            self._tell("features_not_kept", key, budget=_megabytes(self._budget))
            return False
        before, positions = self._places[key], self._needed[key]
        memory = _InMemory(positions, _shape(key, self._image_size), self._dtype)
        self._places[key] = memory
        if isinstance(before, _OnDisk):
            for position in filter(before.holds, positions):
                with suppress(MissingError):
                    memory.put(position, before.get([position])[0])
            before.store.close()
        return True

    def _leave_disk(self) -> None:
        """Let memory take what the disk no longer does."""
        self._writes = False
        for key in sorted(self._places, key=_deepest_first):
            place = self._places[key]
            if isinstance(place, _OnDisk):
                place.promised.clear()
                if not all(map(place.holds, self._needed[key])):
                    self._move(key)

    def _tell(self, code: str, key: Key, **more: object) -> None:
        size = _megabytes(self._size(key))
        notice = Notice(code, {"boundary": key.boundary, "needed": size, **more})
        if notice not in self._notices:  # views that are kept are alike
            self._notices.append(notice)


def _deepest_first(key: Key) -> tuple[int, Key]:
    """They are the smallest and spare the most work."""
    return -key.boundary, key


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
            yield content_name(picture, drawn=is_drawn)


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
