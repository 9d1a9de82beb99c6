"""The axes of a run's figure: where they stand, what they reach to, which part is in view.

Nothing here imports matplotlib when it is itself imported. Pixels are logical ones, counted
from the figure's left and top.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from core.plots.run_marks import View
from core.plots.run_options import CurveOptions
from core.plots.run_panel import Panel, within
from core.plots.run_rates import RatePanel
from core.plots.words import CurveWords

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


class RunAxes:
    """Accuracy, loss and, where there is room, learning rates above each other over the same
    epochs."""

    def __init__(self, figure: Figure, words: CurveWords) -> None:
        accuracy = figure.add_subplot(3, 1, 1)
        loss = figure.add_subplot(3, 1, 2, sharex=accuracy)
        self.accuracy = Panel(accuracy, 0, _HIGHEST)
        self.loss = Panel(loss, 0, 1.0)
        self.rates = RatePanel(figure.add_subplot(3, 1, 3, sharex=accuracy), words)
        self.last = 1.0
        self._epochs: tuple[float, float] | None = None
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
        _tick_powers(self.rates.axes, (1.0,))

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
            self._set_loss_ticks()
        else:
            axes.set_yscale("linear")
            axes.yaxis.set_major_locator(MaxNLocator(5))
            axes.yaxis.set_major_formatter(ScalarFormatter(useOffset=False))
        scale.apply()

    def _set_loss_ticks(self) -> None:
        """Every power of ten, and 2 and 5 times it where there is room for that many words."""
        low, high = self.loss.scale.shown
        room = self._places()[1][1] / max(math.log10(high / low), 1e-9)
        _tick_powers(self.loss.axes, (1.0, 2.0, 5.0) if room >= _DECADE else (1.0,))

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

    @property
    def _across(self) -> float:
        return max(self._width - _LEFT - _RIGHT, 2.0)

    def _places(self) -> list[tuple[float, float]]:
        """The top and the height of each shown panel in pixels."""
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
            self.last, changed = last, changed or self._epochs is None
        return changed or self.accuracy.axes.get_xlim() != self._seen()

    def _seen(self) -> tuple[float, float]:
        return self._epochs or (0.0, self.last * _BEYOND)

    @property
    def view(self) -> View:
        """The epochs in view."""
        return View(*self._seen(), self._across)

    @property
    def is_whole(self) -> bool:
        """Whether all of the run is in view."""
        return self._epochs is None and all(one.scale.view is None for one in self.all())

    def fit(self) -> View:
        """Give the axes what is in view."""
        view = self.view
        if self.loss.scale.log:
            self._set_loss_ticks()
        self.accuracy.axes.set_xlim(view.left, view.right)
        apart = view.pixels >= _APART * (view.right - view.left)
        for panel in self.all():
            panel.scale.apply()
            if isinstance(panel, Panel):
                panel.set_dots(apart)
                panel.best.set_clip_on(not self.is_whole)
        return view

    # -- from pixels and to them ------------------------------------------------------------

    def epoch_at(self, x: float) -> float:
        """The epoch, with its fraction, at a pixel."""
        view = self.view
        return view.left + (x - _LEFT) / self._across * (view.right - view.left)

    def pixel_of(self, epoch: float) -> float:
        """Where an epoch is."""
        view = self.view
        return _LEFT + (epoch - view.left) / (view.right - view.left) * self._across

    def height_of(self, panel: Panel, value: float) -> float | None:
        """Where a value is in ``panel``, or None: it isn't in view."""
        top, height = self._places()[self.shown().index(panel)]
        share = panel.scale.share_of(value)
        return top + (1 - share) * height if 0 <= share <= 1 else None

    def covers(self, x: float, y: float) -> bool:
        """Whether a pixel is in any of the axes."""
        return _LEFT <= x <= _LEFT + self._across and self._at(y) is not None

    @property
    def extent(self) -> tuple[float, float]:
        """The first and the last pixel of the axes' height."""
        places = self._places()
        return places[0][0], sum(places[-1])

    def _at(self, y: float) -> tuple[Panel | RatePanel, float, float] | None:
        """The axes at a height, with their top and height."""
        pairs = zip(self.shown(), self._places(), strict=True)
        return next(((one, *at) for one, at in pairs if at[0] <= y <= sum(at)), None)

    # -- which part is looked at ------------------------------------------------------------

    def zoom(self, x: float, y: float, factor: float) -> bool:
        """Show ``factor`` times as much around a pixel: beside the axes only of the values,
        below them only of the epochs."""
        share, place = (x - _LEFT) / self._across, self._at(y)
        if place is not None:
            panel, top, height = place
            up = 1 - (y - top) / height
            panel.scale.look_at(up - up * factor, up + (1 - up) * factor)
        if share >= 0:
            self._look_at(share - share * factor, share + (1 - share) * factor)
        return place is not None or share >= 0

    def zoom_into(self, x: float, y: float, to_x: float, to_y: float) -> bool:
        """Show the rectangle between two pixels, of the axes where it begins."""
        place = self._at(y)
        if place is None or not (abs(to_x - x) and abs(to_y - y)):
            return False
        panel, top, height = place
        across = sorted(min(max((one - _LEFT) / self._across, 0), 1) for one in (x, to_x))
        up = sorted(min(max(1 - (one - top) / height, 0), 1) for one in (y, to_y))
        panel.scale.look_at(*up)
        self._look_at(*across)
        return True

    def pan(self, x: float, y: float, right: float, down: float) -> bool:
        """Move what is below a pixel by so many pixels."""
        place = self._at(y)
        if place is not None and place[0].scale.view is not None:
            panel, _, height = place
            panel.scale.look_at(down / height, 1 + down / height)
        if self._epochs is not None:
            self._look_at(-right / self._across, 1 - right / self._across)
        return not self.is_whole

    def look_at_all(self) -> bool:
        """Show the whole run; whether it was not."""
        was_whole, self._epochs = self.is_whole, None
        for panel in self.all():
            panel.scale.view = None
        return not was_whole

    def _look_at(self, start: float, end: float) -> None:
        """Show the epochs from share ``start`` to ``end`` of the width."""
        left, right = self._seen()
        first, last = (left + one * (right - left) for one in (start, end))
        self._epochs = within(first, last, 0.0, self.last * _BEYOND)


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
