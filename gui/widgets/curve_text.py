"""The words in and around the curves."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QPalette

from core.history import History
from core.messages import fill
from gui import recipe_text, text, theme
from gui.widgets.curve_figure import CurveWords

_HEAVY, _LIGHT = "\N{BOX DRAWINGS HEAVY HORIZONTAL}", "\N{BOX DRAWINGS LIGHT HORIZONTAL}"
_THICK, _THIN = f"{_HEAVY}\N{BLACK CIRCLE}{_HEAVY}", f"{_LIGHT}\N{BULLET}{_LIGHT}"
translate = QCoreApplication.translate


def words() -> CurveWords:
    """The texts that matplotlib draws."""
    return CurveWords(
        accuracy=translate("curves", "accuracy (%)"),
        loss=translate("curves", "loss"),
        epoch=translate("curves", "epoch"),
        best=lambda epoch: fill(translate("curves", "best: {epoch}"), {"epoch": epoch}),
        baseline=lambda share: fill(
            translate("curves", "always the largest class: {share}"),
            {"share": text.percent(share)},
        ),
        stage=stage,
    )


def stage(number: int, thawed: Sequence[int], depth: int) -> tuple[str, ...]:
    """A stage and what it trains, ever shorter: "stage 2: block 5 + head", "stage 2", "2"."""
    values: dict[str, object] = {"stage": number, "blocks": recipe_text.blocks(thawed, depth)}
    template = translate("curves", "stage {stage}: head")
    if thawed:
        template = translate("curves", "stage {stage}: {blocks} + head")
    short = fill(translate("curves", "stage {stage}"), values)
    return fill(template, values), short, str(number)


def legend(history: History, palette: QPalette) -> str:
    """What each kind of line and point is, as HTML that breaks only between entries."""
    training = translate("curves", "training, taken while learning")
    if any(one.augmented for one in history.stages):
        training = translate("curves", "training, taken while learning, on augmented pictures")
    entries = (
        ("validation", _THICK, translate("curves", "validation")),
        ("train", _THIN, training),
        ("train", 3 * "\N{MIDDLE DOT}", translate("curves", "single batches")),
        ("best", "\N{BLACK STAR}", translate("curves", "best epoch")),
    )
    parts = []
    for name, sign, said in entries:
        color = theme.data_color(name, palette).name()
        joined = said.replace(" ", text.NBSP)
        parts.append(f'<span style="color:{color}">{sign}</span>{text.NBSP}{joined}')
    return f" {text.NBSP} ".join(parts)


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
        "validation": text.percent(last.validation.accuracy),
        "train": text.percent(last.train.accuracy),
    }
    return fill(template, values)
