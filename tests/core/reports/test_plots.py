"""Curves of a run and of several: their points, their figure, what is read off, their files."""

import math
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from core.common.statistics import wilson
from core.reports.plots import points as plot_points
from core.reports.plots.comparison_figure import (
    ComparisonFigure,
    Curve,
    Shown,
    places,
)
from core.reports.plots.comparison_figure import reading as reading_of_runs
from core.reports.plots.files import as_file, of_run
from core.reports.plots.points import (
    MOST_POINTS,
    BatchPoints,
    CurveOptions,
    nice_ceiling,
    nice_floor,
    smoothed_by_stage,
    stage_starts,
)
from core.reports.plots.run_figure import CurveFigure
from core.reports.plots.style import LIGHT
from core.reports.words import ENGLISH
from core.runs.events import (
    BatchFinished,
    EpochFinished,
    Event,
    RunExtended,
    RunResumed,
    RunStarted,
    Score,
    StageEnded,
    StageStarted,
)
from core.runs.history import History, Series, fold, series
from tests.support import histories

RIGHT = (90 / 180, 164 / 180, 150 / 180)


def two_stages(**stage: object) -> list[Event]:
    """A run of two and three epochs up to the first of stage 2; its second epoch is best.
    ``stage`` changes what is said of each stage."""
    whole = {"planned": (2, 3), "losses": (1.5, 0.5, 0.5), "validation": 180, "batches": 2}
    told = histories.events(RIGHT[:2], RIGHT[2:], outcome=None, **whole)
    changes = {BatchFinished: {"loss": 1.0, "accuracy": 0.5}, StageStarted: stage}
    return [replace(one, **changes.get(type(one), {})) for one in told]


STARTED = two_stages()[0]


def epoch(stage: int, number: int, loss: float = 0.5) -> EpochFinished:
    return EpochFinished(stage, number, Score(0.5, 0.5, 8), Score(loss, RIGHT[2], 180))


def batches(stage: int, number: int, *losses: float) -> list[Event]:
    """An epoch's batches, with these losses."""
    return [
        BatchFinished(stage, number, batch, len(losses), 4, loss, 0.5)
        for batch, loss in enumerate(losses, start=1)
    ]


def rates(head: float, backbone: float = 0.0) -> BatchFinished:
    """A batch of the second epoch of stage 2, with these learning rates."""
    return BatchFinished(2, 2, 1, 2, 4, 0.3, 1.0, (), (), head, backbone)


def followed(*events: Event) -> BatchPoints:
    points = BatchPoints()
    points.follow(fold([STARTED, *events]))
    return points


# -- points ---------------------------------------------------------------------------------


def test_batches_stand_where_they_were_within_their_epoch() -> None:
    points = followed(*two_stages())
    assert points.line("loss") == ([0.5, 1.0, 1.5, 2.0, 2.5, 3.0], [1.0] * 6)
    assert points.line("accuracy")[1] == [50.0] * 6
    points.follow(fold([STARTED, *batches(1, 1, 1.0, 1.0, 1.0, 1.0)[:1]]))
    assert points.line("loss") == ([0.25], [1.0]), "another history begins anew"


def test_many_batches_are_thinned_out_and_a_loss_that_is_no_number_stretches_no_axis() -> None:
    count = 2 * MOST_POINTS + 1
    points = followed(*batches(1, 1, *[1.0] * count))
    x, _ = points.line("loss")
    assert points.step == 4
    assert MOST_POINTS / 2 <= len(x) <= MOST_POINTS
    assert set(x) <= {one / count for one in range(1, count + 1)}
    assert followed(*batches(1, 1, 3.0, 0.0, math.inf, math.nan)).highest_loss == 3.0


def test_stages_begin_where_others_end() -> None:
    assert stage_starts(History()) == ()
    three = RunStarted(epochs=(2, 3, 1), thawed=((), (5,), (4, 5)))
    begun = StageStarted(2, 3, (5,), trainable_parameters=7)
    starts = stage_starts(fold([three, begun]))
    assert starts == ((0, (), 0), (2, (5,), 7), (5, (4, 5), 0))


@given(st.floats(1e-5, 1e6))
def test_an_axis_ends_beyond_its_values_but_not_far(value: float) -> None:
    assert value < nice_ceiling(value) <= 2 * value
    assert value / 2.6 < nice_floor(value) <= value * (1 + 1e-6)


def test_smoothing_begins_anew_with_each_stage_and_is_over_epochs_not_batches() -> None:
    history = fold(two_stages())
    assert smoothed_by_stage(history, [3.0, 1.0, 8.0], 0.5) == pytest.approx([3.0, 5 / 3, 8.0])
    x, losses = followed(*batches(1, 1, 8.0, 8.0), *batches(2, 1, 2.0, 2.0)).smoothed("loss", 0.9)
    assert x == [0.5, 1.0, 2.5, 3.0]
    assert losses == pytest.approx([8.0, 8.0, 2.0, 2.0])
    keep = 0.81 ** (1 / 2)  # two batches share the weight of an epoch
    losses = followed(*batches(1, 1, 1.0, 3.0)).smoothed("loss", 0.81)[1]
    assert losses == pytest.approx([1.0, (keep + 3) / (1 + keep)])


def test_a_rate_of_nothing_is_not_drawn() -> None:
    first = replace(rates(1e-3), stage=1, epoch=1)
    later = replace(first, batch=2, learning_rate=5e-4, backbone_learning_rate=1e-5)
    points = followed(first, later)
    head, (_, backbone) = points.line("head"), points.line("backbone")
    assert head == ([0.5, 1.0], [1e-3, 5e-4])
    assert backbone == pytest.approx([math.nan, 1e-5], nan_ok=True)


def test_ended_extended_and_resumed_stages_are_drawn_once_and_without_gaps() -> None:
    events = [StageStarted(1, 2), StageEnded(1, 1), epoch(1, 1), StageStarted(2, 3)]
    events += [*batches(2, 1, 1.0, 1.0), epoch(2, 1)]
    assert followed(*events).line("loss")[0] == [1.5, 2.0]
    ended = fold([STARTED, *events])
    assert series(ended, "epochs", "loss").x == (1, 2)
    assert stage_starts(ended) == ((0, (), 0), (1, (5,), 0))
    history = fold([*two_stages(), epoch(2, 2), epoch(2, 3), RunExtended(2, 1), epoch(2, 4)])
    assert series(history, "epochs", "loss").x == (1, 2, 3, 4, 5, 6)
    assert sum(history.planned) == 6
    history, points = fold(two_stages()), BatchPoints()
    points.follow(history)
    history.add(RunResumed(1, 2, epochs=1))
    points.follow(history)
    assert points.line("loss")[0] == [0.5, 1.0]
    assert series(history, "epochs", "loss").x == (1,)


def test_the_nearest_ended_epoch_is_read_with_the_rates_of_its_last_step() -> None:
    history = fold(two_stages())
    positions = [plot_points.reading(history, at).position for at in (-3.0, 1.4, 2.6, 99.0)]
    assert positions == [1, 1, 3, 3]
    assert plot_points.reading(fold(two_stages()[:4]), 1.0) is None
    begun = [STARTED, StageStarted(1, 2, augmented=True)]
    found = plot_points.reading(fold([*begun, epoch(1, 1)]), 1.0)
    assert found.head_rate is None, "there was no batch"
    steps = [replace(rates(0.1 / one), stage=1, epoch=1, batch=one) for one in (1, 2)]
    later = replace(rates(0.7), stage=1)
    found = plot_points.reading(fold([*begun, *steps, epoch(1, 1), later]), 1.0)
    assert (found.head_rate, found.backbone_rate, found.augmented) == (0.05, 0.0, True)


def test_each_of_several_runs_is_read_at_its_last_epoch_by_then() -> None:
    first, second = Curve("a", 0, Series((2.0, 4.0, 6.0))), Curve("b", 1, Series((5.0, 10.0)))
    for x, nearest, expected in (
        (0.0, 2.0, [(0, False), (None, False)]),
        (5.2, 5.0, [(1, False), (0, False)]),
        (6.4, 6.0, [(2, False), (0, False)]),
        (99.0, 10.0, [(2, True), (1, False)]),
    ):
        found = reading_of_runs([first, second], x)
        assert (found.x, [(one.place, one.ended) for one in found.rows]) == (nearest, expected)
    none = Curve("none", 2, Series())
    assert reading_of_runs([none], 1.0) is None
    assert places([none, first, Curve("b", 1, Series((1.0, 4.0)))]) == [1.0, 2.0, 4.0, 6.0]


# -- the figure of a run --------------------------------------------------------------------


@pytest.fixture
def curves() -> CurveFigure:
    figure = Figure(figsize=(8, 5), dpi=100)
    FigureCanvasAgg(figure)
    curves = CurveFigure(figure, ENGLISH)
    curves.set_look(LIGHT)
    curves.set_size(800, 500)
    return curves


def test_intervals_are_shaded_and_a_stage_says_how_many_parameters_it_trains(
    curves: CurveFigure,
) -> None:
    curves.show(fold(two_stages(trainable_parameters=7_079_424)))
    assert curves.accuracy.validation.get_ydata() == pytest.approx([100 * one for one in RIGHT])
    low, high = wilson(164, 180)
    corners = curves.accuracy.band.get_xy().tolist()
    assert [2.0, pytest.approx(100 * low)] in corners
    assert [2.0, pytest.approx(100 * high)] in corners
    labels = [one.get_text() for one in curves.stages.labels]
    assert labels == [
        ENGLISH.stage(number, thawed, 5, 7_079_424)[0] for number, thawed in ((1, ()), (2, (5,)))
    ]
    assert "7.08 M" in labels[0]


def test_overfitting_is_marked_where_it_is_known_and_its_gap_is_shaded(curves: CurveFigure) -> None:
    losses = (0.9, 0.5, 0.6, 0.7, 0.8, 0.9)
    told: list[Event] = [RunStarted(epochs=(8,), thawed=((5,),)), StageStarted(1, 8, (5,))]
    for number, loss in enumerate(losses, start=1):
        train, validation = Score(0.6 / number, 0.9, 100), Score(loss, 0.8 - loss / 10, 100)
        told.append(EpochFinished(1, number, train, validation, 1.0))
    curves.show(fold(told))
    mark = curves.overfitting
    assert (mark.line.get_visible(), list(mark.line.get_xdata())) == (True, [5, 5])
    assert mark.label.get_text() in ENGLISH.overfitting(2)
    x = mark.gap.get_xy()[:, 0]
    assert (x.min(), x.max()) == (2, 6)
    curves.show(fold(two_stages()))
    assert (mark.line.get_visible(), mark.label.get_text()) == (False, "")


@pytest.mark.parametrize(
    ("keep", "count", "kept", "chosen_by"),
    [("last", 12, 3, "last"), ("loss", 12, 2, "loss"), ("accuracy", 5, 1, "")],
)
def test_the_mark_says_how_the_epoch_came_to_be_kept(
    curves: CurveFigure, keep: str, count: int, kept: int, chosen_by: str
) -> None:
    curves.show(fold(two_stages(keep=keep)[:count]))
    text = curves.best_mark.label.get_text()
    words = {one: ENGLISH.best(kept, one)[0] for one in ("last", "loss", "")}
    assert [one for one in words if words[one] == text] == [chosen_by]


@pytest.mark.parametrize("log_loss", [False, True])
def test_the_label_at_the_best_epoch_hides_no_curve(curves: CurveFigure, log_loss: bool) -> None:
    curves.set_options(CurveOptions(log_loss=log_loss))
    scores = [Score(2.0 * 0.6**number, 0.5 + 0.02 * number, 100) for number in range(1, 13)]
    epochs = [EpochFinished(1, number, one, one) for number, one in enumerate(scores, start=1)]
    curves.show(fold([RunStarted(epochs=(12,), thawed=((),)), StageStarted(1, 12), *epochs]))
    curves.figure.canvas.draw()
    box = curves.best_mark.label.get_window_extent()
    line = curves.loss.validation
    along = np.linspace(1, 12, 500)
    x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
    points = curves.loss.axes.transData.transform(np.c_[along, np.interp(along, x, y)])
    assert box.width > 50
    assert not [point for point in points if box.contains(*point)]


def test_smoothing_leaves_the_raw_curve_behind(curves: CurveFigure) -> None:
    panel, losses = curves.loss, [1.5, 0.5, 0.5]
    curves.set_options(CurveOptions(smoothing=0.5))
    curves.show(fold(two_stages()))
    assert list(panel.validation_raw.get_ydata()) == losses
    assert panel.validation.get_ydata()[1] == pytest.approx(2.5 / 3)
    assert panel.validation_raw.get_visible()
    curves.set_options(CurveOptions())
    curves.show(fold(two_stages()))
    assert list(panel.validation.get_ydata()) == losses
    assert not panel.validation_raw.get_visible()


def test_a_logarithmic_axis_shows_the_smallest_loss_and_is_zoomed_by_ratios(
    curves: CurveFigure,
) -> None:
    history = fold([*two_stages(), BatchFinished(2, 2, 1, 2, 4, 0.003, 1.0)])
    curves.set_options(CurveOptions(log_loss=True))
    curves.show(history)
    viewport, axes = curves.viewport, curves.loss.axes
    low, high = axes.get_ylim()
    assert axes.get_yscale() == "log"
    assert 0 < low < 0.003
    left, top, width, height = viewport.box(axes)
    middle = (low * high) ** 0.5
    assert viewport.height_of(axes, middle) == pytest.approx(top + height / 2)
    viewport.zoom_into(left, top, left + width, top + height / 2)
    assert axes.get_ylim() == pytest.approx((middle, high))
    assert viewport.height_of(axes, low) is None
    curves.set_options(CurveOptions())
    curves.show(history)
    assert curves.loss.axes.get_ylim()[0] == 0


def test_rates_have_an_axis_of_their_own_that_folds_away(curves: CurveFigure) -> None:
    history = fold([*two_stages(), rates(1e-3, 1e-4)])
    curves.show(history)
    panel = curves.rates
    low, high = panel.axes.get_ylim()
    assert low < 1e-4 < 1e-3 < high
    assert panel.labels["head"].get_text() != panel.labels["backbone"].get_text()
    height = curves.loss.axes.get_position().height
    curves.set_options(CurveOptions(rates=False))
    curves.show(history)
    assert not panel.axes.get_visible()
    assert curves.loss.axes.get_position().height > height
    assert curves.loss.axes.xaxis.label.get_visible()
    curves.set_options(CurveOptions())
    curves.set_size(400, 200)
    assert not panel.axes.get_visible(), "there is no room"
    curves.set_size(800, 500)
    assert panel.axes.get_visible()


def test_a_constant_rate_is_read_off_the_axis_and_the_name_of_one_stays_within(
    curves: CurveFigure,
) -> None:
    curves.show(fold([STARTED, replace(rates(3e-4), stage=1, epoch=1)]))
    curves.figure.canvas.draw()
    axes, label = curves.rates.axes, curves.rates.labels["backbone"]
    low, high = axes.get_ylim()
    told = [one.get_text() for one in axes.get_yticklabels()]
    seen = zip(told, axes.get_yticks(), strict=True)
    assert [word for word, at in seen if low <= at <= high] == ["1e-4", "2e-4", "5e-4"]
    history = fold([*two_stages(), rates(1e-3, 1e-4)])
    curves.show(history)
    begins = label.xy[0]
    viewport = curves.viewport
    viewport.zoom_into(viewport.pixel_of(begins - 2), 60, viewport.pixel_of(begins) + 8, 120)
    curves.show(history)
    curves.figure.canvas.draw()
    assert label.get_window_extent().x1 <= axes.get_window_extent().x1


def test_a_rectangle_stays_in_view_while_the_run_grows(curves: CurveFigure) -> None:
    history = fold(two_stages())
    curves.show(history)
    viewport = curves.viewport
    curves.viewport.zoom_into(viewport.pixel_of(1), 60, viewport.pixel_of(3), 120)
    seen = curves.accuracy.axes.get_xlim()
    assert seen == pytest.approx((1, 3))
    heights = curves.accuracy.axes.get_ylim()
    assert heights[1] - heights[0] < 60
    for event in [*batches(2, 2, 1.0, 1.0), epoch(2, 2, loss=9.0)]:
        history.add(event)
    curves.show(history)
    assert (curves.accuracy.axes.get_xlim(), curves.accuracy.axes.get_ylim()) == (seen, heights)
    assert list(curves.loss.validation.get_ydata()) == [1.5, 0.5, 0.5, 9.0]
    curves.viewport.look_at_all()
    assert viewport.is_whole
    assert curves.accuracy.axes.get_xlim()[1] > 5
    assert curves.loss.axes.get_ylim()[1] > 9


def test_the_wheel_zooms_and_a_drag_never_leaves_the_run(curves: CurveFigure) -> None:
    curves.show(fold(two_stages()))
    viewport = curves.viewport
    x = viewport.pixel_of(2)
    curves.viewport.zoom(x, 100, 0.5)
    assert viewport.x_at(x) == pytest.approx(2), "it stays below the pointer"
    assert not viewport.is_whole
    curves.viewport.zoom(x, 100, 4.0)
    assert viewport.is_whole
    curves.viewport.pan(400, 100, 300, 0)
    assert viewport.is_whole
    curves.viewport.zoom_into(viewport.pixel_of(1), 60, viewport.pixel_of(2), 120)
    curves.viewport.pan(400, 100, 10_000, 0)
    assert curves.accuracy.axes.get_xlim() == pytest.approx((0, 1))
    curves.viewport.pan(400, 100, -10_000, 0)
    assert curves.accuracy.axes.get_xlim()[1] == pytest.approx(5.05)
    curves.viewport.look_at_all()
    epochs = curves.accuracy.axes.get_xlim()
    curves.viewport.zoom(20, 100, 0.5)  # beside the axes only the values are zoomed
    assert curves.accuracy.axes.get_xlim() == epochs
    assert curves.accuracy.axes.get_ylim() != (0, 102)


# -- files ----------------------------------------------------------------------------------

_MAGIC = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


def test_equal_curves_are_equal_files_that_say_what_the_window_says() -> None:
    for kind, magic in _MAGIC.items():
        found, again = (as_file(lambda: of_run(fold(two_stages())), kind) for _ in range(2))
        assert found.startswith(magic)
        assert again == found
    text = as_file(lambda: of_run(fold(two_stages())), "svg").decode("utf-8")
    assert ENGLISH.best(2, "accuracy")[0] in text
    assert ENGLISH.stage(2, (5,), 5)[0] in text
    assert "95 %" in text
    data = as_file(lambda: of_run(fold(two_stages()), size=(4, 3)), "png")
    with Image.open(BytesIO(data)) as image:
        assert image.size == (768, 576)
        assert image.convert("RGB").getpixel((2, 570)) == (0xFF, 0xFF, 0xFF)


def test_only_augmented_training_is_called_so() -> None:
    legends = []
    for augmented in (False, True):
        figure = of_run(fold(two_stages(augmented=augmented)))
        legends.append({text.get_text() for text in figure.legends[0].get_texts()})
    assert legends[0] - legends[1] == {ENGLISH.say("train")}
    assert legends[1] - legends[0] == {ENGLISH.say("train_augmented")}


@pytest.mark.parametrize(("keep", "ring"), [("accuracy", "kept_chosen"), ("last", "kept")])
def test_a_figure_of_several_runs_says_what_its_rings_and_bands_are(keep: str, ring: str) -> None:
    shares = ((50.0, 60.0), (40.0, 55.0), (30.0, 40.0), (50.0, 70.0))
    figure = ComparisonFigure(Figure(), ENGLISH)
    figure.set_look(LIGHT)
    curve = Curve("one", 0, Series((1.0, 2.0), *shares, chosen_by=keep))
    figure.show([curve], Shown(legend=True, band=True))
    first, *others = [one.get_text() for one in figure.axes.get_legend().get_texts()]
    assert first == "one"
    assert set(others) == {ENGLISH.say(ring), ENGLISH.say("band")}
