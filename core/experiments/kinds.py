"""The ready-made experiments: what each compares, and its arms out of a person's recipe.

All arms of one have the same images, size, epochs and head. A new kind is a record in ``KINDS``
and its sentences in ``core.common.messages``: ``experiment_<name>``, ``experiment_<name>_about``
and ``experiment_arm_<arm>``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.augmentation.presets import PRESETS as AUGMENTATIONS
from core.common.messages import InputError
from core.experiments.experiment import Arm, Experiment, new, with_fields
from core.recipe.config import BUILT_IN, RANDOM, RunConfig, StageConfig
from core.recipe.heads import HEADS
from core.recipe.presets import SCRATCH_RATE

if TYPE_CHECKING:
    from core.dataset.summary import DatasetSummary

FINDER_STEPS = 60
MANY_EPOCHS = 10  # fewer tell little of a slope
_SHARE = 0.1  # of the training images, in the arms that have few
_HEAD_SHARE = 2 / 3  # of the epochs of a fine-tuning, as in its preset: 20 of 30
_FEWEST_TUNED = 3  # epochs of its second stage, if all are twice as many: an end level's


@dataclass(frozen=True)
class Kind:
    """A ready-made experiment: its arms out of a person's recipe and a number of epochs, and
    which of them are set against each other, the one of which more is expected first. ``times``:
    its minutes matter beside accuracy."""

    name: str
    arms: Callable[[RunConfig, int], tuple[Arm, ...]] = field(repr=False)
    pairs: tuple[tuple[str, str], ...]
    times: bool = False


def _transfer(config: RunConfig, epochs: int) -> tuple[Arm, ...]:
    # for where the finder sees no loss fall: at a head's own rate AdamW would stay at chance
    rate = None if config.stages[0].optimizer == "sgd" else SCRATCH_RATE
    scratch = StageConfig(
        epochs=epochs, thawed=_all(config), learning_rate=rate, backbone_factor=1.0
    )
    recipe = _with(config, scratch, weights=RANDOM)
    return (*_tuning(config, epochs), Arm(name="from-scratch", recipe=recipe))


def _tuning(config: RunConfig, epochs: int) -> tuple[Arm, ...]:
    extractor = _with(config, StageConfig(epochs=epochs))
    tuned = _two_stages(config, epochs, thawed=_all(config))
    return Arm(name="feature-extractor", recipe=extractor), Arm(name="fine-tuned", recipe=tuned)


def _augmentation(config: RunConfig, epochs: int) -> tuple[Arm, ...]:
    """The person's own augmentation, or a light one where they have none."""
    tuned = _two_stages(config, epochs, thawed=_all(config)[-1:])
    own = {} if not config.augmentation.is_identity else dict(AUGMENTATIONS["light"])
    augmented = with_fields(tuned, "augmentation", **own)
    plain = with_fields(tuned, "augmentation", **dict(AUGMENTATIONS["none"]))
    return tuple(
        Arm(
            name=f"{name}-{amount}",
            recipe=with_fields(recipe, "dataset", train_fraction=share),
            rates_of=None if recipe is augmented else f"augmented-{amount}",
        )
        for amount, share in (("all", 1.0), ("tenth", _SHARE))
        for name, recipe in (("augmented", augmented), ("plain", plain))
    )


def _flip(config: RunConfig, epochs: int) -> tuple[Arm, ...]:
    tuned = _two_stages(config, epochs, thawed=_all(config)[-1:])
    on, off = (with_fields(tuned, "augmentation", horizontal_flip=one) for one in (0.5, 0.0))
    return Arm(name="flip-on", recipe=on), Arm(name="flip-off", recipe=off, rates_of="flip-on")


def _first_stage(config: RunConfig, epochs: int) -> tuple[Arm, ...]:
    """Nothing differs but what the first stage thaws: it has the rates that were found for the
    head alone, their schedule without a warm-up, and all features. A rate found for the thawed
    blocks is so small that it hides what the head's does to them (docs/recipes.md)."""
    frozen = _two_stages(config, epochs, thawed=_all(config))
    first, second = frozen.stages
    same = {"warmup_epochs": first.warmup(), "feature_dropout": first.dropped_features}
    thawed = first.model_copy(update={"thawed": second.thawed, **same})
    return (
        Arm(name="frozen-first", recipe=frozen),
        Arm(
            name="thawed-first",
            recipe=frozen.model_copy(update={"stages": (thawed, second)}),
            rates_of="frozen-first",
        ),
    )


def _convnet_rate(config: RunConfig, epochs: int) -> tuple[Arm, ...]:
    small = _two_stages(config, epochs, thawed=_all(config))
    large = _two_stages(config, epochs, thawed=_all(config), backbone_factor=1.0)
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


def check(config: RunConfig) -> None:
    """Raises ``InputError`` (experiment_without_gradient) where the head of ``config`` cannot be
    trained by what is compared: epochs, learning rates and thawed blocks."""
    head = config.model.head.kind
    if not HEADS[head].has_gradient:
        raise InputError("experiment_without_gradient", kind=head)


def made(
    kind: str,
    config: RunConfig,
    summary: "DatasetSummary",
    seeds: int,
    epochs: int,
    target: float | None = None,
) -> Experiment:
    """The ready-made experiment ``kind`` of so many seeds and epochs on ``summary``'s images.

    Raises ``InputError`` as ``check``.
    """
    check(config)
    arms, pairs = KINDS[kind].arms(config, epochs), KINDS[kind].pairs
    made = new(kind, summary, arms, pairs, config.seed, seeds)
    return made.model_copy(update={"finder_steps": FINDER_STEPS, "target": target})


# -- recipes ------------------------------------------------------------------------------------


def _two_stages(config: RunConfig, epochs: int, **second: Any) -> RunConfig:
    """First the head alone, then what the fields of the ``second`` stage say."""
    head = min(round(epochs * _HEAD_SHARE), max(epochs - _FEWEST_TUNED, epochs // 2, 1))
    tuned = StageConfig(epochs=max(epochs - head, 1), **second)
    return _with(config, StageConfig(epochs=head), tuned)


def _with(config: RunConfig, *stages: StageConfig, weights: str = "") -> RunConfig:
    """``config`` with these stages and the optimizer of its own; all else of a stage is the
    default, for what is asked is what people get. Without ``weights``, those that there is
    something to transfer from."""
    first = config.stages[0]
    names = ("optimizer", "momentum", "weight_decay", "augment")
    same = {name: getattr(first, name) for name in names}
    changed = tuple(one.model_copy(update=same) for one in stages)
    config = config.model_copy(update={"stages": changed})
    if not weights:
        weights = BUILT_IN if config.model.weights == RANDOM else config.model.weights
    if weights == config.model.weights:
        return config
    return with_fields(config, "model", weights=weights, normalization=None)


def _all(config: RunConfig) -> tuple[int, ...]:
    return tuple(range(1, config.model.depth + 1))
