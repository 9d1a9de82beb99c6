"""Runs that can be played again: those of the runs folder, and those that come with Thaw."""

import json
from dataclasses import dataclass
from pathlib import Path

from core.common.messages import InputError
from core.recipe import files as recipes
from core.recipe.config import RunConfig
from core.runs import replay as run_replay
from core.runs import run_label
from core.runs.places import CONFIG, ENVIRONMENT, HISTORY
from core.runs.replay import Timeline
from resources import LESSONS

TWO_STAGES = LESSONS / "two-stages"  # a run: the head, then block 5 with it
TRANSFER = LESSONS / "transfer"  # an experiment: transfer against scratch


@dataclass(frozen=True)
class Recording:
    """What a run in ``directory`` has told, and when. ``name`` is what a person calls it,
    ``created`` ISO 8601, ``folder`` where its pictures were."""

    directory: Path
    name: str
    created: str
    folder: Path
    recipe: RunConfig
    timeline: Timeline

    @property
    def is_lesson(self) -> bool:
        """Whether it comes with Thaw."""
        return self.directory == TWO_STAGES


def read(directory: Path) -> Recording:
    """The run in ``directory``, which needs no more than recipe, environment and history.

    Raises ``InputError`` where there is none, it is damaged, or has told nothing yet.
    """
    if not (directory / CONFIG).is_file():
        raise InputError("run_missing", path=str(directory))
    try:
        recipe = recipes.make(recipes.read_file(directory / CONFIG))
        environment = json.loads((directory / ENVIRONMENT).read_bytes())
        line = run_replay.read(directory / HISTORY)
        if not line.events:
            raise ValueError(f"{HISTORY} is empty")
        created, folder = str(environment["created"]), Path(environment["folder"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = str(error) or repr(error)
        raise InputError("run_unreadable", path=str(directory), reason=reason) from None
    name = run_label.read(directory).name or directory.name
    return Recording(directory, name, created, folder, recipe, line)
