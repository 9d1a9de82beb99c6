"""The events of a run that came from another machine, checked before anything shows them."""

from dataclasses import is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from core.runs import history
from core.runs.curve_facts import wilson_band
from core.runs.events import from_json


def check(lines: bytes) -> None:
    """Raises ``ValueError`` where an event in these whole lines of a history holds a value of
    another type than its field, or a score that no pictures can have."""
    for line in lines.splitlines():
        event = from_json(line) if line.strip() else None
        if event is not None and not _fits(event, type(event)):
            raise ValueError(f"a {type(event).__name__} holds values of another type")
    wilson_band(history.of_lines(lines))


def _fits(value: Any, kind: Any) -> bool:
    origin, inside = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        fields = _fields(kind)
        return type(value) is kind and all(_fits(getattr(value, n), one) for n, one in fields)
    if origin is tuple:
        return isinstance(value, tuple) and all(_fits(one, inside[0]) for one in value)
    if origin in (Union, UnionType):
        return any(_fits(value, one) for one in inside)
    if origin is Literal:
        return value in inside
    if kind is float:
        return type(value) in (int, float)
    return kind is Any or type(value) is (origin or kind)


@cache
def _fields(kind: type) -> tuple[tuple[str, Any], ...]:
    return tuple(get_type_hints(kind).items())
