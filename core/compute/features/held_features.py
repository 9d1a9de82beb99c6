"""What a recipe would find on the disk of its features, told without reading a single picture."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from core.compute import numerics
from core.compute.cache import budget as cache_budget
from core.compute.cache import records
from core.compute.cache.records import RecordStore
from core.compute.feature_plan import PLAIN, Key, Part, picture_bytes, plan
from core.compute.features.store import KIND, about, weights_hash, what_changes_bits
from core.compute.kept_pictures import content_name
from core.dataset.summary import Sample
from core.model import backbone
from core.recipe.config import RANDOM, Normalization, NormalizationName, RunConfig
from core.runs.images import Picture

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
    decided = numerics.of_frozen_pass(config)
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
        if not records.folder_of(cache_budget.root(), record_bytes, told).is_dir():
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
    return weights_hash(backbone.load(weights, boundary, seed, normalization), boundary)


def _changed(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
