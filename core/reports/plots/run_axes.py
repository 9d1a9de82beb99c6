"""The axes of a run's figure: where they stand, what they reach to, which part is in view.

Nothing here imports matplotlib when it is itself imported. Pixels are logical ones, counted
from the figure's left and top.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from core.reports.plots.marks import View
from core.reports.plots.run_options import CurveOptions
from core.reports.plots.run_panel import Panel
from core.reports.plots.run_rates import RatePanel
from core.reports.plots.view import Scale, ViewedAxes
from core.reports.words import CurveWords

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LEFT, _RIGHT, _TOP, _BOTTOM, _BETWEEN = 62, 14, 24, 42, 14  # pixels around the axes
_SHARES = {False: (0.55, 0.45), True: (0.43, 0.35, 0.22)}  # of the height, without and with rates
_ROOM_FOR_RATES = 280  # pixels of height; below it, accuracy and loss need all
_DECADE = 60  # pixels from one power of ten to the next that leave room between
_LABEL = 48  # pixels from the axes to their names
_APART = 9  # pixels between epochs from which on each has a dot
_BEYOND = 1.01  # times the last epoch: its dot must not be cut
_HIGHEST = 102  # percent: a marker at 100 must not be cut


class RunAxes(ViewedAxes):
    """Accuracy, loss and, where there is room, learning rates above each other over the same
    epochs."""

    def __init__(self, figure: Figure, words: CurveWords) -> None:
        super().__init__()
        accuracy = figure.add_subplot(3, 1, 1)
        loss = figure.add_subplot(3, 1, 2, sharex=accuracy)
        self.accuracy = Panel(accuracy, 0, _HIGHEST)
        self.loss = Panel(loss, 0, 1.0)
        self.rates = RatePanel(figure.add_subplot(3, 1, 3, sharex=accuracy), words)
        self.last, self.reach = 1.0, _BEYOND
        self._width, self._height = 640.0, 480.0
        self._legend = 0.0
        self._options = CurveOptions(rates=False)
        accuracy.set_ylabel(words.say("accuracy"))
        loss.set_ylabel(words.say("loss"))
        for panel in self.all():
            panel.axes.set_xlabel(words.say("epoch"))
        self._set_ticks()
        self.set_options(CurveOptions())

    def all(self) -> tuple[Panel, Panel, RatePanel]:
        """From the top down."""
        return self.accuracy, self.loss, self.rates

    def shown(self) -> tuple[Panel | RatePanel, ...]:
        """Those that are not folded away."""
        return self.all() if self._has_rates else (self.accuracy, self.loss)

    @property
    def _has_rates(self) -> bool:
        return self._options.rates and self._height >= _ROOM_FOR_RATES

    def _set_ticks(self) -> None:
        from matplotlib.ticker import MaxNLocator

        whole = MaxNLocator(10, integer=True, steps=[1, 2, 5, 10], min_n_ticks=1)
        self.accuracy.axes.xaxis.set_major_locator(whole)
        self.accuracy.axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))

    def set_options(self, options: CurveOptions) -> None:
        """Fold the rates away or not; the loss on a logarithmic axis or not."""
        before, self._options = self._options, options
        if options.log_loss != before.log_loss:
            self._set_loss_scale(options.log_loss)
        if options.rates != before.rates:
            self._lay_out()

    def _set_loss_scale(self, log: bool) -> None:
        from matplotlib.ticker import MaxNLocator, ScalarFormatter

        axes, scale = self.loss.axes, self.loss.scale
        scale.log, scale.view = log, None
        if log:
            scale.whole = max(scale.whole[0], scale.whole[1] / 100), scale.whole[1]
            axes.set_yscale("log", nonpositive="mask")
            self._set_powers(self.loss)
        else:
            axes.set_yscale("linear")
            axes.yaxis.set_major_locator(MaxNLocator(5))
            axes.yaxis.set_major_formatter(ScalarFormatter(useOffset=False))
        scale.apply()

    def _set_powers(self, panel: Panel | RatePanel) -> None:
        """Every power of ten, and 2 and 5 times it where there is room for that many words."""
        low, high = panel.scale.shown
        height = self._places()[self.shown().index(panel)][1]
        room = height / max(math.log10(high / low), 1e-9)
        _tick_powers(panel.axes, (1.0, 2.0, 5.0) if room >= _DECADE else (1.0,))

    # -- where they stand -------------------------------------------------------------------

    def set_legend_height(self, pixels: float) -> None:
        """Leave so much room above for a legend; before ``set_size``."""
        self._legend = pixels

    def set_size(self, width: float, height: float) -> bool:
        """Lay out in so many pixels; whether anything changes by that."""
        if (width, height) == (self._width, self._height):
            return False
        self._width, self._height = width, height
        self._lay_out()
        return True

    def _scales(self) -> list[Scale]:
        return [one.scale for one in self.all()]

    @property
    def _across(self) -> float:
        return max(self._width - _LEFT - _RIGHT, 2.0)

    @property
    def _sides(self) -> tuple[float, float]:
        return _LEFT, self._across

    def _places(self) -> list[tuple[float, float]]:
        shares = _SHARES[self._has_rates]
        top = _TOP + self._legend
        room = max(self._height - top - _BOTTOM - _BETWEEN * (len(shares) - 1), len(shares))
        places = []
        for share in shares:
            places.append((top, room * share))
            top += room * share + _BETWEEN
        return places

    def _lay_out(self) -> None:
        self.rates.axes.set_visible(self._has_rates)
        lowest = self.shown()[-1]
        for panel in self.all():
            panel.axes.tick_params(labelbottom=panel is lowest)
            panel.axes.xaxis.label.set_visible(panel is lowest)
        for panel, (top, height) in zip(self.shown(), self._places(), strict=True):
            bottom = 1 - (top + height) / self._height
            box = (
                _LEFT / self._width,
                bottom,
                self._across / self._width,
                height / self._height,
            )
            panel.axes.set_position(box)
            panel.axes.yaxis.set_label_coords(-_LABEL / self._across, 0.5)

    # -- what they reach to -----------------------------------------------------------------

    def set_limits(self, last: float, low_loss: float, high_loss: float) -> bool:
        """The run's last epoch and the loss's extent; whether the picture changes by that."""
        changed = self.loss.scale.show(low_loss, high_loss)
        if last != self.last:
            self.last, changed = last, changed or self._part is None
            self.reach = last * _BEYOND
        return changed or self.accuracy.axes.get_xlim() != self._seen()

    @property
    def view(self) -> View:
        """The epochs in view."""
        return View(*self._seen(), self._across)

    def fit(self) -> View:
        """Give the axes what is in view."""
        view = self.view
        for one in self.shown():
            if one.scale.log:
                self._set_powers(one)
        self.accuracy.axes.set_xlim(view.left, view.right)
        apart = view.pixels >= _APART * (view.right - view.left)
        for panel in self.all():
            panel.scale.apply()
            if isinstance(panel, Panel):
                panel.set_dots(apart)
                panel.best.set_clip_on(not self.is_whole)
        return view


def _tick_powers(axes: Axes, steps: tuple[float, ...]) -> None:
    """Ticks at ``steps`` of the powers of ten of a logarithmic axis, written in short."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axes.yaxis.set_major_locator(LogLocator(subs=steps, numticks=8))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: _short(value)))
    axes.yaxis.set_minor_locator(NullLocator())


def _short(value: float) -> str:
    """A power of ten, or a few times it: "0.05", "1e-4"."""
    if value >= 0.001 or value <= 0:
        return f"{value:g}"
    digits, _, power = f"{value:.0e}".partition("e")
    return f"{digits}e{int(power)}"
