"""Pause, finish the epoch, next stage, more epochs: when each can be asked, and what it does."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QImage
from PySide6.QtWidgets import QInputDialog, QWidget
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.runs.events import RunFinished, RunResumed
from gui.base import theme
from gui.session.session import Session
from gui.train.actions import RunActions
from tests.support.pictures import PictureFolder
from tests.support.window import scripted as window_scripted
from tests.support.window.fakes import open_folder
from tests.support.window.scripted import ScriptedTraining, two_stages


@pytest.fixture
def actions(qtbot: QtBot, session: Session) -> RunActions:
    window = QWidget()
    qtbot.addWidget(window)
    return RunActions(session, window, with_keys=True)


@pytest.fixture
def training(
    qtbot: QtBot,
    session: Session,
    actions: RunActions,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[ScriptedTraining]:
    """A run of two stages in the first epoch of its first."""
    made = window_scripted.replace_training(monkeypatch)
    open_folder(qtbot, session, picture_folder())
    with qtbot.waitSignal(session.run_created):
        session.start_training()
    made.say(*two_stages()[:3])
    qtbot.waitUntil(lambda: len(session.history.batches) == 1)
    yield made
    if session.is_training:
        _end(qtbot, session, made)


def _end(
    qtbot: QtBot, session: Session, training: ScriptedTraining, outcome: str = "stopped"
) -> None:
    with qtbot.waitSignal(session.training_finished):
        training.say(RunFinished(outcome))  # type: ignore[arg-type]


def _drawn(icon: QIcon) -> QImage:
    return icon.pixmap(20, 20).toImage()


def test_without_a_run_each_says_why_it_is_off(actions: RunActions) -> None:
    assert not any(one.isEnabled() for one in (*actions.steering, actions.stop))
    assert actions.go.toolTip() == "No run trains now (F6)"
    assert actions.next_stage.toolTip() == "No run trains now (Ctrl+F6)"
    assert actions.extend.toolTip() == "There is no run that could go on (F7)"


def test_a_run_whose_loss_was_no_number_says_why_it_cannot_go_on(
    qtbot: QtBot, session: Session, actions: RunActions, training: ScriptedTraining
) -> None:
    values = {"value": "nan", "stage": "2", "epoch": "1", "batch": "4", "rate": "10"}
    with qtbot.waitSignal(session.training_finished):
        training.say(RunFinished("failed", code="not_finite", values=values))
    for one in (actions.go, actions.extend):
        assert not one.isEnabled()
        assert "would again if the run went on" in one.toolTip()
        assert "a smaller learning rate than 10" in one.toolTip()
    assert actions.go.text() == "&Resume the run"


def test_pause_becomes_resume_and_back(
    session: Session, actions: RunActions, training: ScriptedTraining
) -> None:
    assert actions.go.text() == "&Pause"
    actions.go.trigger()
    assert session.is_paused
    assert actions.go.text() == "&Resume"
    assert actions.go.toolTip() == "Goes on with the training (F6)"
    actions.go.trigger()
    assert not session.is_paused
    assert actions.go.text() == "&Pause"


def test_finish_and_next_are_ticked_one_at_a_time_and_can_be_taken_back(
    session: Session, actions: RunActions, training: ScriptedTraining
) -> None:
    actions.finish.trigger()
    assert session.finishes_epoch
    assert actions.finish.isChecked()
    actions.next_stage.trigger()
    assert session.ends_stage
    assert actions.next_stage.isChecked()
    assert not actions.finish.isChecked()
    actions.next_stage.trigger()
    assert not session.ends_stage
    assert not actions.next_stage.isChecked()


def test_next_stage_is_there_where_one_follows(
    qtbot: QtBot, session: Session, actions: RunActions, training: ScriptedTraining
) -> None:
    assert actions.next_stage.isEnabled()
    assert "Ends stage 1 with this epoch and goes on with stage 2" in actions.next_stage.toolTip()
    training.say(*two_stages()[3:])
    qtbot.waitUntil(lambda: len(session.history.stages) == 2)
    assert not actions.next_stage.isEnabled()
    assert "This is the last stage" in actions.next_stage.toolTip()


def test_while_it_stops_nothing_more_can_be_asked(
    qtbot: QtBot, session: Session, actions: RunActions, training: ScriptedTraining
) -> None:
    session.stop_training()
    assert not any(one.isEnabled() for one in (*actions.steering, actions.stop))
    assert "The run is ending already" in actions.go.toolTip()


def test_a_stopped_run_is_resumed(
    qtbot: QtBot, session: Session, actions: RunActions, training: ScriptedTraining
) -> None:
    _end(qtbot, session, training)
    assert session.run is not None
    assert actions.go.text() == "&Resume the run"
    assert session.run.name in actions.go.toolTip()
    with qtbot.waitSignal(session.run_created):
        actions.go.trigger()
    assert session.is_training


def test_a_resumed_run_can_go_to_its_next_stage_once_it_has_spoken(
    qtbot: QtBot, session: Session, actions: RunActions, training: ScriptedTraining
) -> None:
    _end(qtbot, session, training)
    with qtbot.waitSignal(session.run_created):
        actions.go.trigger()
    assert not actions.next_stage.isEnabled()
    with qtbot.waitSignal(session.event_received):
        training.say(RunResumed(1, 1, batch=1))
    assert actions.next_stage.isEnabled()


def test_the_picture_beside_the_words_is_what_they_say(
    qtbot: QtBot, session: Session, actions: RunActions, training: ScriptedTraining
) -> None:
    _end(qtbot, session, training, "finished")
    assert actions.go.text() == "&Pause"
    assert _drawn(actions.go.icon()) == _drawn(theme.icon("pause"))


def test_without_torch_a_run_cannot_go_on_and_says_so(
    qtbot: QtBot, session: Session, actions: RunActions, training: ScriptedTraining
) -> None:
    _end(qtbot, session, training)
    session.engine.error = ThawError("torch_missing", reason="no file")
    session.engine.changed.emit()
    assert not actions.go.isEnabled()
    assert not actions.extend.isEnabled()
    assert actions.go.toolTip().startswith("PyTorch cannot be loaded")


def test_a_finished_run_gets_as_many_more_epochs_as_are_asked_for(
    qtbot: QtBot, session: Session, actions: RunActions, training: ScriptedTraining
) -> None:
    _end(qtbot, session, training, "finished")
    assert not actions.go.isEnabled()
    actions.extend.trigger()
    dialog = actions.parent().findChild(QInputDialog)
    assert isinstance(dialog, QInputDialog)
    assert "Stage 2 (head and block 5) was planned for 3 epochs" in dialog.labelText()
    dialog.setIntValue(4)
    with qtbot.waitSignal(session.run_created):
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert session.running_recipe is not None
    assert session.running_recipe.stages[-1].epochs == 3 + 4


def test_a_dialog_that_is_closed_trains_nothing(
    qtbot: QtBot, session: Session, actions: RunActions, training: ScriptedTraining
) -> None:
    _end(qtbot, session, training, "finished")
    actions.extend.trigger()
    dialog = actions.parent().findChild(QInputDialog)
    assert isinstance(dialog, QInputDialog)
    dialog.reject()
    assert not session.is_training
