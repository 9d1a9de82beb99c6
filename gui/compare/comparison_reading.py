"""Several runs' curves at one place in words: for the card beside the pointer, and for a screen
reader."""

from html import escape

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QFontMetrics

from core.common.messages import fill
from core.reports.plots import style
from core.reports.plots.comparison_figure import ComparisonReading, Row, Shown
from gui.base import theme, words

_LONGEST = 190  # pixels of a name
translate = QCoreApplication.translate


def rows(found: ComparisonReading, shown: Shown, most: int) -> str:
    """A small table as HTML, of ``most`` runs; each sign has its run's colour."""
    dark, metrics = theme.is_dark(), QFontMetrics(theme.small_font())
    cells = []
    for one in found.rows[:most]:
        number = one.curve.number
        name = metrics.elidedText(one.curve.name, Qt.TextElideMode.ElideMiddle, _LONGEST)
        lines = "<br>".join(escape(line).replace(" ", "&nbsp;") for line in values(one, shown))
        cells.append(
            f'<tr><td style="color:{style.color(number, dark)}">{style.sign(number)}</td>'
            f'<td style="padding-left:4px">{escape(name).replace(" ", "&nbsp;")}</td>'
            f'<td style="padding-left:10px">{lines}</td></tr>'
        )
    table = f"<b>{escape(place(found.x, shown))}</b><table cellspacing=0>{''.join(cells)}</table>"
    if (left := len(found.rows) - most) > 0:
        more = fill(translate("compare", "and {count} more"), {"count": words.count(left)})
        table += escape(more)
    return table


def spoken(found: ComparisonReading, shown: Shown) -> str:
    """The same in one sentence."""
    parts = [f"{one.curve.name} {', '.join(values(one, shown))}" for one in found.rows]
    return f"{place(found.x, shown)}: {'; '.join(parts)}"


def place(x: float, shown: Shown) -> str:
    """ "Epoch 7", "After 35 s", "After 3,840 pictures"."""
    match shown.axis:
        case "epochs":
            return fill(translate("compare", "Epoch {number}"), {"number": words.count(round(x))})
        case "time":
            return fill(translate("compare", "After {time}"), {"time": words.elapsed(x)})
    count = {"count": words.count(round(x))}
    return fill(translate("compare", "After {count} pictures"), count)


def values(one: Row, shown: Shown) -> list[str]:
    """What is drawn of the run there, a line each for validation and training."""
    if one.place is None:
        return [translate("compare", "no epoch has ended yet")]
    lines = []
    if shown.validation:
        lines.append(_score(one, one.place, shown))
    if shown.train:
        lines.append(_training(one, one.place, shown))
    if when := _when(one, one.place, shown):
        lines[0] += f", {when}"
    return lines


def _score(one: Row, at: int, shown: Shown) -> str:
    points = one.curve.points
    if shown.quantity == "loss":
        return fill(translate("compare", "loss {loss}"), {"loss": f"{points.validation[at]:.3g}"})
    told = {
        "share": words.percent(points.validation[at]),
        "interval": words.interval(points.low[at], points.high[at]),
        "total": words.count(points.validation_images[at]),
    }
    return fill(translate("compare", "{share} of {total}, 95 % interval {interval}"), told)


def _training(one: Row, at: int, shown: Shown) -> str:
    points = one.curve.points
    if shown.quantity == "loss":
        value = {"loss": f"{points.train[at]:.3g}"}
        return fill(translate("compare", "training loss {loss}"), value)
    told = {"share": words.percent(points.train[at]), "total": words.count(points.train_images[at])}
    return fill(translate("compare", "training {share} of {total}"), told)


def _when(one: Row, at: int, shown: Shown) -> str:
    """Which epoch that is, where the place doesn't tell."""
    number = {"number": words.count(at + 1)}
    if one.ended:
        return fill(translate("compare", "epoch {number}, its last"), number)
    if shown.axis == "epochs":
        return ""
    return fill(translate("compare", "epoch {number}"), number)
