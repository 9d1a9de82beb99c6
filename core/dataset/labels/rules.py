"""Classes from the file names of a flat folder: ``american_bulldog_12.jpg`` is american_bulldog.

The window's labelling view shows what each rule would give, best first, for a folder whose
images lie in no class folders. Nothing is labelled until a person agrees.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.dataset.folder import key_of
from core.dataset.labels.matching import stem

Side = Literal["before", "before-last", "after", "after-last"]

SEPARATOR, DIGIT = r"[\s_.-]+", r"\d"
_BEFORE = " \t\r\n_-.,;=#)]}"  # left in front where a name was cut; a bracket would be closed there
_BEHIND = " \t\r\n_-.,;=#([{"
_LETTER = re.compile(r"[^\W\d_]")
_NUMBER = r"[\s!-@\[-`{-~]*"  # and what ASCII has for punctuation
_NO_CLASS = re.compile(
    r"(img|dsc[fn]?|dcim|pxl|mvimg|dji|gopr|vid|pict?|p|image|photo|picture|scan|frame|capture"
    rf"|screenshot( from| at)?|untitled|signal)?{_NUMBER}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Rule:
    """Which part of a file's name is its class: what stands ``before`` or ``after`` the first
    match of ``mark``, a regular expression, or of the last one. The suffix and the folders are no
    part of the name."""

    mark: str
    side: Side = "before"


# Of two rules that give the same classes, the earlier is proposed.
RULES = (
    Rule(SEPARATOR, "before-last"),
    Rule(DIGIT),
    Rule(SEPARATOR),
    Rule(SEPARATOR, "after"),
    Rule(SEPARATOR, "after-last"),
)


@dataclass(frozen=True)
class Proposal:
    """What ``rule`` would give: images by class, the most first, and a file name of the
    commonest class as an ``example``."""

    rule: Rule
    counts: Mapping[str, int]
    example: str


def propose(names: Sequence[str]) -> list[Proposal]:
    """What file names (with folders before them or not) may say about classes, best first.

    First come rules that leave only a running number, then those that take the front of a name,
    then those that give few classes. A rule is left out that gives one class to all, or that gives
    most names none, one of their own, or only a camera's name, a date or a running number.
    """
    ranked: list[tuple[tuple[float, bool, int], Proposal]] = []
    seen: list[dict[str, str]] = []
    for rule in RULES:
        labels = apply(rule, names)
        counts = Counter(labels.values())
        sound = [times for name, times in counts.items() if times > 1 and _is_class(name, rule)]
        if labels in seen or len(counts) < 2 or 2 * sum(sound) < len(names):
            continue
        seen.append(labels)
        usual = counts.most_common(1)[0][0]
        example = next(name for name, label in labels.items() if label == usual)
        rests = [_cut(rule, name)[1] for name in labels]
        worded = sum(map(bool, map(_LETTER.search, rests))) / len(rests)
        rank = (round(worded, 1), rule.side.startswith("after"), len(counts))
        proposal = Proposal(rule, dict(counts.most_common()), example.rpartition("/")[2])
        ranked.append((rank, proposal))
    return [proposal for _, proposal in sorted(ranked, key=lambda one: one[0])]


def apply(rule: Rule, names: Sequence[str]) -> dict[str, str]:
    """The class of each of ``names`` that has one by ``rule``.

    Classes are in Unicode NFC. Those that differ only in case are one, spelt as most are.
    """
    parts = {name: _cleaned(_cut(rule, name)[0]) for name in names}
    spellings: dict[str, str] = {}
    for part, _ in Counter(parts.values()).most_common():
        spellings.setdefault(part.casefold(), part)
    return {name: spellings[part.casefold()] for name, part in parts.items() if part}


def _cut(rule: Rule, name: str) -> tuple[str, str]:
    """The part of ``name`` that is the class, and the rest; both empty where no mark is."""
    plain = stem(name.rpartition("/")[2])
    marks = list(re.finditer(rule.mark, plain))
    if not marks:
        return "", ""
    start, end = marks[-1 if rule.side.endswith("last") else 0].span()
    if rule.side.startswith("after"):
        return plain[end:], plain[:start]
    return plain[:start], plain[end:]


def _cleaned(part: str) -> str:
    """``part`` in NFC, without what separated it from the rest of the name."""
    return " ".join(key_of(part).lstrip(_BEFORE).rstrip(_BEHIND).split())


def _is_class(name: str, rule: Rule) -> bool:
    """Whether ``name`` may be a class: a word, or a short number in front, as digits have."""
    short = len(name) <= 3 and not _LETTER.search(name) and rule.side.startswith("before")
    return short or not _NO_CLASS.fullmatch(name)
