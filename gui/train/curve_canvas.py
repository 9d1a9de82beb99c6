"""A run's curves on an embedded matplotlib canvas, and the words in and around them.

The words are for the legend, for the card beside the pointer, and for screen readers.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QWidget

from core.common.messages import fill
from core.common.statistics import wilson
from core.reports.plots.points import CurveOptions, Reading, reading
from core.reports.plots.run_figure import CurveFigure
from core.reports.plots.view import Viewport
from core.runs.events import Score
from core.runs.history import History
from gui.base import theme
from gui.base import words as base_words
from gui.base.words import say
from gui.controls.number_fields import shortest
from gui.controls.pointed_canvas import Mark, PointedCanvas
from gui.recipe.words import curve_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg

translate = QCoreApplication.translate


def reading_rows(found: Reading, palette: QPalette) -> str:
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


def spoken_reading(found: Reading) -> str:
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
    return f"{said}, {base_words.elapsed(epoch.seconds)}" if epoch.seconds else said


def validation(score: Score) -> str:
    """Accuracy, on how many pictures, its 95 % interval; the loss."""
    values = {
        "share": base_words.percent(score.accuracy),
        "right": base_words.count(score.correct),
        "total": base_words.count(score.images),
        "interval": base_words.interval(*wilson(score.correct, score.images)),
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
        "share": base_words.percent(score.accuracy),
        "total": base_words.count(score.images),
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
    said = say("curves", "head {rate}", rate=rate(found.head_rate))
    if not found.backbone_rate:
        return said
    return f"{said}, {say('curves', 'ConvNet {rate}', rate=rate(found.backbone_rate))}"


def rate(value: float) -> str:
    """A rate with two digits, as fields show it."""
    return shortest(float(f"{value:.1e}"))


_HEAVY, _LIGHT = "\N{BOX DRAWINGS HEAVY HORIZONTAL}", "\N{BOX DRAWINGS LIGHT HORIZONTAL}"
_THICK, _THIN = f"{_HEAVY}\N{BLACK CIRCLE}{_HEAVY}", f"{_LIGHT}\N{BULLET}{_LIGHT}"
_BAND, _BAND_STRENGTH = 2 * "\N{FULL BLOCK}", 0.25


def legend_words(history: History, palette: QPalette) -> str:
    """What each kind of line and point is, as HTML that breaks only between entries."""
    augmented = any(one.augmented for one in history.stages)
    told = curve_words()
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


def spoken_history(history: History) -> str:
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


class CurveCanvas(PointedCanvas):
    """Accuracy, loss and rates of a ``History`` over its epochs, and every batch faintly behind.
    The run may grow meanwhile.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        self._history = History()
        self._options = CurveOptions()
        super().__init__(
            lambda figure: CurveFigure(figure, curve_words()),
            QCoreApplication.translate("curves", "Press Train (F5): the curves grow here"),
            parent,
        )
        self.setAccessibleName(self.tr("Curves of accuracy and loss"))

    @property
    def figure(self) -> CurveFigure | None:
        """The artists; None until matplotlib is there."""
        return self._plot if isinstance(self._plot, CurveFigure) else None

    @property
    def history(self) -> History:
        """What is shown."""
        return self._history

    @property
    def options(self) -> CurveOptions:
        """How it is looked at."""
        return self._options

    def set_history(self, history: History) -> None:
        """Show this history from now on; it may grow, see ``mark_dirty``."""
        if history is not self._history:
            self._history = history
            self.point_away()
            self.look_at_all()
        self.mark_dirty()

    def set_options(self, options: CurveOptions) -> None:
        """Look at the curves in this way."""
        if options != self._options:
            self._options = options
            self.draw_soon()

    # -- drawing ----------------------------------------------------------------------------

    def has_data(self) -> bool:
        return self._history.started is not None

    def draw(self, canvas: FigureCanvasQTAgg) -> None:
        figure = self.figure
        if figure is None:
            return
        self._refresh_legend()
        figure.set_options(self._options)
        figure.show(self._history)
        if figure.needs_all:
            canvas.draw()
        else:
            figure.draw_lines()
            canvas.update()
        self.show_mark()
        self.setAccessibleDescription(spoken_history(self._history))

    def drawn(self) -> None:
        if self.figure is not None:
            self.figure.keep_background()
            self.figure.draw_lines()

    def _refresh_legend(self) -> None:
        legend = legend_words(self._history, self.palette())
        if self.legend.text() != legend:
            self.legend.setText(legend)

    # -- the hand ---------------------------------------------------------------------------

    @property
    def viewport(self) -> Viewport | None:
        return self.figure.viewport if self.figure is not None else None

    def mark_at(self, x: float) -> Mark | None:
        found = reading(self._history, x)
        if found is None or self.figure is None:
            return None
        words, said = reading_rows(found, self.palette()), spoken_reading(found)
        return Mark(found.position, words, said, self._dots(self.figure, found))

    def step_from(self, x: float | None, by: int) -> float | None:
        if x is not None:
            return x + by
        if not self._history.epochs:
            return None
        last = self._history.epochs[-1]
        return float(self._history.position(last.stage, last.epoch))

    def _dots(self, figure: CurveFigure, found: Reading) -> list[tuple[Axes, float, QColor]]:
        dots = []
        for name in ("train", "validation"):
            score = getattr(found.epoch, name)
            color = theme.data_color(name, self.palette())
            dots.append((figure.accuracy.axes, 100 * score.accuracy, color))
            dots.append((figure.loss.axes, score.loss, color))
        return dots
