"""The rate finder's window: its curve, its suggestion, and what a click does with it."""

from collections.abc import Callable

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.runs.events import CacheProgress
from core.training.rate_curve import RateFound
from gui.base import words as base_words
from gui.model.rate_finder import RateFinderDialog
from gui.session.session import Session
from tests.support.download_server import publishing
from tests.support.pictures import PictureFolder
from tests.support.window.acting import click
from tests.support.window.fakes import (
    FakeFinder,
    open_folder,
    replace_finder,
    replace_training,
    steps,
)

Show = Callable[..., RateFinderDialog]


@pytest.fixture
def finder(
    qtbot: QtBot,
    session: Session,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> FakeFinder:
    """That of a session whose recipe, of two stages, could be trained."""
    open_folder(qtbot, session, picture_folder(per_class=5))
    return replace_finder(monkeypatch)


@pytest.fixture
def show(qtbot: QtBot, session: Session) -> Show:
    def make(stage: int = 0) -> RateFinderDialog:
        dialog = RateFinderDialog(session, stage)
        qtbot.addWidget(dialog)
        with qtbot.waitExposed(dialog):
            dialog.show()
        return dialog

    return make


def run(
    qtbot: QtBot, dialog: RateFinderDialog, finder: FakeFinder, last: RateFound | ThawError
) -> None:
    click(dialog.start_button)
    finder.say(*steps(), last)
    qtbot.waitUntil(lambda: not dialog.is_busy)


def test_the_suggestion_is_drawn_and_applied_by_a_click(
    qtbot: QtBot, session: Session, show: Show, finder: FakeFinder
) -> None:
    dialog = show(1)
    assert "2" in dialog.stages.currentText()
    before = session.recipe
    run(qtbot, dialog, finder, RateFound(2, 0.0031, from_start=True))
    assert finder.asked == [(before, 1)]
    assert session.recipe == before, "nothing is applied unasked"
    assert " 2: 0.0031." in dialog.answer.text()
    assert dialog.note.text == base_words.translate("rate_from_start", {"stage": 2}) + "."
    qtbot.waitUntil(lambda: dialog.canvas.is_settled, timeout=60_000)
    figure = dialog.canvas.figure
    assert figure is not None
    assert figure.axes.get_xscale() == "log"
    assert len(np.asarray(figure.smoothed.get_xdata())) == 80
    assert list(np.asarray(figure.suggested.get_xdata())) == [0.0031, 0.0031]
    assert figure.suggested.get_visible()
    click(dialog.apply_button)
    assert session.recipe.stages[1].learning_rate == 0.0031
    assert not dialog.apply_button.isEnabled()
    session.undo()
    assert session.recipe == before
    assert dialog.apply_button.isEnabled()


def test_the_curve_grows_while_it_runs_and_stop_answers_at_once(
    qtbot: QtBot, session: Session, show: Show, finder: FakeFinder
) -> None:
    dialog = show()
    click(dialog.start_button)
    stop = dialog.start_button.text()
    assert not dialog.stages.isEnabled()
    finder.say(CacheProgress(1, 20, 80))
    qtbot.waitUntil(lambda: "20" in dialog.state.text() and "80" in dialog.state.text())
    finder.say(*steps(30))
    qtbot.waitUntil(lambda: "30" in dialog.state.text())
    assert (dialog.bar.value(), dialog.bar.maximum()) == (30, 80)
    qtbot.waitUntil(lambda: dialog.canvas.figure is not None, timeout=60_000)
    dialog.canvas.draw_now()
    assert dialog.canvas.figure is not None
    assert len(np.asarray(dialog.canvas.figure.steps.get_xdata())) == 30
    assert not dialog.canvas.figure.suggested.get_visible()
    answer = dialog.answer.text()
    click(dialog.start_button)
    assert dialog.start_button.text() != stop
    assert dialog.answer.text() != answer
    assert not dialog.apply_button.isEnabled()
    qtbot.waitUntil(finder.stopped.is_set)
    finder.stopped.clear()
    click(dialog.start_button)
    qtbot.waitUntil(lambda: len(finder.asked) == 2)
    dialog.close()
    assert not session.rates.is_busy
    qtbot.waitUntil(finder.stopped.is_set)


def test_after_an_error_without_a_suggestion_and_for_another_stage_nothing_can_be_applied(
    qtbot: QtBot, show: Show, finder: FakeFinder
) -> None:
    dialog = show()
    run(qtbot, dialog, finder, ThawError("out_of_memory"))
    assert dialog.problem.text == base_words.translate("out_of_memory", {})
    assert dialog.problem.kind == "wrong"
    answers = [dialog.answer.text()]
    run(qtbot, dialog, finder, RateFound(1, None))
    assert not dialog.apply_button.isEnabled()
    answers.append(dialog.answer.text())
    run(qtbot, dialog, finder, RateFound(1, 0.01))
    assert dialog.apply_button.isEnabled()
    answers.append(dialog.answer.text())
    dialog.stages.setCurrentIndex(1)
    assert not dialog.apply_button.isEnabled()
    assert not dialog.canvas.has_data()
    assert len({*answers, dialog.answer.text()}) == 4


def test_without_images_and_while_a_run_trains_it_cannot_start(
    qtbot: QtBot,
    session: Session,
    show: Show,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dialog = show()
    assert not dialog.start_button.isEnabled()
    assert dialog.problem.text == base_words.translate("no_dataset", {})
    open_folder(qtbot, session, picture_folder(per_class=5))
    assert dialog.start_button.isEnabled()
    training = replace_training(monkeypatch)
    session.start_training()
    assert not dialog.start_button.isEnabled()
    assert dialog.problem.text
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()
    assert dialog.start_button.isEnabled()
    assert dialog.problem.text == ""


def test_missing_weights_are_downloaded_first(
    qtbot: QtBot, session: Session, show: Show, finder: FakeFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "torchvision-v1"
    with publishing(monkeypatch, name, b"weights" * 1000):
        session.change("model.weights", name)
        dialog = show()
        click(dialog.start_button)
        assert dialog.download is not None
        click(dialog.download.download_button)
        qtbot.waitUntil(lambda: bool(finder.asked))
    dialog.reject()
