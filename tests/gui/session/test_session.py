"""The window's state: choices, dataset and run, and the signals that tell of them."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.compute import estimate
from core.recipe.config import RunConfig, StageConfig
from core.recipe.files import RecipeError
from core.runs.events import RunFinished
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import SPEED, FakeTraining, open_folder, replace_training


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Session:
    return Session(Settings(tmp_path / "settings"))


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    return replace_training(monkeypatch)


def test_opening_a_folder_finds_its_pictures(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder
) -> None:
    folder = picture_folder(classes=3, per_class=5)
    with qtbot.waitSignals([session.scan_started, session.dataset_changed]):
        session.open_folder(folder)
        assert session.is_scanning
    assert session.summary is not None
    assert session.split is not None
    assert session.summary.classes == ("blue", "green", "red")
    assert (len(session.split.train), len(session.split.validation)) == (12, 3)
    assert not session.is_scanning


def test_the_folder_opened_last_wins(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder
) -> None:
    first, second = picture_folder(name="first"), picture_folder(name="second")
    opened = []
    session.dataset_changed.connect(lambda: opened.append(session.summary))
    with qtbot.waitSignal(session.dataset_changed):
        session.open_folder(first)
        session.open_folder(second)
    assert [one and one.name for one in opened] == ["second"]
    assert session.settings.recent_folders == [second]


def test_a_folder_that_cannot_be_used_leaves_the_open_one(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, tmp_path: Path
) -> None:
    folder = picture_folder()
    open_folder(qtbot, session, folder)
    with qtbot.waitSignal(session.scan_failed) as failed:
        session.open_folder(tmp_path / "gone")
    assert "gone" in str(failed.args[0])
    assert session.summary is not None
    assert session.summary.folder == folder


def test_a_scan_can_be_called_off(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder
) -> None:
    session.open_folder(picture_folder())
    session.cancel_scan()
    assert not session.is_scanning
    assert session.summary is None


def test_a_change_is_told_and_can_be_undone(qtbot: QtBot, session: Session) -> None:
    with qtbot.waitSignal(session.choices_changed):
        session.change("stages.0.epochs", 7)
    assert session.recipe.stages[0].epochs == 7
    with qtbot.waitSignal(session.choices_changed):
        session.undo()
    assert session.recipe == RunConfig()
    session.redo()
    assert session.recipe.stages[0].epochs == 7


def test_a_refused_change_changes_and_tells_nothing(qtbot: QtBot, session: Session) -> None:
    with (
        qtbot.assertNotEmitted(session.choices_changed),
        pytest.raises(RecipeError, match="epochs"),
    ):
        session.change("stages.0.epochs", -1)
    assert session.recipe == RunConfig()
    assert not session.can_undo


def test_setting_what_is_already_so_is_no_step(qtbot: QtBot, session: Session) -> None:
    with qtbot.assertNotEmitted(session.choices_changed):
        session.change("stages.0.epochs", 20)
    assert not session.can_undo


def test_the_split_follows_the_recipe(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=10))
    session.change("dataset.validation_fraction", 0.5)
    assert session.split is not None
    assert len(session.split.validation) == 10


def test_a_recipe_opened_before_any_folder_is_not_lost(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder
) -> None:
    session.set_recipe(RunConfig(stages=(StageConfig(epochs=3),)))
    open_folder(qtbot, session, picture_folder())
    assert len(session.recipe.stages) == 1
    session.undo()
    assert session.recipe == RunConfig()


def test_choices_belong_to_their_folder(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder
) -> None:
    first, second = picture_folder(name="first"), picture_folder(name="second")
    open_folder(qtbot, session, first)
    session.change("batch_size", 8)
    open_folder(qtbot, session, second)
    assert session.recipe.batch_size == 32
    assert not session.can_undo
    open_folder(qtbot, session, first)
    assert session.recipe.batch_size == 8


def test_time_is_estimated_once_the_machine_was_measured(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=20))
    assert session.estimate() is None
    session.engine.speed = SPEED
    plain, augmented = session.estimate(), session.estimate(session.with_augmentation(True))
    assert plain is not None
    assert augmented is not None
    assert augmented.total > 2 * plain.total > 0


def test_a_slider_of_the_augmentation_estimates_nothing_again(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=20))
    session.engine.speed = SPEED
    session.set_augmenting(True)
    monkeypatch.setattr("gui.session.session.monotonic", lambda: 0.0)
    before = session.estimate()
    monkeypatch.setattr(estimate, "estimate", None)  # whoever asks it fails
    session.change("augmentation.rotation", [-40.0, 40.0])
    assert session.estimate() == before


def test_kept_views_are_estimated_as_such(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=20))
    session.engine.speed = SPEED
    session.set_views(0)
    fresh = session.estimate()
    session.set_views(2)
    kept = session.estimate()
    session.set_views(None)
    off = session.estimate()
    assert fresh is not None
    assert kept is not None
    assert off is not None
    assert off.total < kept.total < fresh.total


def test_without_pictures_it_says_why_it_cannot_train(session: Session) -> None:
    assert "No dataset is open yet" in str(session.why_not_trainable())
    session.start_training()
    assert not session.is_training


def test_a_run_trains_and_leaves_its_result(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, training: FakeTraining
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=10))
    training.may_finish.set()
    with qtbot.waitSignals([session.run_created, session.training_finished]):
        session.start_training()
        assert session.is_training
        assert session.running_recipe == session.recipe
    assert not session.is_training
    assert session.running_recipe is None
    assert session.result is not None
    assert (session.result.right, session.result.total) == (2, 4)
    assert session.run is not None
    assert session.run.directory.parent == session.settings.runs_folder


def test_the_running_recipe_is_locked(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, training: FakeTraining
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=10))
    session.start_training()
    session.change("stages.0.epochs", 3)
    assert session.running_recipe == RunConfig()
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()
    assert session.run is not None
    assert session.run.config == RunConfig()


def test_a_stopped_run_keeps_its_best_epoch(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, training: FakeTraining
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=10))
    session.start_training()
    qtbot.waitUntil(lambda: session.history.best is not None)
    with qtbot.waitSignals([session.training_stopping, session.training_finished]):
        session.stop_training()
        assert session.is_stopping
    assert session.history.finished == RunFinished("stopped", 1, 1, 2.0)
    assert session.result is not None


def test_starting_twice_makes_one_run(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, training: FakeTraining
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=10))
    with qtbot.waitSignal(session.training_finished):
        session.start_training()
        session.start_training()
        training.may_finish.set()
    assert len(list(session.settings.runs_folder.iterdir())) == 1


def test_a_run_folder_that_cannot_be_written_is_told(
    qtbot: QtBot,
    session: Session,
    picture_folder: PictureFolder,
    training: FakeTraining,
    tmp_path: Path,
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=10))
    (tmp_path / "file").write_text("in the way")
    with (
        qtbot.waitSignal(session.training_finished),
        qtbot.waitSignal(session.training_failed) as failed,
    ):
        session.start_training(tmp_path / "file" / "run")
    assert "cannot be written" in str(failed.args[0])
    assert not session.is_training
    assert session.result is None


def test_an_unexpected_error_in_the_training_is_told(
    qtbot: QtBot,
    session: Session,
    picture_folder: PictureFolder,
    training: FakeTraining,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_config: object, _run: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(training, "first_events", fail)
    open_folder(qtbot, session, picture_folder(per_class=10))
    with (
        qtbot.waitSignal(session.training_finished),
        qtbot.waitSignal(session.training_failed) as failed,
    ):
        session.start_training()
    assert "a bug" in str(failed.args[0])
    assert not session.is_training
