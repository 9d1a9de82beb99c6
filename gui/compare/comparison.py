"""Runs read in the background to be put side by side, and the words that compare them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from core.common.messages import ThawError, fill
from core.reports.comparison import (
    Comparison,
    Outcome,
    Told,
    compare,
    field_name,
    names_of,
    notes,
    pair_told,
    shown,
)
from core.reports.plots.comparison_figure import Curve, Shown, best_code
from core.runs.run import Run
from gui.base import words as base_words
from gui.base.words import say
from gui.recipe.words import curve_words

_DASH = "\N{EN DASH}"
_SOLID, _DASHED = 2 * "\N{BOX DRAWINGS HEAVY HORIZONTAL}", 2 * "\N{HYPHEN} "
translate = QCoreApplication.translate


def told(words: Told | str) -> str:
    """One of core's sentences, or names, or values, translated."""
    return words if isinstance(words, str) else base_words.translate(*words)


def legend(curves: Sequence[Curve], shown: Shown) -> str:
    """What each kind of line is; the colours are told by the chips above."""
    entries = []
    if shown.validation:
        entries.append((_SOLID, translate("compare", "validation")))
        entries.append(("\N{LARGE CIRCLE}", curve_words().say(best_code(curves))))
    if shown.train:
        words = translate("compare", "training, taken while learning")
        entries.append((_DASHED.strip(), words))
    if shown.band:
        words = translate("compare", "95 % interval of validation")
        entries.append((2 * "\N{LIGHT SHADE}", words))
    parts = (f"{sign} {words}".replace(" ", base_words.NBSP) for sign, words in entries)
    return f" {base_words.NBSP} ".join(parts)


def spoken(curves: Sequence[Curve], shown: Shown) -> str:
    """The curves' ends in words, for a screen reader."""
    template = translate("compare", "{name}: {value} after {count} epochs")
    said = []
    for one in curves:
        if one.points.validation:
            last = one.points.validation[-1]
            is_share = shown.quantity == "accuracy"
            value = base_words.percent(last) if is_share else base_words.number(last, 3)
            count = base_words.count(len(one.points.x))
            said.append(fill(template, {"name": one.name, "value": value, "count": count}))
    return ". ".join(said)


def result_columns() -> list[str]:
    """The names of the columns of ``result``."""
    return [
        translate("compare", "Run"),
        translate("compare", "Validation accuracy"),
        translate("compare", "95 % interval"),
        translate("compare", "Time"),
        translate("compare", "Pictures right"),
        translate("compare", "Kept epoch"),
        translate("compare", "Epochs"),
        translate("compare", "State"),
    ]


def result(one: Outcome) -> list[str]:
    """How good a run got, and how long it took."""
    accuracy = interval = right = epoch = _DASH
    if one.best is not None:
        score = one.best.validation
        accuracy, interval = base_words.percent(score.accuracy), base_words.interval(*one.interval)
        counts = {"right": base_words.count(score.correct), "total": base_words.count(score.images)}
        right = say("compare", "{right} of {total}", **counts)
        epoch = base_words.count(one.position)
    counts = {"done": base_words.count(one.epochs), "planned": base_words.count(one.planned)}
    epochs = say("compare", "{done} of {planned}", **counts)
    time = base_words.elapsed(one.seconds) if one.epochs else _DASH
    return [one.name, accuracy, interval, time, right, epoch, epochs, state(one.state)]


def state(name: str) -> str:
    """How a run ended, in a word."""
    return {
        "running": translate("runs", "training now"),
        "finished": translate("runs", "finished"),
        "stopped": translate("runs", "stopped"),
        "interrupted": translate("runs", "interrupted"),
        "failed": translate("runs", "failed"),
    }.get(name, name)


def difference_rows(comparison: Comparison) -> list[list[str]]:
    """A row for each field in which the runs differ: its name, and its value in each run."""
    numbers = range(len(comparison.outcomes))
    return [
        [told(field_name(one.key)), *(told(shown(one, number)) for number in numbers)]
        for one in comparison.differences
    ]


def verdicts(comparison: Comparison) -> list[str]:
    """Whether each two of the runs differ beyond chance."""
    pairs = comparison.pairs
    said = (told(pair_told(comparison, pair, base_words.interval)) for pair in pairs)
    return [f"• {one}." for one in said]


def cautions(comparison: Comparison) -> list[str]:
    """What the figures and the tests rest on."""
    return [f"{told(one)}." for one in notes(comparison)]


def untouched(comparison: Comparison) -> str:
    """That test pictures were left alone, "" where there are none."""
    count = max(one.test_images for one in comparison.outcomes)
    if not count:
        return ""
    return f"{base_words.translate('report_test_untouched', {'count': base_words.count(count)})}."


@dataclass(frozen=True)
class ReadRuns:
    """The ``runs`` that could be read, and their ``names``; what was wrong with each other one;
    and the ``comparison``, None of less than two."""

    runs: tuple[Run, ...]
    names: tuple[str, ...]
    failed: tuple[ThawError, ...]
    comparison: Comparison | None


def read(directories: Sequence[Path]) -> ReadRuns:
    """The runs in ``directories``, as far as they can be read."""
    runs: list[Run] = []
    failed: list[ThawError] = []
    for directory in directories:
        try:
            runs.append(Run.open(directory))
        except ThawError as error:
            failed.append(error)
    comparison = compare(runs) if len(runs) > 1 else None
    return ReadRuns(tuple(runs), tuple(names_of(runs)), tuple(failed), comparison)
