"""A recipe as TOML (https://toml.io/en/v1.0.0), for people who read and change it by hand."""

from collections.abc import Mapping
from typing import Any

import tomlkit


def written(data: Mapping[str, Any]) -> str:
    """Plain values of a recipe as TOML, which has no null: such a field is left out, and every
    field that may be null is null by default."""
    return tomlkit.dumps(_without_null(data))


def _without_null(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_null(one) for name, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [_without_null(one) for one in value]
    return value
