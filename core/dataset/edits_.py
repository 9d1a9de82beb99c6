"""What a person decided about a folder's pictures: labels, splits, exclusions.

These belong to the dataset, not to a recipe, and never touch the folder itself. They are kept
in the dataset's own table (``core.dataset_table``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from core.dataset.folder import SplitName

_Value = TypeVar("_Value")


class Reason(StrEnum):
    """Why a person left a picture out."""

    BY_HAND = "by_hand"
    DUPLICATE = "duplicate"
    LEAK = "leak"
    LABEL_CONFLICT = "label_conflict"


def _nothing() -> Mapping[str, str]:
    return MappingProxyType({})


def _no_splits() -> Mapping[str, SplitName]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Edits:
    """Decisions by picture path (relative to the folder, with slashes, as on disk).

    ``labels`` are class names that differ from the folder's, ``splits`` assigned ones,
    ``excluded`` maps to the reason; ``accepted`` are pictures whose duplicates were looked at
    and kept. ``only_listed``: a table decides, a picture that it does not label has no class.
    """

    labels: Mapping[str, str] = field(default_factory=_nothing)
    splits: Mapping[str, SplitName] = field(default_factory=_no_splits)
    excluded: Mapping[str, str] = field(default_factory=_nothing)
    accepted: frozenset[str] = frozenset()
    only_listed: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether the dataset is what the folder says."""
        return self == Edits()

    def excluding(self, paths: Iterable[str], reason: str = Reason.BY_HAND) -> "Edits":
        """These edits with ``paths`` left out too; what was out before keeps its reason."""
        return replace(self, excluded={**dict.fromkeys(paths, str(reason)), **self.excluded})

    def including(self, paths: Iterable[str]) -> "Edits":
        """These edits with ``paths`` used again."""
        return replace(self, excluded=_without(self.excluded, paths))

    def labelling(self, paths: Iterable[str], name: str) -> "Edits":
        """These edits with ``paths`` in the class ``name``; an empty name is the folder's own."""
        if not name:
            return replace(self, labels=_without(self.labels, paths))
        return replace(self, labels={**self.labels, **dict.fromkeys(paths, name)})

    def assigning(self, paths: Iterable[str], split: SplitName | None) -> "Edits":
        """These edits with ``paths`` in ``split``; None leaves them to the folder or the draw."""
        if split is None:
            return replace(self, splits=_without(self.splits, paths))
        return replace(self, splits={**self.splits, **dict.fromkeys(paths, split)})

    def accepting(self, paths: Iterable[str]) -> "Edits":
        """These edits with the duplicates of ``paths`` kept: they are no finding any more."""
        return replace(self, accepted=self.accepted | frozenset(paths))

    def following(self, before: "Edits", after: "Edits") -> "Edits":
        """These edits with what another made of ``before``, which was ``after``; about a picture
        that these changed too, they count."""
        accepted = (self.accepted | (after.accepted - before.accepted)) - (
            before.accepted - after.accepted
        )
        changed = after.only_listed != before.only_listed
        return Edits(
            _following(self.labels, before.labels, after.labels),
            _following(self.splits, before.splits, after.splits),
            _following(self.excluded, before.excluded, after.excluded),
            accepted,
            after.only_listed if changed else self.only_listed,
        )


def _following(
    own: Mapping[str, _Value], before: Mapping[str, _Value], after: Mapping[str, _Value]
) -> Mapping[str, _Value]:
    merged = dict(own)
    for path in before.keys() | after.keys():
        if before.get(path) != after.get(path) and own.get(path) == before.get(path):
            merged.pop(path, None)
            if path in after:
                merged[path] = after[path]
    return merged


def _without(values: Mapping[str, _Value], paths: Iterable[str]) -> Mapping[str, _Value]:
    gone = set(paths)
    return {path: value for path, value in values.items() if path not in gone}
