"""Recipes and augmentations read from files and ``--set``, changed by key, and written.

Recipe files are JSON or TOML (https://toml.io/en/v1.0.0). An augmentation may have a small JSON
file of its own, apart from any recipe. What is wrong is told field by field.
"""

import copy
import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit
from pydantic import ValidationError

from core.common import files as common_files
from core.common.messages import InputError, sentence
from core.recipe import problems as recipe_problems
from core.recipe.config import AugmentationConfig, RunConfig
from core.recipe.heads import HEADS, HeadKind
from core.recipe.problems import Problem, stage_of, unknown

PART = "thaw"  # the field by which a file says of itself that it holds only a part
AUGMENTATION = "augmentation"  # the one part that has files of its own
_HOLD_THE_HEAD = ("model", "model.head", "model.head.kind")


class RecipeError(InputError):
    """A recipe that cannot be used. ``problems`` has a (code, values) for each field, whose
    "field" is a dotted key; the sentence also says which stage ``stages.0`` is elsewhere."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        listed = "; ".join(recipe_problems.told(code, values) for code, values in self.problems)
        super().__init__("config_invalid", problems=listed)


def make(data: Mapping[str, Any]) -> RunConfig:
    """A recipe from plain values, missing fields by default. Raises ``RecipeError``."""
    try:
        return RunConfig.model_validate(data)
    except ValidationError as error:
        raise RecipeError(recipe_problems.found(error)) from None


def changed(config: RunConfig, key: str, value: Any) -> RunConfig:
    """``config`` with the field at a dotted ``key`` replaced, and with it what a new kind of head
    does not allow: label smoothing, or all stages but one pass with frozen blocks.

    Raises ``RecipeError``.
    """
    data = with_value(config.to_data(), key, value)
    if key in _HOLD_THE_HEAD:
        _suit_head(data, config.model.head.kind)
    return make(data)


def with_value(data: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    """A recipe's plain values with those at a dotted ``key`` replaced; nothing else is checked.

    Raises ``RecipeError`` where there is no such place.
    """
    copied = copy.deepcopy(dict(data))
    _put(copied, key, value)
    return copied


def load(files: Iterable[Path] = (), settings: Iterable[str] = ()) -> RunConfig:
    """The default recipe, changed by each file and then by each ``KEY=VALUE``, in order.

    A file may hold only a part, such as an augmentation kept as a file; a list in it replaces
    the whole list. Raises ``InputError``.
    """
    data = RunConfig().to_data()
    for file in files:
        data = _merged(data, read_part(file))
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


def read_part(path: Path) -> dict[str, Any]:
    """The plain values of a recipe file, or of one that says that it holds only a part of one,
    without what it says of itself. Raises ``InputError``."""
    data = read_file(path)
    if PART not in data:
        return data
    kind, problems = data.pop(PART), list[Problem]()
    if kind != AUGMENTATION:
        values: dict[str, object] = {"field": PART, "value": json.dumps(kind)}
        values["allowed"] = f'it must be "{AUGMENTATION}"'
        problems.append(("config_value", values))
    if AUGMENTATION not in data:
        problems.append(("config_missing", {"field": AUGMENTATION}))
    fields = (AUGMENTATION, "schema")
    problems += [unknown(field, (*fields, PART)) for field in data if field not in fields]
    if problems:
        raise RecipeError(problems)
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


def _suit_head(data: dict[str, Any], before: HeadKind) -> None:
    """Let the stages suit a kind of head that is another than ``before``."""
    model = data["model"]
    head = model.get("head") if isinstance(model, Mapping) else None
    kind: Any = head.get("kind") if isinstance(head, Mapping) else None
    facts = HEADS.get(kind) if kind != before else None
    if facts is not None and not facts.smooths:
        data["stages"] = [{**stage, "label_smoothing": 0.0} for stage in data["stages"]]
    if facts is not None and not facts.has_gradient:
        data["stages"] = [{**data["stages"][0], "epochs": 1, "thawed": []}]


def _merged(base: dict[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in change.items():
        if isinstance(value, Mapping) and isinstance(result.get(key), dict):
            result[key] = _merged(result[key], value)
        else:
            result[key] = value
    return result


def _put(data: dict[str, Any], key: str, value: Any) -> None:
    parts = key.split(".")
    place: Any = data
    for number, part in enumerate(parts[:-1], 1):
        place = _child(place, part, ".".join(parts[:number]))
    if isinstance(place, dict):
        place[parts[-1]] = value  # an unknown name is refused by the recipe's own check
    elif isinstance(place, list):
        place[_index(place, parts[-1], key)] = value
    else:
        raise RecipeError([unknown(key, ())])


def _child(place: Any, part: str, key: str) -> Any:
    """What is at ``part`` of ``place``, whose dotted key is ``key``."""
    if isinstance(place, list):
        return place[_index(place, part, key)]
    if not isinstance(place, dict) or part not in place:
        raise RecipeError([unknown(key, sorted(place) if isinstance(place, dict) else ())])
    if place[part] is None:  # perhaps a table of fields that isn't there yet
        place[part] = {}
    return place[part]


def _index(place: list[Any], part: str, key: str) -> int:
    if part.isdecimal() and int(part) < len(place):
        return int(part)
    if stage_of(key) is not None:
        raise RecipeError([("config_unknown_stage", {"field": key, "stages": len(place)})])
    raise RecipeError([unknown(key, [str(number) for number in range(len(place))])])


def save_augmentation(path: Path, config: AugmentationConfig) -> Path:
    """Write ``config``, every field of it, and give the file's path, with a suffix where it had
    none. Raises ``InputError`` (augmentation_unwritable)."""
    if path.suffix.lower() != ".json":
        path = path.with_name(path.name + ".json")
    data = {PART: AUGMENTATION, "schema": 1, AUGMENTATION: config.model_dump(mode="json")}
    try:
        common_files.replace(path, (json.dumps(data, indent=2) + "\n").encode())
    except OSError as error:
        raise InputError("augmentation_unwritable", path=path, reason=error) from None
    return path


def load_augmentation(path: Path) -> AugmentationConfig:
    """The augmentation in a file of ``save_augmentation``, or in a whole recipe (.json or .toml).

    What it leaves out has its default; of a recipe nothing else is looked at. Raises
    ``InputError``, also where it holds none (augmentation_missing).
    """
    data = read_part(path)
    if AUGMENTATION not in data:
        raise InputError("augmentation_missing", path=str(path))
    return make({key: data[key] for key in ("schema", AUGMENTATION) if key in data}).augmentation


def to_toml(data: Mapping[str, Any]) -> str:
    """Plain values of a recipe as TOML, which has no null: such a field is left out, and every
    field that may be null is null by default."""
    return tomlkit.dumps(_without_null(data))


def _without_null(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_null(one) for name, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [_without_null(one) for one in value]
    return value
