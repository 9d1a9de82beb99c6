"""Augmentations as small JSON files that people keep and share, apart from any recipe."""

import json
from pathlib import Path
from typing import Any

from core.common import files
from core.common.messages import InputError, sentence
from core.recipe import files as recipes
from core.recipe.config import AugmentationConfig
from core.recipe.files import AUGMENTATION, PART, RecipeError

SCHEMA = 1

_CODES = {  # of the same trouble with another file
    "config_file_missing": "augmentation_file_missing",
    "config_file_unreadable": "augmentation_file_unreadable",
}


class AugmentationError(InputError):
    """A file's augmentation that cannot be used. ``problems`` has a (code, values) for each
    field."""

    def __init__(self, path: Path, problems: list[tuple[str, dict[str, object]]]) -> None:
        self.problems = tuple(problems)
        listed = "; ".join(sentence(code, values) for code, values in problems)
        super().__init__("augmentation_invalid", path=str(path), problems=listed)


def save(path: Path, config: AugmentationConfig) -> Path:
    """Write ``config``, every field of it, and give the file's path, with a suffix where it had
    none. Raises ``InputError`` (augmentation_unwritable)."""
    if path.suffix.lower() != ".json":
        path = path.with_name(path.name + ".json")
    data = {PART: AUGMENTATION, "schema": SCHEMA, "augmentation": config.model_dump(mode="json")}
    try:
        files.replace(path, (json.dumps(data, indent=2) + "\n").encode())
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError("augmentation_unwritable", path=str(path), reason=reason) from None
    return path


def load(path: Path) -> AugmentationConfig:
    """The augmentation in a file that ``save`` wrote, or in a whole recipe (.json or .toml).

    What it leaves out has its default; of a recipe nothing else is looked at. Raises
    ``InputError``: augmentation_file_missing, augmentation_file_unreadable, augmentation_missing
    (the file holds none), augmentation_invalid (with each field and what is allowed).
    """
    data = _read(path)
    if PART not in data and AUGMENTATION not in data:
        raise InputError("augmentation_missing", path=str(path))
    problems = recipes.part_problems(data) if PART in data else []
    asked: dict[str, Any] = {key: data[key] for key in ("schema", "augmentation") if key in data}
    try:
        config = recipes.make(asked).augmentation
    except RecipeError as error:
        problems += error.problems
    if problems:
        raise AugmentationError(path, problems)
    return config


def _read(path: Path) -> dict[str, Any]:
    try:
        return recipes.read_file(path)
    except InputError as error:
        raise InputError(_CODES[error.code], **error.values) from None
