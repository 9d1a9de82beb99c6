"""A run in the session: started, paused, steered, stopped, resumed, extended, shown."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytestqt.qtbot import QtBot

from core.common import lazy
from core.recipe.config import RunConfig
from core.runs import places
from core.runs.events import RunFinished
from core.runs.places import CHECKPOINTS
from core.runs.run import Run
from gui.session.session import Session
from gui.session.threads import kept_awake
from tests.support.pictures import PictureFolder
from tests.support.window import scripted as window_scripted
from tests.support.window.fakes import FakeTraining, FakeWakepy, open_folder, replace_training
from tests.support.window.scripted import ScriptedTraining, two_stages

training = pytest.fixture(replace_training)


@pytest.fixture
def opened(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, training: FakeTraining
) -> Session:
    """A session whose recipe can be trained."""
    open_folder(qtbot, session, picture_folder(per_class=10))
    return session


@pytest.fixture
def running(qtbot: QtBot, opened: Session) -> Session:
    """A session whose run has finished its first epoch and trains on."""
    opened.start_training()
    qtbot.waitUntil(lambda: opened.history.best is not None)
    return opened


@pytest.fixture
def stopped(qtbot: QtBot, running: Session) -> Session:
    """A session whose run was stopped."""
    with qtbot.waitSignal(running.training_finished):
        running.stop_training()
    return running


def _finish(qtbot: QtBot, session: Session, training: FakeTraining) -> None:
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()


def _outcome(session: Session) -> str:
    assert session.history.finished is not None
    return session.history.finished.outcome


# -- from start to end ----------------------------------------------------------------------


def test_without_a_dataset_nothing_trains_and_nothing_can_be_steered(session: Session) -> None:
    why = session.why_not_trainable()
    assert why is not None
    assert why.code == "no_dataset"
    session.start_training()
    session.pause_training()
    session.finish_epoch()
    session.next_stage()
    session.resume_run()
    session.extend_run(3)
    assert not session.is_training
    assert not any((session.is_paused, session.finishes_epoch, session.ends_stage))
    assert not any((session.can_resume, session.can_extend, session.has_later_stage))


def test_a_run_leaves_its_result(qtbot: QtBot, opened: Session, training: FakeTraining) -> None:
    with qtbot.waitSignals([opened.run_created, opened.training_finished]):
        opened.start_training()
        opened.start_training()  # makes no second run
        assert opened.is_training
        opened.change("stages.0.epochs", 3)
        assert opened.running_recipe == RunConfig()
        training.may_finish.set()
    assert not opened.is_training
    assert opened.running_recipe is None
    assert opened.result is not None
    assert (opened.result.right, opened.result.total) == (2, 4)
    assert opened.run is not None
    assert opened.run.config == RunConfig()
    assert list(opened.settings.runs_folder.iterdir()) == [opened.run.directory]


def test_a_stopped_run_keeps_its_best_epoch(qtbot: QtBot, running: Session) -> None:
    with qtbot.waitSignals([running.training_stopping, running.training_finished]):
        running.stop_training()
        assert running.is_stopping
    assert running.history.finished == RunFinished("stopped", 1, 1, 2.0)
    assert running.result is not None


def test_a_result_that_cannot_be_read_is_none(
    qtbot: QtBot, running: Session, training: FakeTraining
) -> None:
    assert running.run is not None
    (running.run.directory / "predictions.csv").write_bytes(b"damaged")
    _finish(qtbot, running, training)
    assert running.result is None
    assert _outcome(running) == "finished"


def test_an_unwritable_run_folder_fails(qtbot: QtBot, opened: Session, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with (
        qtbot.waitSignal(opened.training_finished),
        qtbot.waitSignal(opened.training_failed) as failed,
    ):
        opened.start_training(tmp_path / "file" / "run")
    assert failed.args[0].code == "run_folder_unwritable"
    assert not opened.is_training
    assert opened.result is None


def test_an_unexpected_error_in_the_training_is_reported(
    qtbot: QtBot, opened: Session, training: FakeTraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_config: object, _run: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(training, "first_events", fail)
    with (
        qtbot.waitSignal(opened.training_finished),
        qtbot.waitSignal(opened.training_failed) as failed,
    ):
        opened.start_training()
    assert failed.args[0].code == "unexpected"
    assert "a bug" in str(failed.args[0])
    assert not opened.is_training


def test_a_diverged_run_cannot_resume(
    qtbot: QtBot, running: Session, training: FakeTraining
) -> None:
    training.outcome, training.code = "failed", "not_finite"
    _finish(qtbot, running, training)
    assert not running.can_resume
    assert not running.can_extend


# -- steering -------------------------------------------------------------------------------


@pytest.mark.parametrize("stop_first", [False, True])
def test_a_stop_ends_a_pause_or_prevents_one(
    qtbot: QtBot, running: Session, stop_first: bool
) -> None:
    with qtbot.waitSignal(running.training_finished):
        for act in (running.stop_training, running.pause_training)[:: 1 if stop_first else -1]:
            act()
        assert not running.is_paused
    assert _outcome(running) == "stopped"


def test_a_pause_never_holds_the_end(
    qtbot: QtBot, running: Session, training: FakeTraining
) -> None:
    with qtbot.waitSignal(running.training_steered):
        running.pause_training()
    assert running.is_paused
    with qtbot.waitSignal(running.training_steered):
        running.go_on_training()
    assert not running.is_paused
    running.pause_training()  # just before the end
    _finish(qtbot, running, training)
    assert running.history.finished is not None


@pytest.fixture
def scripted(
    qtbot: QtBot, opened: Session, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ScriptedTraining]:
    """A run in the second epoch of the first of its two stages."""
    made = window_scripted.replace_training(monkeypatch)
    opened.start_training()
    made.say(*two_stages()[:5])
    qtbot.waitUntil(lambda: len(opened.history.epochs) == 1)
    yield made
    with qtbot.waitSignal(opened.training_finished):
        made.say(RunFinished("finished"))


def test_finish_epoch_can_be_taken_back(opened: Session, scripted: ScriptedTraining) -> None:
    opened.pause_training()
    opened.finish_epoch()
    assert opened.finishes_epoch
    assert not opened.is_paused
    opened.finish_epoch(False)
    assert not opened.finishes_epoch


def test_next_stage_replaces_finish_epoch(
    qtbot: QtBot, opened: Session, scripted: ScriptedTraining
) -> None:
    assert opened.has_later_stage
    opened.finish_epoch()
    opened.next_stage()
    assert opened.ends_stage
    assert not opened.finishes_epoch
    assert scripted.control is not None
    assert scripted.control.ends_stage
    scripted.say(*two_stages()[-4:])
    qtbot.waitUntil(lambda: len(opened.history.stages) > 1)
    assert not opened.has_later_stage


# -- going on -------------------------------------------------------------------------------


def test_a_stopped_run_resumes(qtbot: QtBot, stopped: Session, training: FakeTraining) -> None:
    run = stopped.run
    assert run is not None
    assert stopped.can_resume
    ends = []
    stopped.run_created.connect(lambda _run: ends.append(stopped.history.finished))
    with qtbot.waitSignal(stopped.run_created):
        stopped.resume_run()
        assert stopped.is_training
        assert stopped.is_preparing
    assert ends == [None]
    assert len(stopped.history.epochs) == 1
    assert stopped.running_recipe == run.config
    # what the window shows is apart from what the thread writes
    assert stopped.history is not stopped.run.history
    assert stopped.history.epochs is not stopped.run.history.epochs
    _finish(qtbot, stopped, training)
    assert stopped.run.directory == run.directory
    assert len(list(run.directory.parent.iterdir())) == 1
    assert not stopped.can_resume
    assert stopped.can_extend


def test_a_finished_run_is_extended(qtbot: QtBot, running: Session, training: FakeTraining) -> None:
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


def test_a_run_of_another_window_fails_and_nothing_is_lost(qtbot: QtBot, stopped: Session) -> None:
    shown, seen = stopped.run, stopped.history
    assert shown is not None
    with (
        places.held(shown.directory),
        qtbot.waitSignal(stopped.training_finished),
        qtbot.waitSignal(stopped.training_failed) as failed,
    ):
        stopped.resume_run()
    assert str(os.getpid()) in str(failed.args[0])
    assert (stopped.run, stopped.history) == (shown, seen)
    assert stopped.can_resume


def test_a_run_is_shown_with_its_result(qtbot: QtBot, stopped: Session, tmp_path: Path) -> None:
    assert stopped.run is not None
    directory = stopped.run.directory
    stopped.run, stopped.result = None, None
    with qtbot.waitSignal(stopped.run_shown):
        stopped.show_run(directory)
    assert stopped.result is not None
    assert len(stopped.history.epochs) == 1
    with qtbot.waitSignal(stopped.training_failed) as failed:
        stopped.show_run(tmp_path / "gone")
    assert failed.args[0].code == "run_missing"
    assert stopped.result is not None


# -- awake ----------------------------------------------------------------------------------


def test_a_run_keeps_the_machine_awake_but_while_it_is_paused(
    qtbot: QtBot, running: Session, training: FakeTraining, wakepy: FakeWakepy
) -> None:
    assert wakepy.is_awake
    assert wakepy.times == 1
    _finish(qtbot, running, training)
    assert not wakepy.is_awake
    training.may_finish.clear()
    running.start_training()
    running.pause_training()
    qtbot.waitUntil(lambda: running.history.started is not None and not wakepy.is_awake)
    with qtbot.waitSignal(running.training_finished):
        running.go_on_training()
        training.may_finish.set()
    assert wakepy.times == 3
    assert not wakepy.is_awake


def _fail(**_options: object) -> None:
    raise OSError("no such service")


class _FailsAtTheEnd:
    active = True

    def __enter__(self) -> "_FailsAtTheEnd":
        return self

    def __exit__(self, *_: object) -> None:
        raise OSError("the service has gone")


def _library(running: object) -> SimpleNamespace:
    return SimpleNamespace(keep=SimpleNamespace(running=running))


@pytest.mark.parametrize("library", [None, _library(_fail)], ids=["missing", "failing"])
def test_a_machine_that_cannot_be_kept_awake_trains_all_the_same(
    qtbot: QtBot,
    opened: Session,
    training: FakeTraining,
    monkeypatch: pytest.MonkeyPatch,
    library: object,
) -> None:
    monkeypatch.setitem(sys.modules, "wakepy", library)
    training.may_finish.set()
    with qtbot.waitSignal(opened.training_finished):
        opened.start_training()
    assert opened.result is not None


def test_a_failure_at_the_end_is_no_failure_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wakepy", _library(lambda **_: _FailsAtTheEnd()))
    done = []
    with kept_awake():
        done.append("trained")
    assert done == ["trained"]
