"""Pairs of duplicates: which there are, what is said of them, what can be done with them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.dataset.folder import SplitName
from core.dataset.split import Split
from core.dataset.summary import DatasetSummary
from gui.base import words as base_words
from gui.base.words import one_line, say
from gui.data import words as data_words

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


translate = QCoreApplication.translate


def counted(one: str, many: str, count: int, **values: object) -> str:
    """``one`` or ``many``, as ``count`` asks for, with ``values`` filled in."""
    return fill(one if count == 1 else many, {"count": base_words.count(count), **values})


# -- a kind of pairs ------------------------------------------------------------------------


def title(pairs: Sequence[Pair]) -> str:
    """What these pairs of one kind are, at least one of them."""
    count = len(paths_of(pairs, second=True))
    if pairs[0].kind == "leaks":
        return _leaks(pairs, count)
    if pairs[0].kind == "conflicts":
        one = translate("findings", "1 picture is in two classes")
        many = translate("findings", "{count} pictures are in two classes")
    else:
        one = translate("findings", "1 picture is there twice")
        many = translate("findings", "{count} pictures are there twice")
    return counted(one, many, count)


def why(kind: PairKind) -> str:
    """Why it matters."""
    sentences: dict[PairKind, str] = {
        "leaks": translate(
            "findings",
            "The network is checked on pictures that it was trained on, "
            "which makes its accuracy a lie.",
        ),
        "conflicts": translate(
            "findings", "One of the two labels is wrong, and the network learns both."
        ),
        "copies": translate(
            "findings", "A copy adds nothing new: its picture only counts once more."
        ),
    }
    return sentences[kind]


def how_alike(pairs: Sequence[Pair]) -> str:
    """How many of them are the very same file."""
    exact = sum(pair.exact for pair in pairs)
    near = len(pairs) - exact
    if not near:
        return counted(
            translate("findings", "An exact copy."), translate("findings", "Exact copies."), exact
        )
    if not exact:
        return translate("findings", "Nearly the same: resized or saved again, perhaps.")
    template = translate("findings", "Exact copies: {exact}, nearly the same: {near}.")
    return fill(template, {"exact": base_words.count(exact), "near": base_words.count(near)})


def _leaks(pairs: Sequence[Pair], count: int) -> str:
    first = {pair.first.split for pair in pairs}
    second = {pair.second.split for pair in pairs}
    if first != {"train"}:
        return counted(
            translate("findings", "1 picture is on both sides of the split"),
            translate("findings", "{count} pictures are on both sides of the split"),
            count,
        )
    if len(second) == 1:
        return counted(
            translate("findings", "1 {split} picture is in training too"),
            translate("findings", "{count} {split} pictures are in training too"),
            count,
            split=data_words.split_word(second.pop()),
        )
    template = translate("findings", "{count} validation and test pictures are in training too")
    return fill(template, {"count": base_words.count(count)})


# -- one pair -------------------------------------------------------------------------------


def likeness(pair: Pair) -> str:
    """How alike the two are."""
    if pair.exact:
        return translate("findings", "Exact copy")
    return translate("findings", "Nearly the same")


def described(pair: Pair) -> str:
    """The pair in one line, for a screen reader and a tool tip."""
    values = {
        "alike": likeness(pair),
        "first": _member(pair.first),
        "second": _member(pair.second),
    }
    return say("findings", "{alike}: {first} and {second}", **values)


def _member(one: Member) -> str:
    return f"{one_line(one.path)} ({one_line(one.class_name)}, {data_words.split_word(one.split)})"


# -- what can be done -----------------------------------------------------------------------


def concerned(count: int, selected: bool) -> str:
    """Which pairs the buttons act on."""
    if selected:
        return counted(
            translate("findings", "The selected pair:"),
            translate("findings", "The {count} selected pairs:"),
            count,
        )
    return counted(
        translate("findings", "This pair:"), translate("findings", "All {count} pairs:"), count
    )


def move(pairs: Sequence[Pair]) -> str:
    """The button that puts both of each pair on one side."""
    targets = set(moves(pairs))
    if len(targets) != 1:
        return translate("findings", "Move to the other’s side")
    return say("findings", "Move to {split}", split=data_words.split_word(targets.pop()))


def side(pairs: Sequence[Pair], *, first: bool) -> str:
    """Which picture of a pair a menu's entry means: its split or class where all agree."""
    members = [pair.first if first else pair.second for pair in pairs]
    splits, classes = {one.split for one in members}, {one.class_name for one in members}
    if pairs[0].kind == "leaks" and len(splits) == 1:
        template = (
            translate("findings", "The {split} picture (left)")
            if first
            else translate("findings", "The {split} picture (right)")
        )
        return fill(template, {"split": data_words.split_word(splits.pop())})
    if pairs[0].kind == "conflicts" and len(classes) == 1:
        template = (
            translate("findings", "The one in {name} (left)")
            if first
            else translate("findings", "The one in {name} (right)")
        )
        return fill(template, {"name": one_line(classes.pop())})
    if first:
        return translate("findings", "The left one")
    return translate("findings", "The right one")


def into(pairs: Sequence[Pair], *, first: bool) -> str:
    """The class that a menu's entry puts both into."""
    classes = {(pair.first if first else pair.second).class_name for pair in pairs}
    if len(classes) == 1:
        return one_line(classes.pop())
    if first:
        return translate("findings", "The left one’s class")
    return translate("findings", "The right one’s class")
