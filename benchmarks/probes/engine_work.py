"""What the engine's benchmarks train: three ways, the same pictures, batch, size and rates."""

from dataclasses import dataclass
from pathlib import Path

from core.augmentation.presets import PRESETS
from core.dataset.summary import scan
from core.recipe import files as recipes
from core.recipe.config import RunConfig
from core.runs.images import of_summary

BATCH, SIDE = 32, 224
PLAIN_EPOCHS = 3  # the first is slower; each does the same work again
AUGMENTED_EPOCHS = 2  # by both: there is no earlier work to spare


@dataclass(frozen=True)
class Way:
    """One way to train.

    ``least`` is how many times faster than the plain loop ours is to be in ``epochs`` without
    augmentation; ours really runs ``run`` of them. Validation accuracy is compared after
    ``compared`` epochs, with so many ``seeds``.
    """

    name: str
    thawed: tuple[int, ...]
    epochs: int
    least: float
    run: int
    compared: int
    seeds: int


WAYS = {
    way.name: way
    for way in (
        Way("head", (), epochs=20, least=15.0, run=20, compared=8, seeds=10),
        Way("block 5", (5,), epochs=10, least=6.0, run=10, compared=3, seeds=5),
        # the fourth is for the comparison with the window
        Way("everything", (1, 2, 3, 4, 5), epochs=3, least=2.5, run=4, compared=3, seeds=3),
    )
}


def recipe(
    way: Way, epochs: int, *, augmented: bool = False, side: int = SIDE, seed: int = 0
) -> RunConfig:
    """Ours. The others read their rates, seed and pictures from it.

    ``seed`` decides the batches, and which pictures validate.
    """
    # thawed from the start: a head of zeros moves nothing below it before it has learned
    steady = '"schedule":"constant","warmup_epochs":0,"feature_dropout":0'  # as the plain loop
    stages = f'stages=[{{"epochs":{epochs},"thawed":{list(way.thawed)},{steady}}}]'
    size = f"dataset.image_size={side}"
    seeds = f"seed={seed}", f"dataset.split_seed={seed}"
    made = recipes.load([], [stages, f"batch_size={BATCH}", size, *seeds])
    if augmented:
        made = made.model_copy(update={"augmentation": PRESETS["standard"]})
    return made


def pictures(folder: Path, config: RunConfig) -> dict[str, list[tuple[Path, int]]]:
    """Files and labels of the training and the validation pictures that our run uses."""
    parts: dict[str, list[tuple[Path, int]]] = {"train": [], "validation": []}
    for one in of_summary(scan(folder), config.dataset, None):
        if one.status == "used" and one.split in parts:
            parts[one.split].append((folder / one.path, one.label))
    return parts
