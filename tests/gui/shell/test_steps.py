"""What the rail says about each step."""

import shutil
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.recipe.config import RunConfig, StageConfig
from gui.base.words import NBSP
from gui.session.session import Session
from gui.session.settings import Settings
from gui.shell.rail import STEPS, StepState, StepStatus, step_status
from tests.support.pictures import PictureFolder, draw
from tests.support.window.fakes import FakeTraining, open_folder, replace_training

MISSING, DEFAULT, SET = StepState.MISSING, StepState.DEFAULT, StepState.SET
DOUBTFUL, OPEN = StepState.DOUBTFUL, StepState.OPEN


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Session:
    return Session(Settings(tmp_path / "settings"))


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    return replace_training(monkeypatch)


def test_at_the_start_pictures_and_results_are_missing(session: Session) -> None:
    assert [step_status(step, session) for step in STEPS] == [
        StepStatus(MISSING, "no pictures yet"),
        StepStatus(DEFAULT, "off"),
        StepStatus(DEFAULT, "block 5 thawed"),
        StepStatus(OPEN, "20 + 10 epochs"),
        StepStatus(MISSING, "none yet"),
        StepStatus(DEFAULT, "runs, experiments"),
    ]


def test_pictures_are_counted(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder
) -> None:
    session.open_folder(picture_folder(classes=3, per_class=5))
    assert step_status("data", session) == StepStatus(MISSING, "reading…")
    qtbot.waitUntil(lambda: not session.is_scanning)
    assert step_status("data", session) == StepStatus(SET, "15 · 3 classes")


def test_a_leak_is_told_until_somebody_decides(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder
) -> None:
    folder = picture_folder(classes=2, per_class=5, name="train").parent
    picture_folder(classes=2, per_class=2, name="val")
    draw(folder / "train" / "red" / "leak.png", (9, 200, 100), 77)
    shutil.copy(folder / "train" / "red" / "leak.png", folder / "val" / "red" / "leak.png")
    open_folder(qtbot, session, folder)
    assert step_status("data", session).state is SET
    with qtbot.waitSignal(
        session.looks.changed, check_params_cb=lambda: bool(session.looks.groups)
    ):
        session.find_duplicates()
    assert step_status("data", session).state is DOUBTFUL
    assert "leaks found" in step_status("data", session).line
    leaks = [path for one in session.looks.groups or () for path in one.paths]
    session.edit(session.choices.edits.accepting(leaks))
    assert step_status("data", session).state is SET


def test_pictures_that_cannot_train_leave_the_step_missing(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(classes=2, per_class=1))
    assert step_status("data", session).state is MISSING


def test_augmentation_that_is_on_names_its_effects(session: Session) -> None:
    session.change("augmentation.horizontal_flip", 0.5)
    assert step_status("augment", session) == StepStatus(DEFAULT, "off")
    session.set_augmenting(True)
    assert step_status("augment", session) == StepStatus(SET, "flip, rotation, scale, translation")
    for stage in (0, 1):
        session.change(f"stages.{stage}.augment", False)
    assert step_status("augment", session) == StepStatus(DOUBTFUL, "used in no stage")


def test_augmentation_in_use_that_may_mix_up_classes_is_told(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    for kind, level in (("left", 40), ("right", 200)):
        (tmp_path / "signs" / kind).mkdir(parents=True)
        for number in range(3):
            draw(tmp_path / "signs" / kind / f"{number}.png", (level, 9, 99), number)
    open_folder(qtbot, session, tmp_path / "signs")
    session.change("augmentation.horizontal_flip", 0.5)
    assert step_status("augment", session) == StepStatus(DEFAULT, "off")
    session.set_augmenting(True)
    told = step_status("augment", session)
    assert (told.state, told.line) == (DOUBTFUL, "may mix up classes")
    assert "left / right" in told.more
    session.change("augmentation.horizontal_flip", 0.0)
    assert step_status("augment", session).state is SET


def test_thawing_sets_the_model_and_trains_nothing(session: Session) -> None:
    session.change("stages.1.thawed", [4, 5])
    assert step_status("model", session) == StepStatus(SET, "blocks 4, 5 thawed")
    assert step_status("train", session).state is OPEN
    session.set_recipe(RunConfig(stages=(StageConfig(epochs=20),)))
    assert step_status("model", session) == StepStatus(SET, "all frozen")


@pytest.mark.parametrize(
    ("key", "value"), [("epochs", 3), ("augment", False), ("learning_rate", 0.01)]
)
def test_whatever_is_set_for_a_stage_sets_the_model_and_trains_nothing(
    session: Session, key: str, value: object
) -> None:
    session.change(f"stages.0.{key}", value)
    assert step_status("model", session).state is SET
    assert step_status("train", session).state is OPEN


def test_without_torch_the_training_is_missing_and_the_rest_is_not(session: Session) -> None:
    session.engine.error = ThawError("torch_missing", reason="gone")
    assert step_status("train", session) == StepStatus(MISSING, "no PyTorch")
    assert step_status("augment", session).state is DEFAULT


def test_a_run_tells_stage_epoch_and_accuracy(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, training: FakeTraining
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=10))
    session.start_training()
    assert step_status("train", session) == StepStatus(OPEN, "preparing…")
    qtbot.waitUntil(lambda: session.history.best is not None)
    assert step_status("train", session) == StepStatus(OPEN, "st. 1 2/20")
    assert step_status("results", session) == StepStatus(OPEN, f"50.0{NBSP}% so far")
    with qtbot.waitSignal(session.training_finished):
        session.stop_training()
        assert step_status("train", session) == StepStatus(OPEN, "stopping…")
    assert step_status("train", session) == StepStatus(OPEN, "20 + 10 epochs")
    assert step_status("results", session) == StepStatus(SET, f"50.0{NBSP}%")


def test_training_has_its_tick_once_this_recipe_is_trained_to_its_end(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, training: FakeTraining
) -> None:
    open_folder(qtbot, session, picture_folder(per_class=10))
    training.may_finish.set()
    with qtbot.waitSignal(session.training_finished):
        session.start_training()
    assert step_status("train", session) == StepStatus(SET, "20 + 10 epochs")
    session.change("stages.0.augment", False)
    assert step_status("train", session) == StepStatus(OPEN, "20 + 10 epochs")
