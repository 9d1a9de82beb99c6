"""The curves: what is drawn where, when, and in which colours."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from core.reports.plots.run_figure import CurveFigure
from core.runs.events import Event, RunStarted, StageStarted
from core.runs.history import History, fold
from gui.base import theme
from gui.train.curve_canvas import CurveCanvas
from tests.support.window.scripted import batches, epoch, two_stages

if TYPE_CHECKING:
    from matplotlib.lines import Line2D


@pytest.fixture
def app(qapp: QApplication) -> Iterator[QApplication]:
    theme.apply(qapp, "light")
    yield qapp
    theme.apply(qapp, "system")


@pytest.fixture
def canvas(app: QApplication, qtbot: QtBot) -> CurveCanvas:
    canvas = CurveCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(700, 420)
    canvas.show()
    qtbot.waitUntil(lambda: canvas.figure is not None, timeout=60_000)  # a first list of fonts
    return canvas


def draw(canvas: CurveCanvas, events: list[Event]) -> CurveFigure:
    """Show the history of ``events`` now."""
    canvas.set_history(fold(events))
    canvas.draw_now()
    assert canvas.figure is not None
    return canvas.figure


def x_of(line: "Line2D") -> list[float]:
    """Where the points of a curve are."""
    return [float(one) for one in np.asarray(line.get_xdata())]


def y_of(line: "Line2D") -> list[float]:
    """How high the points of a curve are."""
    return [float(one) for one in np.asarray(line.get_ydata())]


def near(image: QImage, color: QColor, tolerance: int = 12) -> int:
    """How many pixels of ``image`` have about that colour."""
    wanted = np.array([color.blue(), color.green(), color.red()])
    differences = np.abs(pixels(image)[..., :3].astype(int) - wanted)
    return int((differences.max(axis=-1) <= tolerance).sum())


def pixels(image: QImage) -> NDArray[np.uint8]:
    """The bytes of ``image``: [height, width, blue green red alpha]."""
    plain = image.convertToFormat(QImage.Format.Format_ARGB32)
    array = np.frombuffer(plain.constBits(), np.uint8)
    return array.reshape(plain.height(), plain.width(), 4).copy()


def sentences(canvas: CurveCanvas) -> str:
    """The words outside the figure that are on screen."""
    return " ".join(one.text() for one in canvas.findChildren(QLabel) if one.isVisible())


def test_without_a_run_a_sentence_stands_there(canvas: CurveCanvas) -> None:
    draw(canvas, [])
    assert sentences(canvas) == "Press Train (F5): the curves grow here"
    canvas.set_placeholder("Soon")
    assert sentences(canvas) == "Soon"


def test_curves_have_the_epochs_and_every_batch(canvas: CurveCanvas) -> None:
    figure = draw(canvas, two_stages())
    accuracy, loss = figure.accuracy_lines, figure.loss_lines
    assert x_of(accuracy.validation) == [1, 2, 3]
    expected = [50, 100 * 164 / 180, 100 * 150 / 180]
    assert y_of(accuracy.validation) == pytest.approx(expected)
    assert y_of(accuracy.train) == [75, 75, 75]
    assert y_of(loss.validation) == [1.5, 0.5, 0.5]
    assert x_of(loss.batches) == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]


def test_the_plan_is_seen_from_the_start(canvas: CurveCanvas) -> None:
    figure = draw(canvas, two_stages()[:3])
    assert figure.loss.get_xlim()[1] == pytest.approx(5, rel=0.02)
    assert [x_of(line) for line in figure.stages.boundaries] == 3 * [[2, 2]]
    axes = {panel.axes for panel in figure.axes.all()}
    assert {line.axes for line in figure.stages.boundaries} == axes
    labels = [label.get_text() for label in figure.stages.labels]
    assert labels == ["stage 1: head", "stage 2: block 5 + head"]
    assert figure.stages.labels[1].get_position()[0] == 2
    assert x_of(figure.loss_lines.batches) == [0.5]


def test_a_narrow_stage_gets_a_short_name(canvas: CurveCanvas) -> None:
    started = RunStarted(epochs=(4, 1), thawed=((), (4, 5)), depth=5)
    assert [one.get_text() for one in draw(canvas, [started]).stages.labels] == [
        "stage 1: head",
        "stage 2",
    ]
    started = RunStarted(epochs=(60, 1), thawed=((), (4, 5)), depth=5)
    assert [one.get_text() for one in draw(canvas, [started]).stages.labels] == [
        "stage 1: head",
        "2",
    ]


def test_epochs_that_stand_close_have_no_dots_wider_than_the_line(canvas: CurveCanvas) -> None:
    few = draw(canvas, two_stages())
    for line in (few.loss_lines.validation, few.accuracy_lines.train):
        assert line.get_markersize() > 2 * line.get_linewidth()
    many = draw(canvas, [RunStarted(epochs=(300,), thawed=((),)), StageStarted(1, 300)])
    for line in (many.loss_lines.validation, many.accuracy_lines.train):
        assert line.get_markersize() == line.get_linewidth()
    canvas.resize(6000, 420)
    canvas.draw_now()
    assert many.loss_lines.validation.get_markersize() > 2


def test_the_best_epoch_is_marked(canvas: CurveCanvas) -> None:
    figure = draw(canvas, two_stages())
    assert x_of(figure.accuracy_lines.best) == [2]
    assert figure.best_mark.label.get_text() == "best: 2, chosen on these pictures"
    assert figure.best_mark.label.xy == (2, 0.5)
    figure = draw(canvas, [*two_stages(), epoch(2, 2, 170)])
    assert x_of(figure.loss_lines.best) == [4]
    assert figure.best_mark.label.get_text() == "best: 4, chosen on these pictures"


def test_always_guessing_the_largest_class_is_a_line(canvas: CurveCanvas) -> None:
    figure = draw(canvas, two_stages())
    assert y_of(figure.baseline) == [25, 25]
    assert figure.baseline.get_visible()
    assert figure.baseline_label.get_text() == "always the largest class: 25.0\xa0%"


def test_the_loss_axis_grows_with_the_losses(canvas: CurveCanvas) -> None:
    events = two_stages()
    figure = draw(canvas, events)
    assert figure.loss.get_ylim() == (0, 2.0)
    figure = draw(canvas, [*events, epoch(2, 2, 10, loss=7.0)])
    assert figure.loss.get_ylim() == (0, 8.0)
    assert figure.accuracy.get_ylim()[0] == 0
    assert figure.accuracy.get_ylim()[1] >= 100


def test_the_legend_says_how_training_figures_come_about(canvas: CurveCanvas) -> None:
    draw(canvas, two_stages())
    plain = sentences(canvas).replace("\xa0", " ")
    assert "training, taken while learning" in plain
    assert "augmented" not in plain
    draw(canvas, [*two_stages(), StageStarted(2, 3, (5,), augmented=True)])
    assert "on augmented pictures" in sentences(canvas).replace("\xa0", " ")


def test_the_lines_are_really_on_screen(canvas: CurveCanvas) -> None:
    draw(canvas, two_stages()[:3])
    color = theme.data_color("validation")
    legend_only = near(canvas.grab().toImage(), color)
    draw(canvas, two_stages())
    assert near(canvas.grab().toImage(), color) > legend_only + 200


def test_a_new_point_keeps_axes_and_earlier_lines(qtbot: QtBot, canvas: CurveCanvas) -> None:
    history = fold(two_stages())
    canvas.set_history(history)
    canvas.draw_now()
    before = canvas.grab().toImage()
    assert canvas.figure is not None
    assert not canvas.figure.needs_all
    history.add(batches(2, 2, 2)[0])
    canvas.mark_dirty()
    canvas.draw_now()
    after = canvas.grab().toImage()
    changed = int((pixels(before) != pixels(after)).any(axis=-1).sum())
    assert 0 < changed < 300  # one more dot in each of the two axes


def test_events_by_the_hundred_are_one_drawing(
    qtbot: QtBot, canvas: CurveCanvas, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = fold(two_stages())
    canvas.set_history(history)
    canvas.draw_now()
    shown: list[int] = []
    monkeypatch.setattr(CurveFigure, "show", lambda self, one: shown.append(len(one.batches)))
    for event in batches(2, 2, 100):
        history.add(event)
        canvas.mark_dirty()
    assert shown == []
    qtbot.waitUntil(lambda: bool(shown))
    assert shown == [106]


def test_nothing_is_drawn_while_hidden(qtbot: QtBot, canvas: CurveCanvas) -> None:
    history = fold(two_stages())
    canvas.set_history(history)
    canvas.draw_now()
    figure = canvas.figure
    assert figure is not None
    canvas.hide()
    history.add(epoch(2, 2, 170))
    canvas.mark_dirty()
    canvas.draw_now()
    assert x_of(figure.loss_lines.validation) == [1, 2, 3]
    canvas.show()
    qtbot.waitUntil(lambda: x_of(figure.loss_lines.validation) == [1, 2, 3, 4])


def test_another_run_begins_with_empty_axes(canvas: CurveCanvas) -> None:
    draw(canvas, two_stages())
    figure = draw(canvas, two_stages()[:2])
    assert x_of(figure.loss_lines.batches) == []
    assert x_of(figure.accuracy_lines.best) == []
    assert figure.best_mark.label.get_text() == ""


def test_light_and_dark_are_followed(qtbot: QtBot, app: QApplication, canvas: CurveCanvas) -> None:
    draw(canvas, two_stages())
    assert canvas.grab().toImage().pixelColor(690, 250).lightnessF() > 0.9
    theme.apply(app, "dark")
    qtbot.waitUntil(lambda: canvas.grab().toImage().pixelColor(690, 250).lightnessF() < 0.2)
    assert near(canvas.grab().toImage(), theme.data_color("validation")) > 200


def test_a_resize_keeps_every_point(qtbot: QtBot, canvas: CurveCanvas) -> None:
    draw(canvas, two_stages())
    canvas.resize(420, 260)
    qtbot.waitUntil(lambda: canvas.grab().width() == 420)
    assert near(canvas.grab().toImage(), theme.data_color("validation")) > 100


def test_a_screen_reader_hears_where_the_curves_are(canvas: CurveCanvas) -> None:
    draw(canvas, two_stages())
    heard = canvas.accessibleDescription().replace("\xa0", " ")
    assert heard == "After epoch 3: validation accuracy 83.3 %, training accuracy 75.0 %"


def test_a_history_from_before_is_drawn_once_matplotlib_is_there(
    app: QApplication, qtbot: QtBot
) -> None:
    canvas = CurveCanvas()
    qtbot.addWidget(canvas)
    canvas.set_history(fold(two_stages()))
    canvas.show()

    def drawn() -> bool:
        figure = canvas.figure
        return figure is not None and len(x_of(figure.loss_lines.train)) == 3

    qtbot.waitUntil(drawn, timeout=60_000)
    canvas.set_history(History())
    canvas.draw_now()
    assert "Press Train" in sentences(canvas)
