"""Recipes as files that people share."""

import json
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from core.common import files
from core.common.messages import ThawError, fill
from core.recipe import files as recipes
from core.recipe.config import RunConfig
from core.recipe.files import AUGMENTATION, PART, RecipeError
from gui.base import words as base_words
from gui.base.words import say

SUFFIXES = (".json", ".toml")
_MOST_PROBLEMS = 8  # a file that was never a recipe may have hundreds
translate = QCoreApplication.translate


def load(path: Path, present: RunConfig) -> RunConfig:
    """The recipe in a file; what it leaves out has its default.

    A file that says that it holds only an augmentation changes that of the ``present`` recipe.
    Raises ``InputError``.
    """
    loaded = recipes.load([path])
    if PART in recipes.read_file(path):
        return present.model_copy(update={AUGMENTATION: loaded.augmentation})
    return loaded


def explained(path: Path, error: ThawError) -> str:
    """Why there is no recipe in the file, for a person: a line for each wrong field."""
    if not isinstance(error, RecipeError):
        return base_words.error_text(error)
    lines = [say("recipe", "{name} is no recipe that can be used:", name=path.name)]
    problems = error.problems
    shown = problems if len(problems) <= _MOST_PROBLEMS else problems[: _MOST_PROBLEMS - 1]
    lines += ["• " + base_words.problem_text(code, values) for code, values in shown]
    if shown is not problems:
        more = translate("recipe", "and {count} more")
        lines.append("• " + fill(more, {"count": base_words.count(len(problems) - len(shown))}))
    return "\n".join(lines)


def save(recipe: RunConfig, path: Path) -> None:
    """Write a recipe, as TOML where the path ends so, else as JSON.

    Raises ``ThawError`` (recipe_unwritable).
    """
    data = recipe.to_data()
    is_toml = path.suffix.lower() == ".toml"
    words = recipes.to_toml(data) if is_toml else json.dumps(data, indent=2) + "\n"
    try:
        files.replace(path, words.encode())
    except OSError as error:
        raise ThawError("recipe_unwritable", path=path, reason=error) from None
