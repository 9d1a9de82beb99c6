"""The rate finder's window: its curve, its suggestion, and what a click does with it."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.runs.events import CacheProgress
from core.training.rate_curve import RateFound
from gui.model.rate_finder import RateFinderDialog
from gui.session.session import Session
from tests.support.download_server import publishing
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import open_folder, replace_training
from tests.support.window.finding import FakeFinder, replace_finder, steps

Show = Callable[..., RateFinderDialog]
KEY = "stages.1.learning_rate"


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> FakeFinder:
    return replace_finder(monkeypatch)


@pytest.fixture
def ready(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, finder: FakeFinder
) -> Session:
    """A session whose recipe, of two stages, could be trained."""
    open_folder(qtbot, session, picture_folder(per_class=5))
    return session


@pytest.fixture
def show(qtbot: QtBot, session: Session) -> Show:
    def make(stage: int = 0) -> RateFinderDialog:
        dialog = RateFinderDialog(session, stage)
        qtbot.addWidget(dialog)
        with qtbot.waitExposed(dialog):
            dialog.show()
        return dialog

    return make


def click(qtbot: QtBot, button: QPushButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def run(qtbot: QtBot, dialog: RateFinderDialog, finder: FakeFinder, found: RateFound) -> None:
    click(qtbot, dialog.start_button)
    finder.say(*steps(), found)
    qtbot.waitUntil(lambda: not dialog.is_busy)


def test_the_suggestion_is_drawn_and_applied_by_a_click(
    qtbot: QtBot, ready: Session, show: Show, finder: FakeFinder
) -> None:
    dialog = show(1)
    assert dialog.stages.currentText() == "Stage 2: block 5 + head"
    before = ready.recipe
    run(qtbot, dialog, finder, RateFound(2, 0.0031))
    assert finder.asked == [(before, 1)]
    assert ready.recipe == before, "nothing is applied unasked"
    assert "Suggested for stage 2: 0.0031." in dialog.answer.text()
    qtbot.waitUntil(lambda: dialog.canvas.is_settled, timeout=60_000)
    figure = dialog.canvas.figure
    assert figure is not None
    assert figure.axes.get_xscale() == "log"
    assert len(np.asarray(figure.smoothed.get_xdata())) == 80
    assert list(np.asarray(figure.suggested.get_xdata())) == [0.0031, 0.0031]
    assert figure.suggested.get_visible()
    click(qtbot, dialog.apply_button)
    assert ready.recipe.stages[1].learning_rate == 0.0031
    assert not dialog.apply_button.isEnabled()
    ready.undo()
    assert ready.recipe == before
    assert dialog.apply_button.isEnabled()


def test_the_curve_grows_while_it_runs(
    qtbot: QtBot, ready: Session, show: Show, finder: FakeFinder
) -> None:
    dialog = show()
    click(qtbot, dialog.start_button)
    finder.say(CacheProgress(1, 20, 80))
    qtbot.waitUntil(lambda: dialog.state.text() == "frozen blocks: 20 of 80 pictures")
    finder.say(*steps(30))
    qtbot.waitUntil(lambda: dialog.state.text() == "step 30 of 80")
    assert (dialog.bar.value(), dialog.bar.maximum()) == (30, 80)
    qtbot.waitUntil(lambda: dialog.canvas.figure is not None, timeout=60_000)
    dialog.canvas.draw_now()
    assert dialog.canvas.figure is not None
    assert len(np.asarray(dialog.canvas.figure.steps.get_xdata())) == 30
    assert not dialog.canvas.figure.suggested.get_visible()
    assert not dialog.apply_button.isEnabled()
    dialog.reject()


def test_stop_answers_at_once(qtbot: QtBot, ready: Session, show: Show, finder: FakeFinder) -> None:
    dialog = show()
    click(qtbot, dialog.start_button)
    finder.say(*steps(10))
    qtbot.waitUntil(lambda: dialog.state.text() == "step 10 of 80")
    assert dialog.start_button.text() == "Stop"
    assert not dialog.stages.isEnabled()
    click(qtbot, dialog.start_button)
    assert dialog.start_button.text() == "Start"
    assert dialog.answer.text().startswith("Stopped")
    assert not dialog.apply_button.isEnabled()
    qtbot.waitUntil(finder.stopped.is_set)


def test_closing_stops_it(qtbot: QtBot, ready: Session, show: Show, finder: FakeFinder) -> None:
    dialog = show()
    click(qtbot, dialog.start_button)
    qtbot.waitUntil(lambda: bool(finder.asked))
    dialog.close()
    assert not ready.rates.is_busy
    qtbot.waitUntil(finder.stopped.is_set)


def test_no_suggestion_is_told(
    qtbot: QtBot, ready: Session, show: Show, finder: FakeFinder
) -> None:
    dialog = show()
    run(qtbot, dialog, finder, RateFound(1, None))
    assert dialog.answer.text().startswith("The loss fell at no rate")
    assert not dialog.apply_button.isEnabled()


def test_a_later_stage_says_what_it_was_tried_on(
    qtbot: QtBot, ready: Session, show: Show, finder: FakeFinder
) -> None:
    dialog = show(1)
    run(qtbot, dialog, finder, RateFound(2, 0.01, from_start=True))
    assert "with a new head" in dialog.note.text


def test_another_stage_begins_with_an_empty_curve(
    qtbot: QtBot, ready: Session, show: Show, finder: FakeFinder
) -> None:
    dialog = show()
    run(qtbot, dialog, finder, RateFound(1, 0.01))
    dialog.stages.setCurrentIndex(1)
    assert not dialog.apply_button.isEnabled()
    assert dialog.answer.text().startswith("The learning rate of stage 2 is")
    assert not dialog.canvas.has_data()


def test_errors_are_sentences(qtbot: QtBot, ready: Session, show: Show, finder: FakeFinder) -> None:
    dialog = show()
    click(qtbot, dialog.start_button)
    finder.say(ThawError("out_of_memory"))
    qtbot.waitUntil(lambda: not dialog.is_busy)
    assert dialog.problem.text.startswith("There is not enough memory")
    assert dialog.problem.kind == "wrong"
    assert dialog.start_button.isEnabled()


def test_without_pictures_it_says_so(show: Show) -> None:
    dialog = show()
    assert not dialog.start_button.isEnabled()
    assert dialog.problem.text.startswith("No dataset is open yet")


def test_while_a_run_trains_it_says_so(
    qtbot: QtBot, ready: Session, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = replace_training(monkeypatch)
    ready.start_training()
    dialog = show()
    assert not dialog.start_button.isEnabled()
    assert dialog.problem.text.startswith("A run trains")
    with qtbot.waitSignal(ready.training_finished):
        training.may_finish.set()
    assert dialog.start_button.isEnabled()
    assert dialog.problem.text == ""


def test_missing_weights_are_downloaded_first(
    qtbot: QtBot, ready: Session, show: Show, finder: FakeFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "torchvision-v1"
    with publishing(monkeypatch, name, b"weights" * 1000):
        ready.change("model.weights", name)
        dialog = show()
        click(qtbot, dialog.start_button)
        assert dialog.download is not None
        click(qtbot, dialog.download.download_button)
        qtbot.waitUntil(lambda: bool(finder.asked))
    dialog.reject()
