"""The ready-made experiments: which recipes each compares.

All arms of one have the same pictures, size, epochs and head. Whoever adds a kind gives it
sentences in ``core.messages`` (``experiment_<kind>`` and ``experiment_arm_<name>``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.augmentation.presets import PRESETS as AUGMENTATIONS
from core.experiments.experiment_ import CUSTOM, Arm, Experiment, arm_name, divided_as
from core.recipe.config import BUILT_IN, RANDOM, SEEDS, RunConfig, StageConfig
from core.recipe.presets import SCRATCH_RATE

if TYPE_CHECKING:
    from core.dataset.summary import DatasetSummary

SHARE = 0.1  # of the training pictures, in the arms that have few
LARGE_FACTOR, SMALL_FACTOR = 1.0, 0.1
FINDER_STEPS = 60
MANY_EPOCHS = 10  # fewer tell little of a slope
_HEAD_SHARE = 2 / 3  # of the epochs of a fine-tuning, as in its preset: 20 of 30
_FEWEST_TUNED = (
    3  # epochs of its second stage, if all are twice as many: an end level is their mean
)

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Kind:
    """A ready-made experiment: its arms out of a person's recipe and a number of epochs, and
    which of them are set against each other. ``times``: its minutes matter beside accuracy."""

    name: str
    arms: Callable[[RunConfig, int], tuple[Arm, ...]] = field(repr=False)
    pairs: Pairs
    times: bool = False


def _transfer(config: RunConfig, epochs: int) -> tuple[Arm, ...]:
    # for where the finder sees no loss fall: at a head's own rate AdamW would stay at chance
    rate = None if config.stages[0].optimizer == "sgd" else SCRATCH_RATE
    scratch = StageConfig(
        epochs=epochs, thawed=_all(config), learning_rate=rate, backbone_factor=1.0
    )
    return (
        *_tuning(config, epochs),
        Arm(name="from-scratch", recipe=_with(config, [_as(config, scratch)], weights=RANDOM)),
    )


def _tuning(config: RunConfig, epochs: int) -> tuple[Arm, ...]:
    return (
        Arm(name="feature-extractor", recipe=_extractor(config, epochs)),
        Arm(name="fine-tuned", recipe=_fine_tuned(config, epochs)),
    )


def _augmentation(config: RunConfig, epochs: int) -> tuple[Arm, ...]:
    augmented = config
    if config.augmentation.is_identity:
        augmented = _augmenting(config, **dict(AUGMENTATIONS["light"]))
    plain = _augmenting(config, **dict(AUGMENTATIONS["none"]))
    return tuple(
        Arm(
            name=f"{name}-{amount}",
            recipe=_learning_from(_last_tuned(recipe, epochs), share),
            rates_of=None if name == "augmented" else f"augmented-{amount}",
        )
        for amount, share in (("all", 1.0), ("tenth", SHARE))
        for name, recipe in (("augmented", augmented), ("plain", plain))
    )


def _flip(config: RunConfig, epochs: int) -> tuple[Arm, ...]:
    return tuple(
        Arm(
            name=name,
            recipe=_last_tuned(_augmenting(config, horizontal_flip=chance), epochs),
            rates_of=lender,
        )
        for name, chance, lender in (("flip-on", 0.5, None), ("flip-off", 0.0, "flip-on"))
    )


def _first_stage(config: RunConfig, epochs: int) -> tuple[Arm, ...]:
    frozen = _fine_tuned(config, epochs)
    first, second = frozen.stages
    thawed = first.model_copy(update={"thawed": second.thawed})
    return (
        Arm(name="frozen-first", recipe=frozen),
        Arm(name="thawed-first", recipe=_with(frozen, [thawed, second])),
    )


def _convnet_rate(config: RunConfig, epochs: int) -> tuple[Arm, ...]:
    small, large = (_fine_tuned(config, epochs, factor) for factor in (SMALL_FACTOR, LARGE_FACTOR))
    return (
        Arm(name="small-rate", recipe=small),
        Arm(name="large-rate", recipe=large, rates_of="small-rate"),
    )


KINDS: Mapping[str, Kind] = {
    one.name: one
    for one in (
        Kind(
            "transfer",
            _transfer,
            (("feature-extractor", "from-scratch"), ("fine-tuned", "from-scratch")),
        ),
        Kind("tuning", _tuning, (("fine-tuned", "feature-extractor"),), times=True),
        Kind(
            "augmentation",
            _augmentation,
            (("augmented-all", "plain-all"), ("augmented-tenth", "plain-tenth")),
        ),
        Kind("flip", _flip, (("flip-on", "flip-off"),)),
        Kind("first-stage", _first_stage, (("frozen-first", "thawed-first"),), times=True),
        Kind("convnet-rate", _convnet_rate, (("small-rate", "large-rate"),)),
    )
}


def shows_times(experiment: Experiment) -> bool:
    """Whether its minutes matter beside its accuracy."""
    return experiment.kind in KINDS and KINDS[experiment.kind].times


def made(
    kind: str,
    config: RunConfig,
    summary: "DatasetSummary",
    seeds: int,
    epochs: int,
    target: float | None = None,
) -> Experiment:
    """The ready-made experiment ``kind`` of so many seeds and epochs on ``summary``'s pictures."""
    return Experiment(
        kind=kind,
        folder=str(summary.folder),
        classes=summary.classes,
        created=_now(),
        arms=KINDS[kind].arms(config, epochs),
        pairs=KINDS[kind].pairs,
        seeds=_seeds(config, seeds),
        finder_steps=FINDER_STEPS,
        target=target,
    )


def queued(
    recipes: Sequence[tuple[str, RunConfig]], summary: "DatasetSummary", seeds: int
) -> Experiment:
    """Any ``recipes``, each with what a person calls it and with the rates that it has, on
    ``summary``'s pictures, which all divide as the first does. Each is set against the first."""
    first = recipes[0][1]
    arms: list[Arm] = []
    for title, recipe in recipes:
        name = arm_name(title, [one.name for one in arms])
        arms.append(Arm(name=name, recipe=divided_as(recipe, first), title=title))
    return Experiment(
        kind=CUSTOM,
        folder=str(summary.folder),
        classes=summary.classes,
        created=_now(),
        arms=tuple(arms),
        pairs=tuple((one.name, arms[0].name) for one in arms[1:]),
        seeds=_seeds(first, seeds),
    )


def with_size(config: RunConfig, size: int) -> RunConfig:
    """``config`` for pictures of another size."""
    dataset = config.dataset.model_copy(update={"image_size": size})
    return config.model_copy(update={"dataset": dataset})


def _seeds(config: RunConfig, count: int) -> tuple[int, ...]:
    return tuple((config.seed + number) % SEEDS for number in range(count))


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


# -- recipes ------------------------------------------------------------------------------------


def _extractor(config: RunConfig, epochs: int) -> RunConfig:
    return _with(_transferring(config), [_as(config, StageConfig(epochs=epochs))])


def _fine_tuned(config: RunConfig, epochs: int, factor: float = SMALL_FACTOR) -> RunConfig:
    """Two stages: first the head alone, then all blocks with it."""
    second = StageConfig(thawed=_all(config), backbone_factor=factor)
    return _two_stages(config, epochs, second)


def _last_tuned(config: RunConfig, epochs: int) -> RunConfig:
    """Two stages: first the head alone, then the last block with it."""
    return _two_stages(config, epochs, StageConfig(thawed=_all(config)[-1:]))


def _two_stages(config: RunConfig, epochs: int, second: StageConfig) -> RunConfig:
    head = min(round(epochs * _HEAD_SHARE), max(epochs - _FEWEST_TUNED, epochs // 2, 1))
    stages = [StageConfig(epochs=head), second.model_copy(update={"epochs": max(epochs - head, 1)})]
    return _with(_transferring(config), [_as(config, one) for one in stages])


def _as(config: RunConfig, stage: StageConfig) -> StageConfig:
    """``stage`` with the optimizer of the person's recipe; its rates are constant, so that the
    curves show the arms and not a schedule."""
    first = config.stages[0]
    same = {
        key: getattr(first, key) for key in ("optimizer", "momentum", "weight_decay", "augment")
    }
    return stage.model_copy(update=same)


def _with(config: RunConfig, stages: list[StageConfig], weights: str = "") -> RunConfig:
    changes: dict[str, Any] = {"stages": tuple(stages)}
    if weights and weights != config.model.weights:
        changes["model"] = config.model.model_copy(
            update={"weights": weights, "normalization": None}
        )
    return config.model_copy(update=changes)


def _transferring(config: RunConfig) -> RunConfig:
    """``config`` with weights that there is something to transfer from."""
    return _with(config, list(config.stages), BUILT_IN if config.model.weights == RANDOM else "")


def _augmenting(config: RunConfig, **values: object) -> RunConfig:
    augmentation = config.augmentation.model_copy(update=values)
    return config.model_copy(update={"augmentation": augmentation})


def _learning_from(config: RunConfig, share: float) -> RunConfig:
    dataset = config.dataset.model_copy(update={"train_fraction": share})
    return config.model_copy(update={"dataset": dataset})


def _all(config: RunConfig) -> tuple[int, ...]:
    return tuple(range(1, config.model.depth + 1))
