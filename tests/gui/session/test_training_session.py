"""A run is paused, steered, resumed, extended and looked at."""

import os
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.common import lazy
from core.runs import places
from core.runs.events import RunFinished
from core.runs.places import CHECKPOINTS
from core.runs.run import Run
from gui.session.session import Session
from tests.support.pictures import PictureFolder
from tests.support.window import scripted as window_scripted
from tests.support.window.fakes import FakeTraining, open_folder, replace_training
from tests.support.window.scripted import ScriptedTraining


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    return replace_training(monkeypatch)


@pytest.fixture
def running(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, training: FakeTraining
) -> Session:
    """A session whose run has finished its first epoch and trains on."""
    open_folder(qtbot, session, picture_folder(per_class=10))
    session.start_training()
    qtbot.waitUntil(lambda: session.history.best is not None)
    return session


@pytest.fixture
def stopped(qtbot: QtBot, running: Session) -> Session:
    """A session whose run was stopped."""
    with qtbot.waitSignal(running.training_finished):
        running.stop_training()
    return running


def _finish(qtbot: QtBot, session: Session, training: FakeTraining) -> None:
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()


def test_a_paused_run_says_nothing_until_it_goes_on(
    qtbot: QtBot, running: Session, training: FakeTraining
) -> None:
    with qtbot.waitSignal(running.training_steered):
        running.pause_training()
    assert running.is_paused
    with qtbot.waitSignal(running.training_steered):
        running.go_on_training()
    assert not running.is_paused
    _finish(qtbot, running, training)


def test_a_stop_ends_a_pause(qtbot: QtBot, running: Session) -> None:
    running.pause_training()
    with qtbot.waitSignal(running.training_finished):
        running.stop_training()
        assert not running.is_paused
    assert running.history.finished is not None
    assert running.history.finished.outcome == "stopped"


def test_a_run_that_stops_is_not_paused_any_more(qtbot: QtBot, running: Session) -> None:
    with qtbot.waitSignal(running.training_finished):
        running.stop_training()
        running.pause_training()
        assert not running.is_paused


def test_a_pause_just_before_the_end_does_not_hold_the_end_up(
    qtbot: QtBot, running: Session, training: FakeTraining
) -> None:
    running.pause_training()
    _finish(qtbot, running, training)
    assert running.history.finished is not None


def test_finish_epoch_goes_on_until_it_ends_and_can_be_taken_back(
    qtbot: QtBot,
    session: Session,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    training = window_scripted.replace_training(monkeypatch)
    _begin_two_stages(qtbot, session, picture_folder, training)
    session.pause_training()
    session.finish_epoch()
    assert session.finishes_epoch
    assert not session.is_paused
    session.finish_epoch(False)
    assert not session.finishes_epoch
    _end(qtbot, session, training)


def test_next_stage_takes_the_place_of_finish_epoch(
    qtbot: QtBot,
    session: Session,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    training = window_scripted.replace_training(monkeypatch)
    _begin_two_stages(qtbot, session, picture_folder, training)
    assert session.has_later_stage
    session.finish_epoch()
    session.next_stage()
    assert session.ends_stage
    assert not session.finishes_epoch
    assert training.control is not None
    assert training.control.ends_stage
    training.say(*window_scripted.two_stages()[-4:])
    qtbot.waitUntil(lambda: len(session.history.stages) > 1)
    assert not session.has_later_stage
    _end(qtbot, session, training)


def _begin_two_stages(
    qtbot: QtBot, session: Session, folder: PictureFolder, training: ScriptedTraining
) -> None:
    open_folder(qtbot, session, folder(per_class=5))
    session.start_training()
    training.say(*window_scripted.two_stages()[:5])
    qtbot.waitUntil(lambda: len(session.history.epochs) == 1)


def _end(qtbot: QtBot, session: Session, training: ScriptedTraining) -> None:
    with qtbot.waitSignal(session.training_finished):
        training.say(RunFinished("finished"))


def test_a_stopped_run_resumes_where_it_was(
    qtbot: QtBot, stopped: Session, training: FakeTraining
) -> None:
    run = stopped.run
    assert run is not None
    assert stopped.can_resume
    with qtbot.waitSignal(stopped.run_created):
        stopped.resume_run()
        assert stopped.is_training
        assert stopped.is_preparing
    assert stopped.history.finished is None
    assert len(stopped.history.epochs) == 1
    assert stopped.running_recipe == run.config
    _finish(qtbot, stopped, training)
    assert stopped.run is not None
    assert stopped.run.directory == run.directory
    assert len(list(run.directory.parent.iterdir())) == 1
    assert not stopped.can_resume
    assert stopped.can_extend


def test_a_finished_run_is_extended(
    qtbot: QtBot,
    running: Session,
    training: FakeTraining,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _finish(qtbot, running, training)
    before = running.run
    assert before is not None
    checkpoints = before.directory / CHECKPOINTS
    checkpoints.mkdir(exist_ok=True)
    (checkpoints / "000001.safetensors").touch()  # which the training that is faked would leave
    with qtbot.waitSignal(running.training_finished):
        running.extend_run(5)
    last = before.config.stages[-1].epochs
    assert running.run is not None
    assert running.run.config.stages[-1].epochs == last + 5
    assert running.history.planned[-1] == last + 5
    assert Run.open(before.directory).config == running.run.config


def test_nobody_gets_a_run_between_its_opening_and_its_training(
    qtbot: QtBot,
    stopped: Session,
    training: FakeTraining,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert stopped.run is not None
    directories, load, held = [stopped.run.directory, tmp_path / "new"], lazy.load, []

    def slow(name: str) -> object:
        held.append([places.is_held(one) for one in directories])
        return load(name)

    monkeypatch.setattr(lazy, "load", slow)
    training.may_finish.set()
    with qtbot.waitSignal(stopped.training_finished):
        stopped.resume_run()
    with qtbot.waitSignal(stopped.training_finished):
        stopped.start_training(directories[1])
    assert held == [[True, False], [False, True]]
    assert not places.is_held(directories[1])


def test_a_run_of_another_window_is_told_and_nothing_is_lost(
    qtbot: QtBot, stopped: Session
) -> None:
    shown, seen = stopped.run, stopped.history
    assert shown is not None
    with (
        places.held(shown.directory),
        qtbot.waitSignal(stopped.training_finished),
        qtbot.waitSignal(stopped.training_failed) as failed,
    ):
        stopped.resume_run()
    assert f"(number {os.getpid()})" in str(failed.args[0])
    assert (stopped.run, stopped.history) == (shown, seen)
    assert stopped.can_resume


def test_a_run_is_shown_with_its_curves_and_result(
    qtbot: QtBot, stopped: Session, tmp_path: Path
) -> None:
    assert stopped.run is not None
    directory = stopped.run.directory
    stopped.run, stopped.result = None, None
    with qtbot.waitSignal(stopped.run_shown):
        stopped.show_run(directory)
    assert stopped.result is not None
    assert len(stopped.history.epochs) == 1
    with qtbot.waitSignal(stopped.training_failed) as failed:
        stopped.show_run(tmp_path / "gone")
    assert "There is no run" in str(failed.args[0])
    assert stopped.result is not None


def test_a_run_that_diverged_is_not_offered_again(
    qtbot: QtBot, running: Session, training: FakeTraining
) -> None:
    training.outcome, training.code = "failed", "not_finite"
    _finish(qtbot, running, training)
    assert not running.can_resume
    assert not running.can_extend


def test_while_none_trains_there_is_nothing_to_steer(session: Session) -> None:
    session.pause_training()
    session.finish_epoch()
    session.next_stage()
    session.resume_run()
    session.extend_run(3)
    assert not session.is_training
    assert not any((session.is_paused, session.finishes_epoch, session.ends_stage))
    assert not any((session.can_resume, session.can_extend, session.has_later_stage))


def test_what_the_window_shows_is_apart_from_what_the_thread_writes(
    qtbot: QtBot, stopped: Session, training: FakeTraining
) -> None:
    with qtbot.waitSignal(stopped.run_created):
        stopped.resume_run()
    assert stopped.run is not None
    assert stopped.history is not stopped.run.history
    assert stopped.history.epochs is not stopped.run.history.epochs
    _finish(qtbot, stopped, training)
