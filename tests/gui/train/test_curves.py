"""The curves: what is drawn where, when and in which colours, and what a person may ask of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPalette, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.reports.plots.points import CurveOptions
from core.reports.plots.run_figure import CurveFigure
from core.reports.words import ENGLISH
from core.runs.events import Event, RunStarted, StageStarted
from core.runs.history import History, fold
from gui.base import theme
from gui.recipe import words as recipe_words
from gui.session.settings import Settings
from gui.train import curve_canvas
from gui.train.curve_canvas import CurveCanvas
from gui.train.curves import CurveView
from tests.support.histories import history
from tests.support.window.fakes import batches, epoch, two_stages

PATIENCE = 60_000  # milliseconds: a first list of fonts takes a while


@pytest.fixture
def canvas(app: QApplication, qtbot: QtBot) -> CurveCanvas:
    theme.apply(app, "light")
    canvas = CurveCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(700, 420)
    canvas.show()
    qtbot.waitUntil(lambda: canvas.figure is not None, timeout=PATIENCE)
    return canvas


def draw(canvas: CurveCanvas, events: list[Event]) -> CurveFigure:
    """Show the history of ``events`` now."""
    canvas.set_history(fold(events))
    canvas.draw_now()
    return canvas.figure


def x_of(line: Any) -> list[float]:
    """Where the points of a curve are."""
    return [float(one) for one in np.asarray(line.get_xdata())]


def y_of(line: Any) -> list[float]:
    """How high the points of a curve are."""
    return [float(one) for one in np.asarray(line.get_ydata())]


def near(canvas: CurveCanvas, name: str, tolerance: int = 12) -> int:
    """How many pixels on screen have about that colour of the theme."""
    color = theme.data_color(name)
    wanted = np.array([color.blue(), color.green(), color.red()])
    differences = np.abs(pixels(canvas)[..., :3].astype(int) - wanted)
    return int((differences.max(axis=-1) <= tolerance).sum())


def pixels(canvas: CurveCanvas) -> np.ndarray:
    """What is on screen: [height, width, blue green red alpha]."""
    plain = canvas.grab().toImage().convertToFormat(QImage.Format.Format_ARGB32)
    array = np.frombuffer(plain.constBits(), np.uint8)
    return array.reshape(plain.height(), plain.width(), 4).copy()


def sentences(canvas: CurveCanvas) -> str:
    """The words outside the figure that are on screen."""
    return " ".join(one.text() for one in canvas.findChildren(QLabel) if one.isVisible())


# -- what is drawn --------------------------------------------------------------------------


def test_curves_have_the_epochs_every_batch_and_the_best(canvas: CurveCanvas) -> None:
    figure = draw(canvas, two_stages())
    accuracy, loss = figure.accuracy, figure.loss
    assert x_of(accuracy.validation) == [1, 2, 3]
    expected = [50, 100 * 164 / 180, 100 * 150 / 180]
    assert y_of(accuracy.validation) == pytest.approx(expected)
    assert len(set(y_of(accuracy.train))) == 1
    assert y_of(loss.validation) == [1.5, 0.5, 0.5]
    assert figure.loss.axes.get_ylim() == (0, 2.0)
    assert x_of(loss.batches) == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    assert x_of(accuracy.best) == [2]
    assert figure.best_mark.label.get_text().startswith("best: 2")
    assert figure.best_mark.label.xy == (2, 0.5)
    assert y_of(figure.baseline) == [25, 25]  # the largest class
    assert figure.baseline.get_visible()
    assert "25.0\xa0%" in figure.baseline_label.get_text()
    for value in ("3", "83.3"):
        assert value in canvas.accessibleDescription()
    figure = draw(canvas, [*two_stages(), epoch(2, 2, 170, loss=7.0)])
    assert x_of(figure.loss.best) == [4]
    assert figure.best_mark.label.get_text().startswith("best: 4")
    assert figure.loss.axes.get_ylim() == (0, 8.0)
    assert figure.accuracy.axes.get_ylim() == (0, pytest.approx(102, abs=2))
    figure = draw(canvas, two_stages()[:2])  # another run begins with empty axes
    assert x_of(figure.loss.batches) == []
    assert x_of(figure.accuracy.best) == []
    assert figure.best_mark.label.get_text() == ""


def test_the_plan_is_seen_from_the_start(canvas: CurveCanvas) -> None:
    figure = draw(canvas, two_stages()[:3])
    assert figure.loss.axes.get_xlim()[1] == pytest.approx(5, rel=0.02)
    assert [x_of(line) for line in figure.stages.boundaries] == 3 * [[2, 2]]
    axes = {panel.axes for panel in figure.panels}
    assert {line.axes for line in figure.stages.boundaries} == axes
    labels = [label.get_text() for label in figure.stages.labels]
    assert labels == ["stage 1: head", "stage 2: block 5 + head"]
    assert figure.stages.labels[1].get_position()[0] == 2
    assert x_of(figure.loss.batches) == [0.5]
    for epochs, second in ((4, "stage 2"), (60, "2")):  # a narrow stage has a short name
        started = RunStarted(epochs=(epochs, 1), thawed=((), (4, 5)), depth=5)
        labels = [one.get_text() for one in draw(canvas, [started]).stages.labels]
        assert labels == ["stage 1: head", second]


def test_a_placeholder_waits_for_run_and_matplotlib(app: QApplication, qtbot: QtBot) -> None:
    canvas = CurveCanvas()
    qtbot.addWidget(canvas)
    canvas.set_placeholder("Soon")
    canvas.set_history(fold(two_stages()))
    canvas.show()

    def drawn() -> bool:
        figure = canvas.figure
        return figure is not None and len(x_of(figure.loss.train)) == 3

    qtbot.waitUntil(drawn, timeout=PATIENCE)
    plain = sentences(canvas)
    assert "Soon" not in plain
    draw(canvas, [*two_stages(), StageStarted(2, 3, (5,), augmented=True)])
    assert sentences(canvas) != plain  # the legend says that training was augmented
    draw(canvas, [])
    assert sentences(canvas) == "Soon"


# -- on screen ------------------------------------------------------------------------------


def test_the_lines_are_really_on_screen_in_light_and_dark_and_any_size(
    qtbot: QtBot, app: QApplication, canvas: CurveCanvas
) -> None:
    draw(canvas, two_stages()[:3])
    legend_only = near(canvas, "validation")
    draw(canvas, two_stages())
    assert near(canvas, "validation") > legend_only + 200
    assert pixels(canvas)[250, 690].min() > 230
    theme.apply(app, "dark")
    qtbot.waitUntil(lambda: bool(pixels(canvas)[250, 690, :3].max() < 50))
    assert near(canvas, "validation") > 200
    canvas.resize(420, 260)
    qtbot.waitUntil(lambda: canvas.grab().width() == 420)
    assert near(canvas, "validation") > 100


def test_a_new_point_keeps_axes_and_earlier_lines_and_waits_while_hidden(
    qtbot: QtBot, canvas: CurveCanvas, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = draw(canvas, two_stages())
    before = pixels(canvas)
    assert not figure.needs_all
    canvas.history.add(batches(2, 2, 2)[0])
    canvas.mark_dirty()
    canvas.draw_now()
    changed = int((before != pixels(canvas)).any(axis=-1).sum())
    assert 0 < changed < 300  # one more dot in each of the two axes
    canvas.hide()
    canvas.history.add(epoch(2, 2, 170))
    canvas.mark_dirty()
    canvas.draw_now()
    assert x_of(figure.loss.validation) == [1, 2, 3]
    canvas.show()
    qtbot.waitUntil(lambda: x_of(figure.loss.validation) == [1, 2, 3, 4])
    shown: list[int] = []
    monkeypatch.setattr(CurveFigure, "show", lambda self, one: shown.append(len(one.batches)))
    for event in batches(2, 3, 100):
        canvas.history.add(event)
        canvas.mark_dirty()
    assert shown == []
    qtbot.waitUntil(lambda: bool(shown))
    assert shown == [107], "events by the hundred are one drawing"


# -- words ----------------------------------------------------------------------------------


@settings(max_examples=30)
@given(
    share=st.one_of(st.sampled_from([0.0, 0.0001, 0.9999, 1.0]), st.floats(0, 1)),
    thawed=st.sets(st.integers(1, 5)).map(lambda blocks: tuple(sorted(blocks))),
    count=st.one_of(st.sampled_from([1, 9999, 10_000, 99_960]), st.integers(1, 2 * 10**9)),
)
def test_window_and_files_use_the_same_words(
    share: float, thawed: Sequence[int], count: int
) -> None:
    window = recipe_words.curve_words()
    assert window.baseline(share).replace("\xa0", " ") == ENGLISH.baseline(share)
    told = tuple(one.replace("\xa0", " ") for one in window.stage(2, thawed, 5, count))
    assert told == tuple(ENGLISH.stage(2, thawed, 5, count))


def test_the_legend_differs_by_how_the_epoch_was_chosen() -> None:
    ways = ("accuracy", "loss", "last")
    histories = [history((0.5, 0.75), keep=keep, outcome=None) for keep in ways]
    legends = {curve_canvas.legend_words(one, QPalette()) for one in histories}
    assert len(legends) == 3
    assert len(curve_canvas.legend_words(History(), QPalette())) < min(map(len, legends))


# -- asking the curves ----------------------------------------------------------------------

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def view(app: QApplication, qtbot: QtBot, tmp_path: Path) -> CurveView:
    theme.apply(app, "light")
    view = CurveView(Settings(tmp_path / "settings"))
    qtbot.addWidget(view)
    view.resize(800, 560)
    view.set_history(fold(two_stages()), "a run")
    view.show()
    qtbot.waitUntil(lambda: view.canvas.is_settled, timeout=PATIENCE)
    return view


def at(view: CurveView, position: float, y: int = 60) -> QPoint:
    """Where an epoch is."""
    return QPoint(round(view.canvas.figure.viewport.pixel_of(position)), y)


def words(view: CurveView) -> str:
    """What the card beside the pointer says."""
    card = view.canvas.readout
    return card.label.text().replace("\xa0", " ") if card.isVisible() else ""


def test_the_nearest_epoch_is_read_beside_the_pointer_or_with_keys(
    qtbot: QtBot, view: CurveView
) -> None:
    pointer = view.canvas.pointer
    qtbot.mouseMove(pointer, at(view, 2.2))
    for value in ("Epoch 2", "91.1 %", "164 of 180", "86 to 94 %"):
        assert value in words(view)
    qtbot.mouseMove(pointer, at(view, 3))
    assert "Epoch 3" in words(view)
    assert "stage 2" in words(view)
    qtbot.mouseMove(pointer, QPoint(3, 3))
    assert words(view) == ""
    view.activateWindow()
    pointer.setFocus()
    qtbot.waitUntil(pointer.hasFocus)
    qtbot.keyClick(pointer, Qt.Key.Key_Left)
    assert "Epoch 3" in words(view)
    qtbot.keyClick(pointer, Qt.Key.Key_Left)
    assert "Epoch 2" in words(view)
    assert "164 of 180" in pointer.accessibleDescription()
    qtbot.keyClick(pointer, Qt.Key.Key_Escape)
    assert words(view) == ""


def test_the_wheel_zooms_and_a_double_click_shows_all(qtbot: QtBot, view: CurveView) -> None:
    pointer, place = view.canvas.pointer, QPointF(at(view, 2))
    assert not view.controls.whole.isEnabled()
    turned = QWheelEvent(
        place,
        QPointF(pointer.mapToGlobal(place.toPoint())),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(pointer, turned)
    assert view.controls.whole.isEnabled()
    left, right = view.canvas.figure.accuracy.axes.get_xlim()
    assert right - left < 4
    qtbot.mouseDClick(pointer, LEFT, pos=at(view, 2))
    assert view.canvas.is_whole
    assert not view.controls.whole.isEnabled()
    pointer.zoomed.emit(300.0, 60.0, 0.5)
    assert not view.canvas.is_whole
    view.set_history(fold(two_stages()))
    assert view.canvas.is_whole


@pytest.mark.parametrize("shift", [False, True])
def test_a_rectangle_is_zoomed_and_dragged(qtbot: QtBot, view: CurveView, shift: bool) -> None:
    def drag(start: QPoint, end: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        qtbot.mousePress(pointer, LEFT, modifiers, start)
        assert words(view) == ""  # or it would cover what is framed
        qtbot.mouseMove(pointer, end)
        qtbot.mouseRelease(pointer, LEFT, modifiers, end)

    pointer, figure = view.canvas.pointer, view.canvas.figure
    none = Qt.KeyboardModifier.NoModifier
    qtbot.mouseMove(pointer, at(view, 1, 90))  # a mouse that is there already sends no event
    qtbot.mouseMove(pointer, at(view, 2, 50))
    assert words(view)
    drag(at(view, 2, 50), at(view, 4, 110), Qt.KeyboardModifier.ShiftModifier if shift else none)
    left, right = figure.accuracy.axes.get_xlim()
    assert (left, right) == (pytest.approx(2, abs=0.1), pytest.approx(4, abs=0.1))
    drag(QPoint(400, 80), QPoint(500, 80), none)
    assert figure.accuracy.axes.get_xlim()[0] < left
    view.canvas.history.add(epoch(2, 2, 170))
    view.canvas.mark_dirty()
    view.canvas.draw_now()
    assert figure.accuracy.axes.get_xlim()[0] < left
    view.controls.whole.click()
    assert view.canvas.is_whole


def test_the_look_of_curves_is_remembered_and_a_new_size_stretches_the_last_drawing(
    qtbot: QtBot, view: CurveView, tmp_path: Path
) -> None:
    view.controls.slider.setValue(60)
    view.controls.log.click()
    view.controls.rates.click()
    view.canvas.draw_now()
    figure = view.canvas.figure
    assert figure.loss.axes.get_yscale() == "log"
    assert not figure.rates.axes.get_visible()
    assert figure.loss.validation_raw.get_visible()
    again = CurveView(Settings(tmp_path / "settings"))
    qtbot.addWidget(again)
    assert again.canvas.options == CurveOptions(0.6, log_loss=True, rates=False)
    assert again.controls.log.isChecked()
    assert again.controls.slider.value() == 60
    width = figure.figure.bbox.width
    view.resize(1000, 700)
    assert not view.canvas.is_settled
    assert figure.figure.bbox.width == width
    assert view.canvas.grab().width() > width
    qtbot.waitUntil(lambda: view.canvas.is_settled, timeout=PATIENCE)
    assert figure.figure.bbox.width > width


def test_figure_and_numbers_are_exported(qtbot: QtBot, view: CurveView, tmp_path: Path) -> None:
    view.menu.aboutToShow.emit()
    for name in ("curves.svg", "curves.csv"):
        path = tmp_path / name
        with qtbot.waitSignal(view.menu.exported, timeout=PATIENCE) as told:
            (view.menu.save_figure if name.endswith("svg") else view.menu.save_numbers)(path)
        assert str(path) in told.args[0]
    assert "best: 2" in (tmp_path / "curves.svg").read_text("utf-8")
    assert len((tmp_path / "curves.csv").read_text("utf-8-sig").splitlines()) == 4
    with qtbot.waitSignal(view.menu.exported, timeout=PATIENCE):
        view.menu.copy_figure()
    assert QGuiApplication.clipboard().image().width() > 1000
    with qtbot.waitSignal(view.failed, timeout=PATIENCE) as told:
        view.menu.save_numbers(tmp_path / "curves.csv" / "curves.csv")
    assert isinstance(told.args[0], ThawError)
