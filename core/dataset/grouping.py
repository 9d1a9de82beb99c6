"""Pictures that belong together: of one patient, plant or burst, so that one side gets them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.recipe.config import GroupBy, parse_group_by

if TYPE_CHECKING:
    from core.dataset.split import Split
    from core.dataset.summary import DatasetSummary, Sample

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
    ``ValueError`` where ``parse`` does.
    """
    name_of: Callable[[Sample], str] = _nothing
    if group_by is not None:
        name_of = _namer(summary, parse_group_by(group_by))
    named: dict[str, list[Sample]] = {}
    alone = []
    for sample in summary.samples:
        name = name_of(sample)
        if name:
            named.setdefault(name, []).append(sample)
        else:
            alone.append(Group("", (sample,)))
    return (*(Group(name, tuple(own)) for name, own in named.items()), *alone)


def facts(groups: Sequence[Group], split: Split) -> GroupFacts:
    """What to tell about ``groups`` and the ``split`` that was made with them."""
    sides = {
        sample.path: side
        for side, part in enumerate((split.train, split.validation, split.test))
        for sample in part
    }
    together = [group for group in groups if not group.alone]
    return GroupFacts(
        count=len(together),
        largest=max((len(group.samples) for group in together), default=0),
        alone=len(groups) - len(together),
        parted=sum(len({sides[one.path] for one in group.samples}) > 1 for group in together),
    )


def _nothing(sample: Sample) -> str:
    return ""


def _namer(summary: DatasetSummary, by: GroupBy) -> Callable[[Sample], str]:
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
