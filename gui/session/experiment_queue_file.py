"""The queue of recipes for the next experiment, kept from one start to the next."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path

from core.common import files
from core.common.messages import InputError
from core.recipe import files as recipes
from core.recipe.config import RunConfig

QUEUE = "queue.json"
_log = logging.getLogger(__name__)


def load(folder: Path) -> list[tuple[str, RunConfig]]:
    """What was last kept in ``folder``, each recipe with its title; what cannot be read, or is
    refused by now, is left out."""
    try:
        kept = json.loads((folder / QUEUE).read_bytes())["queue"]
        return [found for one in kept if (found := _recipe(one)) is not None]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        _log.warning("the queue cannot be read: %s", error)
        return []


def save(folder: Path, queue: Sequence[tuple[str, RunConfig]]) -> None:
    """Keep ``queue``; where that fails, it lasts until the window closes."""
    kept = [{"title": title, "recipe": recipe.to_data()} for title, recipe in queue]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files.replace(folder / QUEUE, json.dumps({"queue": kept}, indent=1).encode())
    except OSError as error:
        _log.warning("the queue cannot be kept: %s", error)


def _recipe(one: object) -> tuple[str, RunConfig] | None:
    try:
        if not isinstance(one, dict):
            raise TypeError("it is no object")
        return str(one["title"]), recipes.make(one["recipe"])
    except (InputError, KeyError, TypeError) as error:
        _log.warning("a recipe of the queue is left out: %s", error)
        return None
