"""The ready-made experiments: what each compares, its arms out of a person's recipe, and what
size, seeds and epochs fit into some minutes.

All arms of one have the same images, size, epochs and head. A new kind is a record in ``KINDS``
and its sentences in ``core.common.messages``: ``experiment_<name>``, ``experiment_<name>_about``
and ``experiment_arm_<arm>``. Seconds come from ``core.compute.estimate``: a measurement of this
machine, multiplied.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.augmentation.presets import PRESETS as AUGMENTATIONS
from core.common.messages import InputError
from core.compute.estimate import Speed, estimate
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


# -- how large ------------------------------------------------------------------------------------

SIZES = (224, 160, 128, 96, 64, 32)
FEWEST_EPOCHS, MOST_EPOCHS, MOST_SEEDS = 4, 30, 5
_USUAL_SEEDS = 3  # fewer give no interval, and tell nothing apart
_RUN_SECONDS = 2.0  # a run's folder, its network, its last checkpoint
_EPOCH_SECONDS = 0.5  # what is learned goes to the disk
# Epochs and seeds where all of them don't fit at the smallest size.
_SHORTER = ((8, 3), (6, 3), (FEWEST_EPOCHS, 3), (FEWEST_EPOCHS, 2), (FEWEST_EPOCHS, 1))

# Of the finder of an arm (seed None) and of each of its runs.
Piece = tuple[str, int | None]


@dataclass(frozen=True)
class Fit:
    """What to run: images of ``size``, so many ``seeds`` and ``epochs``, for about ``seconds``.
    ``fits``: that is not more than was allowed."""

    size: int
    seeds: int
    epochs: int
    seconds: float
    fits: bool = True


def fitted(
    kind: str,
    config: RunConfig,
    minutes: float,
    speed: Speed,
    counts: tuple[int, int, int],
    *,
    size: int | None = None,
    seeds: int | None = None,
    epochs: int | None = None,
) -> Fit:
    """The largest experiment of ``kind`` that ends within ``minutes``; what is given stays.

    ``counts`` are the training, validation and test images. Images of at most the recipe's size:
    the largest at which three seeds and ten epochs fit; then more epochs, then more seeds. Where
    that doesn't fit at the smallest size either, fewer epochs and then fewer seeds. Raises
    ``InputError`` as ``check``.
    """
    check(config)

    def fit(size: int, seeds: int, epochs: int) -> Fit:
        arms = KINDS[kind].arms(with_fields(config, "dataset", image_size=size), epochs)
        seconds = sum(expected(arms, range(seeds), speed, counts, FINDER_STEPS).values())
        return Fit(size, seeds, epochs, seconds, seconds <= minutes * 60)

    largest = config.dataset.image_size
    sizes = [size] if size else [largest, *(one for one in SIZES if one < largest)]
    tried = [(one, seeds or _USUAL_SEEDS, epochs or MANY_EPOCHS) for one in sizes]
    tried += [(sizes[-1], seeds or less, epochs or fewer) for fewer, less in _SHORTER]
    found = next((one for each in tried if (one := fit(*each)).fits), None)
    if found is None:
        return fit(*tried[-1])
    longest = MOST_EPOCHS if not epochs and found.epochs >= MANY_EPOCHS else found.epochs
    larger = [(found.size, found.seeds, one) for one in range(found.epochs + 1, longest + 1)]
    most = found.seeds if seeds else MOST_SEEDS
    larger += [(found.size, one, longest) for one in range(found.seeds + 1, most + 1)]
    for each in larger:
        more = fit(*each)
        if not more.fits:
            break
        found = more
    return found


def expected(
    arms: Sequence[Arm],
    seeds: Sequence[int],
    speed: Speed,
    counts: tuple[int, int, int],
    finder_steps: int,
) -> Mapping[Piece, float]:
    """The seconds of each piece of an experiment on so many training, validation and test images:
    the finder of each arm that has rates of its own, and all runs. The first run of an arm computes
    the features of its frozen blocks, which the others find."""
    seconds: dict[Piece, float] = {}
    for one in arms:
        config = one.recipe
        train = max(1, round(counts[0] * config.dataset.train_fraction))
        whole = estimate(config, speed, train, counts[1], test=counts[2])
        epochs = sum(stage.epochs for stage in config.stages)
        later = whole.total - whole.features + _RUN_SECONDS + epochs * _EPOCH_SECONDS
        if finder_steps and one.rates_of is None:
            seconds[one.name, None] = _finding(config, speed, train, finder_steps)
        for seed in seeds:
            seconds[one.name, seed] = later + (whole.features if seed == seeds[0] else 0.0)
    return seconds


def _finding(config: RunConfig, speed: Speed, train: int, steps: int) -> float:
    """Seconds of trying ``steps`` rates for each stage."""
    seconds = 0.0
    for stage in config.stages:
        alone = config.model_copy(update={"stages": (stage.model_copy(update={"epochs": 1}),)})
        one = estimate(alone, speed, train, 0)
        seconds += _RUN_SECONDS + one.features + one.epochs[0] * steps * config.batch_size / train
    return seconds
