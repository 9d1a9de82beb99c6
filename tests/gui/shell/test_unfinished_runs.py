"""Runs that were cut off are offered at the start: resume, show, dismiss."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.dataset import summary as dataset_summary
from core.recipe.config import RunConfig, StageConfig
from core.runs import places
from core.runs.events import Event, RunFinished, RunStarted, StageStarted
from core.runs.places import SUMMARY
from core.runs.run import Run
from gui.base import words as base_words
from gui.results import score
from gui.session.session import Session
from gui.shell.window import MainWindow
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import FakePage, FakeTraining, open_folder, replace_training
from tests.support.window.scripted import epoch

CutOff = Callable[..., Path]


@pytest.fixture
def cut_off(session: Session, picture_folder: PictureFolder, tmp_path: Path) -> CutOff:
    """Leaves a run as one that was killed does, after some epochs of its first stage."""
    folder = picture_folder(per_class=5)
    session.settings.runs_folder = tmp_path / "runs"

    def make(name: str, epochs: int = 6, created: str = "2026-01-01T10:00:00+00:00") -> Path:
        summary = dataset_summary.scan(folder)
        config = RunConfig(stages=(StageConfig(epochs=20), StageConfig(epochs=3, thawed=(5,))))
        run = Run.create(tmp_path / "runs" / name, config, summary)
        events: list[Event] = [RunStarted(run.classes, 8, 2, epochs=(20, 3), thawed=((), (5,)))]
        events.append(StageStarted(1, 20))
        events += [epoch(1, number, 90) for number in range(1, epochs + 1)]
        for event in events:
            run.append(event)
        file = run.directory / SUMMARY
        file.write_text(json.dumps({**json.loads(file.read_text()), "created": created}))
        return run.directory

    return make


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    return replace_training(monkeypatch)


@pytest.fixture
def window(qtbot: QtBot, session: Session) -> MainWindow:
    made = MainWindow(session, FakePage)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def _look(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.unfinished.looked):
        window.unfinished.look()


def _click(qtbot: QtBot, button: QPushButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_without_one_nothing_is_said(qtbot: QtBot, window: MainWindow) -> None:
    _look(qtbot, window)
    assert window.offer.text == ""
    assert not window.offer.isVisible()


def test_it_says_which_run_and_where_it_was_cut_off(
    qtbot: QtBot, window: MainWindow, cut_off: CutOff
) -> None:
    cut_off("cats-and-dogs")
    _look(qtbot, window)
    assert window.offer.text == (
        "The run cats-and-dogs stopped unexpectedly at stage 1, epoch 7 of 20."
    )
    assert window.offer.isVisible()


def test_one_that_was_cut_off_while_it_was_set_up_says_so(
    qtbot: QtBot, window: MainWindow, cut_off: CutOff
) -> None:
    (cut_off("cats") / "history.jsonl").write_bytes(b"")
    _look(qtbot, window)
    assert window.offer.text == "The run cats stopped unexpectedly before its first epoch."


def test_resume_goes_on_with_it(
    qtbot: QtBot, window: MainWindow, session: Session, cut_off: CutOff, training: FakeTraining
) -> None:
    directory = cut_off("cats")
    _look(qtbot, window)
    with qtbot.waitSignal(session.run_created):
        _click(qtbot, window.unfinished.resume_button)
    assert session.run is not None
    assert session.run.directory == directory
    assert len(session.history.epochs) == 6
    assert window.step == "train"
    assert not window.offer.isVisible()
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()


def test_show_opens_it_without_training(
    qtbot: QtBot, window: MainWindow, session: Session, cut_off: CutOff
) -> None:
    directory = cut_off("cats")
    _look(qtbot, window)
    with qtbot.waitSignal(session.run_shown):
        _click(qtbot, window.unfinished.show_button)
    assert session.run is not None
    assert session.run.directory == directory
    assert not session.is_training
    assert session.can_resume
    assert window.step == "train"
    assert window.offer.text == ""
    assert score.headline(session) == (
        "Stopped unexpectedly after 6 of 23 epochs; this is the kept one."
    )


def test_what_is_dismissed_is_not_offered_at_the_next_start(
    qtbot: QtBot, window: MainWindow, cut_off: CutOff
) -> None:
    directory = cut_off("cats")
    _look(qtbot, window)
    _click(qtbot, window.unfinished.dismiss_button)
    assert window.offer.text == ""
    _look(qtbot, window)
    assert window.offer.text == ""
    assert directory.is_dir()


def test_several_are_offered_one_after_the_other_the_newest_first(
    qtbot: QtBot, window: MainWindow, cut_off: CutOff
) -> None:
    cut_off("old", created="2025-01-01T10:00:00+00:00")
    cut_off("new", created="2026-01-01T10:00:00+00:00")
    _look(qtbot, window)
    assert window.offer.text.startswith("The run new stopped")
    assert window.offer.text.endswith("(1 more)")
    _click(qtbot, window.unfinished.dismiss_button)
    assert window.offer.text.startswith("The run old stopped")


def test_a_run_that_another_process_trains_is_not_offered(
    qtbot: QtBot, window: MainWindow, cut_off: CutOff
) -> None:
    with places.held(cut_off("cats")):
        _look(qtbot, window)
    assert window.offer.text == ""


def test_one_that_another_process_took_meanwhile_is_told_with_its_number(
    qtbot: QtBot, window: MainWindow, session: Session, cut_off: CutOff, training: FakeTraining
) -> None:
    directory = cut_off("cats")
    _look(qtbot, window)
    with places.held(directory), qtbot.waitSignal(session.training_failed) as failed:
        _click(qtbot, window.unfinished.resume_button)
    said = base_words.error_text(failed.args[0])
    assert said.startswith(f"Another process (number {os.getpid()}) trains the run")
    assert window.step == "train"
    assert window.messages.text == ""  # the Train page says it
    assert session.run is None


def test_without_torch_it_can_be_shown_but_not_resumed(
    qtbot: QtBot, window: MainWindow, session: Session, cut_off: CutOff
) -> None:
    cut_off("cats")
    session.engine.error = ThawError("torch_missing", reason="no file")
    _look(qtbot, window)
    assert not window.unfinished.resume_button.isEnabled()
    assert window.unfinished.show_button.isEnabled()


def test_a_run_that_cannot_be_read_is_passed_over(
    qtbot: QtBot, window: MainWindow, cut_off: CutOff
) -> None:
    directory = cut_off("cats")
    (directory / "history.jsonl").write_text("no JSON\n{}\n")
    _look(qtbot, window)
    assert window.offer.text == ""


# -- stopped to close the window ------------------------------------------------------------


@pytest.fixture
def left(session: Session, cut_off: CutOff) -> Path:
    """A run that was stopped because the window was closed."""
    directory = cut_off("cats")
    Run.open(directory).append(RunFinished("stopped", 1, 6))
    session.settings.leave_run(directory)
    return directory


def test_a_run_that_closing_the_window_stopped_is_offered_the_next_time(
    qtbot: QtBot,
    window: MainWindow,
    session: Session,
    training: FakeTraining,
    picture_folder: PictureFolder,
    tmp_path: Path,
) -> None:
    session.settings.runs_folder = tmp_path / "runs"
    open_folder(qtbot, session, picture_folder(per_class=10))
    with qtbot.waitSignal(session.event_received):
        session.start_training()
    assert session.run is not None
    name = session.run.name
    with qtbot.waitSignal(session.training_finished):
        window.close_after_run()
    again = MainWindow(session, FakePage)
    qtbot.addWidget(again)
    _look(qtbot, again)
    assert (
        again.offer.text == f"The run {name} was stopped at stage 1, epoch 2 of 20 to close Thaw."
    )


def test_a_run_that_a_person_stopped_is_not_offered(
    qtbot: QtBot, window: MainWindow, session: Session, cut_off: CutOff
) -> None:
    Run.open(cut_off("cats")).append(RunFinished("stopped", 1, 6))
    _look(qtbot, window)
    assert window.offer.text == ""


def test_one_that_goes_on_is_offered_no_more(
    qtbot: QtBot, window: MainWindow, session: Session, left: Path, training: FakeTraining
) -> None:
    _look(qtbot, window)
    with qtbot.waitSignal(session.run_created):
        _click(qtbot, window.unfinished.resume_button)
    with qtbot.waitSignal(session.training_finished):
        session.stop_training()
    _look(qtbot, window)
    assert window.offer.text == ""


def test_one_that_was_only_looked_at_is_offered_again(
    qtbot: QtBot, window: MainWindow, session: Session, left: Path
) -> None:
    _look(qtbot, window)
    with qtbot.waitSignal(session.run_shown):
        _click(qtbot, window.unfinished.show_button)
    _look(qtbot, window)
    assert "was stopped at stage 1, epoch 7 of 20" in window.offer.text


def test_one_that_is_dismissed_is_not(qtbot: QtBot, window: MainWindow, left: Path) -> None:
    _look(qtbot, window)
    _click(qtbot, window.unfinished.dismiss_button)
    _look(qtbot, window)
    assert window.offer.text == ""


def test_one_that_has_finished_since_is_not(
    qtbot: QtBot, window: MainWindow, session: Session, left: Path
) -> None:
    Run.open(left).append(RunFinished("finished", 1, 6))
    _look(qtbot, window)
    assert window.offer.text == ""
