"""Recipes as files that people share."""

import json
from pathlib import Path

from core import files, recipes
from core.config import RunConfig
from core.messages import ThawError

SUFFIXES = (".json", ".toml")


def load(path: Path) -> RunConfig:
    """The recipe in a file; what it leaves out has its default. Raises ``InputError``."""
    return recipes.load([path])


def save(recipe: RunConfig, path: Path) -> Path:
    """Write a recipe as JSON, and give the file's path, with a suffix where it had none.

    Raises ``ThawError`` (recipe_unwritable).
    """
    if path.suffix.lower() != ".json":
        path = path.with_name(path.name + ".json")
    try:
        files.replace(path, (json.dumps(recipe.to_data(), indent=2) + "\n").encode())
    except OSError as error:
        reason = error.strerror or str(error)
        raise ThawError("recipe_unwritable", path=str(path), reason=reason) from None
    return path
