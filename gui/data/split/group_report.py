"""Which pictures belong together, as a person checks it: how many groups, which, how large."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.dataset import split as dataset_split
from core.dataset.split import Group, GroupFacts, Split
from core.dataset.summary import DatasetSummary, Sample
from core.recipe import config
from core.recipe.config import GroupBy

SEPARATORS = ("_", "-", " ", ".")
_EXAMPLES, _LOOKED_AT = 3, 2000


@dataclass(frozen=True)
class GroupReport:
    """``groups`` are all that ``by`` makes, ``examples`` the largest ones. ``of`` and
    ``largest_of`` are for each class: in how many groups, single pictures among them, it lies,
    and the most pictures of it in one of them."""

    by: GroupBy
    groups: tuple[Group, ...]
    facts: GroupFacts
    examples: tuple[Group, ...]
    of: tuple[int, ...]
    largest_of: tuple[int, ...]


def report(
    summary: DatasetSummary,
    split: Split,
    group_by: str,
    groups: tuple[Group, ...] | None = None,
) -> GroupReport:
    """That of ``summary``, parted into ``split``. ``groups`` are those of before, where only
    the split is another. Takes a while with many pictures: run it off the window's thread."""
    groups = dataset_split.groups(summary, group_by) if groups is None else groups
    of, largest_of = Counter[int](), Counter[int]()
    for group in groups:
        for label, count in Counter(one.label for one in group.samples).items():
            of[label] += 1
            largest_of[label] = max(largest_of[label], count)
    together = [group for group in groups if len(group.samples) > 1]
    labels = range(len(summary.classes))
    return GroupReport(
        by=config.parse_group_by(group_by),
        groups=groups,
        facts=dataset_split.group_facts(groups, split),
        examples=tuple(sorted(together, key=lambda one: -len(one.samples))[:_EXAMPLES]),
        of=tuple(of[label] for label in labels),
        largest_of=tuple(largest_of[label] for label in labels),
    )


def likely_separator(samples: Sequence[Sample]) -> str:
    """The separator that most file names have."""
    names = [one.path.rpartition("/")[2].rpartition(".")[0] for one in samples[:_LOOKED_AT]]
    return max(SEPARATORS, key=lambda mark: sum(mark in name for name in names))
