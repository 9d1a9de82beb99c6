"""The figure says what the marks say: an arrow only where it is true."""

import io
from dataclasses import replace

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from core.experiments import figure as experiment_figure
from core.experiments.marks import Marks, of_histories
from core.experiments.text import ENGLISH
from core.reports.plots.style import DARK, LIGHT
from tests.support.experiments import HIGH, LOW, NEVER, history, marks

NAMED = {"high": "pretrained", "low": "random weights"}


def words(found: Marks) -> set[str]:
    figure = Figure()
    experiment_figure.draw(figure, found, NAMED, ENGLISH, LIGHT)
    return {text.get_text() for text in figure.axes[0].texts if text.get_text()}


def legend(figure: Figure) -> list[str]:
    (found,) = figure.legends
    return [text.get_text() for text in found.get_texts()]


def test_names_stand_as_a_person_wrote_them() -> None:
    named = {"high": "_x", "low": r"$\frac{a"}
    for draw in (experiment_figure.draw, experiment_figure.draw_times):
        figure = Figure()
        draw(figure, marks(HIGH, LOW), named, ENGLISH, LIGHT)
        assert legend(figure) == list(named.values())
        figure.savefig(io.BytesIO())


def test_each_true_mark_has_its_arrow() -> None:
    arrows = {"higher start", "higher slope", "higher asymptote"}
    assert arrows <= words(marks(HIGH, LOW))


def test_what_is_not_told_apart_has_none() -> None:
    assert words(marks(HIGH, HIGH)) == {"always the largest class: 10.0 %"}


def test_an_arm_at_chance_has_only_a_start() -> None:
    found = words(marks(HIGH, NEVER))
    assert "higher start" in found
    assert not {"higher slope", "higher asymptote"} & found


@pytest.mark.parametrize("target", [0.12, 0.3, 0.36, 0.42, 0.58])
def test_the_label_of_the_start_leaves_the_arrow_of_the_slope_free(target: float) -> None:
    figure = Figure(figsize=(8, 4))
    found = replace(marks(HIGH, LOW), target=target)
    experiment_figure.draw(figure, found, NAMED, ENGLISH, LIGHT)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    box = next(one for one in axes.texts if one.get_text() == "higher start").get_window_extent()
    _, level = axes.transData.transform((1, 100 * target))
    assert not box.y0 <= level <= box.y1


def test_an_arrow_leads_to_the_higher_arm_whichever_was_expected() -> None:
    figure = Figure()
    experiment_figure.draw(figure, marks(LOW, HIGH), NAMED, ENGLISH, LIGHT)
    start = next(one for one in figure.axes[0].texts if getattr(one, "arrow_patch", None))
    assert isinstance(start, Annotation)
    assert start.xy[1] == pytest.approx(61.0)


def test_minutes_stand_beside_accuracy() -> None:
    figure = Figure()
    experiment_figure.draw_times(figure, marks(HIGH, LOW), NAMED, ENGLISH, DARK)
    axes = figure.axes[0]
    assert legend(figure) == ["pretrained", "random weights"]
    assert axes.get_xlabel() == "seconds a run took", "30 of them"
    histories = {name: [history([0.6] * 20)] for name in NAMED}
    experiment_figure.draw_times(figure, of_histories(histories, []), NAMED, ENGLISH, DARK)
    assert figure.axes[0].get_xlabel() == "minutes a run took"


@pytest.mark.parametrize("width", [4.0, 8.0, 16.0])
def test_the_legend_stays_within_the_figure(width: float) -> None:
    named = {name: f"{name}: Fine-tune the last block, 224 px, 30 epochs" for name in NAMED}
    figure = Figure(figsize=(width, 3.6), layout="constrained")
    experiment_figure.draw(figure, marks(HIGH, LOW), named, ENGLISH, LIGHT)
    FigureCanvasAgg(figure).draw()
    box = figure.legends[0].get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.width


@pytest.mark.parametrize(
    ("kind", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
)
def test_it_is_a_file_always_the_same(kind: str, begins: bytes) -> None:
    first, again = (
        experiment_figure.picture(kind, marks(HIGH, LOW), NAMED, ENGLISH) for _ in range(2)
    )
    assert first.startswith(begins)
    assert first == again


def test_the_run_that_trains_is_a_thin_line_in_its_arms_colour() -> None:
    figure, found = Figure(), marks(HIGH, LOW)
    experiment_figure.draw(figure, found, NAMED, ENGLISH, LIGHT, live=("low", [0.1, 0.3]))
    thin = figure.axes[0].get_lines()[2]
    assert list(thin.get_ydata()) == [10.0, 30.0]
    low = figure.axes[0].get_lines()[1]
    figure = Figure()
    first = of_histories({"high": [history(one) for one in HIGH], "low": []}, [])
    experiment_figure.draw(figure, first, NAMED, ENGLISH, LIGHT, live=("low", [0.1]))
    assert legend(figure) == list(NAMED.values()), "its name stands there from its first epoch"
    assert (thin.get_color(), thin.get_linewidth() < low.get_linewidth()) == (low.get_color(), True)
