"""The dialog that finds a learning rate for a stage, and its plot of loss against rate.

Importing this module does not import matplotlib.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import InputError, fill
from core.model.weights import download as weight_download
from core.recipe.files import RecipeError
from core.recipe.heads import HEADS
from core.reports.plots.points import nice_ceiling
from core.reports.plots.style import PlotLook, style
from core.training import rates as training_rates
from core.training.rate_curve import HIGHEST, LOWEST, STEPS, RateTried
from gui.base import words as base_words
from gui.base.ask import drop_icons
from gui.base.words import say
from gui.controls.inputs import QuietComboBox
from gui.controls.labels import AdviceLine
from gui.controls.number_fields import shortest
from gui.controls.plot_canvas import PlotCanvas
from gui.model.download import DownloadDialog
from gui.recipe.words import stage_names as stage_text
from gui.session.session import Session

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.text import Annotation

_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 18, 22, 44  # pixels around the axes
_EMPTY_LOSS = 1.0
_NEAR = 50  # times an end of the axis: there is no room for words beyond
_RATES = [10.0**power for power in range(-7, 2)]


@dataclass(frozen=True)
class RateWords:
    """The figure's texts, in the window's language; ``tick`` writes a rate."""

    loss: str
    rate: str
    suggested: Callable[[float], str]
    present: Callable[[float], str]
    tick: Callable[[float], str]


class RateFigure:
    """One axis: each step's loss as a point, smoothed as a line; the rate that the recipe has,
    and the one that is suggested."""

    def __init__(self, figure: Figure, words: RateWords) -> None:
        self.figure = figure
        self._words = words
        self._size = (0.0, 0.0)
        self.axes: Axes = figure.add_subplot()
        self.steps: Line2D = self.axes.plot([], [], ls="", marker="o", ms=3, mew=0, alpha=0.45)[0]
        self.smoothed: Line2D = self.axes.plot([], [], lw=2.2, zorder=4)[0]
        self.present: Line2D = self.axes.axvline(1, ls="--", lw=1.2, zorder=2, visible=False)
        self.suggested: Line2D = self.axes.axvline(1, lw=1.6, zorder=3, visible=False)
        self.point: Line2D = self.axes.plot([], [], ls="", marker="*", ms=14, zorder=5)[0]
        self.present_label = self._label(0.03, "bottom")
        self.suggested_label = self._label(0.97, "top")
        self._set_up_axes()

    def _label(self, height: float, side: str) -> Annotation:
        """A text beside an upright line, at a share of the axis' ``height``."""
        return self.axes.annotate(
            "",
            (1, height),
            (0, 0),
            xycoords=self.axes.get_xaxis_transform(),
            textcoords="offset points",
            va=side,
            zorder=6,
        )

    def _set_up_axes(self) -> None:
        from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

        self.axes.set_xscale("log")
        self.axes.set_xlim(LOWEST, HIGHEST)
        self.axes.set_ylim(0, _EMPTY_LOSS)
        self.axes.xaxis.set_major_locator(FixedLocator(_RATES))
        self.axes.xaxis.set_minor_locator(NullLocator())
        self.axes.xaxis.set_major_formatter(FuncFormatter(lambda rate, _: self._words.tick(rate)))
        self.axes.yaxis.set_major_locator(MaxNLocator(6))
        self.axes.set_xlabel(self._words.rate)
        self.axes.set_ylabel(self._words.loss)

    def set_look(self, look: PlotLook) -> None:
        """Take other colours or another size of text."""
        colors = look.colors
        style(self.figure, (self.axes,), look)
        self.steps.set_color(colors["train"])
        self.smoothed.set_color(colors["train"])
        self.point.set(color=colors["best"], markeredgecolor=colors["base"])
        for line, label, name, weight in (
            (self.present, self.present_label, "baseline", "normal"),
            (self.suggested, self.suggested_label, "best", "bold"),
        ):
            line.set_color(colors[name])
            label.set(color=colors[name], fontsize=look.points, fontweight=weight)
            label.set_bbox({"fc": colors["base"], "ec": "none", "pad": 0.5, "alpha": 0.8})

    def set_size(self, width: float, height: float) -> None:
        """Lay the axis out in ``width`` x ``height`` logical pixels."""
        if (width, height) == self._size:
            return
        self._size = width, height
        across, up = max(width - _LEFT - _RIGHT, 2.0), max(height - _TOP - _BOTTOM, 2.0)
        self.axes.set_position((_LEFT / width, _BOTTOM / height, across / width, up / height))

    def show(
        self, tried: Sequence[RateTried], present: float | None, suggested: float | None
    ) -> None:
        """Give the artists their data: the steps, the recipe's rate, the suggestion."""
        rates = [one.rate for one in tried]
        smoothed = [one.smoothed for one in tried]
        self.steps.set_data(rates, [one.loss for one in tried])
        self.smoothed.set_data(rates, smoothed)
        highest = max(smoothed, default=0.0)
        self.axes.set_ylim(0, nice_ceiling(highest) if highest > 0 else _EMPTY_LOSS)
        is_lower = present is None or suggested is None or present < suggested
        _mark(self.present, self.present_label, present, self._words.present, is_lower)
        _mark(self.suggested, self.suggested_label, suggested, self._words.suggested, not is_lower)
        near = [] if suggested is None else [_nearest(tried, suggested)]
        self.point.set_data([one.rate for one in near], [one.smoothed for one in near])


def _nearest(tried: Sequence[RateTried], rate: float) -> RateTried:
    """The step whose rate is the fewest times as large, or as small."""
    return min(tried, key=lambda one: max(one.rate / rate, rate / one.rate))


def _mark(
    line: Line2D,
    label: Annotation,
    rate: float | None,
    words: Callable[[float], str],
    is_left: bool,
) -> None:
    """Put ``line`` at ``rate`` and ``label`` to one side of it, the other one near an end."""
    line.set_visible(rate is not None)
    label.set_text("" if rate is None else words(rate))
    if rate is None:
        return
    line.set_xdata([rate, rate])
    label.xy = (rate, label.xy[1])
    is_left = rate > HIGHEST / _NEAR or (is_left and rate > LOWEST * _NEAR)
    label.set_horizontalalignment("right" if is_left else "left")
    label.xyann = (-5 if is_left else 5, 0)


translate = QCoreApplication.translate


class RateCanvas(PlotCanvas):
    """The curve of the learning-rate finder while it grows, the recipe's rate and the suggested
    one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._tried: Sequence[RateTried] = ()
        self._present: float | None = None
        self._suggested: float | None = None
        super().__init__(
            lambda figure: RateFigure(figure, _words()),
            translate("rates", "Press Start: the curve grows here"),
            parent,
        )
        self.legend.hide()
        self.setAccessibleName(translate("rates", "Loss against learning rate"))

    @property
    def figure(self) -> RateFigure | None:
        """The artists; None until matplotlib is there."""
        return self._plot if isinstance(self._plot, RateFigure) else None

    def show_curve(
        self, tried: Sequence[RateTried], present: float | None, suggested: float | None
    ) -> None:
        """Show the steps that were ``tried``, the rate that the recipe has at ``present``, and
        the one that is ``suggested``, if any."""
        self._tried, self._present, self._suggested = tried, present, suggested
        self.mark_dirty()

    def has_data(self) -> bool:
        return bool(self._tried)

    def draw(self, canvas: FigureCanvasQTAgg) -> None:
        if self.figure is not None:
            self.figure.show(self._tried, self._present, self._suggested)
            canvas.draw_idle()
            self.setAccessibleDescription(self._spoken())

    def _spoken(self) -> str:
        """The curve in words, for a screen reader."""
        lowest = min(self._tried, key=lambda one: one.smoothed)
        template = translate("rates", "The loss begins at {first} and is lowest, {low}, at {rate}")
        return fill(
            template,
            {
                "first": f"{self._tried[0].smoothed:.2f}",
                "low": f"{lowest.smoothed:.2f}",
                "rate": rate_text(lowest.rate),
            },
        )


def rate_text(rate: float) -> str:
    """A rate with two digits, as fields show it."""
    return shortest(float(f"{rate:.1e}"))


def _words() -> RateWords:
    return RateWords(
        loss=translate("rates", "loss"),
        rate=translate("rates", "learning rate of the head"),
        suggested=lambda rate: say("rates", "suggested: {rate}", rate=rate_text(rate)),
        present=lambda rate: say("rates", "now: {rate}", rate=rate_text(rate)),
        tick=rate_text,
    )


_WIDTH, _HEIGHT = 720, 560


class RateFinderDialog(QDialog):
    """Tries rates on a network of its own, in the background; closing it stops that.

    Nothing of the recipe changes but by Apply, and that can be undone.
    """

    def __init__(self, session: Session, stage: int = 0, parent: QWidget | None = None) -> None:
        """``stage`` (from 0) is chosen at first."""
        super().__init__(parent)
        self._session, self._jobs = session, session.rates
        self.setWindowTitle(self.tr("Find a learning rate"))
        self.why = _sentence(self._about())
        self.stages = QuietComboBox()
        self.start_button = QPushButton(self.tr("Start"))
        self.canvas = RateCanvas()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Steps made"))
        self.state = QLabel()
        self.answer = _sentence("")
        self.note = AdviceLine()
        self.problem = AdviceLine()
        self.apply_button = QPushButton(self.tr("Apply"))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.download: DownloadDialog | None = None
        self._fill_stages(stage)
        self._lay_out()
        drop_icons(self)
        self._connect()
        self._jobs.forget()
        self.refresh()

    def _fill_stages(self, chosen: int) -> None:
        recipe = self._session.recipe
        for number, one in enumerate(recipe.stages, 1):
            name = stage_text(number, one.thawed, recipe.model.depth)[0]
            self.stages.addItem(name[:1].upper() + name[1:])
        self.stages.setCurrentIndex(min(chosen, len(recipe.stages) - 1))
        self.stages.setAccessibleName(self.tr("Stage"))

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.stages, 1)
        top.addWidget(self.start_button)
        for one in (self.bar, self.state):  # the curve must not jump
            policy = one.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            one.setSizePolicy(policy)
        progress = QHBoxLayout()
        progress.addWidget(self.bar, 1)
        progress.addWidget(self.state)
        bottom = QHBoxLayout()
        bottom.addWidget(self.answer, 1)
        bottom.addWidget(self.apply_button)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(self.why)
        column.addLayout(top)
        column.addWidget(self.canvas, 1)
        column.addLayout(progress)
        column.addLayout(bottom)
        for part in (self.note, self.problem, self.buttons):
            column.addWidget(part)
        self.start_button.setDefault(True)
        self.apply_button.setAutoDefault(False)
        self.buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        self.resize(_WIDTH, _HEIGHT)

    def _connect(self) -> None:
        self.start_button.clicked.connect(self._start_or_stop)
        self.stages.currentIndexChanged.connect(lambda _index: self._jobs.forget())
        self.apply_button.clicked.connect(self._apply)
        self.buttons.rejected.connect(self.reject)
        session = self._session
        for signal in (
            self._jobs.changed,
            session.choices_changed,
            session.dataset_changed,
            session.engine_changed,
            session.training_started,
            session.training_finished,
        ):
            signal.connect(self.refresh)

    @property
    def stage(self) -> int:
        """The chosen stage, from 0."""
        return self.stages.currentIndex()

    @property
    def is_busy(self) -> bool:
        """Whether rates are being tried."""
        return self._jobs.is_busy

    # -- what is done -----------------------------------------------------------------------

    def _start_or_stop(self) -> None:
        if self._jobs.is_busy:
            self._jobs.stop()
            self._say_stopped()
        elif weight_download.is_missing(self._session.recipe.model):
            self._offer_download()
        else:
            self._start()

    def _offer_download(self) -> None:
        dialog = DownloadDialog(self._session, self._session.recipe.model.weights, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(self._forget_download)
        dialog.ready.connect(self._start)
        self.download = dialog
        dialog.open()

    def _forget_download(self) -> None:
        self.download = None

    def _start(self) -> None:
        self._jobs.start(self.stage)

    def _apply(self) -> None:
        found = self._jobs.found
        if found is None or found.rate is None:
            return
        try:
            self._session.change(f"stages.{found.stage - 1}.learning_rate", found.rate)
        except RecipeError as error:
            self.problem.show_words(base_words.error_text(error), "wrong")

    def done(self, result: int) -> None:
        """Close; what is under way is stopped."""
        self._jobs.stop()
        super().done(result)

    # -- what is shown ----------------------------------------------------------------------

    def refresh(self) -> None:
        """Render what the jobs and the session hold now."""
        if self.stage >= len(self._session.recipe.stages):
            self.reject()  # another recipe came: nothing here is about it
            return
        jobs = self._jobs
        suggested = jobs.found.rate if jobs.found else None
        self.canvas.show_curve(jobs.tried, self._present(), suggested)
        self._show_progress()
        self._show_result()
        why_not = self._why_not()
        self.start_button.setText(self.tr("Stop") if jobs.is_busy else self.tr("Start"))
        self.start_button.setEnabled(jobs.is_busy or not why_not)
        self.stages.setEnabled(not jobs.is_busy)
        error = base_words.error_text(jobs.error) if jobs.error else ""
        self.problem.show_words(error or why_not, "wrong" if error else "plain")

    def _present(self) -> float:
        return training_rates.learning_rates(self._session.recipe, self.stage)[0]

    def _why_not(self) -> str:
        """What keeps rates from being tried, "" if nothing."""
        if self._session.is_training:
            return self.tr("A run trains: rates can be tried once it has ended.")
        error = self._session.why_not_trainable()
        kind = self._session.recipe.model.head.kind
        if error is None and not HEADS[kind].has_gradient:
            error = InputError("rate_without_gradient", kind=kind)
        return base_words.error_text(error) if error else ""

    def _show_progress(self) -> None:
        jobs = self._jobs
        for part in (self.bar, self.state):
            part.setVisible(jobs.is_busy)
        steps = jobs.tried[-1].steps if jobs.tried else STEPS
        self.bar.setRange(0, steps if jobs.tried or jobs.features else 0)
        self.bar.setValue(len(jobs.tried))
        words, values = self.tr("preparing…"), {"step": len(jobs.tried), "steps": steps}
        if jobs.tried:
            words = self.tr("step {step} of {steps}")
        elif jobs.features is not None:
            words = self.tr("frozen blocks: {done} of {total} pictures")
            values = {"done": jobs.features.done, "total": jobs.features.total}
        self.state.setText(fill(words, values))

    def _show_result(self) -> None:
        found, present = self._jobs.found, self._present()
        values = {"stage": self.stage + 1, "present": rate_text(present)}
        if found is None:
            template = self.tr("The learning rate of stage {stage} is {present} now.")
        elif found.rate is None:
            template = self.tr(
                "The loss fell at no rate, so that none can be suggested. The learning rate of "
                "stage {stage} stays {present}."
            )
        elif found.rate == present:
            template = self.tr("The learning rate of stage {stage} is {present}, as suggested.")
        else:
            values["rate"] = rate_text(found.rate)
            template = self.tr("Suggested for stage {stage}: {rate}. Now it is {present}.")
        self.answer.setText(fill(template, values))
        can_apply = found is not None and found.rate not in (None, present)
        self.apply_button.setEnabled(can_apply)
        note = ""
        if found is not None and found.from_start:
            note = base_words.translate("rate_from_start", {"stage": found.stage}) + "."
        self.note.show_words(note)

    def _say_stopped(self) -> None:
        self.answer.setText(self.tr("Stopped: from a part of the curve nothing is suggested."))

    def _about(self) -> str:
        template = self.tr(
            "{steps} steps are made on a copy while the rate grows from {low} to {high}. A good "
            "rate is one at which the loss falls fast. The recipe and your runs stay as they are."
        )
        values = {"steps": STEPS, "low": rate_text(LOWEST), "high": rate_text(HIGHEST)}
        return fill(template, values)


def _sentence(words: str) -> QLabel:
    label = QLabel(words, wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
