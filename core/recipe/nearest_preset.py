"""The way to transfer that a recipe follows, or to which it is nearest once it is changed."""

from itertools import zip_longest

from core.recipe import vgg16
from core.recipe.config_ import RunConfig
from core.recipe.preset_differences import differences, put_back
from core.recipe.presets import CUSTOM, PRESETS, every_of, preset

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


def put_all_back(config: RunConfig, name: str) -> RunConfig:
    """``config`` with every field that differs as the preset ``name`` has it."""
    while found := differences(config, name):
        config = put_back(config, name, found[0].key)
    return config


def _distance(config: RunConfig, name: str) -> int:
    """Blocks that are thawed here and not there, over all stages; a stage more or less counts for
    more than all blocks, other weights and each block of depth for one."""
    own = PRESETS[name].apply(config, every_of(config))
    pairs = zip_longest((one.thawed for one in config.stages), (one.thawed for one in own.stages))
    apart = sum(
        _A_STAGE if mine is None or other is None else len(set(mine) ^ set(other))
        for mine, other in pairs
    )
    other_weights = own.model.weights != config.model.weights
    return apart + other_weights + abs(own.model.depth - config.model.depth)
