"""Duplicates in a dataset: equal files, and different files that show the same image.

Between splits they are a leak, which makes the validation accuracy too high; between classes
they contradict each other. The fingerprint of an image is computed once and kept until its file
changes.

Images that look the same are found among many by short descriptions (712 bytes each). One holds
a 64-bit perceptual hash (imagehash's phash, of the discrete cosine transform), the colours of an
8 x 8 grid, and a blurred grey image of 24 x 24. Each hash is compared with all later ones at
once, about two nanoseconds a pair; no list of all pairs is kept.

Colours and grey images decide about the few candidates. The two grey images are aligned to first
order (Lucas and Kanade 1981); what a small shift and stretch leave of their difference must be
as little as another size, another compression or a narrow crop leave.
"""

import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.common.messages import raise_if_stopped
from core.dataset.scan_cache import Fingerprint, ScanCache
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
    picture = images.prepare(data, INPUT_SIDE, "stretch", max_megapixels=max_megapixels)
    spread = int((picture.max(axis=2) - picture.min(axis=2)).max())
    return Fingerprint(images.content_hash(data), perceptual_hash(picture), spread <= _GRAY)


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
        raise_if_stopped(stop)
        try:
            return fingerprint(images.read_bytes(folder / sample.path), max_megapixels)
        except ImageError:
            return None

    with ScanCache.open(folder) as kept, ThreadPoolExecutor(_THREADS, "fingerprint") as pool:
        result = kept.fingerprints(samples, FINGERPRINT_VERSION)
        missing = [one for one in samples if one.path not in result]
        for start in range(0, len(missing), _BATCH):
            report(len(samples) - len(missing) + start, len(samples))
            batch = missing[start : start + _BATCH]
            found = zip(batch, pool.map(compute, batch), strict=True)
            new = {sample.path: one for sample, one in found if one is not None}
            kept.write_fingerprints(batch, new, FINGERPRINT_VERSION)
            result |= new
    report(len(samples), len(samples))
    return result


def find(
    samples: Iterable[Sample],
    fingerprints: Mapping[str, Fingerprint],
    *,
    stop: threading.Event | None = None,
) -> tuple[Group, ...]:
    """The duplicates among ``samples``: leaks first, then conflicts, each by path.

    The same for any order of ``samples``. What has no fingerprint is left out. Raises ``ThawError``
    (stopped) once ``stop`` is set.
    """
    by_content: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in sorted(samples, key=lambda one: one.path):
        if sample.path in fingerprints:
            by_content[fingerprints[sample.path].content].append(sample)
    contents = list(by_content.values())
    groups = [_group(equal, Kind.EXACT) for equal in contents if len(equal) > 1]
    looks = [fingerprints[equal[0].path].perceptual for equal in contents]
    for star in stars(looks, stop):
        members = _representatives([contents[position] for position in star])
        groups.append(_group(members, Kind.NEAR))
    return tuple(sorted(groups, key=lambda group: (_rank(group.scope), group.paths)))


def _representatives(equals: Sequence[Sequence[Sample]]) -> list[Sample]:
    """One of each, the first by path unless another makes the scope worse."""
    chosen = [equal[0] for equal in equals]
    for position, equal in enumerate(equals):
        for sample in equal[1:]:
            changed = [*chosen[:position], sample, *chosen[position + 1 :]]
            if _rank(_scope(changed)) < _rank(_scope(chosen)):
                chosen = changed
    return chosen


def _rank(scope: Scope) -> int:
    return list(Scope).index(scope)


def _group(samples: Sequence[Sample], kind: Kind) -> Group:
    return Group(tuple(one.path for one in samples), kind, _scope(samples))


def _scope(samples: Iterable[Sample]) -> Scope:
    splits, labels = zip(*((one.split, one.label) for one in samples), strict=True)
    if len({*splits}) > 1:
        return Scope.ACROSS_SPLITS
    return Scope.ACROSS_CLASSES if len({*labels}) > 1 else Scope.WITHIN


INPUT_SIDE = 32  # perceptual_hash() takes a picture of this many pixels a side
HASH_SIDE, GRID_SIDE, GRAY_SIDE = 8, 8, 24
LENGTH = HASH_SIDE**2 // 8 + 2 * GRID_SIDE**2 + GRAY_SIDE**2

_BLUR = 1.0  # standard deviation in pixels of 24 a side: slopes that a shift can be read from
_SIGNS, _FAINT = 0x9E3779B97F4A7C15, 4.0  # the faint pattern: signs and size of its waves


def perceptual_hash(picture: NDArray[np.uint8]) -> bytes:
    """``LENGTH`` bytes for ``picture``, upright RGB, uint8 [32, 32, 3], stretched to that."""
    import imagehash
    from PIL import Image, ImageFilter

    brightness, *colors = Image.fromarray(picture).convert("YCbCr").split()
    marked = np.asarray(brightness) * np.float32(0.86) + _faint_pattern()  # 0.86: room for it
    bits = imagehash.phash(Image.fromarray(marked.round().astype(np.uint8)), HASH_SIDE).hash
    grid = (GRID_SIDE, GRID_SIDE)
    cells = [one.resize(grid, Image.Resampling.BOX).tobytes() for one in colors]
    gray = brightness.resize((GRAY_SIDE, GRAY_SIDE), Image.Resampling.BILINEAR)
    gray = gray.filter(ImageFilter.GaussianBlur(_BLUR))
    return b"".join((np.packbits(bits).tobytes(), *cells, gray.tobytes()))


def parts(
    descriptions: Sequence[bytes],
) -> tuple[NDArray[np.uint64], NDArray[np.uint8], NDArray[np.uint8]]:
    """Hashes [N], colours [N, 2, 8, 8] (blue and red difference) and greys [N, 24, 24]."""
    rows = np.frombuffer(b"".join(descriptions), np.uint8).reshape(-1, LENGTH)
    hashes, colors, grays = np.split(rows, (HASH_SIDE**2 // 8, LENGTH - GRAY_SIDE**2), axis=1)
    return (
        np.ascontiguousarray(hashes).view(np.uint64)[:, 0],
        colors.reshape(-1, 2, GRID_SIDE, GRID_SIDE),
        grays.reshape(-1, GRAY_SIDE, GRAY_SIDE),
    )


@cache
def _faint_pattern() -> NDArray[np.float32]:
    """Added before hashing, [32, 32]: decides the bits that a smooth picture leaves open.

    Without it they are the noise of the compression, another in each copy. It holds every wave
    that the hash looks at, weaker than those of all but smooth pictures.
    """
    signs = [1 if _SIGNS >> bit & 1 else -1 for bit in range(HASH_SIDE**2)]
    waves = np.array(signs, np.float32).reshape(HASH_SIDE, HASH_SIDE) * _FAINT
    places = (2 * np.arange(INPUT_SIDE) + 1) * np.pi / (2 * INPUT_SIDE)
    cosines = np.cos(np.outer(np.arange(HASH_SIDE), places)) * np.sqrt(2 / INPUT_SIDE)
    pattern = (cosines.T @ waves @ cosines).astype(np.float32)
    return np.asarray(pattern - pattern.min())


# The limits, in grey levels of 256, were set on photographs of clothes: 0.5 million pairs of
# different ones, and 7.8 million of their quarters, against copies of them of other sizes, in
# WebP, in JPEG of qualities from 30, and cropped by up to 3 % on each side. They grow with the
# contrast (the lower standard deviation of the two grey pictures) and with how far the pictures
# had to be moved, because the first order is exact for small moves alone.
MAX_BITS = 12  # of the hash, that may differ
_LEVEL = 10.0  # mean brightness
_CONTRASTS = 1.0, 0.07  # the two contrasts: this, and a share of their sum
_BEFORE = 1.5, 0.45  # RMS difference before alignment: this, and a share of the contrast
_MOVED = 1.2  # pixels of 24: the most that alignment may move
_SHADE = 2.2  # mean difference after it: plain colours come back from a JPEG so much brighter
_REST = 0.8, 0.012, 0.06  # RMS beside that: this, a share of the contrast, another a pixel moved
_WORST = 3.0, 0.03, 0.12  # the largest difference beside that, the same
_COLOR = 6.0, 2.0, 0.7  # a cell's: this, more a pixel moved, and a share of the change around it

_MARGIN = 2  # pixels at the border, where alignment sees what only one of the two shows
_RIDGE = 12.0  # keeps the alignment still where a picture has no slope to go by
_AT_ONCE = 256  # pairs: their slopes stay in a processor's cache

_Floats = NDArray[np.float32]
_Positions = NDArray[np.intp]
_Answers = NDArray[np.bool_]


class Descriptions:
    """Many pictures' descriptions, and 16 bytes of each for a first look at a pair."""

    def __init__(self, descriptions: Sequence[bytes]) -> None:
        self._descriptions = descriptions
        self.hashes = np.empty(len(descriptions), np.uint64)
        self._levels, self._contrasts = np.empty((2, len(descriptions)), np.float32)
        for start in range(0, len(descriptions), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            self.hashes[some], _, grays = parts(descriptions[some])
            self._levels[some] = grays.mean(axis=(1, 2))
            self._contrasts[some] = grays.std(axis=(1, 2))

    def plausible(self, first: _Positions, second: _Positions) -> _Answers:
        """Which pairs of positions (each [N]) agree in hash, brightness and contrast."""
        bits = np.bitwise_count(self.hashes[first] ^ self.hashes[second])
        levels = np.abs(self._levels[first] - self._levels[second])
        one, other = self._contrasts[first], self._contrasts[second]
        contrasts = np.abs(one - other) - _CONTRASTS[1] * (one + other)
        return np.asarray(
            (bits <= MAX_BITS) & (levels <= _LEVEL) & (contrasts <= _CONTRASTS[0]), np.bool_
        )

    def same(self, first: _Positions, second: _Positions) -> _Answers:
        """Which pairs of positions (each [N]) show one picture. Symmetric."""
        good = self.plausible(first, second)
        likely = np.flatnonzero(good)
        for start in range(0, len(likely), _AT_ONCE):
            some = likely[start : start + _AT_ONCE]
            good[some] = self._alike(first[some], second[some])
        return good

    def _alike(self, first: _Positions, second: _Positions) -> _Answers:
        _, colors, grays = parts([self._descriptions[position] for position in first])
        _, other_colors, other_grays = parts([self._descriptions[one] for one in second])
        one, other = grays.astype(np.float32), other_grays.astype(np.float32)
        contrast = np.minimum(self._contrasts[first], self._contrasts[second])
        left = np.flatnonzero(
            ((one - other) ** 2).mean(axis=(1, 2)) <= _BEFORE[0] ** 2 + (_BEFORE[1] * contrast) ** 2
        )
        moved, good = _alike_in_gray(one[left], other[left], contrast[left])
        left, moved = left[good], moved[good]
        left = left[_alike_in_color(colors[left], other_colors[left], moved)]
        answers = np.zeros(len(first), np.bool_)
        answers[left] = True
        return answers


def _alike_in_gray(one: _Floats, other: _Floats, contrast: _Floats) -> tuple[_Floats, _Answers]:
    """How many pixels each pair is moved (each [N, 24, 24]), and which then agree."""
    moves, difference = _align(one, other)
    moved = np.abs(moves).max(axis=1)
    shade = difference.mean(axis=1, keepdims=True)
    difference = difference - shade
    rest = np.sqrt((difference**2).mean(axis=1))
    good = (
        (moved <= _MOVED)
        & (np.abs(shade[:, 0]) <= _SHADE)
        & (rest <= _REST[0] + (_REST[1] + _REST[2] * moved) * contrast)
        & (np.abs(difference).max(axis=1) <= _WORST[0] + (_WORST[1] + _WORST[2] * moved) * contrast)
    )
    return moved, good


def _alike_in_color(one: NDArray[np.uint8], other: NDArray[np.uint8], moved: _Floats) -> _Answers:
    """Which pairs (each [N, 2, 8, 8]) have the colours of one picture, moved by so much."""
    first, second = one.astype(np.float32), other.astype(np.float32)
    mean = (first + second) * np.float32(0.5)
    high = low = np.pad(mean, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    for axis in (2, 3):
        high = np.maximum.reduce(_neighbours(high, axis))
        low = np.minimum.reduce(_neighbours(low, axis))
    moved = moved[:, None, None, None]
    allowed = _COLOR[0] + moved * (_COLOR[1] + _COLOR[2] * (high - low))
    return np.asarray((np.abs(first - second) <= allowed).all(axis=(1, 2, 3)), np.bool_)


def _neighbours(values: _Floats, axis: int) -> list[_Floats]:
    """The value before, at and after each place along ``axis``, which gets 2 shorter."""
    count = values.shape[axis] - 2
    return [np.take(values, range(start, start + count), axis) for start in range(3)]


def _align(one: _Floats, other: _Floats) -> tuple[_Floats, _Floats]:
    """How far ``one`` is best moved onto ``other`` (each [N, 24, 24]), and what differs then.

    The moves are [N, 4], in pixels: right, down, and how much further at the border by
    stretching; what differs is [N, 400], without the margin.
    """
    inner = slice(_MARGIN, -_MARGIN)
    before, after = slice(_MARGIN - 1, -_MARGIN - 1), slice(_MARGIN + 1, 1 - _MARGIN)
    mean = (one + other) / 2
    across = (mean[:, inner, after] - mean[:, inner, before]) / 2
    down = (mean[:, after, inner] - mean[:, before, inner]) / 2
    place = np.linspace(-1, 1, GRAY_SIDE, dtype=np.float32)[inner]
    slopes = np.stack((across, down, across * place, down * place[:, None]), axis=1)
    count, pixels = len(one), len(place) ** 2
    slopes = slopes.reshape(count, 4, pixels)
    difference = (other - one)[:, inner, inner].reshape(count, pixels, 1)
    square = slopes @ slopes.transpose(0, 2, 1) + _RIDGE * np.eye(4, dtype=np.float32)
    moves = np.linalg.solve(square, slopes @ difference).astype(np.float32, copy=False)
    remaining = difference - slopes.transpose(0, 2, 1) @ moves
    return moves[:, :, 0], remaining[:, :, 0].astype(np.float32, copy=False)


_SOME = 512  # pairs looked at between two looks at `stop`


def stars(
    descriptions: Sequence[bytes], stop: threading.Event | None = None
) -> list[tuple[int, ...]]:
    """Groups of positions in ``descriptions``, ascending, in which each looks like the first.

    Every two that look the same are together in a group. Being alike doesn't go on from one to
    the next, so a picture may be in several. n copies of one picture, such as blank tiles, cost
    n looks at pictures, not n squared. Measured for 50,000: 4 s where few are alike, 15 s where
    all are. Raises ``ThawError`` (stopped) once ``stop`` is set.
    """
    table = Descriptions(descriptions)
    groups: list[tuple[int, ...]] = []
    groups_of: defaultdict[int, set[int]] = defaultdict(set)
    earliest = np.full(len(descriptions), -1)  # the first group of each; -1: none
    for first, own in enumerate(table.hashes):
        close = np.bitwise_count(own ^ table.hashes[first + 1 :]) <= MAX_BITS
        if earliest[first] >= 0:
            close &= earliest[first + 1 :] != earliest[first]
        second = np.flatnonzero(close) + first + 1
        members = []
        for start in range(0, len(second) or 1, _SOME):
            raise_if_stopped(stop)
            some = second[start : start + _SOME]
            members += some[table.same(np.full(len(some), first), some)].tolist()
        members = [one for one in members if not groups_of[first] & groups_of[one]]
        for one in (first, *members) if members else ():
            groups_of[one].add(len(groups))
            if earliest[one] < 0:
                earliest[one] = len(groups)
        if members:
            groups.append((first, *members))
    return groups
