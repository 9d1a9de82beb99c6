"""The curves of several runs on a matplotlib canvas, and their values at one place in words."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor, QFontMetrics
from PySide6.QtWidgets import QWidget

from core.reports.plots import comparison_figure, style
from core.reports.plots.comparison_figure import (
    ComparisonFigure,
    ComparisonReading,
    Curve,
    Row,
    Shown,
)
from core.reports.plots.view import Viewport
from gui.base import theme
from gui.base import words as base_words
from gui.base.words import say
from gui.compare import comparison
from gui.controls.pointed_canvas import Mark, PointedCanvas
from gui.recipe.words import curve_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg

_LONGEST = 190  # pixels of a name
translate = QCoreApplication.translate


def reading_rows(found: ComparisonReading, shown: Shown, most: int) -> str:
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
        more = say("compare", "and {count} more", count=base_words.count(left))
        table += escape(more)
    return table


def spoken_reading(found: ComparisonReading, shown: Shown) -> str:
    """The same in one sentence."""
    parts = [f"{one.curve.name} {', '.join(values(one, shown))}" for one in found.rows]
    return f"{place(found.x, shown)}: {'; '.join(parts)}"


def place(x: float, shown: Shown) -> str:
    """ "Epoch 7", "After 35 s", "After 3,840 pictures"."""
    match shown.axis:
        case "epochs":
            return say("compare", "Epoch {number}", number=base_words.count(round(x)))
        case "time":
            return say("compare", "After {time}", time=base_words.elapsed(x))
    return say("compare", "After {count} pictures", count=base_words.count(round(x)))


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
        return say("compare", "loss {loss}", loss=f"{points.validation[at]:.3g}")
    told = {
        "share": base_words.percent(points.validation[at]),
        "interval": base_words.interval(points.low[at], points.high[at]),
        "total": base_words.count(points.validation_images[at]),
    }
    return say("compare", "{share} of {total}, 95 % interval {interval}", **told)


def _training(one: Row, at: int, shown: Shown) -> str:
    points = one.curve.points
    if shown.quantity == "loss":
        return say("compare", "training loss {loss}", loss=f"{points.train[at]:.3g}")
    told = {
        "share": base_words.percent(points.train[at]),
        "total": base_words.count(points.train_images[at]),
    }
    return say("compare", "training {share} of {total}", **told)


def _when(one: Row, at: int, shown: Shown) -> str:
    """Which epoch that is, where the place doesn't tell."""
    number = {"number": base_words.count(at + 1)}
    if one.ended:
        return say("compare", "epoch {number}, its last", **number)
    if shown.axis == "epochs":
        return ""
    return say("compare", "epoch {number}", **number)


_BESIDE = 72  # pixels of height that the card needs beside its rows


class ComparisonCanvas(PointedCanvas):
    """Each run's curve in its colour, over epochs, time or pictures."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._curves: Sequence[Curve] = ()
        self._shown = Shown()
        super().__init__(
            lambda figure: ComparisonFigure(figure, curve_words()),
            "",
            parent,
        )
        self.setAccessibleName(self.tr("Curves of the runs that are compared"))

    @property
    def figure(self) -> ComparisonFigure | None:
        """The artists; None until matplotlib is there."""
        return self._plot if isinstance(self._plot, ComparisonFigure) else None

    def show_curves(self, curves: Sequence[Curve], shown: Shown) -> None:
        """Show these, looked at in that way. The part in view stays, unless there is another
        axis or another number of runs, or the axis reaches farther or less far."""
        before, now = _frame(self._curves, self._shown), _frame(curves, shown)
        self._curves, self._shown = curves, shown
        nothing = self.tr("None of these runs has finished an epoch yet")
        self.set_placeholder(self.tr("Drawing the curves…") if self.has_data() else nothing)
        if before != now:
            self.point_away()
            self.look_at_all()
        self.draw_soon()

    def has_data(self) -> bool:
        return any(one.points.x for one in self._curves)

    def draw(self, canvas: FigureCanvasQTAgg) -> None:
        if self.figure is None:
            return
        self.legend.setText(comparison.legend(self._curves, self._shown))
        self.figure.show(self._curves, self._shown)
        canvas.draw_idle()
        self.show_mark()
        self.setAccessibleDescription(comparison.spoken(self._curves, self._shown))

    # -- the hand ---------------------------------------------------------------------------

    @property
    def viewport(self) -> Viewport | None:
        return self.figure.viewport if self.figure is not None else None

    def mark_at(self, x: float) -> Mark | None:
        figure = self.figure
        if figure is None:
            return None
        unit = figure.place_of(1.0)
        found = comparison_figure.reading(self._curves, x / unit)
        if found is None:
            return None
        words = reading_rows(found, self._shown, self._most_named())
        said = spoken_reading(found, self._shown)
        return Mark(unit * found.x, words, said, self._dots(figure.axes, found))

    def _most_named(self) -> int:
        """How many runs the card has room for."""
        lines = self._shown.validation + self._shown.train
        row = lines * QFontMetrics(theme.small_font()).height()
        room = self.pointer.height() if self.pointer is not None else 0
        return max((room - _BESIDE) // row, 1)

    def step_from(self, x: float | None, by: int) -> float | None:
        there = comparison_figure.places(self._curves)
        if self.figure is None or not there:
            return None
        unit = self.figure.place_of(1.0)
        if x is None:
            return unit * there[-1]
        at = min(range(len(there)), key=lambda place: abs(unit * there[place] - x))
        return unit * there[min(max(at + by, 0), len(there) - 1)]

    def _dots(self, axes: Axes, found: ComparisonReading) -> list[tuple[Axes, float, QColor]]:
        """On the curves that have a point there."""
        factor, dots = 100.0 if self._shown.quantity == "accuracy" else 1.0, []
        for one in found.rows:
            points = one.curve.points
            if one.place is None or points.x[one.place] != found.x:
                continue
            color = QColor(style.color(one.curve.number, theme.is_dark()))
            if self._shown.train:
                dots.append((axes, factor * points.train[one.place], color))
            if self._shown.validation:
                dots.append((axes, factor * points.validation[one.place], color))
        return dots


def _frame(curves: Sequence[Curve], shown: Shown) -> tuple[object, ...]:
    """What the limits of the axes depend on."""
    last = max((one.points.x[-1] for one in curves if one.points.x), default=0.0)
    return len(curves), shown.axis, shown.quantity, last
