"""Who trains, who validates, who tests: the folder's own splits, or cuts that a seed decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from core.common.messages import InputError
from core.dataset.folder import SPLIT_FOLDERS, printable
from core.dataset.grouping import Group, groups
from core.dataset.stratified import Counts, cut

if TYPE_CHECKING:
    from core.dataset.folder import SplitName
    from core.dataset.summary import DatasetSummary, Problem, Sample
    from core.recipe.config import DatasetConfig


@dataclass(frozen=True)
class Split:
    """Every usable picture in one of three parts, each in the order of the samples' keys.

    ``unused`` are training pictures that a ``train_fraction`` below 1 leaves out of ``train``.
    """

    train: tuple[Sample, ...]
    validation: tuple[Sample, ...]
    test: tuple[Sample, ...]
    unused: tuple[Sample, ...] = ()


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
    its training pictures, of each class the fraction, rounded, but at least one where there are
    two, and never all. Only ``split_seed`` and a picture's key decide the order of being cut, so
    other classes and the file system's order change nothing, and a picture more or less moves at
    most one other into or out of each part.

    With ``group_by`` whole groups are cut: of each class about the fraction, as near as its
    groups allow, with at least one group where there are two, and never all
    (``core.stratified``).

    It is drawn as if no picture were pinned; then each pinned one goes where a person assigned
    it, so that this moves no other. A group follows its pinned pictures, because a burst that
    stays behind would still be the leak that was to be mended; where they were assigned to
    different parts, its other pictures stay where they were drawn.
    """
    grouped = groups(summary, config.group_by)
    moved: dict[str, SplitName] = {}
    for group, part in zip(grouped, _draw_groups(summary, grouped, config), strict=True):
        pinned = {sample.split for sample in group.samples if sample.pinned}
        if len(pinned) == 1:
            part = pinned.pop()
        if part != "train":
            moved |= {one.path: part for one in group.samples if _may_move(summary, one)}
    samples = [
        replace(one, split=moved[one.path]) if one.path in moved else one for one in summary.samples
    ]
    train = [one for one in samples if one.split == "train"]
    learned = share_of_training(train, config.train_fraction, seed=config.split_seed)
    return Split(
        train=tuple(one for one in train if one.path in learned),
        validation=tuple(one for one in samples if one.split == "validation"),
        test=tuple(one for one in samples if one.split == "test"),
        unused=tuple(one for one in train if one.path not in learned),
    )


class _Labelled(Protocol):
    """A picture of a dataset or of a run."""

    @property
    def path(self) -> str: ...
    @property
    def label(self) -> int: ...
    @property
    def key(self) -> str: ...


def share_of_training(pictures: Sequence[_Labelled], fraction: float, *, seed: int) -> set[str]:
    """The paths of those training ``pictures`` that a ``train_fraction`` learns from.

    Of each class the share, rounded, but at least one, in an order that only ``seed`` and a
    picture's key decide, so that what a smaller share takes, a larger one takes too.
    """
    if fraction == 1:
        return {one.path for one in pictures}
    of_class: dict[int, list[_Labelled]] = {}
    for one in pictures:
        of_class.setdefault(one.label, []).append(one)
    chosen: set[str] = set()
    for own in of_class.values():
        own.sort(key=lambda one: (_draw(seed, f"train_fraction\n{one.key}"), one.path))
        chosen |= {one.path for one in own[: max(1, round(len(own) * fraction))]}
    return chosen


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


def _draw_groups(
    summary: DatasetSummary, grouped: Sequence[Group], config: DatasetConfig
) -> list[SplitName]:
    """The part that is drawn for each of ``grouped``, as if no picture were pinned."""
    sizes = [_to_draw(summary, group) for group in grouped]
    seed = config.split_seed
    order = [one for one, size in enumerate(sizes) if size]
    order.sort(key=lambda one: (_draw(seed, grouped[one].key), grouped[one].samples[0].path))
    parts: list[SplitName] = ["train"] * len(grouped)
    total, gone = _added_up(sizes), dict[int, int]()
    fractions: dict[SplitName, float] = {
        "validation": config.validation_fraction,
        "test": config.test_fraction,
    }
    for name, fraction in fractions.items():
        if fraction and name not in summary.own_splits:
            rest = [one for one in order if parts[one] == "train"]
            wanted = {
                label: max(0, min(_share(size, fraction), size - gone.get(label, 0) - 1))
                for label, size in total.items()
            }
            taken = [rest[one] for one in cut([sizes[one] for one in rest], wanted)]
            for one in taken:
                parts[one] = name
            gone = _added_up(sizes[one] for one in taken)
        order.reverse()  # from either end, so that one fraction doesn't change the other's part
    return parts


def _to_draw(summary: DatasetSummary, group: Group) -> Counts:
    """How many pictures of each class are drawn with ``group``."""
    counts: dict[int, int] = {}
    for sample in group.samples:
        if _is_drawn(summary, sample):
            counts[sample.label] = counts.get(sample.label, 0) + 1
    return counts


def _added_up(sizes: Iterable[Counts]) -> dict[int, int]:
    total: dict[int, int] = {}
    for size in sizes:
        for label, count in size.items():
            total[label] = total.get(label, 0) + count
    return total


def _is_drawn(summary: DatasetSummary, sample: Sample) -> bool:
    """Whether ``sample`` would be drawn if it were not pinned."""
    if not summary.own_splits:
        return True
    if not sample.pinned:
        return sample.split == "train"
    top = sample.path.partition("/")[0].casefold()
    return SPLIT_FOLDERS.get(top, "train") == "train"


def _may_move(summary: DatasetSummary, sample: Sample) -> bool:
    return not sample.pinned and _is_drawn(summary, sample)


def _draw(seed: int, key: str) -> bytes:
    return blake2b(f"{seed}\n{key}".encode(), digest_size=16).digest()


def _share(total: int, fraction: float) -> int:
    if total < 2 or fraction == 0:
        return 0
    return min(max(round(total * fraction), 1), total - 1)
