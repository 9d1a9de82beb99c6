"""Ways to transfer, by name: the stages of each, the data it suits, and which a recipe follows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from core.recipe import vgg16
from core.recipe.config_ import RunConfig
from core.recipe.model_config import BUILT_IN, RANDOM
from core.recipe.stage_config import HEAD_EPOCHS, TUNING_EPOCHS, StageConfig

CUSTOM = "custom"
EARLY_FEATURES = "early-features"
EARLY_DEPTH = 3
SCRATCH_EPOCHS = 60
# From random weights AdamW learns at this rate; at ten times as much it stays at chance.
SCRATCH_RATE = 1e-4


@dataclass(frozen=True)
class Parameter:
    """A whole number that a preset can be given; ``hint`` is the code of what it does."""

    name: str
    default: int
    low: int
    high: int
    hint: str


EVERY = Parameter("every", default=4, low=1, high=100, hint="preset_every")


@dataclass(frozen=True)
class StagePreset:
    """A way to transfer. ``suits`` is the code of a sentence: for which data it is.

    ``depth`` and ``weights`` are what the preset is about; where they are None, a recipe's own
    stay (but random weights, which are nothing to transfer, give way to the built-in ones, and a
    depth that came with another preset goes with it).
    """

    name: str
    suits: str
    stages: Callable[[int, int], tuple[StageConfig, ...]] = field(repr=False)
    depth: int | None = None
    weights: str | None = None
    parameters: tuple[Parameter, ...] = ()

    def apply(self, config: RunConfig, every: int = EVERY.default) -> RunConfig:
        """``config`` as this preset trains it; dataset, augmentation, seed, head stay.

        ``every`` is the parameter of gradual thawing: epochs until one more block thaws.
        """
        changes: dict[str, Any] = {"depth": self.depth or _own_depth(config)}
        weights = self.weights or config.model.weights
        if weights == RANDOM != self.weights:
            weights = BUILT_IN
        if weights != config.model.weights:
            changes |= {"weights": weights, "normalization": None}
        model = config.model.model_copy(update=changes)
        return config.model_copy(update={"model": model, "stages": self.stages(model.depth, every)})


def _own_depth(config: RunConfig) -> int:
    """The blocks that ``config`` keeps, whatever way to transfer it follows."""
    of_preset = PRESETS[EARLY_FEATURES].depth
    if preset(config) == EARLY_FEATURES and config.model.depth == of_preset:
        return vgg16.BLOCK_COUNT
    return config.model.depth


def _frozen(_depth: int, _every: int) -> tuple[StageConfig, ...]:
    return (StageConfig(epochs=HEAD_EPOCHS),)


def _last(depth: int, _every: int) -> tuple[StageConfig, ...]:
    return (*_frozen(depth, 0), StageConfig(epochs=TUNING_EPOCHS, thawed=(depth,)))


def _all(depth: int, _every: int) -> tuple[StageConfig, ...]:
    return (*_frozen(depth, 0), StageConfig(epochs=TUNING_EPOCHS, thawed=_from(1, depth)))


def _gradual(depth: int, every: int) -> tuple[StageConfig, ...]:
    firsts = range(depth + 1, 0, -1)
    return tuple(StageConfig(epochs=every, thawed=_from(first, depth)) for first in firsts)


def _scratch(depth: int, _every: int) -> tuple[StageConfig, ...]:
    everything = _from(1, depth)
    return (
        StageConfig(
            epochs=SCRATCH_EPOCHS,
            thawed=everything,
            learning_rate=SCRATCH_RATE,
            backbone_factor=1.0,
        ),
    )


def _from(first: int, depth: int) -> tuple[int, ...]:
    return tuple(range(first, depth + 1))


PRESETS: Mapping[str, StagePreset] = {
    one.name: one
    for one in (
        StagePreset("feature-extractor", "preset_feature_extractor", _frozen, vgg16.BLOCK_COUNT),
        StagePreset(EARLY_FEATURES, "preset_early_features", _frozen, EARLY_DEPTH),
        StagePreset("fine-tune-last", "preset_fine_tune_last", _last),
        StagePreset("fine-tune-all", "preset_fine_tune_all", _all),
        StagePreset("gradual-thawing", "preset_gradual_thawing", _gradual, parameters=(EVERY,)),
        StagePreset("from-scratch", "preset_from_scratch", _scratch, weights=RANDOM),
    )
}


def preset(config: RunConfig) -> str:
    """The name of the preset that ``config`` follows, whatever its epochs and rates, else
    ``custom``.

    Only what is thawed when, whose weights and how many blocks count. A recipe with random
    weights is from scratch where its last stage trains all of them: frozen random blocks are
    no way to transfer.
    """
    depth = config.model.depth
    thawed = _in_turn(config.stages)
    if config.model.weights == RANDOM:
        return "from-scratch" if thawed[-1] == _from(1, depth) else CUSTOM
    if thawed == [()]:
        return "feature-extractor" if depth == vgg16.BLOCK_COUNT else EARLY_FEATURES
    for name in ("fine-tune-last", "fine-tune-all", "gradual-thawing"):
        if thawed == _in_turn(PRESETS[name].stages(depth, 1)):
            return name
    return CUSTOM


def every_of(config: RunConfig) -> int:
    """The epochs after which ``config`` thaws one more block, where they are always the same,
    else the default."""
    epochs = {stage.epochs for stage in config.stages}
    found = epochs.pop() if len(epochs) == 1 else EVERY.default
    return min(max(found, EVERY.low), EVERY.high)


def _in_turn(stages: Iterable[StageConfig]) -> list[tuple[int, ...]]:
    """What is thawed, one after the other; a stage that thaws what the last did is part of it."""
    return [thawed for thawed, _ in groupby(stages, lambda one: one.thawed)]
