"""The words in and around the curves."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor, QPalette

from core.common.messages import fill
from core.reports.words import TEMPLATES, CurveWords
from core.runs.history import History
from gui.base import theme
from gui.base import words as base_words
from gui.recipe import words as recipe_words

_HEAVY, _LIGHT = "\N{BOX DRAWINGS HEAVY HORIZONTAL}", "\N{BOX DRAWINGS LIGHT HORIZONTAL}"
_THICK, _THIN = f"{_HEAVY}\N{BLACK CIRCLE}{_HEAVY}", f"{_LIGHT}\N{BULLET}{_LIGHT}"
_BAND, _BAND_STRENGTH = 2 * "\N{FULL BLOCK}", 0.25
translate = QCoreApplication.translate


def words() -> CurveWords:
    """The texts that matplotlib draws."""
    return CurveWords(
        template=lambda code: translate("curves", TEMPLATES[code]),
        percent=base_words.percent,
        parameters=base_words.parameters,
        blocks=recipe_words.blocks,
    )


def stage(number: int, thawed: Sequence[int], depth: int) -> tuple[str, ...]:
    """A stage and what it trains, ever shorter: "stage 2: block 5 + head", "stage 2", "2"."""
    return words().stage(number, thawed, depth)


def legend(history: History, palette: QPalette) -> str:
    """What each kind of line and point is, as HTML that breaks only between entries."""
    augmented = any(one.augmented for one in history.stages)
    told = words()
    entries = [
        ("validation", _THICK, told.say("validation")),
        ("validation", _BAND, told.say("interval")),
        ("train", _THIN, told.say("train_augmented" if augmented else "train")),
        ("train", 3 * "\N{MIDDLE DOT}", told.say("batches")),
    ]
    if history.best is not None:
        _, short = told.best_epoch(history.chosen_by)
        entries.append(("best", "\N{BLACK STAR}", short))
    parts = []
    for name, sign, meaning in entries:
        color = _sign_color(name, sign, palette)
        joined = meaning.replace(" ", base_words.NBSP)
        parts.append(f'<span style="color:{color}">{sign}</span>{base_words.NBSP}{joined}')
    return f" {base_words.NBSP} ".join(parts)


def _sign_color(name: str, sign: str, palette: QPalette) -> str:
    """A line's own colour; a band's is as pale as it is in the figure."""
    color = theme.data_color(name, palette)
    if sign != _BAND:
        return color.name()
    base = palette.color(QPalette.ColorRole.Base)
    pairs = zip(color.getRgb()[:3], base.getRgb()[:3], strict=True)  # type: ignore[index]
    strong = _BAND_STRENGTH
    return QColor(*(round(strong * one + (1 - strong) * other) for one, other in pairs)).name()


def spoken(history: History) -> str:
    """The curves' ends in words, for a screen reader."""
    if not history.epochs:
        return ""
    last = history.epochs[-1]
    template = translate(
        "curves",
        "After epoch {epoch}: validation accuracy {validation}, training accuracy {train}",
    )
    values = {
        "epoch": history.position(last.stage, last.epoch),
        "validation": base_words.percent(last.validation.accuracy),
        "train": base_words.percent(last.train.accuracy),
    }
    return fill(template, values)
