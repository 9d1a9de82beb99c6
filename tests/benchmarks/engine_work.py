"""What the engine's benchmark trains: three ways, the same pictures, batch, size and rates."""

from dataclasses import dataclass
from pathlib import Path

from core import recipes
from core.augmentation_presets import PRESETS
from core.config import RunConfig
from core.dataset import scan
from core.learning_rates import rates
from core.run_pictures import of_summary

BATCH, SIDE = 32, 224


@dataclass(frozen=True)
class Way:
    """One way to train. ``epochs`` are really run by both; of ``augmented`` ones fewer are,
    because none of them can be spared by keeping features."""

    name: str
    thawed: tuple[int, ...]
    epochs: int
    augmented_epochs: int
    least: float | None  # how many times faster than the plain loop, without augmentation


WAYS = {
    way.name: way
    for way in (
        Way("head", (), 20, 2, 15.0),
        Way("block 5", (5,), 10, 2, 6.0),
        Way("everything", (1, 2, 3, 4, 5), 3, 2, 2.5),
    )
}


def recipe(way: Way, *, augmented: bool) -> RunConfig:
    """Ours. The others read their rates from it."""
    epochs = way.augmented_epochs if augmented else way.epochs
    # thawed from the start: a head of zeros moves nothing below it before it has learned
    stages = f'stages=[{{"epochs":{epochs},"thawed":{list(way.thawed)}}}]'
    made = recipes.load([], [stages, f"batch_size={BATCH}", f"dataset.image_size={SIDE}"])
    if augmented:
        made = made.model_copy(update={"augmentation": PRESETS["standard"]})
    return made


def learning_rates(way: Way) -> tuple[float, float]:
    """Of the head and of the thawed blocks."""
    return rates(recipe(way, augmented=False), 0)


def pictures(folder: Path, config: RunConfig) -> dict[str, list[tuple[Path, int]]]:
    """Files and labels of the training and the validation pictures that our run uses."""
    parts: dict[str, list[tuple[Path, int]]] = {"train": [], "validation": []}
    for one in of_summary(scan(folder), config.dataset, None):
        if one.status == "used" and one.split in parts:
            parts[one.split].append((folder / one.path, one.label))
    return parts
