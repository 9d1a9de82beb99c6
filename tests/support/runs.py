"""Runs on disk as a training would have left them, without training: for lists and comparisons."""

from collections.abc import Sequence
from pathlib import Path

from core.dataset.summary import scan
from core.runs.evaluation import Prediction, Result, write_predictions
from core.runs.events import EpochFinished, RunFinished, RunStarted, Score, StageStarted
from core.runs.run import Run
from tests.support.training import small_recipe


def trained_run(
    folder: Path,
    directory: Path,
    right: Sequence[bool] = (),
    *settings: str,
    accuracies: Sequence[float] = (),
) -> Run:
    """A finished run on the dataset in ``folder``, by the small recipe changed by ``settings``.

    ``right`` says of each validation picture, in their order, whether its best epoch recognised
    it (those beyond are); the epochs before had ``accuracies``.
    """
    run = Run.create(directory, small_recipe(*settings), scan(folder))
    pictures = run.used("validation")
    answers = [*right, *[True] * (len(pictures) - len(right))][: len(pictures)]
    predictions = [
        _prediction(one.path, one.label, is_right, len(run.classes))
        for one, is_right in zip(pictures, answers, strict=True)
    ]
    result = Result(run.classes, tuple(predictions))
    shares = [*accuracies, result.accuracy]
    stages = [stage.epochs for stage in run.config.stages]
    train = len(run.used("train"))
    run.append(RunStarted(run.classes, train, len(pictures), epochs=tuple(stages)))
    run.append(StageStarted(1, stages[0], keep=run.config.stages[0].kept_by))
    for epoch, share in enumerate(shares, 1):
        scores = Score(2 / epoch, share / 2, train), Score(1 / epoch, share, len(pictures))
        run.append(EpochFinished(1, epoch, *scores, seconds=1.5, is_best=epoch == len(shares)))
    run.write_best(b"weights", write_predictions(result))
    run.append(RunFinished("finished", 1, len(shares), 1.5 * len(shares)))
    return run


def _prediction(path: str, label: int, is_right: bool, classes: int) -> Prediction:
    predicted = label if is_right else (label + 1) % classes
    rest = 0.1 / max(classes - 1, 1)
    shares = tuple(0.9 if number == predicted else rest for number in range(classes))
    return Prediction(path, label, predicted, shares)
