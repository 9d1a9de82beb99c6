"""What a trained network got right and wrong: confusion counts, intervals, the mistakes."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from core.common import files
from core.common.messages import InputError
from core.common.statistics import wilson
from core.runs.events import StageCompared
from core.runs.places import PREDICTIONS, readable, stage_predictions
from core.runs.run import Run


@dataclass(frozen=True)
class Prediction:
    """One picture's true and predicted class (indices) and a probability for each class.

    Those of softmax, of ``fc`` and ``conv`` too, sum to one; a one-vs-rest head's are sigmoids,
    each class's own; an ``svm``'s are calibrated on the other pictures of validation, not on
    this one.
    """

    path: str
    label: int
    predicted: int
    probabilities: tuple[float, ...]

    @property
    def is_right(self) -> bool:
        return self.label == self.predicted

    @property
    def confidence(self) -> float:
        """The predicted class's probability."""
        return self.probabilities[self.predicted]


@dataclass(frozen=True)
class ClassResult:
    """How many of a class's pictures were recognised."""

    name: str
    right: int
    total: int


@dataclass(frozen=True)
class Result:
    """The predictions of one epoch on one set of pictures, and the figures they give."""

    classes: tuple[str, ...]
    predictions: tuple[Prediction, ...]

    @property
    def total(self) -> int:
        return len(self.predictions)

    @cached_property
    def right(self) -> int:
        return sum(one.is_right for one in self.predictions)

    @property
    def accuracy(self) -> float:
        return self.right / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The accuracy's 95 % interval (Wilson)."""
        return wilson(self.right, self.total)

    @cached_property
    def confusion(self) -> tuple[tuple[int, ...], ...]:
        """Counts [true class][predicted class]."""
        counts = [[0] * len(self.classes) for _ in self.classes]
        for one in self.predictions:
            counts[one.label][one.predicted] += 1
        return tuple(tuple(row) for row in counts)

    @property
    def per_class(self) -> tuple[ClassResult, ...]:
        return tuple(
            ClassResult(name, row[number], sum(row))
            for number, (name, row) in enumerate(zip(self.classes, self.confusion, strict=True))
        )

    @property
    def wrong(self) -> tuple[Prediction, ...]:
        """The mistakes, the most confident first."""
        mistakes = [one for one in self.predictions if not one.is_right]
        return tuple(sorted(mistakes, key=lambda one: (-one.confidence, one.path)))


def majority(train_labels: Sequence[int], validation_labels: Sequence[int]) -> float:
    """The validation accuracy of always answering the class that training holds most of."""
    if not train_labels or not validation_labels:
        return 0.0
    numbers = sorted(set(train_labels))
    largest = max(numbers, key=train_labels.count)
    return validation_labels.count(largest) / len(validation_labels)


def of_run(run: Run) -> Result:
    """The best epoch's validation result. Raises ``InputError`` where no epoch finished."""
    path = run.directory / PREDICTIONS
    if not os.path.isfile(path):
        raise InputError("run_without_weights", path=run.directory)
    with readable(run.directory):
        return read_predictions(path, run.classes)


def compared(run: Run) -> StageCompared | None:
    """What the last stage of ``run`` gained over its head alone, on the test images where there
    are any; None where no stage trains the head alone before one that thaws, an epoch of either
    is still to come, or their predictions cannot be read."""
    stages = run.config.stages
    before = next((number for number, one in enumerate(stages) if one.thawed), 0)
    if not before or not all(map(run.history.best_of, (before, len(stages)))):
        return None
    parts = {one.path: one.split for one in run.pictures}
    paths = [run.directory / stage_predictions(number) for number in (before, len(stages))]
    try:
        results = [read_predictions(path, run.classes).predictions for path in paths]
    except (OSError, ValueError, KeyError):
        return None
    first, second = ({one.path: one.is_right for one in result} for result in results)
    both = first.keys() & second.keys()
    tested = [path for path in both if parts.get(path) == "test"]
    counts = Counter((first[path], second[path]) for path in tested or both)
    return StageCompared(
        len(stages),
        before,
        "test" if tested else "validation",
        both=counts[True, True],
        only_before=counts[True, False],
        only_after=counts[False, True],
        neither=counts[False, False],
    )


def read_predictions(path: Path, classes: Sequence[str]) -> Result:
    """The result in a ``predictions.csv``. Raises ``OSError``, ``ValueError``, ``KeyError``."""
    numbers = {name: number for number, name in enumerate(classes)}
    predictions = [
        Prediction(name, numbers[label], numbers[predicted], tuple(map(float, shares)))
        for name, label, predicted, *shares in files.read_table(
            path.read_bytes(), _columns(classes)
        )
    ]
    return Result(tuple(classes), tuple(predictions))


def write_predictions(result: Result) -> bytes:
    """The contents of a ``predictions.csv``: path, label, predicted, a probability a class."""
    return files.write_table(
        _columns(result.classes),
        (
            (
                one.path,
                result.classes[one.label],
                result.classes[one.predicted],
                *(f"{value:.6g}" for value in one.probabilities),
            )
            for one in result.predictions
        ),
    )


def _columns(classes: Sequence[str]) -> tuple[str, ...]:
    return ("path", "label", "predicted", *classes)
