"""A run that is played back: its clock, what is shown of it, and the controls."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from core.runs.events import EpochFinished
from core.runs.history import History, read
from core.runs.list import RunLabel, write_label
from core.runs.places import HISTORY
from core.runs.replay import SPEEDS, USUAL_SPEED, Speed, StageMark, Timeline, timeline
from gui.runs import replay as replay_words
from gui.runs.replay import ReplayBar, TimeSlider
from gui.session.replay import Player
from gui.session.session import Session
from tests.support.histories import events
from tests.support.pictures import PictureFolder
from tests.support.runs import recorded_run

LEFT = Qt.MouseButton.LeftButton


def played() -> Timeline:
    """Two stages of two epochs of 80, 8, 8 and 8 seconds."""
    told = events((0.5, 0.5), (0.5, 0.5), seconds=8.0, batches=4)
    first = next(number for number, one in enumerate(told) if isinstance(one, EpochFinished))
    told[first] = replace(told[first], seconds=80.0)
    return timeline(told)


# -- the clock ------------------------------------------------------------------------------


class Clock:
    """Time as a test wants it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def player(qtbot: QtBot, clock: Clock) -> Player:
    """At the beginning of a run."""
    made = Player(clock=clock)
    made.load(played())
    return made


def pass_time(player: Player, clock: Clock, seconds: float) -> None:
    for _ in range(round(seconds * 10)):
        clock.now += 0.1
        player.tick()


def test_a_run_plays_in_the_chosen_seconds(qtbot: QtBot, player: Player, clock: Clock) -> None:
    player.set_speed(Speed(whole=30.0))
    player.play()
    pass_time(player, clock, 15.0)
    assert player.position == pytest.approx(2.0)  # epochs: half of them
    with qtbot.waitSignal(player.ended):
        pass_time(player, clock, 15.1)
    assert player.is_at_end
    assert not player.is_playing
    player.play()  # from the beginning
    assert player.position == 0.0
    assert player.is_playing


@pytest.mark.parametrize("factor", [1.0, 10.0])
def test_a_factor_plays_the_time_that_passed(player: Player, clock: Clock, factor: float) -> None:
    player.set_speed(Speed(factor=factor))
    player.play()
    pass_time(player, clock, 2.0)
    assert player.seconds == pytest.approx(2.0 * factor)


def test_neither_a_pause_nor_a_window_that_stood_still_counts(player: Player, clock: Clock) -> None:
    player.set_speed(Speed(factor=1.0))
    player.play()
    pass_time(player, clock, 1.0)
    player.toggle()
    clock.now += 100.0
    player.toggle()
    pass_time(player, clock, 1.0)
    assert player.position == pytest.approx(2.0)
    clock.now += 60.0
    player.tick()
    assert player.position <= 3.0


def test_another_speed_leaves_the_run_where_it_is(player: Player) -> None:
    player.seek(2.0)  # after two epochs of four
    player.set_speed(Speed(factor=1.0))
    assert player.position == pytest.approx(88.0)
    player.set_speed(Speed(whole=30.0))
    assert player.position == pytest.approx(2.0)


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


def test_a_run_plays_from_start_to_end(qtbot: QtBot, playing: Session, directory: Path) -> None:
    replay = playing.replay
    assert replay.player.is_playing
    assert not replay.history.epochs
    replay.player.set_speed(Speed(whole=0.1))
    with qtbot.waitSignal(replay.player.ended):
        pass
    assert replay.history == read(directory / HISTORY)
    assert replay.is_shown


def test_seeking_shows_the_run_as_it_was_then(playing: Session, directory: Path) -> None:
    before = {one.name: one.read_bytes() for one in directory.iterdir() if one.is_file()}
    replay = playing.replay
    replay.player.pause()
    replay.player.seek(1.5)  # epochs
    said = replay_words.replay_place(replay.history, replay.player.seconds, 60.0)
    assert said.endswith(replay_words.replay_time(45.0, 60.0))
    assert "0:45" in said
    replay.player.set_speed(Speed(factor=1.0))
    for seconds, epochs in ((31.0, 1), (60.0, 2), (29.0, 0)):
        replay.player.seek(seconds)
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


def test_title_and_detail_name_run_and_date(
    qtbot: QtBot, session: Session, directory: Path
) -> None:
    write_label(directory, RunLabel("Leaves, first try"))
    with qtbot.waitSignal(session.replay.began):
        session.play_run(directory)
    one = session.replay.recording
    assert one is not None
    assert "Leaves, first try" in replay_words.replay_title(one)
    assert "26" in replay_words.replay_detail(one)  # the year, however the locale writes it
    without = replay_words.replay_detail(replace(one, created=""))
    assert without not in ("", replay_words.replay_detail(one))


@pytest.mark.parametrize(("seconds", "clock"), [(0.4, "0:00"), (75.0, "1:15"), (3729.0, "1:02:09")])
def test_times_read_like_a_clock(seconds: float, clock: str) -> None:
    assert replay_words.replay_clock(seconds) == clock


# -- the controls ---------------------------------------------------------------------------


@pytest.fixture
def bar(qtbot: QtBot, player: Player) -> ReplayBar:
    """On screen, with the player's run."""
    made = ReplayBar(player)
    qtbot.addWidget(made)
    made.resize(900, made.sizeHint().height())
    player.load(played())
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_the_button_and_space_play_and_pause(qtbot: QtBot, bar: ReplayBar, player: Player) -> None:
    paused = bar.play_button.accessibleName()
    qtbot.mouseClick(bar.play_button, LEFT)
    assert player.is_playing
    assert bar.play_button.accessibleName() != paused
    assert bar.focusWidget() is bar.play_button
    qtbot.keyClick(bar.play_button, Qt.Key.Key_Space)
    assert not player.is_playing
    assert bar.play_button.accessibleName() == paused
    with qtbot.waitSignal(bar.close_asked):
        qtbot.mouseClick(bar.close_button, LEFT)


def test_the_slider_follows_and_seeks(qtbot: QtBot, bar: ReplayBar, player: Player) -> None:
    slider = bar.slider
    player.seek(2.0)
    assert slider.value() == slider.maximum() // 2
    slider.setValue(slider.maximum() // 4)
    assert player.position == pytest.approx(1.0)
    player.seek(1.23456)
    assert player.position == 1.23456, "its own slider did not move it"
    qtbot.mouseClick(slider, LEFT, pos=QPoint(slider.width() * 3 // 4, 8))
    assert player.position == pytest.approx(3.0, abs=0.1)


def test_stages_are_marked_where_they_begin_at_that_pace(bar: ReplayBar) -> None:
    assert bar.slider.marks == (StageMark(1, 0.0), StageMark(2, 2.0))
    bar.speed.activated.emit(len(SPEEDS) - 1)
    assert bar.slider.marks == (StageMark(1, 0.0), StageMark(2, 88.0))


def test_the_usual_speed_is_the_whole_run_in_half_a_minute(bar: ReplayBar, player: Player) -> None:
    assert USUAL_SPEED.whole == 30.0
    assert "0:30" in bar.speed.currentText()
    assert len(set(replay_words.speeds())) == len(SPEEDS)
    bar.speed.setCurrentIndex(0)
    bar.speed.activated.emit(0)
    assert player.speed == SPEEDS[0]


def test_a_slider_of_nothing_cannot_be_moved_and_one_stage_needs_no_marks(qtbot: QtBot) -> None:
    nothing, one, two = TimeSlider(), TimeSlider(), TimeSlider()
    for slider in (nothing, one, two):
        qtbot.addWidget(slider)
    nothing.set_time(0.0, ())
    nothing.show_position(5.0)
    assert nothing.value() == 0
    assert not nothing.isEnabled()
    one.set_time(5.0, (StageMark(1, 0.0),))
    two.set_time(5.0, (StageMark(1, 0.0), StageMark(2, 3.0)))
    assert one.sizeHint().height() < two.sizeHint().height()
