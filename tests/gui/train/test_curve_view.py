"""What a person may ask of the curves: another part, another look, the words, a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.reports.plots.points import CurveOptions
from core.reports.plots.run_figure import CurveFigure
from core.runs.history import fold
from gui.base import theme
from gui.controls.pointed_canvas import CurvePointer
from gui.session.settings import Settings
from gui.train.curves import CurveView
from tests.support.window.scripted import epoch, two_stages


@pytest.fixture
def view(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[CurveView]:
    theme.apply(qapp, "light")
    view = CurveView(Settings(tmp_path / "settings"))
    qtbot.addWidget(view)
    view.resize(800, 560)
    view.set_history(fold(two_stages()), "a run")
    view.show()
    qtbot.waitUntil(lambda: view.canvas.is_settled, timeout=120_000)
    yield view
    theme.apply(qapp, "system")


def figure_of(view: CurveView) -> CurveFigure:
    assert view.canvas.figure is not None
    return view.canvas.figure


def pointer_of(view: CurveView) -> CurvePointer:
    assert view.canvas.pointer is not None
    return view.canvas.pointer


def at(view: CurveView, position: float, y: int = 60) -> QPoint:
    """Where an epoch is."""
    return QPoint(round(figure_of(view).axes.pixel_of(position)), y)


def words(view: CurveView) -> str:
    """What the card beside the pointer says."""
    card = view.canvas.readout
    assert card is not None
    return card.label.text().replace("\xa0", " ") if card.isVisible() else ""


def test_the_nearest_epoch_is_read_beside_the_pointer(qtbot: QtBot, view: CurveView) -> None:
    pointer = pointer_of(view)
    qtbot.mouseMove(pointer, at(view, 2.2))
    assert "Epoch 2" in words(view)
    assert "91.1 %, 164 of 180 pictures" in words(view)
    assert "95 % interval 86 to 94 %" in words(view)
    qtbot.mouseMove(pointer, at(view, 3))
    assert "Epoch 3 (stage 2, its epoch 1)" in words(view)
    qtbot.mouseMove(pointer, QPoint(3, 3))
    assert words(view) == ""


def test_keys_read_one_epoch_after_the_other(qtbot: QtBot, view: CurveView) -> None:
    pointer = pointer_of(view)
    qtbot.keyClick(pointer, Qt.Key.Key_Left)
    assert "Epoch 3" in words(view)
    qtbot.keyClick(pointer, Qt.Key.Key_Left)
    assert "Epoch 2" in words(view)
    assert "164 of 180" in pointer.accessibleDescription()
    qtbot.keyClick(pointer, Qt.Key.Key_Escape)
    assert words(view) == ""


def test_the_wheel_zooms_and_a_double_click_shows_all(qtbot: QtBot, view: CurveView) -> None:
    pointer, place = pointer_of(view), QPointF(at(view, 2))
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
    left, right = figure_of(view).accuracy.get_xlim()
    assert right - left < 4
    qtbot.mouseDClick(pointer, Qt.MouseButton.LeftButton, pos=at(view, 2))
    assert view.canvas.is_whole
    assert not view.controls.whole.isEnabled()


def test_a_rectangle_is_zoomed_into_and_dragged_about(qtbot: QtBot, view: CurveView) -> None:
    pointer, figure = pointer_of(view), figure_of(view)
    start, end = at(view, 2, 50), at(view, 4, 110)
    shift, button = Qt.KeyboardModifier.ShiftModifier, Qt.MouseButton.LeftButton
    qtbot.mousePress(pointer, button, shift, start)
    qtbot.mouseMove(pointer, end)
    qtbot.mouseRelease(pointer, button, shift, end)
    left, right = figure.accuracy.get_xlim()
    assert (left, right) == (pytest.approx(2, abs=0.1), pytest.approx(4, abs=0.1))
    qtbot.mousePress(pointer, button, pos=QPoint(400, 80))
    qtbot.mouseMove(pointer, QPoint(500, 80))
    qtbot.mouseRelease(pointer, button, pos=QPoint(500, 80))
    assert figure.accuracy.get_xlim()[0] < left
    view.canvas.history.add(epoch(2, 2, 170))
    view.canvas.mark_dirty()
    view.canvas.draw_now()
    assert figure.accuracy.get_xlim()[0] < left
    view.controls.whole.click()
    assert view.canvas.is_whole


def test_dragging_frames_a_part_where_all_of_the_run_is_shown(
    qtbot: QtBot, view: CurveView
) -> None:
    pointer, button = pointer_of(view), Qt.MouseButton.LeftButton
    start, end = at(view, 2, 50), at(view, 4, 110)
    qtbot.mouseMove(pointer, start)
    assert words(view)
    qtbot.mousePress(pointer, button, pos=start)
    assert words(view) == ""  # or it would cover what is framed
    qtbot.mouseMove(pointer, end)
    qtbot.mouseRelease(pointer, button, pos=end)
    left, right = figure_of(view).accuracy.get_xlim()
    assert (left, right) == (pytest.approx(2, abs=0.1), pytest.approx(4, abs=0.1))


def test_the_frame_of_the_focus_lies_where_it_was_when_a_reading_comes(
    qtbot: QtBot, view: CurveView
) -> None:
    def frame() -> list[QColor]:
        image = pointer.grab().toImage()
        return [image.pixelColor(40, y) for y in range(image.height() - 6, image.height())]

    pointer = pointer_of(view)
    view.activateWindow()
    pointer.setFocus()
    qtbot.waitUntil(pointer.hasFocus)
    before = frame()
    assert len({one.name() for one in before}) > 1  # it is there
    qtbot.keyClick(pointer, Qt.Key.Key_Left)
    assert words(view)
    assert frame() == before


def test_another_run_is_seen_whole(view: CurveView) -> None:
    pointer_of(view).zoomed.emit(300.0, 60.0, 0.5)
    assert not view.canvas.is_whole
    view.set_history(fold(two_stages()))
    assert view.canvas.is_whole


def test_how_curves_are_looked_at_is_remembered(
    qtbot: QtBot, view: CurveView, tmp_path: Path
) -> None:
    view.controls.slider.setValue(60)
    view.controls.log.click()
    view.controls.rates.click()
    view.canvas.draw_now()
    assert figure_of(view).loss.get_yscale() == "log"
    assert not figure_of(view).axes.rates.axes.get_visible()
    assert figure_of(view).loss_lines.validation_raw.get_visible()
    again = CurveView(Settings(tmp_path / "settings"))
    qtbot.addWidget(again)
    assert again.canvas.options == CurveOptions(0.6, log_loss=True, rates=False)
    assert again.controls.log.isChecked()
    assert again.controls.slider.value() == 60


def test_damaged_settings_are_the_usual_ones(tmp_path: Path) -> None:
    (tmp_path / "thaw.ini").write_text("[curves]\nsmoothing=much\n", "utf-8")
    assert Settings(tmp_path).curve_options == CurveOptions()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thaw.ini").write_text("[curves]\nsmoothing=7\n", "utf-8")
    assert Settings(tmp_path / "other").curve_options.smoothing < 1


def test_figure_and_numbers_are_written(qtbot: QtBot, view: CurveView, tmp_path: Path) -> None:
    view.menu.aboutToShow.emit()
    for name in ("curves.svg", "curves.csv"):
        path = tmp_path / name
        with qtbot.waitSignal(view.menu.exported, timeout=120_000) as told:
            (view.menu.save_figure if name.endswith("svg") else view.menu.save_numbers)(path)
        assert str(path) in told.args[0]
    assert "best: 2, chosen on these pictures" in (tmp_path / "curves.svg").read_text("utf-8")
    assert len((tmp_path / "curves.csv").read_text("utf-8-sig").splitlines()) == 4


def test_the_figure_is_copied(qtbot: QtBot, view: CurveView) -> None:
    view.menu.aboutToShow.emit()
    with qtbot.waitSignal(view.menu.exported, timeout=120_000):
        view.menu.copy_figure()
    assert QGuiApplication.clipboard().image().width() > 1000


def test_a_place_that_cannot_be_written_is_told(
    qtbot: QtBot, view: CurveView, tmp_path: Path
) -> None:
    view.menu.aboutToShow.emit()
    (tmp_path / "file").touch()
    with qtbot.waitSignal(view.failed, timeout=120_000) as told:
        view.menu.save_numbers(tmp_path / "file" / "curves.csv")
    assert isinstance(told.args[0], ThawError)


def test_while_the_size_changes_the_last_picture_is_stretched(
    qtbot: QtBot, view: CurveView
) -> None:
    figure = figure_of(view)
    width = figure.figure.bbox.width
    view.resize(1000, 700)
    assert not view.canvas.is_settled
    assert figure.figure.bbox.width == width
    assert view.canvas.grab().width() > width
    qtbot.waitUntil(lambda: view.canvas.is_settled, timeout=120_000)
    assert figure.figure.bbox.width > width
