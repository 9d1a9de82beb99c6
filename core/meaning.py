"""Which augmentation can turn one class into another. It advises, and it says how sure it is.

A few training pictures of each class are transformed; where they then look like another class,
training would teach the network that both are one.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core import descriptors, images, trivial_augment
from core.augmentation import Parameters, apply
from core.augmentation_config import BY_NAME, AugmentationConfig
from core.config import DatasetConfig
from core.dataset import Sample
from core.descriptors import Images
from core.images import ImageError
from core.likeness import FEWEST, Labels, Numbers, compare
from core.messages import ThawError
from core.photometric import Photometric
from core.statistics import wilson

Progress = Callable[[int, int], None]

MOST_PICTURES = 40  # of a class
THRESHOLD = 0.4  # of a class's pictures: where the interval lies above it, that is worth a warning

_ENOUGH = 20  # pictures of a class where there are many classes
_IN_ALL = 1000
_THREADS = min(8, os.cpu_count() or 1)
_BATCH = 32  # pictures between two looks at ``stop``
_SYMMETRIES = ("horizontal_flip", "vertical_flip", "quarter_turns")


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
        """The effects of augmentation that do it: names from ``augmentation_config.EFFECTS``."""
        one = self.transformation
        found = [name for name in (*_SYMMETRIES, "rotation") if getattr(one, name)]
        return (*found, "hue") if one.photometric.hue else tuple(found)

    @property
    def share(self) -> float:
        """``turned`` as a share of ``pictures``."""
        return self.turned / self.pictures

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


def transformations(config: AugmentationConfig) -> tuple[Parameters, ...]:
    """What ``config`` may do that could change a class: of each range the ends, and within it
    every quarter turn, or 60 degrees of hue.

    Shifts, sizes and slants, light and noise leave a class what it is, and are not looked at;
    nor is grayscale, which makes classes alike rather than one into another.
    """
    if config.policy == "trivial":
        filled = {"fill_mode": config.fill_mode, "fill_color": config.fill_color}
        every = (one.model_copy(update=filled) for one in trivial_augment.OPERATIONS)
        return tuple(one for operation in every for one in transformations(operation))
    found = _symmetries(config)
    fill = Parameters(fill_mode=config.fill_mode, fill_color=config.fill_color)
    if BY_NAME["rotation"].is_on(config):
        found += [replace(fill, rotation=degrees) for degrees in _inside(config.rotation, 90)]
    if BY_NAME["hue"].is_on(config):
        hues = (Photometric(hue=degrees) for degrees in _inside(config.hue, 60))
        found += [Parameters(photometric=hue) for hue in hues]
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
    progress: Progress | None = None,
) -> dict[str, Images]:
    """Small pictures of each class, uint8 [N, 32, 32, 3], of the ``chosen`` training samples.

    Those that cannot be read are left out. ``progress`` is told pictures done and in all, in the
    calling thread. Raises ``ThawError`` (stopped) once ``stop`` is set.
    """
    todo = chosen(samples, len(classes))
    found: dict[str, list[Images]] = {name: [] for name in classes}
    with ThreadPoolExecutor(_THREADS, "meaning") as pool:
        for first in range(0, len(todo), _BATCH):
            _look_at(stop)
            batch = todo[first : first + _BATCH]
            small = pool.map(lambda one: _small(folder / one.path, config), batch)
            for sample, picture in zip(batch, small, strict=True):
                if picture is not None:
                    found[classes[sample.label]].append(picture)
            if progress is not None:
                progress(first + len(batch), len(todo))
    none = np.empty((0, descriptors.SIDE, descriptors.SIDE, 3), np.uint8)
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
    every = np.concatenate([pictures[name] for name in classes])
    labels = np.repeat(np.arange(len(classes)), [len(pictures[name]) for name in classes])
    transformed = (
        (one, descriptors.describe(np.stack([apply(picture, one) for picture in every])))
        for one in transformations
    )
    found = check(descriptors.describe(every), labels, classes, transformed, stop)
    return replace(found, too_few=too_few)


def check(
    vectors: Numbers,
    labels: Labels,
    classes: Sequence[str],
    transformed: Iterable[tuple[Parameters, Numbers]],
    stop: threading.Event | None = None,
) -> Findings:
    """What ``find`` finds, from any vectors [N, D] of the pictures and of each transformation of
    them, such as a network's features.

    ``labels`` [N] are positions in ``classes``, each of at least ``likeness.FEWEST`` pictures.
    Raises ``ThawError`` (stopped) once ``stop`` is set.
    """
    done: list[Parameters] = []

    def one_by_one() -> Iterator[Numbers]:
        for transformation, changed in transformed:
            _look_at(stop)
            done.append(transformation)
            yield changed

    _look_at(stop)
    found = compare(vectors, labels, one_by_one())
    totals = np.bincount(labels, minlength=len(classes))
    warnings = [
        MeaningWarning(one, classes[a], classes[b], int(counts[a, b]), int(totals[a]))
        for one, counts in zip(done, found.turned, strict=True)
        for a, b in np.argwhere(counts)
    ]
    sure = [one for one in warnings if one.interval[0] > THRESHOLD]
    sure.sort(key=lambda one: -one.interval[0])
    return Findings(tuple(sure), int(found.right.sum()), len(labels))


def _symmetries(config: AugmentationConfig) -> list[Parameters]:
    """What flips and quarter turns together make of a square; of those that are the same, one."""
    across, down = config.horizontal_flip > 0, config.vertical_flip > 0
    turns = config.quarter_turns > 0
    flip = Parameters(horizontal_flip=across, vertical_flip=not across)
    possible = (
        (across, Parameters(horizontal_flip=True)),
        (down, Parameters(vertical_flip=True)),
        (across and down and not turns, Parameters(horizontal_flip=True, vertical_flip=True)),
        *((turns, Parameters(quarter_turns=number)) for number in (1, 2, 3)),
        *((turns and (across or down), replace(flip, quarter_turns=number)) for number in (1, 3)),
    )
    return [one for is_possible, one in possible if is_possible]


def _inside(ends: tuple[float, float], step: int) -> list[float]:
    """The ends of a range and the multiples of ``step`` between them, without 0; -180 is 180."""
    low, high = ends
    values = (low, high, *(one for one in range(-180, 181, step) if low < one < high))
    return sorted({180.0 if one == -180 else float(one) for one in values} - {0.0})


def _small(path: Path, config: DatasetConfig) -> Images | None:
    try:
        return images.load(
            path,
            descriptors.SIDE,
            config.fit,
            background=config.background_color,
            max_megapixels=config.max_megapixels,
        )
    except ImageError:
        return None


def _look_at(stop: threading.Event | None) -> None:
    if stop is not None and stop.is_set():
        raise ThawError("stopped")
