"""What is said of pictures that are there twice, and what the buttons do with them."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.dataset.folder import printable
from gui.base import words
from gui.data import data_text
from gui.data.findings.pairs_ import Member, Pair, PairKind, moves, paths_of

translate = QCoreApplication.translate


def counted(one: str, many: str, count: int, **values: object) -> str:
    """``one`` or ``many``, as ``count`` asks for, with ``values`` filled in."""
    return fill(one if count == 1 else many, {"count": words.count(count), **values})


def line(path: str) -> str:
    """A path that can be shown and stays on its line."""
    return " ".join(printable(path).splitlines())


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
    return fill(template, {"exact": words.count(exact), "near": words.count(near)})


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
            split=data_text.split_word(second.pop()),
        )
    template = translate("findings", "{count} validation and test pictures are in training too")
    return fill(template, {"count": words.count(count)})


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
    return fill(translate("findings", "{alike}: {first} and {second}"), values)


def _member(one: Member) -> str:
    return f"{line(one.path)} ({line(one.class_name)}, {data_text.split_word(one.split)})"


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
    template = translate("findings", "Move to {split}")
    return fill(template, {"split": data_text.split_word(targets.pop())})


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
        return fill(template, {"split": data_text.split_word(splits.pop())})
    if pairs[0].kind == "conflicts" and len(classes) == 1:
        template = (
            translate("findings", "The one in {name} (left)")
            if first
            else translate("findings", "The one in {name} (right)")
        )
        return fill(template, {"name": line(classes.pop())})
    if first:
        return translate("findings", "The left one")
    return translate("findings", "The right one")


def into(pairs: Sequence[Pair], *, first: bool) -> str:
    """The class that a menu's entry puts both into."""
    classes = {(pair.first if first else pair.second).class_name for pair in pairs}
    if len(classes) == 1:
        return line(classes.pop())
    if first:
        return translate("findings", "The left one’s class")
    return translate("findings", "The right one’s class")
