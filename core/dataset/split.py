"""The split into training, validation and test: the folder's own, or drawn by a seed.

Images that belong together (of one patient, plant or burst) stay in one part. Which groups come
nearest to the wanted share of each class is a problem without a quick exact answer (number
partitioning). ``cut`` takes groups greedily in drawn order and then searches locally, with the
same result on every machine.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

from core.common.messages import InputError
from core.dataset.folder import SPLIT_FOLDERS, SplitName, printable
from core.dataset.summary import DatasetSummary, Problem, Sample
from core.recipe.config import DatasetConfig, parse_group_by

_ROUNDING = 1e-6  # seconds: what a difference of two times may be off


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures that belong together, in the order of the dataset's. ``name`` is what they have
    in common, of a burst its first picture's key; it is empty for one picture that has neither
    prefix, subfolder nor time and so stands ``alone``."""

    name: str
    samples: tuple[Sample, ...]

    @property
    def alone(self) -> bool:
        return not self.name

    @property
    def key(self) -> str:
        """What is drawn for the group depends on this alone."""
        return f"//{self.name}" if self.name else self.samples[0].key  # no path starts so


@dataclass(frozen=True)
class GroupFacts:
    """``count`` groups, of which ``largest`` is the number of pictures in the largest; pictures
    that stand ``alone``, without what groups them; and groups that are ``parted``, because the
    folder itself or a person has them on more than one side."""

    count: int
    largest: int
    alone: int
    parted: int


def groups(summary: DatasetSummary, group_by: str | None) -> tuple[Group, ...]:
    """All pictures of ``summary`` in groups, which together hold each once.

    The class plays no part: a patient or a burst in two classes leaks from one side to the
    other all the same, so the same prefix, the same subfolder's name or the same moment in two
    class folders is one group. Without ``group_by`` every picture stands alone. Raises
    ``ValueError`` where ``parse_group_by`` does.
    """
    name_of = _namer(summary, group_by)
    named: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in summary.samples:
        named[name_of(sample)].append(sample)
    alone = named.pop("", [])
    together = [Group(name, tuple(own)) for name, own in named.items()]
    return (*together, *(Group("", (one,)) for one in alone))


def group_facts(groups: Sequence[Group], split: Split) -> GroupFacts:
    """What to tell about ``groups`` and the ``split`` that was made with them."""
    every = (*split.train, *split.unused, *split.validation, *split.test)
    sides = {sample.path: sample.split for sample in every}
    together = [group for group in groups if not group.alone]
    return GroupFacts(
        count=len(together),
        largest=max((len(group.samples) for group in together), default=0),
        alone=len(groups) - len(together),
        parted=sum(len({sides[one.path] for one in group.samples}) > 1 for group in together),
    )


def _namer(summary: DatasetSummary, group_by: str | None) -> Callable[[Sample], str]:
    if group_by is None:
        return lambda sample: ""
    by = parse_group_by(group_by)
    match by.kind:
        case "prefix":
            return lambda sample: _prefix(sample.key, by.separator)
        case "subfolder":
            depth = 2 if summary.layout == "splits" else 1
            return lambda sample: _subfolder(sample.key, depth)
        case "time":
            bursts = dict(_bursts(summary.samples, by.seconds))
            return lambda sample: bursts.get(sample.path, "")


def _prefix(key: str, separator: str) -> str:
    """``rose`` of ``a/rose_1.jpg``; the suffix is no part of the name."""
    stem = key.rpartition("/")[2].rpartition(".")[0]
    prefix, found, _ = stem.partition(separator)
    return prefix if found else ""


def _subfolder(key: str, depth: int) -> str:
    """The name of the folder that lies ``depth`` folders deep."""
    folders = key.split("/")[:-1]
    return folders[depth] if len(folders) > depth else ""


def _bursts(samples: Sequence[Sample], seconds: float) -> Iterator[tuple[str, str]]:
    """(path, name of its burst) of every picture with a time."""
    timed = sorted(
        (sample.header.taken, sample.key, sample.path)
        for sample in samples
        if sample.header is not None and sample.header.taken is not None
    )
    name, last = "", float("-inf")
    for taken, key, path in timed:
        if taken - last > seconds + _ROUNDING:
            name = key
        last = taken
        yield path, name


_NEAR = 0.005  # of a class: what the search doesn't try to make better
_TRIES = 12  # different groups looked at from either side in one step of the search
_ROUNDS = 5  # steps for each class

_NONE: tuple[int, ...] = ()

Counts = Mapping[int, int]  # class -> the number of a group's pictures in it; none is zero


def cut(groups: Sequence[Counts], wanted: Mapping[int, int]) -> set[int]:
    """The positions of the ``groups`` (in drawn order) to take, so that each class gives about
    as many pictures as are ``wanted``.

    A class never gives its last group. It gives at least one where it has two or more and any
    is wanted; only groups that hold several classes can make this impossible, or so intricate
    that the search misses it. What is made small is the sum over the classes of
    (given - wanted)^2 / pictures. Classes that share no group don't influence each other.
    Groups of one picture are taken in order, exactly the number.
    """
    return _Cut(groups, wanted).taken()


class _Cut:
    def __init__(self, groups: Sequence[Counts], wanted: Mapping[int, int]) -> None:
        self._groups = groups
        self._of: defaultdict[int, list[int]] = defaultdict(list)  # class -> its groups
        self._size = _added_up(groups)
        for position, counts in enumerate(groups):
            for label in counts:
                self._of[label].append(position)
        self._given = dict.fromkeys(self._of, 0)
        self._missing = {
            label: wanted.get(label, 0) if len(own) > 1 else 0 for label, own in self._of.items()
        }
        self._must_give = {label for label, missing in self._missing.items() if missing}
        self._taken: set[int] = set()

    def taken(self) -> set[int]:
        for position, counts in enumerate(self._groups):
            fits = all(self._missing[label] >= count for label, count in counts.items())
            if fits and self._leaves_one((position,)):
                self._move((position,))
        for _ in range(_ROUNDS):
            improved = [self._improve(label) for label in self._of]
            if not any(improved):
                break
        return self._taken

    def _leaves_one(self, groups: tuple[int, ...]) -> bool:
        labels = (label for one in groups for label in self._groups[one])
        return all(len(self._of[label]) - self._given[label] > 1 for label in labels)

    def _move(self, groups: tuple[int, ...]) -> None:
        """Take each of ``groups``, or give it back."""
        for position in groups:
            sign = -1 if position in self._taken else 1
            self._taken ^= {position}
            for label, count in self._groups[position].items():
                self._missing[label] -= sign * count
                self._given[label] += sign

    def _improve(self, label: int) -> bool:
        """Make the best one of: a group of ``label`` more, one less, one instead of another."""
        near = abs(self._missing[label]) <= _NEAR * self._size[label]
        if near and (self._given[label] or label not in self._must_give):
            return False
        best, moves = (0, 0.0), _NONE
        free = [_NONE, *self._different(label, taken=False)]
        for old in [_NONE, *self._different(label, taken=True)]:
            self._move(old)
            again = self._gain(old)
            for new in free:
                gain = self._gain(new)
                better = gain[0] - again[0], round(gain[1] - again[1], 9)  # no tie by last bits
                if better > best and self._leaves_one(new):
                    best, moves = better, old + new
            self._move(old)
        self._move(moves)
        return bool(moves)

    def _different(self, label: int, *, taken: bool) -> Iterator[tuple[int]]:
        """Groups of ``label`` that differ in their counts: the first drawn of those to take, the
        last drawn of those to give back."""
        seen: set[frozenset[tuple[int, int]]] = set()
        own = self._of[label]
        for one in reversed(own) if taken else own:
            counts = frozenset(self._groups[one].items())
            if (one in self._taken) != taken or counts in seen:
                continue
            seen.add(counts)
            yield (one,)
            if len(seen) == _TRIES:
                return

    def _gain(self, groups: tuple[int, ...]) -> tuple[int, float]:
        """What taking ``groups`` (one or none) improves: how many classes give at all then, and
        the distance from what is wanted."""
        covered, nearer = 0, 0.0
        for position in groups:
            for label, count in self._groups[position].items():
                nearer += count * (2 * self._missing[label] - count) / self._size[label]
                covered += not self._given[label] and label in self._must_give
        return covered, nearer


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
    groups allow, with at least one group where there are two, and never all (``cut``).

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
            free = (one for one in group.samples if not one.pinned and _is_drawn(summary, one))
            moved |= {one.path: part for one in free}
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
    of_class: defaultdict[int, list[_Labelled]] = defaultdict(list)
    for one in pictures:
        of_class[one.label].append(one)
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
        "classes": [asdict(count) for count in counts(split, summary.classes)],
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
    sizes = [
        Counter(one.label for one in group.samples if _is_drawn(summary, one)) for group in grouped
    ]
    seed = config.split_seed
    order = [one for one, size in enumerate(sizes) if size]
    order.sort(key=lambda one: (_draw(seed, grouped[one].key), grouped[one].samples[0].path))
    parts: list[SplitName] = ["train"] * len(grouped)
    total, gone = _added_up(sizes), Counter[int]()
    fractions: dict[SplitName, float] = {
        "validation": config.validation_fraction,
        "test": config.test_fraction,
    }
    for name, fraction in fractions.items():
        if fraction and name not in summary.own_splits:
            rest = [one for one in order if parts[one] == "train"]
            wanted = {
                label: max(0, min(max(round(size * fraction), 1), size - gone[label] - 1))
                for label, size in total.items()
            }
            taken = [rest[one] for one in cut([sizes[one] for one in rest], wanted)]
            for one in taken:
                parts[one] = name
            gone = _added_up(sizes[one] for one in taken)
        order.reverse()  # from either end, so that one fraction doesn't change the other's part
    return parts


def _added_up(sizes: Iterable[Counts]) -> Counter[int]:
    total: Counter[int] = Counter()
    for size in sizes:
        total.update(size)
    return total


def _is_drawn(summary: DatasetSummary, sample: Sample) -> bool:
    """Whether ``sample`` would be drawn if it were not pinned."""
    if not summary.own_splits:
        return True
    if not sample.pinned:
        return sample.split == "train"
    top = sample.path.partition("/")[0].casefold()
    return SPLIT_FOLDERS.get(top, "train") == "train"


def _draw(seed: int, key: str) -> bytes:
    return blake2b(f"{seed}\n{key}".encode(), digest_size=16).digest()
