"""A run in the session: started, paused, stopped, resumed, extended, shown, and played back."""

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from core.common import lazy
from core.recipe.config import RunConfig
from core.runs import places
from core.runs.events import EpochFinished, RunFinished
from core.runs.history import History, read
from core.runs.list import RunLabel, write_label
from core.runs.places import CHECKPOINTS, HISTORY
from core.runs.replay import SPEEDS, USUAL_SPEED, Speed, StageMark, timeline
from core.runs.run import Run
from gui.runs import replay as replay_words
from gui.runs.replay import ReplayBar, TimeSlider
from gui.session.replay import Player
from gui.session.session import Session
from tests.support.histories import events
from tests.support.pictures import PictureFolder
from tests.support.runs import recorded_run
from tests.support.window.acting import click
from tests.support.window.fakes import FakeTraining, FakeWakepy


@pytest.fixture
def running(qtbot: QtBot, opened: Session) -> Session:
    """A session whose run has finished its first epoch and trains on."""
    opened.start_training()
    qtbot.waitUntil(lambda: opened.history.best is not None)
    return opened


@pytest.fixture
def stopped(qtbot: QtBot, running: Session) -> Session:
    """A session whose run was stopped."""
    with qtbot.waitSignals([running.training_stopping, running.training_finished]):
        running.stop_training()
        assert running.is_stopping
    return running


def _finish(qtbot: QtBot, session: Session, training: FakeTraining) -> None:
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()


# -- from start to end ----------------------------------------------------------------------


def test_without_a_dataset_nothing_trains_and_nothing_can_be_steered(session: Session) -> None:
    why = session.why_not_trainable()
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
    assert (opened.result.right, opened.result.total) == (2, 4)
    assert opened.run.config == RunConfig()
    assert list(opened.settings.runs_folder.iterdir()) == [opened.run.directory]


def test_a_result_that_cannot_be_read_is_none(
    qtbot: QtBot, running: Session, training: FakeTraining
) -> None:
    (running.run.directory / "predictions.csv").write_bytes(b"damaged")
    _finish(qtbot, running, training)
    assert running.result is None
    assert running.history.finished.outcome == "finished"


@pytest.mark.parametrize("code", ["run_folder_unwritable", "unexpected"])
def test_a_run_that_cannot_start_or_raises_fails(
    qtbot: QtBot,
    opened: Session,
    training: FakeTraining,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
) -> None:
    def fail(_config: object, _run: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(training, "first_events", fail)
    place = tmp_path / "file"
    if code == "run_folder_unwritable":
        place.write_text("in the way")
    with (
        qtbot.waitSignal(opened.training_finished),
        qtbot.waitSignal(opened.training_failed) as failed,
    ):
        opened.start_training(place / "run")
    assert failed.args[0].code == code
    assert ("a bug" in str(failed.args[0])) == (code == "unexpected")
    assert not opened.is_training
    assert opened.result is None


# -- steering -------------------------------------------------------------------------------


@pytest.mark.parametrize("stop_first", [False, True])
def test_a_stop_ends_a_pause_or_prevents_one(
    qtbot: QtBot, running: Session, stop_first: bool
) -> None:
    with qtbot.waitSignal(running.training_finished):
        for act in (running.stop_training, running.pause_training)[:: 1 if stop_first else -1]:
            act()
        assert not running.is_paused
    assert running.history.finished == RunFinished("stopped", 1, 1, 2.0)


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


# -- going on -------------------------------------------------------------------------------


def test_a_stopped_run_resumes(qtbot: QtBot, stopped: Session, training: FakeTraining) -> None:
    run = stopped.run
    assert stopped.result is not None
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
    checkpoints = before.directory / CHECKPOINTS
    checkpoints.mkdir(exist_ok=True)
    (checkpoints / "000001.safetensors").touch()  # which the training that is faked would leave
    with qtbot.waitSignal(running.training_finished):
        running.extend_run(5)
    last = before.config.stages[-1].epochs
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


@contextlib.contextmanager
def _fail_at_the_end(**_options: object) -> Iterator[SimpleNamespace]:
    yield SimpleNamespace(active=True)
    raise OSError("the service has gone")


def _library(running: object) -> SimpleNamespace:
    return SimpleNamespace(keep=SimpleNamespace(running=running))


@pytest.mark.parametrize(
    "library",
    [None, _library(_fail), _library(_fail_at_the_end)],
    ids=["missing", "failing", "failing at the end"],
)
def test_a_machine_that_cannot_be_kept_awake_trains_all_the_same(
    qtbot: QtBot,
    opened: Session,
    training: FakeTraining,
    monkeypatch: pytest.MonkeyPatch,
    library: object,
) -> None:
    monkeypatch.setitem(sys.modules, "wakepy", library)
    training.may_finish.set()
    with qtbot.assertNotEmitted(opened.training_failed), qtbot.waitSignal(opened.training_finished):
        opened.start_training()
    assert opened.result is not None


# -- a replay's clock -----------------------------------------------------------------------


class Playing:
    """A player at the beginning of two stages of two epochs of 80, 8, 8 and 8 seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        told = events((0.5, 0.5), (0.5, 0.5), seconds=8.0, batches=4)
        first = next(number for number, one in enumerate(told) if isinstance(one, EpochFinished))
        told[first] = replace(told[first], seconds=80.0)
        self.timeline = timeline(told)
        self.player = Player(clock=lambda: self.now)
        self.player.load(self.timeline)

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            self.player.tick()


@pytest.fixture
def clock(qtbot: QtBot) -> Playing:
    return Playing()


@pytest.fixture
def player(clock: Playing) -> Player:
    return clock.player


def test_a_run_plays_in_the_chosen_seconds_or_at_a_factor_without_pause_and_standstill(
    qtbot: QtBot, player: Player, clock: Playing
) -> None:
    player.set_speed(Speed(whole=30.0))
    player.play()
    clock.wait(15.0)
    assert player.position == pytest.approx(2.0)  # epochs: half of them
    with qtbot.waitSignal(player.ended):
        clock.wait(15.1)
    assert player.is_at_end
    assert not player.is_playing
    player.play()  # from the beginning
    assert player.position == 0.0
    assert player.is_playing
    for factor in (10.0, 1.0):
        player.seek(0.0)
        player.set_speed(Speed(factor=factor))
        clock.wait(2.0)
        assert player.seconds == pytest.approx(2.0 * factor)
    player.toggle()
    clock.now += 100.0
    player.toggle()
    clock.wait(1.0)
    assert player.position == pytest.approx(3.0)
    clock.now += 60.0
    player.tick()
    assert player.position <= 4.0


# -- in the session -------------------------------------------------------------------------


@pytest.fixture
def directory(picture_folder: PictureFolder, tmp_path: Path) -> Path:
    """A run of two epochs of half a minute each that was stopped."""
    folder = picture_folder(per_class=5)
    return recorded_run(folder, tmp_path / "leaf", outcome="stopped").directory


@pytest.fixture
def playing(qtbot: QtBot, session: Session, directory: Path) -> Session:
    """A session that plays the run."""
    with qtbot.waitSignal(session.replay.began):
        session.play_run(directory)
    return session


def test_a_replay_shows_the_run_as_it_was_then_and_changes_nothing(
    qtbot: QtBot, playing: Session, directory: Path
) -> None:
    before = {one.name: one.read_bytes() for one in directory.iterdir() if one.is_file()}
    replay, player = playing.replay, playing.replay.player
    assert player.is_playing
    assert not replay.history.epochs
    player.set_speed(Speed(whole=0.1))
    with qtbot.waitSignal(player.ended):
        pass
    assert replay.history == read(directory / HISTORY)
    assert replay.is_shown
    player.seek(1.5)  # epochs
    said = replay_words.replay_place(replay.history, player.seconds, 60.0)
    assert said.endswith(replay_words.replay_time(45.0, 60.0))
    assert "0:45" in said
    player.set_speed(Speed(factor=1.0))
    for seconds, epochs in ((31.0, 1), (60.0, 2), (29.0, 0)):
        player.seek(seconds)
        assert len(replay.history.epochs) == epochs
    assert playing.run is None
    assert playing.history == History()
    assert not playing.is_training
    replay.close()
    assert before == {one.name: one.read_bytes() for one in directory.iterdir() if one.is_file()}


@pytest.mark.parametrize("by", ["training", "another run"])
def test_another_run_ends_the_replay(
    qtbot: QtBot, playing: Session, directory: Path, by: str
) -> None:
    with qtbot.waitSignal(playing.replay.closed):
        if by == "training":
            playing.training_started.emit()
        else:
            playing.show_run(directory)
    assert not playing.replay.is_shown
    assert not playing.replay.player.is_playing
    assert playing.replay.history == History()


@pytest.mark.parametrize("code", ["run_missing", "run_unreadable"])
def test_a_run_that_cannot_be_read_fails(
    qtbot: QtBot, session: Session, directory: Path, tmp_path: Path, code: str
) -> None:
    (directory / HISTORY).write_bytes(b"")
    with qtbot.waitSignal(session.replay.failed) as failed:
        session.play_run(directory if code == "run_unreadable" else tmp_path / "nothing")
    assert failed.args[0].code == code
    assert not session.replay.is_shown


def test_words_name_run_date_and_time(qtbot: QtBot, session: Session, directory: Path) -> None:
    write_label(directory, RunLabel("Leaves, first try"))
    with qtbot.waitSignal(session.replay.began):
        session.play_run(directory)
    one = session.replay.recording
    assert "Leaves, first try" in replay_words.replay_title(one)
    assert "26" in replay_words.replay_detail(one)  # the year, however the locale writes it
    without = replay_words.replay_detail(replace(one, created=""))
    assert without not in ("", replay_words.replay_detail(one))
    times = [replay_words.replay_clock(one) for one in (0.4, 75.0, 3729.0)]
    assert times == ["0:00", "1:15", "1:02:09"]


# -- the controls ---------------------------------------------------------------------------


@pytest.fixture
def bar(qtbot: QtBot, player: Player) -> ReplayBar:
    """On screen, with the player's run."""
    made = ReplayBar(player)
    qtbot.addWidget(made)
    made.resize(900, made.sizeHint().height())
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_the_button_and_space_play_and_pause(qtbot: QtBot, bar: ReplayBar, player: Player) -> None:
    paused = bar.play_button.accessibleName()
    click(bar.play_button)
    assert player.is_playing
    assert bar.play_button.accessibleName() != paused
    assert bar.focusWidget() is bar.play_button
    qtbot.keyClick(bar.play_button, Qt.Key.Key_Space)
    assert not player.is_playing
    assert bar.play_button.accessibleName() == paused
    with qtbot.waitSignal(bar.close_asked):
        click(bar.close_button)


def test_the_slider_follows_and_seeks(qtbot: QtBot, bar: ReplayBar, player: Player) -> None:
    slider = bar.slider
    player.seek(2.0)
    assert slider.value() == slider.maximum() // 2
    slider.setValue(slider.maximum() // 4)
    assert player.position == pytest.approx(1.0)
    player.seek(1.23456)
    assert player.position == 1.23456, "its own slider did not move it"
    click(slider, QPoint(slider.width() * 3 // 4, 8))
    assert player.position == pytest.approx(3.0, abs=0.1)


def test_another_speed_marks_the_stages_anew_and_leaves_the_run_where_it_is(
    bar: ReplayBar, player: Player
) -> None:
    assert USUAL_SPEED.whole == 30.0
    assert "0:30" in bar.speed.currentText()
    assert len(set(replay_words.speeds())) == len(SPEEDS)
    player.seek(2.0)  # after two epochs of four
    assert bar.slider.marks == (StageMark(1, 0.0), StageMark(2, 2.0))
    bar.speed.activated.emit(len(SPEEDS) - 1)
    assert player.speed == SPEEDS[-1]
    assert player.position == pytest.approx(88.0)
    assert bar.slider.marks == (StageMark(1, 0.0), StageMark(2, 88.0))
    player.set_speed(Speed(whole=30.0))
    assert player.position == pytest.approx(2.0)


def test_a_slider_of_nothing_cannot_be_moved(qtbot: QtBot) -> None:
    nothing = TimeSlider()
    qtbot.addWidget(nothing)
    nothing.set_time(0.0, ())
    nothing.show_position(5.0)
    assert nothing.value() == 0
    assert not nothing.isEnabled()
