"""What thawing costs, block by block and stage by stage, on this machine; cheap to ask."""

from dataclasses import dataclass

from core.compute.estimate import Speed, budgets, estimate, number_bytes
from core.compute.feature_plan import plan, sizes
from core.compute.memory_estimate import MemoryNeed, memory_need
from core.recipe import network
from core.recipe.config import RunConfig, StageConfig, boundary


@dataclass(frozen=True)
class EpochCost:
    """Seconds of one later epoch of a stage, and how much longer its first one takes, computing
    features that are then kept."""

    seconds: float
    more_at_first: float


@dataclass(frozen=True)
class StageFacts:
    """What learns in a stage and what that takes.

    ``trainable`` and ``frozen`` count weights and biases of network and head. Features are kept
    after ``boundary`` leading frozen blocks and take ``kept_bytes`` (0: nothing is kept, since
    all is thawed or every epoch's pictures are new ones). ``passed`` are frozen blocks behind a
    thawed one: they stay as they are, but the gradient has to pass them, so that they are
    computed in every epoch.
    """

    trainable: int
    frozen: int
    boundary: int
    passed: tuple[int, ...]
    kept_bytes: int
    memory: MemoryNeed


def block_costs(
    config: RunConfig, stage_index: int, speed: Speed, train: int, validation: int
) -> tuple[EpochCost, ...]:
    """What an epoch of a stage costs with all frozen, and then for each block that is kept if the
    stage thaws from that block on; on ``train`` and ``validation`` pictures."""
    depth, stage = config.model.depth, config.stages[stage_index]
    views = config.augmentation.cached_views if config.augments(stage) else 0
    epochs = min(stage.epochs, max(1, views))  # of those that follow each costs the same
    places = budgets()
    costs = []
    for first in (depth + 1, *range(1, depth + 1)):
        change = {"thawed": tuple(range(first, depth + 1)), "epochs": epochs}
        alone = _alone(config, stage.model_copy(update=change))
        expected = estimate(alone, speed, train, validation, places)
        costs.append(EpochCost(expected.epochs[0], expected.passes[0]))
    return tuple(costs)


def stage_facts(
    config: RunConfig,
    stage_index: int,
    speed: Speed | None,
    train: int,
    validation: int,
    classes: int,
) -> StageFacts:
    """The facts of a stage for ``classes`` classes; ``speed`` None as long as nothing was
    measured: sizes then are those of single precision."""
    depth, stage = config.model.depth, config.stages[stage_index]
    thawed = network.thawed_parameters(config, stage_index)
    start = boundary(stage.thawed, depth)
    return StageFacts(
        trainable=network.head_parameters(config, classes) + thawed,
        frozen=network.backbone_parameters(config) - thawed,
        boundary=start,
        passed=tuple(n for n in range(start + 1, depth + 1) if n not in stage.thawed),
        kept_bytes=_kept_bytes(_alone(config, stage), speed, train, validation),
        memory=memory_need(config, speed, classes, stage_index),
    )


def _alone(config: RunConfig, stage: StageConfig) -> RunConfig:
    return config.model_copy(update={"stages": (stage,)})


def _kept_bytes(config: RunConfig, speed: Speed | None, train: int, validation: int) -> int:
    number = number_bytes(config, speed) if speed is not None else 4
    (alone,) = plans = plan(config)
    if alone.is_fresh:
        return 0
    needed = sizes(plans, config.dataset.image_size, number, train, validation)
    return sum(count for key, count in needed if key.boundary)
