"""Recipes from files and ``--set``, and what is wrong with them in words a person can use."""

import copy
import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core.config import RunConfig
from core.messages import InputError, sentence


class RecipeError(InputError):
    """A recipe that cannot be used. ``problems`` has a (code, values) for each field."""

    def __init__(self, problems: Sequence[tuple[str, dict[str, object]]]) -> None:
        self.problems = tuple(problems)
        listed = "; ".join(sentence(code, values) for code, values in self.problems)
        super().__init__("config_invalid", problems=listed)


def make(data: Mapping[str, Any]) -> RunConfig:
    """A recipe from plain values, missing fields by default. Raises ``RecipeError``."""
    try:
        return RunConfig.model_validate(data)
    except ValidationError as error:
        raise RecipeError([_problem(detail) for detail in error.errors()]) from None


def changed(config: RunConfig, key: str, value: Any) -> RunConfig:
    """``config`` with the field at a dotted ``key`` replaced. Raises ``RecipeError``."""
    return make(with_value(config.to_data(), key, value))


def with_value(data: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    """A recipe's plain values with those at a dotted ``key`` replaced; nothing else is checked.

    Raises ``RecipeError`` where there is no such place.
    """
    copied = copy.deepcopy(dict(data))
    _put(copied, key, value)
    return copied


def load(files: Iterable[Path] = (), settings: Iterable[str] = ()) -> RunConfig:
    """The default recipe, changed by each file and then by each ``KEY=VALUE``, in order.

    A file may hold only a part; a list in it replaces the whole list. Raises ``InputError``.
    """
    data = RunConfig().to_data()
    for file in files:
        data = _merged(data, read_file(file))
    for text in settings:
        key, value = parse_setting(text)
        _put(data, key, value)
    return make(data)


def read_file(path: Path) -> dict[str, Any]:
    """The plain values of a ``.json`` or ``.toml`` recipe file. Raises ``InputError``."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        data = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except FileNotFoundError:
        raise InputError("config_file_missing", path=str(path)) from None
    except (json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        reason = sentence("file_syntax", {"line": _line(error, text)})
        raise InputError("config_file_unreadable", path=str(path), reason=reason) from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError("config_file_unreadable", path=str(path), reason=str(error)) from None
    if not isinstance(data, dict):
        raise InputError("config_file_unreadable", path=str(path), reason="it is not an object")
    return data


def _line(error: ValueError, text: str) -> int:
    """The line of a syntax error; before Python 3.14 tomllib only writes it in its message, and
    of the last one it writes "at end of document"."""
    if isinstance(error, json.JSONDecodeError):
        return error.lineno
    named = re.search(r"\bline (\d+)", str(error))
    return int(named[1]) if named else text.rstrip().count("\n") + 1


def parse_setting(text: str) -> tuple[str, Any]:
    """``KEY=VALUE`` with a JSON value; a bare word is a string. Raises ``InputError``."""
    key, separator, value = text.partition("=")
    if not separator or not key.strip():
        raise InputError("config_set_syntax", text=text)
    try:
        return key.strip(), json.loads(value)
    except RecursionError:
        raise InputError("config_set_syntax", text=text[:40]) from None
    except ValueError:
        return key.strip(), value


def _merged(base: dict[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in change.items():
        if isinstance(value, Mapping) and isinstance(result.get(key), dict):
            result[key] = _merged(result[key], value)
        else:
            result[key] = value
    return result


def _put(data: dict[str, Any], key: str, value: Any) -> None:
    *parents, last = key.split(".")
    place: Any = data
    for part in parents:
        place = _child(place, part, key)
    if isinstance(place, dict):
        place[last] = value  # an unknown name is refused by the recipe's own check
    elif isinstance(place, list):
        place[_index(place, last, key)] = value
    else:
        raise RecipeError([("config_unknown_field", {"field": key, "known": "none"})])


def _child(place: Any, part: str, key: str) -> Any:
    if isinstance(place, dict):
        if part in place:
            return place[part]
        raise RecipeError(
            [("config_unknown_field", {"field": key, "known": ", ".join(sorted(place))})]
        )
    if isinstance(place, list):
        return place[_index(place, part, key)]
    raise RecipeError([("config_unknown_field", {"field": key, "known": "none"})])


def _index(place: list[Any], part: str, key: str) -> int:
    if part.isdecimal() and int(part) < len(place):
        return int(part)
    known = ", ".join(str(number) for number in range(len(place)))
    raise RecipeError([("config_unknown_field", {"field": key, "known": known})])


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


def _problem(detail: ErrorDetails) -> tuple[str, dict[str, object]]:
    context = detail.get("ctx", {})
    at = [context["at"]] if "at" in context else []
    field = ".".join(str(part) for part in [*detail["loc"], *at])
    kind, value = detail["type"], _shown(context.get("value", detail["input"]))
    if kind == "extra_forbidden":
        known = ", ".join(_known_fields(detail["loc"]))
        return "config_unknown_field", {"field": field, "known": known}
    if kind == "missing":
        return "config_missing", {"field": field}
    if kind == "not_built":
        return "config_not_built", {"field": field, "value": value, "built": context["built"]}
    if kind == "beyond_depth":
        values = {"field": field, "block": context["block"], "depth": context["depth"]}
        return "config_thawed_beyond_depth", values
    if kind in _ALLOWED:
        allowed = _ALLOWED[kind].format_map(context)
    else:
        allowed = _KINDS.get(kind.split("_")[0], detail["msg"])
    return "config_value", {"field": field, "value": value, "allowed": allowed}


def _shown(value: object) -> str:
    if isinstance(value, BaseModel):
        return "set"
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return repr(value)


def _known_fields(location: tuple[int | str, ...]) -> list[str]:
    """The field names allowed beside the one at ``location``."""
    model: Any = RunConfig
    for part in location[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            annotation = model.model_fields[part].annotation
            inner = [*getattr(annotation, "__args__", ()), annotation]
            model = next(
                one for one in inner if isinstance(one, type) and issubclass(one, BaseModel)
            )
    return sorted(info.alias or name for name, info in model.model_fields.items())
