"""The curves at one epoch in words: for the card beside the pointer, and for a screen reader."""

from html import escape

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QPalette

from core.common.messages import fill
from core.common.statistics import wilson
from core.reports.plots.points import Reading
from core.runs.events import Score
from gui.base import theme, words
from gui.controls.number_fields import shortest

translate = QCoreApplication.translate


def rows(found: Reading, palette: QPalette) -> str:
    """A small table as HTML; the names have the curves' colours."""
    table = [
        ("validation", translate("curves", "validation"), validation(found.epoch.validation)),
        ("train", translate("curves", "training"), training(found)),
    ]
    if told := rates(found):
        table.append(("training", translate("curves", "learning rate"), told))
    cells = (
        f'<tr><td style="color:{theme.data_color(color, palette).name()}">{escape(name)}</td>'
        f'<td style="padding-left:8px">{escape(told).replace(chr(10), "<br>")}</td></tr>'
        for color, name, told in table
    )
    return f"<b>{escape(place(found))}</b><table cellspacing=0>{''.join(cells)}</table>"


def spoken(found: Reading) -> str:
    """The same in one sentence."""
    parts = [
        f"{translate('curves', 'validation')} {validation(found.epoch.validation)}",
        f"{translate('curves', 'training')} {training(found)}",
        rates(found),
    ]
    told = (part.replace("\n", ", ") for part in parts if part)
    return f"{place(found)}: {'; '.join(told)}"


def place(found: Reading) -> str:
    """ "Epoch 14 (stage 2, its epoch 2), 3.1 s"."""
    epoch = found.epoch
    template = translate("curves", "Epoch {position}")
    if epoch.stage > 1:
        template = translate("curves", "Epoch {position} (stage {stage}, its epoch {epoch})")
    values = {"position": found.position, "stage": epoch.stage, "epoch": epoch.epoch}
    said = fill(template, values)
    return f"{said}, {words.elapsed(epoch.seconds)}" if epoch.seconds else said


def validation(score: Score) -> str:
    """Accuracy, on how many pictures, its 95 % interval; the loss."""
    values = {
        "share": words.percent(score.accuracy),
        "right": words.count(score.correct),
        "total": words.count(score.images),
        "interval": words.interval(*wilson(score.correct, score.images)),
        "loss": f"{score.loss:.3g}",
    }
    template = translate(
        "curves", "{share}, {right} of {total} pictures\n95 % interval {interval}\nloss {loss}"
    )
    return fill(template, values)


def training(found: Reading) -> str:
    """Accuracy on how many pictures, and the loss."""
    score = found.epoch.train
    values = {
        "share": words.percent(score.accuracy),
        "total": words.count(score.images),
        "loss": f"{score.loss:.3g}",
    }
    template = translate("curves", "{share} of {total} pictures\nloss {loss}")
    if found.augmented:
        template = translate("curves", "{share} of {total} pictures, augmented\nloss {loss}")
    return fill(template, values)


def rates(found: Reading) -> str:
    """The rates of the epoch's last step, "" where they are not known."""
    if found.head_rate is None:
        return ""
    head = {"rate": rate(found.head_rate)}
    said = fill(translate("curves", "head {rate}"), head)
    if not found.backbone_rate:
        return said
    backbone = {"rate": rate(found.backbone_rate)}
    return f"{said}, {fill(translate('curves', 'ConvNet {rate}'), backbone)}"


def rate(value: float) -> str:
    """A rate with two digits, as fields show it."""
    return shortest(float(f"{value:.1e}"))
