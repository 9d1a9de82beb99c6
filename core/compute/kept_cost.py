"""What keeping a recipe's features costs: room on the disk, and seconds of the whole run."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.compute.estimate import Speed, estimate, number_bytes
from core.compute.feature_plan import Key, Part, StagePlan, plan, sizes
from core.recipe.config import RunConfig


@dataclass(frozen=True)
class KeptCost:
    """``bytes`` that the run keeps on disk where there is room, and ``fits``: whether there is;
    ``seconds`` of the whole run, as far as it fits."""

    bytes: int
    seconds: float
    fits: bool


def kept_cost(
    config: RunConfig,
    speed: Speed,
    train: int,
    validation: int,
    room: int,
    held: Mapping[tuple[Key, Part], int] | None = None,
) -> KeptCost:
    """The cost of ``config`` on ``train`` and ``validation`` pictures, where ``room`` bytes of the
    disk may be taken (``estimate.kept_room()``) and so many pictures' features are ``held``.

    For the choice between no augmentation, kept views and fresh ones, ask for each recipe.
    """
    plans = plan(config)
    size = config.dataset.image_size
    features = sizes(plans, size, number_bytes(config, speed), train, validation)
    needed = sum(count for key, count in features if key.boundary)
    if _decodes_again(plans):
        needed += (train + validation) * size**2 * 3
    expected = estimate(config, speed, train, validation, held=held)
    return KeptCost(needed, expected.total, needed <= room)


def _decodes_again(plans: list[StagePlan]) -> bool:
    """Whether the run needs pictures again that it has decoded before, and so keeps them."""
    again = any(one.is_fresh or one.views > 1 or not one.boundary for one in plans)
    return again and sum(len(one.epochs) for one in plans) > 1
