"""Presets for transfer learning: their stages, and how a recipe follows or departs from one.

A departure is told field by field and can be put back. A recipe that follows no preset has a
nearest one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby, zip_longest
from typing import Any

from core.recipe import files as recipes
from core.recipe import vgg16
from core.recipe.config import (
    BUILT_IN,
    HEAD_EPOCHS,
    RANDOM,
    TUNING_EPOCHS,
    HeadConfig,
    ModelConfig,
    RunConfig,
    StageConfig,
)
from core.recipe.files import RecipeError
from core.recipe.heads import HEADS

CUSTOM = "custom"
EARLY_FEATURES = "early-features"
EARLY_DEPTH = 3
SCRATCH_EPOCHS = 60
# From random weights AdamW learns at this rate; at ten times as much it stays at chance.
SCRATCH_RATE = 1e-4


EVERY = 4  # epochs until gradual thawing thaws one more block


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
    has_every: bool = False

    def apply(self, config: RunConfig, every: int = EVERY) -> RunConfig:
        """``config`` as this preset trains it; dataset, augmentation, seed stay, and the head,
        unless it has no gradient and the preset thaws blocks.

        ``every`` counts where it ``has_every``: the epochs until one more block thaws.
        """
        changes: dict[str, Any] = {"depth": self.depth or _own_depth(config)}
        weights = self.weights or config.model.weights
        if weights == RANDOM != self.weights:
            weights = BUILT_IN
        if weights != config.model.weights:
            changes |= {"weights": weights, "normalization": None}
        model = config.model.model_copy(update=changes)
        stages = self.stages(model.depth, every)
        if not HEADS[model.head.kind].has_gradient:
            if any(stage.thawed for stage in stages):
                model = model.model_copy(update={"head": HeadConfig()})
            else:
                stages = tuple(stage.model_copy(update={"epochs": 1}) for stage in stages)
        return config.model_copy(update={"model": model, "stages": stages})


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
        StagePreset("gradual-thawing", "preset_gradual_thawing", _gradual, has_every=True),
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
    return epochs.pop() if len(epochs) == 1 else EVERY


def _in_turn(stages: Iterable[StageConfig]) -> list[tuple[int, ...]]:
    """What is thawed, one after the other; a stage that thaws what the last did is part of it."""
    return [thawed for thawed, _ in groupby(stages, lambda one: one.thawed)]


_PARTS = ("model", "stages")


@dataclass(frozen=True)
class Difference:
    """A field of a recipe, by its dotted key, and the plain value that the preset has there.

    The key is ``stages`` alone where the recipe has more or fewer stages.
    """

    key: str
    value: Any


def differences(config: RunConfig, name: str) -> tuple[Difference, ...]:
    """What of the network and the stages of ``config`` is not as the preset ``name`` has it.

    What a stage thaws is compared at the recipe's own depth. Raises ``KeyError`` for an unknown
    preset.
    """
    now, own = config.to_data(), put_all_back(config, name).to_data()
    own["stages"] = _alike(config, name).to_data()["stages"]
    return tuple(one for part in _PARTS for one in _compared(part, now[part], own[part]))


def put_back(config: RunConfig, name: str, key: str) -> RunConfig:
    """``config`` with the field at ``key`` as the preset ``name`` has it, and with it what could
    not stay: a softmax head has no hidden layers, another depth another last block."""
    values = {one.key: one.value for one in differences(config, name)}
    data = recipes.with_value(config.to_data(), key, values.pop(key))
    if key == "model.depth":
        _thaw_alike(data, config, name)
    while True:
        try:
            return recipes.make(data)
        except RecipeError as error:
            told = [str(problem["field"]) for _, problem in error.problems]
            also = next((one for one in values if any(_is_about(one, at) for at in told)), None)
            if also is None:
                return put_all_back(config, name)
        data = recipes.with_value(data, also, values.pop(also))


def put_all_back(config: RunConfig, name: str) -> RunConfig:
    """``config`` with the whole network and all stages as the preset ``name`` has them."""
    model = ModelConfig(weights=PRESETS[name].weights or ModelConfig().weights)
    return PRESETS[name].apply(config.model_copy(update={"model": model}), every_of(config))


def _alike(config: RunConfig, name: str) -> RunConfig:
    """``config`` as the preset trains it."""
    return PRESETS[name].apply(config, every_of(config))


def _thaw_alike(data: dict[str, Any], config: RunConfig, name: str) -> None:
    """Let the stages that thaw what the preset thaws do so at its own depth too."""
    whole, alike = put_all_back(config, name), _alike(config, name).stages
    for number, stage in enumerate(config.stages):
        blocks = [block for block in stage.thawed if block <= whole.model.depth]
        if number < len(alike) and stage.thawed == alike[number].thawed:
            blocks = list(whole.stages[number].thawed)
        data["stages"][number]["thawed"] = blocks


def _compared(key: str, now: Any, own: Any) -> Iterator[Difference]:
    if now == own:
        return
    if isinstance(now, Mapping) and isinstance(own, Mapping):
        for name in own:
            yield from _compared(f"{key}.{name}", now[name], own[name])
    elif key == "stages" and len(now) == len(own):
        for number, (one, other) in enumerate(zip(now, own, strict=True)):
            yield from _compared(f"{key}.{number}", one, other)
    else:
        yield Difference(key, own)


def _is_about(key: str, field: str) -> bool:
    """Whether what is said of ``field`` is said of what ``key`` holds, or the other way round."""
    return f"{field}.".startswith(f"{key}.") or f"{key}.".startswith(f"{field}.")


_A_STAGE = vgg16.BLOCK_COUNT + 1


def nearest(config: RunConfig, before: str | None = None) -> str:
    """The name of the preset that ``config`` follows, else of the one from which it differs by
    the fewest blocks, thawed or not, over its stages; of several that are as near, ``before``,
    the one that it followed, or else the first.
    """
    followed = preset(config)
    if followed != CUSTOM:
        return followed
    return min(PRESETS, key=lambda name: (_distance(config, name), name != before))


def _distance(config: RunConfig, name: str) -> int:
    """Blocks that are thawed here and not there, over all stages; a stage more or less counts for
    more than all blocks, other weights and each block of depth for one."""
    own = _alike(config, name)
    pairs = zip_longest((one.thawed for one in config.stages), (one.thawed for one in own.stages))
    apart = sum(
        _A_STAGE if mine is None or other is None else len(set(mine) ^ set(other))
        for mine, other in pairs
    )
    other_weights = own.model.weights != config.model.weights
    return apart + other_weights + abs(own.model.depth - config.model.depth)
