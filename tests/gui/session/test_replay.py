"""A run plays back in the window, and nothing of it trains."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.runs.history import History, read
from core.runs.list import RunLabel, write_label
from core.runs.places import HISTORY
from core.runs.replay import Speed
from gui.runs import replay as replay_words
from gui.session.session import Session
from tests.support.made_runs import made_run
from tests.support.pictures import PictureFolder


@pytest.fixture
def directory(picture_folder: PictureFolder, tmp_path: Path) -> Path:
    """A run of two epochs of half a minute each that was stopped."""
    return made_run(picture_folder(per_class=5), tmp_path / "leaf", outcome="stopped").directory


@pytest.fixture
def playing(qtbot: QtBot, session: Session, directory: Path) -> Session:
    """A session that plays the run."""
    with qtbot.waitSignal(session.replay.began):
        session.play_run(directory)
    return session


def test_a_run_plays_from_its_beginning_to_its_end(
    qtbot: QtBot, playing: Session, directory: Path
) -> None:
    replay = playing.replay
    assert replay.player.is_playing
    assert not replay.history.epochs
    replay.player.set_speed(Speed(whole=0.1))
    with qtbot.waitSignal(replay.player.ended):
        pass
    assert replay.history == read(directory / HISTORY)
    assert replay.is_shown


def test_seeking_shows_the_run_as_it_was_then(playing: Session) -> None:
    replay = playing.replay
    replay.player.pause()
    replay.player.set_speed(Speed(factor=1.0))
    for seconds, epochs in ((31.0, 1), (60.0, 2), (29.0, 0)):
        replay.player.seek(seconds)
        assert len(replay.history.epochs) == epochs


def test_the_session_s_own_run_stays_as_it_is(playing: Session, directory: Path) -> None:
    before = {one.name: one.read_bytes() for one in directory.iterdir() if one.is_file()}
    playing.replay.player.seek(1e9)
    assert playing.run is None
    assert playing.history == History()
    assert not playing.is_training
    playing.replay.close()
    assert before == {one.name: one.read_bytes() for one in directory.iterdir() if one.is_file()}


def test_a_training_ends_the_replay(qtbot: QtBot, playing: Session) -> None:
    with qtbot.waitSignal(playing.replay.closed):
        playing.training_started.emit()
    assert not playing.replay.is_shown
    assert not playing.replay.player.is_playing
    assert playing.replay.history == History()


def test_another_run_that_is_opened_takes_its_place(
    qtbot: QtBot, playing: Session, directory: Path
) -> None:
    with qtbot.waitSignal(playing.run_shown):
        playing.show_run(directory)
    assert not playing.replay.is_shown


def test_what_is_no_run_fails_with_a_sentence(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    with qtbot.waitSignal(session.replay.failed) as failed:
        session.play_run(tmp_path / "nothing")
    error = failed.args[0]
    assert isinstance(error, ThawError)
    assert error.code == "run_missing"
    assert not session.replay.is_shown


def test_a_run_that_told_nothing_cannot_play(
    qtbot: QtBot, session: Session, directory: Path
) -> None:
    (directory / HISTORY).write_bytes(b"")
    with qtbot.waitSignal(session.replay.failed) as failed:
        session.play_run(directory)
    assert failed.args[0].code == "run_unreadable"


def test_it_says_which_run_it_is_and_that_nothing_trains(
    qtbot: QtBot, session: Session, directory: Path
) -> None:
    write_label(directory, RunLabel("Leaves, first try"))
    with qtbot.waitSignal(session.replay.began):
        session.play_run(directory)
    one = session.replay.recording
    assert one is not None
    assert replay_words.replay_title(one) == "Replay of Leaves, first try"
    assert "Nothing is trained now" in replay_words.replay_detail(one)
    assert "26" in replay_words.replay_detail(one)  # the year, however the locale writes it


def test_the_place_is_told_in_epochs_and_in_the_run_s_own_time(playing: Session) -> None:
    replay = playing.replay
    replay.player.pause()
    replay.player.seek(1.5)  # epochs of two
    said = replay_words.replay_place(replay.history, replay.player.seconds, 60.0)
    assert said == "epoch 1 of 4 · 0:45 of 1:00"


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0:00"), (75.0, "1:15"), (3729.0, "1:02:09")])
def test_times_read_like_a_clock(seconds: float, words: str) -> None:
    assert replay_words.replay_clock(seconds) == words


def test_every_speed_has_words_of_its_own() -> None:
    assert len(set(replay_words.speeds())) == len(replay_words.speeds())
