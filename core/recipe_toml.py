"""A recipe as TOML (https://toml.io/en/v1.0.0), for people who read and change it by hand."""

import json
from collections.abc import Iterator, Mapping
from typing import Any


def written(data: Mapping[str, Any]) -> str:
    """Plain values of a recipe as TOML, which has no null: such a field is left out, and every
    field that may be null is null by default."""
    return "\n".join(_lines(data, "")).lstrip("\n") + "\n"


def _lines(data: Mapping[str, Any], key: str) -> Iterator[str]:
    """The table at the dotted ``key``: its own values come first, as TOML has it."""
    tables = {name: value for name, value in data.items() if _holds_tables(value)}
    for name, value in data.items():
        if name not in tables and value is not None:
            yield f"{name} = {_value(value)}"
    for name, value in tables.items():
        below = f"{key}.{name}" if key else name
        for one in [value] if isinstance(value, Mapping) else value:
            yield f"\n[{below}]" if one is value else f"\n[[{below}]]"
            yield from _lines(one, below)


def _holds_tables(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and isinstance(value[0], Mapping)
    return isinstance(value, Mapping)


def _value(value: Any) -> str:
    """A value that holds no table. JSON writes these as TOML does, but for one character."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("\x7f", "\\u007f")
