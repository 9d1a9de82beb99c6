"""Duplicates as a person looks at them: two pictures side by side."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from core.dataset.folder import SplitName
from core.dataset.split import Split
from core.dataset.summary import DatasetSummary

if TYPE_CHECKING:
    from core.dataset.duplicates import Group

PairKind = Literal["leaks", "conflicts", "copies"]
PAIR_KINDS: tuple[PairKind, ...] = ("leaks", "conflicts", "copies")
_ORDER: dict[SplitName, int] = {"train": 0, "validation": 1, "test": 2}


@dataclass(frozen=True, slots=True)
class Member:
    """One picture of a pair, where it is now. ``mtime`` in nanoseconds."""

    path: str
    class_name: str
    split: SplitName
    mtime: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """The same picture twice; ``first`` is the one that stays where it is: a training picture
    where one of them is. ``exact``: the same content, else nearly the same picture."""

    first: Member
    second: Member
    exact: bool

    @property
    def kind(self) -> PairKind:
        """A leak between two splits, else a conflict of two classes, else just a copy."""
        if self.first.split != self.second.split:
            return "leaks"
        return "copies" if self.first.class_name == self.second.class_name else "conflicts"

    @property
    def paths(self) -> tuple[str, str]:
        """Both."""
        return self.first.path, self.second.path


def pairs_of(groups: Iterable["Group"], summary: DatasetSummary, split: Split) -> list[Pair]:
    """Each group's first picture beside each of its others, as ``split`` parts them now.

    Two others of a near group need not look alike. What is no longer used is in no pair.
    """
    wanted = {path for group in groups for path in group.paths}
    members = {
        one.path: Member(one.path, summary.classes[one.label], one.split, one.mtime)
        for part in (split.train, split.validation, split.test)
        for one in part
        if one.path in wanted
    }
    found: dict[tuple[str, str], Pair] = {}
    for group in groups:
        exact = group.kind == "exact"
        used = [members[path] for path in group.paths if path in members]
        if exact:
            used.sort(key=lambda one: _ORDER[one.split])
        elif group.paths[0] not in members:
            continue
        for other in used[1:]:
            pair = _pair(used[0], other, exact)
            found.setdefault(pair.paths, pair)
    return list(found.values())


def _pair(center: Member, other: Member, exact: bool) -> Pair:
    turned = _ORDER[other.split] < _ORDER[center.split]
    return Pair(other, center, exact) if turned else Pair(center, other, exact)


def is_accepted(pair: Pair, accepted: frozenset[str]) -> bool:
    """Whether a person looked at this pair and kept both."""
    return accepted.issuperset(pair.paths)


def paths_of(pairs: Iterable[Pair], *, first: bool = False, second: bool = False) -> list[str]:
    """The paths of the ``first`` ones, the ``second`` ones or both, each once."""
    chosen = (
        path
        for pair in pairs
        for path, wanted in zip(pair.paths, (first, second), strict=True)
        if wanted
    )
    return list(dict.fromkeys(chosen))


def moves(pairs: Iterable[Pair]) -> Mapping[SplitName, list[str]]:
    """Where the second ones go to be with the first ones: paths by split, each once."""
    target: dict[str, SplitName] = {}
    for pair in pairs:  # one that has its match in training goes there, whatever else it has
        known = target.get(pair.second.path, pair.first.split)
        target[pair.second.path] = min(known, pair.first.split, key=lambda one: _ORDER[one])
    result: defaultdict[SplitName, list[str]] = defaultdict(list)
    for path, split in target.items():
        result[split].append(path)
    return result


def merges(pairs: Iterable[Pair], *, into_first: bool) -> Mapping[str, list[str]]:
    """Which pictures change their class so that both of a pair have one: paths by class."""
    result: defaultdict[str, list[str]] = defaultdict(list)
    for pair in pairs:
        keeps, changes = (pair.first, pair.second) if into_first else (pair.second, pair.first)
        if changes.path not in result[keeps.class_name]:
            result[keeps.class_name].append(changes.path)
    return result
