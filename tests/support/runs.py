"""Runs on disk as a training would have left them, without training: the one builder of runs.

Their files are real, their figures made up.
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from core.dataset.summary import scan
from core.recipe.config import RunConfig
from core.runs.evaluation import Prediction, Result, write_predictions
from core.runs.run import Run
from tests.support.histories import events
from tests.support.training import small_recipe

CREATED = "2026-03-01T10:00:00+01:00"


def recorded_run(
    folder: Path,
    directory: Path,
    *stages: Sequence[float],
    settings: Sequence[str] = (),
    recipe: RunConfig | None = None,
    right: Sequence[bool] | None = None,
    created: str = CREATED,
    **options: object,
) -> Run:
    """A run on the dataset in ``folder`` whose epochs had the validation accuracies of ``stages``
    (two of one stage); ``options`` are those of ``histories.events``.

    Its recipe is ``recipe``, or the small one changed by ``settings``. ``right`` says of each
    validation image, in their order, whether the last epoch recognised it (those beyond are):
    then this is that epoch's accuracy, whatever ``stages`` says.
    """
    run = Run.create(directory, recipe or small_recipe(*settings), scan(folder))
    run.created = created
    run.write_environment({"threads": 2, "precision": "float32"})
    images = run.used("validation")
    accuracies = [list(one) for one in stages or [(0.5, 0.75)]]
    count = 200
    answers = [*(right or ()), *[True] * len(images)][: len(images)]
    if right is not None:
        count = len(images)
        accuracies[-1][-1] = sum(answers) / count
    rows = [
        _prediction(one.path, one.label, is_right, len(run.classes))
        for one, is_right in zip(images, answers, strict=True)
    ]
    values: dict[str, object] = {
        "classes": run.classes,
        "train": len(run.used("train")),
        "validation": count,
        "test": len(run.used("test")),
        "planned": [stage.epochs for stage in run.config.stages],
        "thawed": [stage.thawed for stage in run.config.stages],
        "keep": run.config.stages[0].kept_by,
    }
    for event in events(*accuracies, **{**values, **options}):  # type: ignore[arg-type]
        run.append(event)
    if any(accuracies):
        run.write_best(b"weights", write_predictions(Result(run.classes, tuple(rows))))
    return run


def _prediction(path: str, label: int, is_right: bool, classes: int) -> Prediction:
    predicted = label if is_right else (label + 1) % classes
    rest = 0.1 / max(classes - 1, 1)
    shares = tuple(0.9 if number == predicted else rest for number in range(classes))
    return Prediction(path, label, predicted, shares)


def read_csv(data: bytes) -> list[dict[str, str]]:
    """The rows of an exported table, each by column, without the apostrophe before a formula."""
    text = io.StringIO(data.decode("utf-8-sig", "surrogateescape"), newline="")
    rows = csv.DictReader(text, strict=True)
    return [{name: cell.removeprefix("'") for name, cell in row.items()} for row in rows]
