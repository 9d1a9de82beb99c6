"""What is wrong with a recipe, field by field: codes and values for sentences."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    located = [_located(detail) for detail in error.errors()]
    problems = [one for one in located if not _follows(one, located)]
    result: list[Problem] = []
    explained: set[_Path] = set()
    for one in problems:
        if one.either is None:
            result.append(_problem(one))
        elif one.either not in explained:
            explained.add(one.either)
            result += _of_either([other for other in problems if other.either == one.either])
    return result


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


@dataclass(frozen=True)
class _Located:
    """A detail at the ``path`` of a recipe's own field names; ``either`` is the path of a field
    that takes values of several kinds, and ``kind`` the one that this detail is about."""

    detail: ErrorDetails
    path: _Path
    either: _Path | None = None
    kind: str = ""
    models: tuple[type[BaseModel], ...] = ()


def _located(detail: ErrorDetails) -> _Located:
    models: tuple[type[BaseModel], ...] = (RunConfig,)
    path: _Path = ()
    either, kind = None, ""
    if not detail["loc"]:  # said of the recipe as a whole
        return _Located(detail, path)
    *parents, last = detail["loc"]
    for part in parents:
        fields = {one.alias or name: one for model in models for name, one in _fields(model)}
        if isinstance(part, str) and part not in fields:
            either, kind = path, part
            models = tuple(one for one in models if one.__name__ == part)
            continue
        path = (*path, part)
        if isinstance(part, str):
            models = tuple(_models(fields[part].annotation))
    is_kind = isinstance(last, str) and detail["type"] != "extra_forbidden" and models
    if is_kind and not any(last in (name, one.alias) for m in models for name, one in _fields(m)):
        return _Located(detail, path, path, str(last), models)
    return _Located(detail, (*path, last), either, kind, models)


def _follows(one: _Located, others: Sequence[_Located]) -> bool:
    """Whether it is only said because what is inside is wrong: a list that is too short without
    its wrong elements."""
    inside = (other.path[: len(one.path)] == one.path for other in others if other is not one)
    return one.detail["type"] == "too_short" and any(inside)


def _of_either(problems: Sequence[_Located]) -> list[Problem]:
    """What is wrong with a field that may be a name or a table of fields."""
    inside = [one for one in problems if one.path != one.either]
    if inside:
        return [_problem(one) for one in inside]
    names = [one for one in problems if one.detail["type"] == "literal_error"]
    tables = [model for one in problems for model in one.models if model.__name__ == one.kind]
    fields = ", ".join(name for model in tables for name, _ in _fields(model))
    expected = ", ".join(_context(one.detail)["expected"] for one in names)
    allowed = f"it must be {expected}, or a table of {fields}"
    return [("config_value", {**_place(problems[0]), "allowed": allowed})]


def _problem(one: _Located) -> Problem:
    context, kind = _context(one.detail), one.detail["type"]
    values = _place(one)
    if kind == "extra_forbidden":
        return unknown(str(values["field"]), _known(one.models))
    if kind == "missing":
        return "config_missing", {"field": values["field"]}
    if kind == "beyond_depth":
        beyond = {"block": context["block"], "depth": context["depth"]}
        return "config_thawed_beyond_depth", {"field": values["field"], **beyond}
    if kind in _ALLOWED:
        allowed = _ALLOWED[kind].format_map(context)
    else:
        allowed = _KINDS.get(kind.split("_")[0], one.detail["msg"])
    return "config_value", {**values, "allowed": allowed}


def _place(one: _Located) -> dict[str, object]:
    context = _context(one.detail)
    at = [context["at"]] if "at" in context else []
    value = context.get("value", one.detail["input"])
    return {"field": ".".join(str(part) for part in [*one.path, *at]), "value": _shown(value)}


def _context(detail: ErrorDetails) -> dict[str, Any]:
    return detail.get("ctx", {})


def _shown(value: object) -> str:
    if isinstance(value, BaseModel):
        return "set"
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return repr(value)


def _known(models: Sequence[type[BaseModel]]) -> list[str]:
    return sorted(one.alias or name for model in models for name, one in _fields(model))


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    yield from model.model_fields.items()


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The tables of fields that a field of this type may hold, itself or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
