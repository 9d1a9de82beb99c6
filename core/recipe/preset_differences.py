"""Where a recipe departs from the preset that it follows, field by field, and the way back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.recipe import files as recipes
from core.recipe.config_ import RunConfig
from core.recipe.files import RecipeError
from core.recipe.model_config import ModelConfig
from core.recipe.presets import PRESETS, every_of

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
    now, own = config.to_data(), _whole(config, name).to_data()
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
                return _whole(config, name)
        data = recipes.with_value(data, also, values.pop(also))


def _whole(config: RunConfig, name: str) -> RunConfig:
    """``config`` with the whole network and all stages as the preset has them."""
    model = ModelConfig(weights=PRESETS[name].weights or ModelConfig().weights)
    return PRESETS[name].apply(config.model_copy(update={"model": model}), every_of(config))


def _alike(config: RunConfig, name: str) -> RunConfig:
    """``config`` as the preset trains it."""
    return PRESETS[name].apply(config, every_of(config))


def _thaw_alike(data: dict[str, Any], config: RunConfig, name: str) -> None:
    """Let the stages that thaw what the preset thaws do so at its own depth too."""
    whole, alike = _whole(config, name), _alike(config, name).stages
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
