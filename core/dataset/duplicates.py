"""Duplicates in a dataset: equal files, and different files that show the same image.

Between splits they are a leak, which makes the validation accuracy too high; between classes
they contradict each other. The fingerprint of an image is computed once and kept until its file
changes.
"""

import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.common.messages import ThawError
from core.dataset.scan_cache import ScanCache
from core.dataset.summary import Sample
from core.images import load as images
from core.images.errors import ImageError

FINGERPRINT_VERSION = 1  # of what fingerprint() gives: another one makes kept ones useless
_THREADS = min(8, os.cpu_count() or 1)
_BATCH = 64  # files between two reports of progress; what is done of them is kept then
_GRAY = 8  # of 255: the largest difference of two channels in a picture that looks grey


class Kind(StrEnum):
    """Whether the files are equal byte for byte, or only show the same picture."""

    EXACT = "exact"
    NEAR = "near"


class Scope(StrEnum):
    """What a group does to a training, the worst first."""

    ACROSS_SPLITS = "across-splits"
    ACROSS_CLASSES = "across-classes"
    WITHIN = "within"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What one file is compared by: ``content``, the hash of its bytes; ``perceptual``, what
    it looks like (``core.dataset.look_alikes``); ``gray``: it has no colours."""

    content: str
    perceptual: bytes
    gray: bool


@dataclass(frozen=True, slots=True)
class Item:
    """A picture's place in the dataset. None: it has no class, or no split, yet."""

    path: str
    class_name: str | None
    split: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """Files that hold one picture.

    ``exact``: all files of this content, by path. ``near``: each looks like the first one;
    equal files are represented by one of them, chosen so that the worst scope shows.
    """

    paths: tuple[str, ...]
    kind: Kind
    scope: Scope


def fingerprint(data: bytes, max_megapixels: float = images.MAX_MEGAPIXELS) -> Fingerprint:
    """What the picture file ``data`` is compared by: upright, transparency over white.

    Raises ``ImageError``.
    """
    from core.dataset import look_alikes

    side = look_alikes.INPUT_SIDE
    picture = images.prepare(data, side, "stretch", max_megapixels=max_megapixels)
    spread = int((picture.max(axis=2) - picture.min(axis=2)).max())
    look = look_alikes.perceptual_hash(picture)
    return Fingerprint(images.content_hash(data), look, spread <= _GRAY)


def fingerprints(
    folder: Path,
    samples: Sequence[Sample],
    *,
    stop: threading.Event | None = None,
    progress: Callable[[int, int], None] | None = None,
    max_megapixels: float = images.MAX_MEGAPIXELS,
) -> dict[str, Fingerprint]:
    """The fingerprint of each sample, by path; a file that cannot be read has none.

    What an earlier call computed is not computed again, even if it was stopped half-way.
    ``progress`` gets (done, total), in the calling thread. Raises ``ThawError`` (stopped) once
    ``stop`` is set.
    """
    report = progress or (lambda done, total: None)

    def compute(sample: Sample) -> Fingerprint | None:
        if stop is not None and stop.is_set():
            raise ThawError("stopped")
        try:
            return fingerprint(images.read_bytes(folder / sample.path), max_megapixels)
        except ImageError:
            return None

    with ScanCache.open(folder) as cache, ThreadPoolExecutor(_THREADS, "fingerprint") as pool:
        kept = cache.fingerprints(samples, FINGERPRINT_VERSION)
        result = {path: Fingerprint(*one) for path, one in kept.items()}
        missing = [one for one in samples if one.path not in result]
        for start in range(0, len(missing), _BATCH):
            report(len(samples) - len(missing) + start, len(samples))
            batch = missing[start : start + _BATCH]
            found = zip(batch, pool.map(compute, batch), strict=True)
            new = {sample.path: one for sample, one in found if one is not None}
            plain = {path: (one.content, one.perceptual, one.gray) for path, one in new.items()}
            cache.write_fingerprints(batch, plain, FINGERPRINT_VERSION)
            result |= new
    report(len(samples), len(samples))
    return result


def find(
    items: Iterable[Item],
    fingerprints: Mapping[str, Fingerprint],
    *,
    stop: threading.Event | None = None,
) -> tuple[Group, ...]:
    """The duplicates among ``items``: leaks first, then conflicts, each by path.

    The same for any order of ``items``. What has no fingerprint is left out. Raises ``ThawError``
    (stopped) once ``stop`` is set.
    """
    from core.dataset.look_alikes import stars

    by_content: defaultdict[str, list[Item]] = defaultdict(list)
    for item in sorted(items, key=lambda item: item.path):
        if item.path in fingerprints:
            by_content[fingerprints[item.path].content].append(item)
    contents = list(by_content.values())
    groups = [_group(equal, Kind.EXACT) for equal in contents if len(equal) > 1]
    looks = [fingerprints[equal[0].path].perceptual for equal in contents]
    for star in stars(looks, stop):
        members = _representatives([contents[position] for position in star])
        groups.append(_group(members, Kind.NEAR))
    return tuple(sorted(groups, key=lambda group: (_rank(group.scope), group.paths)))


def _representatives(equals: Sequence[Sequence[Item]]) -> list[Item]:
    """One of each, the first by path unless another makes the scope worse."""
    chosen = [equal[0] for equal in equals]
    for position, equal in enumerate(equals):
        for item in equal[1:]:
            changed = [*chosen[:position], item, *chosen[position + 1 :]]
            if _rank(_scope(changed)) < _rank(_scope(chosen)):
                chosen = changed
    return chosen


def _rank(scope: Scope) -> int:
    return list(Scope).index(scope)


def _group(items: Sequence[Item], kind: Kind) -> Group:
    return Group(tuple(item.path for item in items), kind, _scope(items))


def _scope(items: Iterable[Item]) -> Scope:
    splits, classes = zip(*((item.split, item.class_name) for item in items), strict=True)
    if len({*splits} - {None}) > 1:
        return Scope.ACROSS_SPLITS
    if len({*classes} - {None}) > 1:
        return Scope.ACROSS_CLASSES
    return Scope.WITHIN
