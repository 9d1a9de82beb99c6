"""The lists behind findings: each file, class or folder with what is to be said of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.dataset.split import ClassCount
from core.dataset.summary import Problem
from gui.base import words as base_words
from gui.data.findings import cards
from gui.data.findings.findings import CardKind, Looked
from gui.data.findings.pairs import line

translate = QCoreApplication.translate


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
        return _problems(summary.problems, ("warning", "wrong"))
    if kind == "warnings":
        return _problems(summary.warnings, ("info", "warning"))
    if kind == "few_training":
        return _classes(health.few_training, summary.classes)
    if kind == "few_validation":
        return _classes(health.few_validation, summary.classes)
    return Rows(0, lambda row: Row("", "", ("info", "baseline")))


def _problems(problems: Sequence[Problem], icon: tuple[str, str]) -> Rows:
    def make(row: int) -> Row:
        return Row(line(problems[row].path), cards.problem(problems[row]), icon)

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
        return Row(line(one.name), fill(template, values), ("info", "warning"), state)

    return Rows(len(few), make)
