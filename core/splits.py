"""Who trains, who validates, who tests: the folder's own splits, or cuts that a seed decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.folders import printable
from core.messages import InputError

if TYPE_CHECKING:
    from core.config import DatasetConfig
    from core.dataset import DatasetSummary, Problem, Sample
    from core.folders import SplitName


@dataclass(frozen=True)
class Split:
    """Every usable picture in one of three parts, each in the order of the samples' keys."""

    train: tuple[Sample, ...]
    validation: tuple[Sample, ...]
    test: tuple[Sample, ...]


@dataclass(frozen=True)
class ClassCount:
    """How many pictures of one class are in each part."""

    name: str
    train: int
    validation: int
    test: int


def split(summary: DatasetSummary, config: DatasetConfig) -> Split:
    """``summary``'s pictures in three parts; each sample's ``split`` then names its own.

    The folder's own validation and test pictures stay what they are. What it lacks is cut from
    its training pictures, class by class: the fraction, rounded, but at least one where there
    are two, and never all. Only ``split_seed`` and a picture's key decide who is cut, so other
    pictures, other classes and the file system's order change nothing.
    """
    given = summary.own_splits
    parts: dict[str, SplitName] = {}
    for own in _by_class(summary):
        own.sort(key=lambda sample: (_draw(config.split_seed, sample.key), sample.path))
        total = len(own)
        validation = test = 0
        if "validation" not in given:
            validation = _share(total, config.validation_fraction)
        if "test" not in given:
            test = min(_share(total, config.test_fraction), max(0, total - validation - 1))
        # From either end, so that one fraction does not change the other part's pictures.
        parts |= dict.fromkeys((one.path for one in own[:validation]), "validation")
        parts |= dict.fromkeys((one.path for one in own[total - test :]), "test")
    samples = [replace(one, split=parts.get(one.path, one.split)) for one in summary.samples]
    return Split(
        train=tuple(one for one in samples if one.split == "train"),
        validation=tuple(one for one in samples if one.split == "validation"),
        test=tuple(one for one in samples if one.split == "test"),
    )


def check_trainable(
    split: Split, classes: Sequence[str], folder: Path | str = "The dataset"
) -> None:
    """Raise ``InputError`` where ``split`` cannot train a classifier: no_training_pictures,
    one_class (fewer than two classes have training pictures), no_validation_pictures."""
    path = printable(str(folder))
    trained = sorted({sample.label for sample in split.train})
    if not trained:
        raise InputError("no_training_pictures", path=path)
    if len(trained) == 1:
        raise InputError("one_class", path=path, name=classes[trained[0]])
    if not split.validation:
        raise InputError("no_validation_pictures", path=path)


def counts(split: Split, classes: Sequence[str]) -> list[ClassCount]:
    """The number of pictures of each class in each part, in the order of ``classes``."""
    train, validation, test = (
        Counter(sample.label for sample in part)
        for part in (split.train, split.validation, split.test)
    )
    return [
        ClassCount(name, train[label], validation[label], test[label])
        for label, name in enumerate(classes)
    ]


def to_json(summary: DatasetSummary, split: Split) -> dict[str, Any]:
    """The scan's result as plain JSON values that any encoding can write.

    ``found == images + excluded + len(problems) + ignored``.
    """
    return {
        "folder": summary.name,
        "layout": summary.layout,
        "images": len(summary.samples),
        "found": summary.found,
        "excluded": len(summary.excluded),
        "ignored": summary.ignored,
        "classes": [
            {
                "name": count.name,
                "train": count.train,
                "validation": count.validation,
                "test": count.test,
            }
            for count in counts(split, summary.classes)
        ],
        "problems": [_plain(problem) for problem in summary.problems],
        "warnings": [_plain(problem) for problem in summary.warnings],
    }


def _plain(problem: Problem) -> dict[str, str]:
    return {
        "path": printable(problem.path),
        "code": problem.code.value,
        "detail": printable(problem.message),
    }


def _by_class(summary: DatasetSummary) -> list[list[Sample]]:
    """The training pictures of the folder, a list for each class."""
    result: list[list[Sample]] = [[] for _ in summary.classes]
    for sample in summary.samples:
        if sample.split == "train":
            result[sample.label].append(sample)
    return result


def _draw(seed: int, key: str) -> bytes:
    return blake2b(f"{seed}\n{key}".encode(), digest_size=16).digest()


def _share(total: int, fraction: float) -> int:
    if total < 2 or fraction == 0:
        return 0
    return min(max(round(total * fraction), 1), total - 1)
