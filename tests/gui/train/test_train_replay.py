"""The Train page while a run is played back on it."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.runs.events import RunFinished
from core.runs.history import History
from core.runs.replay import TWO_STAGES
from gui.session.session import Session
from gui.train.page import TrainPage
from gui.train.replay import ReplayActions
from tests.support.made_runs import made_run
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import open_folder
from tests.support.window.scripted import replace_training

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> TrainPage:
    made = TrainPage(session)
    qtbot.addWidget(made)
    made.resize(1080, 640)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def playing(qtbot: QtBot, session: Session, page: TrainPage) -> TrainPage:
    """The recorded run plays; a person has just asked for it."""
    with qtbot.waitSignal(session.replay.began):
        qtbot.mouseClick(page.lessons.run_button, LEFT)
    session.replay.player.pause()
    return page


def test_recorded_runs_are_offered_where_there_is_nothing_to_see(page: TrainPage) -> None:
    assert page.lessons.isVisible()
    assert page.replay.isHidden()


def test_a_recorded_run_plays_on_the_live_canvas(session: Session, playing: TrainPage) -> None:
    session.replay.player.seek(1e9)
    playing.refresh()
    assert playing.canvas.history is session.replay.history
    assert len(playing.canvas.history.epochs) == 30
    assert session.history == History()


def test_it_says_that_nothing_is_trained(playing: TrainPage) -> None:
    assert playing.replay.isVisible()
    assert playing.status.isHidden()
    assert playing.lessons.isHidden()
    assert "Nothing is trained now" in playing.replay.detail.text
    assert "not the chosen one" in playing.hint.text()


def test_the_recipe_of_the_run_is_shown_and_locked(session: Session, playing: TrainPage) -> None:
    session.replay.player.seek(25.0)
    playing.refresh()
    assert [row.field("epochs").text() for row in playing.plan.rows] == ["20", "10"]
    assert not any(row.field("epochs").isEnabled() for row in playing.plan.rows)
    assert playing.plan.strip.running == 2


def test_the_score_is_the_one_of_that_moment(session: Session, playing: TrainPage) -> None:
    shown = []
    for position in (1.0, 30.0):
        session.replay.player.seek(position)
        playing.refresh()
        best = session.replay.history.best
        assert best is not None
        shown.append(playing.score.count.text())
        assert shown[-1] == f"{best.validation.correct} of 96 pictures"
    assert shown[0] != shown[1]


def test_closing_shows_what_was_there_before(
    qtbot: QtBot, session: Session, playing: TrainPage
) -> None:
    qtbot.mouseClick(playing.replay.close_button, LEFT)
    assert playing.replay.isHidden()
    assert playing.status.isVisible()
    assert playing.canvas.history is session.history
    assert playing.lessons.isVisible()


def test_the_run_that_is_shown_can_be_played_again(
    qtbot: QtBot,
    session: Session,
    page: TrainPage,
    picture_folder: PictureFolder,
    tmp_path: Path,
) -> None:
    directory = made_run(picture_folder(per_class=5), tmp_path / "leaf").directory
    with qtbot.waitSignal(session.run_shown):
        session.show_run(directory)
    assert page.curves.controls.replay.isVisible()
    with qtbot.waitSignal(session.replay.began):
        qtbot.mouseClick(page.curves.controls.replay, LEFT)
    assert session.replay.recording is not None
    assert session.replay.recording.directory == directory
    assert not page.curves.controls.replay.isVisible()


def test_a_training_takes_the_page_back(
    qtbot: QtBot,
    session: Session,
    playing: TrainPage,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scripted = replace_training(monkeypatch)
    open_folder(qtbot, session, picture_folder())
    with qtbot.waitSignal(session.run_created):
        session.start_training()
    assert playing.replay.isHidden()
    assert playing.status.stop_button.isVisible()
    assert not session.can_replay
    session.play_run(TWO_STAGES)
    assert not session.replay.is_shown
    with qtbot.waitSignal(session.training_finished):
        scripted.say(RunFinished("stopped"))


def test_actions_say_why_nothing_can_be_played(qtbot: QtBot, session: Session) -> None:
    page = TrainPage(session)
    qtbot.addWidget(page)
    actions = ReplayActions(session, page)
    assert not actions.again.isEnabled()
    assert actions.again.toolTip() == "No run is shown that could be played"
    assert actions.run.isEnabled()
