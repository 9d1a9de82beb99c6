"""Which augmentations can turn one class into another: advice, with how sure it is.

A few training images of each class are transformed. Where they then look like another class,
training would teach the network that both are one. Images are compared by descriptors of shape
and colour (``describe``) and assigned to the nearest class mean (``Judge``).
"""

import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.augmentation.augment import apply, operations
from core.augmentation.parameters import Parameters
from core.common.messages import raise_if_stopped
from core.common.statistics import wilson
from core.dataset.summary import Sample
from core.images import load as images
from core.images.errors import ImageError
from core.recipe.config import BY_NAME, AugmentationConfig, DatasetConfig

Images = npt.NDArray[np.uint8]
Vectors = npt.NDArray[np.float32]

DESCRIPTOR_SIDE = (
    32  # pixels; tried with 48 and 64 too, which took longer and told classes apart no better
)

_CELLS, _BINS = 8, 8
_COLOR_CELLS, _COLOR_WEIGHT = 4, 0.5
LENGTH = _CELLS * _CELLS * _BINS + _COLOR_CELLS * _COLOR_CELLS * 6

_FLAT = 0.05  # a cell whose gradients are about as weak as this is noise, and stays weak
_GRAY = 0.2  # likewise for colours


def describe(pictures: Images) -> Vectors:
    """The descriptors, float32 [N, LENGTH], of ``pictures``, uint8 [N, 32, 32, 3], RGB.

    Shapes are histograms of oriented gradients (Dalal and Triggs, CVPR 2005), contrast-normalised,
    so that lighting does not decide. Gradients of opposite sign count as one, because a sign may
    be dark on light or light on dark. Beside them, at less weight, stand the colours of a coarse
    grid.

    Raises ``ValueError`` for another type or shape.
    """
    if pictures.dtype != np.uint8 or pictures.shape[1:] != (DESCRIPTOR_SIDE, DESCRIPTOR_SIDE, 3):
        expected = f"uint8 [N, {DESCRIPTOR_SIDE}, {DESCRIPTOR_SIDE}, 3]"
        raise ValueError(f"expected {expected}, got {pictures.dtype} {list(pictures.shape)}")
    values = pictures.astype(np.float32) / np.float32(255)
    return np.concatenate([_shapes(values), _COLOR_WEIGHT * _colors(values)], axis=1)


def _shapes(values: Vectors) -> Vectors:
    """[N, 512]: histograms of directions, each cell relative to its surroundings."""
    energies = _energies(values)
    around = np.pad(np.sqrt(np.square(energies).sum(axis=3)), ((0, 0), (1, 1), (1, 1)), "edge")
    shifted = [around[:, y : y + _CELLS, x : x + _CELLS] for y in range(3) for x in range(3)]
    near = np.mean(shifted, axis=0)
    relative = np.sqrt(energies / (near[..., None] + _FLAT * (DESCRIPTOR_SIDE // _CELLS)))
    return _unit(relative.reshape(len(values), _CELLS * _CELLS * _BINS), 1e-9)


def _energies(values: Vectors) -> Vectors:
    """[N, cells, cells, bins]: the gradients' lengths by direction, of the strongest channel."""
    across, down = np.zeros_like(values), np.zeros_like(values)
    across[:, :, 1:-1] = values[:, :, 2:] - values[:, :, :-2]
    down[:, 1:-1] = values[:, 2:] - values[:, :-2]
    strongest = (across**2 + down**2).argmax(axis=3)[..., None]
    across = np.take_along_axis(across, strongest, 3)[..., 0]
    down = np.take_along_axis(down, strongest, 3)[..., 0]
    length = np.hypot(across, down)
    place = np.arctan2(down, across) % np.pi / np.pi * _BINS
    lower = place.astype(np.intp)
    upper_part = length * (place - lower)
    side = DESCRIPTOR_SIDE // _CELLS
    y, x = np.indices((DESCRIPTOR_SIDE, DESCRIPTOR_SIDE)) // side
    cell = (np.arange(len(values))[:, None, None] * _CELLS + y) * _CELLS + x
    size = len(values) * _CELLS * _CELLS * _BINS
    sums = np.zeros(size)
    for number, part in ((lower, length - upper_part), (lower + 1, upper_part)):
        where = cell * _BINS + number % _BINS
        sums += np.bincount(where.ravel(), part.ravel(), size)
    return sums.astype(np.float32).reshape(len(values), _CELLS, _CELLS, _BINS)


def _colors(values: Vectors) -> Vectors:
    """[N, 96]: colour differences and relative brightness on a coarse grid."""
    side = DESCRIPTOR_SIDE // _COLOR_CELLS
    split = values.reshape(len(values), _COLOR_CELLS, side, _COLOR_CELLS, side, 3)
    grid = split.mean(axis=(2, 4))
    light = grid.mean(axis=3, keepdims=True)
    relative = np.repeat(light - light.mean(axis=(1, 2), keepdims=True), 3, axis=3)
    both = np.concatenate([2 * (grid - light), relative / np.sqrt(3)], axis=3)
    return _unit(both.reshape(len(values), _COLOR_CELLS * _COLOR_CELLS * 6), _GRAY)


def _unit(vectors: Vectors, least: float) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = vectors / (lengths + np.float32(least))
    return scaled


Numbers = npt.NDArray[np.floating]
Labels = npt.NDArray[np.intp]

FOLDS = 5
FEWEST = 5  # images of a class: with fewer, one fold would hold none of it

_SHRINKAGE = 0.1
_USUAL = 0.95  # of a class's own images are as near to its mean as one that is taken for it


class Judge:
    """Which class the vectors of images are nearest to.

    ``vectors`` [N, D] are of images with ``labels`` [N] from 0 to C - 1, of each at least
    ``FEWEST``; their scale makes no difference. Fisher's linear discriminant, shrunk (Friedman,
    JASA 84, 1989, 165-175). Each image, transformed or not, is judged by means and a scatter that
    were fitted without it.
    """

    def __init__(self, vectors: Numbers, labels: Labels) -> None:
        self._labels, self._classes = labels, int(labels.max()) + 1
        self._fold = np.empty(len(labels), np.intp)
        for one in range(self._classes):
            (members,) = np.nonzero(labels == one)
            self._fold[members] = np.arange(len(members)) % FOLDS
        self._fits = []
        for number in range(FOLDS):
            kept = self._fold != number
            self._fits.append(_fit(vectors[kept], labels[kept], self._classes))
        own = self._distances(vectors)
        self.right = own.argmin(axis=1) == labels  # [N]: whether it is recognised untouched
        self._usual = np.array(
            [np.quantile(own[labels == one, one], _USUAL) for one in range(self._classes)]
        )

    def turned(self, vectors: Numbers) -> npt.NDArray[np.intp]:
        """Of the images in the same order, transformed: counts [from class, to class] of those
        that are recognised untouched and are now nearest to another class, and no farther from
        its mean than its own images usually are."""
        changed = self._distances(vectors)
        nearest = changed.argmin(axis=1)
        near = changed[np.arange(len(nearest)), nearest] <= self._usual[nearest]
        counted = self.right & near & (nearest != self._labels)
        counts = np.zeros((self._classes, self._classes), np.intp)
        np.add.at(counts, (self._labels[counted], nearest[counted]), 1)
        return counts

    def _distances(self, vectors: Numbers) -> Numbers:
        """The squared distances [N, C] of each image's vector to the means of the classes."""
        found = np.empty((len(vectors), self._classes))
        for number, (centres, whitening) in enumerate(self._fits):
            judged = self._fold == number
            points = vectors[judged] @ whitening
            lengths = (points**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1)
            found[judged] = lengths - 2 * points @ centres.T
        return found


def _fit(vectors: Numbers, labels: Labels, classes: int) -> tuple[Numbers, Numbers]:
    """The whitened class means [C, D], and the whitening [D, D]: the inverse root of the shrunk
    scatter within the classes."""
    means = np.stack([vectors[labels == one].mean(axis=0) for one in range(classes)])
    apart = vectors - means[labels]
    scatter = apart.T @ apart / max(len(vectors) - classes, 1)
    average = max(float(np.trace(scatter)) / len(scatter), 1e-12)  # equal images scatter nowhere
    scatter *= 1 - _SHRINKAGE
    scatter.flat[:: len(scatter) + 1] += _SHRINKAGE * average
    whitening = np.linalg.inv(np.linalg.cholesky(scatter)).T
    return means @ whitening, whitening


MOST_PICTURES = 40  # of a class
THRESHOLD = 0.4  # of a class's pictures: where the interval lies above it, that is worth a warning

_ENOUGH = 20  # pictures of a class where there are many classes
_IN_ALL = 1000
_THREADS = min(8, os.cpu_count() or 1)
_ORDER = list(BY_NAME)
_NEAREST = 45  # degrees: a turn by less is nearer to none than to a quarter


@dataclass(frozen=True)
class MeaningWarning:
    """``turned`` of ``pictures`` of one class look like another after a ``transformation``.

    Untouched they were recognised as what they are, and transformed they are as near to the
    other class as its own pictures usually are.
    """

    transformation: Parameters
    from_class: str
    to_class: str
    turned: int
    pictures: int

    @property
    def effects(self) -> tuple[str, ...]:
        """The effects of augmentation that do it together: names from
        ``core.recipe.config.EFFECTS``."""
        return tuple(name for name, _ in self.transformation.values)

    @property
    def interval(self) -> tuple[float, float]:
        """The share's 95 % interval (Wilson)."""
        return wilson(self.turned, self.pictures)


@dataclass(frozen=True)
class Findings:
    """What the check found, the surest first, and what it rests on.

    ``right`` of ``pictures`` were recognised untouched: the fewer, the less it means that
    nothing was found. ``too_few`` are classes without enough pictures to be checked.
    """

    warnings: tuple[MeaningWarning, ...]
    right: int
    pictures: int
    too_few: tuple[str, ...] = ()

    @property
    def recognised(self) -> float:
        """The share of pictures that were recognised untouched."""
        return self.right / self.pictures if self.pictures else 0.0

    def of(self, transformations: Iterable[Parameters]) -> "Findings":
        """What was found of these transformations alone."""
        wanted = set(transformations)
        return replace(
            self, warnings=tuple(one for one in self.warnings if one.transformation in wanted)
        )

    def joined(self, other: "Findings") -> "Findings":
        """These and what was found of other transformations of the same pictures."""
        return replace(self, warnings=_surest_first((*self.warnings, *other.warnings)))


def transformations(config: AugmentationConfig) -> tuple[Parameters, ...]:
    """What ``config`` may do that could change a class: of each range the ends, and within it
    every quarter turn, or 60 degrees of hue; and what flips and turns make together, such as a
    vertical flip and half a turn, which mirror a picture sideways.

    Shifts, sizes and slants, light and noise leave a class what it is, and are not looked at;
    nor is grayscale, which makes classes alike rather than one into another.
    """
    if config.policy == "trivial":
        every = operations(config.fill_mode, config.fill_color)
        return tuple(one for operation in every for one in transformations(operation))
    found = _movements(config)
    if BY_NAME["hue"].is_on(config):
        found += [Parameters.of(hue=degrees) for degrees in _inside(config.hue, 60)]
    return tuple(found)


def chosen(samples: Sequence[Sample], classes: int) -> list[Sample]:
    """Those training samples that are looked at: of each class as many, evenly spread over it,
    because neighbours may show the same thing. The same ones each time."""
    limit = min(MOST_PICTURES, max(_ENOUGH, _IN_ALL // max(classes, 1)))
    groups: dict[int, list[Sample]] = {}
    for sample in samples:
        if sample.split == "train":
            groups.setdefault(sample.label, []).append(sample)
    found = []
    for label in sorted(groups):
        group = groups[label]
        count = min(limit, len(group))
        found += [group[number * len(group) // count] for number in range(count)]
    return found


def load(
    folder: Path,
    samples: Sequence[Sample],
    classes: Sequence[str],
    config: DatasetConfig,
    stop: threading.Event | None = None,
) -> dict[str, Images]:
    """Small images of each class, uint8 [N, 32, 32, 3], of the ``chosen`` training samples.

    Those that cannot be read are left out. Raises ``ThawError`` (stopped) once ``stop`` is set.
    """

    def small(sample: Sample) -> Images | None:
        raise_if_stopped(stop)
        try:
            return images.load(
                folder / sample.path,
                DESCRIPTOR_SIDE,
                config.fit,
                background=config.background_color,
                max_megapixels=config.max_megapixels,
            )
        except ImageError:
            return None

    todo = chosen(samples, len(classes))
    found: dict[str, list[Images]] = {name: [] for name in classes}
    with ThreadPoolExecutor(_THREADS, "meaning") as pool:
        for sample, image in zip(todo, pool.map(small, todo), strict=True):
            if image is not None:
                found[classes[sample.label]].append(image)
    none = np.empty((0, DESCRIPTOR_SIDE, DESCRIPTOR_SIDE, 3), np.uint8)
    return {name: np.stack(group) if group else none for name, group in found.items()}


def find(
    pictures: Mapping[str, Images],
    transformations: Sequence[Parameters],
    stop: threading.Event | None = None,
) -> Findings:
    """Which of ``transformations`` turn a class of ``pictures`` (as ``load`` gives them) into
    another. Raises ``ThawError`` (stopped) once ``stop`` is set.
    """
    classes = [name for name, group in pictures.items() if len(group) >= FEWEST]
    too_few = tuple(name for name in pictures if name not in classes)
    if len(classes) < 2:
        return Findings((), 0, 0, too_few)
    raise_if_stopped(stop)
    every = np.concatenate([pictures[name] for name in classes])
    labels = np.repeat(np.arange(len(classes)), [len(pictures[name]) for name in classes])
    judge = Judge(describe(every), labels)
    warnings: list[MeaningWarning] = []
    for one in transformations:
        raise_if_stopped(stop)
        counts = judge.turned(describe(np.stack([apply(image, one) for image in every])))
        warnings += [
            MeaningWarning(
                one, classes[a], classes[b], int(counts[a, b]), len(pictures[classes[a]])
            )
            for a, b in np.argwhere(counts)
        ]
    sure = _surest_first(one for one in warnings if one.interval[0] > THRESHOLD)
    return Findings(sure, int(judge.right.sum()), len(labels), too_few)


def _movements(config: AugmentationConfig) -> list[Parameters]:
    """What flips, quarter turns and the rotation's ends and quarters make of a square: each alone,
    and together what none of them makes alone; of those that are the same, one.

    A turn near to none adds nothing to a flip.
    """
    fill: dict[str, Any] = {"fill_mode": config.fill_mode, "fill_color": config.fill_color}
    turning = BY_NAME["rotation"].is_on(config)
    every = [
        Parameters.of(
            horizontal_flip=across,
            vertical_flip=down,
            quarter_turns=quarters,
            rotation=angle,
            **(fill if angle else {}),
        )
        for angle, quarters, down, across in product(
            [0.0, *_inside(config.rotation, 90)] if turning else [0.0],
            range(4 if config.quarter_turns else 1),
            (True, False) if config.vertical_flip else (False,),
            (True, False) if config.horizontal_flip else (False,),
        )
        if not (angle and (across or down or quarters))
        or not (config.quarter_turns or abs(angle) <= _NEAREST)
    ]
    found: list[Parameters] = []
    made = {(False, 0.0)}
    for one in sorted(every, key=_plainness):
        if len(one.values) == 1 or _movement(one) not in made:
            made.add(_movement(one))
            found.append(one)
    return found


def _plainness(one: Parameters) -> tuple[int, list[int]]:
    """Sorts what few effects do before what more do, and else by the effects' order."""
    return len(one.values), [_ORDER.index(name) for name, _ in one.values]


def _movement(one: Parameters) -> tuple[bool, float]:
    """Whether it mirrors, and by how many degrees it then turns: two that agree in both do the
    same. A vertical flip is a horizontal one and half a turn."""
    turned = 180 * one["vertical_flip"] + 90 * one["quarter_turns"] + one["rotation"]
    return one["horizontal_flip"] != one["vertical_flip"], turned % 360


def _surest_first(warnings: Iterable[MeaningWarning]) -> tuple[MeaningWarning, ...]:
    return tuple(sorted(warnings, key=lambda one: -one.interval[0]))


def _inside(ends: tuple[float, float], step: int) -> list[float]:
    """The ends of a range and the multiples of ``step`` between them, without 0; -180 is 180."""
    low, high = ends
    values = (low, high, *(one for one in range(-180, 181, step) if low < one < high))
    return sorted({180.0 if one == -180 else float(one) for one in values} - {0.0})
