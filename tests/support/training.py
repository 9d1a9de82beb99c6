"""Small real trainings for tests: 32 px, float32, one thread, nothing measured."""

import threading
from collections.abc import Iterator
from pathlib import Path

from core.dataset.summary import scan
from core.recipe import files as recipes
from core.recipe.config import RunConfig
from core.runs.events import EpochFinished, Event
from core.runs.run import Run

SMALL = (
    "dataset.image_size=32",
    "precision=float32",
    "threads=1",
    "micro_batch=8",
    "batch_size=4",
    "stages.0.epochs=2",
    "stages.1.epochs=1",
)
# The smallest network there is: a run of it takes a tenth of a second.
SMALLEST = ("model.weights=none", "model.depth=1")
TWO_STAGES = (
    *SMALLEST,
    'stages=[{"epochs":3},{"epochs":1,"thawed":[1],"learning_rate":0.001}]',
)


def small_recipe(*settings: str) -> RunConfig:
    """The default two stages in a second or less, changed by ``KEY=VALUE`` settings."""
    return recipes.load([], [*SMALL, *settings])


def new_run(folder: Path, directory: Path, recipe: RunConfig) -> Run:
    """A run's directory for ``recipe`` on ``folder``."""
    return Run.create(directory, recipe, scan(folder))


def events_of(run: Run, stop: threading.Event | None = None) -> Iterator[Event]:
    """The events of training ``run``."""
    from core.training.train import train

    return train(run.config, run, stop)


def trained(folder: Path, directory: Path, *settings: str) -> tuple[Run, list[Event]]:
    """A new run by the small recipe, trained to its end, and its events."""
    run = new_run(folder, directory, small_recipe(*settings))
    return run, list(events_of(run))


class NewRuns:
    """Makes runs on ``folder``, or on another one, each in a directory of its own."""

    def __init__(self, folder: Path, place: Path) -> None:
        self._folder, self._place, self._count = folder, place, 0

    def new(self, *settings: str | RunConfig, on: Path | None = None) -> Run:
        """By a recipe, or by the small one with these settings."""
        first = settings[0] if settings else ""
        recipe = first if isinstance(first, RunConfig) else small_recipe(*map(str, settings))
        self._count += 1
        return new_run(on or self._folder, self._place / str(self._count), recipe)

    def trained(self, *settings: str, on: Path | None = None) -> tuple[Run, list[Event]]:
        """Trained to its end, with its events."""
        run = self.new(*settings, on=on)
        return run, list(events_of(run))


def epochs_without_time(events: list[Event]) -> list[dict[str, object]]:
    """Every ``EpochFinished``, without its seconds and memory, for comparing two runs."""
    epochs = [event for event in events if isinstance(event, EpochFinished)]
    return [{**vars(event), "seconds": 0, "memory": 0} for event in epochs]
