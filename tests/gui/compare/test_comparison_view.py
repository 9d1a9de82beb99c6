"""Runs side by side in the window."""

import re
from html import unescape
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from core.runs import list as run_list
from core.runs.list import RunLabel
from core.runs.places import CONFIG
from core.runs.run import Run
from gui.compare.side_by_side import ComparisonView
from gui.controls.pointed_canvas import CurvePointer
from gui.session.session import Session
from tests.support.pictures import PictureFolder
from tests.support.runs import trained_run

_LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def runs(picture_folder: PictureFolder, tmp_path: Path) -> list[Run]:
    folder = picture_folder(classes=2, per_class=20)
    half, best = "dataset.validation_fraction=0.5", "stages.0.keep=accuracy"
    bad = [False] * 8
    return [
        trained_run(folder, tmp_path / "good", (), half, best, accuracies=(0.5,)),
        trained_run(folder, tmp_path / "bad", bad, half, best, "seed=7", accuracies=(0.25,)),
        trained_run(folder, tmp_path / "other", (), half, "dataset.split_seed=3"),
    ]


@pytest.fixture
def view(qtbot: QtBot, session: Session) -> ComparisonView:
    made = ComparisonView(session)
    qtbot.addWidget(made)
    made.resize(1000, 620)
    with qtbot.waitExposed(made):
        made.show()
    return made


def _compare(qtbot: QtBot, view: ComparisonView, runs: list[Run]) -> None:
    with qtbot.waitSignal(view.compared, timeout=20_000):
        view.show_runs([one.directory for one in runs])


def test_without_runs_it_says_how_to_choose_some(qtbot: QtBot, view: ComparisonView) -> None:
    assert "Tick two runs" in view.empty.sentence.text()
    assert view.empty.isVisible()
    with qtbot.waitSignal(view.runs_asked):
        qtbot.mouseClick(view.empty.button, _LEFT)


def test_figures_test_and_differences_of_two_runs(
    qtbot: QtBot, view: ComparisonView, runs: list[Run]
) -> None:
    _compare(qtbot, view, runs[:2])
    assert not view.empty.isVisible()
    assert [row[0] for row in view.results.rows] == ["good", "bad"]
    assert view.results.rows[1][1].startswith("60.0")
    assert view.results.rows[1][4] == "12 of 20"
    assert "good is better beyond chance (p = 0.0078)" in view.verdicts.text()
    assert "a little optimistic" in view.cautions.text()
    assert view.differences.rows == [["seed", "0", "7"]]


def test_it_says_that_the_curves_are_being_drawn(
    qtbot: QtBot, view: ComparisonView, runs: list[Run]
) -> None:
    _compare(qtbot, view, runs[:2])
    words = [one.text() for one in view.canvas.findChildren(QLabel)]
    assert "Drawing the curves…" in words


def test_the_curves_are_drawn_against_what_is_chosen(
    qtbot: QtBot, view: ComparisonView, runs: list[Run]
) -> None:
    _compare(qtbot, view, runs[:2])
    qtbot.waitUntil(lambda: view.canvas.is_settled, timeout=60_000)
    figure = view.canvas.figure
    assert figure is not None
    assert list(figure.lines[0, "validation"].get_xdata()) == [1, 2]
    assert list(figure.lines[0, "validation"].get_ydata()) == [50, 100]
    qtbot.mouseClick(view.controls.axis["time"], _LEFT)
    qtbot.mouseClick(view.controls.quantity["loss"], _LEFT)
    view.controls.train.click()
    qtbot.waitUntil(lambda: (0, "train") in figure.lines, timeout=60_000)
    assert list(figure.lines[0, "validation"].get_xdata()) == [1.5, 3.0]
    assert list(figure.lines[1, "train"].get_ydata()) == [2, 1]
    assert not view.controls.band.isEnabled()


def _drawn(qtbot: QtBot, view: ComparisonView, runs: list[Run]) -> tuple[CurvePointer, QPoint]:
    """The hand over the curves of ``runs``, and where their second epoch is."""
    _compare(qtbot, view, runs)
    qtbot.waitUntil(lambda: view.canvas.is_settled, timeout=60_000)
    figure, pointer = view.canvas.figure, view.canvas.pointer
    assert figure is not None
    assert pointer is not None
    return pointer, QPoint(round(figure.axes.pixel_of(2)), 60)


def _read(view: ComparisonView) -> str:
    """What the card beside the pointer says."""
    card = view.canvas.readout
    assert card is not None
    told = re.sub("<[^>]+>", " ", unescape(card.label.text())) if card.isVisible() else ""
    return " ".join(told.split())


def test_the_runs_are_read_at_the_epoch_beside_the_pointer(
    qtbot: QtBot, view: ComparisonView, runs: list[Run]
) -> None:
    pointer, second = _drawn(qtbot, view, runs[:2])
    qtbot.mouseMove(pointer, second)
    assert "Epoch 2 ● good 100.0 % of 20, 95 % interval 84 to 100 % ■ bad 60.0 %" in _read(view)
    view.controls.train.click()
    qtbot.waitUntil(lambda: "training" in _read(view))
    qtbot.mouseMove(pointer, QPoint(2, 2))
    assert _read(view) == ""


def test_keys_read_the_runs_one_epoch_after_the_other(
    qtbot: QtBot, view: ComparisonView, runs: list[Run]
) -> None:
    pointer, _ = _drawn(qtbot, view, runs[:2])
    qtbot.mouseClick(view.controls.axis["time"], _LEFT)
    qtbot.mouseClick(view.controls.quantity["loss"], _LEFT)
    qtbot.waitUntil(lambda: view.canvas.is_settled)
    qtbot.keyClick(pointer, Qt.Key.Key_Right)
    assert "After 3.0 s ● good loss 0.5, epoch 2" in _read(view)
    qtbot.keyClick(pointer, Qt.Key.Key_Left)
    assert "After 1.5 s: good loss" in pointer.accessibleDescription().replace("\xa0", " ")


def test_a_part_of_the_curves_is_looked_at_and_all_of_them_again(
    qtbot: QtBot, view: ComparisonView, runs: list[Run]
) -> None:
    pointer, _ = _drawn(qtbot, view, runs[:2])
    figure = view.canvas.figure
    assert figure is not None
    assert not view.controls.whole.isEnabled()
    qtbot.keyClick(pointer, Qt.Key.Key_Plus)
    assert view.controls.whole.isEnabled()
    seen = figure.axes.axes.get_xlim()
    assert seen[1] - seen[0] < 2
    view.controls.train.click()
    qtbot.waitUntil(lambda: (0, "train") in figure.lines)
    assert figure.axes.axes.get_xlim() == seen
    qtbot.mouseClick(view.controls.whole, _LEFT)
    assert view.canvas.is_whole
    qtbot.keyClick(pointer, Qt.Key.Key_Plus)
    qtbot.mouseClick(view.controls.axis["pictures"], _LEFT)
    assert view.canvas.is_whole
    assert not view.controls.whole.isEnabled()


def test_a_part_that_lies_elsewhere_on_another_run_s_axis_is_left(
    qtbot: QtBot, view: ComparisonView, runs: list[Run], tmp_path: Path
) -> None:
    longer = trained_run(runs[0].folder, tmp_path / "longer", accuracies=[0.5] * 99)
    _drawn(qtbot, view, [longer, runs[1]])
    qtbot.mouseClick(view.controls.axis["time"], _LEFT)
    qtbot.waitUntil(lambda: view.canvas.is_settled)
    pointer = view.canvas.pointer
    assert pointer is not None
    qtbot.keyClick(pointer, Qt.Key.Key_Plus)
    _compare(qtbot, view, runs[:2])
    assert view.canvas.is_whole, "minutes are seconds now, and the first has none of that part"


def test_the_card_has_the_theme_s_colours(
    qtbot: QtBot, view: ComparisonView, runs: list[Run]
) -> None:
    _drawn(qtbot, view, runs[:2])
    card, palette = view.canvas.readout, view.palette()
    assert card is not None
    palette.setColor(QPalette.ColorRole.ToolTipBase, QColor("#123456"))
    view.setPalette(palette)
    assert card.palette().color(QPalette.ColorRole.ToolTipBase) == QColor("#123456")


def test_one_of_the_two_kinds_of_curve_always_stays(view: ComparisonView) -> None:
    view.controls.validation.click()
    assert view.controls.train.isChecked()
    assert (view.controls.shown.validation, view.controls.shown.train) == (False, True)


def test_a_run_can_be_left_out(qtbot: QtBot, view: ComparisonView, runs: list[Run]) -> None:
    _compare(qtbot, view, runs)
    assert "have other validation pictures" in view.verdicts.text()
    with qtbot.waitSignal(view.compared, timeout=20_000):
        qtbot.mouseClick(view.chips.chips[2].remove, _LEFT)
    assert view.directories == (runs[0].directory, runs[1].directory)
    assert "other validation pictures" not in view.verdicts.text()
    with qtbot.waitSignal(view.compared, timeout=20_000):
        qtbot.mouseClick(view.chips.chips[0].remove, _LEFT)
    assert not view.details.isVisible()
    assert "tick another" in view.notice.text
    qtbot.mouseClick(view.chips.chips[0].remove, _LEFT)
    assert view.empty.isVisible()


def test_a_run_that_cannot_be_read_is_named_and_the_others_are_compared(
    qtbot: QtBot, view: ComparisonView, runs: list[Run]
) -> None:
    (runs[2].directory / CONFIG).unlink()
    _compare(qtbot, view, runs)
    assert str(runs[2].directory) in view.notice.text
    assert [row[0] for row in view.results.rows] == ["good", "bad"]


def test_a_new_name_is_there_when_it_is_shown_again(
    qtbot: QtBot, view: ComparisonView, runs: list[Run]
) -> None:
    _compare(qtbot, view, runs[:2])
    view.hide()
    run_list.write_label(runs[0].directory, RunLabel("with flips"))
    with qtbot.waitSignal(view.compared, timeout=20_000):
        view.show()
    assert view.results.rows[0][0] == "with flips"


def test_the_comparison_becomes_a_file(
    qtbot: QtBot, view: ComparisonView, runs: list[Run], tmp_path: Path
) -> None:
    _compare(qtbot, view, runs[:2])
    file = tmp_path / "comparison.csv"
    with qtbot.waitSignal(view.export_menu.exported, timeout=20_000):
        view.export_menu.write(file)
    assert b"good" in file.read_bytes()
    assert str(file) in view.notice.text
    with qtbot.waitSignal(view.export_menu.failed, timeout=20_000):
        view.export_menu.write(file / "below.csv")
    assert "cannot be written" in view.notice.text
