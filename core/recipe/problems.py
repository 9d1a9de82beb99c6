"""What is wrong with a recipe, field by field: codes and values for sentences."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core.common.messages import sentence
from core.recipe.config import RunConfig

Problem = tuple[str, dict[str, object]]

_ALLOWED = {
    "greater_than": "it must be more than {gt}",
    "greater_than_equal": "it must be at least {ge}",
    "less_than": "it must be less than {lt}",
    "less_than_equal": "it must be at most {le}",
    "literal_error": "it must be {expected}",
    "too_short": "it needs at least {min_length}",
    "too_long": "it can have at most {max_length}",
    "allowed": "it must be {allowed}",
    "allowed_at": "it must be {allowed}",
}
_KINDS = {
    "int": "it must be a whole number",
    "float": "it must be a number",
    "finite": "it must be a finite number",
    "bool": "it must be true or false",
    "tuple": "it must be a list",
    "string": "it must be text",
    "model": "it must be a table of fields",
}
_STAGE = re.compile(r"stages\.(\d+)(?:\.|$)")
_Path = tuple[int | str, ...]


def found(error: ValidationError) -> list[Problem]:
    """One problem for each wrong field of a recipe."""
    located = [(_path(detail), detail) for detail in error.errors()]
    return [
        _problem(path, detail)
        for path, detail in located
        # a list without its wrong elements may be too short
        if detail["type"] != "too_short" or not any(_is_inside(one, path) for one, _ in located)
    ]


def unknown(field: str, known: Sequence[str]) -> Problem:
    """``field``, a dotted key whose last part is none of ``known``."""
    before, dot, name = field.rpartition(".")
    values: dict[str, object] = {"field": field, "known": ", ".join(known) or "none"}
    near = difflib.get_close_matches(name, known, 1)
    if not near:
        return "config_unknown_field", values
    return "config_unknown_field_near", {**values, "near": f"{before}{dot}{near[0]}"}


def stage_of(field: str) -> int | None:
    """The stage, as window and events count from 1, that a dotted key is about."""
    match = _STAGE.match(field)
    return int(match[1]) + 1 if match else None


def told(code: str, values: Mapping[str, object]) -> str:
    """The English sentence of a problem, which also says what ``stages.0`` is called elsewhere."""
    stage = stage_of(str(values.get("field", "")))
    if stage is not None:
        named = sentence("config_stage_field", {"field": values["field"], "stage": stage})
        values = {**values, "field": named}
    return sentence(code, values)


def _path(detail: ErrorDetails) -> _Path:
    """Where it is, by the recipe's own field names."""
    path = detail["loc"]
    return path[:2] + path[3:] if path[:2] == ("model", "normalization") else path  # a union's tag


def _is_inside(path: _Path, outer: _Path) -> bool:
    return len(path) > len(outer) and path[: len(outer)] == outer


def _problem(path: _Path, detail: ErrorDetails) -> Problem:
    context: dict[str, Any] = detail.get("ctx", {})
    kind = detail["type"]
    field = ".".join(str(part) for part in [*path, *([context["at"]] if "at" in context else [])])
    if kind == "extra_forbidden":
        return unknown(field, _known(path))
    if kind == "missing":
        return "config_missing", {"field": field}
    if kind == "beyond_depth":
        beyond = {"block": context["block"], "depth": context["depth"]}
        return "config_thawed_beyond_depth", {"field": field, **beyond}
    if kind in _ALLOWED:
        allowed = _ALLOWED[kind].format_map(context)
    else:
        allowed = _KINDS.get(kind.split("_")[0], detail["msg"])
    value = _shown(context.get("value", detail["input"]))
    return "config_value", {"field": field, "value": value, "allowed": allowed}


def _known(path: _Path) -> list[str]:
    """The fields that there are beside the one at ``path``."""
    model: type[BaseModel] = RunConfig
    for part in path[:-1]:
        if isinstance(part, str):
            model = next(_models(model.model_fields[part].annotation))
    return sorted(one.alias or name for name, one in model.model_fields.items())


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The tables of fields that a field of this type may hold, itself or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _shown(value: object) -> str:
    if isinstance(value, BaseModel):
        return "set"
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return repr(value)
