"""Loss against learning rate on an embedded matplotlib canvas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from core.common.messages import fill
from core.training.rate_curve import RateTried
from gui.controls.number_fields import shortest
from gui.controls.plot_canvas import PlotCanvas
from gui.model.rate_figure import RateFigure, RateWords

if TYPE_CHECKING:
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg

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
        suggested=lambda rate: fill(
            translate("rates", "suggested: {rate}"), {"rate": rate_text(rate)}
        ),
        present=lambda rate: fill(translate("rates", "now: {rate}"), {"rate": rate_text(rate)}),
        tick=rate_text,
    )
