"""The bar along the bottom: the recipe, the time, Train and Stop."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from gui.session.engine import EngineState
from gui.session.session import Session
from gui.session.settings import Settings
from gui.shell import rail
from gui.shell.run_bar import RunBar
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import SPEED, FakeTraining, open_folder, replace_training


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Session:
    return Session(Settings(tmp_path / "settings"))


@pytest.fixture
def bar(qtbot: QtBot, session: Session) -> RunBar:
    bar = RunBar(session)
    qtbot.addWidget(bar)
    bar.resize(1280, 60)
    bar.show()
    return bar


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    return replace_training(monkeypatch)


def _click(qtbot: QtBot, bar: RunBar) -> None:
    qtbot.mouseClick(bar.button, Qt.MouseButton.LeftButton)


def test_without_pictures_the_button_is_off_and_the_bar_says_why(bar: RunBar) -> None:
    assert not bar.button.isEnabled()
    assert bar.recipe.text == "no pictures yet"
    assert bar.status.text == bar.button.toolTip() != ""
    assert "No dataset is open yet" in bar.status.text


def test_it_follows_pictures_engine_and_choices(
    qtbot: QtBot, session: Session, bar: RunBar, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=20, name="signs"))
    assert bar.recipe.text == "signs 32/8 · no augmentation · block 5 · softmax"
    assert bar.status.text == "loading PyTorch…"
    assert bar.button.isEnabled()
    session.engine.speed, session.engine.state = SPEED, EngineState.READY
    session.engine.changed.emit()
    assert bar.status.text.endswith(" on this machine")
    session.set_augmenting(True)
    assert bar.recipe.text == "signs 32/8 · rotation, scale, translation · block 5 · softmax"
    assert bar.status.text.startswith("augmentation on: ")


def test_without_torch_the_button_is_off_with_the_reason(
    qtbot: QtBot, session: Session, bar: RunBar, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=20))
    session.engine.error = ThawError("torch_missing", reason="no file")
    session.engine.changed.emit()
    assert not bar.button.isEnabled()
    assert bar.button.toolTip().startswith("PyTorch cannot be loaded (no file)")


def test_one_button_trains_and_stops(
    qtbot: QtBot,
    session: Session,
    bar: RunBar,
    picture_folder: PictureFolder,
    training: FakeTraining,
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=10))
    assert bar.button.text() == "Train"
    assert not bar.progress.isVisible()
    _click(qtbot, bar)
    assert session.is_training
    assert bar.button.text() == "Stop"
    qtbot.waitUntil(lambda: bar.status.text == "stage 1 · epoch 2 of 20")
    assert bar.progress.isVisible()
    assert bar.progress.value() > 0
    with qtbot.waitSignal(session.training_finished):
        _click(qtbot, bar)
        assert bar.button.text() == "Stopping…"
        assert not bar.button.isEnabled()
    assert bar.button.text() == "Train"
    assert bar.button.isEnabled()
    assert not bar.progress.isVisible()


def test_changes_while_it_trains_are_for_the_next_run(
    qtbot: QtBot,
    session: Session,
    bar: RunBar,
    picture_folder: PictureFolder,
    training: FakeTraining,
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=10, name="signs"))
    session.start_training()
    qtbot.waitUntil(lambda: session.history.best is not None)
    session.change("stages.1.thawed", [4, 5])
    assert bar.recipe.text == "signs 16/4 · no augmentation · block 5 · softmax"
    assert bar.status.text.endswith("changes are for the next run")
    session.undo()
    assert "next run" not in bar.status.text
    with qtbot.waitSignal(session.training_finished):
        session.stop_training()


def test_the_bar_keeps_its_height_when_a_run_starts(
    qtbot: QtBot,
    session: Session,
    bar: RunBar,
    picture_folder: PictureFolder,
    training: FakeTraining,
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=10))
    before = bar.sizeHint().height()
    session.start_training()
    assert bar.sizeHint().height() == before
    with qtbot.waitSignal(session.training_finished):
        session.stop_training()


def test_long_sentences_never_widen_the_window(
    qtbot: QtBot, session: Session, bar: RunBar, picture_folder: PictureFolder
) -> None:
    before = bar.minimumSizeHint().width()
    open_folder(qtbot, session, picture_folder(per_class=20, name="a-very-long-name" * 10))
    assert bar.minimumSizeHint().width() == before


def test_a_paused_run_says_so_and_so_does_the_rail(
    qtbot: QtBot,
    session: Session,
    bar: RunBar,
    picture_folder: PictureFolder,
    training: FakeTraining,
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=10))
    session.start_training()
    qtbot.waitUntil(lambda: session.history.best is not None)
    pause = next(one for one in bar.more.menu().actions() if one.text() == "&Pause")
    pause.trigger()
    assert bar.status.text.startswith("paused · stage 1 · epoch 2 of 20")
    assert rail.step_status("train", session).line == "paused at 2/20"
    assert bar.button.text() == "Stop"
    with qtbot.waitSignal(session.training_finished):
        _click(qtbot, bar)
    assert pause.text() == "&Resume the run"
