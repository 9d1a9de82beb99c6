"""Classes from the file names of a flat folder: ``american_bulldog_12.jpg`` is american_bulldog.

The window's labelling view shows what each rule would give, best first, for a folder whose
images lie in no class folders. Nothing is labelled until a person agrees.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.common.messages import InputError
from core.dataset.folder import key_of
from core.dataset.labels.image_names import stem

Mark = Literal["_", "-", " ", ".", "digit"]
Side = Literal["before", "before-last", "after-last"]

_WORDS: dict[Mark, str] = {
    "_": "underscore",
    "-": "hyphen",
    " ": "space",
    ".": "dot",
    "digit": "digit",
}
_DIGIT, _TO_LAST_DIGIT = re.compile(r"\d"), re.compile(r".*\d", re.DOTALL)
_LETTER = re.compile(r"[^\W\d_]")
_NUMBER = re.compile(r"[\d\s!-/:-@\[-`{-~]*")  # and what ASCII has for punctuation
_BEFORE = " \t\r\n_-.,;=#)]}"  # left in front where a name was cut; a bracket would be closed there
_BEHIND = " \t\r\n_-.,;=#([{"
_CAMERAS = frozenset(
    (
        *("img", "dsc", "dscf", "dscn", "dcim", "pxl", "mvimg", "dji", "gopr", "gp", "vid", "pict"),
        *("image", "images", "photo", "picture", "pic", "scan", "frame", "whatsappimage", "p"),
        *("screenshot", "screenshotfrom", "screenshotat", "capture", "untitled", "signal"),
    )
)
_FEW = 50  # so many classes are no wonder, however few the pictures
_SAMPLE = 2000  # names whose rest is looked at
_WORTHLESS = 0.1


@dataclass(frozen=True)
class Rule:
    """Which part of a file's name is its class: what stands ``before`` the first ``mark``,
    before the last one, or after the last one. ``str()`` gives a form to keep, ``parse`` reads
    it. The suffix and the folders are no part of the name."""

    mark: Mark
    side: Side = "before"

    def __str__(self) -> str:
        return f"{self.side}:{_WORDS[self.mark]}"

    @staticmethod
    def parse(text: str) -> "Rule":
        """The rule of which ``text`` is the ``str``. Raises ``InputError`` (label_rule_unknown)."""
        for rule in RULES:
            if str(rule) == text:
                return rule
        raise InputError("label_rule_unknown", text=text, known=", ".join(map(str, RULES)))


# Of two rules that give the same classes, the earlier is proposed.
RULES: tuple[Rule, ...] = (
    *(Rule(mark) for mark in _WORDS),
    *(Rule(mark, "before-last") for mark in _WORDS if mark != "digit"),
    *(Rule(mark, "after-last") for mark in _WORDS),
)


@dataclass(frozen=True)
class Proposal:
    """What ``rule`` would give: pictures by class, the most first, and how many pictures have
    no class by it. A ``score`` near 1 convinces: few classes, most names, each several times."""

    rule: Rule
    counts: Mapping[str, int]
    unmatched: int
    score: float


def propose(names: Sequence[str]) -> list[Proposal]:
    """What file names (with folders before them or not) may say about classes, best first.

    Rules that make one class of everything, or a class of nearly every picture, are left out, and
    so are those that only tell cameras, dates or long numbers apart.
    """
    stems = _stems(names)
    proposals: list[Proposal] = []
    seen: set[tuple[str | None, ...]] = set()
    for rule in RULES:
        parts = _parts(rule, stems)
        if _mostly_single(parts):  # the common case in a large folder, and the slow one
            continue
        classes = tuple(_spelt_alike(parts))
        counts = Counter(one for one in classes if one is not None)
        if len(counts) < 2 or classes in seen:
            continue
        seen.add(classes)
        score = _score(rule, counts, len(stems)) * (0.5 + 0.5 * _numbered(rule, stems))
        if score >= _WORTHLESS:
            unmatched = len(stems) - counts.total()
            proposals.append(Proposal(rule, dict(counts.most_common()), unmatched, score))
    return sorted(proposals, key=lambda one: -one.score)


def apply(rule: Rule, names: Sequence[str]) -> dict[str, str]:
    """The class of each of ``names`` that has one by ``rule``.

    Classes are in Unicode NFC. Those that differ only in case are one, spelt as most are.
    """
    classes = _spelt_alike(_parts(rule, _stems(names)))
    return {name: one for name, one in zip(names, classes, strict=True) if one is not None}


def _stems(names: Sequence[str]) -> list[str]:
    return [stem(name.rpartition("/")[2]) for name in names]


def _parts(rule: Rule, stems: Sequence[str]) -> list[str]:
    """What ``rule`` takes from each name, as it stands there; empty where it takes nothing."""
    return [_cut(rule, one)[0] for one in stems]


def _mostly_single(parts: Sequence[str]) -> bool:
    matched = len(parts) - parts.count("")
    return 3 * (len(set(parts)) - ("" in parts)) > 2 * matched


def _spelt_alike(parts: Sequence[str]) -> list[str | None]:
    """The class of each of ``parts``."""
    cleaned = {part: _cleaned(part) for part in set(parts)}
    spellings: dict[str, Counter[str]] = {}
    for part, times in Counter(parts).items():
        name = cleaned[part]
        if name:
            spellings.setdefault(name.casefold(), Counter())[name] += times
    usual = {
        fold: min(counts, key=lambda name: (-counts[name], name))
        for fold, counts in spellings.items()
    }
    final = {part: usual.get(name.casefold()) for part, name in cleaned.items()}
    return [final[part] for part in parts]


def _cut(rule: Rule, name: str) -> tuple[str, str]:
    """The part of ``name`` that is the class, and the rest; both empty where no mark is."""
    if rule.mark == "digit":
        if rule.side == "before":
            match = _DIGIT.search(name)
            return (name[: match.start()], name[match.start() :]) if match else ("", "")
        match = _TO_LAST_DIGIT.match(name)
        return (name[match.end() :], match[0]) if match else ("", "")
    if rule.side == "before":
        first, mark, last = name.partition(rule.mark)
    else:
        first, mark, last = name.rpartition(rule.mark)
    if not mark:
        return "", ""
    return (last, first) if rule.side == "after-last" else (first, last)


def _cleaned(part: str) -> str:
    """``part`` in NFC, without what separated it from the rest of the name."""
    return " ".join(key_of(part).lstrip(_BEFORE).rstrip(_BEHIND).split())


def _score(rule: Rule, counts: Counter[str], names: int) -> float:
    """From 0 to 1, by what good classes have: most names, several pictures each, and a word."""
    matched = counts.total()
    several = [times for times in counts.values() if times > 1]
    shared = (sum(several) / matched + len(several) / len(counts)) / 2 if several else 0.0
    few = min(1.0, max(_FEW, names / 5) / len(counts))
    fewer = names / (names + len(counts))
    number = 0.05 if rule.side == "after-last" else 0.5  # at the end it is a running number
    words = sum(times * _wordlike(name, number) for name, times in counts.items()) / matched
    return (matched / names) ** 2 * shared * few * fewer * words


def _wordlike(name: str, number: float) -> float:
    """How much ``name`` looks like a class: a word; a short ``number``; a camera's, a date."""
    if _NUMBER.fullmatch(name):
        return number if len(name) <= 3 else 0.05
    return 0.05 if "".join(_LETTER.findall(name.casefold())) in _CAMERAS else 1.0


def _numbered(rule: Rule, stems: Sequence[str]) -> float:
    """The share of names whose rest holds no letter: a running number, so all else is class."""
    some = stems[:: -(-len(stems) // _SAMPLE) or 1]
    rests = [rest for _, rest in (_cut(rule, one) for one in some) if rest]
    return sum(not _LETTER.search(rest) for rest in rests) / max(1, len(rests))
