"""Runs that tell of a training which never was: their files are real, their figures made up."""

import json
from pathlib import Path

from core.dataset.summary import scan
from core.recipe.config import RunConfig, StageConfig
from core.runs.evaluation import Prediction, Result, write_predictions
from core.runs.events import EpochFinished, Event, RunFinished, RunStarted, Score, StageStarted
from core.runs.places import ENVIRONMENT
from core.runs.run import Run

RECIPE = RunConfig(stages=(StageConfig(epochs=2), StageConfig(epochs=2, thawed=(5,))))


def made_run(
    pictures: Path,
    directory: Path,
    *,
    accuracies: tuple[float, ...] = (0.5, 0.75),
    outcome: str = "finished",
    created: str = "2026-03-01T10:00:00+01:00",
    recipe: RunConfig = RECIPE,
) -> Run:
    """A run on ``pictures`` with an epoch of its first stage for each of ``accuracies``, on 200
    validation pictures; ``outcome`` "" leaves it as one that was killed."""
    run = Run.create(directory, recipe, scan(pictures))
    run.created = created
    run.write_environment({"threads": 2, "precision": "float32"})
    planned = tuple(stage.epochs for stage in recipe.stages)
    thawed = tuple(stage.thawed for stage in recipe.stages)
    events: list[Event] = [
        RunStarted(run.classes, 8, 200, epochs=planned, thawed=thawed),
        StageStarted(1, planned[0], keep=recipe.stages[0].kept_by),
    ]
    for number, accuracy in enumerate(accuracies, start=1):
        score = Score(1 - accuracy, accuracy, 200)
        events.append(EpochFinished(1, number, Score(0.5, 0.5, 8), score, seconds=30.0))
    if outcome:
        events.append(RunFinished(outcome, 1, len(accuracies), 90.0))  # type: ignore[arg-type]
    for event in events:
        run.append(event)
    if accuracies:
        shares = (0.9, *[0.1] * (len(run.classes) - 1))
        told = [Prediction(one.path, one.label, 0, shares) for one in run.used("validation")]
        run.write_best(b"weights", write_predictions(Result(run.classes, tuple(told))))
    return run


def environment(directory: Path) -> dict[str, object]:
    """What the run there has kept in its ``environment.json``."""
    data: dict[str, object] = json.loads((directory / ENVIRONMENT).read_bytes())
    return data
