"""A run's figure without a window: what it marks, and which part of it is in view."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from core.common.statistics import wilson
from core.reports.plots.points import CurveOptions
from core.reports.plots.run_figure import CurveFigure
from core.reports.plots.style import LIGHT
from core.reports.words import ENGLISH
from core.runs.events import BatchFinished, EpochFinished, Event, RunStarted, Score, StageStarted
from core.runs.history import History, fold
from tests.support.window.scripted import STARTED, batches, epoch, two_stages


@pytest.fixture
def curves() -> CurveFigure:
    figure = Figure(figsize=(8, 5), dpi=100)
    FigureCanvasAgg(figure)
    curves = CurveFigure(figure, ENGLISH)
    curves.set_look(LIGHT)
    curves.set_size(800, 500)
    return curves


def learning_by_heart() -> History:
    """Validation loss is lowest at epoch 2 and rises, while training loss falls."""
    losses = (0.9, 0.5, 0.6, 0.7, 0.8, 0.9)
    events: list[Event] = [RunStarted(epochs=(8,), thawed=((5,),)), StageStarted(1, 8, (5,))]
    for number, loss in enumerate(losses, start=1):
        train, validation = Score(0.6 / number, 0.9, 100), Score(loss, 0.8 - loss / 10, 100)
        events.append(EpochFinished(1, number, train, validation, 1.0))
    return fold(events)


def test_the_interval_of_each_epoch_is_shaded(curves: CurveFigure) -> None:
    curves.show(fold(two_stages()))
    low, high = wilson(164, 180)
    corners = curves.accuracy_lines.band.get_xy().tolist()
    assert [2.0, pytest.approx(100 * low)] in corners
    assert [2.0, pytest.approx(100 * high)] in corners


def test_overfitting_is_named_where_it_is_known_and_its_gap_is_shaded(curves: CurveFigure) -> None:
    curves.show(learning_by_heart())
    mark = curves.overfitting
    assert mark.line.get_visible()
    assert np.asarray(mark.line.get_xdata()).tolist() == [5, 5]
    assert mark.label.get_text() == "overfitting from here; epoch 2’s weights are kept"
    x = mark.gap.get_xy()[:, 0]
    assert (x.min(), x.max()) == (2, 6)


def test_a_run_that_does_not_overfit_says_nothing_of_it(curves: CurveFigure) -> None:
    curves.show(learning_by_heart())
    curves.show(fold(two_stages()))
    assert not curves.overfitting.line.get_visible()
    assert curves.overfitting.label.get_text() == ""


def test_a_stage_says_how_many_parameters_it_trains_once_it_began(curves: CurveFigure) -> None:
    events = [
        replace(one, trainable_parameters=7_079_424) if isinstance(one, StageStarted) else one
        for one in two_stages()
    ]
    curves.show(fold(events))
    assert [one.get_text() for one in curves.stages.labels] == [
        "stage 1: head, 7.08 M parameters",
        "stage 2: block 5 + head, 7.08 M parameters",
    ]


@pytest.mark.parametrize(
    ("keep", "count", "said"),
    [
        ("last", 12, "kept: 3, the last"),
        ("loss", 12, "lowest loss: 2, chosen on these pictures"),
        ("accuracy", 5, "kept: 1, the only one"),
    ],
)
def test_the_mark_says_how_the_epoch_came_to_be_kept(
    curves: CurveFigure, keep: str, count: int, said: str
) -> None:
    events = [
        replace(one, keep=keep) if isinstance(one, StageStarted) else one for one in two_stages()
    ]
    curves.show(fold(events[:count]))
    assert curves.best_mark.label.get_text() == said


@pytest.mark.parametrize("log_loss", [False, True])
def test_the_words_at_the_best_epoch_hide_no_curve(curves: CurveFigure, log_loss: bool) -> None:
    curves.set_options(CurveOptions(log_loss=log_loss))
    events: list[Event] = [RunStarted(epochs=(12,), thawed=((),)), StageStarted(1, 12)]
    for number in range(1, 13):
        loss = 2.0 * 0.6**number
        score = Score(loss, 0.5 + 0.02 * number, 100)
        events.append(EpochFinished(1, number, score, score, 1.0))
    curves.show(fold(events))
    curves.figure.canvas.draw()
    words = curves.best_mark.label.get_window_extent()
    line = curves.loss_lines.validation
    epochs = np.linspace(1, 12, 500)
    x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
    points = curves.loss.transData.transform(np.c_[epochs, np.interp(epochs, x, y)])
    hidden = [point for point in points if words.contains(*point)]
    assert words.width > 50
    assert not hidden


def test_smoothing_leaves_the_raw_curve_behind(curves: CurveFigure) -> None:
    curves.set_options(CurveOptions(smoothing=0.5))
    curves.show(fold(two_stages()))
    panel = curves.loss_lines
    assert np.asarray(panel.validation_raw.get_ydata()).tolist() == [1.5, 0.5, 0.5]
    assert np.asarray(panel.validation.get_ydata())[1] == pytest.approx(2.5 / 3)
    assert panel.validation_raw.get_visible()
    curves.set_options(CurveOptions())
    curves.show(fold(two_stages()))
    assert np.asarray(panel.validation.get_ydata()).tolist() == [1.5, 0.5, 0.5]
    assert not panel.validation_raw.get_visible()


def test_a_logarithmic_axis_shows_the_smallest_loss(curves: CurveFigure) -> None:
    history = fold([*two_stages(), BatchFinished(2, 2, 1, 2, 4, 0.003, 1.0)])
    curves.set_options(CurveOptions(log_loss=True))
    curves.show(history)
    assert curves.loss.get_yscale() == "log"
    assert 0 < curves.loss.get_ylim()[0] < 0.003
    curves.set_options(CurveOptions())
    curves.show(history)
    assert curves.loss.get_ylim()[0] == 0


def test_rates_have_an_axis_of_their_own_that_folds_away(curves: CurveFigure) -> None:
    step = BatchFinished(2, 2, 1, 2, 4, 0.3, 1.0, (), (), 1e-3, 1e-4)
    history = fold([*two_stages(), step])
    curves.show(history)
    rates = curves.axes.rates
    low, high = rates.axes.get_ylim()
    assert low < 1e-4 < 1e-3 < high
    assert [rates.head_label.get_text(), rates.backbone_label.get_text()] == ["head", "ConvNet"]
    height = curves.loss.get_position().height
    curves.set_options(CurveOptions(rates=False))
    curves.show(history)
    assert not rates.axes.get_visible()
    assert curves.loss.get_position().height > height
    assert curves.loss.xaxis.label.get_visible()


def test_a_constant_rate_is_read_off_the_axis(curves: CurveFigure) -> None:
    curves.show(fold([STARTED, BatchFinished(1, 1, 1, 2, 4, 0.3, 1.0, (), (), 3e-4)]))
    curves.figure.canvas.draw()
    axes = curves.axes.rates.axes
    low, high = axes.get_ylim()
    told = [one.get_text() for one in axes.get_yticklabels()]
    seen = [word for word, at in zip(told, axes.get_yticks(), strict=True) if low <= at <= high]
    assert seen == ["1e-4", "2e-4", "5e-4"]


def test_the_name_of_a_rate_stays_within_the_axes(curves: CurveFigure) -> None:
    step = BatchFinished(2, 2, 1, 2, 4, 0.3, 1.0, (), (), 1e-3, 1e-4)
    curves.show(fold([*two_stages(), step]))
    axes, label = curves.axes, curves.axes.rates.backbone_label
    begins = label.xy[0]
    curves.zoom_into(axes.pixel_of(begins - 2), 60, axes.pixel_of(begins) + 8, 120)
    curves.show(fold([*two_stages(), step]))
    curves.figure.canvas.draw()
    assert label.get_window_extent().x1 <= axes.rates.axes.get_window_extent().x1


def test_where_there_is_no_room_the_rates_give_way(curves: CurveFigure) -> None:
    curves.set_size(400, 200)
    assert not curves.axes.rates.axes.get_visible()
    curves.set_size(800, 500)
    assert curves.axes.rates.axes.get_visible()


def test_a_rectangle_is_looked_at_while_the_run_grows(curves: CurveFigure) -> None:
    history = fold(two_stages())
    curves.show(history)
    axes = curves.axes
    left, right = axes.pixel_of(1), axes.pixel_of(3)
    curves.zoom_into(left, 60, right, 120)
    seen = curves.accuracy.get_xlim()
    assert seen == pytest.approx((1, 3))
    heights = curves.accuracy.get_ylim()
    assert heights[1] - heights[0] < 60
    for event in [*batches(2, 2, 2), epoch(2, 2, 170, loss=9.0)]:
        history.add(event)
    curves.show(history)
    assert (curves.accuracy.get_xlim(), curves.accuracy.get_ylim()) == (seen, heights)
    assert np.asarray(curves.loss_lines.validation.get_ydata()).tolist() == [1.5, 0.5, 0.5, 9.0]
    curves.look_at_all()
    assert axes.is_whole
    assert curves.accuracy.get_xlim()[1] > 5
    assert curves.loss.get_ylim()[1] > 9


def test_the_wheel_keeps_what_is_below_the_pointer(curves: CurveFigure) -> None:
    curves.show(fold(two_stages()))
    x = curves.axes.pixel_of(2)
    curves.zoom(x, 100, 0.5)
    assert curves.axes.x_at(x) == pytest.approx(2)
    assert not curves.axes.is_whole
    curves.zoom(x, 100, 4.0)
    assert curves.axes.is_whole


def test_beside_the_axes_only_the_values_are_zoomed(curves: CurveFigure) -> None:
    curves.show(fold(two_stages()))
    epochs = curves.accuracy.get_xlim()
    curves.zoom(20, 100, 0.5)
    assert curves.accuracy.get_xlim() == epochs
    assert curves.accuracy.get_ylim() != (0, 102)


def test_nobody_drags_the_run_out_of_view(curves: CurveFigure) -> None:
    curves.show(fold(two_stages()))
    curves.pan(400, 100, 300, 0)
    assert curves.axes.is_whole
    curves.zoom_into(curves.axes.pixel_of(1), 60, curves.axes.pixel_of(2), 120)
    curves.pan(400, 100, 10_000, 0)
    assert curves.accuracy.get_xlim() == pytest.approx((0, 1))
    curves.pan(400, 100, -10_000, 0)
    assert curves.accuracy.get_xlim()[1] == pytest.approx(5.05)


def test_a_logarithmic_axis_is_zoomed_by_ratios(curves: CurveFigure) -> None:
    curves.set_options(CurveOptions(log_loss=True))
    curves.show(fold(two_stages()))
    scale, (low, high) = curves.loss_lines.scale, curves.loss.get_ylim()
    scale.look_at(0.5, 1.0)
    assert scale.shown == pytest.approx(((low * high) ** 0.5, high))
    assert scale.share_of(high) == pytest.approx(1)
