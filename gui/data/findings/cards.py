"""The health report in words, before it is drawn: a card for each finding and its actions.

Here too are the closer looks in words, and the lists of files or classes behind the cards.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.dataset.edits import Reason
from core.dataset.health import FEW_PICTURES, FEW_VALIDATION, Health
from core.dataset.split import ClassCount, Split
from core.dataset.summary import DatasetSummary, Problem, ProblemCode
from core.recipe.config import RunConfig
from gui.base import words as base_words
from gui.base.words import one_line, say
from gui.data import words as data_words
from gui.data.findings import pairs as findings_pairs
from gui.data.findings.pairs import PAIR_KINDS, Pair, PairKind, counted

Level = Literal["wrong", "warning", "note", "right"]
CardKind = Literal[
    "fine",
    "leaks",
    "conflicts",
    "copies",
    "problems",
    "unlabelled",
    "warnings",
    "imbalance",
    "few_training",
    "few_validation",
    "crop",
    "excluded",
]
# The most serious first.
CARD_KINDS: tuple[CardKind, ...] = (
    "fine",
    "leaks",
    "conflicts",
    "copies",
    "problems",
    "unlabelled",
    "warnings",
    "imbalance",
    "few_training",
    "few_validation",
    "crop",
    "excluded",
)


@dataclass(frozen=True)
class Looked:
    """All that is known of a dataset. ``pairs`` are None until duplicates were looked for;
    ``verified``: every file was decoded; ``unlabelled``: how many pictures have no class."""

    summary: DatasetSummary
    split: Split
    config: RunConfig
    health: Health
    pairs: Sequence[Pair] | None = None
    verified: bool = False
    unlabelled: int = 0

    def of_kind(self, kind: PairKind) -> list[Pair]:
        """The pairs that are leaks, conflicts or copies."""
        return [pair for pair in self.pairs or () if pair.kind == kind]


@dataclass(frozen=True)
class Action:
    """A button: ``code`` says what it does."""

    code: str
    label: str
    tooltip: str = ""


@dataclass(frozen=True)
class Card:
    """One finding in words. Wrong ones and warnings count, notes don't."""

    kind: CardKind
    level: Level
    title: str
    text: str = ""
    actions: tuple[Action, ...] = field(default_factory=tuple)

    @property
    def counts(self) -> bool:
        """Whether a person should do something about it."""
        return self.level in ("wrong", "warning")


translate = QCoreApplication.translate

REVIEW, FIT, INCLUDE, WEIGHT, UNWEIGHT = "review", "fit", "include", "weight", "unweight"
FILTER = "filter:"  # and the state
_NAMED = 4  # classes named within a sentence


def cards(looked: Looked) -> list[Card]:
    """Every finding, the most serious first; one that says so where nothing is wrong."""
    found = [
        *_pairs(looked),
        *_problems(looked),
        *_unlabelled(looked),
        *_warnings(looked.summary.warnings),
        *_imbalance(looked),
        *_few_training(looked),
        *_few_validation(looked),
        *_crop(looked),
    ]
    if not any(card.counts for card in found):
        found.insert(0, _fine(looked))
    return [*found, *_excluded(looked)]


def problem(found: Problem) -> str:
    """What is wrong with a file, a class or a folder, without its path."""
    return base_words.translate(found.code, {"path": one_line(found.path), **found.detail})


# -- pictures -------------------------------------------------------------------------------


def _pairs(looked: Looked) -> Iterator[Card]:
    for kind in PAIR_KINDS:
        pairs = looked.of_kind(kind)
        if pairs:
            look = counted(
                translate("findings", "Look at the pair…"),
                translate("findings", "Look at the {count} pairs…"),
                len(pairs),
            )
            level: Level = "warning" if kind == "copies" else "wrong"
            words = f"{findings_pairs.why(kind)} {findings_pairs.how_alike(pairs)}"
            yield Card(kind, level, findings_pairs.title(pairs), words, (Action(REVIEW, look),))


def _problems(looked: Looked) -> Iterator[Card]:
    problems = looked.summary.problems
    if not problems:
        return
    title = counted(
        translate("findings", "1 file cannot be used"),
        translate("findings", "{count} files cannot be used"),
        len(problems),
    )
    template = translate("findings", "Left out of training. {path}: {reason}.")
    if len(problems) > 1:
        template = translate("findings", "Left out of training. The first is {path}: {reason}.")
    words = fill(template, {"path": one_line(problems[0].path), "reason": problem(problems[0])})
    actions = [_list()] if len(problems) > 1 else []
    actions.append(_grid("problems"))
    yield Card("problems", "warning", title, words, tuple(actions))


def _unlabelled(looked: Looked) -> Iterator[Card]:
    """In a flat folder a person chose which pictures to label; elsewhere these are forgotten."""
    if not looked.unlabelled:
        return
    title = counted(
        translate("findings", "1 picture has no class and is not used"),
        translate("findings", "{count} pictures have no class and are not used"),
        looked.unlabelled,
    )
    if looked.summary.layout == "flat":
        level: Level = "note"
        words = translate("findings", "Put into a class, they are used like all others.")
    else:
        level = "warning"
        words = counted(
            translate("findings", "It lies outside the class folders."),
            translate("findings", "They lie outside the class folders."),
            looked.unlabelled,
        )
    yield Card("unlabelled", level, title, words, (_grid("unlabelled"),))


def _warnings(warnings: Sequence[Problem]) -> Iterator[Card]:
    if not warnings:
        return
    codes = Counter(one.code for one in warnings)
    nested = set(codes) == {ProblemCode.NESTED_FOLDER}
    if len(warnings) == 1:
        title, words = _located(warnings[0]), ""
    elif len(codes) == 1:
        title, words = _several(*codes.popitem()), ""
    else:
        title = say("findings", "{count} warnings", count=base_words.count(len(warnings)))
        first = {one.code: one for one in reversed(warnings)}
        sentences = [
            _several(code, count) if count > 1 else _located(first[code])
            for code, count in codes.items()
        ]
        words = " ".join(f"{sentence}." for sentence in sentences)
    actions = [_list()] if len(warnings) > 1 else []
    if ProblemCode.TINY_IMAGE in {one.code for one in warnings}:
        actions.append(_grid("warnings"))
    yield Card("warnings", "note" if nested else "warning", title, words, tuple(actions))


def _located(found: Problem) -> str:
    """The sentence, with its path where it doesn't name its place itself."""
    sentence = problem(found)
    if found.code in (ProblemCode.TINY_IMAGE, ProblemCode.FOLDER_UNREADABLE):
        return (
            sentence if one_line(found.path) in sentence else f"{one_line(found.path)}: {sentence}"
        )
    return sentence


def _several(code: ProblemCode, count: int) -> str:
    templates: dict[ProblemCode, str] = {
        ProblemCode.TINY_IMAGE: translate("findings", "{count} pictures are tiny"),
        ProblemCode.EMPTY_CLASS: translate(
            "findings", "{count} classes hold no readable picture and are left out"
        ),
        ProblemCode.SINGLE_PICTURE_CLASS: translate(
            "findings", "{count} classes have one picture: nothing checks them"
        ),
        ProblemCode.CLASS_NOT_TRAINED: translate(
            "findings", "{count} classes have no training pictures: they cannot be learned"
        ),
        ProblemCode.CLASS_NOT_VALIDATED: translate(
            "findings", "{count} classes have no validation pictures: nothing checks them"
        ),
        ProblemCode.NESTED_FOLDER: translate(
            "findings", "{count} classes hold subfolders: their pictures belong to the class"
        ),
        ProblemCode.FOLDER_UNREADABLE: translate("findings", "{count} folders cannot be read"),
    }
    template = templates.get(code, translate("findings", "{count} warnings"))
    return fill(template, {"count": base_words.count(count)})


# -- classes --------------------------------------------------------------------------------


def _imbalance(looked: Looked) -> Iterator[Card]:
    balance, weighted = looked.health.balance, looked.config.class_weights
    if balance is None or not (balance.is_uneven or weighted):
        return
    times = base_words.number(balance.ratio, 0 if balance.ratio >= 10 else 1)
    template = translate(
        "findings", "The largest class has {times} times the pictures of the smallest"
    )
    title = fill(template, {"times": times})
    if balance.most == balance.fewest:
        title = translate("findings", "All classes have as many pictures")
    template = translate(
        "findings", "{largest} has {most} training pictures, {smallest} has {fewest}."
    )
    values = {
        "largest": one_line(balance.largest),
        "most": base_words.count(balance.most),
        "smallest": one_line(balance.smallest),
        "fewest": base_words.count(balance.fewest),
    }
    facts = fill(template, values)
    if weighted:
        words = translate("findings", "The recipe weights the classes: each counts alike.")
        action = Action(UNWEIGHT, translate("findings", "Stop weighting"))
    else:
        words = translate("findings", "Weighting lets each class count alike in training.")
        action = Action(WEIGHT, translate("findings", "Weight the classes"))
    level: Level = "note" if weighted else "warning"
    yield Card("imbalance", level, title, f"{facts} {words}", (action,))


def _few_training(looked: Looked) -> Iterator[Card]:
    few = looked.health.few_training
    if not few:
        return
    title = counted(
        translate("findings", "1 class has fewer than {few} training pictures"),
        translate("findings", "{count} classes have fewer than {few} training pictures"),
        len(few),
        few=FEW_PICTURES,
    )
    named = _named([(one.name, one.train) for one in few])
    words = say("findings", "{named}. More pictures help most here.", named=named)
    yield Card("few_training", "warning", title, words, _class_actions(looked, few))


def _few_validation(looked: Looked) -> Iterator[Card]:
    few = looked.health.few_validation
    if not few:
        return
    title = counted(
        translate("findings", "1 class has fewer than {few} validation pictures"),
        translate("findings", "{count} classes have fewer than {few} validation pictures"),
        len(few),
        few=FEW_VALIDATION,
    )
    named = _named([(one.name, one.validation) for one in few])
    words = say("findings", "{named}. So few say little of a class’s accuracy.", named=named)
    yield Card("few_validation", "warning", title, words, _class_actions(looked, few))


def _class_actions(looked: Looked, few: Sequence[ClassCount]) -> tuple[Action, ...]:
    if len(few) > 1:
        return (_list(),)
    return (_grid(f"class:{looked.summary.classes.index(few[0].name)}"),)


def _named(sizes: Sequence[tuple[str, int]]) -> str:
    """ "fox (3), owl (7) and 5 more"."""
    listed = ", ".join(
        f"{one_line(name)} ({base_words.count(size)})" for name, size in sizes[:_NAMED]
    )
    if len(sizes) <= _NAMED:
        return listed
    values = {"listed": listed, "count": base_words.count(len(sizes) - _NAMED)}
    return say("findings", "{listed} and {count} more", **values)


# -- the rest -------------------------------------------------------------------------------


def _crop(looked: Looked) -> Iterator[Card]:
    shapes = looked.health.shapes
    if shapes is None or looked.config.dataset.fit != "crop" or not shapes.is_crop_costly:
        return
    template = translate("findings", "Cropping loses {share} of the picture area on average")
    title = fill(template, {"share": base_words.percent(shapes.crop_loss, digits=0)})
    words = counted(
        translate("findings", "1 of {total} pictures loses more than a quarter"),
        translate("findings", "{count} of {total} pictures lose more than a quarter"),
        shapes.losing_much,
        total=base_words.count(looked.health.measured),
    )
    words += translate("findings", ": the network never sees what is outside of the square.")
    action = Action(FIT, translate("findings", "Choose another fit…"))
    yield Card("crop", "warning", title, words, (action,))


def _fine(looked: Looked) -> Card:
    """Says what was looked at, and what wasn't."""
    seen = [translate("findings", "names, headers, sizes and classes")]
    unseen: list[str] = []
    duplicates = translate("findings", "duplicates")
    (unseen if looked.pairs is None else seen).append(duplicates)
    if looked.verified:
        seen.append(translate("findings", "every file’s content"))
    else:
        unseen.append(translate("findings", "damage inside files"))
    template = translate("findings", "Looked at: {seen}.")
    words = fill(template, {"seen": ", ".join(seen)})
    if unseen:
        template = translate("findings", "Not looked for yet: {unseen}.")
        words += " " + fill(template, {"unseen": ", ".join(unseen)})
    return Card("fine", "right", translate("findings", "Nothing wrong was found"), words)


def _excluded(looked: Looked) -> Iterator[Card]:
    excluded = looked.summary.excluded
    if not excluded:
        return
    title = counted(
        translate("findings", "1 picture is excluded by you"),
        translate("findings", "{count} pictures are excluded by you"),
        len(excluded),
    )
    words = _reasons(one.reason for one in excluded)
    again = Action(INCLUDE, translate("findings", "Use again"))
    if len(excluded) > 1:
        again = Action(INCLUDE, translate("findings", "Use all again"))
    yield Card("excluded", "note", title, words, (_grid("excluded"), again))


def _reasons(codes: Iterable[str]) -> str:
    names = {
        Reason.BY_HAND: translate("findings", "by hand {count}"),
        Reason.DUPLICATE: translate("findings", "as copies {count}"),
        Reason.LEAK: translate("findings", "as leaks {count}"),
        Reason.LABEL_CONFLICT: translate("findings", "as label conflicts {count}"),
    }
    other = translate("findings", "for another reason {count}")
    counts = Counter(names.get(code, other) for code in codes)  # type: ignore[call-overload]
    parts = [fill(name, {"count": base_words.count(count)}) for name, count in counts.most_common()]
    return data_words.SEPARATOR.join(parts)


def _list() -> Action:
    return Action(REVIEW, translate("findings", "Show the list…"))


def _grid(state: str) -> Action:
    return Action(FILTER + state, translate("findings", "Show in the grid"))


def duplicates(pairs: Sequence[Pair] | None, pictures: int) -> str:
    """Whether pictures were compared, and what was found."""
    if pairs is None:
        return translate("findings", "Duplicates: not looked for yet")
    if not pairs:
        return counted(
            translate("findings", "Duplicates: none"),
            translate("findings", "Duplicates: none among {pictures}"),
            pictures,
            pictures=base_words.pictures(pictures),
        )
    return counted(
        translate("findings", "Duplicates: 1 pair"),
        translate("findings", "Duplicates: {count} pairs"),
        len(pairs),
    )


def verified(done: bool) -> str:
    """Whether every file was decoded."""
    if done:
        return translate("findings", "Every file was decoded fully")
    return translate("findings", "Damage inside files: only beginnings and ends were looked at")


def ignored(count: int, shown: bool) -> str:
    """The button that shows the accepted pairs again, or hides them."""
    if not count:
        return ""
    if shown:
        return translate("findings", "Hide what is ignored")
    return counted(
        translate("findings", "1 ignored: show again"),
        translate("findings", "{count} ignored: show again"),
        count,
    )


@dataclass(frozen=True)
class Row:
    """``icon`` and its data colour; ``state`` is what the grid shows of it when the row is
    activated, "" for nothing."""

    name: str
    words: str
    icon: tuple[str, str]
    state: str = ""


@dataclass(frozen=True)
class Rows:
    """``count`` rows, each made when it is asked for."""

    count: int
    make: Callable[[int], Row]


def rows(kind: CardKind, looked: Looked) -> Rows:
    """Those behind a card; none for a kind that has no list."""
    summary, health = looked.summary, looked.health
    if kind == "problems":
        return _problem_rows(summary.problems, ("warning", "wrong"))
    if kind == "warnings":
        return _problem_rows(summary.warnings, ("info", "warning"))
    if kind == "few_training":
        return _classes(health.few_training, summary.classes)
    if kind == "few_validation":
        return _classes(health.few_validation, summary.classes)
    return Rows(0, lambda row: Row("", "", ("info", "baseline")))


def _problem_rows(problems: Sequence[Problem], icon: tuple[str, str]) -> Rows:
    def make(row: int) -> Row:
        return Row(one_line(problems[row].path), problem(problems[row]), icon)

    return Rows(len(problems), make)


def _classes(few: Sequence[ClassCount], classes: Sequence[str]) -> Rows:
    def make(row: int) -> Row:
        one = few[row]
        template = translate("findings", "{train} training, {validation} validation pictures")
        values = {
            "train": base_words.count(one.train),
            "validation": base_words.count(one.validation),
        }
        state = f"class:{classes.index(one.name)}"
        return Row(one_line(one.name), fill(template, values), ("info", "warning"), state)

    return Rows(len(few), make)
