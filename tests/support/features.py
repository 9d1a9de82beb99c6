"""Sources of features over a few tiny images, and what they compute."""

import threading
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from core.compute.feature_plan import plan
from core.compute.features import source as feature_source
from core.compute.features.source import Computed, FeatureBatch, FeatureSource
from core.compute.features.store import DiskStore
from core.compute.loaders import Augmenting, PictureLoader
from core.compute.numerics import Numerics
from core.images import load as images
from core.model.backbone import Backbone
from core.recipe.config import AugmentationConfig, DatasetConfig
from core.runs.images import Picture
from tests.support.training import small_recipe

# The early blocks pass quickly.
ONE_STAGE = 'stages=[{"epochs":4,"thawed":[4]}]'
TWO_STAGES = 'stages=[{"epochs":2,"thawed":[4]},{"epochs":1,"thawed":[3]}]'
SIZE = 32  # so small that one picture alone takes another path through the convolutions
PICTURES = [
    Picture(f"red/{number:03}.{'png' if number % 2 == 0 else 'jpg'}", 0, "train")
    for number in range(11)
]
ALL = range(len(PICTURES))
TURNED = Augmenting(AugmentationConfig(rotation=(-40, 40)), seed=0, epoch=0)


@dataclass
class Maker:
    """Makes sources of features of ``PICTURES``, the last two of them for validation."""

    folder: Path
    kept: Path
    network: Backbone
    closing: ExitStack

    def __call__(
        self,
        *settings: str,
        micro_batch: int = 4,
        precision: str = "float32",
        on_disk: bool = False,
        memory: int | None = None,
    ) -> FeatureSource:
        """One whose features may take ``memory`` bytes; None: what is free."""
        recipe, stop = small_recipe(TWO_STAGES, *settings), threading.Event()
        pictures = [
            replace(one, hash=images.content_hash((self.folder / one.path).read_bytes()))
            if on_disk
            else one
            for one in PICTURES
        ]
        numerics = Numerics(torch.get_num_threads(), micro_batch, precision)
        disk = DiskStore(self.kept, recipe, numerics, self.network, pictures) if on_disk else None
        loader = PictureLoader(self.folder, pictures, DatasetConfig(image_size=SIZE), stop)
        parts = ALL[:-2], ALL[-2:]
        with pytest.MonkeyPatch.context() as patch:
            if memory is not None:
                patch.setattr(feature_source, "memory_budget", lambda: memory)
            source = FeatureSource(
                loader, self.network, numerics, plan(recipe), *parts, SIZE, stop, disk
            )
        self.closing.enter_context(loader)
        self.closing.enter_context(source)
        source.begin_stage(1)
        return source


def by_picture(
    source: FeatureSource, groups: Sequence[Sequence[int]], augmenting: Augmenting | None = None
) -> dict[int, Tensor]:
    """Each picture's features, read in pieces of three as a training step reads them."""
    return read(source.batches(groups, augmenting))


def read(items: Iterable[object]) -> dict[int, Tensor]:
    found: dict[int, Tensor] = {}
    for item in items:
        if isinstance(item, FeatureBatch):
            for first in range(0, len(item.positions), 3):
                piece = slice(first, first + 3)
                found.update(zip(item.positions[piece], item.features(piece), strict=True))
    return found


def computed(
    source: FeatureSource, groups: Sequence[Sequence[int]], augmenting: Augmenting | None = None
) -> int:
    """How many pictures go through the frozen blocks for these batches."""
    return passed(source.batches(groups, augmenting))


def passed(items: Iterable[object]) -> int:
    return sum(one.pictures for one in items if isinstance(one, Computed))


def given(items: Iterable[object]) -> list[tuple[int, ...]]:
    """The positions of each batch."""
    return [one.positions for one in items if isinstance(one, FeatureBatch)]
