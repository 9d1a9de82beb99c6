"""The page ``docs/recipe-reference.md``: every field of a recipe, from the code that checks it.

``python -m tools.recipe_reference`` writes it again after a field or a sentence was changed.
"""

import inspect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from core.common.messages import SENTENCES
from core.recipe.config import (
    SEEDS,
    AugmentationConfig,
    Config,
    DatasetConfig,
    HeadConfig,
    ModelConfig,
    RunConfig,
    StageConfig,
    about,
)
from core.recipe.heads import HEADS

PLACE = Path(__file__).resolve().parents[1] / "docs" / "recipe-reference.md"
_PARTS: tuple[tuple[str, str, type[Config]], ...] = (
    ("The recipe", "", RunConfig),
    ("dataset", "dataset.", DatasetConfig),
    ("model", "model.", ModelConfig),
    ("model.head", "model.head.", HeadConfig),
    ("stages.N", "stages.", StageConfig),
    ("augmentation", "augmentation.", AugmentationConfig),
)
_INTRODUCTION = """\
# The fields of a recipe

Made by `python -m tools.recipe_reference` from the code that checks recipes.

A recipe is a JSON or TOML file for `--config`; it may hold only a part. A single field is set with
`--set KEY=VALUE`, where the value is JSON and a bare word is a string, such as
`--set stages.0.epochs=5`. `stages.0` is the stage that the window calls 1. A list in a file
replaces the whole list, so `stages` must name each stage's `thawed` blocks; what a stage leaves out
has its default."""


def page() -> str:
    """The page as it should be."""
    parts = ["\n".join(_part(title, key, config)) for title, key, config in _PARTS]
    return "\n\n".join([_INTRODUCTION, *parts]) + "\n"


def _part(title: str, key: str, config: type[Config]) -> Iterator[str]:
    yield f"## {title}\n"
    yield (inspect.getdoc(config) or "").replace("``", "`") + "\n"
    if config is HeadConfig:
        yield from (f"- `{kind}`: {SENTENCES[f'head_{kind}_what']}" for kind in HEADS)
        yield ""
    yield "| key | values | default | |"
    yield "| --- | --- | --- | --- |"
    for name, schema in config.model_json_schema()["properties"].items():
        if "$ref" not in schema and name != "stages" and not name.endswith("_probability"):
            default = json.dumps(schema["default"], ensure_ascii=False)
            cells = f"`{name}`", _values(schema), f"`{default}`", _meaning(config, key, name)
            yield f"| {' | '.join(cells)} |"


def _meaning(config: type[Config], key: str, name: str) -> str:
    field = config.model_fields.get(name)
    when = None if field is None else about(field).when
    help_text = SENTENCES.get(f"field_{key}{name}_help", SENTENCES.get(f"field_{key}{name}", ""))
    limit = "" if when is None else f" Counts {SENTENCES[when.code]}."
    return f"{help_text}{limit}".strip()


def _values(schema: Mapping[str, Any]) -> str:
    """What a JSON schema allows, in a few words."""
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(_values(one) for one in schema[several])
    if "$ref" in schema:
        return "a table"
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    match schema.get("type"):
        case "null":
            return "`null`"
        case "boolean":
            return "`true`, `false`"
        case "array":
            items = schema.get("prefixItems")
            count = str(len(items)) if items else "a list of"
            return f"{count} {_values(items[0] if items else schema['items'])}"
        case _ if "const" in schema:
            return f"`{schema['const']}`"
        case "integer" | "number" as kind:
            words = "whole numbers" if kind == "integer" else "numbers"
            return f"{words}{_range(schema)}"
    return "text"


def _range(schema: Mapping[str, Any]) -> str:
    words = {
        "minimum": "from",
        "exclusiveMinimum": "above",
        "maximum": "to",
        "exclusiveMaximum": "below",
    }
    ends = {name: schema[name] for name in words if schema.get(name) != SEEDS and name in schema}
    return "".join(f" {words[name]} {end:g}" for name, end in ends.items())


if __name__ == "__main__":
    PLACE.write_text(page(), "utf-8")
