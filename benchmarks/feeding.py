"""Feeding: how long the network waits for its pictures, which threads decode and augment ahead."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from unittest import mock

from benchmarks import Row, augmentation
from core.augmentation.presets import PRESETS
from core.compute.loaders import Augmenting, PictureBatch, PictureLoader
from core.dataset import sample as sample_files
from core.dataset.summary import scan
from core.recipe import files as recipes
from core.recipe.config import AugmentationConfig, RunConfig
from core.runs.events import EpochFinished
from core.runs.run import Run
from core.training.train import train

PICTURES_PER_CLASS = 12  # 96 pictures: of so few, the wait for an epoch's first weighs most
EPOCHS = 2
LARGEST_SHARE = 2.0
# One block alone eats about as fast as all five do on a processor with AMX.
NETWORKS = {5: "the network", 1: "a network of one block"}


def run() -> list[Row]:
    """Shares of augmented epochs at 224 px and their validation, on part of the sample dataset."""
    configs = {
        "standard preset": PRESETS["standard"],
        "all effects": augmentation.everything(),
    }
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as place:
        folder = Path(place) / "signs"
        sample_files.write(folder, per_class=PICTURES_PER_CLASS)
        rows = []
        for depth, network in NETWORKS.items():
            for name, config in configs.items():
                directory = Path(place) / f"{depth} {name}"
                share = 100 * _waited(folder, directory, _recipe(depth, config))
                rows.append(_row(f"{network}, {name}", share))
        return rows


def _row(what: str, share: float) -> Row:
    return Row(
        f"share of the time that it waits for augmented pictures: {what}",
        share,
        "%",
        f"<= {LARGEST_SHARE:g} %",
        met=share <= LARGEST_SHARE,
    )


def _waited(folder: Path, directory: Path, recipe: RunConfig) -> float:
    """The share, 0 to 1, of a training's epochs that its loop waits for the loader."""
    waits: list[float] = []
    batches = PictureLoader.batches

    def timed(
        loader: PictureLoader,
        groups: Sequence[Sequence[int]],
        augmenting: Augmenting | None = None,
    ) -> Iterator[PictureBatch]:
        given = batches(loader, groups, augmenting)
        while True:
            start = perf_counter()
            batch = next(given, None)
            waits.append(perf_counter() - start)
            if batch is None:
                return
            yield batch

    run = Run.create(directory, recipe, scan(folder))
    with mock.patch.object(PictureLoader, "batches", timed):
        epochs = [one for one in train(recipe, run) if isinstance(one, EpochFinished)]
    return sum(waits) / sum(one.seconds for one in epochs)


def _recipe(depth: int, config: AugmentationConfig) -> RunConfig:
    stages = f'stages=[{{"epochs":{EPOCHS}}}]'
    recipe = recipes.load([], [stages, f"model.depth={depth}"])
    return recipe.model_copy(update={"augmentation": config})
