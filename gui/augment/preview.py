"""What the augmentation preview shows: which training picture, and its versions.

The tiles are made as training's pictures are, as ``core.augmentation.augment`` does. Where training
draws anew in every epoch they have seeds of their own; nothing that is looked at changes what a
run draws.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.images import load as images

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from core.dataset.split import Split
    from core.dataset.summary import Sample
    from core.recipe.config import AugmentationConfig, DatasetConfig

TILES = 12
_LEFT, _RIGHT = "left", "right"


def seed(shuffle: int) -> int:
    """The seed of the draws after ``shuffle`` (from 0) reshuffles: negative, and a recipe's
    never is, so no run shares them."""
    return -1 - shuffle


def load(path: Path, config: DatasetConfig) -> NDArray[np.uint8]:
    """The picture at ``path`` as training gets it, uint8 [size, size, 3]; run it off the
    window's thread. Raises ``ImageError``."""
    import cv2  # noqa: F401 (here, so that the first warp need not wait for it)

    return images.load_for(config, path)


def versions(
    picture: NDArray[np.uint8],
    config: AugmentationConfig,
    key: str,
    shuffle: int = 0,
    count: int = TILES,
) -> list[NDArray[np.uint8]]:
    """``count`` augmented versions of ``picture``, whose sample has ``key``; same shapes.

    Version t takes the draws of view t. They don't depend on ``config``: moving one slider
    moves one effect of each version.
    """
    from core.augmentation.augment import augment  # brings numpy, which start-up can do without

    return [augment(picture, config, seed(shuffle), 0, key, view) for view in range(count)]


def mirrored_classes(classes: Sequence[str]) -> tuple[str, str] | None:
    """The first two classes whose names differ in "left" and "right" alone, or None."""
    by_name = {name.casefold(): name for name in classes}
    for name in classes:
        other = by_name.get(name.casefold().replace(_LEFT, _RIGHT))
        if other is not None and other != name:
            return name, other
    return None


@dataclass(frozen=True)
class TrainingPictures:
    """The pictures that may be looked at, by class: the validation pictures never are, because
    they are never augmented."""

    by_label: dict[int, tuple[Sample, ...]]

    @classmethod
    def of(cls, split: Split | None) -> TrainingPictures:
        """Those of ``split``; none without one."""
        groups: defaultdict[int, list[Sample]] = defaultdict(list)
        for sample in split.train if split is not None else ():
            groups[sample.label].append(sample)
        return cls({label: tuple(groups[label]) for label in sorted(groups)})

    def kept(self, sample: Sample | None) -> Sample | None:
        """``sample`` where it still trains, else the first of its class, else of all."""
        if sample is not None:
            for other in self.by_label.get(sample.label, ()):
                if other.path == sample.path:
                    return other
            if sample.label in self.by_label:
                return self.first(sample.label)
        return next((group[0] for group in self.by_label.values()), None)

    def first(self, label: int) -> Sample:
        """The first picture of a class."""
        return self.by_label[label][0]

    def stepped(self, sample: Sample, by: int) -> Sample:
        """The picture ``by`` places further in its class; the first follows the last."""
        group = self.by_label[sample.label]
        return group[(group.index(sample) + by) % len(group)]

    def place(self, sample: Sample) -> tuple[int, int]:
        """The number of ``sample`` in its class, from 1, and of how many."""
        group = self.by_label[sample.label]
        return group.index(sample) + 1, len(group)
