"""The rail's steps and the bar along the bottom: how each follows the session."""

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QToolButton
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.recipe.config import RunConfig, StageConfig
from gui.base.words import NBSP
from gui.session.engine import EngineState
from gui.session.session import Session
from gui.shell.rail import NARROW, STEPS, WIDE, StepRail, StepState, StepStatus, step_status
from gui.shell.run_bar import RunBar
from tests.support.pictures import PictureFolder, draw
from tests.support.window.fakes import SPEED, FakeTraining, open_folder, replace_training
from tests.support.wording import said

MISSING, DEFAULT, SET = StepState.MISSING, StepState.DEFAULT, StepState.SET
DOUBTFUL, OPEN = StepState.DOUBTFUL, StepState.OPEN
LEFT = Qt.MouseButton.LeftButton

training = pytest.fixture(replace_training)


@pytest.fixture
def opened(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, training: FakeTraining
) -> Session:
    """A session whose recipe can be trained."""
    open_folder(qtbot, session, picture_folder(per_class=10, name="signs"))
    return session


# -- the rail -------------------------------------------------------------------------------


@pytest.fixture
def rail(qtbot: QtBot) -> StepRail:
    rail = StepRail()
    qtbot.addWidget(rail)
    rail.resize(WIDE, 500)
    with qtbot.waitExposed(rail):
        rail.show()
    rail.set_current("data")
    return rail


def _step(rail: StepRail, step: str) -> QAbstractButton:
    return rail.findChildren(QAbstractButton, options=Qt.FindChildOption.FindDirectChildrenOnly)[
        STEPS.index(step)
    ]


def test_clicks_and_arrow_keys_ask_for_a_step(qtbot: QtBot, rail: StepRail) -> None:
    chosen: list[str] = []
    rail.chosen.connect(chosen.append)
    rail.set_current("train")
    assert rail.current == "train"
    assert chosen == []
    qtbot.mouseClick(_step(rail, "model"), LEFT)
    assert rail.current == "model"
    rail.set_current("data")
    _step(rail, "data").setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        qtbot.keyClick(rail.focusWidget(), key)
    assert chosen == ["model", "augment", "model", "augment"]


def test_a_screen_reader_hears_name_state_and_line(rail: StepRail) -> None:
    step = _step(rail, "augment")
    heard = set()
    for state in StepState:
        rail.set_status("augment", StepStatus(state, "rotation, scale"))
        assert step.accessibleName() == "2 Augment"
        assert "rotation, scale" in step.accessibleDescription()
        heard.add(step.accessibleDescription())
    assert len(heard) == len(StepState)


def test_each_state_and_the_current_step_look_different(rail: StepRail) -> None:
    step = _step(rail, "results")
    looks = []
    for state in StepState:
        rail.set_status("results", StepStatus(state, "a line"))
        looks.append(step.grab().toImage())
    rail.set_current("results")
    looks.append(step.grab().toImage())
    rail.set_status("results", StepStatus(state, "another line"))
    looks.append(step.grab().toImage())
    assert all(first != second for n, first in enumerate(looks) for second in looks[:n])


def test_states_differ_without_colour(rail: StepRail) -> None:
    step, shapes = _step(rail, "data"), set()
    for state in StepState:
        rail.set_status("data", StepStatus(state, "a line"))
        image = step.grab().toImage()
        corner = [(x, y) for x in range(WIDE - 40, WIDE - 4) for y in range(image.height())]
        ground = image.pixelColor(WIDE - 6, 4).lightness()
        ink = (place for place in corner if abs(image.pixelColor(*place).lightness() - ground) > 30)
        shapes.add(frozenset(ink))
    assert len(shapes) == len(StepState)
    assert all(shapes)


def test_a_line_without_room_is_in_the_tip(rail: StepRail) -> None:
    rail.set_status("data", StepStatus(SET, "480 · 8 classes"))
    assert _step(rail, "data").toolTip() == ""
    rail.set_narrow(True)
    assert rail.is_icons_only
    assert rail.width() == NARROW
    assert "480 · 8 classes" in _step(rail, "data").toolTip()
    rail.set_narrow(False)
    assert rail.width() == WIDE
    line = "flip, rotation, scale, crop, translation"  # longer than the rail is wide
    rail.set_status("augment", StepStatus(SET, line))
    assert line in _step(rail, "augment").toolTip()


def test_its_button_asks_to_fold_and_to_unfold(qtbot: QtBot, rail: StepRail) -> None:
    button, asked = rail.findChild(QToolButton), []
    rail.collapse_asked.connect(asked.append)
    qtbot.mouseClick(button, LEFT)
    rail.set_collapsed(True)
    assert rail.width() == NARROW
    qtbot.mouseClick(button, LEFT)
    assert asked == [True, False]


# -- what the steps say ---------------------------------------------------------------------


def test_at_the_start_images_and_results_are_missing(session: Session) -> None:
    told = [step_status(step, session) for step in STEPS]
    assert [one.state for one in told] == [MISSING, DEFAULT, DEFAULT, OPEN, MISSING, DEFAULT]
    assert "20 + 10" in told[3].line
    session.engine.error = ThawError("torch_missing", reason="gone")
    assert step_status("train", session).state is MISSING
    assert step_status("augment", session).state is DEFAULT


def test_images_are_counted(qtbot: QtBot, session: Session, picture_folder: PictureFolder) -> None:
    before = step_status("data", session)
    session.open_folder(picture_folder(classes=3, per_class=5))
    reading = step_status("data", session)
    assert reading.state is MISSING
    assert reading.line != before.line
    qtbot.waitUntil(lambda: not session.is_scanning)
    assert step_status("data", session) == StepStatus(SET, "15 · 3 classes")
    open_folder(qtbot, session, picture_folder(classes=2, per_class=1, name="few"))
    assert step_status("data", session).state is MISSING


def test_a_leak_is_doubtful(qtbot: QtBot, session: Session, picture_folder: PictureFolder) -> None:
    folder = picture_folder(classes=2, per_class=5, name="train").parent
    picture_folder(classes=2, per_class=2, name="val")
    draw(folder / "train" / "red" / "leak.png", (9, 200, 100), 77)
    shutil.copy(folder / "train" / "red" / "leak.png", folder / "val" / "red" / "leak.png")
    open_folder(qtbot, session, folder)
    clean = step_status("data", session)
    assert clean.state is SET
    with qtbot.waitSignal(
        session.looks.changed, check_params_cb=lambda: bool(session.looks.groups)
    ):
        session.find_duplicates()
    assert step_status("data", session).state is DOUBTFUL
    assert step_status("data", session).line != clean.line
    leaks = [path for one in session.looks.groups or () for path in one.paths]
    session.edit(session.choices.edits.accepting(leaks))
    assert step_status("data", session) == clean


def test_augmentation_that_is_on_names_its_effects(session: Session) -> None:
    session.change("augmentation.horizontal_flip", 0.5)
    assert step_status("augment", session) == StepStatus(DEFAULT, "off")
    session.set_augmenting(True)
    on = step_status("augment", session)
    assert on == StepStatus(SET, "flip, rotation, scale, translation")
    for stage in (0, 1):
        session.change(f"stages.{stage}.augment", False)
    assert step_status("augment", session).state is DOUBTFUL  # used in no stage
    assert step_status("augment", session).line not in ("off", on.line)


def test_mixing_up_classes_is_doubtful(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    for kind, level in (("left", 40), ("right", 200)):
        (tmp_path / "signs" / kind).mkdir(parents=True)
        for number in range(3):
            draw(tmp_path / "signs" / kind / f"{number}.png", (level, 9, 99), number)
    open_folder(qtbot, session, tmp_path / "signs")
    session.change("augmentation.horizontal_flip", 0.5)
    assert step_status("augment", session) == StepStatus(DEFAULT, "off")
    session.set_augmenting(True)
    assert step_status("augment", session).state is DOUBTFUL
    assert "left / right" in step_status("augment", session).more
    session.change("augmentation.horizontal_flip", 0.0)
    assert step_status("augment", session).state is SET


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("stages.1.thawed", [4, 5]),
        ("stages.0.epochs", 3),
        ("stages.0.augment", False),
        ("stages.0.learning_rate", 0.01),
    ],
)
def test_a_change_of_a_stage_sets_the_model(session: Session, key: str, value: object) -> None:
    session.change(key, value)
    assert step_status("model", session).state is SET
    assert ("4, 5" in step_status("model", session).line) == (value == [4, 5])
    assert step_status("train", session).state is OPEN
    session.set_recipe(RunConfig(stages=(StageConfig(epochs=20),)))
    assert step_status("model", session).state is SET
    assert "5" not in step_status("model", session).line


def test_a_run_shows_stage_epoch_and_accuracy_and_a_tick_once_it_has_ended(
    qtbot: QtBot, opened: Session, training: FakeTraining
) -> None:
    opened.start_training()
    preparing = step_status("train", opened)
    assert preparing.state is OPEN
    qtbot.waitUntil(lambda: opened.history.best is not None)
    assert step_status("train", opened) == StepStatus(OPEN, "st. 1 2/20")
    so_far = step_status("results", opened)
    assert so_far.state is OPEN
    assert f"50.0{NBSP}%" in so_far.line
    opened.pause_training()
    assert "2/20" in step_status("train", opened).line
    assert step_status("train", opened).line != "st. 1 2/20"
    with qtbot.waitSignal(opened.training_finished):
        opened.stop_training()
        assert step_status("train", opened).state is OPEN
        assert step_status("train", opened).line not in (preparing.line, "st. 1 2/20")
    planned = step_status("train", opened)
    assert planned.state is OPEN
    assert "20 + 10" in planned.line
    assert step_status("results", opened) == StepStatus(SET, f"50.0{NBSP}%")
    training.may_finish.set()
    with qtbot.waitSignal(opened.training_finished):
        opened.start_training()
    assert step_status("train", opened) == StepStatus(SET, planned.line)
    opened.change("stages.0.augment", False)
    assert step_status("train", opened) == planned


# -- the run bar ----------------------------------------------------------------------------


@pytest.fixture
def bar(qtbot: QtBot, session: Session) -> RunBar:
    bar = RunBar(session)
    qtbot.addWidget(bar)
    bar.resize(1280, 60)
    bar.show()
    return bar


def test_the_bar_follows_images_engine_and_choices(
    qtbot: QtBot, session: Session, bar: RunBar, picture_folder: PictureFolder
) -> None:
    assert not bar.button.isEnabled()
    assert bar.status.text == bar.button.toolTip()
    assert "no_dataset" in said(bar.status.text)
    open_folder(qtbot, session, picture_folder(per_class=20, name="signs"))
    assert bar.recipe.text.startswith("signs 32/8 · ")
    assert bar.button.isEnabled()
    loading = bar.status.text
    session.engine.speed, session.engine.state = SPEED, EngineState.READY
    session.engine.changed.emit()
    ready = bar.status.text
    assert ready != loading
    session.set_augmenting(True)
    assert "rotation, scale, translation" in bar.recipe.text
    assert bar.status.text != ready
    session.engine.error = ThawError("torch_missing", reason="no file")
    session.engine.changed.emit()
    assert not bar.button.isEnabled()
    assert "torch_missing" in said(bar.button.toolTip())
    assert "no file" in bar.button.toolTip()


def test_one_button_trains_and_stops(qtbot: QtBot, opened: Session, bar: RunBar) -> None:
    train, height = bar.button.text(), bar.sizeHint().height()
    assert not bar.progress.isVisible()
    qtbot.mouseClick(bar.button, LEFT)
    assert opened.is_training
    stop = bar.button.text()
    assert stop != train
    assert bar.sizeHint().height() == height
    qtbot.waitUntil(lambda: "epoch 2 of 20" in bar.status.text)
    assert bar.progress.isVisible()
    assert bar.progress.value() > 0
    running = bar.status.text
    [pause, *_] = bar.more.menu().actions()
    words = pause.text()
    pause.trigger()
    assert "epoch 2 of 20" in bar.status.text
    assert bar.status.text != running
    assert bar.button.text() == stop
    with qtbot.waitSignal(opened.training_finished):
        qtbot.mouseClick(bar.button, LEFT)
        assert bar.button.text() not in (train, stop)
        assert not bar.button.isEnabled()
    assert bar.button.text() == train
    assert bar.button.isEnabled()
    assert not bar.progress.isVisible()
    assert pause.text() != words


def test_later_changes_are_for_the_next_run(qtbot: QtBot, opened: Session, bar: RunBar) -> None:
    opened.start_training()
    qtbot.waitUntil(lambda: opened.history.best is not None)
    bar.refresh()
    recipe, status = bar.recipe.text, bar.status.text
    assert "block 5" in recipe
    opened.change("stages.1.thawed", [4, 5])
    assert bar.recipe.text == recipe
    assert bar.status.text.startswith(status)
    assert len(bar.status.text) > len(status)
    opened.undo()
    assert bar.status.text == status
    with qtbot.waitSignal(opened.training_finished):
        opened.stop_training()


def test_long_sentences_never_widen_the_window(
    qtbot: QtBot, session: Session, bar: RunBar, picture_folder: PictureFolder
) -> None:
    before = bar.minimumSizeHint().width()
    open_folder(qtbot, session, picture_folder(per_class=20, name="a-very-long-name" * 10))
    assert bar.minimumSizeHint().width() == before
